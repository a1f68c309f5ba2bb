/* SPDX-License-Identifier: Apache-2.0 */
#include <arpa/inet.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include <curl/curl.h>

#include <ctwatch/base/limits.h>
#include <ctwatch/base/mem.h>
#include <ctwatch/net/http_url.h>

bool
http_url_is_loopback(const char *host)
{
	struct in_addr v4;

	return strcasecmp(host, "localhost") == 0 ||
	    strcmp(host, "[::1]") == 0 ||
	    (inet_pton(AF_INET, host, &v4) == 1 &&
	        ntohl(v4.s_addr) >> 24 == 127);
}

/* Return why u may not be fetched, or NULL; *local: u is of this host. */
static const char *
why_not(const struct http_options *options, CURLU *u, bool *local)
{
	char *scheme = NULL, *host = NULL, *part = NULL;
	const char *why = NULL;

	if (curl_url_get(u, CURLUPART_SCHEME, &scheme, 0) != CURLUE_OK)
		return "it has no scheme";
	curl_url_get(u, CURLUPART_HOST, &host, 0);
	*local = host != NULL && http_url_is_loopback(host);
	if (curl_url_get(u, CURLUPART_USER, &part, 0) == CURLUE_OK ||
	    curl_url_get(u, CURLUPART_PASSWORD, &part, 0) == CURLUE_OK)
		why = "it has a user name";
	else if (curl_url_get(u, CURLUPART_FRAGMENT, &part, 0) == CURLUE_OK)
		why = "it has a fragment";
	else if (strcmp(scheme, "file") == 0)
		why = options->allow_file ? NULL : "file: is not allowed here";
	else if (strcmp(scheme, "http") == 0)
		why = options->allow_http || *local
		    ? NULL
		    : "plain http is for loopback addresses only "
		      "(see --allow-http)";
	else if (strcmp(scheme, "https") != 0)
		why = "neither https, http nor file";
	curl_free(scheme);
	curl_free(host);
	curl_free(part);
	return why;
}

const char *
http_url_why(const struct http_options *options, const char *url, bool *local)
{
	const char *why;
	CURLU *u;

	*local = false;
	if (strlen(url) > LIMIT_URL)
		return "it is too long";
	for (const char *s = url; *s != '\0'; s++)
		if (*s <= ' ' || *s > '~')
			return "it has characters not allowed in URLs";
	u = curl_url();
	if (u == NULL)
		mem_out();
	if (curl_url_set(u, CURLUPART_URL, url, 0) != CURLUE_OK)
		why = "not a URL";
	else
		why = why_not(options, u, local);
	curl_url_cleanup(u);
	return why;
}

bool
http_url_allowed(
    const struct http_options *options, const char *url, const char **why)
{
	bool local;

	*why = http_url_why(options, url, &local);
	return *why == NULL;
}

bool
http_url_is_local(const char *url)
{
	static const struct http_options any = { .allow_http = true };
	bool local;

	return http_url_why(&any, url, &local) == NULL && local;
}

char *
http_url_file(const char *url)
{
	char *scheme = NULL, *part = NULL, *path = NULL;
	CURLU *u = curl_url();

	if (u != NULL && curl_url_set(u, CURLUPART_URL, url, 0) == CURLUE_OK &&
	    curl_url_get(u, CURLUPART_SCHEME, &scheme, 0) == CURLUE_OK &&
	    strcmp(scheme, "file") == 0 &&
	    curl_url_get(u, CURLUPART_PATH, &part, CURLU_URLDECODE) ==
	        CURLUE_OK)
		path = mem_strdup(part);
	curl_free(scheme);
	curl_free(part);
	curl_url_cleanup(u);
	return path;
}

static bool
is_local_proxy(const char *proxy)
{
	static const char host[] = "://localhost/";
	const char *rest;

	return proxy != NULL && strncasecmp(proxy, "socks", 5) == 0 &&
	    (rest = strstr(proxy, host)) != NULL &&
	    rest[sizeof host - 1] != '\0';
}

bool
http_url_proxy_is_local(const struct http_options *options)
{
	/* The variables that libcurl uses; http_proxy only in lower case. */
	static const char *const names[] = { "http_proxy", "https_proxy",
		"HTTPS_PROXY", "all_proxy", "ALL_PROXY" };

	if (options->proxy != NULL)
		return is_local_proxy(options->proxy);
	for (size_t i = 0; i < sizeof names / sizeof names[0]; i++)
		if (is_local_proxy(getenv(names[i])))
			return true;
	return false;
}

bool
http_url_has_scheme(const char *name)
{
	return strstr(name, "://") != NULL;
}
