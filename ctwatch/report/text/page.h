/* SPDX-License-Identifier: Apache-2.0 */
/*
 * page: the building blocks of the text report, for 80 columns.
 *
 * Print a text that is not a literal of this program with text_page_shown or
 * text_page_field, which escape it.
 */
#ifndef CTWATCH_REPORT_TEXT_PAGE_H
#define CTWATCH_REPORT_TEXT_PAGE_H

#include "report/group_findings.h"
#include <ctwatch/report/report_sums.h>
#include <ctwatch/report/report_walk.h>

/* Columns. */
#define TEXT_PAGE_WIDTH 79

/* The number of findings in full and in one line each; others are counted. */
#define TEXT_PAGE_FULL_MAX  40
#define TEXT_PAGE_LINES_MAX 400

/* The context of all parts of the report. */
struct text_page {
	const struct report *r;
	const struct json_t *doc; /* of r */
	const struct report_style *style;
	struct report_sums sum;
	struct group_findings groups;
	int64_t now; /* ms, when the run ended */
	struct buf *out;
};

/* Begin a colour (ECMA-48, 8.3.117), or end it ("0"), if the style has
 * colours. */
void text_page_colour(const struct text_page *p, const char *code);

/* The colour of a severity, or of success for -1. */
const char *text_page_severity_colour(int severity);

/* Write n with commas between thousands to out, and return out. */
const char *text_page_number(int64_t n, char out[static 32]);

/*
 * Print escaped text from column at on.  Break lines at blanks, and break
 * longer words anywhere.  Further lines begin at column indent.
 */
void text_page_wrap(
    struct buf *out, size_t at, size_t indent, const char *text);

/* Print a label, padded to the column of its text; a blank follows at least. */
void text_page_label(const struct text_page *p, size_t left, const char *label);

/* Print a labelled paragraph, indented by left: "  Label       text text". */
__attribute__((format(printf, 4, 5))) void text_page_field(
    const struct text_page *p, size_t left, const char *label, const char *fmt,
    ...);

void text_page_heading(const struct text_page *p, const char *text);

/* Append at most LIMIT_SHOWN_TEXT characters of untrusted text, escaped. */
void text_page_shown(struct buf *out, const char *text);

/* As text_page_shown, with the longer limit of a finding's message. */
void text_page_message(struct buf *out, const char *text);

/* "a, b, c and 12 more" from an array of strings. */
void text_page_list(
    struct buf *out, const struct json_t *v, const char *path, size_t max);

/* The parts after the first screen. */
void text_findings(const struct text_page *p);
void text_inventory(const struct text_page *p);
void text_coverage(const struct text_page *p);
void text_caa(const struct text_page *p);

/* Report whether entries of a log are left to read. */
bool text_page_is_behind(const struct json_t *log);

#endif
