/* SPDX-License-Identifier: Apache-2.0 */
/*
 * webhook_ctwatch: messages of the form ctwatch-notification/1, with whole
 * findings.
 */
#include <stdio.h>

#include <jansson.h>

#include "notify/payload.h"
#include "notify/webhook_make.h"
#include <ctwatch/base/buf.h>
#include <ctwatch/report/report_walk.h>

/* Bytes of findings in a message: receivers often take a megabyte. */
#define FINDINGS_MAX 500000

/* The findings that are in no message yet. */
struct part {
	const struct webhook_news *n;
	json_t *findings;
	size_t bytes;
	unsigned number; /* of the message, from 1 */
};

static void
take_part(struct part *p, bool more)
{
	const struct report *r = p->n->news;
	struct buf summary;
	char item[32];

	snprintf(item, sizeof item, p->number > 1 ? "digest %u" : "digest",
	    p->number);
	buf_init(&summary, SIZE_MAX / 2);
	notify_payload_summary(r, &summary);
	if (p->number > 1)
		buf_printf(&summary, ", part %u", p->number);
	webhook_make_take(p->n, item,
	    json_pack("{ss ss sb ss sI sb sO sO so}", "format",
	        "ctwatch-notification/1", "id", p->n->key(p->n->arg, item),
	        "test", (int)report_json_true(r->doc, "test"), "summary",
	        buf_text(&summary), "part", (json_int_t)p->number, "more",
	        (int)more, "run", report_json_at(r->doc, "run"), "coverage",
	        report_json_at(r->doc, "coverage"), "findings", p->findings));
	buf_fini(&summary);
	p->findings = json_array();
	p->bytes = 0;
	p->number++;
}

void
webhook_ctwatch_make(const struct webhook_news *n)
{
	struct report_walk w = report_walk(n->news, STORE_ITEM_FINDING);
	struct part p = { .n = n, .findings = json_array(), .number = 1 };

	while (report_walk_next(&w)) {
		json_t *finding = report_walk_json(&w);
		size_t size = json_dumpb(finding, NULL, 0, JSON_COMPACT);

		if (p.bytes > 0 && p.bytes + size > FINDINGS_MAX)
			take_part(&p, true);
		json_array_append(p.findings, finding);
		p.bytes += size;
	}
	take_part(&p, false);
	json_decref(p.findings);
}
