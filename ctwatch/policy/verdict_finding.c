/* SPDX-License-Identifier: Apache-2.0 */
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "policy/verdict_finding.h"
#include <ctwatch/base/limits.h>
#include <ctwatch/base/mem.h>

/* Room for one message. */
#define MESSAGE_TEXT 4096

/* ---- adding ---- */

/* Apply the severity modifier of the domain, and lower it for expired
 * certificates. */
static enum rules_severity
modify(const struct verdict_case *j, const struct pinset_domain *d,
    const struct rules_rule *rule, enum rules_severity base)
{
	int s = (int)base;
	int least = strcmp(rule->id, "CTW001") == 0 ? RULES_LOW : RULES_NOTE;

	if (base == RULES_NOTE)
		return base;
	if (d != NULL)
		s += d->criticality;
	if (j->not_after < j->in->last_run)
		s = least;
	else if (j->not_after < j->in->now)
		s--;
	if (d != NULL && d->monitor && s > RULES_MEDIUM)
		s = RULES_MEDIUM;
	return s < least              ? (enum rules_severity)least
	    : s > (int)RULES_CRITICAL ? RULES_CRITICAL
	                              : (enum rules_severity)s;
}

/* Return the certificate's finding of this rule, or NULL. */
static struct verdict_finding *
find_rule(const struct verdict *v, const struct rules_rule *rule)
{
	for (size_t i = 0; i < v->n; i++)
		if (v->v[i].rule == rule)
			return &v->v[i];
	return NULL;
}

static void
add_domain(struct verdict_gather *g, size_t index)
{
	for (size_t i = 0; i < g->n; i++)
		if (g->domains[i] == index)
			return;
	g->domains = mem_grow(g->domains, g->n, sizeof *g->domains);
	g->domains[g->n++] = index;
}

void
verdict_finding_add(struct verdict_case *j, const struct cert_domain *c,
    const char *id, enum rules_severity severity, const char *fmt, ...)
{
	const struct rules_rule *rule = rules_find(id);
	enum rules_severity modified = modify(j, c->d, rule, severity);
	struct verdict *out = j->out;
	struct verdict_finding *f = find_rule(out, rule);
	const char *field = rule->key == RULES_SPKI ? j->spki_hex : j->tbs_hex;
	bool added = f == NULL;
	struct verdict_gather *g;
	struct buf text;
	va_list ap;

	if (added) {
		j->gather = mem_grow(j->gather, out->n, sizeof *j->gather);
		j->gather[out->n] = (struct verdict_gather){ .n = 0 };
		out->v = mem_grow(out->v, out->n, sizeof *out->v);
		f = &out->v[out->n++];
		*f = (struct verdict_finding){ .rule = rule };
		rules_fingerprint(rule, &field, 1, f->fingerprint);
	}
	g = &j->gather[f - out->v];
	add_domain(g, (size_t)(c - j->domains.v));
	if (added || modified > f->severity) {
		f->severity = modified;
		g->first = c;
		free(g->text);
		buf_init(&text, MESSAGE_TEXT);
		va_start(ap, fmt);
		buf_vprintf(&text, fmt, ap);
		va_end(ap);
		g->text = buf_detach(&text);
	}
	if (rules_is_unexpected(rule, severity))
		out->expected = false;
}

static int
compare_texts(const void *a, const void *b)
{
	return strcasecmp(*(char *const *)a, *(char *const *)b);
}

/* Sort texts and drop duplicates. */
static void
sort_texts(char **v, size_t *n)
{
	size_t kept = 0;

	qsort(v, *n, sizeof *v, compare_texts);
	for (size_t i = 0; i < *n; i++)
		if (kept > 0 && strcasecmp(v[kept - 1], v[i]) == 0)
			free(v[i]);
		else
			v[kept++] = v[i];
	*n = kept;
}

/* List the patterns of a finding and the matching names. */
static void
list_concerns(const struct verdict_case *j, const struct verdict_gather *g,
    struct verdict_finding *f)
{
	const struct cert_domain *v = j->domains.v;
	size_t n = 0;

	for (size_t i = 0; i < g->n; i++)
		n += v[g->domains[i]].n_names;
	f->names = mem_alloc(n, sizeof *f->names);
	f->patterns = mem_alloc(g->n, sizeof *f->patterns);
	for (size_t i = 0; i < g->n; i++) {
		const struct cert_domain *c = &v[g->domains[i]];

		f->patterns[f->n_patterns++] = mem_strdup(c->pattern);
		for (size_t k = 0; k < c->n_names; k++)
			f->names[f->n_names++] = mem_strdup(c->names[k]);
	}
	sort_texts(f->patterns, &f->n_patterns);
	sort_texts(f->names, &f->n_names);
}

static void
finish_finding(const struct verdict_case *j, struct verdict_gather *g,
    struct verdict_finding *f)
{
	struct buf message;

	list_concerns(j, g, f);
	f->subject =
	    mem_strdup(f->rule->key == RULES_SPKI ? j->pin : g->first->pattern);
	buf_init(&message, 2 * MESSAGE_TEXT);
	buf_add_text(&message, g->first->names[0]);
	if (f->n_names > 1)
		buf_printf(&message, " and %zu more", f->n_names - 1);
	buf_printf(&message, ": %s", g->text);
	f->message = buf_detach(&message);
	free(g->text);
	free(g->domains);
}

void
verdict_findings_finish(struct verdict_case *j)
{
	for (size_t i = 0; i < j->out->n; i++)
		finish_finding(j, &j->gather[i], &j->out->v[i]);
	free(j->gather);
	verdict_findings_sort(j->out->v, j->out->n);
}

/* ---- finished findings ---- */

static int
compare_findings(const void *a, const void *b)
{
	const struct verdict_finding *x = a, *y = b;
	int order = (int)y->severity - (int)x->severity;

	if (order == 0)
		order = strcmp(x->rule->id, y->rule->id);
	return order != 0 ? order : strcmp(x->subject, y->subject);
}

void
verdict_findings_sort(struct verdict_finding *v, size_t n)
{
	if (n > 0)
		qsort(v, n, sizeof *v, compare_findings);
}

void
verdict_finding_fini(struct verdict_finding *f)
{
	for (size_t i = 0; i < f->n_patterns; i++)
		free(f->patterns[i]);
	for (size_t i = 0; i < f->n_names; i++)
		free(f->names[i]);
	free(f->patterns);
	free(f->names);
	free(f->subject);
	free(f->message);
}

static bool
has_text(char **v, size_t n, const char *text)
{
	return n > 0 && bsearch(&text, v, n, sizeof *v, compare_texts) != NULL;
}

bool
verdict_finding_has_pattern(
    const struct verdict_finding *f, const char *pattern)
{
	return has_text(f->patterns, f->n_patterns, pattern);
}

bool
verdict_finding_has_name(const struct verdict_finding *f, const char *name)
{
	return has_text(f->names, f->n_names, name);
}
