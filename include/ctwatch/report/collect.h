/* SPDX-License-Identifier: Apache-2.0 */
/*
 * collect: values of the document: texts, times, digests and certificates.
 */
#ifndef CTWATCH_REPORT_COLLECT_H
#define CTWATCH_REPORT_COLLECT_H

#include <ctwatch/report/report_json.h>

/*
 * Return untrusted text as a JSON string, escaped (escape_utf8); null for NULL.
 * Owned by the caller, as all JSON that is returned here.
 */
struct json_t *collect_text(const char *s);

/* Return the lines of untrusted text as an array of such strings. */
struct json_t *collect_lines(const char *text);

/* Return a time as a JSON string in RFC 3339, null for 0. */
struct json_t *collect_time(int64_t t);

/* Return a digest in hexadecimal, null if it is all zero. */
struct json_t *collect_hex(const uint8_t digest[static SHA256_SIZE]);

/* As collect_hex, in base64. */
struct json_t *collect_base64(const uint8_t digest[static SHA256_SIZE]);

/*
 * Return the certificate object of the report; a bare TBSCertificate has no
 * certificate digest.  *not_after is its expiry in ms.
 */
struct json_t *collect_certificate(
    const struct store_cert *c, int64_t *not_after);

#endif
