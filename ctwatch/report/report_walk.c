/* SPDX-License-Identifier: Apache-2.0 */
#include <string.h>

#include <jansson.h>

#include "report/finding_json.h"
#include "report/items.h"
#include <ctwatch/policy/certinfo.h>
#include <ctwatch/report/report_walk.h>

static json_t *
array_of(const struct report *r, enum store_item_kind kind)
{
	return json_object_get(
	    r->doc, kind == STORE_ITEM_FINDING ? "findings" : "expected");
}

size_t
report_walk_count(const struct report *r, enum store_item_kind kind)
{
	return r->items != NULL ? r->items->n[kind]
	                        : json_array_size(array_of(r, kind));
}

struct report_walk
report_walk(const struct report *r, enum store_item_kind kind)
{
	return (struct report_walk){ .r = r, .kind = kind };
}

void
report_walk_end(struct report_walk *w)
{
	json_decref(w->json);
	w->json = NULL;
}

static enum store_status
status_of(const json_t *finding)
{
	static const char *const words[] = { "new", "open", "suppressed" };
	const char *word = report_json_text(finding, "status");

	for (int i = STORE_NEW; i <= STORE_SUPPRESSED; i++)
		if (strcmp(word, words[i]) == 0)
			return (enum store_status)i;
	return STORE_CLOSED;
}

bool
report_walk_next(struct report_walk *w)
{
	report_walk_end(w);
	if (w->next >= report_walk_count(w->r, w->kind))
		return false;
	if (w->r->items != NULL) {
		const struct store_item *i =
		    &w->r->items->v[w->kind][w->next++];

		w->severity = (enum rules_severity)i->severity;
		w->status = i->status;
		w->resolved = i->resolved;
		w->id = i->id;
		w->rule = i->rule;
		return true;
	}
	w->json =
	    json_incref(json_array_get(array_of(w->r, w->kind), w->next++));
	w->severity = report_json_severity(w->json);
	w->status = status_of(w->json);
	w->resolved = report_json_is_resolved(w->json);
	w->id = report_json_text(w->json, "id");
	w->rule = report_json_text(w->json, "rule");
	return true;
}

json_t *
report_walk_json(struct report_walk *w)
{
	if (w->json == NULL)
		w->json =
		    items_load(w->r->items, w->kind, w->next - 1, w->r->doc);
	return w->json;
}

void
report_walk_brief(struct report_walk *w, struct store_item_brief *out)
{
	const struct report_items *items = w->r->items;
	int64_t number = items != NULL && w->json == NULL
	    ? items->v[w->kind][w->next - 1].number
	    : 0;

	if (number == 0 || !store_item_brief(items->s, number, out))
		finding_json_brief(report_walk_json(w), out);
}

bool
report_walk_is_new(const struct report_walk *w)
{
	return w->status == STORE_NEW;
}

bool
report_walk_is_live(const struct report_walk *w)
{
	return w->status == STORE_NEW || w->status == STORE_OPEN;
}

bool
report_walk_not_after(struct report_walk *w, int64_t *out)
{
	const json_t *cert = w->json;

	if (w->r->items != NULL) {
		*out = w->r->items->v[w->kind][w->next - 1].not_after;
		if (*out == CERTINFO_NO_TIME)
			*out = 0;
		return *out != FINDING_JSON_NO_CERT;
	}
	if (w->kind == STORE_ITEM_FINDING)
		cert = report_json_at(cert, "certificate");
	*out = report_json_time(cert, "not_after");
	return json_is_object(cert);
}
