/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Compare certificates with OpenSSL: over those of data/certs, and over all
 * files below the folder CTWATCH_CERTS, if that is set.
 */
#include <ftw.h>
#include <time.h>

#include <openssl/x509v3.h>

#include <ctwatch/base/blob.h>
#include <ctwatch/base/time.h>

#include "../support/der_builder.h"

/* What the comparison with OpenSSL counted. */
static struct {
	size_t files, accepted, names, keys, dates, both_refuse, lenient;
} seen;

static const char *file; /* that is compared now */

#define AGREE(e)                                                               \
	do {                                                                   \
		if (!(e)) {                                                    \
			fprintf(stderr, "%s: %s:%d: %s\n", file, __FILE__,     \
			    __LINE__, #e);                                     \
			exit(1);                                               \
		}                                                              \
	} while (0)

static bool
is_same(struct cert_name *name, enum cert_name_kind kind, const ASN1_STRING *s)
{
	struct bytes want = { ASN1_STRING_get0_data(s),
		(size_t)ASN1_STRING_length(s) };
	struct buf joined;
	bool same;

	buf_init(&joined, 1 << 24);
	if (name->split) {
		der_join(name->value, &joined);
		name->value = buf_view(&joined);
	}
	same = name->kind == kind && bytes_equal(name->value, want);
	buf_fini(&joined);
	return same;
}

/* Find the next of our names that is this one of theirs. */
static bool
find_name(struct cert_names *it, enum cert_name_kind kind, const ASN1_STRING *s,
    struct cert_name *out)
{
	seen.names++;
	while (cert_names_next(it, out))
		if (is_same(out, kind, s))
			return true;
	return false;
}

static size_t
count(const struct cert *c, enum cert_name_kind kind)
{
	struct cert_names it;
	struct cert_name name;
	size_t n = 0;

	cert_names(c, &it);
	while (cert_names_next(&it, &name))
		n += name.kind == kind;
	return n;
}

static void
agree_on_subject(const struct cert *c, const X509 *x)
{
	const X509_NAME *subject = X509_get_subject_name(x);
	struct cert_names it;
	struct cert_name name;
	size_t n = 0;
	int at = -1;

	cert_names(c, &it);
	for (; (at = X509_NAME_get_index_by_NID(subject, NID_commonName, at)) >=
	     0;
	     n++) {
		const ASN1_STRING *s =
		    X509_NAME_ENTRY_get_data(X509_NAME_get_entry(subject, at));

		AGREE(find_name(&it, CERT_CN, s, &name));
		AGREE(name.charset == ASN1_STRING_type(s));
	}
	AGREE(count(c, CERT_CN) == n);
}

static void
agree_on_alt_names(const struct cert *c, const X509 *x)
{
	static const struct {
		int theirs;
		enum cert_name_kind ours;
	} kinds[] = { { GEN_DNS, CERT_DNS }, { GEN_IPADD, CERT_IP },
		{ GEN_URI, CERT_URI }, { GEN_EMAIL, CERT_EMAIL } };
	size_t n[GEN_RID + 1] = { 0 };
	struct cert_names it;
	struct cert_name name;
	bool readable = true;
	int at = -1;

	cert_names(c, &it);
	while ((at = X509_get_ext_by_NID(x, NID_subject_alt_name, at)) >= 0) {
		GENERAL_NAMES *names = X509V3_EXT_d2i(X509_get_ext(x, at));

		readable = readable && names != NULL;
		for (int i = 0; i < sk_GENERAL_NAME_num(names); i++) {
			int type;
			const void *v = GENERAL_NAME_get0_value(
			    sk_GENERAL_NAME_value(names, i), &type);

			n[type]++;
			for (size_t k = 0; k < sizeof kinds / sizeof *kinds;
			     k++)
				AGREE(kinds[k].theirs != type ||
				    find_name(&it, kinds[k].ours, v, &name));
		}
		GENERAL_NAMES_free(names);
	}
	/* E-mail addresses may also be in otherNames. */
	for (size_t k = 0; readable && k < sizeof kinds / sizeof *kinds; k++)
		AGREE(count(c, kinds[k].ours) == n[kinds[k].theirs] ||
		    kinds[k].theirs == GEN_EMAIL);
}

static void
agree_on_date(struct bytes ours, const ASN1_TIME *theirs)
{
	struct tm tm;
	int64_t t;

	if (!ASN1_TIME_to_tm(theirs, &tm))
		return;
	seen.dates++;
	AGREE(asn1_time_parse(ours, &t));
	AGREE(t / TIME_SECOND == (int64_t)timegm(&tm));
}

static void
agree_on_fields(const struct cert *c, X509 *x)
{
	uint8_t *p = NULL;
	const uint8_t *q;
	X509_PUBKEY *key;
	X509_NAME *issuer;
	int n;

	n = i2d_ASN1_INTEGER(X509_get_serialNumber(x), &p);
	AGREE(n > 2 && (size_t)n == c->serial.n + 2);
	AGREE(memcmp(p + 2, c->serial.p, c->serial.n) == 0);
	OPENSSL_free(p);
	p = NULL;
	/* Theirs is encoded again, so encode ours before the comparison: where
	 * the two differ, ours is what was logged. */
	n = i2d_X509_PUBKEY(X509_get_X509_PUBKEY(x), &p);
	q = c->spki.p;
	key = d2i_X509_PUBKEY(NULL, &q, (long)c->spki.n);
	AGREE(key != NULL);
	X509_PUBKEY_free(key);
	AGREE(q == c->spki.p + c->spki.n);
	if (bytes_equal((struct bytes){ p, (size_t)n }, c->spki))
		seen.keys++;
	else
		fprintf(stderr, "%s: the key is not DER\n", file);
	OPENSSL_free(p);
	q = c->issuer.p;
	issuer = d2i_X509_NAME(NULL, &q, (long)c->issuer.n);
	AGREE(X509_NAME_cmp(issuer, X509_get_issuer_name(x)) == 0);
	X509_NAME_free(issuer);
	agree_on_date(c->not_before, X509_get0_notBefore(x));
	agree_on_date(c->not_after, X509_get0_notAfter(x));
}

static void
agree(struct bytes der)
{
	struct cert c;
	enum cert_error e = cert_parse(der, &c);
	const uint8_t *p = der.p;
	X509 *x = d2i_X509(NULL, &p, (long)der.n);

	seen.files++;
	if (x == NULL) {
		seen.both_refuse += e != CERT_OK;
		seen.lenient += e == CERT_OK;
		return;
	}
	/* What OpenSSL accepts may still have a subjectAltName that it
	 * cannot read, which is refused here at once. */
	seen.accepted++;
	AGREE(e == CERT_OK ||
	    (e == CERT_NAMES &&
	        X509_get_ext_d2i(x, NID_subject_alt_name, NULL, NULL) == NULL));
	agree_on_subject(&c, x);
	agree_on_alt_names(&c, x);
	if ((c.deviations & CERT_BER) == 0)
		agree_on_fields(&c, x);
	X509_free(x);
}

static int
agree_on_file(
    const char *path, const struct stat *st, int type, struct FTW *ftw)
{
	struct bytes in;

	(void)ftw;
	if (type != FTW_F || st->st_size > 1 << 20)
		return 0;
	file = path;
	in = test_file(path);
	agree(in);
	free((void *)(uintptr_t)in.p);
	return 0;
}

static void
agrees_with_openssl(const char *folder)
{
	CHECK(nftw(folder, agree_on_file, 16, FTW_PHYS) == 0);
	printf("%s: %zu files, %zu that OpenSSL accepts with %zu names, "
	       "%zu keys and %zu dates; of the others %zu are refused, %zu "
	       "read all the "
	       "same\n",
	    folder, seen.files, seen.accepted, seen.names, seen.keys,
	    seen.dates, seen.both_refuse, seen.lenient);
	CHECK(seen.accepted > 50 && seen.names > 100);
}

static void
refuses_every_proper_prefix(void)
{
	struct bytes whole = test_data("certs/odd/pyca-san-idna-names.der");
	struct bytes tbs;
	struct cert c;

	CHECK(cert_parse(whole, &c) == CERT_OK);
	tbs = c.tbs;
	for (size_t n = 0; n < whole.n; n++) {
		struct bytes copy = { blob_copy((struct bytes){ whole.p, n }).p,
			n };

		CHECK(cert_parse(copy, &c) == CERT_NOT_DER);
		free((void *)copy.p);
	}
	CHECK(cert_parse_tbs(tbs, &c) == CERT_OK);
	for (size_t n = 0; n < tbs.n; n++)
		CHECK(cert_parse_tbs((struct bytes){ tbs.p, n }, &c) ==
		    CERT_NOT_DER);
	free((void *)whole.p);
}

/* The GeneralNames of one dNSName. */
static struct bytes
with_extensions(struct bytes extensions)
{
	return build_cert(build_tbs(build_cn(DER_UTF8, LIT("cn")), extensions));
}

static enum cert_error
error_of(struct bytes der)
{
	struct cert c;

	return cert_parse(der, &c);
}

static void
refuses_each_fault(void)
{
	struct bytes cn = build_cn(DER_UTF8, LIT("cn"));

	CHECK(error_of(with_extensions(build_san(build_example_name()))) ==
	    CERT_OK);
	CHECK(error_of(LIT("")) == CERT_NOT_DER);
	CHECK(error_of(LIT("not a certificate")) == CERT_NOT_DER);
	CHECK(error_of(SEQ(LIT(""))) == CERT_NOT_DER);
	CHECK(error_of(SEQ(SEQ(LIT("\x02\x01\x01")))) == CERT_NOT_DER);
	/* a subject that is no list of sets of attributes */
	CHECK(error_of(build_cert(
	          build_tbs(SEQ(LIT("\x31\x05\x30")), LIT("")))) == CERT_NAMES);
	CHECK(error_of(build_cert(
	          build_tbs(SEQ(TLV(DER_SET, SEQ(LIT("\x06\x03\x55\x04\x03")))),
	              LIT("")))) == CERT_NAMES);
	/* a subjectAltName that is none, or that breaks off */
	CHECK(error_of(with_extensions(build_san(LIT("")))) == CERT_NAMES);
	CHECK(error_of(with_extensions(build_san(LIT("\x82\x01x")))) ==
	    CERT_NAMES);
	CHECK(error_of(with_extensions(build_san(LIT("\x30\x04\x82\x03x")))) ==
	    CERT_NAMES);
	CHECK(error_of(with_extensions(
	          build_san(LIT("\x30\x05\x82\x01x\x82\x05")))) == CERT_NAMES);
	/* extensions that cannot be walked, or come twice */
	CHECK(error_of(with_extensions(LIT("\x30\x05\x06"))) == CERT_EXTENSION);
	CHECK(error_of(with_extensions(LIT("\x30\x00"))) == CERT_EXTENSION);
	CHECK(
	    error_of(build_cert(build_tbs(cn, LIT("\x05")))) == CERT_EXTENSION);
}

/* Parse, which must succeed, and return its deviations. */
static unsigned
deviations(struct bytes der)
{
	struct cert c;

	CHECK(cert_parse(der, &c) == CERT_OK);
	return c.deviations;
}

static void
reports_each_deviation(void)
{
	struct bytes san = build_san(build_example_name());
	struct bytes plain = with_extensions(san);
	struct der e;

	CHECK(deviations(plain) == 0);
	CHECK(deviations(JOIN(plain, LIT("\0"))) == CERT_TRAILING);
	CHECK(deviations(with_extensions(build_san(JOIN(
	          build_example_name(), LIT("\0"))))) == CERT_SAN_TRAILING);
	CHECK(deviations(with_extensions(JOIN(san, san))) == CERT_SAN_TWICE);
	CHECK(deviations(with_extensions(build_san(SEQ(LIT("\x42\x01x"))))) ==
	    CERT_TAG_CLASS);
	CHECK(deviations(with_extensions(build_san(SEQ(LIT("\x16\x01x"))))) ==
	    CERT_TAG_CLASS);
	CHECK(deviations(with_extensions(
	          build_san(SEQ(LIT("\x87\x05pqrst"))))) == CERT_ADDRESS);
	CHECK(deviations(with_extensions(build_san(
	          SEQ(LIT("\xa2\x03\x16\x01x"))))) == CERT_STRING_SPLIT);
	CHECK(deviations(with_extensions(SEQ(LIT("\x06\x03\x55\x1d\x11"),
	          TLV(0x24, TLV(DER_OCTETS, build_example_name()))))) ==
	    CERT_SAN_SPLIT);
	CHECK(deviations(with_extensions(
	          build_san(LIT("\x30\x81\x03\x82\x01x")))) == CERT_BER);
	CHECK(der_any(&plain, &e));
	CHECK(deviations(build_tlv(DER_SET, e.body)) == CERT_TBS_SHAPE);
}

static void
reads_names_through_unusual_fields(void)
{
	struct bytes algorithm = LIT("\x30\x03\x06\x01\x2a");
	struct bytes rest = JOIN(build_cn(DER_UTF8, LIT("cn")), algorithm,
	    TLV(0xa3, SEQ(build_san(build_example_name()))));
	struct cert_names it;
	struct cert_name name;
	struct cert c;

	/* no version; a negative serial of no use; dates that are none */
	CHECK(cert_parse(build_cert(SEQ(LIT("\x04\x01\xff"), algorithm,
	                     SEQ(LIT("")), LIT("\x30\x02\x05\x00"), rest)),
	          &c) == CERT_OK);
	CHECK(c.not_before.n == 0 && c.not_after.n == 0);
	cert_names(&c, &it);
	CHECK(cert_names_next(&it, &name) && name.kind == CERT_CN);
	CHECK(bytes_is(name.value, "cn"));
	CHECK(cert_names_next(&it, &name) && name.kind == CERT_DNS);
	CHECK(bytes_is(name.value, "example.com"));
	CHECK(!cert_names_next(&it, &name));
	CHECK(!cert_names_next(&it, &name));
}

static bool
time_is(unsigned tag, const char *text, const char *rfc3339)
{
	int64_t t, want;

	CHECK(time_parse(rfc3339, &want));
	return asn1_time_parse(build_tlv(tag, bytes_of(text)), &t) && t == want;
}

static bool
no_time(unsigned tag, const char *text)
{
	int64_t t;

	return !asn1_time_parse(build_tlv(tag, bytes_of(text)), &t);
}

static void
reads_dates(void)
{
	unsigned u = DER_UTC_TIME, g = DER_GENERALIZED_TIME;

	CHECK(time_is(u, "150210152542Z", "2015-02-10T15:25:42Z"));
	CHECK(time_is(u, "9502101525Z", "1995-02-10T15:25:00Z"));
	CHECK(time_is(u, "950210152542Z", "1995-02-10T15:25:42Z"));
	CHECK(time_is(u, "1502101525+1000", "2015-02-10T05:25:00Z"));
	CHECK(time_is(u, "150210152542-1035", "2015-02-11T02:00:42Z"));
	CHECK(time_is(u, "1502101525", "2015-02-10T15:25:00Z"));
	CHECK(time_is(u, "491231235959Z", "2049-12-31T23:59:59Z"));
	CHECK(time_is(u, "500101000000Z", "1950-01-01T00:00:00Z"));
	CHECK(time_is(u, "160229000000Z", "2016-02-29T00:00:00Z"));
	CHECK(time_is(u, "161231235960Z", "2017-01-01T00:00:00Z"));
	CHECK(time_is(g, "20500101000000Z", "2050-01-01T00:00:00Z"));
	CHECK(time_is(g, "99991231235959Z", "9999-12-31T23:59:59Z"));
	CHECK(time_is(g, "2015021015", "2015-02-10T15:00:00Z"));
	CHECK(time_is(g, "20150210152542.123Z", "2015-02-10T15:25:42.123Z"));
	CHECK(time_is(g, "20150210152542.1", "2015-02-10T15:25:42.1Z"));
	CHECK(time_is(g, "20150210152542.1239", "2015-02-10T15:25:42.123Z"));
	CHECK(time_is(g, "20150210152542+1000", "2015-02-10T05:25:42Z"));
	CHECK(no_time(u, ""));
	CHECK(no_time(u, "123"));
	CHECK(no_time(u, "150210152542-10"));
	CHECK(no_time(u, "150210152542F"));
	CHECK(no_time(u, "150210152542ZF"));
	CHECK(no_time(u, "150229000000Z"));
	CHECK(no_time(u, "151301000000Z"));
	CHECK(no_time(u, "150100000000Z"));
	CHECK(no_time(u, "150101240000Z"));
	CHECK(no_time(u, "150101006000Z"));
	CHECK(no_time(u, "150101000061Z"));
	CHECK(no_time(g, "20150210152542."));
	CHECK(no_time(g, "20150210152542+1000Z"));
	CHECK(no_time(g, "20150210152542x"));
	CHECK(no_time(g, "20150210152542Zf"));
	CHECK(no_time(DER_INTEGER, "150210152542Z"));
}

int
main(void)
{
	const char *dir = getenv("top_srcdir"), *more = getenv("CTWATCH_CERTS");
	char *certs;

	certs = mem_printf("%s/data/certs", dir ? dir : ".");
	agrees_with_openssl(certs);
	free(certs);
	if (more != NULL)
		agrees_with_openssl(more);
	refuses_every_proper_prefix();
	refuses_each_fault();
	reports_each_deviation();
	reads_names_through_unusual_fields();
	reads_dates();
	return 0;
}
