/* SPDX-License-Identifier: Apache-2.0 */
#include <ctwatch/audit/audit_sct.h>

const char *
audit_sct_source_word(enum audit_sct_source s)
{
	static const char *const words[] = {
		[AUDIT_SCT_EMBEDDED] = "embedded",
		[AUDIT_SCT_TLS] = "tls",
		[AUDIT_SCT_OCSP] = "ocsp",
	};

	return words[s];
}

const char *
audit_sct_signature_word(enum audit_sct_signature s)
{
	static const char *const words[] = {
		[AUDIT_SCT_UNCHECKED] = "unchecked",
		[AUDIT_SCT_VALID] = "valid",
		[AUDIT_SCT_INVALID] = "invalid",
		[AUDIT_SCT_UNKNOWN_LOG] = "unknown-log",
	};

	return words[s];
}

const char *
audit_sct_status_word(enum audit_sct_status s)
{
	static const char *const words[] = {
		[AUDIT_SCT_NOT_ASKED] = NULL,
		[AUDIT_SCT_INCLUDED] = "included",
		[AUDIT_SCT_PENDING] = "pending",
		[AUDIT_SCT_MISSING] = "missing",
		[AUDIT_SCT_UNREACHABLE] = "unreachable",
		[AUDIT_SCT_GONE] = "gone",
	};

	return words[s];
}

const char *
audit_sct_state_then(const struct audit_sct *s)
{
	const struct loglist_log *log = s->log;

	if (log == NULL || !log->listed)
		return "unknown";
	if (log->state_since <= 0 ||
	    (uint64_t)log->state_since <= s->sct.timestamp)
		return loglist_state_word(log->state);
	switch (log->state) {
	case LOGLIST_READONLY:
	case LOGLIST_RETIRED:
	case LOGLIST_REJECTED:
		return "usable";
	case LOGLIST_QUALIFIED:
	case LOGLIST_USABLE:
		return "not yet usable";
	default:
		return "unknown";
	}
}
