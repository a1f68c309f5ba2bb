/* SPDX-License-Identifier: Apache-2.0 */
#include <stdlib.h>
#include <string.h>

#include <curl/curl.h>
#include <openssl/err.h>
#include <openssl/ocsp.h>
#include <openssl/ssl.h>

#include <ctwatch/base/escape.h>
#include <ctwatch/base/limits.h>
#include <ctwatch/base/mem.h>
#include <ctwatch/net/curl_init.h>
#include <ctwatch/net/tls_peer.h>
#include <ctwatch/wire/der.h>

#define CERT_LABEL "Cert:"

/* Maximum number of certificates read from a server. */
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

/* Take the contents of a SignedCertificateTimestampList. */
static void
take_list(struct tls_peer *p, struct bytes whole, struct buf *out)
{
	struct bytes list;

	if (bytes_vec16(&whole, &list) && whole.n == 0)
		buf_add(out, list);
	else
		p->unread = true;
}

/* RFC 6962, 3.3.1: the client's extension is empty. */
static int
ask_for_scts(SSL *ssl, unsigned type, unsigned context,
    const unsigned char **out, size_t *n, X509 *x, size_t depth, int *alert,
    void *arg)
{
	(void)ssl, (void)type, (void)context, (void)out, (void)x, (void)depth;
	(void)alert, (void)arg;
	*n = 0;
	return 1;
}

static int
take_extension(SSL *ssl, unsigned type, unsigned context,
    const unsigned char *in, size_t n, X509 *x, size_t depth, int *alert,
    void *arg)
{
	struct tls_peer *p = arg;

	(void)ssl, (void)type, (void)context, (void)x, (void)alert;
	if (depth == 0)
		take_list(p, (struct bytes){ in, n }, &p->tls_scts);
	return 1;
}

/* RFC 6962, 3.3: an extension of the response about the certificate. */
static void
take_single(struct tls_peer *p, OCSP_SINGLERESP *single)
{
	int at = OCSP_SINGLERESP_get_ext_by_NID(single, NID_ct_cert_scts, -1);
	const ASN1_OCTET_STRING *value;
	struct der octets;
	struct bytes b;

	if (at < 0)
		return;
	value = X509_EXTENSION_get_data(OCSP_SINGLERESP_get_ext(single, at));
	b = (struct bytes){ ASN1_STRING_get0_data(value),
		(size_t)ASN1_STRING_length(value) };
	if (der_take(&b, DER_OCTETS, &octets))
		take_list(p, octets.body, &p->ocsp_scts);
	else
		p->unread = true;
}

/* Called when a response may have come; return 1 to continue.  Its signature
 * does not matter: each SCT has its own. */
static int
take_response(SSL *ssl, void *arg)
{
	struct tls_peer *p = arg;
	const unsigned char *der = NULL;
	long n = SSL_get_tlsext_status_ocsp_resp(ssl, &der);
	OCSP_RESPONSE *response =
	    n > 0 ? d2i_OCSP_RESPONSE(NULL, &der, n) : NULL;
	OCSP_BASICRESP *basic =
	    response != NULL ? OCSP_response_get1_basic(response) : NULL;

	for (int i = 0; basic != NULL && i < OCSP_resp_count(basic); i++)
		take_single(p, OCSP_resp_get0(basic, i));
	p->unread |= n > 0 && response == NULL;
	OCSP_BASICRESP_free(basic);
	OCSP_RESPONSE_free(response);
	ERR_clear_error();
	return 1;
}

/* Ask for both; libcurl calls it before it connects. */
static CURLcode
prepare(CURL *e, void *ssl_ctx, void *arg)
{
	const unsigned where = SSL_EXT_CLIENT_HELLO |
	    SSL_EXT_TLS1_2_SERVER_HELLO | SSL_EXT_TLS1_3_CERTIFICATE;
	SSL_CTX *ctx = ssl_ctx;

	(void)e;
	if (SSL_CTX_add_custom_ext(ctx,
	        TLSEXT_TYPE_signed_certificate_timestamp, where, ask_for_scts,
	        NULL, NULL, take_extension, arg) != 1 ||
	    SSL_CTX_set_tlsext_status_type(ctx, TLSEXT_STATUSTYPE_ocsp) != 1)
		return CURLE_SSL_CONNECT_ERROR;
	SSL_CTX_set_tlsext_status_cb(ctx, take_response);
	SSL_CTX_set_tlsext_status_arg(ctx, arg);
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
	static const char malformed[] =
	    "not HOST[:PORT], with an IPv6 address in brackets";
	char *url, message[CURL_ERROR_SIZE] = "";
	struct curl_certinfo *info = NULL;
	CURLcode result = CURLE_OK;
	CURL *e;

	/* What would make another part of the URL begin. */
	if (strpbrk(host, "/?#@\\") != NULL) {
		add_error(error, host, malformed);
		return false;
	}
	url = mem_printf("%s://%s/", schemes[protocol], host);
	e = curl_init_open(options, error);
	if (e == NULL) {
		free(url);
		return false;
	}
	curl_init_route(e, options, false);
	CURL_INIT_SET(&result, e, CURLOPT_URL, url);
	CURL_INIT_SET(&result, e, CURLOPT_PROTOCOLS_STR, schemes[protocol]);
	CURL_INIT_SET(&result, e, CURLOPT_USE_SSL, (long)CURLUSESSL_ALL);
	CURL_INIT_SET(&result, e, CURLOPT_CERTINFO, 1L);
	CURL_INIT_SET(&result, e, CURLOPT_CONNECT_ONLY, 1L);
	CURL_INIT_SET(&result, e, CURLOPT_TIMEOUT_MS, (long)time_limit);
	CURL_INIT_SET(&result, e, CURLOPT_ERRORBUFFER, message);
	if (peer != NULL) {
		CURL_INIT_SET(&result, e, CURLOPT_SSL_CTX_FUNCTION, prepare);
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
		    result == CURLE_URL_MALFORMAT ? malformed
		        : *message != '\0'        ? message
		                                  : curl_easy_strerror(result));
	else if (out->n == 0)
		add_error(error, host, "sent no certificate");
	curl_init_close(e);
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
