/* SPDX-License-Identifier: Apache-2.0 */
/*
 * fetch_issuers: entries of a static-ct-api log name their issuers by SHA-256.
 *
 * A chain that lacks one is recorded with the sighting, and completed when the
 * issuer is received, in this or a later run, for any certificate.
 */
#include <stdlib.h>
#include <string.h>

#include "sync/log_reader.h"
#include "sync/record_match.h"
#include <ctwatch/base/msg.h>
#include <ctwatch/base/text.h>

/* Maximum number of issuers of earlier entries to request in one run. */
#define MOST 1024

/* Maximum number of chains to complete in one transaction. */
#define TOGETHER 256

bool
fetch_issuers_stored(
    void *arg, const uint8_t sha256[static SHA256_SIZE], struct buf *out)
{
	return store_issuer_load(arg, sha256, out);
}

/* The argument of store_chain_each_filled. */
struct completing {
	struct store *store;
	struct signature_cache *signatures;
	size_t completed;
};

static void
complete_chain(void *arg, const struct store_sighting *at, struct bytes issuers)
{
	struct completing *x = arg;
	const struct record_match_issuers from = { fetch_issuers_stored,
		x->store, x->signatures };

	x->completed += record_match_complete(x->store, at, issuers, &from);
}

/* Complete the chains that lacked only this issuer; after a crash the next run
 * completes the rest. */
static void
complete_chains(struct log_reader *r, const uint8_t sha256[static SHA256_SIZE])
{
	struct log_reader_shared *s = r->shared;
	struct completing x = { .store = s->options->store,
		.signatures = s->options->signatures };

	do {
		x.completed = 0;
		pthread_mutex_lock(&s->lock);
		store_chain_each_filled(
		    x.store, sha256, TOGETHER, complete_chain, &x);
		store_commit(x.store);
		pthread_mutex_unlock(&s->lock);
	} while (x.completed == TOGETHER);
}

/* Commit an issuer separately: the next one is fetched before the batch is
 * saved. */
static void
save_issuer(struct log_reader *r, struct bytes der)
{
	struct log_reader_shared *s = r->shared;

	pthread_mutex_lock(&s->lock);
	store_issuer_save(s->options->store, der);
	store_commit(s->options->store);
	pthread_mutex_unlock(&s->lock);
}

/* No tree covers issuers: report a missing or wrong one once per log; the
 * affected findings mention it. */
static void
say_no_issuer(struct log_reader *r, const uint8_t sha256[static SHA256_SIZE],
    const char *why)
{
	char hex[2 * SHA256_SIZE + 1];

	text_hex((struct bytes){ sha256, SHA256_SIZE }, hex);
	msg_debug("%s: issuer/%s: %s", r->log->description, hex, why);
	memcpy(r->missing_issuers[r->n_missing_issuers++], sha256, SHA256_SIZE);
	r->issuer_failures++;
	if (r->n_missing_issuers > 1)
		return;
	log_reader_finding(r, "CTW071",
	    "the log does not give the issuer %s that its entries name, so the "
	    "issuer of a certificate cannot be verified: %s",
	    hex, why);
}

/* Report whether the issuer failed in this run, or so many failed that no more
 * are requested from the log. */
static bool
has_failed(const struct log_reader *r, const uint8_t sha256[static SHA256_SIZE])
{
	for (unsigned i = 0; i < r->n_missing_issuers; i++)
		if (memcmp(r->missing_issuers[i], sha256, SHA256_SIZE) == 0)
			return true;
	return r->n_missing_issuers == LIMIT_MISSING_ISSUERS ||
	    r->issuer_failures == LIMIT_ISSUER_FAILURES;
}

/* Request an issuer, and check its digest. */
static bool
request(struct log_reader *r, const char *url,
    const uint8_t sha256[static SHA256_SIZE], struct buf *der,
    struct buf *error)
{
	uint8_t digest[SHA256_SIZE];

	if (!log_reader_get(r, url, LIMIT_ISSUER, der, error))
		return false;
	sha256_digest(buf_view(der), digest);
	if (memcmp(digest, sha256, sizeof digest) == 0)
		return true;
	buf_printf(error, "%s: another certificate, or no certificate", url);
	return false;
}

/* Fetch a missing issuer, and complete the chains that lack it. */
static void
fetch_issuer(struct log_reader *r, const uint8_t sha256[static SHA256_SIZE])
{
	struct buf der, error;
	char *url;

	if (r->shared->options->offline_issuers || has_failed(r, sha256))
		return;
	url = log_client_issuer_url(r->client, sha256);
	if (url == NULL)
		return;
	buf_init(&der, LIMIT_ISSUER);
	buf_init(&error, 4096);
	if (!log_reader_ending(r) && request(r, url, sha256, &der, &error)) {
		r->issuer_failures = 0;
		save_issuer(r, buf_view(&der));
		complete_chains(r, sha256);
	} else if (log_reader_ending(r))
		log_reader_mark(r, COVERAGE_PARTIAL,
		    "the run was ended while issuers were requested");
	else
		say_no_issuer(r, sha256, buf_text(&error));
	buf_fini(&error);
	buf_fini(&der);
	free(url);
}

static bool
is_stored(struct log_reader *r, const uint8_t sha256[static SHA256_SIZE])
{
	struct buf der;
	bool found;

	buf_init(&der, LIMIT_ISSUER);
	found = store_issuer_load(r->shared->options->store, sha256, &der);
	buf_fini(&der);
	return found;
}

void
fetch_issuers(struct log_reader *r, const struct batch *b)
{
	for (size_t i = 0; i < b->n_matches; i++) {
		struct bytes list = blob_view(b->matches[i].fingerprints), one;

		while (bytes_take(&list, SHA256_SIZE, &one))
			if (!is_stored(r, one.p))
				fetch_issuer(r, one.p);
	}
}

void
fetch_issuers_again(struct log_reader *r, unsigned failures)
{
	struct bytes list, one;
	struct buf awaited;

	buf_init(&awaited, MOST * SHA256_SIZE);
	store_chain_awaited(
	    r->shared->options->store, r->log->id, MOST, &awaited);
	list = buf_view(&awaited);
	/* A cache may have the wrong answer. */
	r->no_cache = true;
	while (bytes_take(&list, SHA256_SIZE, &one))
		if (is_stored(r, one.p))
			complete_chains(r, one.p);
		else if (r->issuer_failures < failures)
			fetch_issuer(r, one.p);
	r->no_cache = false;
	buf_fini(&awaited);
}
