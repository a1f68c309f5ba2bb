/* SPDX-License-Identifier: Apache-2.0 */
#include <stdlib.h>
#include <string.h>

#include <curl/curl.h>
#include <openssl/ct.h>
#include <openssl/ssl.h>

#include <ctwatch/base/escape.h>
#include <ctwatch/base/limits.h>
#include <ctwatch/base/mem.h>
#include <ctwatch/net/curl_init.h>
#include <ctwatch/net/tls_peer.h>

#define CERT_LABEL "Cert:"

/* A server that sends more certificates than this is cut short. */
#define MAX_CHAIN 16

static void
add_chain(const struct curl_certinfo *info, struct buf *out)
{
	for (int i = 0; i < info->num_of_certs && i < MAX_CHAIN; i++)
		for (const struct curl_slist *s = info->certinfo[i]; s != NULL;
		     s = s->next)
			if (strncmp(s->data, CERT_LABEL,
			        sizeof CERT_LABEL - 1) == 0) {
				buf_add_text(
				    out, s->data + sizeof CERT_LABEL - 1);
				buf_add_byte(out, '\n');
			}
}

/* ---- SCTs beside the chain ---- */

static void
add_sct(const SCT *sct, struct buf *out)
{
	unsigned char *whole = NULL;
	int n = i2o_SCT(sct, &whole);

	if (n > 0 && n <= UINT16_MAX) {
		buf_add_byte(out, (uint8_t)(n >> 8));
		buf_add_byte(out, (uint8_t)n);
		buf_add(out, (struct bytes){ whole, (size_t)n });
	}
	OPENSSL_free(whole);
}

/* Called by OpenSSL once the chain is verified; 1 goes on. */
static int
take_scts(const CT_POLICY_EVAL_CTX *ctx, const STACK_OF(SCT) * scts, void *arg)
{
	struct tls_peer *p = arg;

	(void)ctx;
	p->unread = scts == NULL;
	for (int i = 0; i < sk_SCT_num(scts); i++) {
		const SCT *sct = sk_SCT_value(scts, i);

		if (SCT_get_source(sct) == SCT_SOURCE_TLS_EXTENSION)
			add_sct(sct, &p->tls_scts);
		else if (SCT_get_source(sct) ==
		    SCT_SOURCE_OCSP_STAPLED_RESPONSE)
			add_sct(sct, &p->ocsp_scts);
	}
	return 1;
}

/* Ask for both; libcurl calls it before it connects. */
static CURLcode
ask_for_scts(CURL *e, void *ssl_ctx, void *arg)
{
	SSL_CTX *ctx = ssl_ctx;

	(void)e;
	if (SSL_CTX_set_ct_validation_callback(ctx, take_scts, arg) != 1 ||
	    SSL_CTX_set_tlsext_status_type(ctx, TLSEXT_STATUSTYPE_ocsp) != 1)
		return CURLE_SSL_CONNECT_ERROR;
	return CURLE_OK;
}

/* ---- the connection ---- */

static void
add_error(struct buf *error, const char *host, const char *message)
{
	escape_line(error, bytes_of(host), 256);
	buf_add_text(error, ": ");
	escape_line(error, bytes_of(message), 256);
}

/* Connect, and append the chain; ask for SCTs too if peer is not NULL. */
static bool
connect_to(const struct http_options *options, const char *host,
    enum tls_peer_protocol protocol, int64_t time_limit, struct tls_peer *peer,
    struct buf *out, struct buf *error)
{
	static const char *const schemes[] = { "https", "smtp", "imap" };
	char *url = mem_printf("%s://%s/", schemes[protocol], host);
	char message[CURL_ERROR_SIZE] = "";
	struct curl_certinfo *info = NULL;
	CURLcode result = CURLE_OK;
	CURL *e;

	if (!curl_init_start(error)) {
		free(url);
		return false;
	}
	e = curl_init_handle(options);
	curl_init_route(e, options, false);
	CURL_INIT_SET(&result, e, CURLOPT_URL, url);
	CURL_INIT_SET(&result, e, CURLOPT_PROTOCOLS_STR, schemes[protocol]);
	CURL_INIT_SET(&result, e, CURLOPT_USE_SSL, (long)CURLUSESSL_ALL);
	CURL_INIT_SET(&result, e, CURLOPT_CERTINFO, 1L);
	CURL_INIT_SET(&result, e, CURLOPT_CONNECT_ONLY, 1L);
	CURL_INIT_SET(&result, e, CURLOPT_TIMEOUT_MS, (long)time_limit);
	CURL_INIT_SET(&result, e, CURLOPT_ERRORBUFFER, message);
	if (peer != NULL) {
		CURL_INIT_SET(
		    &result, e, CURLOPT_SSL_CTX_FUNCTION, ask_for_scts);
		CURL_INIT_SET(&result, e, CURLOPT_SSL_CTX_DATA, peer);
	}
	if (result == CURLE_OK)
		result = curl_easy_perform(e);
	if (result == CURLE_OK &&
	    curl_easy_getinfo(e, CURLINFO_CERTINFO, &info) == CURLE_OK &&
	    info != NULL)
		add_chain(info, out);
	if (result != CURLE_OK)
		add_error(error, host,
		    *message != '\0' ? message : curl_easy_strerror(result));
	else if (out->n == 0)
		add_error(error, host, "sent no certificate");
	curl_easy_cleanup(e);
	curl_init_stop();
	free(url);
	return result == CURLE_OK && out->n > 0;
}

bool
tls_peer_chain(const struct http_options *options, const char *host,
    int64_t time_limit, struct buf *out, struct buf *error)
{
	return connect_to(
	    options, host, TLS_PEER_TLS, time_limit, NULL, out, error);
}

bool
tls_peer_fetch(const struct http_options *options, const char *host,
    enum tls_peer_protocol protocol, int64_t time_limit, struct tls_peer *out,
    struct buf *error)
{
	*out = (struct tls_peer){ .unread = false };
	buf_init(&out->chain, LIMIT_PIN_FILE);
	buf_init(&out->tls_scts, UINT16_MAX);
	buf_init(&out->ocsp_scts, UINT16_MAX);
	return connect_to(
	    options, host, protocol, time_limit, out, &out->chain, error);
}

void
tls_peer_fini(struct tls_peer *p)
{
	buf_fini(&p->chain);
	buf_fini(&p->tls_scts);
	buf_fini(&p->ocsp_scts);
}
