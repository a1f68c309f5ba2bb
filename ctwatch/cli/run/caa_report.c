/* SPDX-License-Identifier: Apache-2.0 */
#include <stdlib.h>

#include "cli/run/caa_report.h"
#include <ctwatch/base/mem.h>
#include <ctwatch/store/store_caa.h>

/* Maximum number of names in a report; others are counted. */
#define NAMES_LISTED 1000

/* The order of the results. */
static const enum caa_lookup_status order[] = { CAA_LOOKUP_FAILED,
	CAA_LOOKUP_LEFT, CAA_LOOKUP_DONE, CAA_LOOKUP_ABSENT };

static const char *
status_word(enum caa_lookup_status status, const struct store_caa *last)
{
	switch (status) {
	case CAA_LOOKUP_DONE:
		return last->set.n > 0 ? "found" : "none";
	case CAA_LOOKUP_ABSENT:
		return "absent";
	case CAA_LOOKUP_LEFT:
		return "left";
	case CAA_LOOKUP_FAILED:
		break;
	}
	return "failed";
}

static void
add_name(
    struct store *s, const struct run_caa_name *from, struct caa_report *out)
{
	size_t i = out->in.n_names++;
	struct store_caa *last = &out->records[i];
	bool known = store_caa_last(s, from->name, last);

	out->names[i] = (struct report_caa_name){ .name = from->name,
		.status = status_word(from->status, last),
		.reason = from->why,
		.domain = known && last->set.n > 0 ? last->domain : NULL,
		.set = blob_view(last->set),
		.since = last->first,
		.checked = last->last,
		.authenticated = last->authenticated };
}

void
caa_report_load(
    struct store *s, const struct run_caa *c, struct caa_report *out)
{
	size_t max = c->n < NAMES_LISTED ? c->n : NAMES_LISTED;

	*out = (struct caa_report){ .in = { .on = c->on,
		                        .resolver = c->resolver,
		                        .names_count = c->n + c->left_out,
		                        .not_judged = c->unknown,
		                        .issuer = c->issuer,
		                        .reason = c->no_issuers } };
	out->names = mem_alloc(max, sizeof *out->names);
	out->records = mem_alloc(max, sizeof *out->records);
	for (size_t k = 0; k < sizeof order / sizeof *order; k++)
		for (size_t i = 0; i < c->n && out->in.n_names < max; i++)
			if (c->v[i].status == order[k])
				add_name(s, &c->v[i], out);
	out->in.names = out->names;
}

void
caa_report_fini(struct caa_report *r)
{
	for (size_t i = 0; i < r->in.n_names; i++)
		store_caa_fini(&r->records[i]);
	free(r->records);
	free(r->names);
}
