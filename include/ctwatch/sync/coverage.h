/* SPDX-License-Identifier: Apache-2.0 */
/*
 * coverage: what was read of each log, under which head, and what was not.
 */
#ifndef CTWATCH_SYNC_COVERAGE_H
#define CTWATCH_SYNC_COVERAGE_H

#include <ctwatch/net/loglist.h>
#include <ctwatch/store/store.h>

enum coverage_status {
	COVERAGE_COMPLETE,    /* read and proved up to a fresh head */
	COVERAGE_PARTIAL,     /* something is left, unproved or stale */
	COVERAGE_UNREACHABLE, /* no head was had */
	COVERAGE_SKIPPED,     /* not to be read; reason says why */
	COVERAGE_UNUSABLE,    /* its entry in the log list has a fault */
	COVERAGE_MISBEHAVING  /* the log contradicts itself */
};

/* The witnesses of the policy and one log, in one run. */
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
	char reason[256];  /* empty when complete */
	uint64_t first;    /* the first entry this store covers */
	uint64_t next;     /* the next entry to read */
	uint64_t verified; /* entries below are under a signed head */
	bool has_head;
	struct tree_head head; /* the one everything is measured against */
	bool proved;           /* entries reach the root of head */
	uint64_t entries_read, bytes_read, refused, wrong_index;
	int64_t rate; /* entries an hour that the log grows by; 0: ? */
	struct store_gap *gaps; /* owned */
	size_t n_gaps;
	struct coverage_witnesses witnesses;
	uint64_t issuers_missing; /* that entries name; static-ct-api only */
};

/* Free what c owns. */
void coverage_fini(struct coverage *c);

/* Entries between what is verified and the head. */
uint64_t coverage_lag(const struct coverage *c);

/*
 * How many operators have a log, worth reading now, that is not complete.
 * Browsers ask for SCTs of two operators, so what one operator's logs alone
 * hide is seen elsewhere, and what two hide may be seen nowhere.
 */
size_t coverage_operators_behind(const struct coverage *v, size_t n);

#endif
