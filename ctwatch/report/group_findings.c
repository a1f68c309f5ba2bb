/* SPDX-License-Identifier: Apache-2.0 */
#include <stdlib.h>
#include <string.h>

#include <jansson.h>

#include "report/group_findings.h"
#include <ctwatch/base/mem.h>

static struct group_findings_group *
group_of(struct group_findings *g, const json_t *finding)
{
	for (size_t i = 0; i < g->n; i++)
		if (report_json_severity(g->v[i].first) ==
		        report_json_severity(finding) &&
		    strcmp(report_json_text(g->v[i].first, "rule"),
		        report_json_text(finding, "rule")) == 0)
			return &g->v[i];
	g->v = mem_grow(g->v, g->n, sizeof *g->v);
	g->v[g->n] = (struct group_findings_group){ .first = finding };
	return &g->v[g->n++];
}

static void
add_name(struct group_findings_group *g, const char *name)
{
	for (size_t i = 0; i < g->n_names; i++)
		if (strcmp(g->names[i], name) == 0)
			return;
	if (g->n_names < GROUP_FINDINGS_NAMES)
		g->names[g->n_names++] = name;
	else
		g->more = true;
}

static void
add(struct group_findings_group *g, const json_t *finding, int64_t now)
{
	g->n++;
	if (report_json_is_new(finding) && g->n_new++ == 0)
		g->first = finding;
	if (json_is_object(report_json_at(finding, "certificate"))) {
		g->n_certs++;
		g->n_valid +=
		    report_json_time(finding, "certificate.not_after") >= now;
	}
	add_name(g, report_json_about(finding));
}

void
group_findings_make(struct group_findings *out, const json_t *doc, int64_t now)
{
	size_t i;
	json_t *f;

	*out = (struct group_findings){ 0 };
	json_array_foreach(report_json_at(doc, "findings"), i, f)
		if (report_json_is_live(f))
			add(group_of(out, f), f, now);
}

void
group_findings_fini(struct group_findings *g)
{
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
