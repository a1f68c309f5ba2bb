/* SPDX-License-Identifier: Apache-2.0 */
/*
 * loglist_fetch: fetch one log list and its signature in a separate thread, so
 * that a slow server does not delay other lists or the run.
 */
#ifndef CTWATCH_NET_LOGLIST_FETCH_H
#define CTWATCH_NET_LOGLIST_FETCH_H

#include "net/loglist_cache.h"
#include <ctwatch/net/http.h>

struct loglist_fetch;

enum loglist_fetch_result {
	LOGLIST_FETCH_NEW,       /* a list, signed if requested */
	LOGLIST_FETCH_UNCHANGED, /* the list of the ETag is current */
	LOGLIST_FETCH_FAILED,
	LOGLIST_FETCH_RUNNING /* the time is up */
};

/*
 * Start to fetch the list at url; http must outlive the result.  etag (NULL:
 * none) is that of a good copy.  signature (NULL: not required) is a file or
 * URL, key the PEM key to verify it.  All is copied.
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

/* Wait for the thread to end, which http_free or http_stop accelerates;
 * free. */
void loglist_fetch_free(struct loglist_fetch *f);

/* Append the file or URL of a signature to *out; false with the reason. */
bool loglist_fetch_signature(struct http *http, const char *signature,
    bool plain, struct buf *out, struct buf *error);

/* Report whether the signature over json verifies with key (PEM); if not,
 * append an error with the source of the signature. */
bool loglist_fetch_is_signed(struct bytes json, struct bytes signature,
    struct bytes key, const char *from, struct buf *error);

#endif
