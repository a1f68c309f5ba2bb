/* SPDX-License-Identifier: Apache-2.0 */
/*
 * html: elements of the HTML report.
 *
 * Write all text that is not a literal of this program with html_text.
 */
#ifndef CTWATCH_REPORT_HTML_HTML_H
#define CTWATCH_REPORT_HTML_HTML_H

#include "report/group_findings.h"
#include <ctwatch/report/report_sums.h>
#include <ctwatch/report/report_walk.h>

/* State shared by the sections. */
struct html_page {
	const struct report *r;
	const struct report_style *style;
	const struct json_t *doc; /* of r */
	struct report_sums sum;
	struct group_findings groups;
	int64_t now; /* ms, when the run ended */
	struct buf *out;
};

/* The style sheet, whose digest is in the page's Content-Security-Policy. */
extern const char html_css[];

/*
 * Write untrusted text, escaped and cut after LIMIT_SHOWN_HTML bytes with the
 * number of all bytes.
 */
void html_text(struct buf *out, const char *text);

/* Text of our own with words `between backticks' as code.  Each part goes through
 * html_text. */
void html_prose(struct buf *out, const char *text);

/* Write the first characters of text, less than n bytes. */
void html_label(struct buf *out, const char *text, size_t n);

/* Write a number with thin spaces between thousands. */
void html_number(struct buf *out, int64_t n);

/* Write a time of the document as 2026-11-21 02:14; a dash if none. */
void html_time(struct buf *out, const char *rfc3339);

/* Write a term and its description for a <dl>; nothing if text is empty. */
void html_term(struct buf *out, const char *term, const char *text);

/* Write the days left as text and as a bar of the whole validity. */
void html_days_left(
    struct buf *out, int64_t now, int64_t not_before, int64_t not_after);

/* <svg>: live findings by severity; issuance by name and key over time. */
void html_chart_severity(const struct html_page *p);
void html_chart_timeline(const struct html_page *p);

/* <svg>: the planned use of a pin, from and to; a dash without dates. */
void html_chart_rotation(const struct html_page *p, const struct json_t *pin);

/* The sections below the summary. */
void html_findings_kinds(const struct html_page *p);
void html_findings(const struct html_page *p);
void html_coverage(const struct html_page *p);
void html_caa(const struct html_page *p);
void html_inventory(const struct html_page *p);

#endif
