/* SPDX-License-Identifier: Apache-2.0 */
/*
 * store_rejected: entries that could not be parsed.
 */
#ifndef CTWATCH_STORE_STORE_REJECTED_H
#define CTWATCH_STORE_STORE_REJECTED_H

#include <ctwatch/base/bytes.h>
#include <ctwatch/wire/sha256.h>

struct store;

/* The reason of an entry that is readable and the certificate of a CA, in an
 * issuance log. */
#define STORE_REJECTED_CA "ca-certificate"

struct store_rejected {
	uint8_t log_id[SHA256_SIZE];
	uint64_t index;
	const char *reason;      /* a word, such as "trailing-bytes" */
	const char *match;       /* the watched item it may match, or NULL */
	struct bytes leaf_input; /* evidence; kept only if match is not NULL */
	struct bytes extra_data; /* likewise; base64, or empty */
	int64_t seen;
};

/* Record r; the latest of each log are kept (see limits.h). */
bool store_rejected_add(struct store *s, const struct store_rejected *r);

/* Step through entries rejected since then, by log and index. */
bool store_rejected_each(struct store *s, int64_t since,
    void (*each)(void *arg, const struct store_rejected *r), void *arg);

#endif
