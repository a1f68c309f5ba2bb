/* SPDX-License-Identifier: Apache-2.0 */
/* response: between judging and reporting, look up which certificates of
 * findings are revoked; after the report, fetch the proofs of its findings. */
#include <stdlib.h>
#include <string.h>

#include "cli/run/setup.h"
#include <ctwatch/base/mem.h>
#include <ctwatch/base/msg.h>
#include <ctwatch/base/time.h>
#include <ctwatch/policy/rules.h>
#include <ctwatch/response/proofs.h>
#include <ctwatch/response/revocation.h>

/* The notifications of a run wait for its lookups; what is left of them, the
 * next run does. */
#define LOOKUPS_TIME (5 * TIME_MINUTE)

static int64_t
deadline(const struct run_context *n)
{
	return n->set.max_time != 0 ? n->began + n->set.max_time : 0;
}

static int64_t
lookups_deadline(const struct run_context *n)
{
	int64_t end = time_mono() + LOOKUPS_TIME, limit = deadline(n);

	return limit != 0 && limit < end ? limit : end;
}

bool
run_response_look_up(struct run_context *n)
{
	const struct revocation_options options = { .http = &n->http_options,
		.dir = n->state_dir,
		.ccadb = n->set.ccadb,
		.allow_private = n->set.allow_private_crl,
		.now = time_now(),
		.deadline = lookups_deadline(n),
		.stopped = sync_is_stopped };
	struct revocation_result r;
	uint8_t(*tbs)[SHA256_SIZE];
	size_t count;
	bool ok = true;

	if (n->set.no_revocation || n->result.stopped)
		return true;
	count = revocation_choose(n->store, &tbs);
	/* No transaction is open while the network is waited for.  If the run
	 * is killed there, its findings are new ones of the next run. */
	if (count > 0)
		ok = store_commit(n->store) &&
		    revocation_check(n->store,
		        (const uint8_t(*)[SHA256_SIZE])tbs, count, &options,
		        &r) &&
		    store_commit(n->store);
	if (ok && count > 0)
		msg_debug(
		    "revocation: %zu certificates, %zu revoked, %zu "
		    "unknown, %zu CRLs fetched, %zu answers by OCSP, %zu left "
		    "for the next run",
		    r.n, r.revoked, r.unknown, r.fetched, r.asked, r.left);
	free(tbs);
	return ok;
}

void
run_response_prove(struct run_context *n)
{
	const struct proofs_options options = { .http = n->http,
		.severity = n->set.evidence,
		.deadline = deadline(n) };
	struct proofs_result r;

	if (n->set.evidence > RULES_CRITICAL || n->result.stopped)
		return;
	if (!proofs_fetch(n->store, &options, &r) || !store_commit(n->store))
		msg_error("%s", store_error(n->store));
	else if (r.failed > 0)
		msg_warn("evidence: no inclusion proof of %zu sightings; the "
		         "first: %s; the next run tries again",
		    r.failed, r.error);
	else if (r.fetched > 0)
		msg_debug("evidence: %zu inclusion proofs kept", r.fetched);
}
