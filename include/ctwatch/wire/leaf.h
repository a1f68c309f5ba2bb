/* SPDX-License-Identifier: Apache-2.0 */
/*
 * leaf: the data that a log hashed for one entry, in both protocols.
 *
 * MerkleTreeLeaf and extra_data of RFC 6962, 3.4 and 4.6, and TileLeaf of
 * static-ct-api.  Only the leaf is covered by the tree: names and keys come
 * from it alone.  Views are borrowed from the input; nothing allocates.
 */
#ifndef CTWATCH_WIRE_LEAF_H
#define CTWATCH_WIRE_LEAF_H

#include <ctwatch/base/bytes.h>
#include <ctwatch/wire/cert.h>
#include <ctwatch/wire/sha256.h>

enum leaf_error {
	LEAF_OK,
	LEAF_TRUNCATED, /* a length runs past the end */
	LEAF_TRAILING,  /* bytes left over after the structure */
	LEAF_VERSION,   /* neither v1 nor timestamped_entry */
	LEAF_TYPE,      /* an undefined entry type */
	LEAF_EMPTY,     /* an empty certificate */
	LEAF_INDEX,     /* CtExtensions malformed, or its index given twice */
	LEAF_CHAIN,     /* fingerprints not a whole number of 32 bytes */
	LEAF_EXTENSION, /* an MTCLogEntry with an undefined extension */
	LEAF_EXTENSION_ORDER, /* its extensions are not in ascending order */
	LEAF_ERROR_MAX
};

enum leaf_kind {
	LEAF_X509 = 0,    /* x509_entry: a final certificate */
	LEAF_PRECERT = 1, /* precert_entry: its TBSCertificate */
	LEAF_MTC = 2      /* an entry of an issuance log: see mtc_entry.h */
};

struct leaf {
	uint64_t timestamp; /* ms since 1970, of the SCT */
	enum leaf_kind kind;
	struct bytes cert;            /* Certificate or TBSCertificate, DER */
	struct bytes issuer_key_hash; /* 32 bytes; empty for LEAF_X509 */
	struct bytes extensions;      /* CtExtensions, contents */
};

/*
 * Parse the certificate of an entry of this kind: a Certificate, the
 * TBSCertificate of a precertificate, or a serial number and an MTCLogEntry.
 * As cert_parse, and as cert_read.
 */
enum cert_error leaf_parse_cert(
    enum leaf_kind kind, struct bytes der, struct cert *out);
enum cert_error leaf_read_cert(
    enum leaf_kind kind, struct bytes der, struct cert *out);

/* Return der, that of an entry of this kind, if it is a whole Certificate; no
 * bytes if it is a TBSCertificate or an entry of an issuance log. */
struct bytes leaf_whole_cert(enum leaf_kind kind, struct bytes der);

/*
 * Report whether start, which begins with the TBSCertificate of a
 * precertificate and the header before it, is the leaf, a TBSCertificate parsed
 * with cert_read_tbs, and a poison extension (RFC 6962, 3.1).  Compare bytes
 * only: return false, too, for a precertificate by a precertificate signing CA
 * (3.1), and for encodings that are not DER.
 */
bool leaf_is_precert(const struct cert *leaf, struct bytes start);

/* Parse leaf_input, one whole MerkleTreeLeaf. */
enum leaf_error leaf_parse(struct bytes leaf_input, struct leaf *out);

/* An entry of a data tile. */
struct leaf_tile {
	struct leaf leaf;
	struct bytes hashed;       /* the leaf_input is 00 00 and these bytes */
	struct bytes precert;      /* the precertificate; LEAF_PRECERT only */
	struct bytes fingerprints; /* SHA-256 of each issuer, 32 bytes each */
};

/*
 * Take the next TileLeaf of a data tile.  After an error the rest of the tile
 * is unreadable.
 */
enum leaf_error leaf_take_tile(struct bytes *tile, struct leaf_tile *out);

/*
 * Find the leaf_index extension (static-ct-api, "SCT extension").  Return
 * LEAF_OK with *found false if there is none, as in RFC 6962 logs.
 */
enum leaf_error leaf_index(
    const struct leaf *leaf, bool *found, uint64_t *index);

/*
 * Parse extra_data: *precert is empty for LEAF_X509, step through *chain with
 * leaf_next_cert.  The lengths of the chain's elements are checked.  After an
 * error *precert is valid if it is not empty.
 */
enum leaf_error leaf_parse_extra(struct bytes extra_data, enum leaf_kind kind,
    struct bytes *precert, struct bytes *chain);

/* Take the next certificate of a chain; false at its end. */
bool leaf_next_cert(struct bytes *chain, struct bytes *cert);

/*
 * Append the MerkleTreeLeaf of leaf (RFC 6962, 3.4), the bytes that an SCT of
 * this entry signs as well (3.2).  issuer_key_hash has 32 bytes for
 * LEAF_PRECERT.  False when a length does not fit or out is full.
 */
struct buf;
bool leaf_add(const struct leaf *leaf, struct buf *out);

/* Return the word for k in reports: final, precert or mtc.  Static storage. */
const char *leaf_kind_word(enum leaf_kind k);

/* Return the word for e in reports, such as "trailing-bytes".  Static
 * storage. */
const char *leaf_error_word(enum leaf_error e);

#endif
