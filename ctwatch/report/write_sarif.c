/* SPDX-License-Identifier: Apache-2.0 */
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include <jansson.h>

#include "report/source_lines.h"
#include <ctwatch/base/mem.h>
#include <ctwatch/report/report_json.h>
#include <ctwatch/report/write.h>

#define SCHEMA                                                                 \
	"https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/"  \
	"sarif-schema-2.1.0.json"

/* By severity: the level of SARIF, and the number for the order in GitHub. */
static const struct {
	const char *level, *score;
} levels[] = {
	{ "note", "0.0" },
	{ "note", "3.0" },
	{ "warning", "5.5" },
	{ "error", "8.0" },
	{ "error", "9.5" },
};

static json_t *
text_json(const char *text)
{
	return json_pack("{ss}", "text", text);
}

static json_t *
rule_json(const struct rules_rule *rule)
{
	return json_pack("{ss ss so so so s{ss} s{ss s[s s]}}", "id", rule->id,
	    "name", rule->name, "shortDescription", text_json(rule->name),
	    "fullDescription", text_json(rule->meaning), "help",
	    text_json(rule->remedy), "defaultConfiguration", "level",
	    levels[rule->severity].level, "properties", "security-severity",
	    levels[rule->severity].score, "tags", "security",
	    "certificate-transparency");
}

/* The rules of the findings, and their indexes by rule. */
static json_t *
rules_json(const json_t *doc, int *index)
{
	size_t n, i;
	const struct rules_rule *all = rules_all(&n);
	json_t *out = json_array(), *f;

	for (size_t k = 0; k < n; k++) {
		index[k] = -1;
		json_array_foreach(report_json_at(doc, "findings"), i, f) {
			if (strcmp(report_json_text(f, "rule"), all[k].id) != 0)
				continue;
			index[k] = (int)json_array_size(out);
			json_array_append_new(out, rule_json(&all[k]));
			break;
		}
	}
	return out;
}

/* Append a URL with all other characters percent-encoded. */
static json_t *
uri_json(const char *url, const char *tail)
{
	static const char plain[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
	                            "abcdefghijklmnopqrstuvwxyz0123456789"
	                            "-._~:/?#@!$&'()*+,;=";
	struct buf b;
	json_t *out;

	buf_init(&b, SIZE_MAX / 2);
	for (; *url != '\0'; url++)
		buf_printf(&b, strchr(plain, *url) != NULL ? "%c" : "%%%02X",
		    (unsigned char)*url);
	buf_add_text(&b, tail);
	out = json_string(buf_text(&b));
	buf_fini(&b);
	return out;
}

/* Append the URL of the entry in the log. */
static json_t *
evidence_json(const json_t *doc, const json_t *seen)
{
	const json_t *log =
	    report_json_log(doc, report_json_text(seen, "log_id"));
	char tail[96];

	if (log == NULL)
		return NULL;
	snprintf(tail, sizeof tail, "#entry-%" PRId64,
	    report_json_int(seen, "index"));
	if (strcmp(report_json_text(log, "type"), "rfc6962") == 0)
		snprintf(tail, sizeof tail,
		    "ct/v1/get-entries?start=%" PRId64 "&end=%" PRId64,
		    report_json_int(seen, "index"),
		    report_json_int(seen, "index"));
	return json_pack("{s{s{so}} so}", "physicalLocation",
	    "artifactLocation", "uri",
	    uri_json(report_json_text(log, "url"), tail), "message",
	    text_json("the entry in the log"));
}

static void
add_logical(json_t *logical, json_t *name, const char *kind)
{
	json_array_append_new(logical,
	    json_pack("{so ss}", "fullyQualifiedName", name, "kind", kind));
}

/*
 * Code scanning services show a finding at a place in the repository: the line
 * of the pinset or watch list to change if the certificate is ours.  Findings
 * about logs have no place.
 */
static json_t *
location_json(const json_t *doc, const json_t *f)
{
	const json_t *place = source_lines_of(doc, f);
	const struct rules_rule *rule = report_json_rule(f);
	/* Findings about a log have its description as subject. */
	const json_t *log = rule != NULL && rule->key == RULES_LOG
	    ? report_json_find(doc, "coverage.logs", "description",
	          report_json_text(f, "subject"))
	    : NULL;
	json_t *logical = json_array(), *name, *out;
	size_t i;

	json_array_foreach(report_json_at(f, "matched_names"), i, name)
		add_logical(logical, json_incref(name), "resource");
	if (log != NULL)
		add_logical(logical, json_incref(report_json_at(log, "url")),
		    "resource");
	else if (json_array_size(logical) == 0)
		add_logical(logical, json_incref(report_json_at(f, "subject")),
		    "member");
	out = json_pack("{so}", "logicalLocations", logical);
	if (place != NULL)
		json_object_set_new(out, "physicalLocation",
		    json_pack("{s{so} s{sI}}", "artifactLocation", "uri",
		        uri_json(report_json_text(place, "file"), ""), "region",
		        "startLine",
		        (json_int_t)report_json_int(place, "line")));
	return out;
}

static const char *
baseline(const char *status)
{
	if (strcmp(status, "new") == 0)
		return "new";
	return strcmp(status, "closed") == 0 ? "absent" : "unchanged";
}

static void
add_suppression(json_t *out, const json_t *f)
{
	json_t *s =
	    json_pack("{ss ss}", "kind", "external", "status", "accepted");

	if (*report_json_text(f, "reason") != '\0')
		json_object_set(
		    s, "justification", report_json_at(f, "reason"));
	json_object_set_new(out, "suppressions", json_pack("[o]", s));
}

static json_t *
result_json(const json_t *doc, const json_t *f, const int *index)
{
	size_t n, i;
	const struct rules_rule *all = rules_all(&n),
	                        *rule = report_json_rule(f);
	json_t *related = json_array(), *seen;
	json_t *out = json_pack("{sO ss ss so s[o] s{sO} ss}", "ruleId",
	    report_json_at(f, "rule"), "kind", "fail", "level",
	    levels[report_json_severity(f)].level, "message",
	    text_json(report_json_text(f, "message")), "locations",
	    location_json(doc, f), "partialFingerprints", "ctwatch/v1",
	    report_json_at(f, "id"), "baselineState",
	    baseline(report_json_text(f, "status")));

	if (rule != NULL)
		json_object_set_new(
		    out, "ruleIndex", json_integer(index[rule - all]));
	json_array_foreach(report_json_at(f, "sightings"), i, seen) {
		json_t *at = evidence_json(doc, seen);

		if (at != NULL)
			json_array_append_new(related, at);
	}
	json_object_set_new(out, "relatedLocations", related);
	if (strcmp(report_json_text(f, "status"), "suppressed") == 0)
		add_suppression(out, f);
	json_object_set_new(out, "properties",
	    json_pack("{sO sO sO sO sO sO}", "severity",
	        report_json_at(f, "severity"), "verified",
	        report_json_at(f, "verified"), "watched",
	        report_json_at(f, "watched"), "certificate",
	        report_json_at(f, "certificate"), "sightings",
	        report_json_at(f, "sightings"), "owner",
	        report_json_at(f, "owner")));
	return out;
}

static void
notify(json_t *out, const char *level, const char *text)
{
	json_array_append_new(out,
	    json_pack("{ss so}", "level", level, "message", text_json(text)));
}

/* Report failures of the state and incomplete logs as notifications of the
 * tool. */
static json_t *
notifications_json(const json_t *doc)
{
	json_t *out = json_array(), *log;
	size_t i;

	if (*report_json_text(doc, "run.error") != '\0')
		notify(out, "error", report_json_text(doc, "run.error"));

	json_array_foreach(report_json_at(doc, "coverage.logs"), i, log) {
		const char *status = report_json_text(log, "status");
		char *text;

		if (strcmp(status, "complete") == 0 ||
		    strcmp(status, "skipped") == 0)
			continue;
		text = mem_printf("%s: %s: %s",
		    report_json_text(log, "description"), status,
		    report_json_text(log, "reason"));
		notify(out,
		    strcmp(status, "misbehaving") == 0 ? "error" : "warning",
		    text);
		free(text);
	}
	return out;
}

void
write_sarif(
    const struct report *r, const struct report_style *style, struct buf *out)
{
	size_t n, i;
	int *index, status = report_exit_status(r);
	json_t *rules, *results = json_array(), *run, *f, *log;

	(void)style;
	rules_all(&n);
	index = mem_alloc(n, sizeof *index);
	rules = rules_json(r->doc, index);
	json_array_foreach(report_json_at(r->doc, "findings"), i, f)
		json_array_append_new(results, result_json(r->doc, f, index));
	free(index);
	run = json_pack("{s{s{ss sO so}} s{ss}}", "tool", "driver", "name",
	    "ctwatch", "version", report_json_at(r->doc, "run.version"),
	    "rules", rules, "automationDetails", "id", "ctwatch/nightly/");
	json_object_set_new(run, "invocations",
	    json_pack("[{sb si sO sO so}]", "executionSuccessful",
	        (status & 32) == 0, "exitCode", status, "startTimeUtc",
	        report_json_at(r->doc, "run.started"), "endTimeUtc",
	        report_json_at(r->doc, "run.ended"),
	        "toolExecutionNotifications", notifications_json(r->doc)));
	json_object_set_new(run, "results", results);
	log = json_pack(
	    "{ss ss s[o]}", "$schema", SCHEMA, "version", "2.1.0", "runs", run);
	write_json_line(log, out);
	json_decref(log);
}
