/* SPDX-License-Identifier: Apache-2.0 */
/* own_scts: check that logs have the entries of the SCTs in matched
 * certificates. */
#include "cli/run/setup.h"
#include <ctwatch/audit/audit.h>
#include <ctwatch/audit/audit_findings.h>
#include <ctwatch/audit/suspect_scts.h>
#include <ctwatch/base/msg.h>
#include <ctwatch/base/time.h>
#include <ctwatch/cli/cli.h>

/* Query the logs of the suspects, without an open transaction. */
static bool
look_up(struct run_context *n, struct audit_certs *a, int64_t now)
{
	const struct audit_options options = { .http = n->http,
		.store = n->store,
		.lists = n->lists.logs,
		.now = now,
		.deadline =
		    n->set.max_time != 0 ? n->began + n->set.max_time : 0 };
	const struct audit_findings_options save = {
		.s = n->store, .now = now, .run = n->run, .suspects = true
	};
	struct audit_result r;

	if (!store_commit(n->store))
		return false;
	audit_run(a, &options, &r);
	if (r.missing > 0)
		n->status |= CLI_MISBEHAVED;
	return audit_findings_save(a, &save);
}

bool
run_own_scts(struct run_context *n)
{
	struct audit_certs a = { .n = 0 };
	int64_t now = time_now();
	size_t count;
	bool ok;

	if (n->result.stopped)
		return true;
	ok = suspect_scts_add(&a, n->store, n->watch, now, n->run, &count);
	if (count > a.n)
		msg_warn("SCTs: entries of %zu certificates are missing; %zu "
		         "are looked up in this run",
		    count, a.n);
	if (ok && a.n > 0)
		ok = look_up(n, &a, now);
	audit_certs_fini(&a);
	return ok;
}
