/* SPDX-License-Identifier: Apache-2.0 */
/*
 * http: GET with libcurl, in one network thread for all logs.
 *
 * A request gives either a whole body within its limit or a failure with the
 * reason.  Redirects are not followed.  Bodies are not decoded: the caller
 * inflates a gzip body (see inflate.h). Requests of one queue (an operator)
 * share its limits: the number in flight, and the start of the next after a 429
 * or a Retry-After (see rate_limit.h).
 */
#ifndef CTWATCH_NET_HTTP_H
#define CTWATCH_NET_HTTP_H

#include <ctwatch/base/buf.h>

struct http;
struct http_queue;
struct http_response;
struct buf_pool;

struct http_options {
	const char *user_agent; /* whole, contact included */
	const char *ca_file;    /* PEM of trusted roots; NULL: the system's */
	const char *proxy;      /* NULL: the environment's */
	bool allow_http;        /* plain http beyond loopback addresses */
	bool allow_file;        /* file:// URLs */
	bool no_keepalive;      /* a new connection for each request */
	/* In flight at once per queue; 0: 8, or 16 while answers come over a
	 * long way. */
	unsigned queue_requests;
	int64_t queue_interval; /* ms between two starts in a queue; 0: none */
	/* Time limits in seconds: for a connection, for an answer slower than 1
	 * KiB/s, and for any answer; 0: 30, 30 and 300. */
	unsigned connect_limit, stall_limit, total_limit;
	/* Seconds after which a queue that answers only 429 gets no more
	 * requests; 0: 600. */
	unsigned throttle_limit;
};

enum http_result {
	HTTP_OK,           /* 200 and a whole body */
	HTTP_NOT_MODIFIED, /* 304 to an If-None-Match */
	HTTP_THROTTLED,    /* 429, or 503 with Retry-After */
	HTTP_STATUS,       /* any other status, redirects included */
	HTTP_NETWORK,      /* no connection, TLS failure, cut short, time out,
	                    * LIMIT_HEADERS, or an error of libcurl */
	HTTP_TOO_LARGE, /* the body exceeded max_body, or room returned false */
	HTTP_REFUSED,   /* a URL that may not be fetched */
	HTTP_QUEUE_CLOSED, /* not sent: throttle_limit has passed */
	HTTP_STOPPED       /* http_stop was called */
};

struct http_request {
	const char *url;          /* copied */
	struct http_queue *queue; /* NULL: the default queue */
	const void *owner;        /* within a queue, owners take turns */
	size_t max_body;
	bool plain;       /* request a body without compression */
	const char *etag; /* for If-None-Match, or NULL; copied */
	bool no_cache;    /* caches must revalidate */
	/* Do not start before this time (ms, monotonic): that of the response
	 * to the same request before, or 0. */
	int64_t not_before;
	bool first; /* before the requests that wait in the queue */
	/* Reserve memory for n bytes of the body in total; NULL: no limit.
	 * Called on the network thread with n = 0 before the request starts (if
	 * false, the request waits and is tried again after http_wake) and
	 * whenever the body grows (if false, it ends as HTTP_TOO_LARGE). */
	bool (*room)(void *arg, size_t n);
	/* Called once, on the network thread; must not block.  The callee owns
	 * what the response holds. */
	void (*done)(void *arg, struct http_response *response);
	void *arg;
};

struct http_response {
	enum http_result result;
	long status;           /* 0 when there was none; 404: no such file */
	struct buf body;       /* owned; of an error status too, to 64 KiB */
	char *etag;            /* owned, or NULL */
	int64_t retry_after;   /* ms from now, at most a day; -1: absent */
	int64_t took;          /* ms from start to end, without waiting */
	int64_t not_before;    /* a throttled request is not to be repeated
	                        * before this time (ms, monotonic); else 0 */
	char error[512];       /* for messages, escaped; has the URL */
	struct buf_pool *pool; /* to return the body's memory */
};

/* Start the network thread; NULL with the reason in *error.  Free with
 * http_free. */
struct http *http_new(const struct http_options *options, struct buf *error);

/* End all active requests (HTTP_STOPPED) and the thread; free. */
void http_free(struct http *h);

/* Return the queue of that name, created at first use and freed with h. */
struct http_queue *http_queue(struct http *h, const char *name);

/* Start a request; done is always called, also if it cannot start. */
void http_start(struct http *h, const struct http_request *request);

/* As http_start, but wait for the response (not on the network thread). */
void http_fetch(struct http *h, const struct http_request *request,
    struct http_response *out);

/* Retry the start of requests whose room callback returned false.  Any
 * thread. */
void http_wake(struct http *h);

/* End active requests and refuse new ones: HTTP_STOPPED.  Any thread. */
void http_stop(struct http *h);

void http_response_fini(struct http_response *r);

/*
 * Report whether url may be fetched under these options, with the reason if
 * not: https; http to loopback addresses (or allowed); file (if allowed).  No
 * user name, no fragment, only printable ASCII, at most LIMIT_URL bytes.
 * Private addresses are allowed: the source of a URL decides about hosts (see
 * loglist.h).
 */
bool http_url_allowed(
    const struct http_options *options, const char *url, const char **why);

/* Report whether url is of this host, by a loopback address or as localhost. */
bool http_url_is_local(const char *url);

#endif
