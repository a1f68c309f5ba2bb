/* SPDX-License-Identifier: Apache-2.0 */
/*
 * name_keys: the keys under which the names of certificates are indexed.
 *
 * A key is a hash, secret to this store, of the last two or the last three
 * labels of a name in the form that watch compares, or of a network with an
 * address.  Keys do not depend on a list of public suffixes, which changes.
 * Whatever watch matches with an item has one of the item's keys: a name whose
 * labels are patterns has keys with a star, and a certificate whose names
 * cannot be listed has the key that is among those of every item.
 */
#ifndef CTWATCH_POLICY_NAME_KEYS_H
#define CTWATCH_POLICY_NAME_KEYS_H

#include <ctwatch/base/buf.h>
#include <ctwatch/wire/cert.h>

/* The version of these rules; change it with them and with dnsname. */
#define NAME_KEYS_RULES 2

#define NAME_KEYS_SECRET 16 /* bytes */

/* Bits of a key.  tests/support/name_index.py measured, with 900 keys a tile:
 * 19 bits make a search read 0.36 % of the tiles more than 24 do, and an entry
 * 4.9 bytes instead of 7.2. */
#define NAME_KEYS_BITS 19

/* Keys, to be cleared (n = 0) and read by the caller; a key may be twice. */
struct name_keys {
	uint32_t *v;
	size_t n;
	uint32_t any;                /* the key of name_keys_any; read only */
	struct name_keys_hash *hash; /* private */
};

/* Return an empty list of keys under a secret; the caller frees. */
struct name_keys *name_keys_new(const uint8_t secret[static NAME_KEYS_SECRET]);
void name_keys_free(struct name_keys *k);

/* Append the keys of all names of a certificate from cert_read; at most
 * LIMIT_NAME_KEYS, else as name_keys_any. */
void name_keys_cert(struct name_keys *k, const struct cert *c);

/* Append the key of an entry that may have any name. */
void name_keys_any(struct name_keys *k);

/*
 * Append the keys of a watched item: a certificate with a matching name has one
 * of them.  Append none, and set *all, if it reaches too far for keys: all
 * names below a single label, or a network of less than 16 bits.  Return NULL,
 * or why the item cannot match any name (static storage).
 */
const char *name_keys_item(struct name_keys *k, struct bytes item, bool *all);

#endif
