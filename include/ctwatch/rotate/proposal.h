/* SPDX-License-Identifier: Apache-2.0 */
/*
 * proposal: a next pinset, pending approval.
 *
 * It has the exact bytes of the next pinset, and approvers sign their digest,
 * so that no change is possible after a review.  Proposals are kept in the
 * store; `run' does not touch them.
 */
#ifndef CTWATCH_ROTATE_PROPOSAL_H
#define CTWATCH_ROTATE_PROPOSAL_H

#include <ctwatch/store/store.h>

/* A proposal expires after 30 days, in ms. */
#define PROPOSAL_LIFE (INT64_C(30) * 24 * 60 * 60 * 1000)

/* Characters of an id, without the NUL: the start of the text's digest. */
#define PROPOSAL_ID 16

/* Suffix of the name of a proposer who did not sign.  The name is then of no
 * key in the trust file, and any approver may approve. */
#define PROPOSAL_UNAUTHENTICATED "(not authenticated)"

/* The kinds of evidence beside those of key_input_word. */
#define PROPOSAL_FINDING    "finding"    /* a certificate seen in a log */
#define PROPOSAL_POSSESSION "possession" /* a signature of the challenge */
#define PROPOSAL_STATEMENT  "statement"  /* the statement of a named person */

/* Evidence that a key belongs to the organisation. */
struct proposal_evidence {
	char *kind;
	char *source;    /* a file's name, a finding's id, a person's name */
	struct blob der; /* DER, a signature, or a statement's text */
};

struct proposal {
	char id[PROPOSAL_ID + 1];
	char *action; /* "add", "activate", "retire", "edit" */
	char *key;    /* the id of the changed key */
	char *proposer, *reason;
	int64_t created;
	bool done;        /* it is or was the pinset */
	bool forced;      /* the lead time is ignored */
	char *rejected;   /* the reason; or NULL */
	struct blob base; /* the text that it changes */
	struct blob text; /* the next pinset */
	char *lines;      /* current signature lines */
	struct proposal_evidence *evidence;
	size_t n_evidence;
};

void proposal_fini(struct proposal *p);

/* Set the id from the text. */
void proposal_name(struct proposal *p);

/* Add a copy of the evidence, unless p has it. */
void proposal_add_evidence(
    struct proposal *p, const char *kind, const char *source, struct bytes der);

/* Report whether p can be approved at the time now: it is neither activated,
 * nor rejected, nor expired. */
bool proposal_is_open(const struct proposal *p, int64_t now);

/*
 * Append the text whose signature proves possession of the private key with
 * this SPKI digest; name is the pinset's.
 */
bool proposal_challenge(const struct proposal *p, const char *name,
    const uint8_t spki[static SHA256_SIZE], struct buf *out);

/*
 * Report whether there is evidence for the SPKI, which has this DER (empty:
 * unknown): a certificate request or a challenge that its key signed, or the
 * statement of a named person.  Certificates and public keys are no evidence:
 * any reader of a log has them.
 */
bool proposal_confirmed(const struct proposal *p, const char *name,
    const uint8_t spki[static SHA256_SIZE], struct bytes spki_der);

/*
 * The source of the first evidence for the SPKI that this program cannot
 * verify, since its algorithm or kind of key is unknown here; borrowed, NULL
 * if there is none.
 */
const char *proposal_unverifiable(const struct proposal *p,
    const uint8_t spki[static SHA256_SIZE], struct bytes spki_der);

/* Append text, a blank line and the signature lines: a signed note. */
bool proposal_note(
    const struct proposal *p, struct bytes text, struct buf *out);

/* Save p; replace one with the same id.  The caller commits. */
bool proposal_save(
    struct store *s, const struct proposal *p, struct buf *error);

/*
 * Find the proposal whose id begins with prefix.  Return false with *error if
 * there is none, or more than one.  Free with proposal_fini.
 */
bool proposal_load(
    struct store *s, const char *id, struct proposal *out, struct buf *error);

/* Step through all proposals, the oldest first. */
bool proposal_each(struct store *s,
    void (*each)(void *arg, const struct proposal *p), void *arg,
    struct buf *error);

#endif
