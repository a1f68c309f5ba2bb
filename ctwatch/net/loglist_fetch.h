/* SPDX-License-Identifier: Apache-2.0 */
/*
 * loglist_fetch: one log list and its signature fetched by a thread of its
 * own, so that a slow server delays neither the other lists nor the run.
 */
#ifndef CTWATCH_NET_LOGLIST_FETCH_H
#define CTWATCH_NET_LOGLIST_FETCH_H

#include "net/loglist_cache.h"
#include <ctwatch/net/http.h>

struct loglist_fetch;

enum loglist_fetch_result {
	LOGLIST_FETCH_NEW,       /* a list, signed if that was asked for */
	LOGLIST_FETCH_UNCHANGED, /* the server has the list of the ETag */
	LOGLIST_FETCH_FAILED,
	LOGLIST_FETCH_RUNNING /* the time is up */
};

/*
 * Start to fetch the list at url; http must outlive the result.  etag (NULL:
 * none) is that of a good copy.  signature (NULL: none is wanted) is a file or
 * URL, key the PEM key that must have made it.  All is copied.
 */
struct loglist_fetch *loglist_fetch_start(struct http *http, const char *url,
    const char *etag, const char *signature, struct bytes key);

/*
 * Wait for the result until time_mono() is `until' (0: without limit).  With
 * LOGLIST_FETCH_NEW, *out owns the list; with LOGLIST_FETCH_FAILED, the reason
 * is appended to *error.
 */
enum loglist_fetch_result loglist_fetch_wait(struct loglist_fetch *f,
    int64_t until, struct loglist_cache *out, struct buf *error);

/* Wait for the thread to end, which http_free or http_stop hastens; free. */
void loglist_fetch_free(struct loglist_fetch *f);

/* Append the file or URL of a signature to *out; false with the reason. */
bool loglist_fetch_signature(struct http *http, const char *signature,
    bool plain, struct buf *out, struct buf *error);

/* Report whether key (PEM) made the signature over json; else say so, with
 * where the signature is from. */
bool loglist_fetch_is_signed(struct bytes json, struct bytes signature,
    struct bytes key, const char *from, struct buf *error);

#endif
