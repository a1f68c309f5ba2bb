/* SPDX-License-Identifier: Apache-2.0 */
/*
 * load_lists: for the tests of loglist_load: a server of lists and
 * signatures, and a state directory with copies of them.
 */
#ifndef LOAD_LISTS_H
#define LOAD_LISTS_H

#include <dirent.h>
#include <limits.h>
#include <zlib.h>

#include <ctwatch/base/time.h>
#include <ctwatch/net/loglist_load.h>

#include "make_loglist.h"
#include "test_server.h"
#include "tmpdir.h"

/* What the server answers: "/list" and "/sig". */
static struct {
	const char *status; /* "200 OK"; NULL: nothing, the connection breaks */
	struct bytes list, signature;
	struct bytes plain; /* the list for who accepts no gzip, if not empty */
	const char *etag;   /* NULL: none */
	int wait_for;       /* answer when so many requests are there */
} served;

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER; /* of served */
static pthread_cond_t more = PTHREAD_COND_INITIALIZER;
static struct server server;
static struct http *http;
static char *dir; /* the state directory */
static char list_url[64], sig_url[64];
static struct bytes google, older, sig; /* real lists */
static int64_t until; /* when loading ends by time_mono(); 0: no limit */
static struct buf error;

#define SERVE(what, value)                                                     \
	do {                                                                   \
		pthread_mutex_lock(&lock);                                     \
		served.what = (value);                                         \
		pthread_cond_broadcast(&more);                                 \
		pthread_mutex_unlock(&lock);                                   \
	} while (0)

static inline bool
answer(struct server *s, int fd, const char *request)
{
	bool is_sig = strncmp(request, "GET /sig ", 9) == 0;
	bool is_plain = strstr(request, "Accept-Encoding: gzip") == NULL;
	const char *status, *etag;
	struct bytes body;
	char *head, *asked;
	bool ok;

	pthread_mutex_lock(&lock);
	status = served.status;
	while (atomic_load(&s->requests) < served.wait_for)
		pthread_cond_wait(&more, &lock);
	pthread_cond_broadcast(&more);
	body = is_sig                        ? served.signature
	    : served.plain.n > 0 && is_plain ? served.plain
	                                     : served.list;
	etag = is_sig ? NULL : served.etag;
	pthread_mutex_unlock(&lock);
	if (status == NULL)
		return false;
	asked = mem_printf("If-None-Match: %s\r\n", etag != NULL ? etag : "-");
	if (strstr(request, asked) != NULL) {
		free(asked);
		return server_say(fd, "HTTP/1.1 304 Not Modified\r\n\r\n");
	}
	free(asked);
	head = mem_printf("HTTP/1.1 %s\r\nContent-Length: %zu\r\n%s%s%s\r\n",
	    status, body.n, etag != NULL ? "ETag: " : "",
	    etag != NULL ? etag : "", etag != NULL ? "\r\n" : "");
	ok = server_say(fd, head) && server_send(fd, body.p, body.n);
	free(head);
	return ok;
}

/* Run once with these lists. */
static inline bool
load(struct loglist_load *l, const char *const *names, size_t n,
    const char *signature, const char *key)
{
	buf_clear(&error);
	return loglist_load(l, http,
	    &(struct loglist_load_options){ .dir = dir,
	        .names = names,
	        .n = n,
	        .signature = signature,
	        .key = key,
	        .until = until },
	    &error);
}

static inline bool
load_one(struct loglist_load *l, const char *name)
{
	return load(l, &name, 1, NULL, NULL);
}

static inline void
new_state(void)
{
	if (dir != NULL)
		tmpdir_remove(dir);
	dir = tmpdir_new();
}

static inline char *
data_path(const char *name)
{
	const char *top = getenv("top_srcdir");

	return mem_printf("%s/data/%s", top != NULL ? top : ".", name);
}

static inline void
begin(void)
{
	int64_t now;

	CHECK(time_parse("2026-04-20T00:00:00Z", &now));
	time_set(now);
	buf_init(&error, 4096);
	google = test_data("loglists/google-2026-04-19.json");
	older = test_data("loglists/google-2025-12-30.json");
	sig = test_data("loglists/google-2025-12-30.sig");
	served.status = "200 OK";
	server_start(&server, answer);
	snprintf(
	    list_url, sizeof list_url, "http://127.0.0.1:%d/list", server.port);
	snprintf(
	    sig_url, sizeof sig_url, "http://127.0.0.1:%d/sig", server.port);
	http = http_new(
	    &(struct http_options){ .user_agent = "ctwatch-test" }, &error);
	CHECK(http != NULL);
}

static inline void
end(void)
{
	http_free(http);
	server_stop(&server);
	tmpdir_remove(dir);
	buf_fini(&error);
	free((void *)google.p);
	free((void *)older.p);
	free((void *)sig.p);
}

/* ---- a run in which every list loads ---- */

/* Load on a later day; what failed is in l->sources[0].error. */
static inline void
later(struct loglist_load *l, int64_t first, int64_t days)
{
	time_set(first + days * TIME_DAY);
	CHECK(load_one(l, list_url));
	CHECK(l->logs->n == 56);
}

#endif
