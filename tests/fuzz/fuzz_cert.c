/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Certificates: every view is inside, and whatever name OpenSSL can read in
 * what it takes for a certificate, comes out of cert_names as well.
 */
#include <openssl/x509v3.h>

#include <ctwatch/wire/cert.h>
#include <ctwatch/wire/cert_extension.h>
#include <ctwatch/wire/der.h>

#include "fuzz.h"

/* Report whether a name of ours has this kind and these bytes. */
static bool
is_name(const struct cert_name *name, enum cert_name_kind kind,
    const ASN1_STRING *s)
{
	struct bytes want = { ASN1_STRING_get0_data(s),
		(size_t)ASN1_STRING_length(s) };
	struct bytes rest = want;
	struct der whole;
	struct buf joined;
	bool same;

	if (name->kind != kind)
		return false;
	/* Of a SEQUENCE, OpenSSL keeps the header as well. */
	if (ASN1_STRING_type(s) == V_ASN1_SEQUENCE && der_any(&rest, &whole))
		return bytes_equal(name->value, whole.body);
	if (!name->split)
		return bytes_equal(name->value, want);
	buf_init(&joined, 1 << 24);
	same = der_join(name->value, &joined) &&
	    bytes_equal(buf_view(&joined), want);
	buf_fini(&joined);
	return same;
}

static bool
has_in(struct cert_names it, enum cert_name_kind kind, const ASN1_STRING *s)
{
	struct cert_name name;

	while (cert_names_next(&it, &name))
		if (is_name(&name, kind, s))
			return true;
	return false;
}

static bool
has(const struct cert *c, enum cert_name_kind kind, const ASN1_STRING *s)
{
	struct bytes list = c->extensions;
	struct cert_extension x;
	struct cert_names it;
	bool found;

	cert_names(c, &it);
	found = has_in(it, kind, s);
	while (!found && cert_extension_next(&list, &x)) {
		struct buf value;

		if (!x.split || !cert_extension_is_alt_name(&x))
			continue;
		buf_init(&value, 1 << 24);
		der_join(x.value, &value);
		cert_names_in(buf_view(&value), &it);
		found = has_in(it, kind, s);
		buf_fini(&value);
	}
	return found;
}

static void
check_subject(const struct cert *c, const X509 *x)
{
	const X509_NAME *subject = X509_get_subject_name(x);
	int i = -1;

	while (
	    (i = X509_NAME_get_index_by_NID(subject, NID_commonName, i)) >= 0)
		ASSERT(has(c, CERT_CN,
		    X509_NAME_ENTRY_get_data(X509_NAME_get_entry(subject, i))));
}

static void
check_alt_names(const struct cert *c, const X509 *x)
{
	int at = -1;

	while ((at = X509_get_ext_by_NID(x, NID_subject_alt_name, at)) >= 0) {
		GENERAL_NAMES *names = X509V3_EXT_d2i(X509_get_ext(x, at));

		for (int i = 0; i < sk_GENERAL_NAME_num(names); i++) {
			int type;
			void *v = GENERAL_NAME_get0_value(
			    sk_GENERAL_NAME_value(names, i), &type);

			if (type == GEN_DNS)
				ASSERT(has(c, CERT_DNS, v));
			else if (type == GEN_IPADD)
				ASSERT(has(c, CERT_IP, v));
			else if (type == GEN_URI)
				ASSERT(has(c, CERT_URI, v));
			else if (type == GEN_EMAIL)
				ASSERT(has(c, CERT_EMAIL, v));
		}
		GENERAL_NAMES_free(names);
	}
}

static void
check_openssl(struct bytes der, const struct cert *c)
{
	const uint8_t *p = der.p;
	X509 *x = d2i_X509(NULL, &p, (long)der.n);

	if (x == NULL)
		return;
	ASSERT(c->spki.n > 0);
	check_subject(c, x);
	check_alt_names(c, x);
	X509_free(x);
}

static void
check(struct bytes der, const struct cert *c, enum cert_error error)
{
	struct bytes views[] = { c->tbs, c->serial, c->algorithm, c->issuer,
		c->not_before, c->not_after, c->subject, c->spki,
		c->extensions };
	struct bytes list = c->extensions;
	struct cert_extension x;
	struct cert_names it;
	struct cert_name name;
	uint8_t digest[SHA256_SIZE];
	int64_t time;

	for (size_t i = 0; i < sizeof views / sizeof *views; i++)
		check_inside(der, views[i]);
	cert_names(c, &it);
	while (cert_names_next(&it, &name))
		check_inside(der, name.value);
	ASSERT(error != CERT_OK || it.error == CERT_OK);
	while (cert_extension_next(&list, &x)) {
		check_inside(der, x.oid);
		check_inside(der, x.value);
		check_inside(der, x.whole);
	}
	asn1_time_parse(c->not_before, &time);
	cert_tbs_hash(c, digest);
	cert_pin(c, digest);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct bytes der = { data, size };
	enum cert_error error;
	struct cert c;

	error = cert_parse_tbs(der, &c);
	check(der, &c, error);
	error = cert_parse(der, &c);
	check(der, &c, error);
	/* It costs a hundred times what all else does. */
	if (size % 4 == 0)
		check_openssl(der, &c);
	return 0;
}
