/* SPDX-License-Identifier: Apache-2.0 */
/*
 * loglist_load: load log lists from files and servers, and cache the last good
 * copy of each.
 *
 * A copy of an earlier run replaces a list that cannot be fetched or parsed,
 * and its age is reported; without a copy the run continues with the other
 * lists. A list whose signature is required and invalid is neither stored nor
 * used.
 */
#ifndef CTWATCH_NET_LOGLIST_LOAD_H
#define CTWATCH_NET_LOGLIST_LOAD_H

#include <ctwatch/net/http.h>
#include <ctwatch/net/loglist.h>

/* The list by which Chrome judges certificates. */
#define LOGLIST_LOAD_CHROME                                                    \
	"https://www.gstatic.com/ct/log_list/v3/log_list.json"

/* The source of one list in this run. */
struct loglist_load_source {
	char *name;      /* owned: the URL or file, or "built in" */
	int64_t fetched; /* ms, when this copy was last the newest; 0: none */
	int64_t dated;   /* ms, date in the list; 0: none */
	size_t logs;     /* logs that are first in this list */
	char *error;     /* owned: error of the last download; or NULL */
	char *suspect;   /* owned: why the newest list is suspect (CTW057);
	                  * it is used only if there is no other; or NULL */
};

struct loglist_load {
	struct loglist *logs;                /* the union */
	struct loglist_load_source *sources; /* owned */
	size_t n_sources;
	char *suspect; /* owned: why all lists together are suspect; or NULL */
	bool stale;    /* a list is missing, suspect, or older than 70 days */
	struct loglist_fetch **fetches; /* owned; may be unfinished */
	size_t n_fetches;
};

struct loglist_load_options {
	const char *dir;          /* copies are stored in DIR/lists */
	bool keep_no_copy;        /* read copies only */
	const char *const *names; /* each a file or a URL */
	size_t n;                 /* 0: the built-in list */
	bool or_builtin;          /* use that, too, if no list can be loaded */
	const char *signature;    /* file or URL: of the first list; or NULL */
	const char *key;          /* file: the PEM key to verify it; or NULL */
	int64_t
	    until; /* time_mono() of the end, half of it if there is a good copy; 0: none */
};

/*
 * Load the lists; those at URLs are fetched in parallel.  Return false with the
 * reason in *error if there is no log, a file is no list, or its signature is
 * bad.  Free with loglist_load_fini in any case; it waits for fetches that
 * timed out, so call http_free or http_stop first.
 */
bool loglist_load(struct loglist_load *l, struct http *http,
    const struct loglist_load_options *options, struct buf *error);
void loglist_load_fini(struct loglist_load *l);

#endif
