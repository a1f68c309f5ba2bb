/* SPDX-License-Identifier: Apache-2.0 */
/*
 * log_answer: the JSON answers of the API of RFC 6962, 4.
 */
#ifndef CTWATCH_NET_LOG_ANSWER_H
#define CTWATCH_NET_LOG_ANSWER_H

#include <ctwatch/net/log_client.h>

/* Members of an answer, by name: the text of each value, empty if missing. */
struct log_answer {
	size_t n;
	const char *const *names;
	struct bytes *values; /* n of them, borrowed from the body */
};

/* Fetch BASE/ct/v1/QUERY and find the members of the answer in *raw; false
 * with the reason in *error. */
bool log_answer_fetch(const struct log_client *s,
    const struct log_client_fetch *fetch, const char *query, struct buf *raw,
    struct log_answer *m, struct buf *error);

/* Report that a body is not JSON, with its beginning: it may be the HTML page
 * of a proxy. */
void log_answer_not_json(
    struct buf *error, const char *what, struct bytes body);

/* Convert a value; false if it is of another form. */
bool log_answer_number(struct bytes value, uint64_t *out);
bool log_answer_hash(struct bytes value, struct merkle_hash *out);

/* Decode a string in base64 to out, of at most max bytes. */
bool log_answer_base64(struct bytes value, uint8_t *out, size_t max, size_t *n);

/* An array of hashes, at most LIMIT_PROOF of them. */
bool log_answer_path(struct bytes value, struct merkle_hash *out, size_t *n);

#endif
