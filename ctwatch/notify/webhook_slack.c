/* SPDX-License-Identifier: Apache-2.0 */
/*
 * webhook_slack: an incoming webhook of Slack, as blocks.
 *
 * Untrusted text is in plain text objects or in code spans: there Slack sees
 * neither markup nor links nor mentions.
 */
#include <inttypes.h>
#include <string.h>

#include <jansson.h>

#include "notify/payload.h"
#include "notify/webhook_make.h"
#include <ctwatch/base/text.h>
#include <ctwatch/report/report_walk.h>

/* Limits of Block Kit: docs.slack.dev/reference/block-kit/blocks, in
 * characters; bytes are never fewer. */
#define HEADER_MAX  150
#define SECTION_MAX 3000

/* One name, with room for three in a section. */
#define NAME_MAX_BYTES 600

/* Findings of one message: two of at most 50 blocks each. */
#define FINDINGS_MAX 20

/* Slack refuses a message whose blocks have more than some 13 KB together. */
#define MESSAGE_MAX 12000

/* Shorten b to max bytes, without cutting a code point or an entity. */
static void
cut(struct buf *b, size_t max)
{
	static const char more[] = "...";
	size_t n = text_cut(buf_view(b), max - (sizeof more - 1)).n;

	if (b->n <= max)
		return;
	for (size_t i = n; i > 0 && n - i < sizeof "&amp;" - 1; i--)
		if (b->p[i - 1] == ';')
			break;
		else if (b->p[i - 1] == '&') {
			n = i - 1;
			break;
		}
	b->n = n;
	buf_add_text(b, more);
}

/* Append text with Slack's three control characters as entities, at most max
 * bytes; within a code span a backtick would end it. */
static void
add_escaped(struct buf *out, const char *text, bool code, size_t max)
{
	struct buf safe;

	buf_init(&safe, SIZE_MAX / 2);
	for (; *text != '\0'; text++)
		switch (*text) {
		case '&':
			buf_add_text(&safe, "&amp;");
			break;
		case '<':
			buf_add_text(&safe, "&lt;");
			break;
		case '>':
			buf_add_text(&safe, "&gt;");
			break;
		case '`':
			buf_add_byte(&safe, code ? '\'' : '`');
			break;
		default:
			buf_add_byte(&safe, (uint8_t)*text);
			break;
		}
	cut(&safe, max);
	buf_add(out, buf_view(&safe));
	buf_fini(&safe);
}

static json_t *
plain_json(const char *type, const char *text, size_t max)
{
	struct buf safe;
	json_t *out;

	buf_init(&safe, SIZE_MAX / 2);
	add_escaped(&safe, text, false, max);
	out = json_pack("{ss s{ss ss sb}}", "type", type, "text", "type",
	    "plain_text", "text", buf_text(&safe), "emoji", 0);
	buf_fini(&safe);
	return out;
}

static void
add_name(struct buf *out, const char *name)
{
	buf_add_byte(out, '`');
	add_escaped(out, *name != '\0' ? name : "-", true, NAME_MAX_BYTES);
	buf_add_byte(out, '`');
}

/* The title in bold, and the names in code spans. */
static json_t *
title_json(const json_t *f)
{
	int64_t more = webhook_make_more_names(f);
	struct buf text;
	json_t *out;

	buf_init(&text, SIZE_MAX / 2);
	buf_add_byte(&text, '*');
	webhook_make_title(f, &text);
	buf_printf(&text, "*\n");
	for (size_t i = 0; i < report_json_count(f, "matched_names") &&
	     i < WEBHOOK_MAKE_NAMES;
	     i++) {
		buf_add_text(&text, i > 0 ? ", " : "");
		add_name(&text, report_json_item_text(f, "matched_names", i));
	}
	if (report_json_count(f, "matched_names") == 0)
		add_name(&text, report_json_about(f));
	if (more > 0)
		buf_printf(&text, " and %" PRId64 " more", more);
	buf_printf(&text, "\n`ctwatch findings show %.*s`", WEBHOOK_MAKE_ID,
	    report_json_text(f, "id"));
	out = json_pack("{ss s{ss ss sb}}", "type", "section", "text", "type",
	    "mrkdwn", "text", buf_text(&text), "verbatim", 1);
	buf_fini(&text);
	return out;
}

static size_t
size_of(const json_t *v)
{
	return json_dumpb(v, NULL, 0, JSON_COMPACT);
}

/* Append the blocks of the findings that fit; return their number. */
static size_t
add_findings(const struct report *r, json_t *blocks)
{
	struct report_walk w = report_walk(r, STORE_ITEM_FINDING);
	size_t shown = 0, size = size_of(blocks);

	while (report_walk_next(&w)) {
		const json_t *f = report_walk_json(&w);
		json_t *title = title_json(f),
		       *message = plain_json(
		           "section", report_json_text(f, "message"), 1000);

		size += size_of(title) + size_of(message);
		if (shown == FINDINGS_MAX || size > MESSAGE_MAX) {
			json_decref(title);
			json_decref(message);
			break;
		}
		json_array_append_new(blocks, title);
		json_array_append_new(blocks, message);
		shown++;
	}
	report_walk_end(&w);
	return shown;
}

void
webhook_slack_make(const struct webhook_news *n)
{
	json_t *blocks = json_array();
	struct buf text, safe;
	size_t shown;

	buf_init(&text, SIZE_MAX / 2);
	buf_init(&safe, SIZE_MAX / 2);
	notify_payload_summary(n->news, &text);
	json_array_append_new(
	    blocks, plain_json("header", buf_text(&text), HEADER_MAX));
	add_escaped(&safe, buf_text(&text), false, SECTION_MAX);
	shown = add_findings(n->news, blocks);
	buf_clear(&text);
	webhook_make_rest(n->news, shown, &text);
	webhook_make_run(n->news, &text);
	json_array_append_new(
	    blocks, plain_json("section", buf_text(&text), SECTION_MAX));
	webhook_make_take(n, "digest",
	    json_pack("{ss so}", "text", buf_text(&safe), "blocks", blocks));
	buf_fini(&text);
	buf_fini(&safe);
}
