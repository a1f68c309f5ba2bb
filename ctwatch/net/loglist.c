/* SPDX-License-Identifier: Apache-2.0 */
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include <jansson.h>

#include <ctwatch/base/bounds.h>
#include <ctwatch/base/mem.h>
#include <ctwatch/base/text.h>
#include <ctwatch/base/time.h>
#include <ctwatch/net/loglist.h>

/* A shard's certificates have expired: its last entries may still be read
 * for so long. */
#define GRACE (30 * TIME_DAY)

/* Where in which list we are, for messages. */
struct place {
	const char *name;
	size_t operator;
	const char *kind; /* "logs" or "tiled_logs" */
	size_t log;
};

struct loglist *
loglist_new(void)
{
	return mem_alloc(1, sizeof(struct loglist));
}

static void
log_fini(struct loglist_log *log)
{
	free((void *)log->key.p);
	free(log->description);
	free(log->operator);
	free(log->url);
	free(log->submission_url);
}

void
loglist_free(struct loglist *l)
{
	if (l == NULL)
		return;
	for (size_t i = 0; i < l->n; i++)
		log_fini(&l->v[i]);
	for (size_t i = 0; i < l->n_warnings; i++)
		free(l->warnings[i]);
	free(l->v);
	free(l->warnings);
	free(l);
}

static void
warn(struct loglist *l, char *text)
{
	l->warnings = mem_grow(l->warnings, l->n_warnings, sizeof *l->warnings);
	l->warnings[l->n_warnings++] = text;
}

static void
warn_at(struct loglist *l, const struct place *at, const char *what)
{
	warn(l,
	    mem_printf("%s: operators[%zu].%s[%zu]: %s", at->name, at->operator,
	        at->kind, at->log, what));
}

/* ---- members ---- */

static const char *
get_text(const json_t *j, const char *name)
{
	return json_string_value(json_object_get(j, name));
}

/* A member as text that is safe to show; the caller frees; NULL if none. */
static char *
get_safe(const json_t *j, const char *name)
{
	const char *s = get_text(j, name);
	struct buf b;

	if (s == NULL || *s == '\0')
		return NULL;
	buf_init(&b, 1024);
	text_safe(&b, bytes_of(s));
	return buf_detach(&b);
}

static bool
get_time(const json_t *j, const char *name, int64_t *out)
{
	const char *s = get_text(j, name);

	return s != NULL && time_parse(s, out);
}

/* A URL ending in a slash; NULL if there is none that could be fetched. */
static char *
get_url(const json_t *j, const char *name)
{
	const char *s = get_text(j, name);
	size_t n = s != NULL ? strlen(s) : 0;

	if (n == 0 || strstr(s, "://") == NULL)
		return NULL;
	return s[n - 1] == '/' ? mem_strdup(s) : mem_printf("%s/", s);
}

/* ---- one log ---- */

static bool
read_key(const json_t *j, struct loglist_log *log, const char **why)
{
	const char *key = get_text(j, "key"), *id = get_text(j, "log_id");
	uint8_t digest[DIGEST_SIZE], *der;
	size_t n;

	*why = "key: not base64";
	if (key == NULL)
		return false;
	der = mem_alloc(strlen(key) + 1, 1);
	log->key.p = der;
	if (!text_unbase64(bytes_of(key), der, &n) || n == 0)
		return false;
	log->key.n = n;
	digest_sha256(log->key, digest);
	*why = "log_id: not base64 of 32 bytes";
	if (id == NULL ||
	    !text_unbase64_exact(bytes_of(id), log->id, sizeof log->id))
		return false;
	*why = "log_id: not the SHA-256 of key (RFC 6962, 3.2)";
	return memcmp(digest, log->id, sizeof digest) == 0;
}

static bool
read_urls(const json_t *j, struct loglist_log *log, const char **why)
{
	if (log->is_static) {
		log->submission_url = get_url(j, "submission_url");
		log->url = get_url(j, "monitoring_url");
		*why = "submission_url or monitoring_url is missing";
		return log->submission_url != NULL && log->url != NULL;
	}
	log->url = get_url(j, "url");
	*why = "url is missing";
	return log->url != NULL;
}

static void
read_final_head(const json_t *j, struct loglist_log *log)
{
	const json_t *head = json_object_get(j, "final_tree_head");
	const json_t *size = json_object_get(head, "tree_size");
	const char *root = get_text(head, "sha256_root_hash");

	if (!json_is_integer(size) || json_integer_value(size) < 0 ||
	    root == NULL ||
	    !text_unbase64_exact(
	        bytes_of(root), log->final_root.b, DIGEST_SIZE))
		return;
	log->final_size = (uint64_t)json_integer_value(size);
	log->has_final = true;
}

static bool
read_state(json_t *j, struct loglist_log *log, const char **why)
{
	static const struct {
		const char *word;
		enum loglist_state state;
	} states[] = {
		{ "pending", LOGLIST_PENDING },
		{ "qualified", LOGLIST_QUALIFIED },
		{ "usable", LOGLIST_USABLE },
		{ "readonly", LOGLIST_READONLY },
		{ "retired", LOGLIST_RETIRED },
		{ "rejected", LOGLIST_REJECTED },
	};
	json_t *state = json_object_get(j, "state"), *v;
	size_t n = 0;

	if (state == NULL) /* some logs have none */
		return true;
	for (size_t i = 0; i < sizeof states / sizeof states[0]; i++) {
		v = json_object_get(state, states[i].word);
		if (v == NULL)
			continue;
		n++;
		log->state = states[i].state;
		get_time(v, "timestamp", &log->state_since);
		if (log->state == LOGLIST_READONLY)
			read_final_head(v, log);
	}
	*why = "state: not exactly one state";
	return n == 1;
}

static bool
read_rest(json_t *j, struct loglist_log *log, const char **why)
{
	const json_t *mmd = json_object_get(j, "mmd");
	const json_t *interval = json_object_get(j, "temporal_interval");
	const char *type = get_text(j, "log_type");

	*why = "mmd: not a number of seconds";
	if (mmd != NULL &&
	    (!json_is_integer(mmd) || json_integer_value(mmd) < 0 ||
	        json_integer_value(mmd) > 100 * 86400))
		return false;
	log->mmd =
	    mmd != NULL ? json_integer_value(mmd) * TIME_SECOND : TIME_DAY;
	*why = "temporal_interval: not two times";
	if (interval != NULL &&
	    (!get_time(interval, "start_inclusive", &log->interval_start) ||
	        !get_time(interval, "end_exclusive", &log->interval_end)))
		return false;
	log->is_test = type != NULL && strcmp(type, "test") == 0;
	log->description = get_safe(j, "description");
	if (log->description == NULL)
		log->description = mem_strdup(log->url);
	return read_state(j, log, why);
}

static struct loglist_log *
find(const struct loglist *l, const uint8_t id[static DIGEST_SIZE])
{
	for (size_t i = 0; i < l->n; i++)
		if (memcmp(l->v[i].id, id, DIGEST_SIZE) == 0)
			return &l->v[i];
	return NULL;
}

static void
append(struct loglist *l, const struct loglist_log *log)
{
	l->v = mem_grow(l->v, l->n, sizeof *l->v);
	l->v[l->n++] = *log;
}

/* A log that an earlier list has: the first one's word stands, for the
 * operators' names differ between lists, but a contradiction is said. */
static void
unite(struct loglist *l, const struct place *at, struct loglist_log *have,
    const struct loglist_log *log, size_t before)
{
	if (have >= l->v + before)
		warn_at(l, at, "this log_id stands twice in the list");
	else if (strcmp(have->url, log->url) != 0)
		warn(l,
		    mem_printf("%s: %s: another URL than in an earlier list, "
		               "%s, not %s",
		        at->name, have->description, log->url, have->url));
	/* Of two states the one that has the log read longer. */
	if (log->state >= LOGLIST_PENDING && log->state <= LOGLIST_READONLY &&
	    (have->state < LOGLIST_PENDING || have->state > LOGLIST_READONLY))
		have->state = log->state;
}

static void
add_log(struct loglist *l, const struct place *at, json_t *j,
    const char *operator, size_t before)
{
	struct loglist_log log = { .listed = true };
	struct loglist_log *have;
	const char *why = "not an object";

	log.is_static = strcmp(at->kind, "tiled_logs") == 0;
	if (!json_is_object(j) || !read_key(j, &log, &why) ||
	    !read_urls(j, &log, &why) || !read_rest(j, &log, &why)) {
		warn_at(l, at, why);
		log_fini(&log);
		return;
	}
	have = find(l, log.id);
	if (have != NULL) {
		unite(l, at, have, &log, before);
		log_fini(&log);
		return;
	}
	log.operator= mem_strdup(operator);
	append(l, &log);
}

static void
add_operator(
    struct loglist *l, struct place *at, const json_t *j, size_t before)
{
	static const char *const kinds[] = { "logs", "tiled_logs" };
	char *name = get_safe(j, "name");
	json_t *log;

	for (size_t k = 0; k < 2; k++) {
		at->kind = kinds[k];
		json_array_foreach(json_object_get(j, kinds[k]), at->log, log)
		    add_log(
		        l, at, log, name != NULL ? name : "unknown", before);
	}
	free(name);
}

static int
compare(const void *a, const void *b)
{
	const struct loglist_log *x = a, *y = b;
	int c = strcmp(x->operator, y->operator);

	if (c == 0)
		c = strcmp(x->description, y->description);
	return c != 0 ? c : memcmp(x->id, y->id, DIGEST_SIZE);
}

bool
loglist_add(
    struct loglist *l, struct bytes json, const char *name, struct buf *error)
{
	struct place at = { .name = name };
	size_t before = l->n;
	json_t *root, *list, *op;
	json_error_t why;
	int64_t t;

	root = json_loadb((const char *)json.p, json.n, 0, &why);
	if (root == NULL) {
		buf_printf(
		    error, "%s:%d: not JSON: %s", name, why.line, why.text);
		return false;
	}
	list = json_object_get(root, "operators");
	op = json_array_get(list, 0);
	if (!json_is_array(list) || json_array_size(list) == 0 ||
	    (json_object_get(op, "logs") == NULL &&
	        json_object_get(op, "tiled_logs") == NULL)) {
		buf_printf(error, "%s: operators: %s", name,
		    json_object_get(root, "logs") != NULL
		        ? "this is a list of the old schema v1 or v2; v3 is "
		          "needed"
		        : "no operators with logs: not a log list of schema "
		          "v3");
		json_decref(root);
		return false;
	}
	if (get_time(root, "log_list_timestamp", &t) &&
	    (l->timestamp == 0 || t < l->timestamp))
		l->timestamp = t;
	json_array_foreach(list, at.operator, op)
	    add_operator(l, &at, op, before);
	json_decref(root);
	if (l->n == before && before == 0) {
		buf_printf(error, "%s: no log in it can be used%s%s", name,
		    l->n_warnings > 0 ? ": " : "",
		    l->n_warnings > 0 ? l->warnings[0] : "");
		return false;
	}
	qsort(l->v, l->n, sizeof *l->v, compare);
	return true;
}

void
loglist_add_log(struct loglist *l, const struct loglist_log *from)
{
	struct loglist_log log = *from;

	if (find(l, from->id) != NULL)
		return;
	log.key.p = mem_dup(from->key);
	log.description = mem_strdup(from->description);
	log.operator= mem_strdup(from->operator);
	log.url = mem_strdup(from->url);
	if (from->submission_url != NULL)
		log.submission_url = mem_strdup(from->submission_url);
	append(l, &log);
	qsort(l->v, l->n, sizeof *l->v, compare);
}

const char *
loglist_skip(const struct loglist_log *log, int64_t now)
{
	if (strstr(log->url, "://ct.example.com/") != NULL)
		return "a placeholder";
	if (log->state == LOGLIST_RETIRED && log->listed)
		return "retired";
	if (log->state == LOGLIST_REJECTED)
		return "rejected";
	if (log->is_test)
		return "a test log";
	if (log->interval_end != 0 && now >= log->interval_end + GRACE)
		return "an expired shard";
	return NULL;
}

const char *
loglist_state_word(enum loglist_state s)
{
	static const char *const words[] = {
		[LOGLIST_UNKNOWN] = "unknown",
		[LOGLIST_PENDING] = "pending",
		[LOGLIST_QUALIFIED] = "qualified",
		[LOGLIST_USABLE] = "usable",
		[LOGLIST_READONLY] = "readonly",
		[LOGLIST_RETIRED] = "retired",
		[LOGLIST_REJECTED] = "rejected",
	};

	return words[s];
}
