/* SPDX-License-Identifier: Apache-2.0 */
/* http: the response to one request. */
#include <ctwatch/base/limits.h>

#include "../support/http_client.h"
#include "../support/tmpdir.h"

static void
returns_a_body_as_sent(void)
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
limits_a_body_to_the_byte(void)
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
keeps_the_beginning_of_an_error_body(void)
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
returns_a_result_for_each_status(void)
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
quotes_an_error_body_escaped(void)
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
sends_an_etag(void)
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
returns_retry_after(void)
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

static void
refuses_urls(void)
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
reads_files_if_allowed(void)
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

int
main(void)
{
	server_start(&server, answer);
	returns_a_body_as_sent();
	limits_a_body_to_the_byte();
	keeps_the_beginning_of_an_error_body();
	returns_a_result_for_each_status();
	follows_no_redirect();
	quotes_an_error_body_escaped();
	sends_an_etag();
	returns_retry_after();
	limits_headers_and_trailers();
	refuses_urls();
	reads_files_if_allowed();
	server_stop(&server);
	return 0;
}
