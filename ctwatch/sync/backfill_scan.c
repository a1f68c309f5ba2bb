/* SPDX-License-Identifier: Apache-2.0 */
/* backfill_scan: read the entries of one part of a plan. */
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "sync/log_reader.h"
#include <ctwatch/base/limits.h>
#include <ctwatch/base/mem.h>
#include <ctwatch/base/msg.h>
#include <ctwatch/base/text.h>
#include <ctwatch/sync/backfill.h>

#define DEFAULT_MEMORY (64u << 20)

/* The scan of one part: see keep in log_reader.h. */
struct scan {
	struct log_reader_shared shared;
	struct log_reader reader;
	struct coverage coverage;
	struct sync_options options;
	struct sync_result result;
	struct backfill_part *part;
	bool too_large;
};

static bool
keep(void *arg, struct batch *b, const struct store_gap *gap)
{
	struct scan *x = arg;

	x->too_large = !backfill_part_add(x->part, b, x->options.watch, gap);
	/* So that fetch_entries does not retry. */
	x->shared.store_failed = x->too_large;
	return !x->too_large;
}

/* Report whether the index of the plan can be made. */
static bool
can_index(const struct backfill_plan *p)
{
	struct name_keys *keys;

	if (!p->has_index)
		return true;
	keys = name_keys_new(p->index_secret);
	name_keys_free(keys);
	return keys != NULL;
}

/* ---- issuers ---- */

static bool
has_issuer(
    const struct backfill_part *part, const uint8_t sha256[static SHA256_SIZE])
{
	uint8_t digest[SHA256_SIZE];

	for (size_t i = 0; i < part->n_issuers; i++) {
		sha256_digest(blob_view(part->issuers[i]), digest);
		if (memcmp(digest, sha256, sizeof digest) == 0)
			return true;
	}
	return false;
}

/* Fetch an issuer; without it merge records the chain as incomplete, and a run
 * completes it. */
static void
fetch_issuer(struct scan *x, const uint8_t sha256[static SHA256_SIZE])
{
	struct log_reader *r = &x->reader;
	uint8_t digest[SHA256_SIZE];
	struct buf der, error;
	char *url = log_client_issuer_url(r->client, sha256);
	bool ok;

	if (url == NULL)
		return;
	buf_init(&der, LIMIT_ISSUER);
	buf_init(&error, 4096);
	ok = log_reader_get(r, url, LIMIT_ISSUER, &der, &error);
	sha256_digest(buf_view(&der), digest);
	if (ok && memcmp(digest, sha256, sizeof digest) == 0)
		backfill_part_add_issuer(x->part, buf_view(&der));
	else {
		memcpy(r->missing_issuers[r->n_missing_issuers++], sha256,
		    SHA256_SIZE);
		msg_warn("%s: an issuer is missing, and a run will ask for it: "
		         "%s",
		    r->log->description,
		    ok ? "another certificate" : buf_text(&error));
	}
	buf_fini(&error);
	buf_fini(&der);
	free(url);
}

/* Fetch each issuer that the matches name, once. */
static void
fetch_issuers_of(struct scan *x)
{
	struct log_reader *r = &x->reader;
	struct bytes one;

	for (size_t i = 0; i < x->part->n_matches; i++) {
		struct bytes list =
		    blob_view(x->part->matches[i].match.fingerprints);

		while (r->n_missing_issuers < LIMIT_MISSING_ISSUERS &&
		    bytes_take(&list, SHA256_SIZE, &one)) {
			bool failed = false;

			for (unsigned k = 0; k < r->n_missing_issuers; k++)
				failed |= memcmp(r->missing_issuers[k], one.p,
				              SHA256_SIZE) == 0;
			if (!failed && !has_issuer(x->part, one.p))
				fetch_issuer(x, one.p);
		}
	}
}

/* ---- entries ---- */

/* Read the entries once, from the beginning of the part. */
static enum backfill_scan_result
read_once(struct scan *x, const struct merkle_range *want, struct buf *error)
{
	struct log_reader *r = &x->reader;

	merkle_range_init(&r->state.range, want->begin);
	store_dates_init(&r->state.dates);
	r->state.next = want->begin;
	fetch_entries(r);
	if (x->too_large) {
		buf_printf(error,
		    "more matching entries and index than fit into %u MB: make "
		    "a plan "
		    "with a smaller --part-entries",
		    LIMIT_PART_BYTES >> 20);
		return BACKFILL_SCAN_TOO_LARGE;
	}
	if (x->part->range.end != want->end) {
		buf_printf(error, "%s: %s", r->log->description,
		    x->coverage.reason[0] != '\0'
		        ? x->coverage.reason
		        : "not all entries were read");
		return BACKFILL_SCAN_PARTIAL;
	}
	if (merkle_range_equal(&x->part->range, want))
		return BACKFILL_SCAN_OK;
	buf_printf(error,
	    "%s: entries %" PRIu64 " to %" PRIu64
	    " are not those under its signed tree head",
	    r->log->description, want->begin, want->end - 1);
	return BACKFILL_SCAN_CONTRADICTS;
}

static enum backfill_scan_result
read_part(struct scan *x, const struct backfill_plan *p, size_t number,
    struct buf *error)
{
	const struct merkle_range *want = &p->parts[number].range;
	enum backfill_scan_result result;

	backfill_part_init(x->part, p, number);
	result = read_once(x, want, error);
	if (result != BACKFILL_SCAN_CONTRADICTS)
		return result;
	/* A cache or proxy may be gone at the second read. */
	msg_warn("%s; reading them again", buf_text(error));
	buf_clear(error);
	backfill_part_fini(x->part);
	backfill_part_init(x->part, p, number);
	x->reader.state.mismatches = 1;
	return read_once(x, want, error);
}

enum backfill_scan_result
backfill_scan(const struct sync_options *o, const struct backfill_plan *p,
    size_t number, struct backfill_part *part, struct buf *error)
{
	const struct backfill_plan_log *l = backfill_plan_log_of(p, number);
	const struct merkle_range *range = &p->parts[number].range;
	enum backfill_scan_result result = BACKFILL_SCAN_PARTIAL;
	struct scan *x = mem_alloc(1, sizeof *x);
	const char *name = l->log.description;

	x->part = part;
	x->options = *o;
	x->options.by_tiles = &name;
	x->options.n_by_tiles = l->by_tiles;
	x->options.max_entries = range->end - range->begin;
	log_reader_shared_init(&x->shared, &x->options, &x->result);
	x->shared.keep = keep;
	x->shared.keep_arg = x;
	if (can_index(p))
		x->shared.pipeline = pipeline_new(o->http, o->watch,
		    p->has_index ? p->index_secret : NULL, NULL,
		    o->jobs > 0 ? o->jobs
		                : (unsigned)sysconf(_SC_NPROCESSORS_ONLN),
		    o->max_memory > 0 ? o->max_memory : DEFAULT_MEMORY);
	x->reader.shared = &x->shared;
	x->reader.log = &l->log;
	x->reader.coverage = &x->coverage;
	x->reader.head = l->head;
	*part = (struct backfill_part){ 0 };
	if (x->shared.pipeline == NULL)
		buf_add_text(error,
		    can_index(p) ? "cannot create a thread"
		                 : "libcrypto has no SipHash, which the index "
		                   "of the plan needs");
	else if (log_reader_connect(&x->reader))
		result = read_part(x, p, number, error);
	else
		buf_add_text(error, x->coverage.reason);
	if (result == BACKFILL_SCAN_OK) {
		fetch_issuers_of(x);
		backfill_part_end(part);
	} else
		backfill_part_fini(part);
	pipeline_free(x->shared.pipeline);
	log_client_free(x->reader.client);
	log_reader_shared_fini(&x->shared);
	sync_result_fini(&x->result);
	free(x);
	return result;
}
