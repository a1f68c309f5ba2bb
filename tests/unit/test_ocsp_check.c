/* SPDX-License-Identifier: Apache-2.0 */
/* OCSP responses made and signed by libcrypto: each status, each ground of
 * refusal. */
#include <string.h>

#include <openssl/ocsp.h>

#include "../support/make_cert.h"
#include "response/ocsp_check.h"

static EVP_PKEY *ca_key;
static X509 *ca;
static struct bytes ca_der;
static int64_t now;
static const struct bytes serial = { (const uint8_t *)"\x0a\x02", 2 };

struct made {
	int status;         /* V_OCSP_CERTSTATUS_GOOD is 0 */
	int reason;         /* -1: none */
	int64_t age, life;  /* ms: now - thisUpdate; nextUpdate - thisUpdate, 0:
	                    * no nextUpdate */
	X509 *signer;       /* default the CA */
	EVP_PKEY *key;      /* default the CA's */
	const char *serial; /* hexadecimal; default the one asked for */
	bool other_issuer;  /* the CertID has another CA's name */
	enum {
		NONCE,
		NO_NONCE,
		OTHER_NONCE
	} nonce;
};

static ASN1_TIME *
time_of(int64_t t)
{
	ASN1_TIME *out = ASN1_TIME_set(NULL, (time_t)(t / TIME_SECOND));

	CHECK(out != NULL);
	return out;
}

static void
add_status(OCSP_BASICRESP *basic, const struct made *m)
{
	ASN1_TIME *from = time_of(now - m->age);
	ASN1_TIME *to = time_of(now - m->age + m->life);
	ASN1_TIME *date = time_of(make_cert_day("2026-10-15"));
	X509_NAME *name = X509_get_subject_name(ca);
	BIGNUM *bn = NULL;
	ASN1_INTEGER *number;
	OCSP_CERTID *id;

	CHECK(BN_hex2bn(&bn, m->serial != NULL ? m->serial : "0A02") > 0);
	number = BN_to_ASN1_INTEGER(bn, NULL);
	if (m->other_issuer) {
		name = X509_NAME_new();
		X509_NAME_add_entry_by_txt(name, "CN", MBSTRING_UTF8,
		    (const uint8_t *)"Test CB", -1, -1, 0);
	}
	id = OCSP_cert_id_new(
	    EVP_sha1(), name, X509_get0_pubkey_bitstr(ca), number);
	CHECK(OCSP_basic_add1_status(basic, id, m->status, m->reason,
	          m->status == V_OCSP_CERTSTATUS_REVOKED ? date : NULL, from,
	          m->life != 0 ? to : NULL) != NULL);
	if (m->other_issuer)
		X509_NAME_free(name);
	OCSP_CERTID_free(id);
	ASN1_INTEGER_free(number);
	BN_free(bn);
	ASN1_TIME_free(from);
	ASN1_TIME_free(to);
	ASN1_TIME_free(date);
}

/* The response to the request of c; make_cert_free frees it. */
static struct bytes
make(const struct made *m, const struct ocsp_check *c)
{
	struct bytes request = ocsp_check_request(c);
	const uint8_t *at = request.p;
	OCSP_REQUEST *q = d2i_OCSP_REQUEST(NULL, &at, (long)request.n);
	OCSP_BASICRESP *basic = OCSP_BASICRESP_new();
	OCSP_RESPONSE *response;
	uint8_t *der = NULL;
	int n;

	CHECK(q != NULL && at == request.p + request.n);
	CHECK(OCSP_request_onereq_count(q) == 1);
	add_status(basic, m);
	if (m->nonce == NONCE)
		CHECK(OCSP_copy_nonce(basic, q) == 1);
	else if (m->nonce == OTHER_NONCE)
		CHECK(OCSP_basic_add1_nonce(basic, NULL, -1) == 1);
	CHECK(
	    OCSP_basic_sign(basic, m->signer != NULL ? m->signer : ca,
	        m->key != NULL ? m->key : ca_key, EVP_sha256(), NULL, 0) == 1);
	response = OCSP_response_create(OCSP_RESPONSE_STATUS_SUCCESSFUL, basic);
	n = i2d_OCSP_RESPONSE(response, &der);
	CHECK(n > 0);
	OCSP_RESPONSE_free(response);
	OCSP_BASICRESP_free(basic);
	OCSP_REQUEST_free(q);
	return (struct bytes){ der, (size_t)n };
}

static enum ocsp_check_result
result(const struct made *m, struct ocsp_check_status *out)
{
	struct ocsp_check *c = ocsp_check_new(ca_der, serial);
	struct bytes der;
	enum ocsp_check_result r;

	CHECK(c != NULL);
	der = make(m, c);
	r = ocsp_check_read(c, der, now, out);
	make_cert_free(der);
	ocsp_check_free(c);
	return r;
}

#define GOOD .status = V_OCSP_CERTSTATUS_GOOD, .reason = -1, .life = TIME_DAY

static void
each_status_is_read(void)
{
	struct ocsp_check_status out;

	CHECK(result(&(struct made){ GOOD }, &out) == OCSP_CHECK_OK);
	CHECK(!out.revoked);
	CHECK(out.this_update == now);
	CHECK(result(&(struct made){ .status = V_OCSP_CERTSTATUS_REVOKED,
	                 .reason = 1,
	                 .life = TIME_DAY },
	          &out) == OCSP_CHECK_OK);
	CHECK(out.revoked && out.reason == 1);
	CHECK(out.date == make_cert_day("2026-10-15"));
	CHECK(result(&(struct made){ .status = V_OCSP_CERTSTATUS_REVOKED,
	                 .reason = -1,
	                 .life = TIME_DAY },
	          &out) == OCSP_CHECK_OK);
	CHECK(out.revoked && out.reason == 0);
	CHECK(result(&(struct made){ .status = V_OCSP_CERTSTATUS_UNKNOWN,
	                 .reason = -1,
	                 .life = TIME_DAY },
	          &out) == OCSP_CHECK_UNKNOWN);
}

static void
a_response_outside_its_time_is_refused(void)
{
	struct ocsp_check_status out;

	CHECK(result(&(struct made){ GOOD, .age = TIME_DAY }, &out) ==
	    OCSP_CHECK_OK);
	CHECK(result(&(struct made){ GOOD, .age = TIME_DAY + TIME_SECOND },
	          &out) == OCSP_CHECK_EXPIRED);
	CHECK(result(&(struct made){ GOOD, .age = -TIME_DAY }, &out) ==
	    OCSP_CHECK_OK);
	CHECK(result(&(struct made){ GOOD, .age = -TIME_DAY - TIME_SECOND },
	          &out) == OCSP_CHECK_FUTURE);
	/* BR 4.9.10: without nextUpdate, 10 days are the most. */
	CHECK(result(&(struct made){ .reason = -1, .age = 10 * TIME_DAY },
	          &out) == OCSP_CHECK_OK);
	CHECK(result(&(struct made){ .reason = -1,
	                 .age = 10 * TIME_DAY + TIME_SECOND },
	          &out) == OCSP_CHECK_EXPIRED);
}

static void
it_answers_the_request(void)
{
	struct ocsp_check_status out;

	CHECK(result(&(struct made){ GOOD, .serial = "0A03" }, &out) ==
	    OCSP_CHECK_OTHER_CERT);
	CHECK(result(&(struct made){ GOOD, .nonce = NO_NONCE }, &out) ==
	    OCSP_CHECK_OK);
	CHECK(result(&(struct made){ GOOD, .nonce = OTHER_NONCE }, &out) ==
	    OCSP_CHECK_NONCE);
	/* libcrypto looks for the issuer of CertID before anything else. */
	CHECK(result(&(struct made){ GOOD, .other_issuer = true }, &out) !=
	    OCSP_CHECK_OK);
}

/* The result for a response by a responder with this certificate. */
static enum ocsp_check_result
by(struct make_cert m)
{
	EVP_PKEY *key = make_cert_key();
	struct ocsp_check_status out;
	enum ocsp_check_result r;
	X509 *signer;

	m.key = key;
	if (m.ca_key == NULL)
		m.ca_key = ca_key;
	m.subject = "Responder";
	signer = make_cert_x509(&m);
	r = result(&(struct made){ GOOD, .signer = signer, .key = key }, &out);
	X509_free(signer);
	EVP_PKEY_free(key);
	return r;
}

static void
the_issuer_or_its_delegate_signs(void)
{
	struct ocsp_check_status out;
	EVP_PKEY *other = make_cert_key();
	X509 *forged = make_cert_x509(&(struct make_cert){ .key = other,
	    .ca_key = other,
	    .subject = "Test CA",
	    .basic = "critical,CA:TRUE" });

	CHECK(
	    by((struct make_cert){ .usage = "OCSPSigning" }) == OCSP_CHECK_OK);
	/* Any certificate of the CA, without id-kp-OCSPSigning. */
	CHECK(by((struct make_cert){ .usage = "serverAuth" }) ==
	    OCSP_CHECK_BAD_SIGNATURE);
	CHECK(
	    by((struct make_cert){ .usage = "" }) == OCSP_CHECK_BAD_SIGNATURE);
	/* A delegate of another issuer with the name of the CA. */
	CHECK(by((struct make_cert){ .usage = "OCSPSigning",
	          .ca_key = other }) == OCSP_CHECK_BAD_SIGNATURE);
	/* A delegation that has ended. */
	CHECK(by((struct make_cert){ .usage = "OCSPSigning",
	          .not_before = make_cert_day("2026-10-01"),
	          .seconds = 86400 }) == OCSP_CHECK_BAD_SIGNATURE);
	/* Another CA with the same name. */
	CHECK(result(&(struct made){ GOOD, .signer = forged, .key = other },
	          &out) == OCSP_CHECK_BAD_SIGNATURE);
	X509_free(forged);
	EVP_PKEY_free(other);
}

static enum ocsp_check_result
read_bytes(struct ocsp_check *c, const void *p, size_t n)
{
	struct ocsp_check_status out;

	return ocsp_check_read(c, (struct bytes){ p, n }, now, &out);
}

static void
a_response_without_status_says_why(void)
{
	static const struct {
		int status;
		enum ocsp_check_result wanted;
	} v[] = {
		{ OCSP_RESPONSE_STATUS_MALFORMEDREQUEST, OCSP_CHECK_REFUSED },
		{ OCSP_RESPONSE_STATUS_INTERNALERROR, OCSP_CHECK_TRY_LATER },
		{ OCSP_RESPONSE_STATUS_TRYLATER, OCSP_CHECK_TRY_LATER },
		{ OCSP_RESPONSE_STATUS_SIGREQUIRED, OCSP_CHECK_REFUSED },
		{ OCSP_RESPONSE_STATUS_UNAUTHORIZED, OCSP_CHECK_UNAUTHORIZED },
	};
	struct ocsp_check *c = ocsp_check_new(ca_der, serial);

	for (size_t i = 0; i < sizeof v / sizeof *v; i++) {
		OCSP_RESPONSE *r = OCSP_response_create(v[i].status, NULL);
		uint8_t *der = NULL;
		int n = i2d_OCSP_RESPONSE(r, &der);

		CHECK(read_bytes(c, der, (size_t)n) == v[i].wanted);
		OCSP_RESPONSE_free(r);
		OPENSSL_free(der);
	}
	/* Successful, and nothing in it. */
	CHECK(read_bytes(c, "\x30\x03\x0a\x01\x00", 5) == OCSP_CHECK_NOT_DER);
	CHECK(read_bytes(c, "", 0) == OCSP_CHECK_NOT_DER);
	CHECK(read_bytes(c, "<html>", 6) == OCSP_CHECK_NOT_DER);
	ocsp_check_free(c);
}

static void
every_prefix_and_every_flipped_byte_is_refused(void)
{
	struct ocsp_check *c = ocsp_check_new(ca_der, serial);
	struct bytes der = make(&(struct made){ GOOD }, c);
	uint8_t *copy = mem_alloc(der.n + 1, 1);

	for (size_t n = 0; n < der.n; n++)
		CHECK(read_bytes(c, der.p, n) == OCSP_CHECK_NOT_DER);
	memcpy(copy, der.p, der.n);
	CHECK(read_bytes(c, copy, der.n + 1) == OCSP_CHECK_NOT_DER);
	CHECK(read_bytes(c, copy, der.n) == OCSP_CHECK_OK);
	/* Certificates beside the signature are not signed by it. */
	for (size_t i = 0; i < 200; i++) {
		copy[i] ^= 1;
		CHECK(read_bytes(c, copy, der.n) != OCSP_CHECK_OK);
		copy[i] ^= 1;
	}
	free(copy);
	make_cert_free(der);
	ocsp_check_free(c);
}

static void
malformed_issuers_and_serial_numbers_are_refused(void)
{
	CHECK(ocsp_check_new(
	          (struct bytes){ ca_der.p, ca_der.n - 1 }, serial) == NULL);
	CHECK(ocsp_check_new(ca_der, (struct bytes){ NULL, 0 }) == NULL);
	/* More zeros than DER has. */
	CHECK(ocsp_check_new(ca_der,
	          (struct bytes){ (const uint8_t *)"\0\0\x01", 3 }) == NULL);
}

int
main(void)
{
	struct make_cert m = { .subject = "Test CA",
		.basic = "critical,CA:TRUE" };

	now = make_cert_day("2026-10-20");
	m.key = m.ca_key = ca_key = make_cert_key();
	m.serial = 1;
	ca = make_cert_x509(&m);
	ca_der = make_cert_der(&m);
	each_status_is_read();
	a_response_outside_its_time_is_refused();
	it_answers_the_request();
	the_issuer_or_its_delegate_signs();
	a_response_without_status_says_why();
	every_prefix_and_every_flipped_byte_is_refused();
	malformed_issuers_and_serial_numbers_are_refused();
	X509_free(ca);
	make_cert_free(ca_der);
	EVP_PKEY_free(ca_key);
	return 0;
}
