/* SPDX-License-Identifier: Apache-2.0 */
/*
 * html: the pieces that the HTML report is made of.
 *
 * Whatever is not a literal of this program goes through html_text.
 */
#ifndef CTWATCH_REPORT_HTML_HTML_H
#define CTWATCH_REPORT_HTML_HTML_H

#include "report/group_findings.h"
#include <ctwatch/report/report_json.h>

/* What the sections share. */
struct html_page {
	const struct json_t *doc;
	struct report_json_sums sum;
	struct group_findings groups;
	int64_t now; /* ms, when the run ended */
	struct buf *out;
};

/* The style sheet; its digest is what the page's policy allows. */
extern const char html_css[];

/*
 * Foreign text, escaped; more than LIMIT_SHOWN_HTML bytes are cut, and how
 * many there are is said.
 */
void html_text(struct buf *out, const char *text);

/* Text of our own with words `between backticks' as code.  Each part goes through
 * html_text. */
void html_prose(struct buf *out, const char *text);

/* The first of it, less than n (of at most 128) bytes of whole letters. */
void html_label(struct buf *out, const char *text, size_t n);

/* A number with thin spaces between thousands. */
void html_number(struct buf *out, int64_t n);

/* A time as 2026-11-21 02:14, from the document's form; a dash if none. */
void html_time(struct buf *out, const char *rfc3339);

/* A term and its description for a <dl>; nothing if text is empty. */
void html_term(struct buf *out, const char *term, const char *text);

/* How many days are left, in words and as a bar of the whole validity. */
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
void html_inventory(const struct html_page *p);

#endif
