/* SPDX-License-Identifier: Apache-2.0 */
/*
 * pack: compress large columns (RFC 1950).
 */
#ifndef CTWATCH_STORE_PACK_H
#define CTWATCH_STORE_PACK_H

#include <ctwatch/base/buf.h>

/* Append in, compressed, to *out; the size of in comes first.  is_finding: it is
 * the JSON of a finding. */
void pack_close(struct bytes in, bool is_finding, struct buf *out);

/* Append what pack_close was given; false, appending nothing, if in is
 * damaged. */
bool pack_open(struct bytes in, struct buf *out);

#endif
