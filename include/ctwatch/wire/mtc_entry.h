/* SPDX-License-Identifier: Apache-2.0 */
/*
 * mtc_entry: an entry of the issuance log of a Merkle Tree CA
 * (draft-ietf-plants-merkle-tree-certs-05, "Log Entries").
 *
 * An entry has no serial number, no signature, and of the key only its hash.
 * A certificate of LEAF_MTC is stored as MTC_ENTRY_SERIAL octets and the entry
 * verbatim: two equal entries are two certificates.
 */
#ifndef CTWATCH_WIRE_MTC_ENTRY_H
#define CTWATCH_WIRE_MTC_ENTRY_H

#include <ctwatch/wire/leaf.h>

/* A zero, the log number, and the index: the serial number as an INTEGER. */
#define MTC_ENTRY_SERIAL 9

/* An entry has a length of 16 bits in a bundle (C2SP mtc-tlog). */
#define MTC_ENTRY_MAX UINT16_MAX

struct mtc_entry {
	struct bytes extensions; /* contents; each has a type and a vector */
	struct bytes tbs; /* contents of a TBSCertificateLogEntry; empty for a
	                   * null_entry */
};

/*
 * Parse in, one whole MTCLogEntry.  LEAF_TYPE and LEAF_EXTENSION: it has a type
 * or an extension that the draft does not define, so it may concern any name;
 * *out then has what was read.  Views are borrowed.
 */
enum leaf_error mtc_entry_parse(struct bytes in, struct mtc_entry *out);

/* Take the next entry of a bundle: a length of 16 bits and as many octets. */
bool mtc_entry_take(struct bytes *bundle, struct bytes *entry);

/* Write the serial number of the entry at index, below 2^48, of a log. */
void mtc_entry_serial(
    uint16_t log, uint64_t index, uint8_t out[static MTC_ENTRY_SERIAL]);

/* Take the serial number before an entry, as the contents of an INTEGER in
 * DER. */
bool mtc_entry_take_serial(struct bytes *der, struct bytes *serial);

#endif
