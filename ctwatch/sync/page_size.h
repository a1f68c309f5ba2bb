/* SPDX-License-Identifier: Apache-2.0 */
/*
 * page_size: number of entries per get-entries request.
 *
 * Logs limit their answers to 32, 256 or 1000 entries without announcing it. A
 * short answer shows the limit, unless the tree ends there; after some full
 * answers in a row one request asks for twice the size, which corrects a wrong
 * limit.
 */
#ifndef CTWATCH_SYNC_PAGE_SIZE_H
#define CTWATCH_SYNC_PAGE_SIZE_H

#include <stdbool.h>
#include <stdint.h>

struct page_size {
	uint32_t most;  /* entries of a request */
	uint32_t limit; /* the maximum */
	bool known;     /* an answer has confirmed most */
	uint32_t last_short;
	unsigned full; /* full answers in a row ... */
	unsigned grow; /* ... after so many of which a request asks for more */
	bool probing;  /* such a request is in flight */
};

/* Start with the size stored by an earlier run, or limit if that is 0 or
 * small. */
void page_size_init(struct page_size *p, uint32_t limit, uint32_t stored);

/* Return the number of entries up to whose next multiple a request from this
 * position asks: `most` or, once in a while, twice that. */
uint32_t page_size_next(struct page_size *p, uint64_t from);

/* Learn from an answer: n entries from a position, of asked in the request;
 * at_end if the request included the last entry of the tree. */
void page_size_answer(struct page_size *p, uint64_t from, uint32_t asked,
    uint32_t n, bool at_end);

/* Record that requests for more than n entries failed repeatedly. */
void page_size_shrink(struct page_size *p, uint32_t n);

/* The size to store for the next run; 0 if it is unknown or small. */
uint32_t page_size_stored(const struct page_size *p);

#endif
