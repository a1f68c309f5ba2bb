/* SPDX-License-Identifier: Apache-2.0 */
/* write_ocsf: the findings in the Open Cybersecurity Schema, a line each. */
#include <string.h>

#include <jansson.h>

#include <ctwatch/report/report_json.h>
#include <ctwatch/report/write.h>

/* The released schema whose attributes these are. */
#define OCSF_VERSION "1.3.0"

#define CLASS_UID    2004 /* Detection Finding */
#define CATEGORY_UID 2    /* Findings */

enum {
	HOSTNAME = 1,
	HASH = 8
}; /* type_id of observables */

/* activity_id and status_id by our status, with their captions. */
static const struct {
	const char *word;
	int activity, status;
	const char *activity_name, *status_name;
} states[] = {
	{ "new", 1, 1, "Create", "New" },
	{ "open", 2, 1, "Update", "New" },
	{ "suppressed", 2, 3, "Update", "Suppressed" },
	{ "closed", 3, 4, "Close", "Resolved" },
};

/* The captions of severity_id, by severity. */
static const char *const severities[] = { "Informational", "Low", "Medium",
	"High", "Critical" };

static json_t *
info_json(const json_t *f)
{
	json_t *info = json_pack("{sO so s[O] s{si ss sO sO} sO}", "uid",
	    report_json_at(f, "id"), "title", write_json_title(f), "types",
	    report_json_at(f, "rule"), "analytic", "type_id", 1, "type", "Rule",
	    "name", report_json_at(f, "name"), "uid", report_json_at(f, "rule"),
	    "desc", report_json_at(f, "message"));

	if (report_json_time(f, "first_seen") != 0) {
		json_object_set_new(info, "first_seen_time",
		    json_integer(report_json_time(f, "first_seen")));
		json_object_set_new(info, "last_seen_time",
		    json_integer(report_json_time(f, "last_seen")));
	}
	return info;
}

static void
observe(json_t *out, const char *name, int type, json_t *value)
{
	if (json_is_string(value))
		json_array_append_new(out,
		    json_pack("{ss si ss sO}", "name", name, "type_id", type,
		        "type", type == HASH ? "Hash" : "Hostname", "value",
		        value));
}

/* Put no tls object into the evidence: it requires a TLS version. */
static void
add_certificate(json_t *out, const json_t *f)
{
	json_t *cert = report_json_at(f, "certificate"), *name;
	json_t *resources = json_array(), *observables = json_array();
	size_t i;

	json_array_foreach(report_json_at(f, "matched_names"), i, name) {
		json_array_append_new(resources,
		    json_pack("{sO ss}", "name", name, "type", "domain"));
		observe(observables, "resources.name", HOSTNAME, name);
	}
	observe(observables, "evidences.data.tbs_sha256", HASH,
	    report_json_at(cert, "tbs_sha256"));
	observe(observables, "evidences.data.cert_sha256", HASH,
	    report_json_at(cert, "cert_sha256"));
	json_object_set_new(
	    out, "evidences", json_pack("[{sO}]", "data", cert));
	json_object_set_new(out, "resources", resources);
	json_object_set_new(out, "observables", observables);
}

static json_t *
ocsf_json(const json_t *doc, const json_t *f)
{
	const char *status = report_json_text(f, "status");
	size_t s = 0;
	json_t *out;

	while (s < 3 && strcmp(states[s].word, status) != 0)
		s++;
	out = json_pack("{si si si si si sI si sO}", "activity_id",
	    states[s].activity, "category_uid", CATEGORY_UID, "class_uid",
	    CLASS_UID, "type_uid", CLASS_UID * 100 + states[s].activity,
	    "severity_id", (int)report_json_severity(f) + 1, "time",
	    (json_int_t)report_json_time(doc, "run.ended"), "status_id",
	    states[s].status, "message", report_json_at(f, "message"));
	json_object_set_new(
	    out, "activity_name", json_string(states[s].activity_name));
	json_object_set_new(out, "category_name", json_string("Findings"));
	json_object_set_new(
	    out, "class_name", json_string("Detection Finding"));
	json_object_set_new(out, "type_name",
	    json_sprintf("Detection Finding: %s", states[s].activity_name));
	json_object_set_new(
	    out, "severity", json_string(severities[report_json_severity(f)]));
	json_object_set_new(out, "status", json_string(states[s].status_name));
	json_object_set_new(out, "metadata",
	    json_pack("{ss s{ss ss sO} ss}", "version", OCSF_VERSION, "product",
	        "name", "ctwatch", "vendor_name", "ctwatch", "version",
	        report_json_at(doc, "run.version"), "log_name",
	        "Certificate Transparency"));
	json_object_set_new(out, "finding_info", info_json(f));
	json_object_set_new(out, "remediation",
	    json_pack("{sO}", "desc", report_json_at(f, "remediation")));
	if (json_is_object(report_json_at(f, "certificate")))
		add_certificate(out, f);
	json_object_set_new(out, "unmapped",
	    json_pack("{sO sO sO sO}", "watched", report_json_at(f, "watched"),
	        "sightings", report_json_at(f, "sightings"), "verified",
	        report_json_at(f, "verified"), "owner",
	        report_json_at(f, "owner")));
	return out;
}

void
write_ocsf(
    const struct report *r, const struct report_style *style, struct buf *out)
{
	write_json_each(r, style, ocsf_json, out);
}
