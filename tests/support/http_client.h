/* SPDX-License-Identifier: Apache-2.0 */
/*
 * http_client: for the tests of http: a server on loopback whose paths name
 * the answer and its faults, and GETs of them.
 */
#ifndef HTTP_CLIENT_H
#define HTTP_CLIENT_H

#include <stdarg.h>
#include <time.h>

#include <ctwatch/base/time.h>
#include <ctwatch/net/http.h>

#include "test_server.h"

/* "<h1>Bad\x1b Gateway</h1>" by gzip -9n. */
static const uint8_t gzipped[] = { 0x1f, 0x8b, 0x08, 0x00, 0x00, 0x00, 0x00,
	0x00, 0x02, 0x03, 0xb3, 0xc9, 0x30, 0xb4, 0x73, 0x4a, 0x4c, 0x91, 0x56,
	0x70, 0x4f, 0x2c, 0x49, 0x2d, 0x4f, 0xac, 0xb4, 0xd1, 0x07, 0x0a, 0x00,
	0x00, 0xda, 0x78, 0x03, 0x9a, 0x15, 0x00, 0x00, 0x00 };

static struct server server;
static char seen[8192]; /* the head of the last request */
static pthread_mutex_t seen_lock = PTHREAD_MUTEX_INITIALIZER;

__attribute__((format(printf, 2, 3))) static inline bool
say(int fd, const char *fmt, ...)
{
	va_list ap;
	char *s;
	bool ok;

	va_start(ap, fmt);
	CHECK(vasprintf(&s, fmt, ap) >= 0);
	va_end(ap);
	ok = server_say(fd, s);
	free(s);
	return ok;
}

static inline void
nap(int ms)
{
	nanosleep(&(struct timespec){ 0, ms * 1000000L }, NULL);
}

/* n bytes, in chunks or under their length. */
static inline bool
send_many(int fd, long n, bool chunked, int status)
{
	static const char block[1000];
	bool ok = chunked
	    ? say(fd, "HTTP/1.1 %d x\r\nTransfer-Encoding: chunked\r\n\r\n",
	          status)
	    : say(fd, "HTTP/1.1 %d x\r\nContent-Length: %ld\r\n\r\n", status,
	          n);

	while (ok && n > 0) {
		long k = n < 1000 ? n : 1000;

		ok = (!chunked || say(fd, "%lx\r\n", k)) &&
		    server_send(fd, block, (size_t)k) &&
		    (!chunked || server_say(fd, "\r\n"));
		n -= k;
	}
	return ok && (!chunked || server_say(fd, "0\r\n\r\n"));
}

/* n headers or trailers; without end if n is -1. */
static inline bool
send_headers(struct server *s, int fd, long n)
{
	for (long i = 0; i != n && !s->ending; i++)
		if (!server_say(fd, "X-Many: 1\r\n"))
			return false;
	return true;
}

/* Until the client goes or the test ends: a byte now and then, or nothing. */
static inline bool
http_client_stall(struct server *s, int fd, bool bytes)
{
	char c;

	while (!s->ending && recv(fd, &c, 1, MSG_DONTWAIT | MSG_PEEK) != 0) {
		if (bytes && !server_say(fd, "x"))
			break;
		nap(10);
	}
	return false;
}

static inline bool
answer(struct server *s, int fd, const char *request)
{
	char header[256];
	int status;
	long n;

	pthread_mutex_lock(&seen_lock);
	snprintf(seen, sizeof seen, "%s", request);
	pthread_mutex_unlock(&seen_lock);
	if (strncmp(request, "GET /ok ", 8) == 0)
		return server_say(
		    fd, "HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhello");
	if (sscanf(request, "GET /status/%d ", &status) == 1)
		return say(fd,
		    "HTTP/1.1 %d x\r\nContent-Length: 6\r\n\r\n<\x1bi>\r\n",
		    status);
	if (sscanf(request, "GET /none/%d ", &status) == 1)
		return say(
		    fd, "HTTP/1.1 %d x\r\nContent-Length: 0\r\n\r\n", status);
	if (sscanf(request, "GET /retry/%d/%255[^ ] ", &status, header) == 2)
		return say(fd,
		    "HTTP/1.1 %d x\r\nRetry-After: %s\r\n"
		    "Content-Length: 0\r\n\r\n",
		    status, header);
	if (sscanf(request, "GET /length/%d/%ld ", &status, &n) == 2)
		return send_many(fd, n, false, status);
	if (sscanf(request, "GET /chunked/%d/%ld ", &status, &n) == 2)
		return send_many(fd, n, true, status);
	if (sscanf(request, "GET /headers/%ld ", &n) == 1)
		return server_say(fd, "HTTP/1.1 200 x\r\n") &&
		    send_headers(s, fd, n) &&
		    server_say(fd, "Content-Length: 2\r\n\r\nok");
	if (sscanf(request, "GET /trailers/%ld ", &n) == 1)
		return server_say(fd,
		           "HTTP/1.1 200 x\r\nTransfer-Encoding: chunked\r\n"
		           "\r\n2\r\nok\r\n0\r\n") &&
		    send_headers(s, fd, n) && server_say(fd, "\r\n");
	if (strncmp(request, "GET /redirect ", 14) == 0)
		return server_say(fd,
		    "HTTP/1.1 302 Found\r\nLocation: /ok\r\n"
		    "Content-Length: 0\r\n\r\n");
	if (strncmp(request, "GET /gzip/200 ", 14) == 0 ||
	    strncmp(request, "GET /gzip/502 ", 14) == 0)
		return say(fd,
		           "HTTP/1.1 %.3s x\r\nContent-Encoding: gzip\r\n"
		           "Content-Length: %zu\r\n\r\n",
		           request + 10, sizeof gzipped) &&
		    server_send(fd, gzipped, sizeof gzipped);
	if (strncmp(request, "GET /etag ", 10) == 0)
		return server_say(fd,
		    strstr(request, "If-None-Match: \"v1\"\r\n") != NULL
		        ? "HTTP/1.1 304 x\r\nETag: \"v1\"\r\n\r\n"
		        : "HTTP/1.1 200 x\r\nETag: \"v1\"\r\n"
		          "Content-Length: 2\r\n\r\nv1");
	if (strncmp(request, "GET /cut/length ", 16) == 0)
		return server_say(fd,
		           "HTTP/1.1 200 x\r\nContent-Length: 6\r\n\r\n"
		           "hello") &&
		    false;
	if (strncmp(request, "GET /cut/chunk ", 15) == 0)
		return server_say(fd,
		           "HTTP/1.1 200 x\r\nTransfer-Encoding: chunked\r\n"
		           "\r\n5\r\nhello\r\n") &&
		    false;
	if (strncmp(request, "GET /cut/429 ", 13) == 0)
		return server_say(fd,
		           "HTTP/1.1 429 x\r\nRetry-After: 7\r\n"
		           "Content-Length: 6\r\n\r\nhello") &&
		    false;
	if (strncmp(request, "GET /drip ", 10) == 0)
		return server_say(fd,
		           "HTTP/1.1 200 x\r\nContent-Length: 99999\r\n\r\n") &&
		    http_client_stall(s, fd, true);
	if (strncmp(request, "GET /nap ", 9) == 0) {
		nap(20);
		return server_say(
		    fd, "HTTP/1.1 200 x\r\nContent-Length: 0\r\n\r\n");
	}
	if (strncmp(request, "GET /hang ", 10) == 0)
		return http_client_stall(s, fd, false);
	return false; /* /drop: the connection breaks without an answer */
}

static inline struct http *
client(const struct http_options *options)
{
	struct http_options o = *options;
	struct http *h;
	struct buf error;

	if (o.user_agent == NULL)
		o.user_agent = "ctwatch-test/1 (+mailto:a@b.test)";
	buf_init(&error, 4096);
	h = http_new(&o, &error);
	CHECK(h != NULL);
	buf_fini(&error);
	return h;
}

static inline struct http_response
get_with(struct http *h, const char *path, size_t max, const char *etag)
{
	char *url = mem_printf("http://127.0.0.1:%d%s", server.port, path);
	struct http_response r;

	http_fetch(h,
	    &(struct http_request){ .url = url, .max_body = max, .etag = etag },
	    &r);
	CHECK((r.result == HTTP_OK) == (r.error[0] == '\0'));
	CHECK(r.result == HTTP_OK || strstr(r.error, url) == r.error);
	CHECK(r.took >= 0);
	free(url);
	return r;
}

/* Whether the last request had that line. */
static inline bool
was_sent(const char *line)
{
	bool found;

	pthread_mutex_lock(&seen_lock);
	found = strstr(seen, line) != NULL;
	pthread_mutex_unlock(&seen_lock);
	return found;
}

/* The result alone, of a GET of its own client: HTTP 429 delays a queue. */
static inline enum http_result
result(const char *path, size_t max)
{
	struct http *h = client(&(struct http_options){ 0 });
	struct http_response r = get_with(h, path, max, NULL);

	http_response_fini(&r);
	http_free(h);
	return r.result;
}

#endif
