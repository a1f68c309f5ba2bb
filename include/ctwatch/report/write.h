/* SPDX-License-Identifier: Apache-2.0 */
/*
 * write: the writers, one per format of the report.  Each appends the whole
 * report; report_writers has the table.
 */
#ifndef CTWATCH_REPORT_WRITE_H
#define CTWATCH_REPORT_WRITE_H

#include <ctwatch/report/report.h>
#include <ctwatch/store/store_item.h>

struct json_t; /* jansson's */

#define WRITE_DECLARE(name)                                                    \
	void name(const struct report *r, const struct report_style *style,    \
	    struct buf *out)

/* Text for 80 columns: the first screen has the summary, then details. */
WRITE_DECLARE(write_text);

/* One self-contained HTML file. */
WRITE_DECLARE(write_html);

/* The document; its findings, one per line. */
WRITE_DECLARE(write_json);
WRITE_DECLARE(write_json_lines);

/* Findings as a table (RFC 4180), safe for spreadsheets. */
WRITE_DECLARE(write_csv);

/* SARIF 2.1.0, for code scanning services. */
WRITE_DECLARE(write_sarif);

/* OCSF Detection Findings, Elastic Common Schema, CEF: one event per line. */
WRITE_DECLARE(write_ocsf);
WRITE_DECLARE(write_ecs);
WRITE_DECLARE(write_cef);

/* Reports of pin validation failures (RFC 7469, 3), one per line: open findings
 * with certificates that clients with the current pins refuse. */
WRITE_DECLARE(write_hpkp);

/* Metrics for the textfile collector of Prometheus' node exporter. */
WRITE_DECLARE(write_prometheus);

/* Append the findings or expected certificates as a member of an indented
 * object. */
void write_json_array(const struct report *r, const struct report_style *style,
    const char *name, enum store_item_kind kind, struct buf *out);

/* Append v as JSON, or as one line of JSON; for the writers. */
void write_json_value(struct json_t *v, struct buf *out);
void write_json_line(struct json_t *v, struct buf *out);

/* Return the title of a finding's rule as JSON, a sentence; its name if this
 * version does not know the rule.  Owned by the caller. */
struct json_t *write_json_title(const struct json_t *finding);

/* Append one line per finding, with the JSON value that make returns. */
void write_json_each(const struct report *r, const struct report_style *style,
    struct json_t *(*make)(
        const struct json_t *doc, const struct json_t *finding),
    struct buf *out);

#endif
