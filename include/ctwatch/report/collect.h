/* SPDX-License-Identifier: Apache-2.0 */
/*
 * collect: from the store into the document: findings, expected certificates,
 * refused entries.
 */
#ifndef CTWATCH_REPORT_COLLECT_H
#define CTWATCH_REPORT_COLLECT_H

#include <ctwatch/report/report_json.h>

/* What counts as of this report. */
struct collect_span {
	int64_t since; /* ms: when the run, or the period, began; 0: ever */
	int64_t until; /* ms: when it ended */
	int64_t run;   /* new is what this run saw first; 0: since since */
};

/*
 * Return untrusted text as a JSON string, escaped (escape_utf8); null for NULL.
 * Owned by the caller, as all JSON that is returned here.
 */
struct json_t *collect_text(const char *s);

/* A time as a JSON string in RFC 3339, null of 0. */
struct json_t *collect_time(int64_t t);

/* A digest in hexadecimal; null when it is all zero. */
struct json_t *collect_hex(const uint8_t digest[static SHA256_SIZE]);

/*
 * The certificate object of the report; a bare TBSCertificate has no digest
 * of its own.  *not_after is when it ends, in ms.
 */
struct json_t *collect_certificate(
    const struct store_cert *c, int64_t *not_after);

/*
 * Put "findings", "expected" and "refused" into doc, whose "pins" and
 * "owners" are there already.  False when the store fails.
 */
bool collect_from_store(
    struct json_t *doc, struct store *s, const struct collect_span *span);

#endif
