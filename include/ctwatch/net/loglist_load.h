/* SPDX-License-Identifier: Apache-2.0 */
/*
 * loglist_load: log lists from files and servers, the last good copy of each kept.
 *
 * A list that cannot be fetched tonight, or is none, is replaced by the copy
 * of an earlier night, and its age is said; without a copy either, the others
 * carry on.  Nothing is kept or used that a wanted signature does not fit.
 */
#ifndef CTWATCH_NET_LOGLIST_LOAD_H
#define CTWATCH_NET_LOGLIST_LOAD_H

#include <ctwatch/net/http.h>
#include <ctwatch/net/loglist.h>

/* Where one list came from tonight. */
struct loglist_load_source {
	char *name;      /* owned: the URL or file, or "built in" */
	int64_t fetched; /* ms, when this copy was last known to be the
	                  * newest; 0: not from a server */
	int64_t dated;   /* ms, what the list says of itself; 0: nothing */
	size_t logs;     /* that this list was the first to name */
	char *error;     /* owned: why there is no newer copy; or NULL */
};

struct loglist_load {
	struct loglist *logs;                /* the union */
	struct loglist_load_source *sources; /* owned */
	size_t n_sources;
	bool stale; /* a list is missing, or was given more than 70 days ago */
};

/* Report whether a list is fetched from there; otherwise it is a file. */
bool loglist_load_is_url(const char *name);

/*
 * Load n lists, each a file or a URL; of none, the one that is built in.
 * Copies live in DIR/lists.  signature, if not NULL, is the file or URL of
 * the first list's signature by the PEM key in the file key.
 * False with the reason in *error when no log at all is known, a file is no
 * list, or its signature is bad.  Free with loglist_load_fini either way.
 */
bool loglist_load(struct loglist_load *l, struct http *http, const char *dir,
    const char *const *names, size_t n, const char *signature, const char *key,
    struct buf *error);
void loglist_load_fini(struct loglist_load *l);

#endif
