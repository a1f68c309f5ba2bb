/* SPDX-License-Identifier: Apache-2.0 */
/*
 * plist: property lists of Apple's systems, in their XML form.
 */
#ifndef CTWATCH_ROTATE_FORMATS_PLIST_H
#define CTWATCH_ROTATE_FORMATS_PLIST_H

#include <ctwatch/rotate/pinlist.h>

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
