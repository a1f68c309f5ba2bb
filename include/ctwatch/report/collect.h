/* SPDX-License-Identifier: Apache-2.0 */
/*
 * collect: build the findings, expected certificates and rejected entries of
 * the document from the store.
 */
#ifndef CTWATCH_REPORT_COLLECT_H
#define CTWATCH_REPORT_COLLECT_H

#include <ctwatch/report/report_json.h>

/* The period of the report. */
struct collect_span {
	int64_t since; /* ms: start of the run or period; 0: unlimited */
	int64_t until; /* ms: its end */
	int64_t run;   /* new findings are of this run; 0: of the period */
};

/*
 * Return untrusted text as a JSON string, escaped (escape_utf8); null for NULL.
 * Owned by the caller, as all JSON that is returned here.
 */
struct json_t *collect_text(const char *s);

/* Return a time as a JSON string in RFC 3339, null for 0. */
struct json_t *collect_time(int64_t t);

/* Return a digest in hexadecimal, null if it is all zero. */
struct json_t *collect_hex(const uint8_t digest[static SHA256_SIZE]);

/*
 * Return the certificate object of the report; a bare TBSCertificate has no
 * certificate digest.  *not_after is its expiry in ms.
 */
struct json_t *collect_certificate(
    const struct store_cert *c, int64_t *not_after);

/*
 * Put "findings", "expected" and "refused" into doc, which has "pins" and
 * "owners".  Return false if the store failed.
 */
bool collect_from_store(
    struct json_t *doc, struct store *s, const struct collect_span *span);

#endif
