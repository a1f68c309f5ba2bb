/* SPDX-License-Identifier: Apache-2.0 */
/* response: before a run judges, look up which certificates of findings were
 * revoked; after it, fetch the proofs of its findings. */
#include <stdlib.h>
#include <string.h>

#include "cli/run/setup.h"
#include <ctwatch/base/mem.h>
#include <ctwatch/base/msg.h>
#include <ctwatch/base/time.h>
#include <ctwatch/policy/rules.h>
#include <ctwatch/response/proofs.h>
#include <ctwatch/response/revocation.h>

/* The certificates of open findings from this severity on. */
struct certs {
	uint8_t (*v)[SHA256_SIZE];
	size_t n;
};

static void
add_cert(void *arg, const struct store_finding *f)
{
	static const uint8_t none[SHA256_SIZE];
	struct certs *c = arg;

	if (f->status == STORE_CLOSED || f->severity < RULES_MEDIUM ||
	    memcmp(f->tbs_sha256, none, SHA256_SIZE) == 0)
		return;
	for (size_t i = 0; i < c->n; i++)
		if (memcmp(c->v[i], f->tbs_sha256, SHA256_SIZE) == 0)
			return;
	c->v = mem_grow(c->v, c->n, sizeof *c->v);
	memcpy(c->v[c->n++], f->tbs_sha256, SHA256_SIZE);
}

static int64_t
deadline(const struct run_context *n)
{
	return n->set.max_time != 0 ? n->began + n->set.max_time : 0;
}

bool
run_response_look_up(struct run_context *n)
{
	const struct revocation_options options = { .http = &n->http_options,
		.dir = n->state_dir,
		.ccadb = n->set.ccadb,
		.allow_private = n->set.allow_private_crl,
		.now = time_now(),
		.deadline = deadline(n) };
	struct revocation_result r;
	struct certs certs = { NULL, 0 };
	bool ok = true;

	if (n->set.no_revocation || n->result.stopped)
		return true;
	store_findings_each(n->store, add_cert, &certs);
	/* CRLs are fetched without an open transaction. */
	if (certs.n > 0)
		ok = store_commit(n->store) &&
		    revocation_check(n->store,
		        (const uint8_t(*)[SHA256_SIZE])certs.v, certs.n,
		        &options, &r) &&
		    store_commit(n->store);
	if (ok && certs.n > 0)
		msg_debug("revocation: %zu certificates, %zu revoked, %zu "
		          "unknown, %zu CRLs fetched",
		    r.n, r.revoked, r.unknown, r.fetched);
	free(certs.v);
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
