/* SPDX-License-Identifier: Apache-2.0 */
#include <dlfcn.h>
#include <stdarg.h>
#include <time.h>

#include <curl/curl.h>

#include <ctwatch/base/limits.h>
#include <ctwatch/base/time.h>
#include <ctwatch/net/http.h>

#include "../support/test_server.h"
#include "../support/tmpdir.h"

/* "<h1>Bad\x1b Gateway</h1>" by gzip -9n. */
static const uint8_t gzipped[] = { 0x1f, 0x8b, 0x08, 0x00, 0x00, 0x00, 0x00,
	0x00, 0x02, 0x03, 0xb3, 0xc9, 0x30, 0xb4, 0x73, 0x4a, 0x4c, 0x91, 0x56,
	0x70, 0x4f, 0x2c, 0x49, 0x2d, 0x4f, 0xac, 0xb4, 0xd1, 0x07, 0x0a, 0x00,
	0x00, 0xda, 0x78, 0x03, 0x9a, 0x15, 0x00, 0x00, 0x00 };

static struct server server;
static char seen[8192]; /* the head of the last request */
static pthread_mutex_t seen_lock = PTHREAD_MUTEX_INITIALIZER;

/* ---- the server's side ---- */

__attribute__((format(printf, 2, 3))) static bool
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

static void
nap(int ms)
{
	nanosleep(&(struct timespec){ 0, ms * 1000000L }, NULL);
}

/* n bytes, in chunks or under their length. */
static bool
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
static bool
send_headers(struct server *s, int fd, long n)
{
	for (long i = 0; i != n && !s->ending; i++)
		if (!server_say(fd, "X-Many: 1\r\n"))
			return false;
	return true;
}

/* Until the client goes or the test ends: a byte now and then, or nothing. */
static bool
dawdle(struct server *s, int fd, bool bytes)
{
	char c;

	while (!s->ending && recv(fd, &c, 1, MSG_DONTWAIT | MSG_PEEK) != 0) {
		if (bytes && !server_say(fd, "x"))
			break;
		nap(10);
	}
	return false;
}

static bool
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
		return say(fd, "HTTP/1.1 %d x\r\n\r\n", status);
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
		    dawdle(s, fd, true);
	if (strncmp(request, "GET /nap ", 9) == 0) {
		nap(20);
		return server_say(
		    fd, "HTTP/1.1 200 x\r\nContent-Length: 0\r\n\r\n");
	}
	if (strncmp(request, "GET /hang ", 10) == 0)
		return dawdle(s, fd, false);
	return false; /* /drop: the connection breaks without an answer */
}

/* ---- the client's side ---- */

static struct http *
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

static struct http_response
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
static bool
was_sent(const char *line)
{
	bool found;

	pthread_mutex_lock(&seen_lock);
	found = strstr(seen, line) != NULL;
	pthread_mutex_unlock(&seen_lock);
	return found;
}

/* The result alone, of a GET of its own client: HTTP 429 delays a queue. */
static enum http_result
result(const char *path, size_t max)
{
	struct http *h = client(&(struct http_options){ 0 });
	struct http_response r = get_with(h, path, max, NULL);

	http_response_fini(&r);
	http_free(h);
	return r.result;
}

static void
brings_a_body_as_it_was_sent(void)
{
	struct http *h = client(&(struct http_options){ 0 });
	struct http_response r = get_with(h, "/ok", 100, NULL);

	CHECK(r.result == HTTP_OK && r.status == 200 && r.etag == NULL);
	CHECK(r.retry_after == -1);
	CHECK(bytes_is(buf_view(&r.body), "hello"));
	http_response_fini(&r);
	CHECK(was_sent("User-Agent: ctwatch-test/1 (+mailto:a@b.test)\r\n"));
	CHECK(was_sent("Accept-Encoding: gzip\r\n"));
	CHECK(!was_sent("If-None-Match"));

	r = get_with(h, "/gzip/200", 100, NULL);
	CHECK(r.result == HTTP_OK);
	CHECK(bytes_equal(
	    buf_view(&r.body), (struct bytes){ gzipped, sizeof gzipped }));
	http_response_fini(&r);
	r = get_with(h, "/length/200/0", 0, NULL);
	CHECK(r.result == HTTP_OK && r.body.n == 0);
	http_response_fini(&r);
	http_free(h);
}

static void
holds_the_ceiling_to_the_byte(void)
{
	CHECK(result("/length/200/100000", 100000) == HTTP_OK);
	CHECK(result("/length/200/100001", 100000) == HTTP_TOO_LARGE);
	CHECK(result("/chunked/200/100000", 100000) == HTTP_OK);
	CHECK(result("/chunked/200/100001", 100000) == HTTP_TOO_LARGE);
	CHECK(result("/length/200/1", 0) == HTTP_TOO_LARGE);
	CHECK(result("/length/200/9223372036854775807", 100000) ==
	    HTTP_TOO_LARGE);
}

/* More than that of an error's body is not waited for. */
static void
keeps_the_beginning_of_an_error(void)
{
	struct http *h = client(&(struct http_options){ 0 });
	struct http_response r = get_with(h, "/length/500/65536", 10, NULL);

	CHECK(r.result == HTTP_STATUS && r.status == 500);
	CHECK(r.body.n == LIMIT_ERROR_BODY);
	http_response_fini(&r);
	r = get_with(h, "/length/500/65537", 10, NULL);
	CHECK(r.result == HTTP_STATUS && r.status == 500);
	CHECK(r.body.n == LIMIT_ERROR_BODY);
	http_response_fini(&r);
	http_free(h);
}

static void
tells_statuses_apart(void)
{
	static const struct {
		const char *path;
		enum http_result result;
		long status;
	} cases[] = {
		{ "/none/204", HTTP_STATUS, 204 },
		{ "/length/206/5", HTTP_STATUS, 206 },
		{ "/redirect", HTTP_STATUS, 302 },
		{ "/none/304", HTTP_STATUS, 304 }, /* not requested */
		{ "/status/400", HTTP_STATUS, 400 },
		{ "/status/404", HTTP_STATUS, 404 },
		{ "/status/429", HTTP_THROTTLED, 429 },
		{ "/cut/429", HTTP_THROTTLED, 429 },
		{ "/status/500", HTTP_STATUS, 500 },
		{ "/status/503", HTTP_STATUS, 503 },
		{ "/retry/503/5", HTTP_THROTTLED, 503 },
		{ "/retry/503/soon", HTTP_THROTTLED, 503 },
		{ "/retry/500/5", HTTP_STATUS, 500 },
	};

	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		struct http *h = client(&(struct http_options){ 0 });
		struct http_response r = get_with(h, cases[i].path, 99, NULL);

		CHECK(r.result == cases[i].result);
		CHECK(r.status == cases[i].status);
		http_response_fini(&r);
		http_free(h);
	}
}

static void
follows_no_redirect(void)
{
	struct http *h = client(&(struct http_options){ 0 });
	int before = server.requests;
	struct http_response r = get_with(h, "/redirect", 99, NULL);

	CHECK(server.requests == before + 1);
	CHECK(strstr(r.error, "302, and redirects are not followed") != NULL);
	http_response_fini(&r);
	http_free(h);
}

static void
quotes_an_error_escaped(void)
{
	struct http *h = client(&(struct http_options){ 0 });
	struct http_response r = get_with(h, "/status/404", 99, NULL);

	CHECK(strstr(r.error, ": HTTP status 404: <\\x1bi>\\x0d\\x0a") != NULL);
	http_response_fini(&r);
	r = get_with(h, "/gzip/502", 99, NULL);
	CHECK(strstr(r.error, ": HTTP status 502: <h1>Bad\\x1b Gateway</h1>") !=
	    NULL);
	http_response_fini(&r);
	http_free(h);
}

static void
says_what_broke(void)
{
	CHECK(result("/cut/length", 99) == HTTP_NETWORK);
	CHECK(result("/cut/chunk", 99) == HTTP_NETWORK);
	CHECK(result("/drop", 99) == HTTP_NETWORK);
}

/* Each connection is closed with a reset. */
static void *
hang_up(void *listener)
{
	const struct linger now = { 1, 0 };
	int fd = accept(*(int *)listener, NULL, NULL);
	char c;

	CHECK(fd >= 0 && recv(fd, &c, 1, 0) == 1);
	setsockopt(fd, SOL_SOCKET, SO_LINGER, &now, sizeof now);
	close(fd);
	return NULL;
}

static void
gives_up_a_handshake_that_breaks_off(void)
{
	struct sockaddr_in a = { .sin_family = AF_INET,
		.sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
	socklen_t len = sizeof a;
	int listener = socket(AF_INET, SOCK_STREAM, 0);
	struct http *h = client(&(struct http_options){ 0 });
	struct http_response r;
	pthread_t thread;
	char url[64];

	CHECK(bind(listener, (struct sockaddr *)&a, len) == 0);
	CHECK(listen(listener, 1) == 0);
	CHECK(getsockname(listener, (struct sockaddr *)&a, &len) == 0);
	CHECK(pthread_create(&thread, NULL, hang_up, &listener) == 0);
	snprintf(url, sizeof url, "https://127.0.0.1:%d/", ntohs(a.sin_port));
	http_fetch(h, &(struct http_request){ .url = url, .max_body = 99 }, &r);
	CHECK(r.result == HTTP_NETWORK && r.status == 0 && r.took < TEST_SOON);
	CHECK(strstr(r.error, url) == r.error && strlen(r.error) > strlen(url));
	http_response_fini(&r);
	pthread_join(thread, NULL);
	close(listener);
	http_free(h);
}

/* The server waits for the end of a request, and the client for a hello. */
static void
gives_up_a_handshake_that_nobody_answers(void)
{
	struct http *h = client(&(struct http_options){ .connect_limit = 1 });
	char *url = mem_printf("https://127.0.0.1:%d/ok", server.port);
	struct http_response r;

	http_fetch(h, &(struct http_request){ .url = url, .max_body = 99 }, &r);
	CHECK(r.result == HTTP_NETWORK && r.status == 0);
	CHECK(r.took >= 900 && r.took < TEST_SOON);
	http_response_fini(&r);
	free(url);
	http_free(h);
}

static void
goes_on_after_a_broken_connection(void)
{
	struct http *h = client(&(struct http_options){ 0 });

	for (int i = 0; i < 3; i++) {
		struct http_response r = get_with(h, "/cut/length", 99, NULL);

		CHECK(r.result == HTTP_NETWORK && r.body.n == 0);
		http_response_fini(&r);
		r = get_with(h, "/ok", 99, NULL);
		CHECK(r.result == HTTP_OK);
		http_response_fini(&r);
	}
	http_free(h);
}

static void
gives_up_what_is_slow(void)
{
	struct http *h = client(&(struct http_options){ .stall_limit = 1 });
	struct http_response r = get_with(h, "/drip", 99999, NULL);

	CHECK(r.result == HTTP_NETWORK && r.took < TEST_SOON);
	http_response_fini(&r);
	http_free(h);
	h = client(&(struct http_options){ .total_limit = 1 });
	r = get_with(h, "/hang", 99999, NULL);
	CHECK(r.result == HTTP_NETWORK && r.took >= 900 && r.took < TEST_SOON);
	http_response_fini(&r);
	http_free(h);
}

static void
asks_whether_it_changed(void)
{
	struct http *h = client(&(struct http_options){ 0 });
	struct http_response r = get_with(h, "/etag", 99, NULL), again;

	CHECK(r.result == HTTP_OK && strcmp(r.etag, "\"v1\"") == 0);
	again = get_with(h, "/etag", 99, r.etag);
	CHECK(again.result == HTTP_NOT_MODIFIED && again.body.n == 0);
	CHECK(strcmp(again.etag, "\"v1\"") == 0);
	http_response_fini(&again);
	/* What could break out of its header is not sent. */
	again = get_with(h, "/etag", 99, "\"v1\"\r\nX-Evil: 1");
	CHECK(again.result == HTTP_OK && !was_sent("Evil"));
	http_response_fini(&again);
	http_response_fini(&r);
	http_free(h);
}

static void
keeps_connections_unless_told(void)
{
	struct http *h = client(&(struct http_options){ 0 });
	int before = server.connections;

	for (int i = 0; i < 5; i++) {
		struct http_response r = get_with(h, "/ok", 99, NULL);

		http_response_fini(&r);
	}
	CHECK(server.connections == before + 1);
	http_free(h);
	h = client(&(struct http_options){ .no_keepalive = true });
	before = server.connections;
	for (int i = 0; i < 5; i++) {
		struct http_response r = get_with(h, "/ok", 99, NULL);

		CHECK(r.result == HTTP_OK);
		http_response_fini(&r);
	}
	CHECK(server.connections == before + 5);
	http_free(h);
}

static void
tells_how_long_to_wait(void)
{
	struct http *h;
	struct http_response r;

	h = client(&(struct http_options){ 0 });
	r = get_with(h, "/retry/429/120", 99, NULL);
	CHECK(r.retry_after == 120 * TIME_SECOND);
	http_response_fini(&r);
	http_free(h);
	h = client(&(struct http_options){ 0 });
	r = get_with(h, "/retry/429/soon", 99, NULL);
	CHECK(r.retry_after == -1);
	http_response_fini(&r);
	http_free(h);
}

static void
holds_a_throttled_lane_and_no_other(void)
{
	struct http *h = client(&(struct http_options){ 0 });
	struct http_request q = { .max_body = 99 };
	struct http_response r = get_with(h, "/retry/429/1", 99, NULL);
	int64_t start = time_mono();
	char *url = mem_printf("http://127.0.0.1:%d/ok", server.port);

	CHECK(r.result == HTTP_THROTTLED);
	http_response_fini(&r);
	q.url = url;
	q.queue = http_queue(h, "another");
	CHECK(q.queue == http_queue(h, "another"));
	http_fetch(h, &q, &r);
	CHECK(r.result == HTTP_OK && time_mono() - start < 900);
	http_response_fini(&r);
	q.queue = NULL;
	http_fetch(h, &q, &r);
	CHECK(r.result == HTTP_OK && time_mono() - start >= 900);
	CHECK(r.took < 900); /* the wait is not the log's slowness */
	http_response_fini(&r);
	free(url);
	http_free(h);
}

/* libcurl keeps each header with its name; 7.88 has no limit for trailers. */
static void
limits_headers_and_trailers(void)
{
	/* The other fields: the status, the length, the end. */
	const size_t others = strlen("HTTP/1.1 200 x\r\n") +
	    strlen("Content-Length: 2\r\n") + strlen("\r\n") + 3 * 128;
	const size_t most =
	    (LIMIT_HEADERS - others) / (strlen("X-Many: 1\r\n") + 128);
	char path[64];

	for (size_t n = most; n <= most + 1; n++) {
		snprintf(path, sizeof path, "/headers/%zu", n);
		CHECK(result(path, 99) == (n == most ? HTTP_OK : HTTP_NETWORK));
	}
	CHECK(result("/headers/-1", 99) == HTTP_NETWORK);
	CHECK(result("/trailers/20", 99) == HTTP_OK);
	CHECK(result("/trailers/10000", 99) == HTTP_NETWORK);
	CHECK(result("/trailers/-1", 99) == HTTP_NETWORK);
}

/* With or without Retry-After, the queue closes after a time. */
static void
gives_up_a_lane_that_only_throttles(void)
{
	struct http *h = client(&(struct http_options){ .throttle_limit = 1 });
	struct http_response r;
	int requests = 0, before = server.requests;

	do {
		r = get_with(h, "/none/429", 99, NULL);
		CHECK(r.result == HTTP_THROTTLED ||
		    r.result == HTTP_QUEUE_CLOSED);
		CHECK(++requests < 10);
		http_response_fini(&r);
	} while (r.result == HTTP_THROTTLED);
	CHECK(requests > 2 && server.requests == before + requests - 1);
	r = get_with(h, "/ok", 99, NULL); /* no request is sent */
	CHECK(r.result == HTTP_QUEUE_CLOSED && r.status == 0);
	CHECK(strstr(r.error, "answered only HTTP 429 for 1 s") != NULL);
	CHECK(server.requests == before + requests - 1);
	http_response_fini(&r);
	http_free(h);
}

/* ---- libcurl that fails ---- */

/* Each replaces libcurl's own. */
static atomic_bool add_fails, perform_fails;
static atomic_int polls_failed;

CURLMcode
curl_multi_add_handle(CURLM *multi, CURL *easy)
{
	CURLMcode (*real)(CURLM *, CURL *);

	*(void **)&real = dlsym(RTLD_NEXT, "curl_multi_add_handle");
	return add_fails ? CURLM_OUT_OF_MEMORY : real(multi, easy);
}

CURLMcode
curl_multi_perform(CURLM *multi, int *running)
{
	CURLMcode (*real)(CURLM *, int *);

	*(void **)&real = dlsym(RTLD_NEXT, "curl_multi_perform");
	return perform_fails ? CURLM_INTERNAL_ERROR : real(multi, running);
}

CURLMcode
curl_multi_poll(
    CURLM *multi, struct curl_waitfd fds[], unsigned n, int ms, int *ready)
{
	CURLMcode (*real)(CURLM *, struct curl_waitfd[], unsigned, int, int *);

	*(void **)&real = dlsym(RTLD_NEXT, "curl_multi_poll");
	if (polls_failed < 0)
		return real(multi, fds, n, ms, ready);
	polls_failed++;
	return CURLM_INTERNAL_ERROR;
}

static void
reports_what_libcurl_refuses(void)
{
	struct http *h = client(&(struct http_options){ 0 });
	struct http_response r;

	add_fails = true;
	r = get_with(h, "/ok", 99, NULL);
	CHECK(r.result == HTTP_NETWORK && r.status == 0);
	CHECK(strstr(r.error, curl_multi_strerror(CURLM_OUT_OF_MEMORY)));
	http_response_fini(&r);
	add_fails = false;
	r = get_with(h, "/ok", 99, NULL);
	CHECK(r.result == HTTP_OK);
	http_response_fini(&r);
	perform_fails = true;
	r = get_with(h, "/ok", 99, NULL);
	CHECK(r.result == HTTP_NETWORK);
	http_response_fini(&r);
	perform_fails = false;
	r = get_with(h, "/ok", 99, NULL);
	CHECK(r.result == HTTP_OK);
	http_response_fini(&r);
	http_free(h);
}

static void
does_not_spin_when_it_cannot_poll(void)
{
	struct http *h = client(&(struct http_options){ 0 });
	struct http_response r;

	polls_failed = 0;
	nap(300);
	CHECK(polls_failed < 30); /* and not some 100,000 */
	r = get_with(h, "/ok", 99, NULL);
	CHECK(r.result == HTTP_OK);
	http_response_fini(&r);
	polls_failed = -1;
	http_free(h);
}

/* ---- room in memory ---- */

struct budget {
	struct http *h;
	atomic_size_t given, most;
	atomic_int asked;
	struct http_response response;
	atomic_bool here;
};

static bool
room(void *arg, size_t n)
{
	struct budget *b = arg;

	b->asked++;
	if (n > b->most || b->most == 0)
		return false;
	b->given = n;
	return true;
}

static void
keep(void *arg, struct http_response *response)
{
	struct budget *b = arg;

	b->response = *response;
	b->here = true;
}

static void
start_with_room(struct budget *b, const char *path)
{
	char *url = mem_printf("http://127.0.0.1:%d%s", server.port, path);

	b->here = false;
	b->asked = 0;
	http_start(b->h,
	    &(struct http_request){ .url = url,
	        .max_body = 1 << 20,
	        .room = room,
	        .done = keep,
	        .arg = b });
	free(url);
}

static enum http_result
result_with_room(struct budget *b)
{
	while (!b->here)
		nap(5);
	http_response_fini(&b->response);
	return b->response.result;
}

static void
starts_when_there_is_room(void)
{
	struct budget b = { .h = client(&(struct http_options){ 0 }) };
	struct http_response r;

	start_with_room(&b, "/ok");
	while (b.asked == 0)
		nap(5);
	/* A request that needs no memory passes it, in the same queue. */
	r = get_with(b.h, "/ok", 99, NULL);
	CHECK(r.result == HTTP_OK && !b.here);
	http_response_fini(&r);
	b.most = 100;
	http_wake(b.h);
	CHECK(result_with_room(&b) == HTTP_OK);
	http_free(b.h);
}

static void
asks_for_room_as_the_body_grows(void)
{
	struct budget b = { .h = client(&(struct http_options){ 0 }) };

	b.most = 1 << 20;
	start_with_room(&b, "/chunked/200/300000");
	CHECK(result_with_room(&b) == HTTP_OK);
	CHECK(b.given >= 300000 && b.asked < 20);
	b.most = 299999;
	start_with_room(&b, "/chunked/200/300000");
	CHECK(result_with_room(&b) == HTTP_TOO_LARGE);
	start_with_room(&b, "/length/200/300000");
	CHECK(result_with_room(&b) == HTTP_TOO_LARGE);
	http_free(b.h);
}

/* ---- many at once ---- */

struct tally {
	pthread_mutex_t lock;
	pthread_cond_t changed;
	int results[HTTP_STOPPED + 1], all;
	struct http *again; /* where each one done starts another */
	char order[64];     /* owners, as they came */
};

struct ticket {
	struct tally *tally;
	char owner;
};

static void
on_done(void *arg, struct http_response *response)
{
	struct ticket *t = arg;
	struct tally *sum = t->tally;

	pthread_mutex_lock(&sum->lock);
	sum->results[response->result]++;
	if (sum->all < (int)sizeof sum->order - 1)
		sum->order[sum->all] = t->owner;
	sum->all++;
	pthread_cond_signal(&sum->changed);
	pthread_mutex_unlock(&sum->lock);
	http_response_fini(response);
	if (sum->again != NULL) {
		struct http *h = sum->again;

		sum->again = NULL;
		http_start(h,
		    &(struct http_request){ .url = "http://127.0.0.1:1/",
		        .done = on_done,
		        .arg = arg });
	}
}

static void
start_many(struct http *h, struct ticket *t, int n, const char *path)
{
	char *url = mem_printf("http://127.0.0.1:%d%s", server.port, path);

	for (int i = 0; i < n; i++)
		http_start(h,
		    &(struct http_request){ .url = url,
		        .max_body = 99999,
		        .owner = t,
		        .done = on_done,
		        .arg = t });
	free(url);
}

static void
wait_for(struct tally *sum, int n)
{
	pthread_mutex_lock(&sum->lock);
	while (sum->all < n)
		pthread_cond_wait(&sum->changed, &sum->lock);
	pthread_mutex_unlock(&sum->lock);
}

#define TALLY                                                                  \
	{                                                                      \
		.lock = PTHREAD_MUTEX_INITIALIZER,                             \
		.changed = PTHREAD_COND_INITIALIZER                            \
	}

static void
keeps_to_the_limit_of_a_lane(void)
{
	struct http *h = client(&(struct http_options){ .queue_requests = 3 });
	struct tally sum = TALLY;
	struct ticket t = { &sum, 'a' };

	server.most_active = 0;
	start_many(h, &t, 40, "/nap");
	wait_for(&sum, 40);
	CHECK(sum.results[HTTP_OK] == 40);
	CHECK(server.most_active == 3);
	http_free(h);
}

static void
lets_owners_take_turns(void)
{
	struct http *h = client(&(struct http_options){ .queue_requests = 2 });
	struct tally sum = TALLY;
	struct ticket a = { &sum, 'a' }, b = { &sum, 'b' };
	int others = 0;

	start_many(h, &a, 20, "/nap");
	start_many(h, &b, 4, "/nap");
	wait_for(&sum, 24);
	for (int i = 0; i < 12; i++)
		others += sum.order[i] == 'b';
	CHECK(others == 4); /* and not behind all of a's */
	http_free(h);
}

static void
stops_in_the_middle(void)
{
	struct http *h = client(&(struct http_options){ 0 });
	struct tally sum = TALLY;
	struct ticket t = { &sum, 'a' };
	int64_t start;

	start_many(h, &t, 1, "/ok");
	wait_for(&sum, 1);
	start_many(h, &t, 20, "/drip");
	nap(50);
	start = time_mono();
	http_stop(h);
	wait_for(&sum, 21);
	CHECK(time_mono() - start < TEST_SOON);
	CHECK(sum.results[HTTP_STOPPED] == 20);
	start_many(h, &t, 3, "/ok"); /* what comes later is refused */
	wait_for(&sum, 24);
	CHECK(sum.results[HTTP_STOPPED] == 23);
	http_free(h);
	CHECK(sum.all == 24); /* each was told once */
}

static void
tells_everyone_before_it_goes(void)
{
	struct http *h = client(&(struct http_options){ 0 });
	struct tally sum = TALLY;
	struct ticket t = { &sum, 'a' };
	int64_t start = time_mono();

	sum.again = h; /* one starts another while all is stopped */
	start_many(h, &t, 30, "/hang");
	http_free(h);
	CHECK(sum.all == 31 && sum.results[HTTP_STOPPED] == 31);
	CHECK(time_mono() - start < TEST_SOON);
}

struct starter {
	struct http *h;
	struct ticket *t;
};

static void *
start_some(void *arg)
{
	struct starter *s = arg;

	start_many(s->h, s->t, 25, "/ok");
	return NULL;
}

static void
is_started_from_many_threads(void)
{
	struct http *h = client(&(struct http_options){ 0 });
	struct tally sum = TALLY;
	struct ticket t = { &sum, 'a' };
	struct starter s = { h, &t };
	pthread_t threads[4];

	for (int i = 0; i < 4; i++)
		CHECK(pthread_create(&threads[i], NULL, start_some, &s) == 0);
	for (int i = 0; i < 4; i++)
		pthread_join(threads[i], NULL);
	wait_for(&sum, 100);
	CHECK(sum.results[HTTP_OK] == 100);
	http_free(h);
}

static void
refuses_urls_that_lead_astray(void)
{
	struct http *h = client(&(struct http_options){ 0 });
	struct http_response r;

	http_fetch(h, &(struct http_request){ .url = "http://ct.test/" }, &r);
	CHECK(r.result == HTTP_REFUSED && r.status == 0);
	CHECK(strstr(r.error, "http://ct.test/: plain http is") != NULL);
	http_response_fini(&r);
	http_free(h);
}

static void
reads_files_where_it_may(void)
{
	struct http *h = client(&(struct http_options){ .allow_file = true });
	char *dir = tmpdir_new();
	char *path = mem_printf("%s/tile", dir);
	char *url = mem_printf("file://%s", path);
	struct http_request q = { .url = url, .max_body = 5 };
	struct http_response r;
	FILE *f;

	http_fetch(h, &q, &r);
	CHECK(r.result == HTTP_STATUS && r.status == 404);
	CHECK(strstr(r.error, "no such file") != NULL);
	http_response_fini(&r);
	f = fopen(path, "w");
	CHECK(f != NULL && fputs("hello", f) >= 0 && fclose(f) == 0);
	http_fetch(h, &q, &r);
	CHECK(r.result == HTTP_OK && bytes_is(buf_view(&r.body), "hello"));
	http_response_fini(&r);
	q.max_body = 4;
	http_fetch(h, &q, &r);
	CHECK(r.result == HTTP_TOO_LARGE);
	http_response_fini(&r);
	free(url);
	free(path);
	tmpdir_remove(dir);
	http_free(h);
}

static void
needs_the_roots_it_was_given(void)
{
	struct buf error;

	buf_init(&error, 4096);
	CHECK(http_new(&(struct http_options){ .user_agent = "x",
	                   .ca_file = "/nonexistent/ca.pem" },
	          &error) == NULL);
	CHECK(strstr(buf_text(&error), "/nonexistent/ca.pem: No such") != NULL);
	buf_fini(&error);
}

int
main(void)
{
	polls_failed = -1;
	server_start(&server, answer);
	brings_a_body_as_it_was_sent();
	holds_the_ceiling_to_the_byte();
	keeps_the_beginning_of_an_error();
	tells_statuses_apart();
	follows_no_redirect();
	quotes_an_error_escaped();
	says_what_broke();
	gives_up_a_handshake_that_breaks_off();
	gives_up_a_handshake_that_nobody_answers();
	goes_on_after_a_broken_connection();
	gives_up_what_is_slow();
	asks_whether_it_changed();
	keeps_connections_unless_told();
	tells_how_long_to_wait();
	holds_a_throttled_lane_and_no_other();
	limits_headers_and_trailers();
	gives_up_a_lane_that_only_throttles();
	reports_what_libcurl_refuses();
	does_not_spin_when_it_cannot_poll();
	starts_when_there_is_room();
	asks_for_room_as_the_body_grows();
	keeps_to_the_limit_of_a_lane();
	lets_owners_take_turns();
	stops_in_the_middle();
	tells_everyone_before_it_goes();
	is_started_from_many_threads();
	refuses_urls_that_lead_astray();
	reads_files_where_it_may();
	needs_the_roots_it_was_given();
	server_stop(&server);
	return 0;
}
