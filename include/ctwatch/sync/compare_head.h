/* SPDX-License-Identifier: Apache-2.0 */
/*
 * compare_head: compare a tree head that a log signed, and that others have
 * received, with the heads of the store.
 */
#ifndef CTWATCH_SYNC_COMPARE_HEAD_H
#define CTWATCH_SYNC_COMPARE_HEAD_H

#include <ctwatch/net/log_client.h>
#include <ctwatch/store/store.h>

enum compare_head_result {
	COMPARE_HEAD_SAME,  /* ours has this size and root */
	COMPARE_HEAD_OLDER, /* its tree is proved to be a prefix of ours */
	COMPARE_HEAD_NEWER, /* our tree is proved to be a prefix of it */
	COMPARE_HEAD_CONTRADICTS, /* the log signed two trees */
	COMPARE_HEAD_UNPROVED,    /* the proof of the log is invalid */
	COMPARE_HEAD_UNREACHABLE, /* no readable answer of the log */
	COMPARE_HEAD_MAX
};

/* How to check by a proof whether a tree is a prefix of head's; as
 * log_client_consistent. */
struct compare_head_proof {
	enum log_client_result (*consistent)(void *arg, uint64_t size,
	    const struct merkle_hash *root, const struct tree_head *head,
	    struct buf *error);
	void *arg;
};

/*
 * Compare h, whose signature is verified, with all stored heads of that log,
 * and by a proof with ours, one that the log signed.  If h contradicts a head,
 * that is *other.  *error is the reason of COMPARE_HEAD_UNPROVED and
 * COMPARE_HEAD_UNREACHABLE.
 */
enum compare_head_result compare_head(struct store *s,
    const uint8_t log_id[static SHA256_SIZE], const struct tree_head *h,
    const struct tree_head *ours, const struct compare_head_proof *proof,
    struct tree_head *other, struct buf *error);

/* Append how two heads that a log signed contradict each other. */
void compare_head_describe(
    const struct tree_head *h, const struct tree_head *other, struct buf *out);

/*
 * Save both heads as evidence: raw is the note with h, or empty; other may be
 * NULL.  Begin and commit are the caller's.  Return false if the store failed.
 */
bool compare_head_keep(struct store *s,
    const uint8_t log_id[static SHA256_SIZE], const struct tree_head *h,
    struct bytes raw, const struct tree_head *other);

#endif
