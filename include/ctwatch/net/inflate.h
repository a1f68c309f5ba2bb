/* SPDX-License-Identifier: Apache-2.0 */
/*
 * inflate: gzip to memory, under a ceiling of size and of ratio.
 *
 * For whole bodies only: the size that stands at the end of a gzip member is
 * judged before memory is spent, and must then be true.  Bytes after the
 * member, a second member too, are refused: no log sends them, and they are
 * a place to hide in.
 */
#ifndef CTWATCH_NET_INFLATE_H
#define CTWATCH_NET_INFLATE_H

#include <ctwatch/base/buf.h>

enum inflate_result {
	INFLATE_OK,
	INFLATE_CORRUPT,  /* not gzip, damaged, cut short, or bytes after it */
	INFLATE_TOO_LARGE /* says that it passes out's ceiling or the ratio */
};

/* What is kept between calls to spare set-up; one for each thread. */
struct inflate;
struct inflate *inflate_new(void);
void inflate_free(struct inflate *z);

/* Report whether in begins as gzip does (RFC 1952, 2.3.1). */
bool inflate_is_gzip(struct bytes in);

/* The size that a gzip body states (inflate_gzip refuses any other); of other
 * bodies their own. */
size_t inflate_size(struct bytes in);

/*
 * Replace out's content by the whole of in inflated, one gzip member of at
 * most out's ceiling and LIMIT_INFLATE_RATIO times in.n, plus
 * LIMIT_INFLATE_SLACK.  What is refused leaves out empty.
 */
enum inflate_result inflate_gzip(
    struct inflate *z, struct bytes in, struct buf *out);

/*
 * Inflate *body, to at most max bytes, if it is gzip.  False with the reason
 * in *error, and *body as it came, when that cannot be done.
 */
bool inflate_body(struct buf *body, size_t max, struct buf *error);

#endif
