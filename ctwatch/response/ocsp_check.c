/* SPDX-License-Identifier: Apache-2.0 */
#include <limits.h>
#include <stdlib.h>

#include <openssl/err.h>
#include <openssl/ocsp.h>

#include "response/ocsp_check.h"
#include <ctwatch/base/mem.h>
#include <ctwatch/base/time.h>
#include <ctwatch/response/crl.h>
#include <ctwatch/wire/cert.h>
#include <ctwatch/wire/der.h>

/* BR, 4.9.10: the longest validity interval of a response. */
#define OLDEST (10 * TIME_DAY)

/* Maximum time that a responder's clock may be ahead. */
#define AHEAD TIME_DAY

struct ocsp_check {
	X509 *issuer;
	OCSP_CERTID *id; /* owned by request */
	OCSP_REQUEST *request;
	uint8_t *der;
	int n;
};

/* NULL if libcrypto cannot read it. */
static ASN1_INTEGER *
integer(struct bytes contents)
{
	const uint8_t *at;
	ASN1_INTEGER *out;
	struct buf der;

	buf_init(&der, contents.n + 16);
	der_add_header(&der, DER_INTEGER, contents.n, 0);
	buf_add(&der, contents);
	at = der.p;
	out = d2i_ASN1_INTEGER(NULL, &at, (long)der.n);
	buf_fini(&der);
	return out;
}

static X509 *
certificate(struct bytes der)
{
	const uint8_t *at = der.p;

	return der.n <= LONG_MAX ? d2i_X509(NULL, &at, (long)der.n) : NULL;
}

/* RFC 5019, 2.1.1: all responders support SHA-1 in CertID; it need not be
 * secure. */
static bool
add_id(struct ocsp_check *c, struct bytes serial)
{
	ASN1_INTEGER *number = integer(serial);
	OCSP_CERTID *id = NULL;

	if (number != NULL)
		id = OCSP_cert_id_new(EVP_sha1(),
		    X509_get_subject_name(c->issuer),
		    X509_get0_pubkey_bitstr(c->issuer), number);
	ASN1_INTEGER_free(number);
	if (id == NULL || OCSP_request_add0_id(c->request, id) == NULL) {
		OCSP_CERTID_free(id);
		return false;
	}
	c->id = id;
	return true;
}

struct ocsp_check *
ocsp_check_new(struct bytes issuer, struct bytes serial)
{
	struct ocsp_check *c = mem_alloc(1, sizeof *c);

	c->issuer = certificate(issuer);
	c->request = OCSP_REQUEST_new();
	if (c->issuer == NULL || c->request == NULL || !add_id(c, serial) ||
	    OCSP_request_add1_nonce(c->request, NULL, -1) != 1 ||
	    (c->n = i2d_OCSP_REQUEST(c->request, &c->der)) <= 0) {
		ocsp_check_free(c);
		c = NULL;
	}
	ERR_clear_error();
	return c;
}

void
ocsp_check_free(struct ocsp_check *c)
{
	if (c == NULL)
		return;
	X509_free(c->issuer);
	OCSP_REQUEST_free(c->request);
	OPENSSL_free(c->der);
	free(c);
}

struct bytes
ocsp_check_request(const struct ocsp_check *c)
{
	return (struct bytes){ c->der, (size_t)c->n };
}

static enum ocsp_check_result
result_of(int response_status)
{
	switch (response_status) {
	case OCSP_RESPONSE_STATUS_SUCCESSFUL:
		return OCSP_CHECK_OK;
	case OCSP_RESPONSE_STATUS_INTERNALERROR:
	case OCSP_RESPONSE_STATUS_TRYLATER:
		return OCSP_CHECK_TRY_LATER;
	case OCSP_RESPONSE_STATUS_UNAUTHORIZED:
		return OCSP_CHECK_UNAUTHORIZED;
	default:
		return OCSP_CHECK_REFUSED;
	}
}

/*
 * RFC 6960, 4.2.2.2: the signer is the issuer itself, or has a certificate for
 * id-kp-OCSPSigning from it that is valid now.  The issuer is the only root.
 */
static bool
is_signed(const struct ocsp_check *c, OCSP_BASICRESP *basic, int64_t now)
{
	X509_STORE *roots = X509_STORE_new();
	STACK_OF(X509) *signers = sk_X509_new_null();
	X509_VERIFY_PARAM *param;
	bool ok = false;

	if (roots != NULL && signers != NULL &&
	    X509_STORE_add_cert(roots, c->issuer) == 1 &&
	    sk_X509_push(signers, c->issuer) > 0) {
		param = X509_STORE_get0_param(roots);
		X509_VERIFY_PARAM_set_flags(param, X509_V_FLAG_PARTIAL_CHAIN);
		X509_VERIFY_PARAM_set_time(param, (time_t)(now / TIME_SECOND));
		ok = OCSP_basic_verify(
		         basic, signers, roots, OCSP_NOEXPLICIT) == 1;
	}
	sk_X509_free(signers);
	X509_STORE_free(roots);
	return ok;
}

static bool
read_time(const ASN1_GENERALIZEDTIME *t, int64_t *out)
{
	uint8_t *der = NULL;
	int n = i2d_ASN1_GENERALIZEDTIME(t, &der);
	bool ok =
	    n > 0 && asn1_time_parse((struct bytes){ der, (size_t)n }, out);

	OPENSSL_free(der);
	return ok;
}

/* Read the status of the certificate from a signed response. */
static enum ocsp_check_result
read_status(const struct ocsp_check *c, OCSP_BASICRESP *basic, int64_t now,
    struct ocsp_check_status *out)
{
	ASN1_GENERALIZEDTIME *date = NULL, *this_update = NULL,
	                     *next_update = NULL;
	int status, reason = 0;
	int64_t next;

	if (OCSP_resp_find_status(basic, c->id, &status, &reason, &date,
	        &this_update, &next_update) != 1)
		return OCSP_CHECK_OTHER_CERT;
	if (!read_time(this_update, &out->this_update) ||
	    (next_update != NULL && !read_time(next_update, &next)))
		return OCSP_CHECK_NOT_DER;
	if (out->this_update > now + AHEAD)
		return OCSP_CHECK_FUTURE;
	if (next_update == NULL)
		next = out->this_update + OLDEST;
	if (next < now)
		return OCSP_CHECK_EXPIRED;
	if (status == V_OCSP_CERTSTATUS_GOOD)
		return OCSP_CHECK_OK;
	if (status != V_OCSP_CERTSTATUS_REVOKED)
		return OCSP_CHECK_UNKNOWN;
	out->revoked = true;
	/* libcrypto returns -1 if the response has no reason. */
	out->reason = reason < 0 ? CRL_UNSPECIFIED : reason;
	return out->reason <= CRL_REASON_MAX && read_time(date, &out->date)
	    ? OCSP_CHECK_OK
	    : OCSP_CHECK_NOT_DER;
}

static enum ocsp_check_result
read_basic(const struct ocsp_check *c, OCSP_RESPONSE *response, int64_t now,
    struct ocsp_check_status *out)
{
	OCSP_BASICRESP *basic = OCSP_response_get1_basic(response);
	enum ocsp_check_result r;

	if (basic == NULL)
		return OCSP_CHECK_NOT_DER;
	if (!is_signed(c, basic, now))
		r = OCSP_CHECK_BAD_SIGNATURE;
	else if (OCSP_check_nonce(c->request, basic) == 0)
		r = OCSP_CHECK_NONCE;
	else
		r = read_status(c, basic, now, out);
	OCSP_BASICRESP_free(basic);
	return r;
}

enum ocsp_check_result
ocsp_check_read(struct ocsp_check *c, struct bytes der, int64_t now,
    struct ocsp_check_status *out)
{
	const uint8_t *at = der.p;
	enum ocsp_check_result r = OCSP_CHECK_NOT_DER;
	OCSP_RESPONSE *response = NULL;

	*out = (struct ocsp_check_status){ 0 };
	sha256_digest(der, out->sha256);
	if (der.n > 0 && der.n <= LONG_MAX)
		response = d2i_OCSP_RESPONSE(NULL, &at, (long)der.n);
	if (response != NULL && at == der.p + der.n) {
		r = result_of(OCSP_response_status(response));
		if (r == OCSP_CHECK_OK)
			r = read_basic(c, response, now, out);
	}
	OCSP_RESPONSE_free(response);
	ERR_clear_error();
	return r;
}

const char *
ocsp_check_word(enum ocsp_check_result r)
{
	static const char *const words[OCSP_CHECK_MAX] = {
		[OCSP_CHECK_OK] = "ok",
		[OCSP_CHECK_NOT_DER] = "not an OCSP response in DER",
		[OCSP_CHECK_REFUSED] =
		    "the OCSP responder does not accept the request",
		[OCSP_CHECK_TRY_LATER] =
		    "the OCSP responder cannot answer now (tryLater)",
		[OCSP_CHECK_UNAUTHORIZED] =
		    "the OCSP responder does not answer for this CA "
		    "(unauthorized)",
		[OCSP_CHECK_BAD_SIGNATURE] =
		    "an OCSP response not signed by the issuer or its "
		    "delegated responder",
		[OCSP_CHECK_NONCE] =
		    "an OCSP response with the nonce of another request",
		[OCSP_CHECK_OTHER_CERT] =
		    "an OCSP response about another certificate",
		[OCSP_CHECK_UNKNOWN] =
		    "the OCSP responder has no record of the certificate",
		[OCSP_CHECK_EXPIRED] = "the OCSP response has expired",
		[OCSP_CHECK_FUTURE] =
		    "the OCSP response is dated in the future",
	};

	return r < OCSP_CHECK_MAX ? words[r] : "unknown";
}
