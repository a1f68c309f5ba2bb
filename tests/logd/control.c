/* SPDX-License-Identifier: Apache-2.0 */
#include <stdlib.h>
#include <string.h>

#include <jansson.h>
#include <microhttpd.h>

#include <ctwatch/base/mem.h>
#include <ctwatch/base/text.h>
#include <ctwatch/base/time.h>
#include <ctwatch/policy/json_bytes.h>

#include "control.h"

static void
add_json(struct buf *out, json_t *v)
{
	char *text = json_dumps(v, JSON_INDENT(1));

	buf_add_text(out, text);
	buf_add_byte(out, '\n');
	free(text);
	json_decref(v);
}

static json_t *
list_log(const struct site *s, const struct log *l)
{
	json_t *v = json_pack("{s:o, s:o, s:i, s:{s:{s:s}}}", "log_id",
	    json_bytes_new((struct bytes){ l->id, SHA256_SIZE }), "key",
	    json_bytes_new(signer_spki(l->signer)), "mmd", 86400, "state",
	    "usable", "timestamp", "2024-01-01T00:00:00Z");
	char *url = mem_printf("%s%s/", s->base, l->name);
	char *description = mem_printf("Loopback '%s' log", l->name);

	json_object_set_new(v, "description", json_string(description));
	if (l->kind == LOG_STATIC) {
		json_object_set_new(v, "submission_url", json_string(url));
		json_object_set_new(v, "monitoring_url", json_string(url));
	} else
		json_object_set_new(v, "url", json_string(url));
	free(description);
	free(url);
	return v;
}

/* RFC 9110, 13.1.2: a client that has this list gets 304. */
static void
set_etag(const struct site_request *q, struct answer *out)
{
	const char *have = MHD_lookup_connection_value(
	    q->conn, MHD_HEADER_KIND, MHD_HTTP_HEADER_IF_NONE_MATCH);
	uint8_t digest[SHA256_SIZE];

	sha256_digest(buf_view(&out->body), digest);
	out->header = "ETag";
	out->value[0] = '"';
	text_hex((struct bytes){ digest, 8 }, out->value + 1);
	out->value[17] = '"';
	out->value[18] = '\0';
	if (have != NULL && strcmp(have, out->value) == 0) {
		out->status = MHD_HTTP_NOT_MODIFIED;
		buf_clear(&out->body);
	}
}

void
control_list(const struct site_request *q, struct answer *out)
{
	const struct site *s = q->site;
	json_t *operators = json_array();
	uint64_t n = q->rule.fault == FAULT_FROZEN ? 1 : s->opt.operators;
	char now[TIME_TEXT];

	for (uint64_t i = 0; i < n; i++) {
		json_t *kinds[] = { json_array(), json_array() };
		char *name = mem_printf(
		    "Loopback operator %llu", (unsigned long long)i + 1);

		for (size_t k = i; k < s->n_logs; k += s->opt.operators)
			json_array_append_new(
			    kinds[s->logs[k].kind], list_log(s, &s->logs[k]));
		json_array_append_new(operators,
		    json_pack("{s:s, s:[s], s:o, s:o}", "name", name, "email",
		        "ct@example.com", "logs", kinds[LOG_RFC6962],
		        "tiled_logs", kinds[LOG_STATIC]));
		free(name);
	}
	time_format((int64_t)s->started, now);
	add_json(&out->body,
	    json_pack("{s:s, s:s, s:o}", "version", "1.0", "log_list_timestamp",
	        now, "operators", operators));
	set_etag(q, out);
}

static json_t *
gate_state(struct fault_gate *g)
{
	json_t *hits = json_object(), *v;

	pthread_mutex_lock(&g->lock);
	for (int p = 0; p < FAULT_PLACES; p++)
		if (g->hits[p] > 0)
			json_object_set_new(hits,
			    fault_place_word((enum fault_place)p),
			    json_integer((json_int_t)g->hits[p]));
	v = json_pack("{s:s, s:I, s:o}", "fault", fault_word(g->rule.fault),
	    "seen", (json_int_t)g->rule.seen, "hits", hits);
	pthread_mutex_unlock(&g->lock);
	return v;
}

static json_t *
state(struct site *s)
{
	json_t *logs = json_object();

	for (size_t i = 0; i < s->n_logs; i++) {
		struct log *l = &s->logs[i];
		json_t *v = gate_state(&l->gate);

		json_object_set_new(
		    v, "size", json_integer((json_int_t)log_size(l)));
		json_object_set_new(logs, l->name, v);
	}
	return json_pack("{s:I, s:o, s:o}", "entries", (json_int_t)s->corpus.n,
	    "logs", logs, "log-list", gate_state(&s->gate));
}

/* "get-sth,checkpoint": only where the fault has a meaning at all. */
static bool
parse_places(const char *text, unsigned *out)
{
	struct bytes b = bytes_of(text), word;
	unsigned on = 0;

	while (b.n > 0) {
		enum fault_place place;

		if (!bytes_until(&b, ',', &word)) {
			word = b;
			b.n = 0;
		}
		place = fault_place_find(word);
		if (place == FAULT_PLACES)
			return false;
		on |= 1u << place;
	}
	*out &= on;
	return *out != 0;
}

/* Take an argument if it is there; false when it is no number. */
static bool
take_number(
    const struct site_request *q, const char *name, uint64_t *out, bool *there)
{
	const char *text = site_argument(q, name);

	if (text == NULL)
		return true;
	if (there != NULL)
		*there = true;
	return site_parse_number(bytes_of(text), out);
}

static bool
parse_rule(const struct site_request *q, struct fault_rule *rule)
{
	const char *name = site_argument(q, "fault");
	const char *on = site_argument(q, "on");

	if (!fault_find(name, rule) ||
	    (on != NULL && !parse_places(on, &rule->on)) ||
	    !take_number(q, "every", &rule->every, NULL) || rule->every == 0 ||
	    !take_number(q, "for", &rule->left, NULL) ||
	    !take_number(q, "ms", &rule->ms, NULL) ||
	    !take_number(q, "step", &rule->step, NULL) ||
	    !take_number(q, "at", &rule->at, &rule->has_at) ||
	    !take_number(q, "to", &rule->to, &rule->has_to))
		return false;
	rule->date = site_argument(q, "date") != NULL;
	rule->cached = site_argument(q, "cached") != NULL;
	return true;
}

void
control_answer(const struct site_request *q, struct answer *out)
{
	const char *name = site_argument(q, "log");
	const char *fault = site_argument(q, "fault");
	struct site *s = q->site;
	struct fault_rule rule;
	uint64_t size = 0, time = 0;
	bool grow = false, timed = false;
	bool list = name != NULL && strcmp(name, "log-list") == 0;
	bool found = name == NULL || list;

	if ((fault != NULL && !parse_rule(q, &rule)) ||
	    !take_number(q, "size", &size, &grow) ||
	    !take_number(q, "time", &time, &timed)) {
		answer_fail(out, 400, "no such fault, or a bad number");
		return;
	}
	for (size_t i = 0; i < s->n_logs; i++) {
		struct log *l = &s->logs[i];

		if (name != NULL && strcmp(name, l->name) != 0)
			continue;
		found = true;
		if (fault != NULL && site_argument(q, "also") != NULL)
			fault_gate_add(&l->gate, &rule);
		else if (fault != NULL)
			fault_gate_set(&l->gate, &rule);
		if (grow)
			log_publish(l, size);
		if (timed)
			log_set_time(l, time);
	}
	/* The list fails only when it is named, and heals with all. */
	if (fault != NULL && (list || (name == NULL && rule.on == 0)))
		fault_gate_set(&s->gate, &rule);
	if (found)
		add_json(&out->body, state(s));
	else
		answer_fail(out, 400, "no such log");
}
