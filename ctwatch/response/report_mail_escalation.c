/* SPDX-License-Identifier: Apache-2.0 */
/* report_mail_escalation: the text that asks for help after a CA did not act. */
#include <stdlib.h>

#include "response/report_mail.h"
#include "response/report_text.h"
#include <ctwatch/base/mem.h>
#include <ctwatch/base/time.h>

/* CCADB Incident Reporting Guidelines 3.0 (2025-03-01): incident reports of CAs
 * are public there. */
#define GUIDELINES "https://www.ccadb.org/cas/incident-report"
#define BUGZILLA                                                               \
	"https://bugzilla.mozilla.org/enter_bug.cgi?"                          \
	"product=CA%20Program&component=CA%20Certificate%20Compliance"

static const char *
owner(const struct report_mail_draft *d)
{
	return d->has_ca ? d->ca.owner : d->info.issuer;
}

static void
add_steps(struct buf *out)
{
	report_text_paragraph(out,
	    "The CA did not revoke the certificate in time. Before you make "
	    "that public:");
	buf_add_text(out, "  1. ");
	report_text_wrap(out, 5, 5,
	    "Look for an answer of the CA, in your spam folder, too. If it "
	    "declined with reason, close the finding or answer it.");
	buf_add_text(out, "  2. ");
	report_text_wrap(out, 5, 5,
	    "Ask the CA once more, by replying to the report that you sent, "
	    "with the deadline in the subject.");
	buf_add_text(out, "  3. ");
	report_text_wrap(out, 5, 5,
	    "Report the delay as an incident of the CA, with the text below "
	    "and the evidence. Browser vendors and CAs read and answer "
	    "incidents in Bugzilla, product CA Program, component CA "
	    "Certificate Compliance. What you write there is public.");
	buf_add_text(out, "\n  " BUGZILLA "\n  Guidelines: " GUIDELINES "\n\n");
}

static void
add_status(
    const struct store_revocation *status, const char *url, struct buf *out)
{
	char time[TIME_TEXT], *text;

	if (status->status != STORE_REVOCATION_GOOD) {
		text = mem_printf("unknown: %s",
		    status->why != NULL ? status->why : "not looked up");
	} else {
		time_format(status->this_update, time);
		text = mem_printf(status->by_ocsp
		        ? "the OCSP responder %s says good at %s"
		        : "not in the CRL %s of %s",
		    url, time);
	}
	report_text_field(out, "Revocation", text);
	free(text);
}

/* The events of the certificate, oldest first. */
static void
add_timeline(const struct report_mail_draft *d, const struct store_report *r,
    int64_t seen, const struct store_revocation *status, struct buf *out)
{
	int64_t logged = d->at->timestamp > INT64_MAX
	    ? INT64_MAX
	    : (int64_t)d->at->timestamp;

	report_text_time(out, "Logged", logged);
	report_text_time(out, "Seen by us", seen);
	report_text_time(out, "Reported", r->sent);
	if (r->acknowledged != 0)
		report_text_time(out, "Answered", r->acknowledged);
	else
		report_text_field(out, "Answered", "no");
	report_text_time(out, "Due", r->due);
	report_text_time(out, "Checked", status->checked);
	add_status(status, status->url != NULL ? status->url : "?", out);
}

void
report_mail_escalation(const struct report_mail_draft *d,
    const struct store_report *r, int64_t seen,
    const struct store_revocation *status, struct buf *out)
{
	const char *limit = r->due - r->sent <= TIME_DAY
	    ? "24 hours (BR 4.9.1.1)"
	    : "5 days (BR 4.9.1.1)";
	char *text = mem_printf("Summary: %s: certificate not revoked within "
	                        "%s of a Certificate Problem Report",
	    owner(d), limit);

	add_steps(out);
	report_text_paragraph(out, text);
	free(text);
	text = mem_printf("We sent a Certificate Problem Report to %s. The "
	                  "Baseline Requirements demand that the certificate "
	                  "is revoked within %s, on the ground of %s, and "
	                  "that the reporter gets a preliminary report within "
	                  "24 hours (4.9.5). The certificate is not revoked.",
	    owner(d), limit, r->ground);
	report_text_paragraph(out, text);
	free(text);
	report_mail_certificate(d, out);
	buf_add_byte(out, '\n');
	add_timeline(d, r, seen, status, out);
	buf_add_byte(out, '\n');
	report_text_wrap(out, 0, 0,
	    "We ask the CA to revoke the certificate, and to explain the delay "
	    "in an incident report. The log entry, its inclusion proof and the "
	    "signed tree head are attached.");
}
