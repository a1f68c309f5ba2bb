/* SPDX-License-Identifier: Apache-2.0 */
/*
 * plist: property lists of Apple's systems, in their XML form.
 */
#ifndef CTWATCH_ROTATE_PLIST_H
#define CTWATCH_ROTATE_PLIST_H

#include <ctwatch/base/buf.h>

/*
 * Read a property list as the JSON that says the same: dict, array, booleans
 * and integers as such, string, date, data and real as strings.  NULL with
 * *error; the caller releases the result.  A key given twice is refused.
 */
struct json_t *plist_read(struct bytes text, struct buf *error);

#endif
