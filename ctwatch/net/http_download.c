/* SPDX-License-Identifier: Apache-2.0 */
#include <inttypes.h>
#include <netinet/in.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/socket.h>
#include <unistd.h>

#include <curl/curl.h>

#include "net/http_headers.h"
#include <ctwatch/base/escape.h>
#include <ctwatch/base/file.h>
#include <ctwatch/base/limits.h>
#include <ctwatch/base/mem.h>
#include <ctwatch/net/curl_init.h>
#include <ctwatch/net/http_download.h>

/* ---- addresses ---- */

struct block {
	uint8_t net[16];
	unsigned bits;
};

/* RFC 6890 and IANA's registries of special-purpose addresses. */
static const struct block special4[] = {
	{ { 0 }, 8 },
	{ { 10 }, 8 },
	{ { 100, 64 }, 10 },
	{ { 127 }, 8 },
	{ { 169, 254 }, 16 },
	{ { 172, 16 }, 12 },
	{ { 192, 0, 0 }, 24 },
	{ { 192, 0, 2 }, 24 },
	{ { 192, 88, 99 }, 24 },
	{ { 192, 168 }, 16 },
	{ { 198, 18 }, 15 },
	{ { 198, 51, 100 }, 24 },
	{ { 203, 0, 113 }, 24 },
	{ { 224 }, 4 },
	{ { 240 }, 4 },
};

/* Of IPv6 only 2000::/3 is public, less these. */
static const struct block special6[] = {
	{ { 0x20, 0x01, 0x00 }, 23 },       /* IETF protocols, Teredo */
	{ { 0x20, 0x01, 0x0d, 0xb8 }, 32 }, /* documentation */
	{ { 0x20, 0x02 }, 16 },             /* 6to4: holds IPv4 */
	{ { 0x3f, 0xff, 0x00 }, 20 },       /* documentation */
};

static bool
is_in(const uint8_t *address, const struct block *b)
{
	unsigned whole = b->bits / 8, rest = b->bits % 8;
	uint8_t mask = (uint8_t)(0xff00 >> rest);

	return memcmp(address, b->net, whole) == 0 &&
	    (rest == 0 || (address[whole] & mask) == (b->net[whole] & mask));
}

static bool
is_in_any(const uint8_t *address, const struct block *v, size_t n)
{
	for (size_t i = 0; i < n; i++)
		if (is_in(address, &v[i]))
			return true;
	return false;
}

static bool
is_public4(const uint8_t *address)
{
	return !is_in_any(
	    address, special4, sizeof special4 / sizeof *special4);
}

bool
http_download_is_public(const struct sockaddr *address)
{
	static const struct block global = { { 0x20 }, 3 };
	struct sockaddr_in in;
	struct sockaddr_in6 in6;

	if (address->sa_family == AF_INET) {
		memcpy(&in, address, sizeof in);
		return is_public4((const uint8_t *)&in.sin_addr);
	}
	if (address->sa_family != AF_INET6)
		return false;
	memcpy(&in6, address, sizeof in6);
	return is_in(in6.sin6_addr.s6_addr, &global) &&
	    !is_in_any(in6.sin6_addr.s6_addr, special6,
	        sizeof special6 / sizeof *special6);
}

/* ---- one exchange ---- */

struct exchange {
	const struct http_download *d;
	uint64_t got;
	size_t header_bytes;
	bool refused, too_large, unwritten;
	char *etag;
	struct buf *error;
};

/* Create a socket only for an allowed address. */
static curl_socket_t
on_socket(void *arg, curlsocktype purpose, struct curl_sockaddr *a)
{
	struct exchange *x = arg;

	(void)purpose;
	if (!x->d->allow_private && !http_download_is_public(&a->addr)) {
		x->refused = true;
		return CURL_SOCKET_BAD;
	}
	return socket(a->family, a->socktype | SOCK_CLOEXEC, a->protocol);
}

static size_t
on_body(char *p, size_t size, size_t n, void *arg)
{
	struct exchange *x = arg;
	struct bytes in = bytes_at(p, n);

	(void)size;
	x->got += n;
	x->too_large = x->got > x->d->max;
	if (!x->too_large && x->d->into != NULL)
		buf_add(x->d->into, in);
	else if (!x->too_large)
		x->unwritten = !file_write(x->d->fd, in);
	return x->too_large || x->unwritten ? 0 : n;
}

static size_t
on_header(char *p, size_t size, size_t n, void *arg)
{
	static const char name[] = "etag:";
	struct exchange *x = arg;

	(void)size;
	/* Trailers come here as well, in any number. */
	x->header_bytes += n;
	if (x->header_bytes > LIMIT_DOWNLOAD_HEADERS)
		return 0;
	if (n > sizeof name && strncasecmp(p, name, sizeof name - 1) == 0) {
		struct bytes value =
		    bytes_at(p + sizeof name - 1, n - (sizeof name - 1));

		while (value.n > 0 && value.p[value.n - 1] <= ' ')
			value.n--;
		while (value.n > 0 && value.p[0] <= ' ')
			bytes_take(&value, 1, &(struct bytes){ 0 });
		free(x->etag);
		x->etag = mem_printf("%.*s", (int)value.n, value.p);
		if (!http_headers_is_etag(x->etag)) {
			free(x->etag);
			x->etag = NULL;
		}
	}
	return n;
}

static int
on_progress(void *arg, curl_off_t a, curl_off_t b, curl_off_t c, curl_off_t d)
{
	const struct exchange *x = arg;

	(void)a;
	(void)b;
	(void)c;
	(void)d;
	return x->d->stopped() ? 1 : 0;
}

/* ---- the URL ---- */

static char *
part(CURLU *u, CURLUPart which)
{
	char *text = NULL;

	/* Absent parts are NULL, except the path. */
	return curl_url_get(u, which, &text, CURLU_DEFAULT_PORT) == CURLUE_OK
	    ? text
	    : NULL;
}

/* Return why the URL is not allowed, or NULL. */
static const char *
why_refused(const struct http_download *d)
{
	const char *why = NULL;
	char *scheme, *port, *user;
	CURLU *u;

	if (strlen(d->url) > LIMIT_URL)
		return "the URL is too long";
	u = curl_url();
	if (u == NULL)
		mem_out();
	if (curl_url_set(u, CURLUPART_URL, d->url, 0) != CURLUE_OK) {
		curl_url_cleanup(u);
		return "not an http or https URL";
	}
	scheme = part(u, CURLUPART_SCHEME);
	port = part(u, CURLUPART_PORT);
	user = part(u, CURLUPART_USER);
	if (scheme == NULL ||
	    (strcmp(scheme, "http") != 0 && strcmp(scheme, "https") != 0))
		why = "not an http or https URL";
	else if (user != NULL)
		why = "the URL has a user name";
	else if (!d->allow_private &&
	    (port == NULL ||
	        strcmp(port, strcmp(scheme, "http") == 0 ? "80" : "443") != 0))
		why = "the URL has a port other than 80 or 443";
	curl_free(scheme);
	curl_free(port);
	curl_free(user);
	curl_url_cleanup(u);
	return why;
}

static struct curl_slist *
add_header(struct curl_slist *list, const char *name, const char *value)
{
	char *line = mem_printf("%s: %s", name, value);

	list = curl_slist_append(list, line);
	if (list == NULL)
		mem_out();
	free(line);
	return list;
}

static struct curl_slist *
request_headers(const struct http_download *d)
{
	struct curl_slist *list = NULL;

	if (d->etag != NULL)
		list = add_header(list, "If-None-Match", d->etag);
	if (d->post.n > 0)
		list = add_header(list, "Content-Type", d->post_type);
	return list;
}

static void
set_options(CURL *e, const struct http_options *options, struct exchange *x,
    struct curl_slist *headers)
{
	const struct http_download *d = x->d;

	curl_easy_setopt(e, CURLOPT_URL, d->url);
	curl_easy_setopt(e, CURLOPT_PROTOCOLS_STR, "http,https");
	curl_easy_setopt(e, CURLOPT_HTTPHEADER, headers);
	if (d->post.n > 0) {
		curl_easy_setopt(
		    e, CURLOPT_POSTFIELDSIZE_LARGE, (curl_off_t)d->post.n);
		curl_easy_setopt(
		    e, CURLOPT_POSTFIELDS, (const char *)d->post.p);
	}
	curl_easy_setopt(e, CURLOPT_TIMEOUT_MS, (long)d->time_limit);
	curl_easy_setopt(e, CURLOPT_WRITEFUNCTION, on_body);
	curl_easy_setopt(e, CURLOPT_WRITEDATA, x);
	curl_easy_setopt(e, CURLOPT_HEADERFUNCTION, on_header);
	curl_easy_setopt(e, CURLOPT_HEADERDATA, x);
	if (d->stopped != NULL) {
		curl_easy_setopt(e, CURLOPT_NOPROGRESS, 0L);
		curl_easy_setopt(e, CURLOPT_XFERINFOFUNCTION, on_progress);
		curl_easy_setopt(e, CURLOPT_XFERINFODATA, x);
	}
	/* A proxy of the user resolves names itself. */
	curl_easy_setopt(
	    e, CURLOPT_PROXY, options->proxy != NULL ? options->proxy : "");
	if (options->proxy != NULL)
		return;
	curl_easy_setopt(e, CURLOPT_OPENSOCKETFUNCTION, on_socket);
	curl_easy_setopt(e, CURLOPT_OPENSOCKETDATA, x);
}

/* Report whether headers and trailers exceeded our limit or, from version 8.6
 * on, the higher one of libcurl. */
static bool
has_many_headers(const struct exchange *x, CURLcode result)
{
#if LIBCURL_VERSION_NUM >= 0x080600
	if (result == CURLE_TOO_LARGE)
		return true;
#else
	(void)result;
#endif
	return x->header_bytes > LIMIT_DOWNLOAD_HEADERS;
}

static enum http_download_result
judge(const struct exchange *x, CURLcode result, long status)
{
	if (x->refused) {
		buf_add_text(x->error, "the host has no public address");
		return HTTP_DOWNLOAD_REFUSED;
	}
	if (x->too_large)
		buf_printf(x->error, "over %" PRIu64 " bytes", x->d->max);
	else if (x->unwritten)
		buf_add_text(x->error, "cannot write the file");
	else if (has_many_headers(x, result))
		buf_printf(x->error, "headers exceed %d bytes",
		    LIMIT_DOWNLOAD_HEADERS);
	else if (result != CURLE_OK)
		escape_line(
		    x->error, bytes_of(curl_easy_strerror(result)), 200);
	else if (status == 304 && x->d->etag != NULL)
		return HTTP_DOWNLOAD_SAME;
	else if (status != 200) {
		buf_printf(x->error, "status %ld", status);
		return HTTP_DOWNLOAD_STATUS;
	} else
		return HTTP_DOWNLOAD_OK;
	return HTTP_DOWNLOAD_FAILED;
}

enum http_download_result
http_download(const struct http_options *options, const struct http_download *d,
    char **etag, struct buf *error)
{
	struct exchange x = { .d = d, .error = error };
	const char *why = why_refused(d);
	enum http_download_result r;
	struct curl_slist *headers;
	long status = 0;
	CURLcode result;
	CURL *e;

	*etag = NULL;
	if (why != NULL) {
		buf_add_text(error, why);
		return HTTP_DOWNLOAD_REFUSED;
	}
	e = curl_init_open(options, error);
	if (e == NULL)
		return HTTP_DOWNLOAD_FAILED;
	headers = request_headers(d);
	set_options(e, options, &x, headers);
	result = curl_easy_perform(e);
	curl_easy_getinfo(e, CURLINFO_RESPONSE_CODE, &status);
	r = judge(&x, result, status);
	if (r == HTTP_DOWNLOAD_OK)
		*etag = x.etag;
	else
		free(x.etag);
	curl_slist_free_all(headers);
	curl_init_close(e);
	return r;
}
