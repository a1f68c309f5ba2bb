/* SPDX-License-Identifier: Apache-2.0 */
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include <openssl/err.h>
#include <openssl/pem.h>

#include "response/ccadb.h"
#include <ctwatch/base/escape.h>
#include <ctwatch/base/file.h>
#include <ctwatch/base/limits.h>
#include <ctwatch/base/mem.h>
#include <ctwatch/base/text.h>
#include <ctwatch/base/time.h>
#include <ctwatch/policy/certinfo.h>
#include <ctwatch/policy/chain.h>
#include <ctwatch/response/evidence.h>
#include <ctwatch/response/problem_report.h>
#include <ctwatch/store/store_response.h>

#define MAIL_MAX (1u << 20)
#define COLUMNS  78

/* BR, 1.6.1: Short-lived Subscriber Certificate. */
#define SHORT_LIVED (7 * TIME_DAY)

static int
refuse_password(char *out, int size, int writing, void *arg)
{
	(void)out;
	(void)size;
	(void)writing;
	(void)arg;
	return -1;
}

bool
problem_report_read_key(const char *path, struct blob *out, struct buf *error)
{
	EVP_PKEY *key = NULL;
	uint8_t *der = NULL;
	struct buf text;
	BIO *bio;
	int n = 0;

	buf_init(&text, LIMIT_SMALL_BODY);
	if (file_read(path, false, &text, error) == FILE_OK) {
		bio = BIO_new_mem_buf(text.p, (int)text.n);
		if (bio == NULL)
			mem_out();
		key = PEM_read_bio_PrivateKey(bio, NULL, refuse_password, NULL);
		BIO_free(bio);
		if (key != NULL)
			n = i2d_PUBKEY(key, &der);
		if (n <= 0)
			buf_printf(error,
			    "%s: not a private key in PEM without password",
			    path);
	}
	if (n > 0)
		*out = blob_copy((struct bytes){ der, (size_t)n });
	if (text.n > 0)
		OPENSSL_cleanse(text.p, text.n);
	OPENSSL_free(der);
	EVP_PKEY_free(key);
	ERR_clear_error();
	buf_fini(&text);
	return n > 0;
}

/* ---- the ground ---- */

static const struct problem_report_ground grounds[] = {
	{ "4.9.1.1 (3)",
	    "The subscriber's private key is compromised: we hold it, as the "
	    "proof shows.",
	    TIME_DAY },
	{ "4.9.1.1 (4)",
	    "A demonstrated method computes the private key from the public "
	    "key in the certificate.",
	    TIME_DAY },
	{ "4.9.1.1 (5)",
	    "The validation of domain authorization or control for a name in "
	    "the certificate should not be relied upon: its owner did not "
	    "authorize this certificate.",
	    TIME_DAY },
	{ "4.9.1.1 (6)",
	    "The certificate no longer complies with the requirements of "
	    "6.1.5 and 6.1.6 for key sizes and key parameters.",
	    5 * TIME_DAY },
	{ "4.9.1.1 (12)",
	    "The certificate was not issued in accordance with the Baseline "
	    "Requirements.",
	    5 * TIME_DAY },
};

enum {
	KEY_COMPROMISE,
	KEY_COMPUTABLE,
	VALIDATION,
	KEY_SIZE,
	REQUIREMENTS
};

/* The rules whose ground is another than VALIDATION. */
static const struct {
	const char *rule;
	int ground;
} by_rule[] = {
	{ "CTW030", REQUIREMENTS },
	{ "CTW031", REQUIREMENTS },
	{ "CTW032", REQUIREMENTS },
	{ "CTW034", REQUIREMENTS },
	{ "CTW035", REQUIREMENTS },
	{ "CTW037", REQUIREMENTS },
	{ "CTW040", KEY_SIZE },
	{ "CTW041", KEY_SIZE },
	{ "CTW042", KEY_COMPUTABLE },
	{ "CTW043", KEY_COMPUTABLE },
	{ "CTW044", KEY_SIZE },
	{ "CTW045", REQUIREMENTS },
	{ "CTW046", KEY_COMPUTABLE },
};

const struct problem_report_ground *
problem_report_ground(const char *rule, bool has_key)
{
	if (has_key)
		return &grounds[KEY_COMPROMISE];
	for (size_t i = 0; i < sizeof by_rule / sizeof *by_rule; i++)
		if (strcmp(by_rule[i].rule, rule) == 0)
			return &grounds[by_rule[i].ground];
	return &grounds[VALIDATION];
}

/* ---- text of at most COLUMNS characters a line ---- */

/* Append text, broken at blanks, each line after the first indented. */
static void
wrap(struct buf *out, size_t column, size_t indent, const char *text)
{
	struct bytes rest = bytes_of(text), word;

	for (bool first = true; text_word(&rest, &word); first = false) {
		if (!first && column + 1 + word.n > COLUMNS) {
			buf_printf(out, "\n%*s", (int)indent, "");
			column = indent;
		} else if (!first) {
			buf_add_byte(out, ' ');
			column++;
		}
		escape_utf8(out, word);
		column += word.n;
	}
	buf_add_byte(out, '\n');
}

/* Append "label: text", the text from column 14 on. */
static void
field(struct buf *out, const char *label, const char *text)
{
	buf_printf(out, "  %-12s", label);
	wrap(out, 14, 14, text);
}

static void
field_list(struct buf *out, const char *label, const struct certinfo_list *list)
{
	for (size_t i = 0; i < list->n; i++)
		field(out, i == 0 ? label : "", list->v[i]);
}

/* ---- the mail ---- */

/* What a mail is made of. */
struct draft {
	const struct store_finding *finding;
	const struct problem_report_options *options;
	const struct problem_report_ground *ground;
	struct certinfo info;
	struct bytes entry;  /* the certificate as signed; may be empty */
	struct bytes issuer; /* its issuer's, verified; may be empty */
	const struct store_sighting *at;
	struct store_log log;
	struct ccadb_issuer ca;
	bool has_ca;
};

/* RFC 5322, 3.3: "Sat, 28 Nov 2026 21:36:00 +0000". */
static void
add_date(struct buf *out, int64_t now)
{
	static const char *const days[] = { "Sun", "Mon", "Tue", "Wed", "Thu",
		"Fri", "Sat" };
	static const char *const months[] = { "Jan", "Feb", "Mar", "Apr", "May",
		"Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec" };
	time_t t = (time_t)(now / TIME_SECOND);
	struct tm tm;

	gmtime_r(&t, &tm);
	buf_printf(out, "Date: %s, %d %s %d %02d:%02d:%02d +0000\n",
	    days[tm.tm_wday], tm.tm_mday, months[tm.tm_mon], tm.tm_year + 1900,
	    tm.tm_hour, tm.tm_min, tm.tm_sec);
}

static void
add_headers(const struct draft *d, struct buf *out)
{
	char *subject = mem_printf("Certificate Problem Report: %s, serial %s",
	    d->has_ca ? d->ca.owner : d->info.issuer, d->info.serial);

	if (d->options->contact != NULL) {
		buf_add_text(out, "From: ");
		escape_mail(out, bytes_of(d->options->contact), 6);
		buf_add_byte(out, '\n');
	}
	buf_add_text(out, "To: ");
	if (d->has_ca && d->ca.mails.n == 1)
		escape_mail(out, bytes_of(d->ca.mails.v[0]), 4);
	else
		buf_add_text(out, "(choose: see recipient.txt)");
	buf_add_text(out, "\nSubject: ");
	escape_mail(out, bytes_of(subject), 9);
	buf_add_byte(out, '\n');
	add_date(out, d->options->now);
	buf_printf(out,
	    "Message-ID: <%.16s.%" PRId64 "@ctwatch.invalid>\n"
	    "MIME-Version: 1.0\n"
	    "Content-Type: text/plain; charset=utf-8\n"
	    "Content-Transfer-Encoding: 8bit\n\n",
	    d->finding->id, d->options->now / TIME_SECOND);
	free(subject);
}

static void
add_digest(struct buf *out, const char *label,
    const uint8_t digest[static SHA256_SIZE])
{
	char hex[2 * SHA256_SIZE + 1];

	text_hex((struct bytes){ digest, SHA256_SIZE }, hex);
	field(out, label, hex);
}

static void
add_certificate(const struct draft *d, struct buf *out)
{
	const struct certinfo *c = &d->info;
	char from[TIME_TEXT], to[TIME_TEXT], *text;
	uint8_t digest[SHA256_SIZE];

	time_format(c->not_before, from);
	time_format(c->not_after, to);
	text = mem_printf("%s to %s", from, to);
	field(out, "Issuer", c->issuer);
	field(out, "Serial", c->serial);
	field(out, "Subject", c->subject);
	field_list(out, "Names", &c->names);
	field_list(out, "Addresses", &c->addresses);
	field(out, "Valid", text);
	field(out, "Key", c->key);
	add_digest(out, "SPKI SHA-256", c->spki_sha256);
	if (d->entry.n > 0) {
		sha256_digest(d->entry, digest);
		add_digest(out,
		    d->at->kind == LEAF_PRECERT ? "Precert" : "SHA-256",
		    digest);
	}
	free(text);
	time_format(d->at->timestamp > INT64_MAX ? INT64_MAX
	                                         : (int64_t)d->at->timestamp,
	    from);
	text = mem_printf("%s, entry %" PRIu64 ", %s", d->log.description,
	    d->at->index, from);
	field(out, "CT log", text);
	free(text);
}

static void
add_body(const struct draft *d, struct buf *out)
{
	bool day = d->ground->limit == TIME_DAY;
	char *text;

	wrap(out, 0, 0,
	    "This is a Certificate Problem Report (CA/Browser Forum Baseline "
	    "Requirements, 4.9.2 and 4.9.3) about a certificate that you "
	    "issued:");
	buf_add_byte(out, '\n');
	add_certificate(d, out);
	text = mem_printf(
	    "Ground (%s): %s", d->ground->clause, d->ground->statement);
	buf_add_byte(out, '\n');
	wrap(out, 0, 0, text);
	free(text);
	buf_add_byte(out, '\n');
	wrap(out, 0, 0, "What we observed:");
	buf_add_text(out, "  ");
	wrap(out, 2, 2, d->finding->message);
	buf_add_byte(out, '\n');
	text = mem_printf("We ask you to revoke the certificate %s of receipt "
	                  "(4.9.1.1), to send a preliminary report within 24 "
	                  "hours (4.9.5), and to name the account and the "
	                  "method of domain validation that were used.",
	    day ? "within 24 hours" : "within 5 days");
	wrap(out, 0, 0, text);
	free(text);
	buf_add_byte(out, '\n');
	wrap(out, 0, 0,
	    "We operate the names in question and will prove control by any "
	    "method that you name, for instance by a DNS TXT record with a "
	    "token of yours. The log entry, its inclusion proof and the "
	    "signed tree head are attached as evidence.");
	if (d->entry.n > 0) {
		buf_add_byte(out, '\n');
		text_pem(out, "CERTIFICATE", d->entry);
	}
}

static void
add_recipient(const struct draft *d, struct bundle *b)
{
	struct buf *out = bundle_add(b, "recipient.txt", MAIL_MAX);

	if (!d->has_ca) {
		buf_add_text(out,
		    "The CA is not known: find its address for Certificate "
		    "Problem Reports in\nsection 1.5.2 of its Certification "
		    "Practice Statement, or give --ccadb DIR.\n");
		return;
	}
	buf_add_text(out, "CA owner: ");
	escape_utf8(out, bytes_of(d->ca.owner));
	buf_add_byte(out, '\n');
	for (size_t i = 0; i < d->ca.mails.n; i++) {
		buf_add_text(out, "Mail:     ");
		escape_utf8(out, bytes_of(d->ca.mails.v[i]));
		buf_add_byte(out, '\n');
	}
	for (size_t i = 0; i < d->ca.urls.n; i++) {
		buf_add_text(out, "Web:      ");
		escape_utf8(out, bytes_of(d->ca.urls.v[i]));
		buf_add_byte(out, '\n');
	}
	if (d->ca.reporting == NULL) {
		buf_add_text(out,
		    "CCADB's files do not say how it takes reports: see "
		    "section "
		    "1.5.2 of its\nCertification Practice Statement.\n");
		return;
	}
	buf_add_text(out, "\nCCADB says:\n");
	for (struct bytes rest = bytes_of(d->ca.reporting), line;
	     text_line(&rest, &line);) {
		buf_add_text(out, "  ");
		escape_utf8(out, line);
		buf_add_byte(out, '\n');
	}
}

/* A URL that stands in a shell script between single quotes. */
static bool
is_plain_url(const char *url)
{
	return strspn(url,
	           "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"
	           "0123456789-._~:/?=&%") == strlen(url);
}

/* RFC 8555, 7.6: an account that is authorized for all names of a certificate
 * may revoke it, and so may the holder of its key. */
static void
add_revoke(const struct draft *d, struct bundle *b)
{
	bool has_key = d->options->key_spki.n > 0;
	struct buf *out;

	if (!d->has_ca || d->entry.n == 0 || d->ca.acme.n == 0 ||
	    !is_plain_url(d->ca.acme.v[0]))
		return;
	out = bundle_add(b, "revoke.sh", MAIL_MAX);
	buf_printf(out,
	    "#!/bin/sh\n"
	    "# Revoke the certificate at its CA by ACME (RFC 8555, 7.6).\n%s"
	    "cd \"$(dirname \"$0\")\" || exit 1\n"
	    "exec certbot revoke --server '%s' --cert-path entry.pem%s \\\n"
	    "    --no-delete-after-revoke --reason %s\n",
	    has_key ? "# Usage: sh revoke.sh KEY.pem, the certificate's key.\n"
	            : "# The ACME account must be authorized for every name in "
	              "the certificate:\n"
	              "# validate them first. If one is not yours, send "
	              "mail.txt instead.\n",
	    d->ca.acme.v[0], has_key ? " --key-path \"$1\"" : "",
	    has_key ? "keycompromise" : "cessationofoperation");
}

/* ---- the whole ---- */

/* Why no report should be sent; NULL if one should. */
static const char *
why_pointless(const struct draft *d, struct store *s)
{
	struct store_revocation r;
	bool revoked = store_revocation_load(s, d->finding->tbs_sha256, &r) &&
	    r.status == STORE_REVOCATION_REVOKED;

	store_revocation_fini(&r);
	if (revoked)
		return "the certificate is revoked already";
	if (d->info.not_after != CERTINFO_NO_TIME &&
	    d->info.not_after < d->options->now)
		return "the certificate has expired";
	if (d->info.not_after != CERTINFO_NO_TIME &&
	    d->info.not_before != CERTINFO_NO_TIME &&
	    d->info.not_after - d->info.not_before < SHORT_LIVED)
		return "the certificate is short-lived: its CA need not revoke "
		       "it (BR 4.9.1.1)";
	return NULL;
}

/* The earliest sighting, one with the bytes that were signed first. */
static const struct store_sighting *
choose(const struct store_cert *c, const struct store_sighting *v, size_t n)
{
	const struct store_sighting *at = NULL;

	for (size_t i = 0; i < n; i++) {
		bool has = evidence_entry(c, &v[i]).n > 0;
		bool had = at != NULL && evidence_entry(c, at).n > 0;

		if (at == NULL || (has && !had) ||
		    (has == had && v[i].timestamp < at->timestamp))
			at = &v[i];
	}
	return at;
}

static void
find_ca(struct draft *d, struct buf *missing)
{
	if (d->options->ccadb == NULL)
		buf_add_text(missing,
		    "the recipient: give --ccadb DIR, a folder with CCADB's "
		    "CSV files\n");
	else if (d->issuer.n == 0)
		buf_add_text(missing,
		    "the recipient: no issuer certificate that verifies the "
		    "signature is stored\n");
	else {
		d->has_ca = ccadb_find(d->options->ccadb, d->issuer, &d->ca,
		                missing) == CCADB_FOUND;
		if (!d->has_ca)
			buf_add_byte(missing, '\n');
	}
}

static void
write_draft(struct draft *d, struct store *s, struct bytes finding,
    struct bundle *out, struct buf *missing)
{
	struct bundle evidence = { NULL, 0 };
	struct buf *mail;

	find_ca(d, missing);
	mail = bundle_add(out, "mail.txt", MAIL_MAX);
	add_headers(d, mail);
	add_body(d, mail);
	add_recipient(d, out);
	if (d->entry.n > 0)
		text_pem(bundle_add(out, "entry.pem", MAIL_MAX), "CERTIFICATE",
		    d->entry);
	add_revoke(d, out);
	evidence_fill(s, d->finding, finding, &evidence, missing);
	for (size_t i = 0; i < evidence.n; i++) {
		char *name = mem_printf("evidence/%s", evidence.v[i].name);

		bundle_add_bytes(out, name, buf_view(&evidence.v[i].content));
		free(name);
	}
	bundle_fini(&evidence);
	if (d->has_ca)
		ccadb_issuer_fini(&d->ca);
}

enum problem_report_result
problem_report_fill(struct store *s, const struct store_finding *f,
    struct bytes finding, const struct problem_report_options *options,
    struct bundle *out, const struct problem_report_ground **ground,
    struct buf *missing, struct buf *error)
{
	struct draft d = { .finding = f, .options = options };
	enum problem_report_result r = PROBLEM_REPORT_FAILED;
	struct store_sighting *v;
	struct store_cert cert;
	struct chain chain;
	const char *why;
	struct cert c;
	size_t n;

	if (!store_cert_load(s, f->tbs_sha256, &cert)) {
		buf_add_text(error, "the finding is about no certificate");
		return r;
	}
	v = store_sightings(s, f->tbs_sha256, &n);
	d.at = choose(&cert, v, n);
	certinfo_parse(cert.der, cert.kind == LEAF_PRECERT, &d.info);
	if (d.at == NULL || !store_log_load(s, d.at->log_id, &d.log))
		buf_add_text(error, "the certificate has no sighting");
	else if ((why = why_pointless(&d, s)) != NULL) {
		buf_add_text(error, why);
		r = PROBLEM_REPORT_POINTLESS;
	} else if (options->key_spki.n > 0 &&
	    ((cert.kind == LEAF_X509
	             ? cert_parse(cert.der, &c)
	             : cert_parse_tbs(cert.der, &c)) != CERT_OK ||
	        !bytes_equal(c.spki, blob_view(options->key_spki))))
		buf_add_text(error,
		    "the private key is not the key of this certificate");
	else {
		d.entry = evidence_entry(&cert, d.at);
		chain_follow(d.entry, cert.issuer_key_hash, cert.chain, &chain);
		if (chain.n > 0)
			d.issuer = chain.der[0];
		d.ground = *ground =
		    problem_report_ground(f->rule, options->key_spki.n > 0);
		write_draft(&d, s, finding, out, missing);
		r = PROBLEM_REPORT_OK;
	}
	if (d.log.description != NULL)
		store_log_fini(&d.log);
	certinfo_fini(&d.info);
	store_cert_fini(&cert);
	free(v);
	return r;
}
