/* SPDX-License-Identifier: Apache-2.0 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <jansson.h>

#include "report/collect_response.h"
#include <ctwatch/base/escape.h>
#include <ctwatch/base/limits.h>
#include <ctwatch/base/mem.h>
#include <ctwatch/base/text.h>
#include <ctwatch/base/time.h>
#include <ctwatch/policy/certinfo.h>
#include <ctwatch/report/collect.h>

/* One finding or expected certificate for the document. */
struct item {
	json_t *json; /* owned until it is added */
	uint8_t tbs[SHA256_SIZE];
	enum rules_severity severity;
	int64_t first; /* ms, earliest sighting; INT64_MAX if none */
};

struct items {
	const json_t *doc;
	const struct collect_span *span;
	struct store *s;
	struct item *v;
	size_t n;
	uint8_t (*objected)[SHA256_SIZE]; /* certificates with findings */
	size_t n_objected;
};

json_t *
collect_text(const char *s)
{
	struct buf b;
	json_t *out;

	if (s == NULL)
		return json_null();
	buf_init(&b, SIZE_MAX / 2);
	escape_utf8(&b, bytes_of(s));
	out = json_string(buf_text(&b));
	buf_fini(&b);
	return out;
}

json_t *
collect_time(int64_t t)
{
	char text[TIME_TEXT];

	if (t == 0 || t == CERTINFO_NO_TIME)
		return json_null();
	time_format(t, text);
	return json_string(text);
}

/* As collect_time, for the validity of a certificate: 1970-01-01 is a date. */
static json_t *
validity_time(int64_t t)
{
	char text[TIME_TEXT];

	if (t == CERTINFO_NO_TIME)
		return json_null();
	time_format(t, text);
	return json_string(text);
}

static bool
is_zero(const uint8_t digest[static SHA256_SIZE])
{
	static const uint8_t zero[SHA256_SIZE];

	return memcmp(digest, zero, SHA256_SIZE) == 0;
}

json_t *
collect_hex(const uint8_t digest[static SHA256_SIZE])
{
	char hex[2 * SHA256_SIZE + 1];

	if (is_zero(digest))
		return json_null();
	text_hex((struct bytes){ digest, SHA256_SIZE }, hex);
	return json_string(hex);
}

static json_t *
base64_json(const uint8_t digest[static SHA256_SIZE])
{
	char b64[TEXT_BASE64_LEN(SHA256_SIZE) + 1];

	if (is_zero(digest))
		return json_null();
	text_base64((struct bytes){ digest, SHA256_SIZE }, b64);
	return json_string(b64);
}

static json_t *
list_json(const struct certinfo_list *list)
{
	json_t *out = json_array();

	for (size_t i = 0; i < list->n; i++)
		json_array_append_new(out, collect_text(list->v[i]));
	return out;
}

json_t *
collect_certificate(const struct store_cert *c, int64_t *not_after)
{
	struct certinfo info;
	json_t *out;

	certinfo_parse(c->kind, c->der, &info);
	*not_after = info.not_after;
	out = json_pack("{so so so so so so so so so so so so so so}",
	    "tbs_sha256", collect_hex(c->tbs_sha256), "cert_sha256",
	    info.tbs ? json_null() : collect_hex(info.cert_sha256),
	    "spki_sha256", base64_json(info.spki_sha256), "key",
	    collect_text(info.key), "subject", collect_text(info.subject),
	    "issuer", collect_text(info.issuer), "issuer_spki_sha256",
	    base64_json(c->issuer_key_hash), "serial",
	    collect_text(info.serial), "not_before",
	    validity_time(info.not_before), "not_after",
	    validity_time(info.not_after), "names", list_json(&info.names),
	    "addresses", list_json(&info.addresses), "other_names",
	    list_json(&info.others), "notes", list_json(&info.notes));
	certinfo_fini(&info);
	return out;
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
		        "kind", v[i].kind == LEAF_PRECERT ? "precert" : "final",
		        "leaf_hash", base64_json(v[i].leaf_hash), "verified",
		        (int)v[i].verified));
	}
	free(v);
	return out;
}

/* ---- findings ---- */

static const char *
status_word(const struct store_finding *f, const struct collect_span *span)
{
	if (f->status == STORE_SUPPRESSED)
		return "suppressed";
	if (f->status == STORE_CLOSED)
		return "closed";
	if (span->run != 0 ? f->first_run == span->run
	                   : f->first_seen >= span->since)
		return "new";
	return "open";
}

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

/*
 * Report whether f keeps its certificate from being expected.  A modifier may
 * have made it a note.  Certificates that the pinset now expects do not.
 */
static bool
objects(const struct store_finding *f, const struct rules_rule *rule)
{
	bool expected =
	    f->status == STORE_CLOSED && rules_is_expected(f->reason);

	return rule != NULL && !expected &&
	    (rules_is_unexpected(rule, rule->severity) ||
	        rules_is_unexpected(rule, (enum rules_severity)f->severity));
}

/* Report whether f was closed in the period of the report and was open at the
 * end of an earlier run: some are closed by the run that creates them. */
static bool
is_resolved(const struct items *all, const struct store_finding *f)
{
	struct store_run before;

	return f->status == STORE_CLOSED && all->span->since != 0 &&
	    f->changed >= all->span->since &&
	    store_run_before(all->s, f->changed, 0, &before) &&
	    before.number >= f->first_run;
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

static void
add_finding(void *arg, const struct store_finding *f)
{
	struct items *all = arg;
	const struct rules_rule *rule = rules_find(f->rule);
	json_t *detail, *out, *owners;
	bool about_cert = !is_zero(f->tbs_sha256), resolved;

	if (about_cert && objects(f, rule)) {
		all->objected = mem_grow(
		    all->objected, all->n_objected, sizeof *all->objected);
		memcpy(all->objected[all->n_objected++], f->tbs_sha256,
		    SHA256_SIZE);
	}
	resolved = is_resolved(all, f);
	if (f->status == STORE_CLOSED && !resolved &&
	    f->last_seen < all->span->since)
		return;
	detail = f->detail != NULL ? json_loads(f->detail, 0, NULL) : NULL;
	out = json_pack("{ss so so ss ss sb so so so so so so so so so}", "id",
	    f->id, "rule", collect_text(f->rule), "name",
	    collect_text(rule != NULL ? rule->name : ""), "severity",
	    rules_severity_word((enum rules_severity)f->severity), "status",
	    status_word(f, all->span), "verified", (int)!about_cert,
	    "first_seen", collect_time(f->first_seen), "last_seen",
	    collect_time(f->last_seen), "watched",
	    detail_array(detail, "watched", JSON_STRING), "matched_names",
	    detail_array(detail, "matched_names", JSON_STRING), "message",
	    collect_text(f->message), "remediation",
	    collect_text(rule != NULL ? rule->remedy : ""), "subject",
	    collect_text(f->subject), "matches",
	    detail_array(detail, "matches", JSON_OBJECT), "notes",
	    detail_array(detail, "notes", JSON_STRING));
	json_object_set_new(
	    out, "matched_count", json_integer(matched_count(detail)));
	if (json_is_object(json_object_get(detail, "evidence")))
		json_object_set(
		    out, "sct_evidence", json_object_get(detail, "evidence"));
	owners = owners_of(all->doc, out);
	json_object_set(out, "owner",
	    json_array_size(owners) > 0 ? json_array_get(owners, 0)
	                                : json_null());
	json_object_set_new(out, "owners", owners);
	if (f->status == STORE_SUPPRESSED || f->status == STORE_CLOSED) {
		json_object_set_new(out, "reason", collect_text(f->reason));
		json_object_set_new(out, "until", collect_time(f->until));
	}
	if (f->status == STORE_CLOSED && all->span->since != 0)
		json_object_set_new(out, "resolved", json_boolean(resolved));
	json_decref(detail);
	all->v = mem_grow(all->v, all->n, sizeof *all->v);
	all->v[all->n] = (struct item){ .json = out,
		.severity = (enum rules_severity)f->severity,
		.first = INT64_MAX };
	memcpy(all->v[all->n++].tbs, f->tbs_sha256, SHA256_SIZE);
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

/* Findings about one certificate share its object. */
static void
complete_as(const struct item *done, struct item *item)
{
	static const char *const members[] = { "certificate", "sightings",
		"first_seen", "last_seen", "verified" };
	size_t n = done->first != INT64_MAX ? 5 : 2;

	for (size_t i = 0; i < n; i++)
		json_object_set(item->json, members[i],
		    json_object_get(done->json, members[i]));
	item->first = done->first;
}

/*
 * Second pass, outside of the store's iteration: certificate and sightings. Use
 * the log's timestamp as first sight, so that two stores that read the same
 * logs on different days agree.
 */
static void
complete_finding(struct store *s, struct item *item)
{
	struct store_cert cert;
	int64_t first, last, not_after;
	bool verified;
	json_t *sightings, *certificate;

	if (is_zero(item->tbs) || !store_cert_load(s, item->tbs, &cert)) {
		json_object_set_new(item->json, "certificate", json_null());
		json_object_set_new(item->json, "sightings", json_array());
		return;
	}
	certificate = collect_certificate(&cert, &not_after);
	bound_names(certificate);
	json_object_set_new(item->json, "certificate", certificate);
	store_cert_fini(&cert);
	sightings = sightings_json(s, item->tbs, &first, &last, &verified);
	/* The time of an SCT may be in the future. */
	if (first > cert.first_seen && json_array_size(sightings) > 0)
		first = cert.first_seen;
	if (last > cert.last_seen)
		last = cert.last_seen;
	if (json_array_size(sightings) > 0) {
		json_object_set_new(
		    item->json, "first_seen", collect_time(first));
		json_object_set_new(
		    item->json, "last_seen", collect_time(last));
		json_object_set_new(
		    item->json, "verified", json_boolean(verified));
		item->first = first;
	}
	json_object_set_new(item->json, "sightings", sightings);
}

/* Order: most severe first, then the earliest, then by id. */
static int
compare_items(const void *a, const void *b)
{
	const struct item *x = a, *y = b;

	if (x->severity != y->severity)
		return x->severity > y->severity ? -1 : 1;
	if (x->first != y->first)
		return x->first < y->first ? -1 : 1;
	if (strcmp(report_json_text(x->json, "rule"),
	        report_json_text(y->json, "rule")) != 0)
		return strcmp(report_json_text(x->json, "rule"),
		    report_json_text(y->json, "rule"));
	return strcmp(
	    report_json_text(x->json, "id"), report_json_text(y->json, "id"));
}

/* ---- expected certificates ---- */

static int
compare_digests(const void *a, const void *b)
{
	return memcmp(a, b, SHA256_SIZE);
}

static int
compare_tbs(const void *a, const void *b)
{
	const struct item *x = a, *y = b;

	return memcmp(x->tbs, y->tbs, SHA256_SIZE);
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

static void
add_expected(void *arg, const struct store_cert *c)
{
	struct items *all = arg;
	json_t *cert;
	int64_t not_after;

	if (all->n_objected > 0 &&
	    bsearch(c->tbs_sha256, all->objected, all->n_objected, SHA256_SIZE,
	        compare_digests) != NULL)
		return;
	cert = collect_certificate(c, &not_after);
	if (not_after < all->span->until && c->last_seen < all->span->since) {
		json_decref(cert);
		return;
	}
	json_object_set_new(cert, "pin", pin_of(all->doc, cert));
	all->v = mem_grow(all->v, all->n, sizeof *all->v);
	all->v[all->n] = (struct item){ .json = cert, .first = INT64_MAX };
	memcpy(all->v[all->n++].tbs, c->tbs_sha256, SHA256_SIZE);
}

static void
complete_expected(struct store *s, struct item *item)
{
	int64_t last;
	bool verified;

	json_object_set_new(item->json, "sightings",
	    sightings_json(s, item->tbs, &item->first, &last, &verified));
}

static int
compare_expected(const void *a, const void *b)
{
	const struct item *x = a, *y = b;

	if (x->first != y->first)
		return x->first < y->first ? -1 : 1;
	return memcmp(x->tbs, y->tbs, SHA256_SIZE);
}

/* ---- refused entries ---- */

static void
add_refused(void *arg, const struct store_rejected *r)
{
	json_array_append_new(arg,
	    json_pack("{so sI so so}", "log_id", collect_hex(r->log_id),
	        "index", (json_int_t)r->index, "reason",
	        collect_text(r->reason), "possible_match",
	        collect_text(r->match)));
}

/* Move the items, completed and sorted, into an array; v is freed. */
static json_t *
finish(struct items *all, struct store *s,
    void (*complete)(struct store *, struct item *),
    int (*compare)(const void *, const void *))
{
	json_t *out = json_array();

	if (all->n > 0)
		qsort(all->v, all->n, sizeof *all->v, compare_tbs);
	for (size_t i = 0; i < all->n; i++)
		if (i > 0 && compare_tbs(&all->v[i - 1], &all->v[i]) == 0)
			complete_as(&all->v[i - 1], &all->v[i]);
		else
			complete(s, &all->v[i]);
	if (all->n > 0)
		qsort(all->v, all->n, sizeof *all->v, compare);
	for (size_t i = 0; i < all->n; i++)
		json_array_append_new(out, all->v[i].json);
	free(all->v);
	all->v = NULL;
	all->n = 0;
	return out;
}

bool
collect_from_store(
    json_t *doc, struct store *s, const struct collect_span *span)
{
	struct items all = { .doc = doc, .span = span, .s = s };
	json_t *refused = json_array();
	bool ok;

	ok = store_findings_each(s, add_finding, &all);
	for (size_t i = 0; i < all.n; i++)
		collect_response(s, all.v[i].tbs, all.v[i].json);
	json_object_set_new(
	    doc, "findings", finish(&all, s, complete_finding, compare_items));
	if (all.n_objected > 0)
		qsort(
		    all.objected, all.n_objected, SHA256_SIZE, compare_digests);
	ok = ok && store_certs_each(s, NULL, add_expected, &all);
	json_object_set_new(doc, "expected",
	    finish(&all, s, complete_expected, compare_expected));
	free(all.objected);
	ok = ok && store_rejected_each(s, span->since, add_refused, refused);
	json_object_set_new(doc, "refused", refused);
	return ok && *store_error(s) == '\0';
}
