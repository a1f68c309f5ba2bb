/* SPDX-License-Identifier: Apache-2.0 */
/*
 * stages: what each stage of the scan costs, beside the straightforward way
 * and the machine's own limit for the same bytes, in one run.
 *
 * Data: 256 real entries (data/), as one get-entries body and one data tile.
 * Prints one JSON object a row.  What a row compares is measured in turns, in
 * CPU time, and the least of many short runs counts: on a busy machine
 * the result is then nearly the same.  With names of rows,
 * only these are run, without what they are compared with: for a profiler.
 */
#include <stdio.h>
#include <string.h>
#include <time.h>

#include "net/log_rfc6962.h"
#include "net/log_static.h"
#include "stages.h"
#include <ctwatch/base/text.h>
#include <ctwatch/wire/get_entries.h>

#include "../support/test.h"

#define RUNS   40
#define RUN_NS 2000000 /* a run lasts at least so long */

volatile uint64_t result;

static int64_t
now_ns(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_THREAD_CPUTIME_ID, &ts);
	return (int64_t)ts.tv_sec * 1000000000 + ts.tv_nsec;
}

/* Run f for a while; *least: nanoseconds an entry, of the best run so far. */
static void
run(void (*f)(struct data *), struct data *d, double *least)
{
	int64_t start = now_ns(), spent;
	unsigned n = 0;
	double ns;

	do {
		f(d);
		n++;
		spent = now_ns() - start;
	} while (spent < RUN_NS);
	ns = (double)spent / n / ENTRIES;
	if (*least == 0 || ns < *least)
		*least = ns;
}

static void
scan_json(struct data *d)
{
	struct get_entries e;
	struct get_entries_entry one;

	get_entries_open(d->json, &e);
	for (int i = 0; get_entries_next(&e, &one) == GET_ENTRIES_OK; i++)
		d->leaf_b64[i] = one.leaf_input.raw;
}

static void
base64(struct data *d)
{
	size_t n;

	for (int i = 0; i < ENTRIES; i++)
		result += text_unbase64(d->leaf_b64[i], d->sink, &n);
}

static void
hash(struct data *d)
{
	struct merkle_range r;
	struct merkle_hash h;

	merkle_range_init(&r, 0);
	for (int i = 0; i < ENTRIES; i++) {
		merkle_leaf_hash(d->leaf[i], &h);
		merkle_range_add(&r, &h);
	}
	result += r.node[0].b[0];
}

static void
parse(struct data *d)
{
	for (int i = 0; i < ENTRIES; i++)
		result += d->is_tbs[i] ? cert_read_tbs(d->der[i], &d->cert[i])
		                       : cert_read(d->der[i], &d->cert[i]);
}

#define MATCH(k)                                                               \
	static void match_##k(struct data *d)                                  \
	{                                                                      \
		for (int i = 0; i < ENTRIES; i++)                              \
			result += watch_match(d->watch[k], &d->cert[i]);       \
	}
MATCH(0)
MATCH(1)
MATCH(2)
MATCH(3)

static void
inflate_tile(struct data *d)
{
	result += inflate_gzip(d->inflate, d->tile_gz, &d->scratch);
}

static void
inflate_json(struct data *d)
{
	result += inflate_gzip(d->inflate, d->json_gz, &d->scratch);
}

static void
whole(struct data *d, const struct log_client *s, bool is_tile,
    struct bytes body, const struct watch *watch)
{
	const struct log_client_page page = { .count = ENTRIES,
		.whole = is_tile };
	struct batch b;
	struct buf error;

	buf_init(&error, 256);
	if (!batch_scan(d->worker, s, watch, &page, 0, body, &b, &error)) {
		fprintf(stderr, "%s\n", buf_text(&error));
		exit(1);
	}
	CHECK(b.range.end == ENTRIES);
	batch_fini(&b);
	buf_fini(&error);
}

static void
scan_rfc6962(struct data *d)
{
	whole(d, &d->rfc6962, false, d->json, d->watch[0]);
}

static void
scan_rfc6962_million(struct data *d)
{
	whole(d, &d->rfc6962, false, d->json, d->watch[3]);
}

static void
scan_rfc6962_gzip(struct data *d)
{
	whole(d, &d->rfc6962, false, d->json_gz, d->watch[0]);
}

static void
scan_static(struct data *d)
{
	whole(d, &d->tiled, true, d->tile, d->watch[0]);
}

static void
scan_static_gzip(struct data *d)
{
	whole(d, &d->tiled, true, d->tile_gz, d->watch[0]);
}

/* ---- rows ---- */

#define LIMITS 5

struct row {
	const char *name;
	void (*f)(struct data *);
	size_t bytes; /* that f reads */
	void (*straight)(struct data *);
	void (*limit[LIMITS])(struct data *); /* that add up */
	size_t entries;                       /* that f reads; 0: ENTRIES */
};

static void
measure(const struct row *r, struct data *d)
{
	double ns = 0, straight = 0, part[LIMITS] = { 0 }, limit = 0;
	double entries = ENTRIES;

	for (int i = 0; i < RUNS; i++) {
		run(r->f, d, &ns);
		if (r->straight != NULL)
			run(r->straight, d, &straight);
		for (int k = 0; k < LIMITS && r->limit[k] != NULL; k++)
			run(r->limit[k], d, &part[k]);
	}
	for (int k = 0; k < LIMITS; k++)
		limit += part[k];
	if (r->entries > 0) {
		ns *= (double)ENTRIES / (double)r->entries;
		limit *= (double)ENTRIES / (double)r->entries;
		entries = (double)r->entries;
	}
	printf("{\"name\": \"%s\", \"entries_per_second\": %.0f, "
	       "\"mb_per_second\": %.1f, \"ns_per_entry\": %.1f",
	    r->name, 1e9 / ns, (double)r->bytes / entries / ns * 1000, ns);
	if (straight > 0)
		printf(", \"ratio_naive\": %.2f", straight / ns);
	printf(", \"ratio_limit\": %.2f}\n", ns / limit);
	fflush(stdout);
}

static void
profile(const struct row *r, struct data *d)
{
	double ns = 0;

	for (int i = 0; i < 100 * RUNS; i++)
		run(r->f, d, &ns);
	printf("%s: %.1f ns an entry\n", r->name, ns);
}

int
main(int argc, char *argv[])
{
	struct data d = { 0 };

	d.rfc6962.pages = &log_rfc6962_pages;
	d.tiled.pages = &log_static_pages;
	stages_data_load(&d);
	scan_json(&d); /* finds the strings for base64 */

	const struct row rows[] = {
		{ "json", scan_json, d.json.n, straight_json, { limit_json },
		    0 },
		{ "base64", base64, d.b64_bytes, straight_base64,
		    { limit_base64 }, 0 },
		{ "hash", hash, d.leaf_bytes, straight_hash, { limit_hash },
		    0 },
		{ "parse", parse, d.der_bytes, straight_parse, { limit_parse },
		    0 },
		{ "match-1", match_0, d.der_bytes, NULL, { limit_parse }, 0 },
		{ "match-100", match_1, d.der_bytes, NULL, { limit_parse }, 0 },
		{ "match-10000", match_2, d.der_bytes, NULL, { limit_parse },
		    0 },
		{ "match-1000000", match_3, d.der_bytes, NULL, { limit_parse },
		    0 },
		{ "inflate-tile", inflate_tile, d.tile.n, straight_inflate_tile,
		    { limit_inflate_tile }, 0 },
		{ "inflate-json", inflate_json, d.json.n, straight_inflate_json,
		    { limit_inflate_json }, 0 },
		{ "scan-rfc6962", scan_rfc6962, d.json.n, straight_rfc6962,
		    { limit_json, limit_base64, limit_hash, limit_parse }, 0 },
		{ "scan-rfc6962-1000000-items", scan_rfc6962_million, d.json.n,
		    NULL, { limit_json, limit_base64, limit_hash, limit_parse },
		    0 },
		{ "scan-rfc6962-gzip", scan_rfc6962_gzip, d.json.n,
		    straight_rfc6962_gzip,
		    { limit_inflate_json, limit_json, limit_base64, limit_hash,
		        limit_parse },
		    0 },
		{ "scan-static", scan_static, d.tile.n, straight_static,
		    { limit_hash, limit_parse }, 0 },
		{ "scan-static-gzip", scan_static_gzip, d.tile.n,
		    straight_static_gzip,
		    { limit_inflate_tile, limit_hash, limit_parse }, 0 },
		/* What the index adds to a scan: the ratio to one without. */
		{ "index-rfc6962", index_rfc6962, d.json.n, NULL,
		    { scan_rfc6962 }, 0 },
		{ "index-rfc6962-gzip", index_rfc6962_gzip, d.json.n, NULL,
		    { scan_rfc6962_gzip }, 0 },
		{ "index-static", index_static, d.tile.n, NULL, { scan_static },
		    0 },
		{ "index-static-gzip", index_static_gzip, d.tile.n, NULL,
		    { scan_static_gzip }, 0 },
		{ "index-search", index_search, index_bytes(), NULL,
		    { index_digest }, INDEX_SEARCHED },
	};

	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		bool named = false;

		for (int k = 1; k < argc; k++)
			named = named || strcmp(argv[k], rows[i].name) == 0;
		if (named)
			profile(&rows[i], &d);
		else if (argc == 1)
			measure(&rows[i], &d);
	}
	return 0;
}
