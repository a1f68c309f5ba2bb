/* SPDX-License-Identifier: Apache-2.0 */
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <jansson.h>

#include "report/source_lines.h"
#include <ctwatch/base/file.h>
#include <ctwatch/base/mem.h>
#include <ctwatch/base/msg.h>
#include <ctwatch/base/terminal.h>
#include <ctwatch/report/collect.h>
#include <ctwatch/report/write.h>

#define FORMAT "ctwatch-report/1"

/* The bits of the exit status, as the manual lists them. */
enum {
	BIT_FINDINGS = 1,
	BIT_LOCAL = 32
};

/* The names of the exit status by its bits, the most serious first. */
static const struct {
	int bit;
	const char *word;
} outcomes[] = {
	{ BIT_LOCAL, "failed" },
	{ 4, "misbehaving" },
	{ BIT_FINDINGS, "findings" },
	{ 8, "pinset" },
	{ 2, "incomplete" },
	{ 16, "undelivered" },
};

static void
set_exit_status(json_t *run, int status)
{
	const char *word = "clean";

	for (size_t i = sizeof outcomes / sizeof outcomes[0]; i-- > 0;)
		if ((status & outcomes[i].bit) != 0)
			word = outcomes[i].word;
	json_object_set_new(run, "exit_status", json_integer(status));
	json_object_set_new(run, "outcome", json_string(word));
}

/* ---- the parts from the run ---- */

static json_t *
pinset_json(const struct pinset *p)
{
	if (p == NULL)
		return json_null();
	return json_pack("{so sI so so}", "name", collect_text(p->name),
	    "version", (json_int_t)p->version, "sha256", collect_hex(p->sha256),
	    "expires", collect_time(p->expires));
}

static json_t *
sources_json(const struct report_input *in)
{
	json_t *out = json_array();

	for (size_t i = 0; i < in->n_sources; i++) {
		const struct report_source *l = &in->sources[i];

		json_array_append_new(out,
		    json_pack("{so so so sI so}", "source",
		        collect_text(l->name), "fetched",
		        collect_time(l->fetched), "dated",
		        collect_time(l->dated), "logs", (json_int_t)l->logs,
		        "error", collect_text(l->error)));
	}
	return out;
}

static json_t *
run_json(const struct report_input *in)
{
	json_t *run = json_pack("{sI so so so}", "id", (json_int_t)in->run,
	    "started", collect_time(in->started), "ended",
	    collect_time(in->ended), "version", collect_text(in->version));

	set_exit_status(run, in->exit_status);
	json_object_set_new(run, "pinset", pinset_json(in->pinset));
	json_object_set_new(
	    run, "watched", json_integer((json_int_t)in->watched));
	json_object_set_new(
	    run, "fail_on", json_string(rules_severity_word(in->fail_on)));
	json_object_set_new(run, "fail_on_watched",
	    json_string(rules_severity_word(in->fail_on_watched)));
	json_object_set_new(run, "lists", sources_json(in));
	return run;
}

static json_t *
ranges_json(const struct report_range *v, size_t n)
{
	json_t *out = json_array();

	for (size_t i = 0; i < n; i++)
		json_array_append_new(out,
		    json_pack(
		        "[I I]", (json_int_t)v[i].from, (json_int_t)v[i].to));
	return out;
}

static json_t *
witnesses_json(const struct report_witnesses *w)
{
	return json_pack("{sI sI sI sI so sb so}", "valid",
	    (json_int_t)w->valid, "of", (json_int_t)w->of, "invalid",
	    (json_int_t)w->invalid, "unchecked", (json_int_t)w->unchecked,
	    "newest", collect_time(w->newest), "quorum", w->met, "problem",
	    collect_text(w->problem));
}

static json_t *
log_json(const struct report_log *l)
{
	static const char *const word[] = { "complete", "partial",
		"unreachable", "skipped", "misbehaving", "unusable" };
	uint64_t behind =
	    l->tree_size > l->next_entry ? l->tree_size - l->next_entry : 0;
	json_t *out = json_pack("{so so so ss so so sI sI}", "log_id",
	    collect_hex(l->log_id), "description", collect_text(l->description),
	    "operator", collect_text(l->operator), "type",
	    l->is_static ? "static" : "rfc6962", "url", collect_text(l->url),
	    "state", collect_text(l->state), "first_entry",
	    (json_int_t)l->first_entry, "next_entry",
	    (json_int_t)l->next_entry);

	json_object_set_new(out, "tree_size",
	    l->has_head ? json_integer((json_int_t)l->tree_size) : json_null());
	json_object_set_new(out, "root_hash",
	    l->has_head ? collect_hex(l->root_hash) : json_null());
	json_object_set_new(out, "sth_timestamp",
	    l->has_head ? collect_time(l->sth_timestamp) : json_null());
	json_object_set_new(out, "verified", json_boolean(l->verified));
	json_object_set_new(out, "lag_entries",
	    l->has_head ? json_integer((json_int_t)behind) : json_null());
	json_object_set_new(out, "lag_seconds",
	    l->lag >= 0 ? json_integer(l->lag / 1000) : json_null());
	json_object_set_new(out, "status", json_string(word[l->status]));
	json_object_set_new(out, "reason", collect_text(l->reason));
	json_object_set_new(
	    out, "entries_read", json_integer((json_int_t)l->entries_read));
	json_object_set_new(
	    out, "bytes_read", json_integer((json_int_t)l->bytes_read));
	json_object_set_new(
	    out, "refused", json_integer((json_int_t)l->refused));
	if (l->witnesses.of > 0)
		json_object_set_new(
		    out, "witnesses", witnesses_json(&l->witnesses));
	json_object_set_new(out, "issuers_missing",
	    json_integer((json_int_t)l->issuers_missing));
	json_object_set_new(out, "unread", ranges_json(l->unread, l->n_unread));
	if (l->searched_from > 0)
		json_object_set_new(out, "searched_from",
		    json_integer((json_int_t)l->searched_from));
	return out;
}

static json_t *
new_items_json(const struct report_input *in)
{
	json_t *out = json_array();

	for (size_t i = 0; i < in->n_new_items; i++)
		json_array_append_new(out,
		    json_pack("{so so}", "item", collect_text(in->new_items[i]),
		        "since", collect_time(in->new_items_since)));
	return out;
}

static json_t *
doubts_json(const struct report_input *in)
{
	json_t *out = json_array();

	for (size_t i = 0; i < in->n_doubts; i++)
		json_array_append_new(out,
		    json_pack("{so so}", "item",
		        collect_text(in->doubts[i].item), "reason",
		        collect_text(in->doubts[i].reason)));
	return out;
}

static json_t *
coverage_json(const struct report_input *in)
{
	json_t *logs = json_array();

	for (size_t i = 0; i < in->n_logs; i++)
		json_array_append_new(logs, log_json(&in->logs[i]));
	return json_pack("{si so so sI so sI so*}", "operators_behind",
	    in->operators_behind, "logs", logs, "new_items", new_items_json(in),
	    "new_items_count", (json_int_t)in->new_items_count,
	    "doubtful_items", doubts_json(in), "doubtful_items_count",
	    (json_int_t)in->doubts_count, "cover",
	    in->cover != NULL ? report_cover_json(in->cover) : NULL);
}

/* Return the patterns of all domains with key number i. */
static json_t *
patterns_json(const struct pinset *p, size_t i)
{
	json_t *out = json_array();

	for (size_t d = 0; d < p->n_domains; d++)
		for (size_t k = 0; k < p->domains[d].n_keys; k++)
			if (p->domains[d].keys[k] == i)
				json_array_append_new(
				    out, collect_text(p->domains[d].pattern));
	return out;
}

static json_t *
pins_json(const struct pinset *p)
{
	json_t *out = json_array();

	for (size_t i = 0; p != NULL && i < p->n_keys; i++) {
		const struct pinset_key *k = &p->keys[i];
		char pin[52];

		if (k->bundled)
			continue;
		pinset_pin_format(k->spki_sha256, pin);
		json_array_append_new(out,
		    json_pack("{so ss ss so so so so}", "id",
		        collect_text(k->id), "state",
		        pinset_state_word(k->state), "spki", pin, "not_before",
		        collect_time(k->not_before), "not_after",
		        collect_time(k->not_after), "retire_after",
		        collect_time(k->retire_after), "patterns",
		        patterns_json(p, i)));
	}
	return out;
}

static json_t *
owners_json(const struct pinset *p)
{
	json_t *out = json_array();

	for (size_t i = 0; p != NULL && i < p->n_domains; i++) {
		const struct pinset_domain *d = &p->domains[i];

		if (d->owner != NULL || d->contact != NULL)
			json_array_append_new(out,
			    json_pack("{so so so}", "pattern",
			        collect_text(d->pattern), "name",
			        collect_text(d->owner), "contact",
			        collect_text(d->contact)));
	}
	return out;
}

/* ---- the document ---- */

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
findings_bit(const json_t *doc, const struct report_input *in)
{
	json_t *patterns = json_object(), *f;
	json_int_t below = 0;
	int bit = 0;
	size_t i;

	for (i = 0; in->pinset != NULL && i < in->pinset->n_domains; i++)
		json_object_set_new(
		    patterns, in->pinset->domains[i].pattern, json_true());
	json_array_foreach(json_object_get(doc, "findings"), i, f) {
		enum rules_severity least = is_watch_only(patterns, f)
		    ? in->fail_on_watched
		    : in->fail_on;

		if (!report_json_is_live(f))
			continue;
		if (report_json_severity(f) >= least)
			bit = BIT_FINDINGS;
		else
			below++;
	}
	json_decref(patterns);
	json_object_set_new(
	    json_object_get(doc, "run"), "below", json_integer(below));
	return bit;
}

static struct report *
wrap(json_t *doc)
{
	struct report *r = mem_alloc(1, sizeof *r);

	r->doc = doc;
	return r;
}

struct report *
report_build(const struct report_input *in, struct store *s)
{
	struct collect_span span = { in->since != 0 ? in->since : in->started,
		in->ended, in->run };
	json_t *doc = json_pack("{ss so so}", "format", FORMAT, "run",
	    run_json(in), "coverage", coverage_json(in));

	json_object_set_new(doc, "pins", pins_json(in->pinset));
	json_object_set_new(doc, "owners", owners_json(in->pinset));
	if (!collect_from_store(doc, s, &span)) {
		json_decref(doc);
		return NULL;
	}
	json_object_set_new(doc, "places",
	    source_lines_json(doc, in->pinset_file, in->watchlist_file));
	json_object_set_new(doc, "totals",
	    json_pack("{sI sI sI sf}", "entries", (json_int_t)in->entries,
	        "bytes", (json_int_t)in->bytes, "matched",
	        (json_int_t)in->matched, "seconds",
	        (double)in->elapsed / 1000.0));
	set_exit_status(json_object_get(doc, "run"),
	    in->exit_status | findings_bit(doc, in));
	return wrap(doc);
}

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
		return wrap(doc);
	json_decref(doc);
	return NULL;
}

/* Add the runs of a period, newest first, with findings and coverage. */
static json_t *
runs_since(struct store *s, int64_t newest, int64_t since)
{
	json_t *out = json_array();
	struct buf text, error;

	buf_init(&text, SIZE_MAX / 2);
	buf_init(&error, 1024);
	for (int64_t id = newest; id > 0; id--) {
		struct report *r;
		json_t *run;
		bool within;

		buf_clear(&text);
		if (!store_run_report(s, id, &text) || text.n == 0)
			continue; /* killed before its report */
		if ((r = report_load(buf_view(&text), &error)) == NULL)
			continue;
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
	buf_fini(&text);
	buf_fini(&error);
	return out;
}

struct report *
report_period(const struct report *last, struct store *s, int64_t since)
{
	json_t *doc = json_deep_copy(last->doc);
	struct collect_span span = { since, report_json_time(doc, "run.ended"),
		0 };

	/* Ignore the bit for the findings of the last run. */
	json_object_del(json_object_get(doc, "run"), "below");
	json_object_set_new(doc, "period",
	    json_pack("{so so so}", "since", collect_time(since), "until",
	        collect_time(span.until), "runs",
	        runs_since(s, report_json_int(doc, "run.id"), since)));
	if (!collect_from_store(doc, s, &span)) {
		json_decref(doc);
		return NULL;
	}
	return wrap(doc);
}

void
report_free(struct report *r)
{
	if (r == NULL)
		return;
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
	set_exit_status(
	    json_object_get(r->doc, "run"), report_exit_status(r) | bit);
}

void
report_add_failure(struct report *r, const char *error)
{
	json_object_set_new(
	    json_object_get(r->doc, "run"), "error", collect_text(error));
	report_add_exit(r, BIT_LOCAL);
}

bool
report_add_delivery(struct report *r, struct bytes json)
{
	json_t *v = json_loadb((const char *)json.p, json.n, 0, NULL);

	return v != NULL && json_object_set_new(r->doc, "delivery", v) == 0;
}

/* ---- writers ---- */

static const struct report_writer writers[] = {
	{ "text", write_text },
	{ "json", write_json },
	{ "jsonl", write_json_lines },
	{ "html", write_html },
	{ "csv", write_csv },
	{ "sarif", write_sarif },
	{ "ocsf", write_ocsf },
	{ "ecs", write_ecs },
	{ "cef", write_cef },
	{ "hpkp-report", write_hpkp },
	{ "prom", write_prometheus },
};

const struct report_writer *
report_writers(size_t *n)
{
	*n = sizeof writers / sizeof writers[0];
	return writers;
}

const struct report_writer *
report_writer(const char *name)
{
	for (size_t i = 0; i < sizeof writers / sizeof writers[0]; i++)
		if (strcmp(writers[i].name, name) == 0)
			return &writers[i];
	return NULL;
}

/* ---- output ---- */

/* Write to a pipe or device directly. */
static bool
write_device(const char *path, struct bytes content, struct buf *error)
{
	int fd = open(path, O_WRONLY | O_CLOEXEC);
	bool ok = fd >= 0 && file_write(fd, content);

	if (fd >= 0 && close(fd) != 0)
		ok = false;
	if (!ok)
		buf_printf(error, "%s: %s", path, strerror(errno));
	return ok;
}

static bool
write_standard(struct bytes content, struct buf *error)
{
	bool ok = fflush(stdout) == 0 && file_write(STDOUT_FILENO, content);

	if (!ok)
		buf_printf(error, "standard output: %s", strerror(errno));
	return ok;
}

bool
report_output(const struct report *r, const struct report_writer *w,
    struct store *s, const char *path)
{
	bool std = path == NULL || strcmp(path, "-") == 0;
	struct report_style style = { .store = s,
		.colour = std && terminal_colour(STDOUT_FILENO) };
	char *target = std ? NULL : file_output_path(path);
	struct buf out, error;
	struct stat st;
	bool ok;

	buf_init(&out, SIZE_MAX / 2);
	buf_init(&error, 4096);
	w->write(r, &style, &out);
	if (std)
		ok = write_standard(buf_view(&out), &error);
	else if (lstat(target, &st) == 0 && !S_ISREG(st.st_mode) &&
	    !S_ISLNK(st.st_mode))
		ok = write_device(target, buf_view(&out), &error);
	else
		ok = file_replace(target, buf_view(&out), &error);
	if (!ok)
		msg_error("cannot write the report: %s", buf_text(&error));
	buf_fini(&error);
	buf_fini(&out);
	free(target);
	return ok;
}
