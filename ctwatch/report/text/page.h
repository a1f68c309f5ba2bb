/* SPDX-License-Identifier: Apache-2.0 */
/*
 * page: the pieces that the text report is made of, for 80 columns.
 *
 * Whatever is not a literal of this program goes through text_page_shown or
 * text_page_field.
 */
#ifndef CTWATCH_REPORT_TEXT_PAGE_H
#define CTWATCH_REPORT_TEXT_PAGE_H

#include "report/group_findings.h"
#include <ctwatch/report/report_json.h>

/* Columns. */
#define TEXT_PAGE_WIDTH 79

/* Findings in full, and in one line each; the rest is counted. */
#define TEXT_PAGE_FULL_MAX  40
#define TEXT_PAGE_LINES_MAX 400

/* What the parts of the report share. */
struct text_page_page {
	const struct json_t *doc;
	const struct report_style *style;
	struct report_json_sums sum;
	struct group_findings groups;
	int64_t now; /* ms, when the run ended */
	struct buf *out;
};

/* Begin a colour (of ECMA-48, 8.3.117), or end it ("0"), where wanted. */
void text_page_colour(const struct text_page_page *p, const char *code);

/* The colour of a severity; of -1: all is well. */
const char *text_page_severity_colour(int severity);

/* n with commas between thousands; returns out. */
const char *text_page_number(int64_t n, char out[static 32]);

/*
 * Print text (already safe) from column at on, broken at blanks and, where a
 * word is longer than a line, anywhere; later lines begin at column indent.
 */
void text_page_wrap(
    struct buf *out, size_t at, size_t indent, const char *text);

/* A label, padded to where what it labels begins. */
void text_page_label(
    const struct text_page_page *p, size_t left, const char *label);

/* A labelled paragraph, left columns in: "  Label      text text". */
__attribute__((format(printf, 4, 5))) void text_page_field(
    const struct text_page_page *p, size_t left, const char *label,
    const char *fmt, ...);

void text_page_heading(const struct text_page_page *p, const char *text);

/* Append foreign text, at most LIMIT_SHOWN_TEXT characters of it. */
void text_page_shown(struct buf *out, const char *text);

/* As text_page_shown, for a finding's message, which is made of several. */
void text_page_message(struct buf *out, const char *text);

/* "a, b, c and 12 more" from an array of strings. */
void text_page_list(
    struct buf *out, const struct json_t *v, const char *path, size_t max);

/* The parts: the first screen, which answers, then the details. */
void text_summary(const struct text_page_page *p);
void text_findings(const struct text_page_page *p);
void text_inventory(const struct text_page_page *p);
void text_coverage(const struct text_page_page *p);

/* Report whether a log should have been read further than it was. */
bool text_page_is_behind(const struct json_t *log);

#endif
