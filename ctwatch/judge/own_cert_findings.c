/* SPDX-License-Identifier: Apache-2.0 */
#include <string.h>

#include "judge/close_findings.h"
#include <ctwatch/judge/own_cert_findings.h>

bool
own_cert_findings_open(struct store *s, int64_t now, int64_t run,
    const struct own_cert_finding *own)
{
	const struct rules_rule *rule = rules_find(own->rule);
	struct store_finding f = { .rule = (char *)(uintptr_t)rule->id,
		.severity = (int)own->severity,
		.status = STORE_NEW,
		.subject = (char *)(uintptr_t)own->subject,
		.message = (char *)(uintptr_t)own->message,
		.detail = (char *)(uintptr_t)own->detail,
		.first_seen = now,
		.last_seen = now,
		.first_run = run,
		.last_run = run };

	if (own->tbs_sha256 != NULL)
		memcpy(f.tbs_sha256, own->tbs_sha256, SHA256_SIZE);
	rules_fingerprint(rule, &own->field, 1, f.id);
	return store_finding_save(s, &f);
}

bool
own_cert_findings_close(
    struct store *s, const char *rule, const char *field, const char *reason)
{
	char id[2 * SHA256_SIZE + 1];
	struct store_finding f;
	bool ok = true;

	rules_fingerprint(rules_find(rule), &field, 1, id);
	if (!store_finding_load(s, id, &f))
		return *store_error(s) == '\0';
	if (f.status != STORE_CLOSED)
		ok = close_findings_one(s, id, reason);
	store_finding_fini(&f);
	return ok;
}
