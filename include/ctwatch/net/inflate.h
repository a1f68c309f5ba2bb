/* SPDX-License-Identifier: Apache-2.0 */
/*
 * inflate: inflate gzip to memory, with limits of size and ratio.
 *
 * For whole bodies only: the size at the end of a gzip member is checked before
 * allocating, and must be correct.  Bytes after the member, also a second
 * member, are refused: no log sends them.
 */
#ifndef CTWATCH_NET_INFLATE_H
#define CTWATCH_NET_INFLATE_H

#include <ctwatch/base/buf.h>

enum inflate_result {
	INFLATE_OK,
	INFLATE_CORRUPT,  /* not gzip, damaged, cut short, or bytes after it */
	INFLATE_TOO_LARGE /* states a size above out's limit or the ratio */
};

/* State kept between calls; one per thread. */
struct inflate;
struct inflate *inflate_new(void);
void inflate_free(struct inflate *z);

/* Report whether in begins like gzip (RFC 1952, 2.3.1). */
bool inflate_is_gzip(struct bytes in);

/* Return the size that a gzip body states (inflate_gzip refuses any other); for
 * other bodies their own. */
size_t inflate_size(struct bytes in);

/*
 * Replace out's content by in inflated: one gzip member of at most out's limit
 * and LIMIT_INFLATE_RATIO times in.n, plus LIMIT_INFLATE_SLACK.  On failure out
 * is empty.
 */
enum inflate_result inflate_gzip(
    struct inflate *z, struct bytes in, struct buf *out);

/*
 * Inflate *body, to at most max bytes, if it is gzip.  Return false with the
 * reason in *error, and *body unchanged, on failure.
 */
bool inflate_body(struct buf *body, size_t max, struct buf *error);

#endif
