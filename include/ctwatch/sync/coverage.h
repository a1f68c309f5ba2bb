/* SPDX-License-Identifier: Apache-2.0 */
/*
 * coverage: the read and unread entries of each log, and the head.
 */
#ifndef CTWATCH_SYNC_COVERAGE_H
#define CTWATCH_SYNC_COVERAGE_H

#include <ctwatch/net/loglist.h>
#include <ctwatch/store/store.h>
#include <ctwatch/sync/cover.h>

enum coverage_status {
	COVERAGE_COMPLETE,    /* read and verified up to a fresh head */
	COVERAGE_PARTIAL,     /* unread or unproved entries, or a stale head */
	COVERAGE_UNREACHABLE, /* no head was received */
	COVERAGE_SKIPPED,     /* not read; see reason */
	COVERAGE_UNUSABLE,    /* its entry in the log list is invalid */
	COVERAGE_MISBEHAVING  /* the log contradicts itself */
};

/* The witnesses of the policy and one log, in one run; of an issuance log, its
 * cosigners. */
struct coverage_witnesses {
	size_t of;        /* known witnesses; 0: no policy, or no checkpoints */
	size_t valid;     /* whose cosignature is on the head, or on one that is
	               * consistent with it */
	size_t invalid;   /* cosignatures that do not verify */
	size_t unchecked; /* of an algorithm that libcrypto does not have */
	int64_t newest;   /* ms: of the valid ones; 0: none */
	bool met;         /* the quorum of the policy has cosigned */
	char problem[256]; /* the first one, or empty */
};

struct coverage {
	const struct loglist_log *log; /* borrowed */
	enum coverage_status status;
	bool left_out;     /* with its operator; status is COVERAGE_SKIPPED */
	char reason[256];  /* empty when complete */
	uint64_t first;    /* the first entry that this store covers */
	uint64_t next;     /* the next entry to read */
	uint64_t verified; /* entries below are verified by a signed head */
	bool has_head;
	struct tree_head head; /* the head that coverage is measured against */
	bool proved;           /* entries hash to the root of head */
	uint64_t entries_read, bytes_read, refused, wrong_index;
	uint64_t answers;       /* that had the entries */
	int64_t rate;           /* growth in entries per hour; 0: unknown */
	struct store_gap *gaps; /* owned */
	size_t n_gaps;
	struct coverage_witnesses witnesses;
	uint64_t issuers_missing; /* that entries name; static-ct-api only */
};

/* Free what c owns. */
void coverage_fini(struct coverage *c);

/* Return the number of entries between verified and the head. */
uint64_t coverage_lag(const struct coverage *c);

/* Report whether entries of this log are missing that the run should have read,
 * or that it left out. */
bool coverage_is_unread(const struct coverage *c);

/*
 * Return the number of operators with an unread log.  Browsers require SCTs of
 * two operators, so entries missing in the logs of one operator are in
 * another's, but those missing in two may be nowhere.
 */
size_t coverage_operators_behind(const struct coverage *v, size_t n);

/* Judge by half-years of expiry at time now (ms) whether the logs that were
 * read show every certificate that browsers accept. */
void coverage_cover(
    const struct coverage *v, size_t n, int64_t now, struct cover *out);

#endif
