/* SPDX-License-Identifier: Apache-2.0 */
#include <stdlib.h>
#include <string.h>

#include "cli/run/caa.h"
#include <ctwatch/base/limits.h>
#include <ctwatch/base/mem.h>
#include <ctwatch/base/msg.h>
#include <ctwatch/base/time.h>
#include <ctwatch/judge/caa_change.h>
#include <ctwatch/judge/caa_findings.h>
#include <ctwatch/policy/host_pattern.h>
#include <ctwatch/response/caa_issuers.h>
#include <ctwatch/store/store_caa.h>

/* The notifications of a run wait for its look-ups; the next run begins with
 * the names that are left. */
#define LOOKUPS_TIME (5 * TIME_MINUTE)

/* Answers that are saved in one transaction. */
#define BATCH 64

/* ---- the names ---- */

/* A name, and when it was looked up last, in ms; 0: never. */
struct dated {
	char *name; /* owned */
	int64_t seen;
};

struct names {
	struct dated *v;
	size_t n;
};

static int
by_name(const void *a, const void *b)
{
	const struct dated *x = a, *y = b;

	return strcmp(x->name, y->name);
}

static int
by_age(const void *a, const void *b)
{
	const struct dated *x = a, *y = b;

	if (x->seen != y->seen)
		return x->seen < y->seen ? -1 : 1;
	return strcmp(x->name, y->name);
}

static void
names_add(struct names *to, char *name)
{
	if (name == NULL)
		return;
	to->v = mem_grow(to->v, to->n, sizeof *to->v);
	to->v[to->n++] = (struct dated){ .name = name };
}

static struct dated *
names_find(const struct names *in, const char *name)
{
	const struct dated key = { (char *)(uintptr_t)name, 0 };

	return in->n == 0 ? NULL
	                  : bsearch(&key, in->v, in->n, sizeof *in->v, by_name);
}

/* Sort, and remove duplicates. */
static void
names_sort(struct names *x)
{
	size_t to = 0;

	if (x->n > 0)
		qsort(x->v, x->n, sizeof *x->v, by_name);
	for (size_t i = 0; i < x->n; i++)
		if (to > 0 && by_name(&x->v[to - 1], &x->v[i]) == 0)
			free(x->v[i].name);
		else
			x->v[to++] = x->v[i];
	x->n = to;
}

static void
names_fini(struct names *x)
{
	for (size_t i = 0; i < x->n; i++)
		free(x->v[i].name);
	free(x->v);
}

/* The watched names, and names below them with a set of their own. */
struct known {
	struct names watched, own;
};

static void
add_history(void *arg, const struct store_caa *c)
{
	struct known *k = arg;
	const char *base = host_pattern_registrable(c->name);
	struct dated *d = names_find(&k->watched, c->name);

	if (d != NULL)
		d->seen = c->last;
	else if (base != NULL && strlen(c->domain) > strlen(base) &&
	    names_find(&k->watched, base) != NULL) {
		names_add(&k->own, mem_strdup(c->name));
		k->own.v[k->own.n - 1].seen = c->last;
	}
}

/* Choose the names to look up: those that were looked up longest ago first. */
static bool
choose(struct store *s, const struct watch *w, struct names *out, size_t *more)
{
	struct known k = { .watched.n = 0 };
	bool ok;

	for (size_t i = 0; i < watch_count(w); i++)
		names_add(&k.watched, caa_findings_name(watch_item(w, i)));
	names_sort(&k.watched);
	ok = store_caa_each(s, add_history, &k);
	*out = k.watched;
	for (size_t i = 0; i < k.own.n; i++) {
		out->v = mem_grow(out->v, out->n, sizeof *out->v);
		out->v[out->n++] = k.own.v[i];
	}
	free(k.own.v);
	if (out->n > 0)
		qsort(out->v, out->n, sizeof *out->v, by_age);
	*more = out->n > LIMIT_CAA_NAMES ? out->n - LIMIT_CAA_NAMES : 0;
	for (; out->n > LIMIT_CAA_NAMES; out->n--)
		free(out->v[out->n - 1].name);
	return ok;
}

/* ---- the look-ups ---- */

struct step {
	const struct run_caa_options *o;
	struct run_caa *out;
	struct caa_findings_input judge;
	int64_t deadline;
	struct store_caa answers[BATCH]; /* not saved yet; owned */
	size_t n;
	bool ok;
};

static void
save_one(struct step *x, const struct store_caa *c)
{
	struct store *s = x->o->store;
	struct store_caa before;
	bool known = store_caa_last(s, c->name, &before);

	x->ok = store_caa_add(s, c) && x->ok;
	if (known)
		x->ok = caa_change_open(
		            s, x->o->watch, &before, c, c->last, x->o->run) &&
		    x->ok;
	store_caa_fini(&before);
}

/* Save the answers in one transaction; none is open while others are waited
 * for. */
static void
save(struct step *x)
{
	for (size_t i = 0; i < x->n; i++) {
		if (x->ok)
			save_one(x, &x->answers[i]);
		store_caa_fini(&x->answers[i]);
	}
	if (x->n > 0)
		x->ok = store_commit(x->o->store) && x->ok;
	x->n = 0;
}

static int
compare_results(const void *a, const void *b)
{
	const struct run_caa_name *x = a, *y = b;

	return strcmp(x->name, y->name);
}

static void
on_answer(void *arg, const struct caa_lookup_answer *a)
{
	struct step *x = arg;
	struct run_caa *out = x->out;
	const char *resolver = x->o->resolver;

	out->v = mem_grow(out->v, out->n, sizeof *out->v);
	out->v[out->n++] = (struct run_caa_name){ mem_strdup(a->name),
		a->status, a->why != NULL ? mem_strdup(a->why) : NULL };
	if (a->status != CAA_LOOKUP_DONE)
		return;
	x->answers[x->n++] = (struct store_caa){ .name = mem_strdup(a->name),
		.last = time_now(),
		.domain = mem_strdup(a->domain),
		.set = blob_copy(a->set),
		.authenticated = a->authenticated,
		.ttl = a->ttl,
		.resolver =
		    mem_strdup(resolver != NULL ? resolver : "resolv.conf") };
	if (x->n == BATCH)
		save(x);
}

static void
look_up(struct step *x, const char *const *names, size_t n)
{
	const struct caa_lookup_options options = { .resolver = x->o->resolver,
		.deadline = x->deadline,
		.stopped = x->o->stopped };
	struct buf error;

	if (n == 0 || !x->ok)
		return;
	buf_init(&error, 4096);
	/* The resolver was checked before the run. */
	if (!caa_lookup_names(names, n, &options, on_answer, x, &error))
		msg_error("%s", buf_text(&error));
	buf_fini(&error);
	save(x);
}

static void
look_up_watched(struct step *x)
{
	struct names names = { .n = 0 };
	const char **v;

	x->ok = choose(x->o->store, x->o->watch, &names, &x->out->left_out);
	v = mem_alloc(names.n, sizeof *v);
	for (size_t i = 0; i < names.n; i++)
		v[i] = names.v[i].name;
	/* No transaction is open while the resolver is waited for.  If the run
	 * is killed there, its findings are new ones of the next run. */
	x->ok = x->ok && store_commit(x->o->store);
	look_up(x, v, names.n);
	free(v);
	names_fini(&names);
}

static bool
has_result(const struct run_caa *c, const char *name)
{
	for (size_t i = 0; i < c->n; i++)
		if (strcmp(c->v[i].name, name) == 0)
			return true;
	return false;
}

/* Look up names of certificates that may have sets of their own. */
static void
look_up_below(struct step *x)
{
	struct caa_findings_result r;
	const char **names;
	size_t n = 0;

	if (!x->ok)
		return;
	x->ok = caa_findings_names(&x->judge, &r);
	names = mem_alloc(r.n_names, sizeof *names);
	/* Those that failed above are in the result already. */
	for (size_t i = 0; i < r.n_names; i++)
		if (!has_result(x->out, r.names[i]))
			names[n++] = r.names[i];
	look_up(x, names, n);
	free(names);
	caa_findings_result_fini(&r);
}

/* ---- the judgement ---- */

static const char *const *
domains_of(const void *arg, struct bytes key_id, size_t *n)
{
	const struct caa_issuers *issuers = arg;

	*n = 0;
	return issuers != NULL ? caa_issuers_find(issuers, key_id, n) : NULL;
}

static struct caa_issuers *
load_issuers(const char *ccadb, struct run_caa *out)
{
	struct caa_issuers *issuers = NULL;
	struct buf error;

	buf_init(&error, 4096);
	if (ccadb == NULL)
		buf_add_text(&error,
		    "no --ccadb with CCADB's AllCAAIdentifiersReportCSVV2 "
		    "file");
	else
		issuers = caa_issuers_load(ccadb, &error);
	if (issuers == NULL)
		out->no_issuers = buf_detach(&error);
	buf_fini(&error);
	return issuers;
}

static void
judge(struct step *x)
{
	struct caa_findings_result r;

	if (!x->ok)
		return;
	x->ok = caa_findings_certs(&x->judge, &r) &&
	    caa_change_close(x->o->store, x->judge.looked_up, x->o->run);
	x->out->unknown = r.unknown;
	x->out->issuer = r.issuer;
	r.issuer = NULL;
	caa_findings_result_fini(&r);
}

bool
run_caa_check(const char *resolver)
{
	struct buf error;
	bool ok;

	buf_init(&error, 4096);
	ok = caa_lookup_check(resolver, &error);
	if (!ok)
		msg_error("%s", buf_text(&error));
	buf_fini(&error);
	return ok;
}

bool
run_caa(const struct run_caa_options *options, struct run_caa *out)
{
	struct step *x = mem_alloc(1, sizeof *x);
	int64_t end = time_mono() + LOOKUPS_TIME;
	struct caa_issuers *issuers;
	bool ok;

	*out = (struct run_caa){ .on = true, .resolver = options->resolver };
	issuers = load_issuers(options->ccadb, out);
	*x = (struct step){ .o = options,
		.out = out,
		.deadline = options->deadline != 0 && options->deadline < end
		    ? options->deadline
		    : end,
		.judge = { .s = options->store,
		    .w = options->watch,
		    .signatures = options->signatures,
		    .now = options->now,
		    .run = options->run,
		    .looked_up = time_now(),
		    .domains_of = domains_of,
		    .arg = issuers } };
	look_up_watched(x);
	look_up_below(x);
	judge(x);
	if (out->n > 0)
		qsort(out->v, out->n, sizeof *out->v, compare_results);
	ok = x->ok;
	caa_issuers_free(issuers);
	free(x);
	return ok;
}

bool
run_caa_is_complete(const struct run_caa *c)
{
	for (size_t i = 0; i < c->n; i++)
		if (c->v[i].status == CAA_LOOKUP_FAILED ||
		    c->v[i].status == CAA_LOOKUP_LEFT)
			return false;
	return c->left_out == 0;
}

void
run_caa_fini(struct run_caa *c)
{
	for (size_t i = 0; i < c->n; i++) {
		free(c->v[i].name);
		free(c->v[i].why);
	}
	free(c->v);
	free(c->issuer);
	free(c->no_issuers);
	*c = (struct run_caa){ 0 };
}
