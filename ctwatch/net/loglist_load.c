/* SPDX-License-Identifier: Apache-2.0 */
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "net/loglist_builtin.h"
#include "net/loglist_fetch.h"
#include "net/loglist_suspect.h"
#include <ctwatch/base/file.h>
#include <ctwatch/base/limits.h>
#include <ctwatch/base/mem.h>
#include <ctwatch/base/time.h>
#include <ctwatch/net/http_url.h>
#include <ctwatch/net/loglist_load.h>

/* Chrome itself stops trusting a list after seventy days. */
#define TOO_OLD (70 * TIME_DAY)

/* Warn of a list of that age: lists change every few days. */
#define OLD (14 * TIME_DAY)

/* The input for loading one list. */
struct loading {
	struct loglist_load *l;
	struct http *http;
	const struct loglist_load_options *o;
	const char *signature; /* file or URL; NULL: not required */
	struct bytes key;      /* PEM */
	int64_t soon;          /* time_mono(): by when a new list must be here
	                        * if there is a good copy; 0: no limit */
};

/* Whether a list comes over the network: see loglist.h. */
static bool
is_foreign(const char *name)
{
	return http_url_has_scheme(name) && strncasecmp(name, "http", 4) == 0 &&
	    !http_url_is_local(name);
}

static bool
read_file(const char *path, struct buf *out, struct buf *error)
{
	return file_read(path, false, out, error) == FILE_OK;
}

/* ---- one list ---- */

static struct loglist_load_source *
add_source(struct loglist_load *l, const char *name)
{
	struct loglist_load_source *s;

	l->sources = mem_grow(l->sources, l->n_sources, sizeof *l->sources);
	s = &l->sources[l->n_sources++];
	*s = (struct loglist_load_source){ .name = mem_strdup(name) };
	return s;
}

/* Warn of the age of an outdated list. */
static void
judge_age(struct loglist_load *l, const struct loglist_load_source *s)
{
	int64_t age = time_now() - s->dated;
	char date[TIME_TEXT];

	if (s->fetched != 0 && time_now() - s->fetched > TOO_OLD)
		l->stale = true;
	if (s->dated == 0 || age <= OLD)
		return;
	time_format_date(s->dated, date);
	loglist_warn(l->logs,
	    mem_printf("%s: this log list is of %s, %lld days old; it lacks "
	               "newer logs",
	        s->name, date, (long long)(age / TIME_DAY)));
}

/* Load the logs of one list; NULL with the reason in *error. */
static struct loglist *
parse(struct bytes json, const char *name, struct buf *error)
{
	struct loglist *l = loglist_new();

	l->foreign = is_foreign(name);
	if (loglist_merge(l, json, name, error))
		return l;
	loglist_free(l);
	return NULL;
}

/* The state of loading one URL. */
struct remote {
	const char *url;
	struct loglist_cache copy; /* empty: no good copy */
	struct loglist_fetch *fetch;
};

/* Load the copy if it is a list, and signed if required. */
static void
load_copy(const struct loading *in, struct remote *r)
{
	struct loglist *l;
	struct buf ignored;

	buf_init(&ignored, 4096);
	loglist_cache_load(&r->copy, in->o->dir, r->url);
	l = parse(buf_view(&r->copy.json), r->url, &ignored);
	if (l == NULL ||
	    (in->signature != NULL &&
	        !loglist_fetch_is_signed(buf_view(&r->copy.json),
	            buf_view(&r->copy.signature), in->key, in->signature,
	            &ignored)))
		loglist_cache_fini(&r->copy);
	loglist_free(l);
	buf_fini(&ignored);
}

/* Replace the copy by the new list, unless it is suspect and the copy is
 * not. */
static void
choose_list(struct loglist_load_source *s, struct remote *r,
    struct loglist_cache *new, struct buf *why)
{
	struct loglist *l = parse(buf_view(&new->json), r->url, why);
	struct loglist *old = NULL;
	struct buf ignored;
	char *doubt;

	buf_init(&ignored, 4096);
	if (r->copy.json.n > 0)
		old = parse(buf_view(&r->copy.json), r->url, &ignored);
	doubt =
	    old != NULL ? loglist_suspect_list(old, NULL, time_now()) : NULL;
	if (doubt != NULL) {
		loglist_free(old);
		old = NULL;
	}
	free(doubt);
	if (l != NULL)
		s->suspect = loglist_suspect_list(l, old, time_now());
	if (l != NULL && (s->suspect == NULL || old == NULL)) {
		loglist_cache_fini(&r->copy);
		r->copy = *new;
		loglist_cache_init(new);
	} else if (l != NULL)
		buf_add_text(why, s->suspect);
	buf_fini(&ignored);
	loglist_free(l);
	loglist_free(old);
}

/* Update the copy; if that fails, append the reason to *why. */
static void
refresh(const struct loading *in, struct loglist_load_source *s,
    struct remote *r, struct buf *why)
{
	struct loglist_cache new;
	struct buf error;
	int64_t fetched = r->copy.fetched;

	loglist_cache_init(&new);
	switch (loglist_fetch_wait(r->fetch,
	    r->copy.json.n > 0 ? in->soon : in->o->until, &new, why)) {
	case LOGLIST_FETCH_NEW:
		choose_list(s, r, &new, why);
		break;
	case LOGLIST_FETCH_UNCHANGED:
		r->copy.fetched = time_now();
		break;
	case LOGLIST_FETCH_RUNNING:
		buf_printf(why,
		    "%s: not received within the time that --max-time leaves",
		    r->url);
		break;
	case LOGLIST_FETCH_FAILED:
		break;
	}
	loglist_cache_fini(&new);
	if (r->copy.fetched == fetched || in->o->keep_no_copy)
		return;
	buf_init(&error, 4096);
	if (!loglist_cache_save(&r->copy, in->o->dir, r->url, &error))
		loglist_warn(in->l->logs,
		    mem_printf("cannot save a copy of the log list: %s",
		        buf_text(&error)));
	buf_fini(&error);
}

/* Record in the source that the list in use has a mimic log. */
static void
check_used(struct loglist_load *l, struct loglist_load_source *s,
    const struct loglist *used)
{
	if (s->suspect == NULL)
		s->suspect = loglist_suspect_list(used, NULL, time_now());
	/* A good copy is still usable. */
	if (s->suspect != NULL && s->error == NULL)
		l->stale = true;
}

/* Add the logs of a list to those of l. */
static bool
unite(struct loglist_load *l, struct loglist_load_source *s, struct bytes json,
    struct buf *error)
{
	struct loglist *used = parse(json, s->name, error);
	size_t before = l->logs->n;

	if (used == NULL)
		return false;
	check_used(l, s, used);
	s->dated = used->timestamp;
	loglist_merge_list(l->logs, used, s->name);
	s->logs = l->logs->n - before;
	judge_age(l, s);
	loglist_free(used);
	return true;
}

static bool
load_url(const struct loading *in, struct remote *r, struct buf *error)
{
	struct loglist_load_source *s = add_source(in->l, r->url);
	struct buf why;
	bool ok = true;

	buf_init(&why, 4096);
	refresh(in, s, r, &why);
	if (why.n > 0)
		s->error = mem_strdup(buf_text(&why));
	s->fetched = r->copy.fetched;
	if (r->copy.json.n > 0)
		ok = unite(in->l, s, buf_view(&r->copy.json), error);
	else /* the other lists are used */
		in->l->stale = true;
	buf_fini(&why);
	return ok;
}

static bool
load_file(const struct loading *in, const char *path, struct buf *error)
{
	struct loglist_load_source *s = add_source(in->l, path);
	struct buf json, signature;
	bool ok;

	buf_init(&json, LIMIT_LOG_LIST);
	buf_init(&signature, LIMIT_SMALL_BODY);
	ok = read_file(path, &json, error);
	if (ok && in->signature != NULL)
		ok = loglist_fetch_signature(
		         in->http, in->signature, false, &signature, error) &&
		    loglist_fetch_is_signed(buf_view(&json),
		        buf_view(&signature), in->key, in->signature, error);
	ok = ok && unite(in->l, s, buf_view(&json), error);
	buf_fini(&json);
	buf_fini(&signature);
	return ok;
}

/* ---- all of them ---- */

/* Start to fetch all URLs in parallel. */
static struct remote *
start_fetches(struct loading *in, struct loglist_load *l)
{
	const struct loglist_load_options *o = in->o;
	struct remote *v = mem_alloc(o->n + 1, sizeof *v);
	const char *signature = in->signature;

	l->fetches = mem_alloc(o->n + 1, sizeof *l->fetches);
	for (size_t i = 0; i < o->n; i++) {
		struct remote *r = &v[i];

		loglist_cache_init(&r->copy);
		in->signature = i == 0 ? signature : NULL;
		if (!http_url_has_scheme(o->names[i]))
			continue;
		r->url = o->names[i];
		load_copy(in, r);
		r->fetch = l->fetches[l->n_fetches++] = loglist_fetch_start(
		    in->http, r->url, r->copy.etag, in->signature, in->key);
	}
	in->signature = signature;
	return v;
}

/* Read how the first list is to be signed. */
static bool
read_key(struct loading *in, struct buf *pem, struct buf *error)
{
	const struct loglist_load_options *o = in->o;

	if ((o->signature != NULL) != (o->key != NULL)) {
		buf_add_text(error,
		    "--log-list-signature and --log-list-key must be used "
		    "together");
		return false;
	}
	if (o->signature == NULL)
		return true;
	in->signature = o->signature;
	if (!read_file(o->key, pem, error))
		return false;
	in->key = buf_view(pem);
	return true;
}

static bool
load_each(struct loading *in, struct loglist_load *l, struct buf *error)
{
	const struct loglist_load_options *o = in->o;
	struct remote *remotes = start_fetches(in, l);
	bool ok = true;

	for (size_t i = 0; ok && i < o->n; i++) {
		ok = http_url_has_scheme(o->names[i])
		    ? load_url(in, &remotes[i], error)
		    : load_file(in, o->names[i], error);
		in->signature = NULL; /* it is the first list's */
	}
	for (size_t i = 0; i < o->n; i++)
		loglist_cache_fini(&remotes[i].copy);
	free(remotes);
	return ok;
}

bool
loglist_load(struct loglist_load *l, struct http *http,
    const struct loglist_load_options *o, struct buf *error)
{
	int64_t now = time_mono();
	struct loading in = { .l = l, .http = http, .o = o };
	struct buf pem;
	bool ok;

	*l = (struct loglist_load){ .logs = loglist_new() };
	/* Leave half of the time for reading logs by the good copies. */
	in.soon = o->until > now ? now + (o->until - now) / 2 : o->until;
	buf_init(&pem, LIMIT_SMALL_BODY);
	ok = read_key(&in, &pem, error) && load_each(&in, l, error);
	if (ok && l->logs->n == 0 && (o->n == 0 || o->or_builtin))
		ok = unite(
		    l, add_source(l, "built in"), loglist_builtin(), error);
	if (ok && l->logs->n == 0) {
		buf_printf(error, "cannot load a log list: %s",
		    l->n_sources > 0 && l->sources[0].error != NULL
		        ? l->sources[0].error
		        : "they have no logs");
		ok = false;
	}
	if (ok && !loglist_suspect_covers(l->logs, time_now())) {
		l->suspect = mem_strdup("no log of the log lists accepts "
		                        "certificates issued today");
		l->stale = true;
	}
	buf_fini(&pem);
	return ok;
}

void
loglist_load_fini(struct loglist_load *l)
{
	for (size_t i = 0; i < l->n_fetches; i++)
		loglist_fetch_free(l->fetches[i]);
	free(l->fetches);
	for (size_t i = 0; i < l->n_sources; i++) {
		free(l->sources[i].name);
		free(l->sources[i].error);
		free(l->sources[i].suspect);
	}
	free(l->sources);
	free(l->suspect);
	loglist_free(l->logs);
	*l = (struct loglist_load){ 0 };
}
