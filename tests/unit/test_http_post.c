/* SPDX-License-Identifier: Apache-2.0 */
#include <string.h>

#include <ctwatch/base/time.h>
#include <ctwatch/net/http.h>
#include <ctwatch/net/http_post.h>

#include "../support/test_server.h"

static struct server server;
static char seen[8192]; /* the head of the last request */

static bool
answer(struct server *s, int fd, const char *request)
{
	(void)s;
	snprintf(seen, sizeof seen, "%s", request);
	if (strncmp(request, "POST /in ", 9) == 0)
		server_say(fd, "HTTP/1.1 204 x\r\n\r\n");
	else if (strncmp(request, "POST /moved ", 12) == 0)
		server_say(fd,
		    "HTTP/1.1 307 x\r\nLocation: /in\r\n"
		    "Content-Length: 0\r\n\r\n");
	else
		server_say(
		    fd, "HTTP/1.1 500 x\r\nContent-Length: 5\r\n\r\n\x1b[31m");
	return false; /* what is left of the body goes with the connection */
}

/* The reason why a body is not taken at path; "" if it is. */
static char *
sent(const struct http_options *options, const char *path)
{
	static const char *const headers[] = { "Webhook-Id: 7" };
	char *url = mem_printf("http://127.0.0.1:%d%s", server.port, path);
	struct buf error;
	bool ok;

	buf_init(&error, 1024);
	ok = http_post_send(options,
	    &(struct http_post){ .url = url,
	        .body = bytes_of("what there is to say"),
	        .headers = headers,
	        .n = 1,
	        .time_limit = 5 * TIME_SECOND },
	    &error);
	CHECK(ok == (error.n == 0));
	free(url);
	return buf_detach(&error);
}

static void
says(const struct http_options *options, const char *path, const char *want)
{
	char *got = sent(options, path);

	if (strcmp(got, want) != 0)
		fprintf(stderr, "%s: %s\n", path, got);
	CHECK(strcmp(got, want) == 0);
	free(got);
}

static void
sends_under_its_own_name(void)
{
	const struct http_options o = { .user_agent = "ctwatch-test/1" };

	says(&o, "/in", "");
	CHECK(strstr(seen, "User-Agent: ctwatch-test/1\r\n") != NULL);
	CHECK(strstr(seen, "Webhook-Id: 7\r\n") != NULL);
	CHECK(strstr(seen, "Content-Length: 20\r\n") != NULL);
}

static void
reports_the_answer(void)
{
	const struct http_options o = { .user_agent = "x" };

	says(&o, "/moved", "status 307");
	says(&o, "/other", "status 500: \\x1b[31m");
}

/* The server is reachable and the proxies are not: port 1 is closed. */
static void
uses_the_proxy_of_the_options_only(void)
{
	struct http_options o = { .user_agent = "x" };
	char *got;

	setenv("http_proxy", "http://127.0.0.1:1", 1);
	says(&o, "/in", "");
	unsetenv("http_proxy");
	o.proxy = "http://127.0.0.1:1";
	got = sent(&o, "/in");
	CHECK(strstr(got, "onnect") != NULL);
	free(got);
}

int
main(void)
{
	server_start(&server, answer);
	sends_under_its_own_name();
	reports_the_answer();
	uses_the_proxy_of_the_options_only();
	server_stop(&server);
	return 0;
}
