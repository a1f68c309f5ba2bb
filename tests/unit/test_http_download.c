/* SPDX-License-Identifier: Apache-2.0 */
/* Downloads of URLs that certificates name: which are asked, and what a hostile
 * server can do. */
#include <fcntl.h>
#include <netinet/in.h>
#include <stdlib.h>
#include <string.h>

#include <ctwatch/base/limits.h>
#include <ctwatch/base/time.h>
#include <ctwatch/net/http_download.h>

#include "../support/test_server.h"

static struct server server;
static const struct http_options options = { .user_agent = "test" };

/* Send a body of n bytes. */
static bool
body_of(int fd, size_t n)
{
	static const uint8_t block[65536];
	char head[128];

	snprintf(head, sizeof head,
	    "HTTP/1.1 200 x\r\nContent-Length: %zu\r\nETag: \"a\"\r\n\r\n", n);
	server_say(fd, head);
	while (n > 0) {
		size_t part = n < sizeof block ? n : sizeof block;

		if (!server_send(fd, block, part))
			return false;
		n -= part;
	}
	return false;
}

static bool
answer(struct server *s, int fd, const char *request)
{
	(void)s;
	if (strncmp(request, "GET /fits ", 10) == 0)
		return body_of(fd, LIMIT_CRL);
	if (strncmp(request, "GET /large ", 11) == 0)
		return body_of(fd, LIMIT_CRL + 1);
	if (strncmp(request, "POST /fits ", 11) == 0 &&
	    strstr(request, "\r\nContent-Type: a/b\r\n") != NULL &&
	    strstr(request, "\r\n\r\nquestion") != NULL)
		return body_of(fd, LIMIT_OCSP);
	if (strncmp(request, "POST /large ", 12) == 0)
		return body_of(fd, LIMIT_OCSP + 1);
	if (strncmp(request, "GET /moved ", 11) == 0)
		server_say(fd,
		    "HTTP/1.1 302 x\r\nLocation: /fits\r\n"
		    "Content-Length: 0\r\n\r\n");
	else if (strncmp(request, "GET /same ", 10) == 0)
		server_say(fd,
		    strstr(request, "If-None-Match: \"a\"\r\n") != NULL
		        ? "HTTP/1.1 304 x\r\n\r\n"
		        : "HTTP/1.1 500 x\r\nContent-Length: 0\r\n\r\n");
	else if (strncmp(request, "GET /trailers ", 14) == 0) {
		server_say(fd,
		    "HTTP/1.1 200 x\r\nTransfer-Encoding: chunked"
		    "\r\n\r\n1\r\nx\r\n0\r\n");
		for (int i = 0; i < 1 << 20; i++)
			if (!server_say(fd, "A: b\r\n"))
				break;
	} else if (strncmp(request, "GET /headers/", 13) == 0) {
		/* The status line, the last header and the empty line. */
		int n = (int)strtol(request + 13, NULL, 10) - 16 - 19 - 2;

		server_say(fd, "HTTP/1.1 200 x\r\n");
		for (; n > 1000; n -= 1000) {
			char line[1001];

			memset(line, 'a', 1000);
			memcpy(line, "b: ", 3);
			memcpy(line + 998, "\r\n", 3);
			server_say(fd, line);
		}
		server_say(fd, "c: ");
		for (; n > 5; n--)
			server_say(fd, "d");
		server_say(fd, "\r\nContent-Length: 0\r\n\r\n");
	} else
		server_say(fd, "HTTP/1.1 404 x\r\nContent-Length: 0\r\n\r\n");
	return false;
}

static enum http_download_result
get(const char *url, bool allow_private, const char *etag, const char *says)
{
	struct http_download d = { .url = url,
		.fd = open("/dev/null", O_WRONLY),
		.max = LIMIT_CRL,
		.time_limit = TIME_MINUTE,
		.etag = etag,
		.allow_private = allow_private };
	enum http_download_result r;
	struct buf error;
	char *got;

	buf_init(&error, 4096);
	r = http_download(&options, &d, &got, &error);
	if (strstr(buf_text(&error), says) == NULL)
		fprintf(stderr, "%s: %s\n", url, buf_text(&error));
	CHECK(strstr(buf_text(&error), says) != NULL);
	CHECK((r == HTTP_DOWNLOAD_OK || r == HTTP_DOWNLOAD_SAME) ==
	    (error.n == 0));
	free(got);
	close(d.fd);
	buf_fini(&error);
	return r;
}

static enum http_download_result
local(const char *path, const char *etag, const char *says)
{
	char *url = mem_printf("http://127.0.0.1:%d%s", server.port, path);
	enum http_download_result r = get(url, true, etag, says);

	free(url);
	return r;
}

static void
some_urls_are_never_asked(void)
{
	static const struct {
		const char *url, *says;
	} refused[] = {
		{ "file:///etc/passwd", "not an http" },
		{ "ldap://ca.example/cn=crl", "not an http" },
		{ "gopher://127.0.0.1/", "not an http" },
		{ "", "not an http" },
		{ "http://u:p@127.0.0.1/", "user name" },
		{ "http://127.0.0.1:22/", "a port other than" },
		{ "https://127.0.0.1:80/", "a port other than" },
		{ "http://127.0.0.1/x", "no public address" },
		{ "http://127.1/x", "no public address" },
		{ "http://2130706433/x", "no public address" },
		{ "http://0x7f000001/x", "no public address" },
		{ "http://localhost/x", "no public address" },
		{ "http://[::1]/x", "no public address" },
		{ "http://[::ffff:127.0.0.1]/x", "no public address" },
		{ "http://169.254.169.254/latest", "no public address" },
		{ "http://10.1.2.3/x", "no public address" },
		{ "http://[fe80::1]/x", "no public address" },
	};
	char *url = mem_alloc(LIMIT_URL + 2, 1);

	for (size_t i = 0; i < sizeof refused / sizeof *refused; i++)
		CHECK(get(refused[i].url, false, NULL, refused[i].says) ==
		    HTTP_DOWNLOAD_REFUSED);
	memset(url, 'a', LIMIT_URL + 1);
	memcpy(url, "http://10.0.0.1/", 16);
	CHECK(get(url, false, NULL, "too long") == HTTP_DOWNLOAD_REFUSED);
	free(url);
	CHECK(server.requests == 0);
}

static bool
is_public(const char *text)
{
	struct sockaddr_in in = { .sin_family = AF_INET };
	struct sockaddr_in6 in6 = { .sin6_family = AF_INET6 };

	if (inet_pton(AF_INET, text, &in.sin_addr) == 1)
		return http_download_is_public((struct sockaddr *)&in);
	CHECK(inet_pton(AF_INET6, text, &in6.sin6_addr) == 1);
	return http_download_is_public((struct sockaddr *)&in6);
}

/* The edges of the blocks, by IANA's registries. */
static void
public_and_private_addresses_are_distinguished(void)
{
	static const char *const yes[] = { "1.1.1.1", "9.255.255.255",
		"11.0.0.0", "100.63.255.255", "100.128.0.0", "126.255.255.255",
		"128.0.0.0", "172.15.255.255", "172.32.0.0", "192.167.255.255",
		"192.169.0.0", "198.17.255.255", "198.20.0.0",
		"223.255.255.255", "2001:200::1", "2606:4700::1111", "2a00::1",
		"3ffe::1" };
	static const char *const no[] = { "0.0.0.0", "0.1.2.3", "10.0.0.0",
		"10.255.255.255", "100.64.0.0", "100.127.255.255", "127.0.0.1",
		"127.255.255.255", "169.254.0.1", "172.16.0.0",
		"172.31.255.255", "192.0.0.1", "192.0.2.1", "192.168.0.0",
		"192.168.255.255", "198.18.0.0", "198.19.255.255",
		"198.51.100.1", "203.0.113.1", "224.0.0.1", "255.255.255.255",
		"::", "::1", "::ffff:1.1.1.1", "64:ff9b::1.1.1.1", "100::1",
		"2001::1", "2001:db8::1", "2002:7f00:1::", "3fff::1", "4000::1",
		"fc00::1", "fe80::1", "ff02::1" };

	for (size_t i = 0; i < sizeof yes / sizeof *yes; i++)
		CHECK(is_public(yes[i]));
	for (size_t i = 0; i < sizeof no / sizeof *no; i++)
		CHECK(!is_public(no[i]));
}

static void
servers_may_answer_anything(void)
{
	char *fits = mem_printf("/headers/%d", LIMIT_DOWNLOAD_HEADERS);
	char *over = mem_printf("/headers/%d", LIMIT_DOWNLOAD_HEADERS + 1);

	CHECK(local("/fits", NULL, "") == HTTP_DOWNLOAD_OK);
	CHECK(local("/large", NULL, "over 268435456 bytes") ==
	    HTTP_DOWNLOAD_FAILED);
	CHECK(local("/moved", NULL, "status 302") == HTTP_DOWNLOAD_STATUS);
	CHECK(local("/none", NULL, "status 404") == HTTP_DOWNLOAD_STATUS);
	CHECK(local("/same", "\"a\"", "") == HTTP_DOWNLOAD_SAME);
	CHECK(local("/same", NULL, "status 500") == HTTP_DOWNLOAD_STATUS);
	CHECK(
	    local("/trailers", NULL, "headers exceed") == HTTP_DOWNLOAD_FAILED);
	CHECK(local(fits, NULL, "") == HTTP_DOWNLOAD_OK);
	CHECK(local(over, NULL, "headers exceed") == HTTP_DOWNLOAD_FAILED);
	free(fits);
	free(over);
}

/* A POST of the expected body, with the answer in memory. */
static enum http_download_result
post(const char *path, bool allow_private, struct buf *into, const char *says)
{
	char *url = mem_printf("http://127.0.0.1:%d%s", server.port, path);
	struct http_download d = { .url = url,
		.into = into,
		.post = bytes_of("question"),
		.post_type = "a/b",
		.max = LIMIT_OCSP,
		.time_limit = TIME_MINUTE,
		.allow_private = allow_private };
	enum http_download_result r;
	struct buf error;
	char *got;

	buf_clear(into);
	buf_init(&error, 4096);
	r = http_download(&options, &d, &got, &error);
	CHECK(strstr(buf_text(&error), says) != NULL);
	free(got);
	free(url);
	buf_fini(&error);
	return r;
}

static void
an_answer_is_kept_in_memory(void)
{
	int requests = server.requests;
	struct buf into;

	buf_init(&into, LIMIT_OCSP);
	CHECK(post("/fits", true, &into, "") == HTTP_DOWNLOAD_OK);
	CHECK(into.n == LIMIT_OCSP);
	CHECK(post("/large", true, &into, "over 65536 bytes") ==
	    HTTP_DOWNLOAD_FAILED);
	CHECK(post("/none", true, &into, "status 404") == HTTP_DOWNLOAD_STATUS);
	CHECK(server.requests == requests + 3);
	CHECK(post("/fits", false, &into, "a port other than") ==
	    HTTP_DOWNLOAD_REFUSED);
	CHECK(server.requests == requests + 3);
	buf_fini(&into);
}

int
main(void)
{
	server_start(&server, answer);
	some_urls_are_never_asked();
	public_and_private_addresses_are_distinguished();
	servers_may_answer_anything();
	an_answer_is_kept_in_memory();
	server_stop(&server);
	return 0;
}
