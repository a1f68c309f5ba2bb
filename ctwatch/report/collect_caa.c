/* SPDX-License-Identifier: Apache-2.0 */
#include <jansson.h>

#include "report/collect_caa.h"
#include <ctwatch/report/collect.h>
#include <ctwatch/wire/caa_set.h>

/* Records of one name in a report; others are counted. */
#define RECORDS_LISTED 20

static json_t *
records_json(struct bytes set, json_int_t *count)
{
	json_t *out = json_array();
	struct caa_set_record r;
	struct buf text;

	buf_init(&text, SIZE_MAX / 2);
	for (*count = 0; caa_set_next(&set, &r); ++*count) {
		if (*count >= RECORDS_LISTED)
			continue;
		buf_clear(&text);
		caa_set_text(&r, &text);
		json_array_append_new(out, collect_text(buf_text(&text)));
	}
	buf_fini(&text);
	return out;
}

static json_t *
name_json(const struct report_caa_name *n)
{
	json_int_t count;
	json_t *records = records_json(n->set, &count);

	return json_pack("{so ss so so so sI so so sb}", "name",
	    collect_text(n->name), "status", n->status, "reason",
	    collect_text(n->reason), "domain", collect_text(n->domain),
	    "records", records, "records_count", count, "since",
	    collect_time(n->since), "checked", collect_time(n->checked),
	    "authenticated", (int)n->authenticated);
}

json_t *
collect_caa(const struct report_caa *c)
{
	json_t *names = json_array();

	for (size_t i = 0; i < c->n_names; i++)
		json_array_append_new(names, name_json(&c->names[i]));
	return json_pack("{so so sI sI so so}", "resolver",
	    collect_text(c->resolver), "names", names, "names_count",
	    (json_int_t)c->names_count, "not_judged", (json_int_t)c->not_judged,
	    "issuer", collect_text(c->issuer), "reason",
	    collect_text(c->reason));
}
