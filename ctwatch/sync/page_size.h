/* SPDX-License-Identifier: Apache-2.0 */
/*
 * page_size: how many entries a get-entries request names.
 *
 * Logs limit their answers to 32, 256 or 1000 entries without telling how
 * many.  A short answer gives the limit, unless the tree ends there; after
 * some full answers in a row the size doubles, so that no error lasts.
 */
#ifndef CTWATCH_SYNC_PAGE_SIZE_H
#define CTWATCH_SYNC_PAGE_SIZE_H

#include <stdbool.h>
#include <stdint.h>

struct page_size {
	uint32_t most;  /* entries of the next request */
	uint32_t limit; /* the most that is ever tried */
	bool known;     /* an answer has confirmed most */
	uint32_t last_short;
	unsigned full; /* full answers in a row ... */
	unsigned grow; /* ... after so many of which most doubles */
};

/* Begin with the size that an earlier run stored, or at limit if that is 0 or
 * small. */
void page_size_init(struct page_size *p, uint32_t limit, uint32_t stored);

/* Learn from an answer: entries from a position, n of asked that the request
 * named; at_end if it named the last entry of the tree. */
void page_size_answer(struct page_size *p, uint64_t from, uint32_t asked,
    uint32_t n, bool at_end);

/* Requests for more than n entries failed repeatedly. */
void page_size_shrink(struct page_size *p, uint32_t n);

/* The size to store for the next run; 0 if it is unknown or small. */
uint32_t page_size_stored(const struct page_size *p);

#endif
