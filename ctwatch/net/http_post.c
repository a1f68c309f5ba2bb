/* SPDX-License-Identifier: Apache-2.0 */
#include <curl/curl.h>

#include <ctwatch/base/escape.h>
#include <ctwatch/base/mem.h>
#include <ctwatch/net/curl_init.h>
#include <ctwatch/net/http_post.h>
#include <ctwatch/net/http_url.h>

/* Characters of an error answer to quote. */
#define QUOTED 200

/* Keep the beginning of the answer; the rest is read and dropped. */
static size_t
on_body(char *p, size_t size, size_t n, void *arg)
{
	struct buf *answer = arg;
	size_t room = answer->max - answer->n;

	(void)size;
	buf_add(answer, bytes_at(p, n < room ? n : room));
	return n;
}

static CURLcode
set_options(CURL *e, const struct http_post *p, struct curl_slist *headers,
    struct buf *answer, char *message)
{
	CURLcode code = CURLE_OK;

	CURL_INIT_SET(&code, e, CURLOPT_URL, p->url);
	CURL_INIT_SET(&code, e, CURLOPT_PROTOCOLS_STR, "http,https");
	CURL_INIT_SET(&code, e, CURLOPT_POST, 1L);
	CURL_INIT_SET(&code, e, CURLOPT_POSTFIELDS, (const char *)p->body.p);
	CURL_INIT_SET(
	    &code, e, CURLOPT_POSTFIELDSIZE_LARGE, (curl_off_t)p->body.n);
	CURL_INIT_SET(&code, e, CURLOPT_HTTPHEADER, headers);
	CURL_INIT_SET(&code, e, CURLOPT_TIMEOUT_MS, (long)p->time_limit);
	CURL_INIT_SET(&code, e, CURLOPT_WRITEFUNCTION, on_body);
	CURL_INIT_SET(&code, e, CURLOPT_WRITEDATA, answer);
	CURL_INIT_SET(&code, e, CURLOPT_ERRORBUFFER, message);
	return code;
}

bool
http_post_send(const struct http_options *options, const struct http_post *p,
    struct buf *error)
{
	struct curl_slist *headers = NULL;
	char message[CURL_ERROR_SIZE] = "";
	struct buf answer;
	long status = 0;
	CURLcode result;
	CURL *e;
	bool is_local;
	const char *why = http_url_why(options, p->url, &is_local);

	if (why != NULL) {
		buf_printf(error, "%s is not allowed", why);
		return false;
	}
	e = curl_init_open(options, error);
	if (e == NULL)
		return false;
	buf_init(&answer, QUOTED);
	for (size_t i = 0; i < p->n; i++) {
		struct curl_slist *more =
		    curl_slist_append(headers, p->headers[i]);

		if (more == NULL)
			mem_out();
		headers = more;
	}
	result = (CURLcode)curl_init_route(e, options, is_local);
	if (result == CURLE_OK)
		result = set_options(e, p, headers, &answer, message);
	if (result == CURLE_OK)
		result = curl_easy_perform(e);
	curl_easy_getinfo(e, CURLINFO_RESPONSE_CODE, &status);
	if (result != CURLE_OK)
		escape_line(error,
		    bytes_of(*message != '\0' ? message
		                              : curl_easy_strerror(result)),
		    QUOTED);
	else if (status < 200 || status > 299) {
		buf_printf(
		    error, "status %ld%s", status, answer.n > 0 ? ": " : "");
		escape_line(error, buf_view(&answer), QUOTED);
	}
	curl_slist_free_all(headers);
	curl_init_close(e);
	buf_fini(&answer);
	return result == CURLE_OK && status >= 200 && status <= 299;
}
