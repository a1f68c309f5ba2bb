/* SPDX-License-Identifier: Apache-2.0 */
/*
 * pinset_edit: edit a pinset as a document: members that are not changed, also
 * notes and "x-" members, are kept.
 *
 * The output is canonical: members in their order, two blanks per level, a
 * newline at the end.  So the same change of the same file gives the same bytes
 * everywhere, and can be signed.
 */
#ifndef CTWATCH_ROTATE_PINSET_EDIT_H
#define CTWATCH_ROTATE_PINSET_EDIT_H

#include <ctwatch/policy/pinset.h>

struct pinset_edit;

/* Parse text, a pinset that pinset_parse accepts.  NULL with *error. */
struct pinset_edit *pinset_edit_new(struct bytes text, struct buf *error);
void pinset_edit_free(struct pinset_edit *f);

/* A key to add; members that are NULL, empty or 0 are not written. */
struct pinset_edit_key {
	const char *id;
	const uint8_t *spki_sha256; /* 32 bytes */
	struct bytes spki_der;
	enum pinset_state state;
	bool ca;
	const char *alg, *custody, *location, *note;
	int64_t not_before, not_after; /* ms */
};

/* Add a key; its id must be new. */
bool pinset_edit_add_key(struct pinset_edit *f,
    const struct pinset_edit_key *key, struct buf *error);

/* Add the key id to the domain with this pattern. */
bool pinset_edit_add_to_domain(struct pinset_edit *f, const char *pattern,
    const char *id, struct buf *error);

/* Set the state of a key; for a retired one, record the time. */
bool pinset_edit_set_state(struct pinset_edit *f, const char *id,
    enum pinset_state state, int64_t when, struct buf *error);

/* Set the version. */
void pinset_edit_set_version(struct pinset_edit *f, uint64_t version);

/* Return the canonical text. */
bool pinset_edit_write(const struct pinset_edit *f, struct buf *out);

/*
 * Make an empty pinset, and a domain for it, for import.  keys are ids that
 * were added before.
 */
struct pinset_edit *pinset_edit_empty(const char *name);

struct pinset_edit_domain {
	const char *pattern, *kind;
	const char *position, *owner; /* or NULL */
	bool monitor;
	const uint16_t *ports; /* or NULL */
	size_t n_ports;
};

void pinset_edit_add_domain(
    struct pinset_edit *f, const struct pinset_edit_domain *domain);

/* Report whether there is a key with this id. */
bool pinset_edit_has_key(struct pinset_edit *f, const char *id);

/* Report whether there is a domain with this pattern. */
bool pinset_edit_has_domain(struct pinset_edit *f, const char *pattern);

/* Exclude a host from the domain with this pattern; false if there is none. */
bool pinset_edit_exclude(
    struct pinset_edit *f, const char *pattern, const char *host);

/*
 * Make the file, named as the pinset names it, the bundle of CA certificates of
 * the domain with this pattern.  False with *error if there is no such domain.
 */
bool pinset_edit_set_roots(struct pinset_edit *f, const char *pattern,
    const char *file, struct buf *error);

/*
 * Put the digest of its file beside each bundle that lacks one, so that those
 * who sign the pinset sign the content of the bundle.  path is the pinset's.
 * False with *error if a file cannot be read.
 */
bool pinset_edit_bind_roots(
    struct pinset_edit *f, const char *path, struct buf *error);

#endif
