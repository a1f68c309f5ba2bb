/* SPDX-License-Identifier: Apache-2.0 */
#include <inttypes.h>
#include <stdlib.h>
#include <time.h>

#include "response/report_mail.h"
#include "response/report_text.h"
#include <ctwatch/base/escape.h>
#include <ctwatch/base/mem.h>
#include <ctwatch/base/text.h>
#include <ctwatch/base/time.h>

static void
add_date(struct buf *out, int64_t t)
{
	char text[TIME_TEXT];

	time_format_mail(t, text);
	buf_printf(out, "Date: %s\n", text);
}

static void
add_headers(const struct report_mail_draft *d, struct buf *out)
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

void
report_mail_certificate(const struct report_mail_draft *d, struct buf *out)
{
	const struct certinfo *c = &d->info;
	char from[TIME_TEXT], to[TIME_TEXT], *text;
	uint8_t digest[SHA256_SIZE];

	time_format(c->not_before, from);
	time_format(c->not_after, to);
	text = mem_printf("%s to %s", from, to);
	report_text_field(out, "Issuer", c->issuer);
	report_text_field(out, "Serial", c->serial);
	if (*c->subject != '\0')
		report_text_field(out, "Subject", c->subject);
	report_text_list(out, "Names", &c->names);
	report_text_list(out, "Addresses", &c->addresses);
	report_text_field(out, "Valid", text);
	if (c->key != NULL)
		report_text_field(out, "Key", c->key);
	report_text_digest(out, "SPKI SHA256", c->spki_sha256);
	if (d->entry.n > 0) {
		sha256_digest(d->entry, digest);
		report_text_digest(out,
		    d->at->kind == LEAF_PRECERT ? "Precert" : "SHA-256",
		    digest);
	}
	free(text);
	time_format(d->at->timestamp > INT64_MAX ? INT64_MAX
	                                         : (int64_t)d->at->timestamp,
	    from);
	text = mem_printf("%s, entry %" PRIu64 ", %s", d->log.description,
	    d->at->index, from);
	report_text_field(
	    out, d->at->kind == LEAF_MTC ? "Log" : "CT log", text);
	free(text);
}

static void
add_body(const struct report_mail_draft *d, struct buf *out)
{
	bool day = d->ground->limit == TIME_DAY;
	char *text;

	report_text_wrap(out, 0, 0,
	    "This is a Certificate Problem Report (CA/Browser Forum Baseline "
	    "Requirements, 4.9.2 and 4.9.3) about a certificate that you "
	    "issued:");
	buf_add_byte(out, '\n');
	report_mail_certificate(d, out);
	text = mem_printf(
	    "Ground (%s): %s", d->ground->clause, d->ground->statement);
	buf_add_byte(out, '\n');
	report_text_wrap(out, 0, 0, text);
	free(text);
	buf_add_byte(out, '\n');
	report_text_wrap(out, 0, 0, "What we observed:");
	buf_add_text(out, "  ");
	report_text_wrap(out, 2, 2, d->finding->message);
	buf_add_byte(out, '\n');
	text = mem_printf("We ask you to revoke the certificate %s of receipt "
	                  "(4.9.1.1), to send a preliminary report within 24 "
	                  "hours (4.9.5), and to name the account and the "
	                  "method of domain validation that were used.",
	    day ? "within 24 hours" : "within 5 days");
	report_text_wrap(out, 0, 0, text);
	free(text);
	buf_add_byte(out, '\n');
	report_text_wrap(out, 0, 0,
	    "We operate the names in question and will prove control by any "
	    "method that you name, for instance by a DNS TXT record with a "
	    "token of yours. The log entry, its inclusion proof and the "
	    "signed tree head are attached as evidence.");
	if (d->entry.n > 0) {
		buf_add_byte(out, '\n');
		text_pem(out, "CERTIFICATE", d->entry);
	}
}

void
report_mail_add(const struct report_mail_draft *d, struct buf *out)
{
	add_headers(d, out);
	add_body(d, out);
}

void
report_mail_recipient(const struct report_mail_draft *d, struct buf *out)
{
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
