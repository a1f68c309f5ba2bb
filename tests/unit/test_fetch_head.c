/* SPDX-License-Identifier: Apache-2.0 */
/* Why no head is to be had is said, whatever the log answers. */
#include "sync/log_reader.h"

#include "../support/make_cert.h"
#include "../support/test_server.h"
#include "../support/test_state.h"

/* More than is quoted, on one line and then some. */
static bool
answer(struct server *s, int fd, const char *request)
{
	char page[1001];

	(void)s;
	(void)request;
	memset(page, 'x', sizeof page - 1);
	memcpy(page, "<html><title>Not here</title>", 29);
	page[sizeof page - 1] = '\0';
	return server_say(fd,
	           "HTTP/1.1 404 Not Found\r\nContent-Length: 1000\r\n\r\n") &&
	    server_say(fd, page);
}

static void
an_html_error_page_is_part_of_the_reason(void)
{
	const struct http_options here = { .user_agent = "test" };
	struct loglist_log log = { .description = (char *)(uintptr_t) "a log" };
	struct sync_options options = { .only = NULL };
	struct coverage cover = { .log = &log };
	struct log_reader_shared shared = { .options = &options };
	struct log_reader r = {
		.shared = &shared, .log = &log, .coverage = &cover
	};
	char *dir = tmpdir_new();
	EVP_PKEY *key = make_cert_key();
	struct server server;
	struct bytes spki;
	struct buf error;

	server_start(&server, answer);
	buf_init(&error, 4096);
	options.store = state_open(dir, STORE_RUN);
	options.http = http_new(&here, &error);
	spki = make_cert_spki(key);
	log.key = blob_copy(spki);
	log.url = mem_printf("http://127.0.0.1:%d/%0100d/", server.port, 0);
	r.queue = http_queue(options.http, "");
	r.client = log_client_new(&log, false);
	CHECK(fetch_head(&r) == HEAD_UNREACHABLE);
	CHECK(cover.status == COVERAGE_UNREACHABLE);
	CHECK(strstr(cover.reason, "HTTP status 404: <html>") != NULL);
	log_client_free(r.client);
	http_free(options.http);
	server_stop(&server);
	store_close(options.store);
	make_cert_free(spki);
	blob_fini(&log.key);
	EVP_PKEY_free(key);
	free(log.url);
	buf_fini(&error);
	tmpdir_remove(dir);
}

int
main(void)
{
	an_html_error_page_is_part_of_the_reason();
	return 0;
}
