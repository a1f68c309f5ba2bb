/* SPDX-License-Identifier: Apache-2.0 */
#include <stdio.h>
#include <string.h>

#include <jansson.h>

#include <ctwatch/base/time.h>
#include <ctwatch/report/doc.h>

json_t *
doc_at(const json_t *v, const char *path)
{
	const char *dot;

	while (v != NULL && (dot = strchr(path, '.')) != NULL) {
		char name[32];

		snprintf(name, sizeof name, "%.*s", (int)(dot - path), path);
		v = json_object_get(v, name);
		path = dot + 1;
	}
	return json_object_get(v, path);
}

const char *
doc_text(const json_t *v, const char *path)
{
	const char *s = json_string_value(doc_at(v, path));

	return s != NULL ? s : "";
}

int64_t
doc_int(const json_t *v, const char *path)
{
	return json_integer_value(doc_at(v, path));
}

bool
doc_true(const json_t *v, const char *path)
{
	return json_is_true(doc_at(v, path));
}

int64_t
doc_time(const json_t *v, const char *path)
{
	int64_t t;

	return time_parse(doc_text(v, path), &t) ? t : 0;
}

size_t
doc_count(const json_t *v, const char *path)
{
	return json_array_size(doc_at(v, path));
}

json_t *
doc_item(const json_t *v, const char *path, size_t i)
{
	return json_array_get(doc_at(v, path), i);
}

const char *
doc_item_text(const json_t *v, const char *path, size_t i)
{
	const char *s = json_string_value(doc_item(v, path, i));

	return s != NULL ? s : "";
}

enum rules_severity
doc_severity(const json_t *finding)
{
	enum rules_severity s;

	return rules_severity_parse(doc_text(finding, "severity"), &s)
	    ? s
	    : RULES_NOTE;
}

const struct rules_rule *
doc_rule(const json_t *finding)
{
	return rules_find(doc_text(finding, "rule"));
}

bool
doc_is_new(const json_t *finding)
{
	return strcmp(doc_text(finding, "status"), "new") == 0;
}

bool
doc_is_live(const json_t *finding)
{
	return doc_is_new(finding) ||
	    strcmp(doc_text(finding, "status"), "open") == 0;
}

bool
doc_is_resolved(const json_t *finding)
{
	return doc_true(finding, "resolved");
}

const char *
doc_about(const json_t *finding)
{
	if (doc_count(finding, "matched_names") > 0)
		return doc_item_text(finding, "matched_names", 0);
	if (doc_count(finding, "watched") > 0)
		return doc_item_text(finding, "watched", 0);
	return doc_text(finding, "subject");
}

json_t *
doc_find(
    const json_t *v, const char *path, const char *member, const char *text)
{
	size_t i;
	json_t *e;

	json_array_foreach(doc_at(v, path), i, e)
		if (strcmp(doc_text(e, member), text) == 0)
			return e;
	return NULL;
}

json_t *
doc_log(const json_t *doc, const char *log_id)
{
	return doc_find(doc, "coverage.logs", "log_id", log_id);
}

int64_t
doc_list_age(const json_t *list, int64_t now)
{
	int64_t t = doc_time(list, "dated");

	if (t == 0)
		t = doc_time(list, "fetched");
	return t == 0 ? -1 : t < now ? now - t : 0;
}

static void
sum_finding(const json_t *f, struct doc_sums *out)
{
	enum rules_severity s = doc_severity(f);

	if (!doc_is_live(f)) {
		if (strcmp(doc_text(f, "status"), "suppressed") == 0)
			out->n_suppressed++;
		else if (doc_is_resolved(f))
			out->n_resolved++;
		else
			out->n_closed++;
		return;
	}
	if ((int)s > out->worst)
		out->worst = (int)s;
	if (!doc_is_new(f)) {
		out->older[s]++;
		out->n_older++;
		return;
	}
	out->fresh[s]++;
	out->n_fresh++;
	if ((int)s > out->worst_fresh)
		out->worst_fresh = (int)s;
}

static void
sum_log(const json_t *log, struct doc_sums *out)
{
	const char *status = doc_text(log, "status");

	if (strcmp(status, "skipped") == 0) {
		out->skipped++;
		return;
	}
	out->logs++;
	out->complete += strcmp(status, "complete") == 0;
	out->partial += strcmp(status, "partial") == 0;
	out->unreachable += strcmp(status, "unreachable") == 0;
	out->misbehaving += strcmp(status, "misbehaving") == 0;
	out->entries += doc_int(log, "entries_read");
	out->lag_entries += doc_int(log, "lag_entries");
	out->refused += doc_int(log, "refused");
}

void
doc_sum(const json_t *doc, struct doc_sums *out)
{
	size_t i;
	json_t *v;

	*out =
	    (struct doc_sums){ .worst = -1, .worst_fresh = -1, .list_age = -1 };
	json_array_foreach(doc_at(doc, "findings"), i, v)
		sum_finding(v, out);
	json_array_foreach(doc_at(doc, "coverage.logs"), i, v)
		sum_log(v, out);
	json_array_foreach(doc_at(doc, "run.lists"), i, v) {
		int64_t age = doc_list_age(v, doc_time(doc, "run.ended"));

		if (age >= 0 && (out->list_age < 0 || age < out->list_age))
			out->list_age = age;
	}
}
