/* SPDX-License-Identifier: Apache-2.0 */
/*
 * webhook_pagerduty: the Events API v2 of PagerDuty: one alert per finding, which
 * the ID of the finding names, and which the closing of the finding resolves.
 *
 * The routing key is a secret: webhook_post adds it when it sends.
 */
#include <inttypes.h>
#include <string.h>

#include <jansson.h>

#include "notify/webhook_make.h"
#include <ctwatch/base/buf.h>
#include <ctwatch/report/report_walk.h>

/* Of payload.summary, in characters, and of an event, in bytes
 * (developer.pagerduty.com/docs/events-api-v2-overview). */
#define SUMMARY_MAX 1024
#define EVENT_MAX   (512000 - 1000)

/* Sightings of a certificate in an alert. */
#define SIGHTINGS_MAX 5

static const char *
severity(const struct report *r, const json_t *f)
{
	static const char *const word[] = { "info", "info", "warning", "error",
		"critical" };

	return report_json_true(r->doc, "test") ? "info"
	                                        : word[report_json_severity(f)];
}

static json_t *
summary_json(const struct report *r, const json_t *f)
{
	struct buf text;
	json_t *out;

	buf_init(&text, SIZE_MAX / 2);
	buf_printf(&text, "%s%s for %s: %s",
	    report_json_true(r->doc, "test") ? "TEST: " : "",
	    report_json_text(f, "name"), report_json_about(f),
	    report_json_text(f, "message"));
	out = webhook_make_text(buf_text(&text), SUMMARY_MAX);
	buf_fini(&text);
	return out;
}

/* Put a member of the certificate, if it has it. */
static void
put(json_t *out, const char *name, const json_t *f, const char *path)
{
	json_t *v = report_json_at(f, path);

	if (v != NULL && !json_is_null(v))
		json_object_set(out, name, v);
}

static json_t *
details_json(const json_t *f)
{
	json_t *out = json_object(), *seen = json_array();

	put(out, "finding", f, "id");
	put(out, "rule", f, "rule");
	put(out, "severity", f, "severity");
	put(out, "message", f, "message");
	put(out, "next_step", f, "remediation");
	put(out, "names", f, "matched_names");
	put(out, "names_count", f, "matched_count");
	put(out, "watched", f, "watched");
	put(out, "issuer", f, "certificate.issuer");
	put(out, "subject", f, "certificate.subject");
	put(out, "serial", f, "certificate.serial");
	put(out, "not_before", f, "certificate.not_before");
	put(out, "not_after", f, "certificate.not_after");
	put(out, "spki_sha256", f, "certificate.spki_sha256");
	put(out, "tbs_sha256", f, "certificate.tbs_sha256");
	for (size_t i = 0;
	     i < report_json_count(f, "sightings") && i < SIGHTINGS_MAX; i++)
		json_array_append(seen, report_json_item(f, "sightings", i));
	json_object_set_new(out, "sightings", seen);
	return out;
}

static json_t *
source_json(const json_t *f)
{
	const char *about = report_json_about(f);

	return webhook_make_text(*about != '\0' ? about : "ctwatch", 1000);
}

static void
trigger(const struct webhook_news *n, const json_t *f)
{
	const struct report *r = n->news;
	json_t *payload = json_pack("{so so ss sO sO ss so}", "summary",
	    summary_json(r, f), "source", source_json(f), "severity",
	    severity(r, f), "timestamp", report_json_at(r->doc, "run.ended"),
	    "class", report_json_at(f, "name"), "component",
	    "certificate-transparency", "custom_details", details_json(f));
	json_t *event = json_pack("{ss sO ss so}", "event_action", "trigger",
	    "dedup_key", report_json_at(f, "id"), "client", "ctwatch",
	    "payload", payload);

	if (json_dumpb(event, NULL, 0, JSON_COMPACT) > EVENT_MAX)
		json_object_set_new(payload, "custom_details",
		    json_pack("{sO sO}", "finding", report_json_at(f, "id"),
		        "rule", report_json_at(f, "rule")));
	webhook_make_take(n, report_json_text(f, "id"), event);
}

void
webhook_pagerduty_make(const struct webhook_news *n)
{
	struct report_walk w = report_walk(n->news, STORE_ITEM_FINDING);

	while (report_walk_next(&w))
		trigger(n, report_walk_json(&w));
	w = report_walk(n->whole, STORE_ITEM_FINDING);
	while (report_walk_next(&w)) {
		const json_t *f;

		if (!w.resolved || w.severity < n->least)
			continue;
		f = report_walk_json(&w);
		webhook_make_take(n, report_json_text(f, "id"),
		    json_pack("{ss sO}", "event_action", "resolve", "dedup_key",
		        report_json_at(f, "id")));
	}
}
