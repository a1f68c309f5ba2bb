/* SPDX-License-Identifier: Apache-2.0 */
/*
 * webhook_teams: a webhook of a Teams workflow, as an Adaptive Card.
 *
 * All text is in text runs, in which Teams reads no Markdown.
 */
#include <inttypes.h>
#include <string.h>

#include <jansson.h>

#include "notify/payload.h"
#include "notify/webhook_make.h"
#include <ctwatch/report/report_walk.h>

/* Teams refuses a message of more than 28 KB
 * (learn.microsoft.com/microsoftteams/limits-specifications-teams). */
#define MESSAGE_MAX 27000

#define FINDINGS_MAX 20

/* A line of a card: a block with one run. */
static json_t *
line_json(const char *text, size_t max)
{
	return json_pack("{ss s[{ss so}]}", "type", "RichTextBlock", "inlines",
	    "type", "TextRun", "text", webhook_make_text(text, max));
}

static json_t *
run_of(const json_t *line)
{
	return report_json_item(line, "inlines", 0);
}

static json_t *
names_json(const json_t *f)
{
	int64_t more = webhook_make_more_names(f);
	struct buf text;
	json_t *out;

	buf_init(&text, SIZE_MAX / 2);
	for (size_t i = 0; i < report_json_count(f, "matched_names") &&
	     i < WEBHOOK_MAKE_NAMES;
	     i++)
		buf_printf(&text, "%s%s", i > 0 ? ", " : "",
		    report_json_item_text(f, "matched_names", i));
	if (text.n == 0)
		buf_add_text(&text, report_json_about(f));
	if (more > 0)
		buf_printf(&text, " and %" PRId64 " more", more);
	out = line_json(buf_text(&text), 1000);
	json_object_set_new(run_of(out), "fontType", json_string("Monospace"));
	buf_fini(&text);
	return out;
}

static json_t *
finding_json(const json_t *f)
{
	static const char *const style[] = { "default", "default", "warning",
		"attention", "attention" };
	char show[64];
	struct buf title;
	json_t *line, *last, *out;

	buf_init(&title, SIZE_MAX / 2);
	webhook_make_title(f, &title);
	line = line_json(buf_text(&title), 200);
	buf_fini(&title);
	json_object_set_new(run_of(line), "weight", json_string("Bolder"));
	snprintf(show, sizeof show, "ctwatch findings show %.*s",
	    WEBHOOK_MAKE_ID, report_json_text(f, "id"));
	last = line_json(show, sizeof show);
	json_object_set_new(run_of(last), "fontType", json_string("Monospace"));
	json_object_set_new(run_of(last), "isSubtle", json_true());
	out = json_pack("{ss ss sb s[o o o o]}", "type", "Container", "style",
	    style[report_json_severity(f)], "separator", 1, "items", line,
	    names_json(f), line_json(report_json_text(f, "message"), 1000),
	    last);
	return out;
}

static size_t
size_of(const json_t *v)
{
	return json_dumpb(v, NULL, 0, JSON_COMPACT);
}

void
webhook_teams_make(const struct webhook_news *n)
{
	struct report_walk w = report_walk(n->news, STORE_ITEM_FINDING);
	json_t *body = json_array(), *line, *card;
	size_t shown = 0, size = 0;
	struct buf text;

	buf_init(&text, SIZE_MAX / 2);
	notify_payload_summary(n->news, &text);
	line = line_json(buf_text(&text), 500);
	json_object_set_new(run_of(line), "weight", json_string("Bolder"));
	json_object_set_new(run_of(line), "size", json_string("Large"));
	json_array_append_new(body, line);
	while (report_walk_next(&w)) {
		json_t *item = finding_json(report_walk_json(&w));

		size += size_of(item) + 1;
		/* The rest of the message has less than 2000 bytes. */
		if (shown == FINDINGS_MAX || size > MESSAGE_MAX - 2000) {
			json_decref(item);
			break;
		}
		json_array_append_new(body, item);
		shown++;
	}
	report_walk_end(&w);
	buf_clear(&text);
	webhook_make_rest(n->news, shown, &text);
	webhook_make_run(n->news, &text);
	json_array_append_new(body, line_json(buf_text(&text), 500));
	card = json_pack("{ss ss ss s{ss} so}", "$schema",
	    "http://adaptivecards.io/schemas/adaptive-card.json", "type",
	    "AdaptiveCard", "version", "1.4", "msteams", "width", "Full",
	    "body", body);
	webhook_make_take(n, "digest",
	    json_pack("{ss s[{ss sn so}]}", "type", "message", "attachments",
	        "contentType", "application/vnd.microsoft.card.adaptive",
	        "contentUrl", "content", card));
	buf_fini(&text);
}
