/* SPDX-License-Identifier: Apache-2.0 */
/*
 * report_mail: what the files of a Certificate Problem Report say.
 */
#ifndef CTWATCH_RESPONSE_REPORT_MAIL_H
#define CTWATCH_RESPONSE_REPORT_MAIL_H

#include "response/ccadb.h"
#include <ctwatch/policy/certinfo.h>
#include <ctwatch/response/problem_report.h>
#include <ctwatch/store/store_response.h>

#define REPORT_MAIL_MAX (1u << 20)

/* What a report is made of. */
struct report_mail_draft {
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

/* mail.txt: the report itself (RFC 5322). */
void report_mail_add(const struct report_mail_draft *d, struct buf *out);

/* recipient.txt: how the CA takes reports. */
void report_mail_recipient(const struct report_mail_draft *d, struct buf *out);

/* The lines about the certificate, for other texts. */
void report_mail_certificate(
    const struct report_mail_draft *d, struct buf *out);

/* escalation.txt: what to make public when the CA did not revoke in time.  r is
 * the report that was sent; seen is when the store first saw the certificate,
 * in ms; status is its revocation status. */
void report_mail_escalation(const struct report_mail_draft *d,
    const struct store_report *r, int64_t seen,
    const struct store_revocation *status, struct buf *out);

#endif
