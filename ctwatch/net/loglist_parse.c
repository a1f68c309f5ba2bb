/* SPDX-License-Identifier: Apache-2.0 */
#include <stdlib.h>
#include <string.h>

#include <jansson.h>

#include "net/loglist_parse.h"
#include <ctwatch/base/limits.h>
#include <ctwatch/base/mem.h>
#include <ctwatch/base/text.h>
#include <ctwatch/base/time.h>
#include <ctwatch/net/http.h>
#include <ctwatch/wire/mimic_log.h>

/* Default of mmd: the usual day. */
#define USUAL_MMD TIME_DAY
#define MAX_MMD   (365 * TIME_DAY)

/* Operators that a log has had; real ones have had up to two. */
#define MAX_PREVIOUS 16

/* A position in the list: "NAME: operators[2].tiled_logs[0]". */
struct place {
	struct loglist *list;
	enum loglist_vendor vendor;
	const char *name;
	const char *array;
	size_t operator, log;
};

/* The caller frees. */
static char *
place_text(const struct place *at)
{
	return mem_printf("%s: operators[%zu].%s[%zu]", at->name, at->operator,
	    at->array, at->log);
}

static void
warn(const struct place *at, const char *member, const char *what)
{
	char *place = place_text(at);

	loglist_warn(at->list,
	    mem_printf(
	        "%s%s%s: %s", place, *member != '\0' ? "." : "", member, what));
	free(place);
}

/* Mark a log as unusable; keep the first fault. */
static void
refuse(const struct place *at, struct loglist_log *out, const char *member,
    const char *what)
{
	warn(at, member, what);
	if (out->fault == NULL)
		out->fault = mem_printf(
		    "%s%s%s", member, *member != '\0' ? ": " : "", what);
}

/* Untrusted text, escaped for display and cut to LIMIT_SHOWN_TEXT. */
static char *
shown(const char *s)
{
	struct buf b;

	buf_init(&b, LIMIT_SHOWN_TEXT);
	text_escape(&b, bytes_of(s));
	return buf_detach(&b);
}

static bool
parse_base64(const json_t *v, struct buf *out)
{
	struct bytes in;
	size_t n;

	if (!json_is_string(v))
		return false;
	in = bytes_at(json_string_value(v), json_string_length(v));
	buf_clear(out);
	if (!buf_reserve(out, in.n) || !text_unbase64(in, out->p, &n))
		return false;
	out->n = n;
	return true;
}

/* Return why the host of an https URL is not public, or NULL. */
static const char *
why_private(const char *url)
{
	const char *host = url + strlen("https://");
	size_t n = strcspn(host, "/:");
	const char *last;

	if (strncmp(url, "https://", strlen("https://")) != 0)
		return "not https";
	if (n > 0 && host[n - 1] == '.')
		n--;
	for (last = host + n; last > host && last[-1] != '.'; last--)
		;
	/* Addresses have many notations, all ending in a number. */
	if (*host == '[' || (*last >= '0' && *last <= '9'))
		return "an address, not a name";
	if (n - (size_t)(last - host) == strlen("localhost") &&
	    strncasecmp(last, "localhost", strlen("localhost")) == 0)
		return "this host";
	return NULL;
}

/* Return a base URL, with a final slash; the caller frees.  Return NULL if it
 * is unusable. */
static char *
parse_url(const struct place *at, const json_t *log, const char *member,
    struct loglist_log *out)
{
	static const struct http_options any = { .allow_http = true,
		.allow_file = true };
	const char *url = json_string_value(json_object_get(log, member));
	const char *why = "missing";
	size_t n;

	if (url != NULL && http_url_allowed(&any, url, &why)) {
		why = strchr(url, '?') != NULL ? "has a query"
		    : at->list->foreign        ? why_private(url)
		                               : NULL;
		if (why == NULL) {
			n = strlen(url);
			return mem_printf(
			    "%s%s", url, url[n - 1] == '/' ? "" : "/");
		}
	}
	refuse(at, out, member, why);
	return NULL;
}

static void
parse_urls(const struct place *at, const json_t *log, struct loglist_log *out)
{
	bool api = json_object_get(log, "url") != NULL;
	bool tiled = json_object_get(log, "monitoring_url") != NULL ||
	    json_object_get(log, "submission_url") != NULL;

	out->kind = tiled ? LOG_KIND_STATIC : LOG_KIND_RFC6962;
	if (api == tiled) {
		refuse(at, out, "url",
		    api ? "both this and a monitoring_url" : "missing");
		return;
	}
	if (api) {
		out->url = parse_url(at, log, "url", out);
		return;
	}
	out->url = parse_url(at, log, "monitoring_url", out);
	out->submission_url = parse_url(at, log, "submission_url", out);
}

/* Give an entry without a key an ID: the log_id that the list gives (NULL:
 * none), else the digest of its position. */
static void
stand_in_id(
    const struct place *at, const uint8_t *log_id, struct loglist_log *out)
{
	char *place;

	if (log_id != NULL) {
		memcpy(out->id, log_id, sizeof out->id);
		return;
	}
	place = place_text(at);
	sha256_digest(bytes_of(place), out->id);
	free(place);
}

static void
parse_key(const struct place *at, const json_t *log, struct loglist_log *out)
{
	uint8_t log_id[SHA256_SIZE];
	struct buf der;
	bool has_id;

	buf_init(&der, LIMIT_SMALL_BODY);
	has_id = parse_base64(json_object_get(log, "log_id"), &der) &&
	    der.n == sizeof log_id;
	if (has_id)
		memcpy(log_id, der.p, sizeof log_id);
	stand_in_id(at, has_id ? log_id : NULL, out);
	if (!parse_base64(json_object_get(log, "key"), &der)) {
		refuse(at, out, "key", "not base64");
		goto out;
	}
	out->key = blob_copy(buf_view(&der));
	sha256_digest(buf_view(&der), out->id);
	out->head_key = tree_head_key_new(buf_view(&der));
	if (mimic_log_is(out->id))
		refuse(at, out, "", MIMIC_LOG_REASON);
	else if (out->head_key == NULL)
		refuse(at, out, "key",
		    "neither ECDSA P-256 nor RSA of 2048 bits or more "
		    "(RFC 6962, 2.1.4)");
	if (!has_id || memcmp(log_id, out->id, sizeof log_id) != 0) {
		if (out->fault == NULL)
			refuse(at, out, "log_id", "not the SHA-256 of the key");
		stand_in_id(at, has_id ? log_id : NULL, out);
	}
out:
	buf_fini(&der);
}

/* Read an optional time; return false if it is invalid. */
static bool
parse_time(const json_t *object, const char *member, int64_t *out)
{
	const json_t *v = json_object_get(object, member);

	*out = 0;
	return v == NULL ||
	    (json_is_string(v) && time_parse(json_string_value(v), out));
}

static void
parse_final(
    const struct place *at, const json_t *state, struct loglist_log *out)
{
	const json_t *head = json_object_get(state, "final_tree_head");
	const json_t *size = json_object_get(head, "tree_size");
	struct buf root;

	if (head == NULL)
		return;
	buf_init(&root, LIMIT_SMALL_BODY);
	if (json_is_integer(size) && json_integer_value(size) >= 0 &&
	    parse_base64(json_object_get(head, "sha256_root_hash"), &root) &&
	    root.n == sizeof out->final_root.b) {
		out->has_final = true;
		out->final_size = (uint64_t)json_integer_value(size);
		memcpy(out->final_root.b, root.p, root.n);
	} else
		warn(at, "state.readonly.final_tree_head", "malformed");
	buf_fini(&root);
}

/* An invalid state is unknown: read the log anyway. */
static void
parse_state(const struct place *at, const json_t *log, struct loglist_log *out)
{
	json_t *state = json_object_get(log, "state");
	const char *word;
	json_t *value;

	if (state == NULL)
		return;
	if (json_object_size(state) != 1) { /* 0 if not an object */
		warn(at, "state", "not an object with exactly one member");
		return;
	}
	word = json_object_iter_key(json_object_iter(state));
	value = json_object_iter_value(json_object_iter(state));
	for (enum loglist_state s = 0; s < LOGLIST_STATE_MAX; s++)
		if (strcmp(word, loglist_state_word(s)) == 0)
			out->state = s;
	if (out->state == LOGLIST_UNKNOWN)
		warn(at, "state", "not a state of schema v3");
	if (!parse_time(value, "timestamp", &out->state_since))
		warn(at, "state", "its timestamp is not RFC 3339");
	out->trust[at->vendor] =
	    (struct loglist_trust){ out->state, out->state_since };
	if (out->state == LOGLIST_READONLY)
		parse_final(at, value, out);
}

static void
parse_previous(
    const struct place *at, const json_t *log, struct loglist_log *out)
{
	const json_t *v = json_object_get(log, "previous_operators"), *one;
	size_t i;

	json_array_foreach(v, i, one) {
		const char *name =
		    json_string_value(json_object_get(one, "name"));
		int64_t end;

		if (name == NULL || !parse_time(one, "end_time", &end) ||
		    end == 0 || out->n_previous == MAX_PREVIOUS) {
			warn(at, "previous_operators",
			    "an element without name or end_time, or too many");
			return;
		}
		out->previous = mem_grow(
		    out->previous, out->n_previous, sizeof *out->previous);
		out->previous[out->n_previous++] =
		    (struct loglist_operator){ shown(name), end };
	}
}

static void
parse_interval(
    const struct place *at, const json_t *log, struct loglist_log *out)
{
	const json_t *v = json_object_get(log, "temporal_interval");

	if (v == NULL)
		return;
	if (!parse_time(v, "start_inclusive", &out->interval_start) ||
	    !parse_time(v, "end_exclusive", &out->interval_end) ||
	    out->interval_start >= out->interval_end) {
		out->interval_start = out->interval_end = 0;
		warn(at, "temporal_interval", "not an interval; ignored");
	}
}

static void
parse_mmd(const struct place *at, const json_t *log, struct loglist_log *out)
{
	const json_t *v = json_object_get(log, "mmd");
	json_int_t s = json_integer_value(v); /* 0 if not an integer */

	if (s > 0 && s <= MAX_MMD / TIME_SECOND)
		out->mmd = s * TIME_SECOND;
	else {
		out->mmd = USUAL_MMD;
		warn(at, "mmd", "not a number of seconds; using a day");
	}
}

static void
parse_members(
    const struct place *at, const json_t *log, struct loglist_log *out)
{
	const char *type = json_string_value(json_object_get(log, "log_type"));

	out->is_test = type != NULL && strcmp(type, "test") == 0;
	parse_key(at, log, out);
	parse_urls(at, log, out);
	if (out->fault == NULL)
		parse_mmd(at, log, out);
	parse_state(at, log, out);
	parse_interval(at, log, out);
	parse_previous(at, log, out);
}

static void
parse_log(const struct place *at, const json_t *log, const char *operator)
{
	const char *s = json_string_value(json_object_get(log, "description"));
	struct loglist *l = at->list;
	struct loglist_log out = { .listed = true, .mmd = USUAL_MMD };

	if (json_is_object(log))
		parse_members(at, log, &out);
	else {
		refuse(at, &out, "", "not an object");
		stand_in_id(at, NULL, &out);
	}
	if (s == NULL || *s == '\0')
		s = out.url;
	out.description = s != NULL ? shown(s) : place_text(at);
	out.operator= mem_strdup(operator);
	l->v = mem_grow(l->v, l->n, sizeof *l->v);
	l->v[l->n++] = out;
}

/* Parse one operator's logs; return false if the list has too many. */
static bool
parse_operator(struct place *at, const json_t *operator, size_t * logs)
{
	static const char *const arrays[] = { "logs", "tiled_logs" };
	const char *s = json_string_value(json_object_get(operator, "name"));
	char *name = shown(s != NULL && *s != '\0' ? s : "unnamed operator");

	for (size_t i = 0; i < 2 && *logs <= LIMIT_LOGS; i++) {
		const json_t *v = json_object_get(operator, arrays[i]);
		const json_t *log;

		at->array = arrays[i];
		at->log = 0;
		if (v != NULL && !json_is_array(v))
			warn(at, "", "not in an array");
		json_array_foreach(v, at->log, log) {
			if (++*logs > LIMIT_LOGS)
				break;
			parse_log(at, log, name);
		}
	}
	free(name);
	return *logs <= LIMIT_LOGS;
}

static bool
parse_root(struct loglist *out, const json_t *root, const char *name,
    struct buf *error)
{
	const json_t *operators = json_object_get(root, "operators");
	/* Only Apple's schema has assetVersion. */
	struct place at = { .list = out,
		.vendor = json_object_get(root, "assetVersion") != NULL
		    ? LOGLIST_APPLE
		    : LOGLIST_CHROME,
		.name = name };
	const json_t *operator;
	size_t logs = 0;

	if (json_is_array(json_object_get(root, "logs"))) {
		buf_printf(error,
		    "%s: a log list of the old schema v1; use a list of schema "
		    "v3",
		    name);
		return false;
	}
	if (!json_is_array(operators)) {
		buf_printf(
		    error, "%s: not a log list: no array \"operators\"", name);
		return false;
	}
	if (!parse_time(root, "log_list_timestamp", &out->timestamp))
		loglist_warn(out,
		    mem_printf("%s: log_list_timestamp: "
		               "not RFC 3339",
		        name));
	json_array_foreach(operators, at.operator, operator) {
		if (!parse_operator(&at, operator, & logs)) {
			buf_printf(
			    error, "%s: more than %u logs", name, LIMIT_LOGS);
			return false;
		}
	}
	out->has[at.vendor] = true;
	for (size_t i = 0; i < out->n; i++)
		if (out->v[i].fault == NULL)
			return true;
	buf_printf(error, "%s: has no usable log%s%s", name,
	    out->n_warnings > 0 ? "; first: " : "",
	    out->n_warnings > 0 ? out->warnings[0] : "");
	return false;
}

bool
loglist_parse(
    struct loglist *out, struct bytes json, const char *name, struct buf *error)
{
	json_error_t err;
	json_t *root;
	bool ok;

	if (json.n > LIMIT_LOG_LIST) {
		buf_printf(error, "%s: a log list of more than %u bytes", name,
		    LIMIT_LOG_LIST);
		return false;
	}
	root = json_loadb(
	    (const char *)json.p, json.n, JSON_REJECT_DUPLICATES, &err);
	if (root == NULL) {
		char *text = shown(err.text);

		buf_printf(error, "%s:%d: not JSON: %s", name, err.line, text);
		free(text);
		return false;
	}
	ok = parse_root(out, root, name, error);
	json_decref(root);
	return ok;
}
