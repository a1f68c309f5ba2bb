/* SPDX-License-Identifier: Apache-2.0 */
#include <jansson.h>

#include "report/collect_caa.h"
#include "report/run_json.h"
#include <ctwatch/report/collect.h>

/* The names of the exit status by its bits, the most serious first. */
static const struct {
	int bit;
	const char *word;
} outcomes[] = {
	{ RUN_JSON_LOCAL, "failed" },
	{ 4, "misbehaving" },
	{ RUN_JSON_FINDINGS, "findings" },
	{ 8, "pinset" },
	{ 2, "incomplete" },
	{ 16, "undelivered" },
};

void
run_json_set_exit(json_t *run, int status)
{
	const char *word = "clean";

	for (size_t i = sizeof outcomes / sizeof outcomes[0]; i-- > 0;)
		if ((status & outcomes[i].bit) != 0)
			word = outcomes[i].word;
	json_object_set_new(run, "exit_status", json_integer(status));
	json_object_set_new(run, "outcome", json_string(word));
}

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

json_t *
run_json_run(const struct report_input *in)
{
	json_t *run = json_pack("{sI so so so}", "id", (json_int_t)in->run,
	    "started", collect_time(in->started), "ended",
	    collect_time(in->ended), "version", collect_text(in->version));

	run_json_set_exit(run, in->exit_status);
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
	    log_kind_word(l->kind), "url", collect_text(l->url), "state",
	    collect_text(l->state), "first_entry", (json_int_t)l->first_entry,
	    "next_entry", (json_int_t)l->next_entry);

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

json_t *
run_json_coverage(const struct report_input *in)
{
	json_t *logs = json_array();

	for (size_t i = 0; i < in->n_logs; i++)
		json_array_append_new(logs, log_json(&in->logs[i]));
	return json_pack("{si so so sI so sI so* so*}", "operators_behind",
	    in->operators_behind, "logs", logs, "new_items", new_items_json(in),
	    "new_items_count", (json_int_t)in->new_items_count,
	    "doubtful_items", doubts_json(in), "doubtful_items_count",
	    (json_int_t)in->doubts_count, "cover",
	    in->cover != NULL ? report_cover_json(in->cover) : NULL, "caa",
	    in->caa.on ? collect_caa(&in->caa) : NULL);
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

json_t *
run_json_pins(const struct pinset *p)
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

json_t *
run_json_owners(const struct pinset *p)
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

static void
add_refused(void *arg, const struct store_rejected *r)
{
	json_array_append_new(arg,
	    json_pack("{so sI so so}", "log_id", collect_hex(r->log_id),
	        "index", (json_int_t)r->index, "reason",
	        collect_text(r->reason), "possible_match",
	        collect_text(r->match)));
}

json_t *
run_json_refused(struct store *s, int64_t since)
{
	json_t *out = json_array();

	if (store_rejected_each(s, since, add_refused, out))
		return out;
	json_decref(out);
	return NULL;
}
