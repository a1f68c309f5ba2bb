/* SPDX-License-Identifier: Apache-2.0 */
/*
 * print: the pieces that the text report is made of, for 80 columns.
 *
 * Whatever is not a literal of this program goes through print_shown or
 * print_field.
 */
#ifndef CTWATCH_REPORT_PRINT_H
#define CTWATCH_REPORT_PRINT_H

#include <ctwatch/report/doc.h>
#include <ctwatch/report/groups.h>

/* Columns. */
#define PRINT_WIDTH 79

/* Findings in full, and in one line each; the rest is counted. */
#define PRINT_FULL_MAX  40
#define PRINT_LINES_MAX 400

/* What the parts of the report share. */
struct print_page {
	const struct json_t *doc;
	const struct report_style *style;
	struct doc_sums sum;
	struct groups groups;
	int64_t now; /* ms, when the run ended */
	struct buf *out;
};

/* Begin a colour (of ECMA-48, 8.3.117), or end it ("0"), where wanted. */
void print_colour(const struct print_page *p, const char *code);

/* The colour of a severity; of -1: all is well. */
const char *print_severity_colour(int severity);

/* n with commas between thousands; returns out. */
const char *print_number(int64_t n, char out[static 32]);

/*
 * Print text (already safe) from column at on, broken at blanks and, where a
 * word is longer than a line, anywhere; later lines begin at column indent.
 */
void print_wrap(struct buf *out, size_t at, size_t indent, const char *text);

/* A label, padded to where what it labels begins. */
void print_label(const struct print_page *p, size_t left, const char *label);

/* A labelled paragraph, left columns in: "  Label      text text". */
__attribute__((format(printf, 4, 5))) void print_field(
    const struct print_page *p, size_t left, const char *label, const char *fmt,
    ...);

void print_heading(const struct print_page *p, const char *text);

/* Append foreign text, at most BOUNDS_SHOWN_TEXT characters of it. */
void print_shown(struct buf *out, const char *text);

/* As print_shown, for a finding's message, which is made of several. */
void print_message(struct buf *out, const char *text);

/* "a, b, c and 12 more" from an array of strings. */
void print_list(
    struct buf *out, const struct json_t *v, const char *path, size_t max);

/* The parts: the first screen, which answers, then the details. */
void print_summary(const struct print_page *p);
void print_findings(const struct print_page *p);
void print_inventory(const struct print_page *p);
void print_coverage(const struct print_page *p);

/* Report whether a log should have been read further than it was. */
bool print_is_behind(const struct json_t *log);

#endif
