/* SPDX-License-Identifier: Apache-2.0 */
/*
 * loglist_cache: the copy of a log list between two runs, in one file, so that
 * its parts are consistent: lines "fetched TIME", "etag TAG" and "signature
 * BASE64", an empty line, and the verbatim list.
 */
#ifndef CTWATCH_NET_LOGLIST_CACHE_H
#define CTWATCH_NET_LOGLIST_CACHE_H

#include <ctwatch/base/buf.h>

struct loglist_cache {
	struct buf json;      /* empty: there is no copy */
	struct buf signature; /* as received; empty: none */
	char *etag;           /* owned; or NULL */
	int64_t fetched;      /* ms */
};

/* Initialize c as empty. */
void loglist_cache_init(struct loglist_cache *c);
void loglist_cache_fini(struct loglist_cache *c);

/* Load the copy of url from DIR/lists; a damaged one counts as absent. */
void loglist_cache_load(
    struct loglist_cache *c, const char *dir, const char *url);

/* Save c; return false with the reason in *error. */
bool loglist_cache_save(const struct loglist_cache *c, const char *dir,
    const char *url, struct buf *error);

#endif
