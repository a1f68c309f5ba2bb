/* SPDX-License-Identifier: Apache-2.0 */
/*
 * proposal: a next pinset that waits for approval.
 *
 * It holds the very bytes that would become the pinset, and approvers sign
 * their digest: nothing can be changed after a person looked.  Proposals are
 * kept in the store; `run' does not touch them.
 */
#ifndef CTWATCH_ROTATE_PROPOSAL_H
#define CTWATCH_ROTATE_PROPOSAL_H

#include <ctwatch/store/store.h>

/* A proposal expires after 30 days, in ms. */
#define PROPOSAL_LIFE (INT64_C(30) * 24 * 60 * 60 * 1000)

/* Characters of an id, without the NUL: the first of the text's digest. */
#define PROPOSAL_ID 16

/* What follows the name of a proposer who did not sign.  The name then is of
 * no key of the trust file, and any approver may approve. */
#define PROPOSAL_UNAUTHENTICATED "(not authenticated)"

/* The kinds of evidence beside those of key_input_word. */
#define PROPOSAL_FINDING    "finding"    /* a certificate seen in a log */
#define PROPOSAL_POSSESSION "possession" /* a signature of the challenge */
#define PROPOSAL_STATEMENT  "statement"  /* what a named person says */

/* A reason to think that a key is the organisation's. */
struct proposal_evidence {
	char *kind;
	char *source;    /* a file's name, a finding's id, a person's name */
	struct blob der; /* DER, a signature, or a statement's text */
};

struct proposal {
	char id[PROPOSAL_ID + 1];
	char *action; /* "add", "activate", "retire", "edit" */
	char *key;    /* the id of the key that it is about */
	char *proposer, *reason;
	int64_t created;
	bool done;        /* it became the pinset */
	bool forced;      /* the lead time does not matter */
	char *rejected;   /* the reason; or NULL */
	struct blob base; /* the text that it changes */
	struct blob text; /* the next pinset */
	char *lines;      /* signature lines so far */
	struct proposal_evidence *evidence;
	size_t n_evidence;
};

void proposal_fini(struct proposal *p);

/* Set the id from the text. */
void proposal_name(struct proposal *p);

/* Add a copy of the evidence, unless p has it. */
void proposal_add_evidence(
    struct proposal *p, const char *kind, const char *source, struct bytes der);

/* Report whether p can still be approved at the time now: it is neither in
 * place, nor rejected, nor expired. */
bool proposal_is_open(const struct proposal *p, int64_t now);

/*
 * Append the text whose signature proves that somebody holds the private key
 * with this SPKI digest; name is the pinset's.
 */
bool proposal_challenge(const struct proposal *p, const char *name,
    const uint8_t spki[static SHA256_SIZE], struct buf *out);

/*
 * Report whether there is evidence for the SPKI, which has this DER (empty: it
 * is not known): a certificate request or a challenge that its key signed, or
 * the statement of a named person.  Certificates and public keys are none:
 * whoever reads a log can make a file of either.
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

/* Save it, in the place of the one with its id; the caller commits. */
bool proposal_save(
    struct store *s, const struct proposal *p, struct buf *error);

/*
 * The proposal whose id begins so.  False with *error if there is none, or
 * more than one.  Free with proposal_fini.
 */
bool proposal_load(
    struct store *s, const char *id, struct proposal *out, struct buf *error);

/* Step through all, the oldest first. */
bool proposal_each(struct store *s,
    void (*each)(void *arg, const struct proposal *p), void *arg,
    struct buf *error);

#endif
