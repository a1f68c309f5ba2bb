/* SPDX-License-Identifier: Apache-2.0 */
/*
 * compare_notes: compare the tree heads of another installation, which come as
 * signed notes, with those of the store.
 *
 * Each note ends with an empty line, or with the file.  A note counts only if
 * the log's key verifies its signature; its other lines are ignored.
 */
#ifndef CTWATCH_SYNC_COMPARE_NOTES_H
#define CTWATCH_SYNC_COMPARE_NOTES_H

#include <ctwatch/net/http.h>
#include <ctwatch/sync/compare_head.h>

enum compare_notes_state {
	COMPARE_NOTES_COMPARED, /* see result */
	COMPARE_NOTES_KNOWN,    /* stored before as contradicting */
	COMPARE_NOTES_REFUSED,  /* not a checkpoint, or not signed by the log */
	COMPARE_NOTES_UNKNOWN_LOG, /* no known log has this origin */
	COMPARE_NOTES_NO_HEAD,     /* the store has no head of this log */
	COMPARE_NOTES_SKIPPED      /* LIMIT_COMPARE_PROOFS */
};

struct compare_note {
	size_t line;      /* of its first line, from 1 */
	struct bytes raw; /* borrowed from the file */
	enum compare_notes_state state;
	enum compare_head_result result;
	const struct loglist_log *log; /* borrowed; NULL: unknown */
	char *origin; /* owned, escaped: its first line; or NULL */
	char *why;    /* owned, escaped: the reason; or NULL */
	/* Its head, unless log is NULL; and ours, if COMPARE_NOTES_COMPARED. */
	uint64_t size, timestamp, ours_size, ours_timestamp;
	struct merkle_hash root, ours_root;
};

struct compare_notes {
	struct compare_note *v; /* owned, in the order of the file */
	size_t n;
	bool truncated; /* the file has more than LIMIT_COMPARE_NOTES */
};

/*
 * Compare all notes of file with the heads of s, which is not changed.  Logs
 * that are asked for proofs, and their keys, are those of logs.  Largest heads
 * are compared first; a log that does not answer is not asked again.
 */
void compare_notes(struct bytes file, const struct loglist *logs,
    struct store *s, struct http *http, struct compare_notes *out);
void compare_notes_fini(struct compare_notes *c);

/* Parse the head of a note that is compared.  False if it is refused. */
bool compare_notes_head(const struct compare_note *note, struct tree_head *out);

#endif
