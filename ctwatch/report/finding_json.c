/* SPDX-License-Identifier: Apache-2.0 */
#include <stdlib.h>
#include <string.h>

#include <jansson.h>

#include "report/collect_response.h"
#include "report/finding_json.h"
#include <ctwatch/base/limits.h>
#include <ctwatch/base/mem.h>
#include <ctwatch/policy/rules.h>
#include <ctwatch/report/collect.h>
#include <ctwatch/report/report_json.h>

/* ---- certificates and sightings ---- */

static bool
is_zero(const uint8_t digest[static SHA256_SIZE])
{
	static const uint8_t zero[SHA256_SIZE];

	return memcmp(digest, zero, SHA256_SIZE) == 0;
}

/* The time of an SCT is any 64-bit number: limit it to valid times. */
static int64_t
sct_time(uint64_t t)
{
	return t > (uint64_t)INT64_MAX ? INT64_MAX : (int64_t)t;
}

/* Collect the sightings of a certificate, the first and last of them, and
 * whether any of them is verified. */
static json_t *
sightings_json(struct store *s, const uint8_t tbs[static SHA256_SIZE],
    int64_t *first, int64_t *last, bool *verified)
{
	size_t n;
	struct store_sighting *v = store_sightings(s, tbs, &n);
	json_t *out = json_array();

	*first = INT64_MAX;
	*last = 0;
	*verified = false;
	for (size_t i = 0; v != NULL && i < n; i++) {
		int64_t t = sct_time(v[i].timestamp);

		if (t < *first)
			*first = t;
		if (t > *last)
			*last = t;
		*verified |= v[i].verified;
		json_array_append_new(out,
		    json_pack("{so sI so ss so sb}", "log_id",
		        collect_hex(v[i].log_id), "index",
		        (json_int_t)v[i].index, "timestamp", collect_time(t),
		        "kind", leaf_kind_word(v[i].kind), "leaf_hash",
		        collect_base64(v[i].leaf_hash), "verified",
		        (int)v[i].verified));
	}
	free(v);
	return out;
}

/* Keep the first LIMIT_FINDING_NAMES names of each kind, and count them: a
 * report may have thousands of findings. */
static void
bound_names(json_t *certificate)
{
	static const char *const members[] = { "names", "addresses",
		"other_names" };
	size_t all = 0, shown = 0;

	for (size_t i = 0; i < 3; i++) {
		json_t *v = json_object_get(certificate, members[i]);

		all += json_array_size(v);
		while (json_array_size(v) > LIMIT_FINDING_NAMES)
			json_array_remove(v, json_array_size(v) - 1);
		shown += json_array_size(v);
	}
	if (shown < all)
		json_object_set_new(
		    certificate, "names_count", json_integer((json_int_t)all));
}

/* Limit the first and last sighting: the time of an SCT may be in the future.
 */
static void
limit_times(struct finding_json_cert *c, const struct store_cert *cert)
{
	if (c->first > cert->first_seen && json_array_size(c->sightings) > 0)
		c->first = cert->first_seen;
	if (c->last > cert->last_seen)
		c->last = cert->last_seen;
}

void
finding_json_cert(
    struct finding_json_cert *c, struct store *s, const uint8_t *tbs)
{
	struct store_cert cert;

	json_decref(c->certificate);
	json_decref(c->sightings);
	*c = (struct finding_json_cert){ .first = INT64_MAX,
		.not_after = FINDING_JSON_NO_CERT };
	if (tbs == NULL)
		return;
	memcpy(c->tbs, tbs, SHA256_SIZE);
	if (is_zero(tbs) || !store_cert_load(s, tbs, &cert))
		return;
	c->certificate = collect_certificate(&cert, &c->not_after);
	bound_names(c->certificate);
	c->sightings =
	    sightings_json(s, tbs, &c->first, &c->last, &c->verified);
	limit_times(c, &cert);
	store_cert_fini(&cert);
}

/* ---- findings ---- */

/* Return a member of detail that must be an array of kind, or an empty
 * array. */
static json_t *
detail_array(const json_t *detail, const char *name, json_type kind)
{
	json_t *out = json_array(), *v;
	size_t i;

	json_array_foreach(json_object_get(detail, name), i, v) {
		if (json_typeof(v) != kind)
			continue;
		if (kind == JSON_STRING)
			json_array_append_new(
			    out, collect_text(json_string_value(v)));
		else
			json_array_append_new(out,
			    json_pack("{so so so so}", "watch",
			        collect_text(report_json_text(v, "watch")),
			        "name",
			        collect_text(report_json_text(v, "name")),
			        "how", collect_text(report_json_text(v, "how")),
			        "kind",
			        collect_text(report_json_text(v, "kind"))));
	}
	return out;
}

/* Return the number of matching names; fewer may be listed. */
static json_int_t
matched_count(const json_t *detail)
{
	json_int_t listed =
	    (json_int_t)report_json_count(detail, "matched_names");
	json_int_t count = report_json_int(detail, "matched_count");

	return count > listed ? count : listed;
}

/* What the row of a finding says. */
static json_t *
row_json(const struct store_finding *f)
{
	const struct rules_rule *rule = rules_find(f->rule);
	json_t *detail =
	    f->detail != NULL ? json_loads(f->detail, 0, NULL) : NULL;
	json_t *out =
	    json_pack("{ss so so ss ss sb so so so so so so so so so sI}", "id",
	        f->id, "rule", collect_text(f->rule), "name",
	        collect_text(rule != NULL ? rule->name : ""), "severity",
	        rules_severity_word((enum rules_severity)f->severity), "status",
	        "open", "verified", (int)is_zero(f->tbs_sha256), "first_seen",
	        collect_time(f->first_seen), "last_seen",
	        collect_time(f->last_seen), "watched",
	        detail_array(detail, "watched", JSON_STRING), "matched_names",
	        detail_array(detail, "matched_names", JSON_STRING), "message",
	        collect_text(f->message), "remediation",
	        collect_text(rule != NULL ? rule->remedy : ""), "subject",
	        collect_text(f->subject), "matches",
	        detail_array(detail, "matches", JSON_OBJECT), "notes",
	        detail_array(detail, "notes", JSON_STRING), "matched_count",
	        matched_count(detail));

	if (json_is_object(json_object_get(detail, "evidence")))
		json_object_set(
		    out, "sct_evidence", json_object_get(detail, "evidence"));
	json_object_set_new(out, "owner", json_null());
	json_object_set_new(out, "owners", json_array());
	if (f->status == STORE_SUPPRESSED || f->status == STORE_CLOSED) {
		json_object_set_new(out, "reason", collect_text(f->reason));
		json_object_set_new(out, "until", collect_time(f->until));
	}
	json_decref(detail);
	return out;
}

/*
 * Add the certificate and its sightings.  Use the log's timestamp as first
 * sighting, so that two stores that read the same logs on different days agree.
 */
static void
add_cert(json_t *out, const struct finding_json_cert *c)
{
	if (c->certificate == NULL) {
		json_object_set_new(out, "certificate", json_null());
		json_object_set_new(out, "sightings", json_array());
		return;
	}
	json_object_set(out, "certificate", c->certificate);
	if (json_array_size(c->sightings) > 0) {
		json_object_set_new(out, "first_seen", collect_time(c->first));
		json_object_set_new(out, "last_seen", collect_time(c->last));
		json_object_set_new(out, "verified", json_boolean(c->verified));
	}
	json_object_set(out, "sightings", c->sightings);
}

json_t *
finding_json_new(struct store *s, struct store_item *i, bool period,
    struct finding_json_cert *c)
{
	struct store_finding f;
	json_t *out;

	if (!store_finding_load(s, i->id, &f))
		return NULL;
	out = row_json(&f);
	if (f.status == STORE_CLOSED && period)
		json_object_set_new(out, "resolved", json_boolean(i->resolved));
	collect_response(s, f.tbs_sha256, out);
	if (memcmp(c->tbs, f.tbs_sha256, SHA256_SIZE) != 0 || is_zero(c->tbs))
		finding_json_cert(c, s, f.tbs_sha256);
	add_cert(out, c);
	i->first = c->first;
	i->not_after = c->not_after;
	store_finding_fini(&f);
	return out;
}

json_t *
finding_json_expected(struct store *s, struct store_item *i)
{
	struct store_cert cert;
	int64_t last;
	bool verified;
	json_t *out;

	if (!store_cert_load(s, i->tbs_sha256, &cert))
		return NULL;
	out = collect_certificate(&cert, &i->not_after);
	store_cert_fini(&cert);
	json_object_set_new(out, "pin", json_null());
	json_object_set_new(out, "sightings",
	    sightings_json(s, i->tbs_sha256, &i->first, &last, &verified));
	return out;
}

void
finding_json_brief(const json_t *f, struct store_item_brief *out)
{
	const char *logged = report_json_logged(f);

	out->about = mem_strdup(report_json_about(f));
	out->matched = report_json_int(f, "matched_count");
	out->issuer = mem_strdup(report_json_text(f, "certificate.issuer"));
	out->logged = mem_strdup(
	    *logged != '\0' ? logged : report_json_text(f, "first_seen"));
}

/* ---- what depends on the run ---- */

/* Return the owners of all patterns of a finding, in the order of the
 * pinset. */
static json_t *
owners_of(const json_t *doc, const json_t *finding)
{
	json_t *watched = json_object(), *out = json_array(), *owner;
	size_t i;

	for (i = 0; i < report_json_count(finding, "watched"); i++)
		json_object_set_new(watched,
		    report_json_item_text(finding, "watched", i), json_true());
	json_array_foreach(json_object_get(doc, "owners"), i, owner)
		if (json_object_get(
		        watched, report_json_text(owner, "pattern")) != NULL)
			json_array_append_new(out, json_deep_copy(owner));
	json_decref(watched);
	return out;
}

static json_t *
pin_of(const json_t *doc, const json_t *cert)
{
	const char *spki = report_json_text(cert, "spki_sha256");
	size_t i;
	json_t *pin;

	json_array_foreach(json_object_get(doc, "pins"), i, pin)
		if (strcmp(report_json_text(pin, "spki") + strlen("sha256/"),
		        spki) == 0)
			return json_pack("{ss ss}", "id",
			    report_json_text(pin, "id"), "state",
			    report_json_text(pin, "state"));
	return json_null();
}

void
finding_json_complete(json_t *v, const json_t *doc, const struct store_item *i)
{
	static const char *const words[] = { "new", "open", "suppressed",
		"closed" };
	json_t *owners;

	if (*i->rule == '\0') {
		json_object_set_new(v, "pin", pin_of(doc, v));
		return;
	}
	json_object_set_new(v, "status", json_string(words[i->status]));
	owners = owners_of(doc, v);
	if (json_array_size(owners) > 0)
		json_object_set(v, "owner", json_array_get(owners, 0));
	json_object_set_new(v, "owners", owners);
}
