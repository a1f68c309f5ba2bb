/* SPDX-License-Identifier: Apache-2.0 */
/*
 * stages: what each stage of the scan costs, beside the straightforward way
 * and the machine's own limit for the same bytes, in one run.
 *
 * Data: 256 real entries (data/), as one get-entries body and one data tile.
 * Prints one JSON object a row.  What a row compares is measured in turns, in
 * CPU time: figures are the medians of many short runs.  With names of rows,
 * only these are run, without what they are compared with: for a profiler.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "net/log_rfc6962.h"
#include "net/log_static.h"
#include "stages.h"
#include <ctwatch/base/text.h>
#include <ctwatch/wire/get_entries.h>

#include "../support/test.h"

#define RUNS   41
#define RUN_NS 2000000 /* a run lasts at least so long */

volatile uint64_t result;

static int64_t
now_ns(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_THREAD_CPUTIME_ID, &ts);
	return (int64_t)ts.tv_sec * 1000000000 + ts.tv_nsec;
}

/* Run f for a while; return the nanoseconds of one call. */
static double
run(void (*f)(struct data *), struct data *d)
{
	int64_t start = now_ns(), spent;
	unsigned n = 0;

	do {
		f(d);
		n++;
		spent = now_ns() - start;
	} while (spent < RUN_NS);
	return (double)spent / n;
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
	const char *floor;                    /* what the limits are */
	void (*limit[LIMITS])(struct data *); /* that add up */
	size_t entries;                       /* that f reads; 0: ENTRIES */
};

static int
compare(const void *a, const void *b)
{
	double x = *(const double *)a, y = *(const double *)b;

	return (x > y) - (x < y);
}

static double
median(double v[static RUNS])
{
	qsort(v, RUNS, sizeof *v, compare);
	return v[RUNS / 2];
}

static void
measure(const struct row *r, struct data *d)
{
	double whole[RUNS], straight[RUNS], part[LIMITS][RUNS];
	double entries = r->entries > 0 ? (double)r->entries : ENTRIES;
	double ns, limit = 0;

	for (int i = 0; i < RUNS; i++) {
		whole[i] = run(r->f, d);
		if (r->straight != NULL)
			straight[i] = run(r->straight, d);
		for (int k = 0; k < LIMITS && r->limit[k] != NULL; k++)
			part[k][i] = run(r->limit[k], d);
	}
	for (int k = 0; k < LIMITS && r->limit[k] != NULL; k++)
		limit += median(part[k]);
	ns = median(whole);
	printf("{\"name\": \"%s\", \"entries\": %.0f, \"runs\": %d, "
	       "\"entries_per_second\": %.0f, \"mb_per_second\": %.1f, "
	       "\"ns_per_entry\": %.1f, \"cpu_seconds_per_million\": %.4f",
	    r->name, entries, RUNS, entries * 1e9 / ns,
	    (double)r->bytes / ns * 1000, ns / entries, ns / entries / 1000);
	if (r->straight != NULL)
		printf(", \"peer\": \"common libraries\", "
		       "\"peer_ratio\": %.2f",
		    median(straight) / ns);
	printf(", \"floor\": \"%s\", \"floor_ratio\": %.2f}\n", r->floor,
	    ns / limit);
	fflush(stdout);
}

static void
profile(const struct row *r, struct data *d)
{
	double ns = 0;

	for (int i = 0; i < 100 * RUNS; i++)
		ns += run(r->f, d);
	printf("%s: %.1f ns an entry\n", r->name, ns / (100 * RUNS) / ENTRIES);
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
		{ "json", scan_json, d.json.n, straight_json, "copying",
		    { limit_json }, 0 },
		{ "base64", base64, d.b64_bytes, straight_base64, "copying",
		    { limit_base64 }, 0 },
		{ "hash", hash, d.leaf_bytes, straight_hash, "SHA-256",
		    { limit_hash }, 0 },
		{ "parse", parse, d.der_bytes, straight_parse, "copying",
		    { limit_parse }, 0 },
		{ "match-1", match_0, d.der_bytes, NULL, "copying",
		    { limit_parse }, 0 },
		{ "match-100", match_1, d.der_bytes, NULL, "copying",
		    { limit_parse }, 0 },
		{ "match-10000", match_2, d.der_bytes, NULL, "copying",
		    { limit_parse }, 0 },
		{ "match-1000000", match_3, d.der_bytes, NULL, "copying",
		    { limit_parse }, 0 },
		{ "inflate-tile", inflate_tile, d.tile.n, straight_inflate_tile,
		    "deflate alone", { limit_inflate_tile }, 0 },
		{ "inflate-json", inflate_json, d.json.n, straight_inflate_json,
		    "deflate alone", { limit_inflate_json }, 0 },
		{ "scan-rfc6962", scan_rfc6962, d.json.n, straight_rfc6962,
		    "the floors of its stages",
		    { limit_json, limit_base64, limit_hash, limit_parse }, 0 },
		{ "scan-rfc6962-1000000-items", scan_rfc6962_million, d.json.n,
		    NULL, "the floors of its stages",
		    { limit_json, limit_base64, limit_hash, limit_parse }, 0 },
		{ "scan-rfc6962-gzip", scan_rfc6962_gzip, d.json.n,
		    straight_rfc6962_gzip, "the floors of its stages",
		    { limit_inflate_json, limit_json, limit_base64, limit_hash,
		        limit_parse },
		    0 },
		{ "scan-static", scan_static, d.tile.n, straight_static,
		    "the floors of its stages", { limit_hash, limit_parse },
		    0 },
		{ "scan-static-gzip", scan_static_gzip, d.tile.n,
		    straight_static_gzip, "the floors of its stages",
		    { limit_inflate_tile, limit_hash, limit_parse }, 0 },
		{ "index-rfc6962", index_rfc6962, d.json.n, NULL,
		    "the scan without an index", { scan_rfc6962 }, 0 },
		{ "index-rfc6962-gzip", index_rfc6962_gzip, d.json.n, NULL,
		    "the scan without an index", { scan_rfc6962_gzip }, 0 },
		{ "index-static", index_static, d.tile.n, NULL,
		    "the scan without an index", { scan_static }, 0 },
		{ "index-static-gzip", index_static_gzip, d.tile.n, NULL,
		    "the scan without an index", { scan_static_gzip }, 0 },
		{ "index-search", index_search, index_bytes(), NULL,
		    "SHA-256 of the files", { index_digest }, INDEX_SEARCHED },
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
