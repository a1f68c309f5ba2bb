/* SPDX-License-Identifier: Apache-2.0 */
/*
 * plist: property lists of Apple's systems, in their XML form.
 */
#ifndef CTWATCH_ROTATE_PLIST_H
#define CTWATCH_ROTATE_PLIST_H

#include <ctwatch/rotate/pinlist.h>

/*
 * Read a property list as the JSON that says the same: dict, array, booleans
 * and integers as such, string, date, data and real as strings.  NULL with
 * *error; the caller releases the result.  A key given twice is refused.
 */
struct json_t *plist_read(struct bytes text, struct buf *error);

/*
 * Read a property list in which the dict outer, or the whole, has a dict
 * inner: for each of its hosts, read is called.  False with *error, which
 * is what, after the host's name, if read is false.
 */
bool plist_hosts(struct bytes text, const char *outer, const char *inner,
    bool (*read)(
        const char *host, const struct json_t *value, struct pinlist *out),
    const char *what, struct pinlist *out, struct buf *error);

#endif
