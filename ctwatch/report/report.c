/* SPDX-License-Identifier: Apache-2.0 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <jansson.h>

#include "report/finding_json.h"
#include "report/items.h"
#include "report/run_json.h"
#include "report/source_lines.h"
#include <ctwatch/base/mem.h>
#include <ctwatch/report/collect.h>
#include <ctwatch/report/report_walk.h>

#define FORMAT "ctwatch-report/1"

/* The value of the version that made the stored bodies of findings. */
#define VERSION_NAME "report-version"

static struct report *
wrap(json_t *doc, struct report_items *items)
{
	struct report *r = mem_alloc(1, sizeof *r);

	r->doc = doc;
	r->items = items;
	return r;
}

/* ---- the report of a run ---- */

/* Report whether one of the patterns of a finding is not in the pinset. */
static bool
is_watch_only(const json_t *patterns, const json_t *finding)
{
	for (size_t i = 0; i < report_json_count(finding, "watched"); i++)
		if (json_object_get(patterns,
		        report_json_item_text(finding, "watched", i)) == NULL)
			return true;
	return false;
}

/* Compute the bit for findings; count those below the limit. */
static int
findings_bit(const struct report *r, const struct report_input *in)
{
	struct report_walk w = report_walk(r, STORE_ITEM_FINDING);
	json_t *patterns = json_object();
	json_int_t below = 0;
	int bit = 0;

	for (size_t i = 0; in->pinset != NULL && i < in->pinset->n_domains; i++)
		json_object_set_new(
		    patterns, in->pinset->domains[i].pattern, json_true());
	while (report_walk_next(&w)) {
		enum rules_severity least = in->fail_on;

		if (!report_walk_is_live(&w))
			continue;
		/* Load a finding only if it matters. */
		if ((w.severity >= in->fail_on) !=
		        (w.severity >= in->fail_on_watched) &&
		    is_watch_only(patterns, report_walk_json(&w)))
			least = in->fail_on_watched;
		if (w.severity >= least)
			bit = RUN_JSON_FINDINGS;
		else
			below++;
	}
	json_decref(patterns);
	json_object_set_new(
	    json_object_get(r->doc, "run"), "below", json_integer(below));
	return bit;
}

/* Bodies have texts of this program: another version makes them again. */
static bool
check_version(struct store *s, const char *version)
{
	struct buf last;
	bool same;

	buf_init(&last, 256);
	same = store_value_load(s, VERSION_NAME, &last) &&
	    bytes_is(buf_view(&last), version);
	buf_fini(&last);
	return same ||
	    (store_items_outdate(s) &&
	        store_value_save(s, VERSION_NAME, bytes_of(version)));
}

/* Add "refused", "places" and "totals" and the exit status of findings. */
static bool
complete(struct report *r, const struct report_input *in, struct store *s,
    int64_t since)
{
	json_t *refused = run_json_refused(s, since);

	if (refused == NULL)
		return false;
	json_object_set_new(r->doc, "refused", refused);
	json_object_set_new(r->doc, "places",
	    source_lines_json(r, s, in->pinset_file, in->watchlist_file));
	json_object_set_new(r->doc, "totals",
	    json_pack("{sI sI sI sf}", "entries", (json_int_t)in->entries,
	        "bytes", (json_int_t)in->bytes, "matched",
	        (json_int_t)in->matched, "seconds",
	        (double)in->elapsed / 1000.0));
	run_json_set_exit(json_object_get(r->doc, "run"),
	    in->exit_status | findings_bit(r, in));
	return *store_error(s) == '\0';
}

struct report *
report_build(const struct report_input *in, struct store *s)
{
	struct items_span span = { in->since != 0 ? in->since : in->started,
		in->ended, in->run };
	struct report_items *items;
	struct report *r;

	if (in->keep && !check_version(s, in->version))
		return NULL;
	items = items_collect(s, &span, in->keep);
	if (items == NULL)
		return NULL;
	r = wrap(json_pack("{ss so so so so}", "format", FORMAT, "run",
	             run_json_run(in), "coverage", run_json_coverage(in),
	             "pins", run_json_pins(in->pinset), "owners",
	             run_json_owners(in->pinset)),
	    items);
	if (complete(r, in, s, span.since))
		return r;
	report_free(r);
	return NULL;
}

/* ---- other reports ---- */

struct report *
report_load(struct bytes json, struct buf *error)
{
	json_error_t err;
	json_t *doc = json_loadb((const char *)json.p, json.n, 0, &err);

	if (doc == NULL)
		buf_printf(error, "line %d: %s", err.line, err.text);
	else if (strcmp(report_json_text(doc, "format"), FORMAT) != 0)
		buf_printf(error, "not a " FORMAT " document");
	else
		return wrap(doc, NULL);
	json_decref(doc);
	return NULL;
}

/* Return a stored report without its findings. */
static struct report *
load_run(struct store *s, int64_t run, struct buf *error)
{
	struct report *r = NULL;
	struct buf text;

	buf_init(&text, SIZE_MAX / 2);
	if (store_run_report(s, run, &text) && text.n > 0)
		r = report_load(buf_view(&text), error);
	buf_fini(&text);
	return r;
}

struct report *
report_stored(struct store *s, int64_t run, struct buf *error)
{
	struct report *r = load_run(s, run, error);

	/* Before schema step 18 the findings were in the document. */
	if (r == NULL || json_object_get(r->doc, "findings") != NULL)
		return r;
	r->items = items_of_run(s, report_json_int(r->doc, "run.id"));
	if (r->items != NULL)
		return r;
	report_free(r);
	return NULL;
}

/* Add the runs of a period, newest first, with findings and coverage. */
static json_t *
runs_since(struct store *s, int64_t newest, int64_t since)
{
	json_t *out = json_array();
	struct buf error;

	buf_init(&error, 1024);
	for (int64_t id = newest; id > 0; id--) {
		struct report *r;
		json_t *run;
		bool within;

		if ((r = load_run(s, id, &error)) == NULL)
			continue; /* killed before its report */
		run = json_object_get(r->doc, "run");
		within = report_json_time(run, "ended") >= since;
		if (within)
			json_array_append_new(out,
			    json_pack("{sO sO sO sO sO}", "id",
			        json_object_get(run, "id"), "started",
			        json_object_get(run, "started"), "ended",
			        json_object_get(run, "ended"), "exit_status",
			        json_object_get(run, "exit_status"), "outcome",
			        json_object_get(run, "outcome")));
		report_free(r);
		if (!within)
			break;
	}
	buf_fini(&error);
	return out;
}

struct report *
report_period(const struct report *last, struct store *s, int64_t since)
{
	json_t *doc = json_deep_copy(last->doc), *refused;
	struct items_span span = { since, report_json_time(doc, "run.ended"),
		0 };
	struct report *r;

	/* Ignore the bit for the findings of the last run. */
	json_object_del(json_object_get(doc, "run"), "below");
	json_object_del(doc, "findings");
	json_object_del(doc, "expected");
	json_object_set_new(doc, "period",
	    json_pack("{so so so}", "since", collect_time(since), "until",
	        collect_time(span.until), "runs",
	        runs_since(s, report_json_int(doc, "run.id"), since)));
	r = wrap(doc, items_collect(s, &span, false));
	refused = r->items != NULL ? run_json_refused(s, since) : NULL;
	if (refused == NULL) {
		report_free(r);
		return NULL;
	}
	json_object_set_new(doc, "refused", refused);
	return r;
}

struct report *
report_findings(struct store *s, int64_t now)
{
	struct items_span span = { .until = now };
	struct store_run last;
	struct report_items *items;

	if (store_run_before(s, INT64_MAX, 0, &last))
		span.run = last.number;
	items = items_collect(s, &span, false);
	return items != NULL ? wrap(json_object(), items) : NULL;
}

json_t *
report_finding(struct store *s, const char *id)
{
	struct finding_json_cert cache = { .certificate = NULL };
	struct store_item i = { .number = 0 };
	struct store_finding f;
	struct store_run last;
	json_t *v, *none;

	if (!store_finding_load(s, id, &f))
		return NULL;
	snprintf(i.id, sizeof i.id, "%s", f.id);
	snprintf(i.rule, sizeof i.rule, "%s", f.rule);
	i.status = f.status;
	if (i.status == STORE_NEW || i.status == STORE_OPEN)
		i.status = store_run_before(s, INT64_MAX, 0, &last) &&
		        last.number == f.first_run
		    ? STORE_NEW
		    : STORE_OPEN;
	store_finding_fini(&f);
	v = finding_json_new(s, &i, false, &cache);
	finding_json_cert(&cache, s, NULL);
	none = json_object();
	if (v != NULL)
		finding_json_complete(v, none, &i);
	json_decref(none);
	return v;
}

struct report *
report_select(const struct report *r,
    bool (*is_wanted)(void *arg, struct report_walk *w), void *arg)
{
	struct report_walk w = report_walk(r, STORE_ITEM_FINDING);
	struct report *out = wrap(json_copy(r->doc), NULL);
	json_t *chosen = json_array();

	if (r->items != NULL)
		out->items = items_none_of(r->items);
	while (report_walk_next(&w))
		if (!is_wanted(arg, &w))
			continue;
		else if (out->items != NULL)
			items_add(out->items, STORE_ITEM_FINDING,
			    &r->items->v[STORE_ITEM_FINDING][w.next - 1]);
		else
			json_array_append(chosen, report_walk_json(&w));
	if (out->items == NULL)
		json_object_set(out->doc, "findings", chosen);
	json_decref(chosen);
	return out;
}

bool
report_save(const struct report *r, struct store *s, int64_t ended)
{
	char *text = json_dumps(r->doc, JSON_COMPACT | REPORT_JSON_REAL);
	bool ok = store_run_end(s, report_json_int(r->doc, "run.id"), ended,
	    report_exit_status(r), bytes_of(text));

	free(text);
	return ok;
}

void
report_free(struct report *r)
{
	if (r == NULL)
		return;
	items_free(r->items);
	json_decref(r->doc);
	free(r);
}

int
report_exit_status(const struct report *r)
{
	return (int)report_json_int(r->doc, "run.exit_status");
}

void
report_add_exit(struct report *r, int bit)
{
	run_json_set_exit(
	    json_object_get(r->doc, "run"), report_exit_status(r) | bit);
}

void
report_add_failure(struct report *r, const char *error)
{
	json_object_set_new(
	    json_object_get(r->doc, "run"), "error", collect_text(error));
	report_add_exit(r, RUN_JSON_LOCAL);
}

bool
report_add_delivery(struct report *r, struct bytes json)
{
	json_t *v = json_loadb((const char *)json.p, json.n, 0, NULL);

	return v != NULL && json_object_set_new(r->doc, "delivery", v) == 0;
}
