/* SPDX-License-Identifier: Apache-2.0 */
/* write_sarif: the findings in SARIF 2.1.0. */
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include <jansson.h>

#include "report/source_lines.h"
#include <ctwatch/base/mem.h>
#include <ctwatch/base/text.h>
#include <ctwatch/policy/rules_text.h>
#include <ctwatch/report/report_walk.h>
#include <ctwatch/report/write.h>

#define SCHEMA                                                                 \
	"https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/"  \
	"sarif-schema-2.1.0.json"

/* GitHub refuses a file with more results, and shortens longer descriptions
 * (docs.github.com: "SARIF support for code scanning"). */
#define RESULTS_MAX     25000
#define DESCRIPTION_MAX 1024

/* Where findings are shown that have no line in a file: GitHub shows none without
 * a file. */
#define NO_PLACE "ctwatch.json"

/* By severity: the level of SARIF, and the number for the order in GitHub, which
 * knows none for notes. */
static const struct {
	const char *level, *score;
} levels[] = {
	{ "note", NULL },
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
bytes_json(struct bytes text)
{
	text = text_cut(text, DESCRIPTION_MAX);
	return json_pack("{s s%}", "text", (const char *)text.p, text.n);
}

/* What GitHub shows beside a finding, in Markdown; all of it is our own text. */
static json_t *
help_json(const struct rules_rule *rule)
{
	char *markdown = mem_printf("**What it means.** %s\n\n"
	                            "**Harmless causes.** %s\n\n"
	                            "**What to do.** %s\n\n"
	                            "Reference: %s.\n",
	    rule->meaning, rule->causes, rule->remedy, rule->reference);
	json_t *out =
	    json_pack("{ss ss}", "text", rule->remedy, "markdown", markdown);

	free(markdown);
	return out;
}

static json_t *
rule_json(const struct rules_rule *rule)
{
	json_t *properties = json_pack(
	    "{s[s s]}", "tags", "security", "certificate-transparency");
	json_t *out = json_pack("{ss ss so so so s{ss} so}", "id", rule->id,
	    "name", rule->name, "shortDescription",
	    bytes_json(rules_text_title(rule)), "fullDescription",
	    bytes_json(bytes_of(rule->meaning)), "help", help_json(rule),
	    "defaultConfiguration", "level", levels[rule->severity].level,
	    "properties", properties);
	struct buf url;

	if (levels[rule->severity].score != NULL)
		json_object_set_new(properties, "security-severity",
		    json_string(levels[rule->severity].score));
	buf_init(&url, SIZE_MAX / 2);
	if (rules_text_url(rule, &url))
		json_object_set_new(
		    out, "helpUri", json_string(buf_text(&url)));
	buf_fini(&url);
	return out;
}

/* A closed finding is no result: GitHub closes an alert that it does not find any
 * more, and takes each result for an open one. */
static bool
is_result(const struct report_walk *w)
{
	return w->status != STORE_CLOSED;
}

/* The rules of the results, and their indexes by rule. */
static json_t *
rules_json(const struct report *r, int *index)
{
	struct report_walk w = report_walk(r, STORE_ITEM_FINDING);
	const struct rules_rule *all, *rule;
	json_t *out = json_array();
	size_t n;

	all = rules_all(&n);
	for (size_t k = 0; k < n; k++)
		index[k] = -1;
	while (report_walk_next(&w)) {
		rule = rules_find(w.rule);
		if (is_result(&w) && rule != NULL)
			index[rule - all] = 0;
	}
	for (size_t k = 0; k < n; k++)
		if (index[k] == 0) {
			index[k] = (int)json_array_size(out);
			json_array_append_new(out, rule_json(&all[k]));
		}
	return out;
}

/*
 * Return a path as the URI of a file in the repository: relative to it, with all
 * other characters percent-encoded.  A repository of /etc has the file below its
 * root.
 */
static json_t *
uri_json(const char *path)
{
	static const char plain[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
	                            "abcdefghijklmnopqrstuvwxyz0123456789"
	                            "-._~/!$&'()*+,;=";
	struct buf b;
	json_t *out;

	for (;;)
		if (*path == '/')
			path++;
		else if (strncmp(path, "./", 2) == 0)
			path += 2;
		else if (strncmp(path, "../", 3) == 0)
			path += 3;
		else
			break;
	buf_init(&b, SIZE_MAX / 2);
	for (; *path != '\0'; path++)
		buf_printf(&b, strchr(plain, *path) != NULL ? "%c" : "%%%02X",
		    (unsigned char)*path);
	out = json_string(b.n > 0 ? buf_text(&b) : NO_PLACE);
	buf_fini(&b);
	return out;
}

static void
add_logical(json_t *logical, json_t *name, const char *kind)
{
	json_array_append_new(logical,
	    json_pack("{so ss}", "fullyQualifiedName", name, "kind", kind));
}

/*
 * Code scanning services show a finding at a place in the repository: the line
 * of the pinset or watch list to change if the certificate is ours.
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
	int64_t line;
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
	line = report_json_int(place, "line");
	json_object_set_new(out, "physicalLocation",
	    json_pack("{s{so} s{sI}}", "artifactLocation", "uri",
	        uri_json(report_json_text(place, "file")), "region",
	        "startLine", (json_int_t)(line > 0 ? line : 1)));
	return out;
}

/* The title, and the message; GitHub shows the first sentence where there is little
 * room. */
static json_t *
message_json(const json_t *f, const struct rules_rule *rule)
{
	struct buf text;
	json_t *out;

	buf_init(&text, SIZE_MAX / 2);
	if (rule != NULL) {
		buf_add(&text, rules_text_title(rule));
		buf_add_byte(&text, ' ');
	}
	buf_add_text(&text, report_json_text(f, "message"));
	out = text_json(buf_text(&text));
	buf_fini(&text);
	return out;
}

/* GitHub distinguishes alerts by this: 16 hexadecimal digits and a count. */
static json_t *
fingerprints_json(const json_t *f)
{
	char *hash = mem_printf("%.16s:1", report_json_text(f, "id"));
	json_t *out = json_pack("{sO ss}", "ctwatch/v1",
	    report_json_at(f, "id"), "primaryLocationLineHash", hash);

	free(hash);
	return out;
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
	size_t n;
	const struct rules_rule *all = rules_all(&n),
	                        *rule = report_json_rule(f);
	json_t *out = json_pack("{sO ss ss so s[o] so ss}", "ruleId",
	    report_json_at(f, "rule"), "kind", "fail", "level",
	    levels[report_json_severity(f)].level, "message",
	    message_json(f, rule), "locations", location_json(doc, f),
	    "partialFingerprints", fingerprints_json(f), "baselineState",
	    report_json_is_new(f) ? "new" : "unchanged");

	if (rule != NULL)
		json_object_set_new(
		    out, "ruleIndex", json_integer(index[rule - all]));
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
notifications_json(const json_t *doc, size_t left_out)
{
	json_t *out = json_array(), *log;
	size_t i;

	if (left_out > 0) {
		char *text = mem_printf(
		    "%zu finding%s left out: a service accepts %d results",
		    left_out, left_out == 1 ? " is" : "s are", RESULTS_MAX);

		notify(out, "warning", text);
		free(text);
	}
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

/* Count the results that a service does not accept. */
static size_t
count_left_out(const struct report *r)
{
	struct report_walk w = report_walk(r, STORE_ITEM_FINDING);
	size_t n = 0;

	while (report_walk_next(&w))
		n += is_result(&w);
	return n > RESULTS_MAX ? n - RESULTS_MAX : 0;
}

static void
add_results(const struct report *r, const struct report_style *style,
    const int *index, struct buf *out)
{
	struct report_walk w = report_walk(r, STORE_ITEM_FINDING);
	size_t n = 0;

	while (n < RESULTS_MAX && report_walk_next(&w)) {
		json_t *v;

		if (!is_result(&w))
			continue;
		buf_add_text(out, n++ > 0 ? "," : "");
		v = result_json(r->doc, report_walk_json(&w), index);
		write_json_value(v, out);
		json_decref(v);
		report_output_drain(style, out);
	}
	report_walk_end(&w);
}

/* The run without its results. */
static json_t *
run_json(const struct report *r, int *index)
{
	int status = report_exit_status(r);
	json_t *run = json_pack("{s{s{ss sO so}} s{ss}}", "tool", "driver",
	    "name", "ctwatch", "version", report_json_at(r->doc, "run.version"),
	    "rules", rules_json(r, index), "automationDetails", "id",
	    "ctwatch/nightly/");

	json_object_set_new(run, "invocations",
	    json_pack("[{sb si sO sO so}]", "executionSuccessful",
	        (status & 32) == 0, "exitCode", status, "startTimeUtc",
	        report_json_at(r->doc, "run.started"), "endTimeUtc",
	        report_json_at(r->doc, "run.ended"),
	        "toolExecutionNotifications",
	        notifications_json(r->doc, count_left_out(r))));
	return run;
}

void
write_sarif(
    const struct report *r, const struct report_style *style, struct buf *out)
{
	size_t n;
	int *index;
	json_t *run;

	rules_all(&n);
	index = mem_alloc(n, sizeof *index);
	run = run_json(r, index);
	buf_add_text(out,
	    "{\"$schema\":\"" SCHEMA "\",\"version\":\"2.1.0\",\"runs\":[");
	write_json_value(run, out);
	if (run != NULL)
		out->n--; /* its closing brace */
	buf_add_text(out, ",\"results\":[");
	add_results(r, style, index, out);
	buf_add_text(out, "]}]}\n");
	json_decref(run);
	free(index);
}
