/* SPDX-License-Identifier: Apache-2.0 */
/*
 * loglist_cache: the copy of a log list between two runs.  One file, so that all
 * parts belong together: lines "fetched TIME", "etag TAG" and "signature
 * BASE64", an empty line, and the verbatim list.
 */
#ifndef CTWATCH_NET_LOGLIST_CACHE_H
#define CTWATCH_NET_LOGLIST_CACHE_H

#include <ctwatch/base/buf.h>

struct loglist_cache {
	struct buf json;      /* empty: there is no copy */
	struct buf signature; /* as it came; empty: none */
	char *etag;           /* owned; or NULL */
	int64_t fetched;      /* ms */
};

/* Make c one of no list. */
void loglist_cache_init(struct loglist_cache *c);
void loglist_cache_fini(struct loglist_cache *c);

/* Load what DIR/lists holds of url; of what is damaged, nothing. */
void loglist_cache_load(
    struct loglist_cache *c, const char *dir, const char *url);

/* Keep c; false with the reason in *error. */
bool loglist_cache_save(const struct loglist_cache *c, const char *dir,
    const char *url, struct buf *error);

#endif
