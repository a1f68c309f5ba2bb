/* SPDX-License-Identifier: Apache-2.0 */
#include <limits.h>
#include <stdlib.h>
#include <string.h>

#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/objects.h>
#include <openssl/rsa.h>
#include <openssl/x509.h>

#include <ctwatch/response/crl.h>
#include <ctwatch/wire/cert.h>
#include <ctwatch/wire/cert_extension.h>
#include <ctwatch/wire/der.h>
#include <ctwatch/wire/oid.h>
#include <ctwatch/wire/public_key.h>

/* Context tags of TBSCertList, IssuingDistributionPoint and GeneralName. */
enum {
	CRL_EXTENSIONS = 0xa0,
	IDP_POINT = 0xa0,
	IDP_FULL_NAME = 0xa0,
	IDP_ONLY_USER = 0x81,
	IDP_ONLY_CA = 0x82,
	IDP_ONLY_SOME_REASONS = 0x83,
	IDP_INDIRECT = 0x84,
	IDP_ONLY_ATTRIBUTE = 0x85,
	NAME_URI = 0x86
};

#define REMOVE_FROM_CRL 8
#define DER_ENUMERATED  0x0a

/* The last octet of id-ce OIDs, 2.5.29.x (RFC 5280, 4.2, 5.2 and 5.3). */
enum id_ce {
	CE_UNKNOWN = 0,
	CE_CRL_NUMBER = 20,
	CE_REASON = 21,
	CE_HOLD_INSTRUCTION = 23,
	CE_INVALIDITY_DATE = 24,
	CE_DELTA = 27,
	CE_ISSUING_POINT = 28,
	CE_CERTIFICATE_ISSUER = 29,
	CE_AUTHORITY_KEY = 35
};

/* The elements of a CertificateList. */
struct parts {
	struct bytes tbs;       /* TBSCertList, header included */
	struct bytes algorithm; /* signatureAlgorithm, header included */
	struct bytes signature; /* without the octet of unused bits */
	struct bytes inner_algorithm;
	struct bytes issuer;
	struct bytes revoked;    /* contents of revokedCertificates, or empty */
	struct bytes extensions; /* contents of the SEQUENCE, or empty */
};

static bool
is_time(struct bytes b)
{
	return der_next_is(b, DER_UTC_TIME) ||
	    der_next_is(b, DER_GENERALIZED_TIME);
}

static bool
take_time(struct bytes *b, int64_t *out)
{
	struct der d;

	return is_time(*b) && der_any(b, &d) && asn1_time_parse(d.whole, out);
}

/* RFC 5280, 5.1.2: version, signature, issuer, times, entries, extensions. */
static bool
parse_tbs(struct bytes tbs, struct parts *p, struct crl *out)
{
	struct der d, list;

	if (der_next_is(tbs, DER_INTEGER) && !der_any(&tbs, &d))
		return false;
	if (!der_take(&tbs, DER_SEQUENCE, &d))
		return false;
	p->inner_algorithm = d.whole;
	if (!der_take(&tbs, DER_SEQUENCE, &d))
		return false;
	p->issuer = d.whole;
	if (!take_time(&tbs, &out->this_update) ||
	    (is_time(tbs) && !take_time(&tbs, &out->next_update)))
		return false;
	if (der_next_is(tbs, DER_SEQUENCE)) {
		if (!der_any(&tbs, &d))
			return false;
		p->revoked = d.body;
	}
	if (der_next_is(tbs, CRL_EXTENSIONS)) {
		if (!der_any(&tbs, &d) ||
		    !der_take(&d.body, DER_SEQUENCE, &list))
			return false;
		p->extensions = list.body;
	}
	return tbs.n == 0;
}

static bool
parse(struct bytes der, struct parts *p, struct crl *out)
{
	struct der list, d;
	uint8_t unused;

	*p = (struct parts){ 0 };
	if (!der_take(&der, DER_SEQUENCE, &list) || der.n > 0 ||
	    list.deviations != DER_STRICT ||
	    !der_take(&list.body, DER_SEQUENCE, &d))
		return false;
	p->tbs = d.whole;
	if (!parse_tbs(d.body, p, out) ||
	    !der_take(&list.body, DER_SEQUENCE, &d))
		return false;
	p->algorithm = d.whole;
	if (!der_take(&list.body, DER_BIT_STRING, &d) || list.body.n > 0 ||
	    !bytes_u8(&d.body, &unused) || unused != 0)
		return false;
	p->signature = d.body;
	return true;
}

/* ---- signature ---- */

/* The algorithm of a signature. */
struct scheme {
	const EVP_MD *md; /* NULL: the key has its own (Ed25519) */
	bool pss;
	const EVP_MD *mgf_md;
	long salt;
};

static const EVP_MD *
digest_of(const X509_ALGOR *a)
{
	const ASN1_OBJECT *oid = NULL;

	if (a == NULL)
		return EVP_sha1();
	X509_ALGOR_get0(&oid, NULL, NULL, a);
	return EVP_get_digestbyobj(oid);
}

/* RFC 4055, 3.1: the digests and the salt length of RSASSA-PSS. */
static bool
read_pss(const X509_ALGOR *a, struct scheme *out)
{
	RSA_PSS_PARAMS *p = ASN1_TYPE_unpack_sequence(
	    ASN1_ITEM_rptr(RSA_PSS_PARAMS), a->parameter);
	X509_ALGOR *mask = NULL;

	if (p == NULL)
		return false;
	if (p->maskGenAlgorithm != NULL)
		mask = ASN1_TYPE_unpack_sequence(
		    ASN1_ITEM_rptr(X509_ALGOR), p->maskGenAlgorithm->parameter);
	out->pss = true;
	out->md = digest_of(p->hashAlgorithm);
	out->mgf_md = digest_of(mask);
	out->salt =
	    p->saltLength != NULL ? ASN1_INTEGER_get(p->saltLength) : 20;
	X509_ALGOR_free(mask);
	RSA_PSS_PARAMS_free(p);
	return out->md != NULL && out->mgf_md != NULL && out->salt >= 0 &&
	    out->salt <= EVP_MAX_MD_SIZE;
}

/* Return false for an unknown algorithm, or one that does not match the key. */
static bool
read_scheme(const X509_ALGOR *a, EVP_PKEY *key, struct scheme *out)
{
	const ASN1_OBJECT *oid;
	int digest, type;

	*out = (struct scheme){ 0 };
	X509_ALGOR_get0(&oid, NULL, NULL, a);
	if (OBJ_obj2nid(oid) == NID_rsassaPss)
		return (EVP_PKEY_is_a(key, "RSA") ||
		           EVP_PKEY_is_a(key, "RSA-PSS")) &&
		    read_pss(a, out);
	if (OBJ_find_sigid_algs(OBJ_obj2nid(oid), &digest, &type) != 1 ||
	    EVP_PKEY_type(type) != EVP_PKEY_get_base_id(key))
		return false;
	out->md = EVP_get_digestbynid(digest);
	return digest == NID_undef || out->md != NULL;
}

static enum crl_error
verify_by(EVP_PKEY *key, const X509_ALGOR *a, const struct parts *p)
{
	EVP_MD_CTX *ctx = EVP_MD_CTX_new();
	EVP_PKEY_CTX *pkey_ctx = NULL;
	enum crl_error e = CRL_ALGORITHM;
	struct scheme s;

	if (ctx != NULL && read_scheme(a, key, &s) &&
	    EVP_DigestVerifyInit(ctx, &pkey_ctx, s.md, NULL, key) == 1 &&
	    (!s.pss ||
	        (EVP_PKEY_CTX_set_rsa_padding(
	             pkey_ctx, RSA_PKCS1_PSS_PADDING) == 1 &&
	            EVP_PKEY_CTX_set_rsa_mgf1_md(pkey_ctx, s.mgf_md) == 1 &&
	            EVP_PKEY_CTX_set_rsa_pss_saltlen(pkey_ctx, (int)s.salt) ==
	                1)))
		e = EVP_DigestVerify(ctx, p->signature.p, p->signature.n,
		        p->tbs.p, p->tbs.n) == 1
		    ? CRL_OK
		    : CRL_BAD_SIGNATURE;
	EVP_MD_CTX_free(ctx);
	return e;
}

/* Check issuer name and signature against the CA's certificate. */
static enum crl_error
verify(const struct parts *p, struct bytes issuer)
{
	const uint8_t *at = p->algorithm.p;
	struct cert ca;
	X509_ALGOR *a;
	EVP_PKEY *key;
	enum crl_error e = CRL_ALGORITHM;

	if (cert_parse(issuer, &ca) != CERT_OK ||
	    !bytes_equal(ca.subject, p->issuer))
		return CRL_OTHER_ISSUER;
	/* 5.1.1.2: both copies of the algorithm must be equal. */
	if (!bytes_equal(p->algorithm, p->inner_algorithm))
		return CRL_BAD_SIGNATURE;
	key = public_key_decode(ca.spki);
	a = d2i_X509_ALGOR(NULL, &at, (long)p->algorithm.n);
	if (key != NULL && a != NULL)
		e = verify_by(key, a, p);
	X509_ALGOR_free(a);
	EVP_PKEY_free(key);
	ERR_clear_error();
	return e;
}

/* ---- extensions ---- */

static enum id_ce
id_ce(struct bytes oid)
{
	return OID_IS_BELOW(oid, OID_ID_CE) ? (enum id_ce)oid.p[oid.n - 1]
	                                    : CE_UNKNOWN;
}

/* Report whether one of the URIs of a DistributionPointName is url. */
static bool
names_url(struct bytes point, const char *url)
{
	struct der names, d;

	if (!der_take(&point, IDP_FULL_NAME, &names))
		return false;
	while (der_any(&names.body, &d))
		if (d.tag == NAME_URI && bytes_is(d.body, url))
			return true;
	return false;
}

static bool
is_true(struct der d)
{
	return d.body.n == 1 && d.body.p[0] != 0;
}

/* RFC 5280, 5.2.5. */
static enum crl_error
check_issuing_point(struct bytes value, const char *url)
{
	struct der idp, d;

	if (!der_take(&value, DER_SEQUENCE, &idp))
		return CRL_NOT_DER;
	while (idp.body.n > 0) {
		if (!der_any(&idp.body, &d))
			return CRL_NOT_DER;
		if (d.tag == IDP_POINT && !names_url(d.body, url))
			return CRL_OTHER_POINT;
		if (d.tag == IDP_INDIRECT && is_true(d))
			return CRL_INDIRECT;
		if (d.tag == IDP_ONLY_SOME_REASONS ||
		    ((d.tag == IDP_ONLY_CA || d.tag == IDP_ONLY_ATTRIBUTE) &&
		        is_true(d)))
			return CRL_SCOPE;
	}
	return CRL_OK;
}

static enum crl_error
check_extensions(struct bytes list, const char *url, struct crl *out)
{
	struct cert_extension x;
	struct der d;
	enum crl_error e;

	while (cert_extension_next(&list, &x))
		switch (id_ce(x.oid)) {
		case CE_CRL_NUMBER:
			if (!der_take(&x.value, DER_INTEGER, &d))
				return CRL_NOT_DER;
			out->number = d.body;
			break;
		case CE_DELTA:
			return CRL_DELTA;
		case CE_ISSUING_POINT:
			e = check_issuing_point(x.value, url);
			if (e != CRL_OK)
				return e;
			break;
		case CE_AUTHORITY_KEY:
			break;
		default:
			if (x.critical)
				return CRL_EXTENSION;
		}
	return list.n == 0 ? CRL_OK : CRL_NOT_DER;
}

/* ---- entries ---- */

/* Read the extensions of an entry; without a reason, *reason is unchanged. */
static enum crl_error
read_reason(struct bytes list, int *reason)
{
	struct cert_extension x;
	struct der d;

	while (cert_extension_next(&list, &x))
		switch (id_ce(x.oid)) {
		case CE_REASON:
			if (!der_take(&x.value, DER_ENUMERATED, &d) ||
			    d.body.n != 1 || d.body.p[0] > CRL_REASON_MAX)
				return CRL_NOT_DER;
			*reason = d.body.p[0];
			break;
		case CE_CERTIFICATE_ISSUER:
			return CRL_INDIRECT;
		case CE_HOLD_INSTRUCTION:
		case CE_INVALIDITY_DATE:
			break;
		default:
			if (x.critical)
				return CRL_EXTENSION;
		}
	return list.n == 0 ? CRL_OK : CRL_NOT_DER;
}

static int
by_serial(const void *a, const void *b)
{
	const struct crl_query *x = a, *y = b;

	return bytes_compare(x->serial, y->serial);
}

/* RFC 5280, 5.1.2.6: each serial number with its date and extensions. */
static enum crl_error
walk(struct bytes entries, struct crl_query *queries, size_t n, struct crl *out)
{
	struct crl_query entry, *hit;
	struct der one, d;
	enum crl_error e;

	for (; entries.n > 0; out->entries++) {
		entry = (struct crl_query){ .reason = CRL_UNSPECIFIED };
		if (!der_take(&entries, DER_SEQUENCE, &one) ||
		    !der_take(&one.body, DER_INTEGER, &d))
			return CRL_NOT_DER;
		entry.serial = d.body;
		if (!is_time(one.body) || !der_any(&one.body, &d))
			return CRL_NOT_DER;
		hit = bsearch(&entry, queries, n, sizeof *queries, by_serial);
		if (hit != NULL && !asn1_time_parse(d.whole, &entry.date))
			return CRL_NOT_DER;
		if (one.body.n > 0) {
			if (!der_take(&one.body, DER_SEQUENCE, &d) ||
			    one.body.n > 0)
				return CRL_NOT_DER;
			e = read_reason(d.body, &entry.reason);
			if (e != CRL_OK)
				return e;
		}
		/* 5.3.1: removeFromCRL is only for delta CRLs. */
		if (hit == NULL || entry.reason == REMOVE_FROM_CRL)
			continue;
		hit->revoked = true;
		hit->reason = entry.reason;
		hit->date = entry.date;
	}
	return CRL_OK;
}

enum crl_error
crl_read(struct bytes der, struct bytes issuer, const char *url,
    struct crl_query *queries, size_t n, struct crl *out)
{
	struct parts p;
	enum crl_error e;

	*out = (struct crl){ 0 };
	for (size_t i = 0; i < n; i++)
		queries[i] = (struct crl_query){ .serial = queries[i].serial };
	if (n > 0)
		qsort(queries, n, sizeof *queries, by_serial);
	sha256_digest(der, out->sha256);
	if (!parse(der, &p, out))
		return CRL_NOT_DER;
	e = verify(&p, issuer);
	if (e == CRL_OK)
		e = check_extensions(p.extensions, url, out);
	return e == CRL_OK ? walk(p.revoked, queries, n, out) : e;
}

static struct bytes
without_zeros(struct bytes b)
{
	struct bytes zero;

	while (b.n > 0 && b.p[0] == 0)
		bytes_take(&b, 1, &zero);
	return b;
}

int
crl_number_compare(struct bytes a, struct bytes b)
{
	a = without_zeros(a);
	b = without_zeros(b);
	if (a.n != b.n)
		return a.n < b.n ? -1 : 1;
	return bytes_compare(a, b);
}

const char *
crl_error_word(enum crl_error e)
{
	static const char *const words[CRL_ERROR_MAX] = {
		[CRL_OK] = "ok",
		[CRL_NOT_DER] = "not a CRL in DER",
		[CRL_OTHER_ISSUER] = "a CRL of another issuer",
		[CRL_BAD_SIGNATURE] = "not signed by the issuer",
		[CRL_ALGORITHM] = "signed by an unknown algorithm",
		[CRL_EXTENSION] = "an unknown critical extension",
		[CRL_DELTA] = "a delta CRL",
		[CRL_INDIRECT] = "an indirect CRL",
		[CRL_OTHER_POINT] = "the CRL of another distribution point",
		[CRL_SCOPE] = "a CRL that does not cover this certificate",
	};

	return e < CRL_ERROR_MAX ? words[e] : "unknown";
}

const char *
crl_reason_word(int reason)
{
	/* RFC 5280, 5.3.1; 7 is not used. */
	static const char *const words[CRL_REASON_MAX + 1] = {
		[0] = "unspecified",
		[1] = "keyCompromise",
		[2] = "cACompromise",
		[3] = "affiliationChanged",
		[4] = "superseded",
		[5] = "cessationOfOperation",
		[6] = "certificateHold",
		[8] = "removeFromCRL",
		[9] = "privilegeWithdrawn",
		[10] = "aACompromise",
	};

	return reason >= 0 && reason <= CRL_REASON_MAX && words[reason] != NULL
	    ? words[reason]
	    : "unknown";
}
