/* SPDX-License-Identifier: Apache-2.0 */
/*
 * rotation: how a key enters and leaves the pinset.
 *
 * One person proposes the next version, others sign it, one activates it; the
 * journal records each step.  A run does not change the pinset, and it takes
 * two people to pin a key.
 *
 * rotation_open begins a write transaction of the store, and every verb reads
 * and writes inside it: processes that change the same pinset wait for each
 * other.
 */
#ifndef CTWATCH_ROTATE_ROTATION_H
#define CTWATCH_ROTATE_ROTATION_H

#include <ctwatch/rotate/key_input.h>
#include <ctwatch/rotate/pinset_change.h>
#include <ctwatch/rotate/pinset_trust.h>
#include <ctwatch/rotate/proposal.h>

/* When certificates with a key were logged; ms, 0: never. */
struct rotation_seen {
	int64_t first, last;
};

struct rotation {
	struct store *store;    /* owned */
	const char *path;       /* borrowed: the pinset's */
	const char *trust_path; /* borrowed; NULL: path.trust */
	struct buf text;        /* its bytes */
	struct pinset *p;
	struct approvers *trust;  /* NULL: there is no trust file */
	struct approvers *before; /* of the previous trust file, or NULL */
	struct buf trust_text;
	enum pinset_trust_status status; /* of the pinset */
	struct buf why;             /* why its status is FAILED or UNSIGNED */
	struct rotation_seen *seen; /* of each key of p */
	int64_t now;                /* ms */
	bool failed; /* the state or the disk failed, not the request */
};

/*
 * Open the store in dir, begin a write transaction, complete a change that was
 * interrupted, and load the pinset at path and the trust file (path.trust if
 * trust_path is NULL, in which case it may be absent).  Close with
 * rotation_close also after false.
 */
bool rotation_open(struct rotation *r, const char *dir, const char *path,
    const char *trust_path, struct buf *error);
void rotation_close(struct rotation *r);

/* Report whether a key of r->p was in a logged certificate; for lint. */
bool rotation_was_seen(void *r, const uint8_t spki[static SHA256_SIZE]);

/* A change to propose. */
struct rotation_change {
	const char *key;                  /* the id of the key */
	enum pinset_state state;          /* its state after the change */
	const struct key_input *material; /* a new key; NULL: an existing one */
	const char *const *domains; /* patterns that a new key is added to */
	size_t n_domains;
	const char *custody, *location; /* of a new key; or NULL */
	struct bytes edit;    /* instead of the above: the whole next text */
	const char *proposer; /* a plain name */
	const struct note_key *signer; /* the proposer's private key, which
	                                 authenticates; or NULL */
	const char *reason;
	const char *force; /* reason to ignore the lead time; or NULL */
};

/* ---- shared by approval, overlap_period and compromise ---- */

/* Return the key of p with this id, or NULL. */
const struct pinset_key *rotation_key(const struct pinset *p, const char *id);

/* Report whether d has the key of that index. */
bool rotation_has(const struct pinset_domain *d, size_t key);

/*
 * Commit the saved records with the change of the files, replace the files,
 * record the new pinset as trusted with that status, and begin the next
 * transaction.
 */
bool rotation_put(struct rotation *r, const struct pinset_change *c,
    enum pinset_trust_status status, struct buf *error);

/* proposal_save, in r's store. */
bool rotation_save(
    struct rotation *r, const struct proposal *p, struct buf *error);

/* Commit the saved records. */
bool rotation_commit(struct rotation *r, struct buf *error);

struct json_t;

/* Add a record to the journal; the caller commits. */
bool rotation_record(struct rotation *r, const char *who, const char *action,
    const char *reason, const struct json_t *detail, struct buf *error);

/* Append to *error and return false. */
__attribute__((format(printf, 2, 3))) bool rotation_fail(
    struct buf *error, const char *fmt, ...);

#endif
