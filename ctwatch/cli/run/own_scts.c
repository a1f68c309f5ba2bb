/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/run/own_scts.h"
#include <ctwatch/audit/audit_findings.h>
#include <ctwatch/audit/suspect_scts.h>
#include <ctwatch/base/msg.h>

/* Query the logs of the suspects, without an open transaction. */
static bool
look_up(struct audit_certs *a, const struct audit_options *options, int64_t run,
    bool *missing)
{
	const struct audit_findings_options save = { .s = options->store,
		.now = options->now,
		.run = run,
		.suspects = true };
	struct audit_result r;

	if (!store_commit(options->store))
		return false;
	audit_run(a, options, &r);
	*missing = r.missing > 0;
	return audit_findings_save(a, &save);
}

bool
run_own_scts(const struct audit_options *options, const struct watch *w,
    int64_t run, bool *missing)
{
	struct audit_certs a = { .n = 0 };
	size_t count;
	bool ok;

	*missing = false;
	ok = suspect_scts_add(&a, options->store, w, options->now, run, &count);
	if (count > a.n)
		msg_warn("SCTs: entries of %zu certificates are missing; %zu "
		         "are looked up in this run",
		    count, a.n);
	if (ok && a.n > 0)
		ok = look_up(&a, options, run, missing);
	audit_certs_fini(&a);
	return ok;
}
