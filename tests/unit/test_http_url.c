/* SPDX-License-Identifier: Apache-2.0 */
#include <string.h>

#include <ctwatch/base/limits.h>
#include <ctwatch/net/http_url.h>

#include "../support/test.h"

static void
refuses_misleading_urls(void)
{
	static const struct {
		const char *url;
		bool plain, http, file; /* allowed so, with --allow-http, ... */
	} cases[] = {
		{ "https://ct.test/", true, true, true },
		{ "HTTPS://CT.test:8443/x?y=z", true, true, true },
		{ "https://10.0.0.1/", true, true, true },
		{ "http://127.0.0.1/", true, true, true },
		{ "http://127.255.0.1:80/", true, true, true },
		{ "http://[::1]:80/", true, true, true },
		{ "http://localhost/", true, true, true },
		{ "http://localhost.evil.test/", false, true, false },
		{ "http://127.0.0.1.evil.test/", false, true, false },
		{ "http://ct.test/", false, true, false },
		{ "http://[::2]/", false, true, false },
		{ "http://128.0.0.1/", false, true, false },
		{ "file:///srv/log/", false, false, true },
		{ "http://127.0.0.1@evil.test/", false, false, false },
		{ "https://a@ct.test/", false, false, false },
		{ "https://a:b@ct.test/", false, false, false },
		{ "https://ct.test/#x", false, false, false },
		{ "https://ct.test/a b", false, false, false },
		{ "https://ct.test/\n", false, false, false },
		{ "https://ct.t\xc3\xa9st/", false, false, false },
		{ "ftp://ct.test/", false, false, false },
		{ "gopher://127.0.0.1/", false, false, false },
		{ "ct.test/", false, false, false },
		{ "//ct.test/", false, false, false },
		{ "https://", false, false, false },
		{ "", false, false, false },
	};
	static const struct http_options none, http = { .allow_http = true },
	                                       file = { .allow_file = true };
	const char *why;

	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		const char *url = cases[i].url;

		CHECK(http_url_allowed(&none, url, &why) == cases[i].plain);
		CHECK((why == NULL) == cases[i].plain);
		CHECK(http_url_allowed(&http, url, &why) == cases[i].http);
		CHECK(http_url_allowed(&file, url, &why) == cases[i].file);
	}
	CHECK(http_url_is_local("http://127.0.0.1:8080/list.json"));
	CHECK(!http_url_is_local("https://ct.test/"));
}

static void
takes_urls_up_to_a_length(void)
{
	static const struct http_options none;
	char url[LIMIT_URL + 2];
	const char *why;

	memset(url, 'a', sizeof url);
	memcpy(url, "https://ct.test/", 16);
	url[LIMIT_URL] = '\0';
	CHECK(http_url_allowed(&none, url, &why));
	url[LIMIT_URL] = 'a';
	url[LIMIT_URL + 1] = '\0';
	CHECK(!http_url_allowed(&none, url, &why));
	CHECK(strcmp(why, "it is too long") == 0);
}

static void
recognises_files_and_loopback_addresses(void)
{
	static const struct {
		const char *url, *path;
	} files[] = {
		{ "file:///var/log", "/var/log" },
		{ "FILE:///a%20b/", "/a b/" },
		{ "file://localhost/log", "/log" },
		{ "https://ct.test/file:///log", NULL },
		{ "file", NULL },
	};
	static const struct {
		const char *url;
		bool local;
	} proxies[] = {
		{ "socks5h://localhost/run/tor/socks", true },
		{ "SOCKS4://localhost/socks", true },
		{ "socks5h://localhost:9050", false },
		{ "socks5h://localhost/", false },
		{ "http://localhost/run/proxy", false },
	};
	struct http_options none = { .proxy = NULL };

	for (size_t i = 0; i < sizeof files / sizeof files[0]; i++) {
		char *path = http_url_file(files[i].url);

		CHECK((path != NULL) == (files[i].path != NULL));
		CHECK(path == NULL || strcmp(path, files[i].path) == 0);
		free(path);
	}
	unsetenv("all_proxy");
	for (size_t i = 0; i < sizeof proxies / sizeof proxies[0]; i++) {
		const struct http_options own = { .proxy = proxies[i].url };

		CHECK(http_url_proxy_is_local(&own) == proxies[i].local);
		CHECK(!http_url_proxy_is_local(&none));
		setenv("all_proxy", proxies[i].url, 1);
		CHECK(http_url_proxy_is_local(&none) == proxies[i].local);
		none.proxy = "https://proxy.test";
		CHECK(!http_url_proxy_is_local(&none));
		none.proxy = NULL;
		unsetenv("all_proxy");
	}
}

int
main(void)
{
	refuses_misleading_urls();
	takes_urls_up_to_a_length();
	recognises_files_and_loopback_addresses();
	return 0;
}
