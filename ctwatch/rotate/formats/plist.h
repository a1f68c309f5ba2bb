/* SPDX-License-Identifier: Apache-2.0 */
/*
 * plist: XML property lists of Apple's systems.
 */
#ifndef CTWATCH_ROTATE_FORMATS_PLIST_H
#define CTWATCH_ROTATE_FORMATS_PLIST_H

#include <ctwatch/rotate/pinlist.h>

/*
 * Read a property list in which the dict outer, or the root, has a dict inner,
 * and call read for each of its hosts.  Return false with *error; if read
 * returned false, *error is the host's name and what.
 */
bool plist_hosts(struct bytes text, const char *outer, const char *inner,
    bool (*read)(
        const char *host, const struct json_t *value, struct pinlist *out),
    const char *what, struct pinlist *out, struct buf *error);

#endif
