/* SPDX-License-Identifier: Apache-2.0 */
/*
 * mtc_landmarks: the landmarks of an issuance log (C2SP mtc-tlog).
 *
 * Clients know the hashes of a few subtrees of a log, those that cover the
 * entries between two landmarks; a certificate with a proof in one of them
 * needs no signature.
 */
#ifndef CTWATCH_NET_MTC_LANDMARKS_H
#define CTWATCH_NET_MTC_LANDMARKS_H

#include <ctwatch/base/limits.h>
#include <ctwatch/net/log_client.h>

struct mtc_landmarks {
	size_t n; /* the active landmarks and the one before them */
	uint64_t size[LIMIT_MTC_LANDMARKS + 1]; /* of the tree; descending */
};

/* Parse the file `landmarks' of a log.  Return false with line and reason in
 * *error. */
bool mtc_landmarks_parse(
    struct bytes file, struct mtc_landmarks *out, struct buf *error);

/*
 * Compute from hash tiles the hash of each landmark subtree under head, which
 * is verified, and write one record of each to out.  known has the records of
 * an earlier call for this log, which are not computed again.  Landmarks beyond
 * head are left out.  Return false with the reason in *error, and out empty.
 */
bool mtc_landmarks_hash(const struct log_client *s,
    const struct log_client_fetch *fetch, const struct tree_head *head,
    const struct mtc_landmarks *l, struct bytes known, struct buf *out,
    struct buf *error);

/* The most octets of the records of one log. */
#define MTC_LANDMARKS_RECORDS (2u * LIMIT_MTC_LANDMARKS * 48)

/* Return the number of records. */
size_t mtc_landmarks_count(struct bytes records);

/* Find the hash of the landmark subtree [start, end); false if there is no
 * such landmark subtree. */
bool mtc_landmarks_find(struct bytes records, uint64_t start, uint64_t end,
    struct merkle_hash *out);

/* The name under which the store has the records of a log. */
#define MTC_LANDMARKS_NAME (sizeof "landmarks-" + 2 * SHA256_SIZE)
void mtc_landmarks_name(
    const uint8_t log[static SHA256_SIZE], char out[static MTC_LANDMARKS_NAME]);

#endif
