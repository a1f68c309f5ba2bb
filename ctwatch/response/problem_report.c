/* SPDX-License-Identifier: Apache-2.0 */
#include <stdlib.h>
#include <string.h>

#include "response/report_mail.h"
#include "response/revoke_sh.h"
#include <ctwatch/base/mem.h>
#include <ctwatch/base/text.h>
#include <ctwatch/base/time.h>
#include <ctwatch/policy/chain.h>
#include <ctwatch/response/evidence.h>
#include <ctwatch/response/problem_report.h>
#include <ctwatch/store/store_response.h>

/* BR, 1.6.1: Short-lived Subscriber Certificate. */
#define SHORT_LIVED (7 * TIME_DAY)

/* Append a URL for a shell script, in single quotes. */
static bool
is_plain_url(const char *url)
{
	return strspn(url,
	           "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"
	           "0123456789-._~:/?=&%") == strlen(url);
}

/* revoke.sh: the ACME directory, and the script that asks it. */
static void
add_revoke(const struct report_mail_draft *d, struct bundle *b)
{
	struct buf *out;

	if (!d->has_ca || d->entry.n == 0 || d->ca.acme.n == 0 ||
	    !is_plain_url(d->ca.acme.v[0]))
		return;
	out = bundle_add(b, "revoke.sh", REPORT_MAIL_MAX);
	buf_printf(out, "#!/bin/sh\ndirectory='%s'\n", d->ca.acme.v[0]);
	buf_add(out, revoke_sh());
}

static bool
is_short_lived(const struct certinfo *info)
{
	return info->not_after != CERTINFO_NO_TIME &&
	    info->not_before != CERTINFO_NO_TIME &&
	    info->not_after - info->not_before < SHORT_LIVED;
}

bool
problem_report_due(struct store *s, const struct store_finding *f,
    const struct problem_report_ground *ground, int64_t sent, int64_t *due)
{
	struct store_cert cert;
	struct certinfo info;

	if (!store_cert_load(s, f->tbs_sha256, &cert))
		return false;
	certinfo_parse(cert.kind, cert.der, &info);
	*due = is_short_lived(&info) ? 0 : sent + ground->limit;
	certinfo_fini(&info);
	store_cert_fini(&cert);
	return true;
}

/* Return why no report should be sent, or NULL. */
static const char *
why_pointless(const struct report_mail_draft *d, struct store *s)
{
	struct store_revocation r;
	bool revoked = store_revocation_load(s, d->finding->tbs_sha256, &r) &&
	    r.status == STORE_REVOCATION_REVOKED;

	store_revocation_fini(&r);
	if (revoked)
		return "the certificate is already revoked";
	if (d->info.not_after != CERTINFO_NO_TIME &&
	    d->info.not_after < d->options->now)
		return "the certificate has expired";
	if (is_short_lived(&d->info))
		return "the certificate is short-lived: its CA need not revoke "
		       "it (BR 4.9.1.1)";
	return NULL;
}

/* Choose the earliest sighting, preferring one with the signed bytes. */
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
find_ca(struct report_mail_draft *d, struct buf *missing)
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

/* escalation.txt, if revocation is overdue. */
static void
add_escalation(const struct report_mail_draft *d, struct store *s, int64_t seen,
    struct bundle *b)
{
	struct store_revocation status;
	struct store_report r;

	store_revocation_load(s, d->finding->tbs_sha256, &status);
	if (store_report_about(s, d->finding->tbs_sha256, &r) && r.due != 0 &&
	    r.due < d->options->now)
		report_mail_escalation(d, &r, seen, &status,
		    bundle_add(b, "escalation.txt", REPORT_MAIL_MAX));
	store_report_fini(&r);
	store_revocation_fini(&status);
}

static void
write_draft(struct report_mail_draft *d, struct store *s, int64_t seen,
    struct bytes finding, struct bundle *out, struct buf *missing)
{
	struct bundle evidence = { NULL, 0 };

	find_ca(d, missing);
	report_mail_add(d, bundle_add(out, "mail.txt", REPORT_MAIL_MAX));
	report_mail_recipient(
	    d, bundle_add(out, "recipient.txt", REPORT_MAIL_MAX));
	if (d->entry.n > 0)
		text_pem(bundle_add(out, "entry.pem", REPORT_MAIL_MAX),
		    "CERTIFICATE", d->entry);
	add_revoke(d, out);
	add_escalation(d, s, seen, out);
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
	struct report_mail_draft d = { .finding = f, .options = options };
	enum problem_report_result r = PROBLEM_REPORT_FAILED;
	struct store_sighting *v;
	struct store_cert cert;
	struct chain chain;
	const char *why;
	struct cert c;
	size_t n;

	if (!store_cert_load(s, f->tbs_sha256, &cert)) {
		buf_add_text(error, "the finding is not about a certificate");
		return r;
	}
	v = store_sightings(s, f->tbs_sha256, &n);
	d.at = choose(&cert, v, n);
	certinfo_parse(cert.kind, cert.der, &d.info);
	if (d.at == NULL || !store_log_load(s, d.at->log_id, &d.log))
		buf_add_text(error, "the certificate has no sighting");
	else if ((why = why_pointless(&d, s)) != NULL) {
		buf_add_text(error, why);
		r = PROBLEM_REPORT_POINTLESS;
	} else if (options->key_spki.n > 0 &&
	    (leaf_parse_cert(cert.kind, cert.der, &c) != CERT_OK ||
	        !bytes_equal(c.spki, blob_view(options->key_spki))))
		buf_add_text(error,
		    "the private key is not the key of this certificate");
	else {
		d.entry = evidence_entry(&cert, d.at);
		chain_follow(
		    NULL, d.entry, cert.issuer_key_hash, cert.chain, &chain);
		if (chain.n > 0)
			d.issuer = chain.der[0];
		d.ground = *ground =
		    problem_report_ground(f->rule, options->key_spki.n > 0);
		write_draft(&d, s, cert.first_seen, finding, out, missing);
		r = PROBLEM_REPORT_OK;
	}
	if (d.log.description != NULL)
		store_log_fini(&d.log);
	certinfo_fini(&d.info);
	store_cert_fini(&cert);
	free(v);
	return r;
}
