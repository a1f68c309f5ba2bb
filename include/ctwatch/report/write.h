/* SPDX-License-Identifier: Apache-2.0 */
/*
 * write: the writers, one for each form of the report.  Each appends the
 * whole report; see report_writer for the table of them.
 */
#ifndef CTWATCH_REPORT_WRITE_H
#define CTWATCH_REPORT_WRITE_H

#include <ctwatch/report/report.h>

struct json_t; /* jansson's */

#define WRITE_DECLARE(name)                                                    \
	void name(const struct report *r, const struct report_style *style,    \
	    struct buf *out)

/* For people, 80 columns: the first screen answers, then details. */
WRITE_DECLARE(write_text);

/* For people, one self-contained file; see html. */
WRITE_DECLARE(write_html);

/* The document; its findings, one a line. */
WRITE_DECLARE(write_json);
WRITE_DECLARE(write_json_lines);

/* Findings as a table (RFC 4180), safe for spreadsheets. */
WRITE_DECLARE(write_csv);

/* SARIF 2.1.0, as code scanning services take it. */
WRITE_DECLARE(write_sarif);

/* OCSF Detection Findings, Elastic Common Schema, CEF: one event a line. */
WRITE_DECLARE(write_ocsf);
WRITE_DECLARE(write_ecs);
WRITE_DECLARE(write_cef);

/* Reports of pin validation failure (RFC 7469, 3), one a line, of what stands
 * open and clients with the pins in use would refuse. */
WRITE_DECLARE(write_hpkp);

/* Metrics for the textfile collector of Prometheus' node exporter. */
WRITE_DECLARE(write_prometheus);

/* Append v as one line of JSON; for the writers themselves. */
void write_json_line(struct json_t *v, struct buf *out);

/* Append a line for each finding, of the value that make gives away. */
void write_json_each(const struct report *r,
    struct json_t *(*make)(
        const struct json_t *doc, const struct json_t *finding),
    struct buf *out);

#endif
