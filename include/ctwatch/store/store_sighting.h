/* SPDX-License-Identifier: Apache-2.0 */
/*
 * store_sighting: certificates at an index of a log.
 */
#ifndef CTWATCH_STORE_STORE_SIGHTING_H
#define CTWATCH_STORE_STORE_SIGHTING_H

#include <ctwatch/store/store_cert.h>

struct store;

struct store_sighting {
	uint8_t log_id[SHA256_SIZE];
	uint64_t index;
	uint64_t timestamp; /* ms, of the SCT; of LEAF_MTC, notBefore */
	enum leaf_kind kind;
	uint8_t leaf_hash[SHA256_SIZE];
	uint8_t tbs_sha256[SHA256_SIZE]; /* set on load */
	bool verified;  /* set on load: its index is below the log's verified,
	                  and in no unproved gap */
	unsigned notes; /* enum store_note */
};

/* Oddities of an entry whose leaf was parsed. */
enum store_note {
	STORE_NOTE_EXTRA = 1,   /* extra_data does not parse: no chain */
	STORE_NOTE_PRECERT = 2, /* the precertificate is not the leaf's */
	STORE_NOTE_INDEX = 4,   /* leaf_index is absent or not the position */
	STORE_NOTE_CHAIN = 8,   /* the chain does not verify the certificate */
	STORE_NOTE_ISSUER = 16, /* issuers that it names are missing */
	STORE_NOTE_POISON = 32, /* the poison extension is malformed */
	STORE_NOTE_INTERVAL = 64, /* it expires outside the log's interval */
	STORE_NOTE_FUTURE = 128   /* its SCT is dated in the future */
};

/*
 * Record a sighting of c.  A stored certificate keeps its bytes, but a final
 * certificate replaces a bare TBS, and a complete chain an incomplete one.  A
 * new sighting marks the certificate as not judged; an existing one changes
 * only last_seen.  Save the log before the next commit.
 */
bool store_sighting_add(struct store *s, const struct store_cert *c,
    const struct store_sighting *at);

/*
 * Delete the data of entries [from, to) of a log, which no signed root covers:
 * sightings, rejections, and certificates without remaining sighting with their
 * key records.  Mark the other certificates as not judged.
 */
bool store_sightings_forget(struct store *s,
    const uint8_t log_id[static SHA256_SIZE], uint64_t from, uint64_t to);

/* Entries [from, to) of a log are now verified: mark their certificates as not
 * judged. */
bool store_sightings_proved(struct store *s,
    const uint8_t log_id[static SHA256_SIZE], uint64_t from, uint64_t to);

/* Load the sightings of a certificate, by log and index; the caller frees. */
struct store_sighting *store_sightings(
    struct store *s, const uint8_t tbs[static SHA256_SIZE], size_t *n);

#endif
