/* SPDX-License-Identifier: Apache-2.0 */
#include <stdlib.h>
#include <string.h>

#include <jansson.h>

#include "report/group_findings.h"
#include <ctwatch/base/mem.h>
#include <ctwatch/report/report_walk.h>

static struct group_findings_group *
group_of(struct group_findings *g, struct report_walk *w)
{
	for (size_t i = 0; i < g->n; i++)
		if (report_json_severity(g->v[i].first) == w->severity &&
		    strcmp(report_json_text(g->v[i].first, "rule"), w->rule) ==
		        0)
			return &g->v[i];
	g->v = mem_grow(g->v, g->n, sizeof *g->v);
	g->v[g->n] = (struct group_findings_group){ .first = json_incref(
		                                        report_walk_json(w)) };
	return &g->v[g->n++];
}

static void
add_name(struct group_findings_group *g, const char *name)
{
	for (size_t i = 0; i < g->n_names; i++)
		if (strcmp(g->names[i], name) == 0)
			return;
	if (g->n_names < GROUP_FINDINGS_NAMES)
		g->names[g->n_names++] = mem_strdup(name);
	else
		g->more = true;
}

static void
add(struct group_findings_group *g, struct report_walk *w, int64_t now)
{
	int64_t not_after;

	g->n++;
	if (report_walk_is_new(w) && g->n_new++ == 0) {
		json_decref(g->first);
		g->first = json_incref(report_walk_json(w));
	}
	if (report_walk_not_after(w, &not_after)) {
		g->n_certs++;
		g->n_valid += not_after >= now;
	}
	if (!g->more) /* else it need not be loaded */
		add_name(g, report_json_about(report_walk_json(w)));
}

void
group_findings_make(
    struct group_findings *out, const struct report *r, int64_t now)
{
	struct report_walk w = report_walk(r, STORE_ITEM_FINDING);

	*out = (struct group_findings){ 0 };
	while (report_walk_next(&w))
		if (report_walk_is_live(&w))
			add(group_of(out, &w), &w, now);
}

void
group_findings_fini(struct group_findings *g)
{
	for (size_t i = 0; i < g->n; i++) {
		json_decref(g->v[i].first);
		for (size_t k = 0; k < g->v[i].n_names; k++)
			free(g->v[i].names[k]);
	}
	free(g->v);
	*g = (struct group_findings){ 0 };
}

const json_t *
group_findings_worst(const struct group_findings *g)
{
	for (size_t i = 0; i < g->n; i++)
		if (g->v[i].n_new > 0)
			return g->v[i].first;
	return g->n > 0 ? g->v[0].first : NULL;
}
