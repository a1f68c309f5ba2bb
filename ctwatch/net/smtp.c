/* SPDX-License-Identifier: Apache-2.0 */
#include <string.h>
#include <strings.h>

#include <curl/curl.h>

#include <ctwatch/base/escape.h>
#include <ctwatch/base/limits.h>
#include <ctwatch/base/mem.h>
#include <ctwatch/base/text.h>
#include <ctwatch/net/curl_init.h>
#include <ctwatch/net/http_url.h>
#include <ctwatch/net/smtp.h>

/* Characters that an error message quotes from the server's last reply. */
#define QUOTED 200

static const char *
why_not(CURLU *u, bool *local)
{
	char *scheme = NULL, *host = NULL, *part = NULL;
	const char *why = NULL;

	if (curl_url_get(u, CURLUPART_SCHEME, &scheme, 0) != CURLUE_OK ||
	    curl_url_get(u, CURLUPART_HOST, &host, 0) != CURLUE_OK)
		why = "it lacks a scheme or a host";
	else if (strcmp(scheme, "smtp") != 0 && strcmp(scheme, "smtps") != 0)
		why = "its scheme is neither smtp nor smtps";
	else if (curl_url_get(u, CURLUPART_PASSWORD, &part, 0) == CURLUE_OK)
		why = "it has a password: use --smtp-password";
	else
		*local = http_url_is_loopback(host);
	curl_free(scheme);
	curl_free(host);
	curl_free(part);
	return why;
}

const char *
smtp_url_why(const char *url, bool *local)
{
	const char *why;
	CURLU *u;

	*local = false;
	if (strlen(url) > LIMIT_URL)
		return "it is too long";
	u = curl_url();
	if (u == NULL)
		mem_out();
	if (curl_url_set(u, CURLUPART_URL, url, 0) != CURLUE_OK)
		why = "it is not a URL";
	else
		why = why_not(u, local);
	curl_url_cleanup(u);
	return why;
}

static void
append(struct curl_slist **list, const char *s)
{
	struct curl_slist *more = curl_slist_append(*list, s);

	if (more == NULL)
		mem_out();
	*list = more;
}

/* Report whether libcurl writes this header itself. */
static bool
is_mime_header(struct bytes line)
{
	static const char *const names[] = {
		"MIME-Version:", "Content-Type:", "Content-Transfer-Encoding:"
	};

	for (size_t i = 0; i < sizeof names / sizeof names[0]; i++) {
		size_t n = strlen(names[i]);

		if (line.n >= n &&
		    strncasecmp((const char *)line.p, names[i], n) == 0)
			return true;
	}
	return false;
}

/* Consume the header of a message, and return its fields except those of MIME;
 * a field keeps the line breaks within it (RFC 5322, 2.2.3). */
static struct curl_slist *
take_header(struct bytes *message)
{
	struct curl_slist *fields = NULL;
	struct bytes line;
	struct buf field;

	buf_init(&field, SIZE_MAX / 2);
	while (text_line(message, &line) && line.n > 0) {
		if (field.n > 0 && line.p[0] != ' ' && line.p[0] != '\t') {
			append(&fields, buf_text(&field));
			buf_clear(&field);
		} else if (field.n > 0)
			buf_add_text(&field, "\r\n");
		if (!is_mime_header(line))
			buf_add(&field, line);
	}
	if (field.n > 0)
		append(&fields, buf_text(&field));
	buf_fini(&field);
	return fields;
}

/* Make one part of text; the encoder requires lines ending in CR LF. */
static curl_mime *
make_body(CURL *e, struct bytes text)
{
	curl_mime *mime = curl_mime_init(e);
	curl_mimepart *part = mime != NULL ? curl_mime_addpart(mime) : NULL;
	struct bytes line;
	struct buf body;

	buf_init(&body, SIZE_MAX / 2);
	while (text_line(&text, &line)) {
		buf_add(&body, line);
		buf_add_text(&body, "\r\n");
	}
	if (part == NULL ||
	    curl_mime_data(part, buf_text(&body), body.n) != CURLE_OK ||
	    curl_mime_type(part, "text/plain; charset=utf-8") != CURLE_OK ||
	    curl_mime_encoder(part, "quoted-printable") != CURLE_OK)
		mem_out();
	buf_fini(&body);
	return mime;
}

/* Keep the last reply of the server, for the error message, but not the 221
 * that answers QUIT. */
static int
on_trace(CURL *e, curl_infotype type, char *p, size_t n, void *arg)
{
	struct buf *reply = arg;
	size_t keep = n < reply->max ? n : reply->max;

	(void)e;
	if (type == CURLINFO_HEADER_IN && (n < 3 || memcmp(p, "221", 3) != 0)) {
		buf_clear(reply);
		buf_add(reply, bytes_at(p, keep));
	}
	return 0;
}

static void
set_options(CURL *e, const struct http_options *o, const struct smtp_mail *m,
    bool local, struct curl_slist *to, struct buf *reply, char *message)
{
	long tls = local || o->allow_http ? CURLUSESSL_TRY : CURLUSESSL_ALL;

	curl_easy_setopt(e, CURLOPT_URL, m->url);
	curl_easy_setopt(e, CURLOPT_PROTOCOLS_STR, "smtp,smtps");
	curl_easy_setopt(e, CURLOPT_PROXY, ""); /* proxies are for HTTP */
	curl_easy_setopt(e, CURLOPT_USE_SSL, tls);
	if (m->password != NULL)
		curl_easy_setopt(e, CURLOPT_PASSWORD, m->password);
	curl_easy_setopt(e, CURLOPT_MAIL_FROM, m->from);
	curl_easy_setopt(e, CURLOPT_MAIL_RCPT, to);
	curl_easy_setopt(e, CURLOPT_TIMEOUT_MS, (long)m->time_limit);
	curl_easy_setopt(e, CURLOPT_VERBOSE, 1L);
	curl_easy_setopt(e, CURLOPT_DEBUGFUNCTION, on_trace);
	curl_easy_setopt(e, CURLOPT_DEBUGDATA, reply);
	curl_easy_setopt(e, CURLOPT_ERRORBUFFER, message);
}

static void
describe(CURLcode result, const char *message, const struct buf *reply,
    struct buf *error)
{
	struct bytes last = text_trim(buf_view(reply));

	if (result == CURLE_USE_SSL_FAILED) {
		buf_add_text(error,
		    "the server does not offer STARTTLS: use smtps:// or "
		    "--allow-http");
		return;
	}
	escape_line(error,
	    bytes_of(*message != '\0' ? message : curl_easy_strerror(result)),
	    QUOTED);
	/* 4yz and 5yz are refusals (RFC 5321, 4.2.1). */
	if (last.n > 0 && (last.p[0] == '4' || last.p[0] == '5')) {
		buf_add_text(error, ": ");
		escape_line(error, last, QUOTED);
	}
}

bool
smtp_send(const struct http_options *options, const struct smtp_mail *m,
    struct buf *error)
{
	struct curl_slist *to = NULL, *header;
	char message[CURL_ERROR_SIZE] = "";
	struct bytes rest = m->message;
	struct buf reply;
	curl_mime *body;
	CURLcode result;
	bool local;
	const char *why = smtp_url_why(m->url, &local);
	CURL *e;

	if (why != NULL) {
		buf_printf(error, "the URL is not accepted: %s", why);
		return false;
	}
	e = curl_init_open(options, error);
	if (e == NULL)
		return false;
	buf_init(&reply, QUOTED);
	append(&to, m->to);
	header = take_header(&rest);
	body = make_body(e, rest);
	set_options(e, options, m, local, to, &reply, message);
	curl_easy_setopt(e, CURLOPT_HTTPHEADER, header);
	curl_easy_setopt(e, CURLOPT_MIMEPOST, body);
	result = curl_easy_perform(e);
	if (result != CURLE_OK)
		describe(result, message, &reply, error);
	curl_mime_free(body);
	curl_slist_free_all(header);
	curl_slist_free_all(to);
	curl_init_close(e);
	buf_fini(&reply);
	return result == CURLE_OK;
}
