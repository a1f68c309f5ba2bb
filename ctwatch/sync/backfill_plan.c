/* SPDX-License-Identifier: Apache-2.0 */
#include <stdlib.h>
#include <string.h>

#include <jansson.h>

#include "sync/backfill_json.h"
#include <ctwatch/base/limits.h>
#include <ctwatch/base/mem.h>
#include <ctwatch/base/text.h>
#include <ctwatch/base/time.h>
#include <ctwatch/net/log_client.h>
#include <ctwatch/sync/backfill_plan.h>

#include "config.h"

#define FORMAT "ctwatch-backfill-plan/1"

static int
by_text(const void *a, const void *b)
{
	return strcmp(*(char *const *)a, *(char *const *)b);
}

/* Return the items in order, borrowed; the caller frees the array. */
static char **
sort_items(const struct backfill_plan *p)
{
	char **v = mem_alloc(p->n_watched, sizeof *v);

	memcpy(v, p->watched, p->n_watched * sizeof *v);
	qsort(v, p->n_watched, sizeof *v, by_text);
	return v;
}

/* The SHA-256 of all items in order, each with a line end. */
static void
digest_watched(struct backfill_plan *p)
{
	char **v = sort_items(p);
	struct buf all;

	buf_init(&all, SIZE_MAX / 2);
	for (size_t i = 0; i < p->n_watched; i++) {
		buf_add_text(&all, v[i]);
		buf_add_byte(&all, '\n');
	}
	sha256_digest(buf_view(&all), p->watched_sha256);
	buf_fini(&all);
	free(v);
}

static void
add_item(struct backfill_plan *p, const char *item)
{
	p->watched = mem_grow(p->watched, p->n_watched, sizeof *p->watched);
	p->watched[p->n_watched++] = mem_strdup(item);
}

struct backfill_plan *
backfill_plan_new(const struct watch *watch)
{
	struct backfill_plan *p = mem_alloc(1, sizeof *p);

	p->created = time_now();
	for (size_t i = 0; i < watch_count(watch); i++)
		add_item(p, watch_item(watch, i));
	digest_watched(p);
	return p;
}

void
backfill_plan_free(struct backfill_plan *p)
{
	if (p == NULL)
		return;
	for (size_t i = 0; i < p->n_watched; i++)
		free(p->watched[i]);
	for (size_t i = 0; i < p->n_logs; i++) {
		loglist_log_fini(&p->logs[i].log);
		blob_fini(&p->logs[i].raw);
	}
	free(p->watched);
	free(p->pinset);
	free(p->logs);
	free(p->parts);
	free(p);
}

const struct backfill_plan_log *
backfill_plan_log_of(const struct backfill_plan *p, size_t part)
{
	return &p->logs[p->parts[part].log];
}

/* ---- the watched items ---- */

struct watch *
backfill_plan_watch(const struct backfill_plan *p, struct buf *error)
{
	struct watch *w = watch_new();

	for (size_t i = 0; i < p->n_watched; i++)
		if (!watch_add(w, bytes_of(p->watched[i]), error)) {
			watch_free(w);
			return NULL;
		}
	watch_build(w);
	return w;
}

bool
backfill_plan_same_watch(
    const struct backfill_plan *p, const struct watch *watch, struct buf *error)
{
	struct backfill_plan *now = backfill_plan_new(watch);
	char **a = sort_items(p), **b = sort_items(now);
	size_t i = 0;

	while (
	    i < p->n_watched && i < now->n_watched && strcmp(a[i], b[i]) == 0)
		i++;
	if (i < now->n_watched && (i == p->n_watched || strcmp(a[i], b[i]) > 0))
		buf_printf(error,
		    "%s is watched, and the plan does not watch it", b[i]);
	else if (i < p->n_watched)
		buf_printf(error,
		    "the plan watches %s, which the watch list and the pinset "
		    "do not",
		    a[i]);
	free(a);
	free(b);
	backfill_plan_free(now);
	return error->n == 0;
}

/* ---- writing ---- */

static json_t *
part_json(const struct merkle_range *r)
{
	return json_pack("{sI sI so}", "from", (json_int_t)r->begin, "to",
	    (json_int_t)r->end, "hashes",
	    backfill_json_of_hashes(r->node, r->n));
}

static json_t *
log_json(const struct backfill_plan *p, const struct backfill_plan_log *l)
{
	const struct loglist_log *log = &l->log;
	json_t *parts = json_array();

	for (size_t i = 0; i < l->n_parts; i++)
		json_array_append_new(
		    parts, part_json(&p->parts[l->first_part + i].range));
	return json_pack("{so ss ss ss ss* so sb sb sI so so so so}", "log_id",
	    backfill_json_of_digest(log->id), "description", log->description,
	    "operator", log->operator, "url", log->url, "submission_url",
	    log->submission_url, "key",
	    backfill_json_of_bytes(blob_view(log->key)), "static",
	    log->kind == LOG_KIND_STATIC, "by_tiles", l->by_tiles, "mmd",
	    (json_int_t)log->mmd, "head",
	    backfill_json_of_bytes(blob_view(l->raw)), "before",
	    backfill_json_of_hashes(l->before.node, l->before.n), "after",
	    backfill_json_of_hashes(l->after.node, l->after.n), "parts", parts);
}

void
backfill_plan_write(const struct backfill_plan *p, struct buf *out)
{
	json_t *watched = json_array(), *logs = json_array(), *doc;
	char created[TIME_TEXT], secret[2 * NAME_KEYS_SECRET + 1], *text;

	text_hex(bytes_at(p->index_secret, sizeof p->index_secret), secret);
	time_format(p->created, created);
	for (size_t i = 0; i < p->n_watched; i++)
		json_array_append_new(watched, json_string(p->watched[i]));
	for (size_t i = 0; i < p->n_logs; i++)
		json_array_append_new(logs, log_json(p, &p->logs[i]));
	doc = json_pack("{ss ss ss sI sI so so ss* so* ss* sI so}", "format",
	    FORMAT, "version", PACKAGE_VERSION, "created", created, "rate",
	    (json_int_t)p->rate, "at_once", (json_int_t)p->at_once,
	    "watched_sha256", backfill_json_of_digest(p->watched_sha256),
	    "watched", watched, "pinset", p->pinset, "pinset_sha256",
	    p->pinset != NULL ? backfill_json_of_digest(p->pinset_sha256)
	                      : NULL,
	    "index_secret", p->has_index ? secret : NULL, "parts",
	    (json_int_t)p->n_parts, "logs", logs);
	text = json_dumps(doc, JSON_INDENT(1));
	buf_add_text(out, text);
	buf_add_byte(out, '\n');
	free(text);
	json_decref(doc);
}

/* ---- reading ---- */

/* Load a string of printable ASCII, as log lists have after escaping. */
static bool
load_text(const json_t *o, const char *name, char **out)
{
	if (!backfill_json_copy(o, name, LIMIT_URL, out) || *out == NULL ||
	    **out == '\0')
		return false;
	for (const char *c = *out; *c != '\0'; c++)
		if (*c < ' ' || *c > '~')
			return false;
	return true;
}

/* Load the entry of the log list; false with the member at fault. */
static bool
load_log(const json_t *o, struct backfill_plan_log *l, const char **fault)
{
	struct loglist_log *log = &l->log;
	uint8_t id[SHA256_SIZE];
	uint64_t mmd;

	*fault = "description, operator or url";
	if (!load_text(o, "description", &log->description) ||
	    !load_text(o, "operator", &log->operator) ||
	    !load_text(o, "url", &log->url) ||
	    log->url[strlen(log->url) - 1] != '/')
		return false;
	log->kind = json_is_true(json_object_get(o, "static"))
	    ? LOG_KIND_STATIC
	    : LOG_KIND_RFC6962;
	l->by_tiles = json_is_true(json_object_get(o, "by_tiles"));
	*fault = "submission_url";
	if (log->kind == LOG_KIND_STATIC
	        ? !load_text(o, "submission_url", &log->submission_url)
	        : json_object_get(o, "submission_url") != NULL)
		return false;
	*fault = "mmd";
	if (!backfill_json_uint(o, "mmd", &mmd) ||
	    mmd > (uint64_t)(365 * TIME_DAY))
		return false;
	log->mmd = (int64_t)mmd;
	*fault = "log_id or key";
	if (!backfill_json_digest(o, "log_id", log->id) ||
	    !backfill_json_blob(o, "key", &log->key) || log->key.n == 0)
		return false;
	sha256_digest(blob_view(log->key), id);
	log->listed = true;
	return memcmp(id, log->id, sizeof id) == 0;
}

/* Give the stored answer in place of the log's. */
static bool
get_stored(
    void *arg, const char *url, size_t max, struct buf *body, struct buf *error)
{
	const struct backfill_plan_log *l = arg;

	(void)url;
	(void)max;
	(void)error;
	return buf_add(body, blob_view(l->raw));
}

/* Check the signature of the head. */
static bool
load_head(const json_t *o, struct backfill_plan_log *l, struct buf *error)
{
	const struct log_client_fetch fetch = { .get = get_stored, .arg = l };
	struct log_client *client = log_client_new(&l->log, false);
	struct buf raw;
	bool ok;

	buf_init(&raw, LIMIT_SMALL_BODY);
	ok = client != NULL && backfill_json_blob(o, "head", &l->raw) &&
	    l->raw.n > 0 && l->raw.n <= LIMIT_SMALL_BODY &&
	    log_client_head(client, &fetch, &l->head, &raw, error) ==
	        LOG_CLIENT_OK &&
	    l->head.size >> 62 == 0;
	buf_fini(&raw);
	log_client_free(client);
	return ok;
}

/* Load the parts of a log, one after the other. */
static bool
load_parts(
    const json_t *o, struct backfill_plan *p, struct backfill_plan_log *l)
{
	const json_t *list = json_object_get(o, "parts"), *v;
	uint64_t from, to, end = 0;
	size_t i;

	l->first_part = p->n_parts;
	l->n_parts = json_array_size(list);
	if (l->n_parts == 0 || p->n_parts + l->n_parts > LIMIT_PLAN_PARTS)
		return false;
	json_array_foreach(list, i, v) {
		struct backfill_plan_part *part = &p->parts[p->n_parts];

		part->log = p->n_logs;
		if (!backfill_json_uint(v, "from", &from) ||
		    !backfill_json_uint(v, "to", &to) || from >= to ||
		    (i > 0 && from != end) || to > l->head.size ||
		    !backfill_json_range(v, "hashes", from, to, &part->range))
			return false;
		end = to;
		p->n_parts++;
	}
	return backfill_json_range(o, "before", 0,
	           p->parts[l->first_part].range.begin, &l->before) &&
	    backfill_json_range(o, "after", end, l->head.size, &l->after);
}

bool
backfill_plan_is_proved(
    const struct backfill_plan *p, const struct backfill_plan_log *l)
{
	struct merkle_range all = l->before;
	struct merkle_hash root;
	bool ok = all.begin == 0;

	for (size_t i = 0; ok && i < l->n_parts; i++)
		ok =
		    merkle_range_join(&all, &p->parts[l->first_part + i].range);
	ok =
	    ok && merkle_range_join(&all, &l->after) && all.end == l->head.size;
	if (ok)
		merkle_range_root(&all, &root);
	return ok && merkle_equal(&root, &l->head.root);
}

static bool
load_logs(const json_t *doc, struct backfill_plan *p, struct buf *error)
{
	const json_t *list = json_object_get(doc, "logs"), *o;
	size_t n = json_array_size(list), i;
	const char *fault = "parts or hashes";

	if (n == 0 || n > LIMIT_PLAN_PARTS) {
		buf_add_text(error, "no logs, or more than parts");
		return false;
	}
	p->logs = mem_alloc(n, sizeof *p->logs);
	p->parts = mem_alloc(LIMIT_PLAN_PARTS, sizeof *p->parts);
	json_array_foreach(list, i, o) {
		struct backfill_plan_log *l = &p->logs[i];
		bool ok = load_log(o, l, &fault);

		if (ok) {
			fault = "head: its signature";
			ok = load_head(o, l, error);
		}
		if (ok) {
			fault = "parts, before or after";
			ok = load_parts(o, p, l);
		}
		if (ok) {
			fault = "parts: they do not give the signed root";
			ok = backfill_plan_is_proved(p, l);
		}
		for (size_t k = 0; ok && k < i; k++) {
			fault = "log_id: the plan has it twice";
			ok = memcmp(p->logs[k].log.id, l->log.id,
			         SHA256_SIZE) != 0;
		}
		p->n_logs++;
		if (!ok) {
			buf_printf(error, "%slogs[%zu].%s",
			    error->n > 0 ? "; " : "", i, fault);
			return false;
		}
	}
	return true;
}

static bool
load_watched(const json_t *doc, struct backfill_plan *p, struct buf *error)
{
	const json_t *list = json_object_get(doc, "watched"), *v;
	uint8_t wanted[SHA256_SIZE];
	size_t i;

	json_array_foreach(list, i, v) {
		if (!json_is_string(v)) {
			buf_printf(error, "watched[%zu] is not a string", i);
			return false;
		}
		add_item(p, json_string_value(v));
	}
	digest_watched(p);
	if (p->n_watched > 0 &&
	    backfill_json_digest(doc, "watched_sha256", wanted) &&
	    memcmp(wanted, p->watched_sha256, sizeof wanted) == 0)
		return true;
	buf_add_text(error, "watched_sha256 is not the digest of watched");
	return false;
}

static bool
load_version(const json_t *doc, struct buf *error)
{
	const char *text;

	if (!backfill_json_text(doc, "format", LIMIT_URL, &text) ||
	    strcmp(text, FORMAT) != 0) {
		buf_add_text(error, "not a plan of the format " FORMAT);
		return false;
	}
	/* Another version may match other certificates. */
	if (backfill_json_text(doc, "version", LIMIT_URL, &text) &&
	    strcmp(text, PACKAGE_VERSION) == 0)
		return true;
	buf_printf(error,
	    "the plan is of ctwatch %s, and this is " PACKAGE_VERSION
	    ": use one version for all parts, or make a new plan",
	    text != NULL ? text : "(no version)");
	return false;
}

/* Load the secret of the index, if there is one. */
static bool
load_secret(const json_t *doc, struct backfill_plan *p)
{
	const char *text;

	p->has_index = json_object_get(doc, "index_secret") != NULL;
	return !p->has_index ||
	    (backfill_json_text(
	         doc, "index_secret", (size_t)2 * NAME_KEYS_SECRET, &text) &&
	        text_unhex(text, p->index_secret, NAME_KEYS_SECRET));
}

static bool
load(const json_t *doc, struct backfill_plan *p, struct buf *error)
{
	const char *created;
	uint64_t parts;

	if (!load_version(doc, error) || !load_watched(doc, p, error) ||
	    !load_logs(doc, p, error))
		return false;
	if (backfill_json_text(doc, "created", TIME_TEXT, &created) &&
	    time_parse(created, &p->created) &&
	    backfill_json_uint(doc, "rate", &p->rate) && p->rate > 0 &&
	    p->rate <= LIMIT_PLAN_RATE &&
	    backfill_json_uint(doc, "at_once", &p->at_once) && p->at_once > 0 &&
	    p->at_once <= LIMIT_PLAN_PARTS &&
	    backfill_json_uint(doc, "parts", &parts) && parts == p->n_parts &&
	    backfill_json_copy(doc, "pinset", LIMIT_URL, &p->pinset) &&
	    (p->pinset == NULL ||
	        backfill_json_digest(doc, "pinset_sha256", p->pinset_sha256)) &&
	    load_secret(doc, p))
		return true;
	buf_add_text(error,
	    "created, rate, at_once, parts, pinset or index_secret is "
	    "malformed");
	return false;
}

struct backfill_plan *
backfill_plan_parse(struct bytes json, const char *name, struct buf *error)
{
	struct backfill_plan *p = mem_alloc(1, sizeof *p);
	json_error_t err;
	json_t *doc = json_loadb(
	    (const char *)json.p, json.n, JSON_REJECT_DUPLICATES, &err);
	struct buf why;
	bool ok;

	buf_init(&why, 4096);
	sha256_digest(json, p->sha256);
	ok = doc != NULL && load(doc, p, &why);
	if (doc == NULL)
		buf_printf(
		    error, "%s:%d: not a plan: %s", name, err.line, err.text);
	else if (!ok)
		buf_printf(error, "%s: %s", name, buf_text(&why));
	buf_fini(&why);
	json_decref(doc);
	if (ok)
		return p;
	backfill_plan_free(p);
	return NULL;
}
