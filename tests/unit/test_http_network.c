/* SPDX-License-Identifier: Apache-2.0 */
/* http: connections that break, hang or are kept, and a libcurl that fails. */
#include <dlfcn.h>

#include <curl/curl.h>

#include "../support/http_client.h"

static void
reports_a_broken_connection(void)
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
fails_when_a_handshake_is_reset(void)
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
fails_when_a_handshake_gets_no_answer(void)
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
requests_again_after_a_broken_connection(void)
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
fails_when_an_answer_is_slow(void)
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
keeps_connections_unless_forbidden(void)
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
reports_errors_of_libcurl(void)
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
sleeps_when_libcurl_cannot_poll(void)
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

static void
fails_without_the_given_roots(void)
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
	reports_a_broken_connection();
	fails_when_a_handshake_is_reset();
	fails_when_a_handshake_gets_no_answer();
	requests_again_after_a_broken_connection();
	fails_when_an_answer_is_slow();
	keeps_connections_unless_forbidden();
	reports_errors_of_libcurl();
	sleeps_when_libcurl_cannot_poll();
	fails_without_the_given_roots();
	server_stop(&server);
	return 0;
}
