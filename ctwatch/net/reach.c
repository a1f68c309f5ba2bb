/* SPDX-License-Identifier: Apache-2.0 */
#include <string.h>
#include <strings.h>

#include <curl/curl.h>

#include <ctwatch/base/escape.h>
#include <ctwatch/net/curl_init.h>
#include <ctwatch/net/http_url.h>
#include <ctwatch/net/reach.h>
#include <ctwatch/net/smtp.h>

/* Characters of an error message of libcurl. */
#define QUOTED 200

static CURLcode
connect_to(CURL *e, const struct http_options *options, const char *url,
    bool is_mail, bool is_local)
{
	CURLcode code = (CURLcode)curl_init_route(e, options, is_local);
	long tls =
	    is_local || options->allow_http ? CURLUSESSL_TRY : CURLUSESSL_ALL;

	CURL_INIT_SET(&code, e, CURLOPT_URL, url);
	CURL_INIT_SET(&code, e, CURLOPT_PROTOCOLS_STR, "http,https,smtp,smtps");
	CURL_INIT_SET(&code, e, CURLOPT_CONNECT_ONLY, 1L);
	if (is_mail) {
		CURL_INIT_SET(&code, e, CURLOPT_PROXY, "");
		CURL_INIT_SET(&code, e, CURLOPT_USE_SSL, tls);
	}
	return code == CURLE_OK ? curl_easy_perform(e) : code;
}

bool
reach_server(const struct http_options *options, const char *url,
    const char *password, int64_t time_limit, struct buf *error)
{
	bool is_mail = strncasecmp(url, "smtp", 4) == 0, is_local;
	const char *why = is_mail ? smtp_url_why(url, &is_local)
	                          : http_url_why(options, url, &is_local);
	char message[CURL_ERROR_SIZE] = "";
	CURLcode code = CURLE_OK;
	CURL *e;

	if (why != NULL) {
		buf_add_text(error, why);
		return false;
	}
	e = curl_init_open(options, error);
	if (e == NULL)
		return false;
	CURL_INIT_SET(&code, e, CURLOPT_ERRORBUFFER, message);
	CURL_INIT_SET(&code, e, CURLOPT_TIMEOUT_MS, (long)time_limit);
	if (password != NULL)
		CURL_INIT_SET(&code, e, CURLOPT_PASSWORD, password);
	if (code == CURLE_OK)
		code = connect_to(e, options, url, is_mail, is_local);
	if (code != CURLE_OK)
		escape_line(error,
		    bytes_of(
		        *message != '\0' ? message : curl_easy_strerror(code)),
		    QUOTED);
	curl_init_close(e);
	return code == CURLE_OK;
}
