/* SPDX-License-Identifier: Apache-2.0 */
/*
 * rotation: how a key enters and leaves the pinset.
 *
 * Somebody proposes the next version, others sign it, somebody puts it in
 * place; each step is recorded in the journal.  Nothing here is done by a
 * run, and nothing makes a pin of a key without two people.
 */
#ifndef CTWATCH_ROTATE_ROTATION_H
#define CTWATCH_ROTATE_ROTATION_H

#include <ctwatch/rotate/approvers.h>
#include <ctwatch/rotate/key_input.h>
#include <ctwatch/rotate/proposal.h>

/* When a key was in a logged certificate; ms, 0: never. */
struct rotation_seen {
	int64_t first, last;
};

struct rotation {
	struct store *store;    /* owned */
	const char *path;       /* borrowed: the pinset's */
	const char *trust_path; /* borrowed; NULL: path.trust */
	struct buf text;        /* its bytes */
	struct pinset *p;
	struct approvers *trust;    /* or NULL: there is no trust file */
	struct rotation_seen *seen; /* of each key of p */
	int64_t now;                /* ms */
	bool failed; /* the state or the disk did, whatever was asked for */
};

/*
 * Open the store in dir, the pinset at path and the trust file (path.trust
 * if trust_path is NULL, and then it may be absent).  Close with
 * rotation_close also after false.
 */
bool rotation_open(struct rotation *r, const char *dir, const char *path,
    const char *trust_path, struct buf *error);
void rotation_close(struct rotation *r);

/* Report whether a key of r->p was in a logged certificate; for lint. */
bool rotation_was_seen(void *r, const uint8_t spki[static SHA256_SIZE]);

/* What is to change. */
struct rotation_change {
	const char *key;                  /* the id of the key */
	enum pinset_state state;          /* its state then */
	const struct key_input *material; /* a new key; NULL: one of p's */
	const char *const *domains; /* patterns that a new key is added to */
	size_t n_domains;
	const char *custody, *location; /* of a new key; or NULL */
	struct bytes edit; /* instead of all these: the whole next text */
	const char *proposer, *reason;
};

/*
 * Make the proposal for a change and save it; the caller frees it with
 * proposal_fini.  Evidence, if any, is added by the caller, who then saves
 * again.
 */
bool rotation_propose(struct rotation *r, const struct rotation_change *c,
    struct proposal *out, struct buf *error);

/*
 * The next text by c: canonical, the version one higher, owned by the
 * caller; empty, with *error, if it cannot be.
 */
struct bytes rotation_next(
    struct rotation *r, const struct rotation_change *c, struct buf *error);

/* ---- what approval, overlap and emergency share ---- */

/* The key of p with this id, or NULL. */
const struct pinset_key *rotation_key(const struct pinset *p, const char *id);

/* Report whether d has the key of that index. */
bool rotation_has(const struct pinset_domain *d, size_t key);

/* Replace the file beside the pinset with that suffix; "" is the pinset. */
bool rotation_replace(struct rotation *r, const char *suffix, struct bytes text,
    struct buf *error);

/* proposal_save, in r's store. */
bool rotation_save(
    struct rotation *r, const struct proposal *p, struct buf *error);

/* Make what was saved durable. */
bool rotation_commit(struct rotation *r, struct buf *error);

struct json_t;

/* Write what was done to the journal, and make all of it durable. */
bool rotation_record(struct rotation *r, const char *who, const char *action,
    const char *reason, const struct json_t *detail, struct buf *error);

/* Append to *error, and be false. */
__attribute__((format(printf, 2, 3))) bool rotation_fail(
    struct buf *error, const char *fmt, ...);

#endif
