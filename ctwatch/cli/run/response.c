/* SPDX-License-Identifier: Apache-2.0 */
#include <stdlib.h>
#include <string.h>

#include "cli/run/response.h"
#include <ctwatch/base/msg.h>
#include <ctwatch/base/time.h>

/* The notifications of a run wait for its lookups; what is left of them, the
 * next run does. */
#define LOOKUPS_TIME (5 * TIME_MINUTE)

bool
run_response_look_up(struct store *s, const struct revocation_options *options)
{
	int64_t end = time_mono() + LOOKUPS_TIME;
	struct revocation_options limited = *options;
	struct revocation_result r;
	uint8_t(*tbs)[SHA256_SIZE];
	size_t count;
	bool ok = true;

	if (limited.deadline == 0 || limited.deadline > end)
		limited.deadline = end;
	count = revocation_choose(s, &tbs);
	/* No transaction is open while the network is waited for.  If the run
	 * is killed there, its findings are new ones of the next run. */
	if (count > 0)
		ok = store_commit(s) &&
		    revocation_check(s, (const uint8_t(*)[SHA256_SIZE])tbs,
		        count, &limited, &r) &&
		    store_commit(s);
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
run_response_prove(struct store *s, const struct proofs_options *options)
{
	struct proofs_result r;

	if (!proofs_fetch(s, options, &r) || !store_commit(s))
		msg_error("%s", store_error(s));
	else if (r.failed > 0)
		msg_warn("evidence: no inclusion proof of %zu sightings; the "
		         "first: %s; the next run tries again",
		    r.failed, r.error);
	else if (r.fetched > 0)
		msg_debug("evidence: %zu inclusion proofs kept", r.fetched);
}
