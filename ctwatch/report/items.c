/* SPDX-License-Identifier: Apache-2.0 */
#include <stdlib.h>
#include <string.h>

#include <jansson.h>

#include "report/finding_json.h"
#include "report/items.h"
#include <ctwatch/base/mem.h>
#include <ctwatch/policy/rules.h>

struct collecting {
	struct report_items *items;
	const struct items_span *span;
	bool keep, ok;
	struct finding_json_cert cache;
	uint8_t (*objected)[SHA256_SIZE]; /* certificates with findings */
	size_t n_objected;
};

void
items_add(struct report_items *items, enum store_item_kind kind,
    const struct store_item *i)
{
	items->v[kind] =
	    mem_grow(items->v[kind], items->n[kind], sizeof *items->v[kind]);
	items->v[kind][items->n[kind]++] = *i;
}

/* Store v as the body of i if the report is to be kept; v is consumed. */
static void
keep(struct collecting *all, enum store_item_kind kind, struct store_item *i,
    json_t *v)
{
	bool is_finding = kind == STORE_ITEM_FINDING;
	char *body =
	    all->keep && v != NULL ? json_dumps(v, JSON_COMPACT) : NULL;
	struct store_item_brief brief = { .about = NULL };

	if (body != NULL) {
		if (is_finding)
			finding_json_brief(v, &brief);
		all->ok &= store_item_put(all->items->s, all->span->run, kind,
		    i, is_finding ? &brief : NULL, bytes_of(body));
	}
	store_item_brief_fini(&brief);
	free(body);
	json_decref(v);
}

/* ---- findings ---- */

/*
 * Report whether f keeps its certificate from being expected.  A modifier may
 * have made it a note.  Certificates that the pinset now expects do not.
 */
static bool
objects(const struct store_item_finding *f)
{
	const struct rules_rule *rule = rules_find(f->item.rule);
	bool expected =
	    f->item.status == STORE_CLOSED && rules_is_expected(f->reason);

	return rule != NULL && !expected &&
	    (rules_is_unexpected(rule, rule->severity) ||
	        rules_is_unexpected(
	            rule, (enum rules_severity)f->item.severity));
}

/* Report whether f was closed in the period of the report and was open at the
 * end of an earlier run: some are closed by the run that creates them. */
static bool
is_resolved(const struct collecting *all, const struct store_item_finding *f)
{
	struct store_run before;

	return f->item.status == STORE_CLOSED && all->span->since != 0 &&
	    f->changed >= all->span->since &&
	    store_run_before(all->items->s, f->changed, 0, &before) &&
	    before.number >= f->item.first_run;
}

static enum store_status
status_of(const struct collecting *all, const struct store_item_finding *f)
{
	const struct items_span *span = all->span;
	bool is_new = span->run != 0 ? f->item.first_run == span->run
	                             : f->first_seen >= span->since;

	if (f->item.status == STORE_SUPPRESSED ||
	    f->item.status == STORE_CLOSED)
		return f->item.status;
	return is_new ? STORE_NEW : STORE_OPEN;
}

static void
add_finding(void *arg, const struct store_item_finding *f)
{
	static const uint8_t none[SHA256_SIZE];
	struct collecting *all = arg;
	struct store_item i = f->item;
	bool closed = i.status == STORE_CLOSED;

	if (memcmp(i.tbs_sha256, none, SHA256_SIZE) != 0 && objects(f) &&
	    (all->n_objected == 0 ||
	        memcmp(all->objected[all->n_objected - 1], i.tbs_sha256,
	            SHA256_SIZE) != 0)) {
		all->objected = mem_grow(
		    all->objected, all->n_objected, sizeof *all->objected);
		memcpy(all->objected[all->n_objected++], i.tbs_sha256,
		    SHA256_SIZE);
	}
	i.resolved = is_resolved(all, f);
	if (closed && !i.resolved && f->last_seen < all->span->since)
		return;
	i.status = status_of(all, f);
	if (i.number == 0 || closed) {
		i.number = 0;
		keep(all, STORE_ITEM_FINDING, &i,
		    finding_json_new(
		        all->items->s, &i, all->items->period, &all->cache));
	}
	items_add(all->items, STORE_ITEM_FINDING, &i);
}

/* Order: most severe first, then the earliest, then by rule and id. */
static int
compare(const void *a, const void *b)
{
	const struct store_item *x = a, *y = b;
	int rule = strcmp(x->rule, y->rule);

	if (x->severity != y->severity)
		return x->severity > y->severity ? -1 : 1;
	if (x->first != y->first)
		return x->first < y->first ? -1 : 1;
	return rule != 0 ? rule : strcmp(x->id, y->id);
}

/* ---- expected certificates ---- */

static int
compare_digests(const void *a, const void *b)
{
	return memcmp(a, b, SHA256_SIZE);
}

static void
add_expected(struct collecting *all, const uint8_t tbs[static SHA256_SIZE])
{
	const struct items_span *span = all->span;
	struct store_item i;
	int64_t last_seen;
	json_t *v = NULL;

	if (all->n_objected > 0 &&
	    bsearch(tbs, all->objected, all->n_objected, SHA256_SIZE,
	        compare_digests) != NULL)
		return;
	if (!store_item_expected(all->items->s, tbs, &i, &last_seen))
		return;
	if (i.number == 0)
		v = finding_json_expected(all->items->s, &i);
	if (i.not_after < span->until && last_seen < span->since) {
		json_decref(v);
		return;
	}
	if (i.number == 0)
		keep(all, STORE_ITEM_EXPECTED, &i, v);
	items_add(all->items, STORE_ITEM_EXPECTED, &i);
}

static void
add_all_expected(struct collecting *all)
{
	size_t n;
	uint8_t(*v)[SHA256_SIZE] = store_item_certs(all->items->s, &n);

	for (size_t i = 0; i < n; i++)
		add_expected(all, v[i]);
	free(v);
}

/* ---- the whole ---- */

static void
sort(struct report_items *items)
{
	for (size_t k = 0; k < 2; k++)
		if (items->n[k] > 0)
			qsort(items->v[k], items->n[k], sizeof *items->v[k],
			    compare);
}

static int
compare_numbers(const void *a, const void *b)
{
	int64_t x = *(const int64_t *)a, y = *(const int64_t *)b;

	return (x > y) - (x < y);
}

/* End the stored items that the run does not show. */
static bool
end_others(const struct report_items *items, int64_t run)
{
	size_t n = items->n[0] + items->n[1], count = 0;
	int64_t *numbers = mem_alloc(n + 1, sizeof *numbers);
	bool ok;

	for (size_t k = 0; k < 2; k++)
		for (size_t i = 0; i < items->n[k]; i++)
			numbers[count++] = items->v[k][i].number;
	qsort(numbers, n, sizeof *numbers, compare_numbers);
	ok = store_items_end(items->s, run, numbers, n);
	free(numbers);
	return ok;
}

struct report_items *
items_collect(struct store *s, const struct items_span *span, bool keep)
{
	struct report_items *items = mem_alloc(1, sizeof *items);
	struct collecting all = {
		.items = items, .span = span, .keep = keep, .ok = true
	};

	items->s = s;
	items->period = span->since != 0;
	all.ok = store_items_findings(s, add_finding, &all) && all.ok;
	finding_json_cert(&all.cache, s, NULL);
	add_all_expected(&all);
	free(all.objected);
	sort(items);
	if (keep)
		all.ok = all.ok && end_others(items, span->run);
	if (all.ok && *store_error(s) == '\0')
		return items;
	items_free(items);
	return NULL;
}

struct of_run {
	struct report_items *items;
	enum store_item_kind kind;
	int64_t run;
};

static void
add_stored(void *arg, const struct store_item *stored)
{
	const struct of_run *x = arg;
	struct store_item i = *stored;

	if (i.status == STORE_OPEN && i.first_run == x->run)
		i.status = STORE_NEW;
	items_add(x->items, x->kind, &i);
}

struct report_items *
items_of_run(struct store *s, int64_t run)
{
	struct report_items *items = mem_alloc(1, sizeof *items);
	bool ok = true;

	items->s = s;
	items->period = true;
	for (int k = STORE_ITEM_FINDING; k <= STORE_ITEM_EXPECTED; k++) {
		struct of_run x = { items, (enum store_item_kind)k, run };

		ok = store_items_of_run(s, run, x.kind, add_stored, &x) && ok;
	}
	sort(items);
	if (ok)
		return items;
	items_free(items);
	return NULL;
}

struct report_items *
items_none_of(const struct report_items *items)
{
	struct report_items *none = mem_alloc(1, sizeof *none);

	none->s = items->s;
	none->period = items->period;
	return none;
}

void
items_free(struct report_items *items)
{
	if (items == NULL)
		return;
	free(items->v[0]);
	free(items->v[1]);
	free(items);
}

static json_t *
load_body(struct store *s, int64_t number)
{
	struct buf body;
	json_t *v = NULL;

	buf_init(&body, SIZE_MAX / 2);
	if (store_item_body(s, number, &body))
		v = json_loadb((const char *)body.p, body.n, 0, NULL);
	buf_fini(&body);
	return v;
}

json_t *
items_load(const struct report_items *items, enum store_item_kind kind,
    size_t n, const json_t *doc)
{
	struct finding_json_cert cache = { .certificate = NULL };
	struct store_item i = items->v[kind][n];
	json_t *v;

	if (i.number != 0)
		v = load_body(items->s, i.number);
	else if (kind == STORE_ITEM_EXPECTED)
		v = finding_json_expected(items->s, &i);
	else
		v = finding_json_new(items->s, &i, items->period, &cache);
	finding_json_cert(&cache, items->s, NULL);
	if (v == NULL)
		return json_object();
	finding_json_complete(v, doc, &i);
	return v;
}
