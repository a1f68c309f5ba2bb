/* SPDX-License-Identifier: Apache-2.0 */
/*
 * audit_sct: one SCT of an own certificate: its signature and its entry in the
 * log.
 */
#ifndef CTWATCH_AUDIT_AUDIT_SCT_H
#define CTWATCH_AUDIT_AUDIT_SCT_H

#include <ctwatch/net/loglist.h>
#include <ctwatch/wire/merkle.h>
#include <ctwatch/wire/sct_list.h>

/* The source of the SCT (RFC 6962, 3.3). */
enum audit_sct_source {
	AUDIT_SCT_EMBEDDED,
	AUDIT_SCT_TLS,
	AUDIT_SCT_OCSP
};

enum audit_sct_signature {
	AUDIT_SCT_UNCHECKED, /* the issuer's key is unknown */
	AUDIT_SCT_VALID,
	AUDIT_SCT_INVALID, /* or a mimic log's, whose key is public */
	AUDIT_SCT_UNKNOWN_LOG
};

enum audit_sct_status {
	AUDIT_SCT_NOT_ASKED, /* the signature is not valid */
	AUDIT_SCT_INCLUDED,  /* proved to a signed head */
	AUDIT_SCT_PENDING,   /* the maximum merge delay has not passed */
	/* It has passed, and the log has no such entry.  For a static-ct-api
	 * log this is proved; for an RFC 6962 log it is only the log's
	 * answer. */
	AUDIT_SCT_MISSING,
	AUDIT_SCT_UNREACHABLE, /* unreachable log, or no valid proof */
	AUDIT_SCT_GONE /* likewise, of a log that is retired or not listed */
};

struct audit_sct {
	struct sct sct; /* views of the certificate or of its list */
	enum audit_sct_source source;
	const struct loglist_log *log; /* borrowed; NULL: unknown */
	enum audit_sct_signature signature;
	enum audit_sct_status status;
	struct merkle_hash leaf_hash; /* of the entry, if signature is valid */
	bool has_index; /* index is where the entry is, or must be */
	uint64_t index;
	bool unseen; /* a run read the entry, and did not store it */
	char *why; /* owned, escaped: more about signature or status; or NULL */
	/* AUDIT_SCT_MISSING: SCT, leaf, signed head, and the other entry of the
	 * log, as JSON; owned; else NULL. */
	struct json_t *evidence;
};

/* Words of the JSON output.  Static storage; NULL for AUDIT_SCT_NOT_ASKED. */
const char *audit_sct_source_word(enum audit_sct_source s);
const char *audit_sct_signature_word(enum audit_sct_signature s);
const char *audit_sct_status_word(enum audit_sct_status s);

/*
 * Return the state of the log at the time of the SCT, as far as its current
 * state shows: "usable" of a log that became readonly, retired or rejected
 * later, "not yet usable" of one that became qualified or usable later.
 */
const char *audit_sct_state_then(const struct audit_sct *s);

#endif
