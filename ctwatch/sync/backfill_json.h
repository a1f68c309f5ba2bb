/* SPDX-License-Identifier: Apache-2.0 */
/*
 * backfill_json: the members of plans and parts of a backfill, from and to
 * JSON.
 *
 * Each reading function returns false if the member is missing or has another
 * form.
 */
#ifndef CTWATCH_SYNC_BACKFILL_JSON_H
#define CTWATCH_SYNC_BACKFILL_JSON_H

#include <ctwatch/base/blob.h>
#include <ctwatch/wire/merkle.h>

struct json_t;

/* A string, borrowed from o, of at most max bytes. */
bool backfill_json_text(
    const struct json_t *o, const char *name, size_t max, const char **out);

/* A copy of a string, which the caller frees; NULL if there is no member. */
bool backfill_json_copy(
    const struct json_t *o, const char *name, size_t max, char **out);

/* An integer from 0 to 2^62. */
bool backfill_json_uint(
    const struct json_t *o, const char *name, uint64_t *out);

/* Bytes in base64, owned by *out; {0} if there is no member. */
bool backfill_json_blob(
    const struct json_t *o, const char *name, struct blob *out);

/* A digest in hexadecimal. */
bool backfill_json_digest(
    const struct json_t *o, const char *name, uint8_t out[static SHA256_SIZE]);

/* An array of at most max hashes in base64. */
bool backfill_json_hashes(const struct json_t *o, const char *name,
    struct merkle_hash *out, size_t max, size_t *n);

/* The range [begin, end) from its hashes. */
bool backfill_json_range(const struct json_t *o, const char *name,
    uint64_t begin, uint64_t end, struct merkle_range *out);

/* New values for the caller. */
struct json_t *backfill_json_of_bytes(struct bytes in);
struct json_t *backfill_json_of_digest(const uint8_t in[static SHA256_SIZE]);
struct json_t *backfill_json_of_hashes(const struct merkle_hash *v, size_t n);

#endif
