/* SPDX-License-Identifier: Apache-2.0 */
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "net/loglist_builtin.h"
#include "net/loglist_cache.h"
#include <ctwatch/base/file.h>
#include <ctwatch/base/limits.h>
#include <ctwatch/base/mem.h>
#include <ctwatch/base/time.h>
#include <ctwatch/net/inflate.h>
#include <ctwatch/net/loglist_load.h>

/* Chrome itself stops trusting a list after seventy days. */
#define TOO_OLD (70 * TIME_DAY)

/* A list of that age is worth a word: they change every few days. */
#define OLD (14 * TIME_DAY)

/* What loading one list needs. */
struct loading {
	struct loglist_load *l;
	struct http *http;
	const char *dir;
	const char *signature; /* file or URL; NULL: none is wanted */
	struct bytes key;      /* PEM */
};

bool
loglist_load_is_url(const char *name)
{
	return strstr(name, "://") != NULL;
}

/* Whether a list comes from another machine: see loglist.h. */
static bool
is_foreign(const char *name)
{
	return loglist_load_is_url(name) && strncasecmp(name, "http", 4) == 0 &&
	    !http_url_is_local(name);
}

static bool
read_file(const char *path, struct buf *out, struct buf *error)
{
	return file_read(path, false, out, error) == FILE_OK;
}

/* ---- what a server says ---- */

static enum http_result
fetch(struct http *http, const char *url, size_t max, const char *etag,
    struct http_response *r, struct buf *error)
{
	const struct http_request request = { .url = url,
		.lane = http_lane(http, "log lists"),
		.max_body = max,
		.etag = etag };

	http_fetch(http, &request, r);
	if (r->result == HTTP_OK && !inflate_body(&r->body, max, error))
		return HTTP_NETWORK;
	if (r->result != HTTP_OK && r->result != HTTP_NOT_MODIFIED)
		buf_add_text(error, r->error);
	return r->result;
}

/* Get the signature that goes with tonight's list. */
static bool
get_signature(const struct loading *in, struct buf *out, struct buf *error)
{
	struct http_response r;
	bool ok;

	buf_clear(out);
	if (!loglist_load_is_url(in->signature))
		return read_file(in->signature, out, error);
	ok = fetch(in->http, in->signature, LIMIT_SMALL_BODY, NULL, &r,
	         error) == HTTP_OK &&
	    buf_add(out, buf_view(&r.body));
	http_response_fini(&r);
	return ok;
}

static bool
is_signed(const struct loading *in, struct bytes json, struct bytes signature,
    struct buf *error)
{
	if (tree_head_verify_bare(json, signature, in->key))
		return true;
	buf_printf(error, "%s does not sign this list", in->signature);
	return false;
}

static bool
is_list(struct bytes json, const char *name, struct buf *error)
{
	struct loglist *trial = loglist_new();
	bool ok;

	trial->foreign = is_foreign(name);
	ok = loglist_merge(trial, json, name, error);
	loglist_free(trial);
	return ok;
}

/* Make *new what the server has now, if it is a list and signed. */
static bool
renew(const struct loading *in, const char *url, const char *etag,
    const struct loglist_cache *old, struct loglist_cache *new,
    struct buf *error)
{
	struct http_response r;
	enum http_result result =
	    fetch(in->http, url, LIMIT_LOG_LIST, etag, &r, error);
	bool ok = true;

	if (result == HTTP_OK) {
		new->json = r.body;
		new->etag = r.etag;
		buf_init(&r.body, 0);
		r.etag = NULL;
		ok = is_list(buf_view(&new->json), url, error) &&
		    (in->signature == NULL ||
		        (get_signature(in, &new->signature, error) &&
		            is_signed(in, buf_view(&new->json),
		                buf_view(&new->signature), error)));
	} else if (result == HTTP_NOT_MODIFIED) {
		buf_add(&new->json, buf_view(&old->json));
		buf_add(&new->signature, buf_view(&old->signature));
		new->etag = mem_strdup(etag);
	} else
		ok = false;
	http_response_fini(&r);
	new->fetched = time_now();
	return ok;
}

/* Bring the copy of a URL up to date; why it stays old is said in *error. */
static void
refresh(const struct loading *in, const char *url, struct loglist_cache *copy,
    struct buf *error)
{
	struct loglist_cache new;
	struct buf ignored;

	loglist_cache_load(copy, in->dir, url);
	buf_init(&ignored, 4096);
	if (!is_list(buf_view(&copy->json), url, &ignored) ||
	    (in->signature != NULL &&
	        !is_signed(in, buf_view(&copy->json),
	            buf_view(&copy->signature), &ignored)))
		loglist_cache_fini(copy);
	buf_clear(&ignored);
	loglist_cache_init(&new);
	if (renew(in, url, copy->etag, copy, &new, error)) {
		loglist_cache_fini(copy);
		*copy = new;
		/* That it cannot be kept is no reason to stop. */
		if (!loglist_cache_save(copy, in->dir, url, &ignored))
			loglist_warn(in->l->logs,
			    mem_printf("no copy of the log list is kept: %s",
			        buf_text(&ignored)));
	} else
		loglist_cache_fini(&new);
	buf_fini(&ignored);
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

/* Say how old a list is that is not of these days. */
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
	    mem_printf("%s: this log list is of %s, %lld days old; newer logs "
	               "are not known",
	        s->name, date, (long long)(age / TIME_DAY)));
}

static bool
unite(struct loglist_load *l, struct loglist_load_source *s, struct bytes json,
    struct buf *error)
{
	size_t before = l->logs->n;
	int64_t oldest = l->logs->timestamp;

	l->logs->foreign = is_foreign(s->name);
	l->logs->timestamp = 0;
	if (!loglist_merge(l->logs, json, s->name, error))
		return false;
	s->dated = l->logs->timestamp;
	if (s->dated == 0 || (oldest != 0 && oldest < s->dated))
		l->logs->timestamp = oldest;
	s->logs = l->logs->n - before;
	judge_age(l, s);
	return true;
}

static bool
load_url(const struct loading *in, const char *url, struct buf *error)
{
	struct loglist_load_source *s = add_source(in->l, url);
	struct loglist_cache copy;
	struct buf why;
	bool ok = true;

	loglist_cache_init(&copy);
	buf_init(&why, 4096);
	refresh(in, url, &copy, &why);
	if (why.n > 0)
		s->error = mem_strdup(buf_text(&why));
	s->fetched = copy.fetched;
	if (copy.json.n > 0)
		ok = unite(in->l, s, buf_view(&copy.json), error);
	else /* the others carry on */
		in->l->stale = true;
	loglist_cache_fini(&copy);
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
		ok = get_signature(in, &signature, error) &&
		    is_signed(in, buf_view(&json), buf_view(&signature), error);
	ok = ok && unite(in->l, s, buf_view(&json), error);
	buf_fini(&json);
	buf_fini(&signature);
	return ok;
}

/* ---- all of them ---- */

bool
loglist_load(struct loglist_load *l, struct http *http, const char *dir,
    const char *const *names, size_t n, const char *signature, const char *key,
    struct buf *error)
{
	struct loading in = { .l = l, .http = http, .dir = dir };
	struct buf pem;
	bool ok = true;

	*l = (struct loglist_load){ .logs = loglist_new() };
	buf_init(&pem, LIMIT_SMALL_BODY);
	if ((signature != NULL) != (key != NULL)) {
		buf_add_text(error,
		    "the signature of a log list and the key that must have "
		    "made it are given together or not at all");
		ok = false;
	} else if (signature != NULL) {
		ok = read_file(key, &pem, error);
		in.signature = signature;
		in.key = buf_view(&pem);
	}
	for (size_t i = 0; ok && i < n; i++) {
		ok = loglist_load_is_url(names[i])
		    ? load_url(&in, names[i], error)
		    : load_file(&in, names[i], error);
		in.signature = NULL; /* it is the first one's */
	}
	if (ok && n == 0)
		ok = unite(
		    l, add_source(l, "built in"), loglist_builtin(), error);
	if (ok && l->logs->n == 0) {
		buf_printf(error, "no log list could be had: %s",
		    l->n_sources > 0 && l->sources[0].error != NULL
		        ? l->sources[0].error
		        : "they name no logs");
		ok = false;
	}
	buf_fini(&pem);
	return ok;
}

void
loglist_load_fini(struct loglist_load *l)
{
	for (size_t i = 0; i < l->n_sources; i++) {
		free(l->sources[i].name);
		free(l->sources[i].error);
	}
	free(l->sources);
	loglist_free(l->logs);
	*l = (struct loglist_load){ 0 };
}
