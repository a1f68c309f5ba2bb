/* SPDX-License-Identifier: Apache-2.0 */
#include <dirent.h>
#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <jansson.h>

#include "notify/hook_call.h"
#include "notify/subprocess.h"
#include <ctwatch/base/escape.h>
#include <ctwatch/base/mem.h>
#include <ctwatch/base/text.h>
#include <ctwatch/notify/hooks.h>
#include <ctwatch/report/report_json.h>

/* ---- programs ---- */

static int
compare_names(const void *a, const void *b)
{
	return strcmp(*(char *const *)a, *(char *const *)b);
}

/* Report whether only a trusted owner, root or this user, may write to path;
 * false with the reason in *error. */
static bool
is_safe(const char *path, const struct stat *st, struct buf *error)
{
	if ((st->st_mode & (S_IWGRP | S_IWOTH)) == 0 &&
	    (st->st_uid == 0 || st->st_uid == geteuid()))
		return true;
	buf_printf(error,
	    "%s: others than its owner may write to it, or its owner is "
	    "another user: no hook is run",
	    path);
	return false;
}

/* Add the entry of that name if it is a program; false, with *error, if others
 * may write to it. */
static bool
add_program(
    const char *dir, const char *name, char ***v, size_t *n, struct buf *error)
{
	char *path = mem_printf("%s/%s", dir, name);
	struct stat st;

	if (stat(path, &st) != 0 || !S_ISREG(st.st_mode) ||
	    access(path, X_OK) != 0) {
		free(path);
		return true;
	}
	if (!is_safe(path, &st, error)) {
		free(path);
		return false;
	}
	*v = mem_grow(*v, *n, sizeof **v);
	(*v)[(*n)++] = path;
	return true;
}

char **
hooks_list(const char *dir, size_t *n, struct buf *error)
{
	DIR *d = opendir(dir);
	bool ok = true;
	struct dirent *e;
	struct stat st;
	char **v;

	*n = 0;
	if (d == NULL) {
		buf_printf(error, "%s: %s", dir, strerror(errno));
		return NULL;
	}
	if (fstat(dirfd(d), &st) != 0 || !is_safe(dir, &st, error)) {
		closedir(d);
		return NULL;
	}
	v = mem_alloc(1, sizeof *v);
	while (ok && (e = readdir(d)) != NULL)
		ok = e->d_name[0] == '.' ||
		    add_program(dir, e->d_name, &v, n, error);
	closedir(d);
	if (!ok) {
		hooks_list_free(v, *n);
		*n = 0;
		return NULL;
	}
	qsort(v, *n, sizeof *v, compare_names);
	return v;
}

void
hooks_list_free(char **v, size_t n)
{
	for (size_t i = 0; v != NULL && i < n; i++)
		free(v[i]);
	free(v);
}

/* ---- findings ---- */

/* Append a member of each finding, with blanks between. */
static void
set_all(struct hook_call *c, const char *variable, const char *member)
{
	struct buf text;
	json_t *f;
	size_t i;

	buf_init(&text, SIZE_MAX / 2);
	json_array_foreach(report_json_at(c->message, "findings"), i, f)
		buf_printf(&text, "%s%s", i > 0 ? " " : "",
		    report_json_text(f, member));
	hook_call_set(c, variable, buf_text(&text));
	buf_fini(&text);
}

static void
set_finding(struct hook_call *c, const json_t *f)
{
	hook_call_set(c, "CTWATCH_FINDING", report_json_text(f, "id"));
	hook_call_set(c, "CTWATCH_RULE", report_json_text(f, "rule"));
	hook_call_set(c, "CTWATCH_NAME", report_json_text(f, "name"));
	hook_call_set(c, "CTWATCH_SEVERITY", report_json_text(f, "severity"));
	hook_call_set(c, "CTWATCH_MESSAGE", report_json_text(f, "message"));
	hook_call_set(
	    c, "CTWATCH_REMEDIATION", report_json_text(f, "remediation"));
	hook_call_set(
	    c, "CTWATCH_CONTACT", report_json_text(f, "owner.contact"));
	set_all(c, "CTWATCH_FINDINGS", "id");
	set_all(c, "CTWATCH_RULES", "rule");
	hook_call_json(
	    c, "CTWATCH_JSON_FILENAME", "finding.json", json_deep_copy(f));
}

/* A finding without a certificate: about a pin, a log or the run. */
static void
set_error(struct hook_call *c, const json_t *f)
{
	char *summary = mem_printf("%s %s: %s", report_json_text(f, "severity"),
	    report_json_text(f, "name"), report_json_text(f, "message"));
	struct buf text;

	buf_init(&text, SIZE_MAX / 2);
	escape_utf8(&text, bytes_of(summary));
	buf_add_byte(&text, '\n');
	hook_call_set(c, "SUMMARY", summary);
	hook_call_file(c, "TEXT_FILENAME", "event.txt", buf_view(&text));
	buf_fini(&text);
	free(summary);
}

/* ---- rejected entries ---- */

/* Searches the leaf of a rejected entry. */
struct wanted {
	const char *log_id;
	uint64_t index;
	struct hook_call *call;
	char hash[TEXT_BASE64_LEN(SHA256_SIZE) + 1];
};

static void
take_leaf(void *arg, const struct store_rejected *r)
{
	struct wanted *w = arg;
	char hex[2 * SHA256_SIZE + 1], *b64;
	uint8_t hash[SHA256_SIZE];
	json_t *extra;
	struct bytes parts[] = { bytes_at("", 1), r->leaf_input };

	text_hex((struct bytes){ r->log_id, SHA256_SIZE }, hex);
	if (r->index != w->index || strcmp(hex, w->log_id) != 0 ||
	    r->leaf_input.n == 0)
		return;
	b64 = mem_alloc(TEXT_BASE64_LEN(r->leaf_input.n) + 1, 1);
	text_base64(r->leaf_input, b64);
	extra = json_stringn(
	    (const char *)r->extra_data.p, r->extra_data.n); /* NULL: no text */
	hook_call_json(w->call, "ENTRY_FILENAME", "entry.json",
	    json_pack("{ss so}", "leaf_input", b64, "extra_data",
	        extra != NULL ? extra : json_string("")));
	free(b64);
	sha256_parts(parts, 2, hash); /* RFC 6962, 2.1: 0x00 and the leaf */
	text_base64((struct bytes){ hash, sizeof hash }, w->hash);
	hook_call_set(w->call, "LEAF_HASH", w->hash);
}

static void
add_line(struct buf *out, const char *name, const char *value)
{
	buf_printf(out, "\t%13s = ", name);
	escape_utf8(out, bytes_of(value));
	buf_add_byte(out, '\n');
}

/* The lines of Cert Spotter's text, in its order. */
static void
set_malformed_text(struct hook_call *c, const json_t *r, const char *hash)
{
	const json_t *log = report_json_at(c->message, "log");
	char *entry = mem_printf("%" PRId64 " @ %s",
	    report_json_int(log, "index"), report_json_text(log, "url"));
	struct buf text;

	buf_init(&text, SIZE_MAX / 2);
	buf_add_text(&text,
	    "Unable to determine if log entry matches your watchlist: it "
	    "cannot be parsed.\n");
	add_line(&text, "Log Entry", entry);
	if (*hash != '\0')
		add_line(&text, "Leaf Hash", hash);
	add_line(&text, "Error", report_json_text(r, "reason"));
	hook_call_file(c, "TEXT_FILENAME", "event.txt", buf_view(&text));
	buf_fini(&text);
	free(entry);
}

static void
set_malformed(struct hook_call *c)
{
	const json_t *r = report_json_at(c->message, "refused");
	const json_t *log = report_json_at(c->message, "log");
	struct wanted w = { .log_id = report_json_text(r, "log_id"),
		.index = (uint64_t)report_json_int(r, "index"),
		.call = c };
	char *summary = mem_printf("Unable to Parse Entry %" PRId64 " in %s",
	    report_json_int(log, "index"), report_json_text(log, "url"));

	hook_call_set(c, "SUMMARY", summary);
	hook_call_set(c, "WATCH_ITEM", report_json_text(r, "possible_match"));
	hook_call_set(c, "PARSE_ERROR", report_json_text(r, "reason"));
	hook_call_set(c, "CERT_PARSEABLE", "no");
	if (c->store != NULL)
		store_rejected_each(c->store, 0, take_leaf, &w);
	set_malformed_text(c, r, w.hash);
	free(summary);
}

/* ---- one call ---- */

static void
prepare(struct hook_call *c)
{
	const char *event = report_json_text(c->message, "event");
	const json_t *f = report_json_at(c->message, "finding");
	const json_t *log = report_json_at(c->message, "log");

	hook_call_set(c, "EVENT", event);
	hook_call_set(c, "CTWATCH_TEST",
	    report_json_true(c->message, "test") ? "1" : "0");
	if (json_is_object(log)) {
		hook_call_set(c, "LOG_URI", report_json_text(log, "url"));
		hook_call_number(
		    c, "ENTRY_INDEX", report_json_int(log, "index"));
	}
	if (f != NULL)
		set_finding(c, f);
	if (strcmp(event, "discovered_cert") == 0)
		hook_certificate(c);
	else if (strcmp(event, "malformed_cert") == 0)
		set_malformed(c);
	else
		set_error(c, f);
	hook_call_inherit(c);
}

bool
hooks_run(const char *program, struct bytes message, struct store *s,
    int64_t time_limit, struct buf *error)
{
	json_t *v = json_loadb((const char *)message.p, message.n, 0, NULL);
	char *argv[] = { mem_strdup(program), NULL };
	struct hook_call c;
	bool ok = hook_call_begin(&c, v, s, error);

	if (ok) {
		prepare(&c);
		ok = c.ok;
		if (!ok)
			buf_printf(error, "%s: %s", c.dir, strerror(errno));
	}
	ok = ok &&
	    subprocess_run(&(struct subprocess){ .argv = argv,
	                       .envp = c.env,
	                       .input = message,
	                       .time_limit = time_limit },
	        error);
	hook_call_end(&c);
	free(argv[0]);
	json_decref(v);
	return ok;
}
