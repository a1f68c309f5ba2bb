/* SPDX-License-Identifier: Apache-2.0 */
/*
 * webhook_splunk: the HTTP Event Collector of Splunk: one event per finding, in
 * batches, and one per run.
 *
 * The token is a secret: webhook_post adds it when it sends.
 */
#include <inttypes.h>
#include <stdio.h>
#include <unistd.h>

#include <jansson.h>

#include "notify/webhook_make.h"
#include <ctwatch/base/buf.h>
#include <ctwatch/report/report_sums.h>
#include <ctwatch/report/report_walk.h>
#include <ctwatch/report/write.h>

/* The smallest limit of a request among Splunk's products (max_content_length
 * in limits.conf), in bytes. */
#define BATCH_MAX 1000000

/* Names of a certificate in an event; names_count has the number of all. */
#define NAMES_MAX 100

/* An event with the metadata that Splunk documents; time is in seconds. */
static json_t *
event_json(const struct report *r, const char *sourcetype, json_t *event)
{
	char host[256] = "";

	gethostname(host, sizeof host - 1);
	return json_pack("{sI so ss ss so}", "time",
	    (json_int_t)(report_json_time(r->doc, "run.ended") / TIME_SECOND),
	    "host", webhook_make_text(*host != '\0' ? host : "localhost", 255),
	    "source", "ctwatch", "sourcetype", sourcetype, "event", event);
}

static json_t *
finding_json(const struct report *r, const json_t *f)
{
	json_t *out = json_copy((json_t *)(uintptr_t)f);
	json_t *cert = json_copy(report_json_at(f, "certificate"));
	json_t *names = json_copy(report_json_at(cert, "names"));

	if (json_array_size(names) > NAMES_MAX) {
		json_object_set_new(cert, "names_count",
		    json_integer((json_int_t)json_array_size(names)));
		while (json_array_size(names) > NAMES_MAX)
			json_array_remove(names, json_array_size(names) - 1);
		json_object_set(cert, "names", names);
	}
	json_decref(names);
	if (cert != NULL)
		json_object_set_new(out, "certificate", cert);
	json_object_set(out, "run", report_json_at(r->doc, "run.id"));
	json_object_set_new(
	    out, "test", json_boolean(report_json_true(r->doc, "test")));
	return event_json(r, "ctwatch:finding", out);
}

static json_t *
run_json(const struct report *r)
{
	struct report_sums sum;

	report_sums_load(r, &sum);
	return event_json(r, "ctwatch:run",
	    json_pack("{sO sO sO sO sI sI sI sI sb}", "run",
	        report_json_at(r->doc, "run.id"), "outcome",
	        report_json_at(r->doc, "run.outcome"), "exit_status",
	        report_json_at(r->doc, "run.exit_status"), "version",
	        report_json_at(r->doc, "run.version"), "new_findings",
	        (json_int_t)report_walk_count(r, STORE_ITEM_FINDING), "logs",
	        (json_int_t)sum.logs, "logs_complete", (json_int_t)sum.complete,
	        "entries", (json_int_t)sum.entries, "test",
	        (int)report_json_true(r->doc, "test")));
}

/* Events that do not fill a request yet. */
struct batch {
	const struct webhook_news *n;
	struct buf body;
	int number;
};

static void
take_batch(struct batch *b)
{
	char item[32];

	snprintf(item, sizeof item, "batch %d", b->number++);
	if (b->body.n > 0)
		b->n->take(b->n->arg, item, buf_view(&b->body));
	buf_clear(&b->body);
}

static void
add_event(struct batch *b, json_t *event)
{
	struct buf line;

	buf_init(&line, SIZE_MAX / 2);
	write_json_line(event, &line);
	json_decref(event);
	if (b->body.n + line.n > BATCH_MAX)
		take_batch(b);
	buf_add(&b->body, buf_view(&line));
	buf_fini(&line);
}

void
webhook_splunk_make(const struct webhook_news *n)
{
	struct report_walk w = report_walk(n->news, STORE_ITEM_FINDING);
	struct batch b = { .n = n };

	buf_init(&b.body, SIZE_MAX / 2);
	add_event(&b, run_json(n->news));
	while (report_walk_next(&w))
		add_event(&b, finding_json(n->news, report_walk_json(&w)));
	take_batch(&b);
	buf_fini(&b.body);
}
