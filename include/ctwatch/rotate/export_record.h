/* SPDX-License-Identifier: Apache-2.0 */
/*
 * export_record: which version of the pinset was exported when, for which
 * consumer: records in the journal.
 *
 * A copy of an exported file stays in use until max_age_days after the export
 * that replaced it.  So the records give the consumers and versions that still
 * accept a key removed from the pinset.
 */
#ifndef CTWATCH_ROTATE_EXPORT_RECORD_H
#define CTWATCH_ROTATE_EXPORT_RECORD_H

#include <ctwatch/policy/pinset.h>
#include <ctwatch/store/store.h>

/* Is part of each line of export_record_holders. */
#define EXPORT_RECORD_ACCEPTS " accepts it: version "

/* One export; path and consumer may be NULL. */
struct export_record {
	const char *consumer, *format, *path;
	const char *title;    /* of the file (see formats_title) */
	struct bytes content; /* digest of the written bytes */
	const char
	    *reason; /* reason for exporting an untrusted pinset; or NULL */
};

/* Add a record of the export of p to the journal; false when the store failed.
 * The caller commits. */
bool export_record_add(
    struct store *s, const struct pinset *p, const struct export_record *e);

/*
 * Append the title of the export of p whose content this was; nothing if the
 * journal has no such export.  False when the journal cannot be read.
 */
bool export_record_title(struct store *s, const struct pinset *p,
    struct bytes content, struct buf *out);

/*
 * Append a line for each consumer of p and each exported version that accepts
 * the key with this SPKI digest at the time now (ms).  False when the journal
 * cannot be read.
 */
bool export_record_holders(struct store *s, const struct pinset *p,
    const uint8_t spki[static SHA256_SIZE], int64_t now, struct buf *out);

#endif
