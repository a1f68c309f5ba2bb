/* SPDX-License-Identifier: Apache-2.0 */
/*
 * proposal: a next pinset that waits for people to agree.
 *
 * It holds the very bytes that would become the pinset: what is signed is
 * their digest, so that nothing can be slipped in after somebody looked.
 * Proposals are kept in the store; `run` does not touch them.
 */
#ifndef CTWATCH_ROTATE_PROPOSAL_H
#define CTWATCH_ROTATE_PROPOSAL_H

#include <ctwatch/store/store.h>

/* After this it is too late to agree: 30 days. */
#define PROPOSAL_LIFE (INT64_C(30) * 24 * 60 * 60 * 1000)

/* Characters of an id, without the NUL: the head of the text's digest. */
#define PROPOSAL_ID 16

/* The kind of evidence that is only a sighting in a log. */
#define PROPOSAL_FINDING "finding"

/* Why somebody thinks that the key is ours. */
struct proposal_evidence {
	char *kind;       /* PROPOSAL_FINDING, or as key_input_word says */
	char *source;     /* a file's name, a finding's id */
	struct bytes der; /* owned: what was handed over, as DER */
};

struct proposal {
	char id[PROPOSAL_ID + 1];
	char *action; /* "add", "activate", "retire", "edit" */
	char *key;    /* the id of the key that it is about */
	char *proposer, *reason;
	int64_t created;
	bool done;         /* it became the pinset */
	struct bytes base; /* owned: the text that it changes */
	struct bytes text; /* owned: the next pinset */
	char *lines;       /* signature lines so far */
	struct proposal_evidence *evidence;
	size_t n_evidence;
};

void proposal_fini(struct proposal *p);

/* Set the id from the text. */
void proposal_name(struct proposal *p);

void proposal_add_evidence(
    struct proposal *p, const char *kind, const char *source, struct bytes der);

/*
 * Report whether something beside the logs speaks for the SPKI: a request
 * that its key signed, a public key or a certificate handed over.  What was
 * logged alone never does, nor the same certificate as a file: an attacker's
 * certificate is logged as well.
 */
bool proposal_confirmed(
    const struct proposal *p, const uint8_t spki[static SHA256_SIZE]);

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
