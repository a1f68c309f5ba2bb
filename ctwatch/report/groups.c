/* SPDX-License-Identifier: Apache-2.0 */
#include <stdlib.h>
#include <string.h>

#include <jansson.h>

#include <ctwatch/base/mem.h>
#include <ctwatch/report/groups.h>

static struct groups_group *
group_of(struct groups *g, const json_t *finding)
{
	for (size_t i = 0; i < g->n; i++)
		if (doc_severity(g->v[i].first) == doc_severity(finding) &&
		    strcmp(doc_text(g->v[i].first, "rule"),
		        doc_text(finding, "rule")) == 0)
			return &g->v[i];
	g->v = mem_grow(g->v, g->n, sizeof *g->v);
	g->v[g->n] = (struct groups_group){ .first = finding };
	return &g->v[g->n++];
}

static void
add_name(struct groups_group *g, const char *name)
{
	for (size_t i = 0; i < g->n_names; i++)
		if (strcmp(g->names[i], name) == 0)
			return;
	if (g->n_names < GROUPS_NAMES)
		g->names[g->n_names++] = name;
	else
		g->more = true;
}

static void
add(struct groups_group *g, const json_t *finding, int64_t now)
{
	g->n++;
	if (doc_is_new(finding) && g->n_new++ == 0)
		g->first = finding;
	if (json_is_object(doc_at(finding, "certificate"))) {
		g->n_certs++;
		g->n_valid += doc_time(finding, "certificate.not_after") >= now;
	}
	add_name(g, doc_about(finding));
}

void
groups_make(struct groups *out, const json_t *doc, int64_t now)
{
	size_t i;
	json_t *f;

	*out = (struct groups){ 0 };
	json_array_foreach(doc_at(doc, "findings"), i, f)
		if (doc_is_live(f))
			add(group_of(out, f), f, now);
}

void
groups_fini(struct groups *g)
{
	free(g->v);
	*g = (struct groups){ 0 };
}

const json_t *
groups_worst(const struct groups *g)
{
	for (size_t i = 0; i < g->n; i++)
		if (g->v[i].n_new > 0)
			return g->v[i].first;
	return g->n > 0 ? g->v[0].first : NULL;
}
