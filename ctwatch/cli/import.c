/* SPDX-License-Identifier: Apache-2.0 */
/*
 * ctwatch import certspotter: read Cert Spotter's state, so that the next run
 * continues from there.
 */
#include <dirent.h>
#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <jansson.h>

#include "cli/certspotter.h"
#include "cli/cmd_util.h"
#include <ctwatch/base/file.h>
#include <ctwatch/base/limits.h>
#include <ctwatch/base/mem.h>
#include <ctwatch/base/msg.h>
#include <ctwatch/base/text.h>
#include <ctwatch/base/time.h>
#include <ctwatch/cli/cli.h>
#include <ctwatch/policy/watch.h>
#include <ctwatch/policy/watchlist.h>
#include <ctwatch/store/journal.h>

/* The layout of Cert Spotter 0.15 and later. */
#define LAYOUT "2"

struct settings {
	struct opts_common common;
	const char *dir, *config_dir, *watchlist_out, *config_out;
};

/* ---- positions ---- */

/* A directory of logs/ is named by the log's ID in base64url, unpadded. */
static bool
parse_id(const char *name, uint8_t id[static SHA256_SIZE])
{
	char *plain = mem_printf("%s=", name);
	bool ok;

	for (char *p = plain; *p != '\0'; p++)
		*p = *p == '-' ? '+' : *p == '_' ? '/' : *p;
	ok = text_unbase64_exact(bytes_of(plain), id, SHA256_SIZE);
	free(plain);
	return ok;
}

/* Read a state.json; return NULL, or the fault. */
static const char *
load_position(const char *path, struct merkle_range *out)
{
	const char *fault = "cannot read it";
	struct blob text;

	if (opts_read_file(path, LIMIT_SMALL_BODY, &text))
		fault = certspotter_position(blob_view(text), out);
	blob_fini(&text);
	return fault;
}

static bool
save_position(struct store *s, const uint8_t id[static SHA256_SIZE],
    const char *name, const struct merkle_range *r)
{
	char *actor = journal_actor();
	/* The next run sets name, URL and key from the log list. */
	struct store_log log = { .description = mem_strdup(name),
		.key = blob_copy(bytes_of("")),
		.first = r->end,
		.next = r->end,
		.verified = r->end,
		.range = *r,
		.has_range = true,
		.proved = *r,
		.added = time_now() };
	bool ok;

	memcpy(log.id, id, sizeof log.id);
	ok = store_log_save(s, &log) &&
	    journal_add(s, actor, "log-imported", name,
	        "continued from Cert Spotter's position", NULL);
	store_log_fini(&log);
	free(actor);
	return ok;
}

/* One directory of logs/; false if it is damaged or the store fails. */
static bool
import_log(
    struct store *s, const char *dir, const char *name, size_t *n_imported)
{
	uint8_t id[SHA256_SIZE];
	struct store_log known;
	struct merkle_range range;
	const char *fault;
	char *path;
	bool ok = true;

	if (!parse_id(name, id)) {
		msg_error("%s/logs: has a name that is not a log ID", dir);
		return false;
	}
	if (store_log_load(s, id, &known)) {
		store_log_fini(&known);
		msg_info(
		    "log %s: already in the store; its position is kept", name);
		return true;
	}
	path = mem_printf("%s/logs/%s/state.json", dir, name);
	fault = load_position(path, &range);
	if (fault != NULL) {
		msg_error("%s: %s; this log is not imported", path, fault);
		ok = false;
	} else {
		ok = save_position(s, id, name, &range);
		msg_info(
		    "log %s: continues at entry %" PRIu64, name, range.end);
		*n_imported += ok;
	}
	free(path);
	return ok;
}

static bool
import_logs(struct store *s, const char *dir)
{
	char *path = mem_printf("%s/logs", dir);
	DIR *d = opendir(path);
	const struct dirent *e;
	size_t n = 0;
	bool ok = d != NULL;

	if (!ok)
		msg_error("%s: %s", path, strerror(errno));
	while (d != NULL && (e = readdir(d)) != NULL)
		if (e->d_name[0] != '.')
			ok = import_log(s, dir, e->d_name, &n) && ok;
	if (d != NULL)
		closedir(d);
	free(path);
	msg_info("%zu log%s imported", n, n == 1 ? "" : "s");
	return ok;
}

/* ---- notified or authorised certificates ---- */

static size_t
count_markers(const char *path)
{
	static const char end[] = ".notified";
	DIR *d = opendir(path);
	const struct dirent *e;
	size_t n = 0;

	while (d != NULL && (e = readdir(d)) != NULL)
		n += e->d_name[0] == '.' &&
		    strlen(e->d_name) == 1 + 2 * SHA256_SIZE + strlen(end) &&
		    strcmp(e->d_name + 1 + 2 * SHA256_SIZE, end) == 0;
	if (d != NULL)
		closedir(d);
	return n;
}

static void
report_markers(const char *dir)
{
	size_t n = 0;

	for (unsigned i = 0; i < 256; i++) {
		char *path = mem_printf("%s/certs/%02x", dir, i);

		n += count_markers(path);
		free(path);
	}
	if (n > 0)
		msg_info("%zu certificates that were notified or authorised "
		         "are not imported, since only their hashes are "
		         "stored; put expected keys into a pinset",
		    n);
}

/* ---- the configuration ---- */

/* Write the watch list: as a file, or as the member `watch'. */
static bool
take_watchlist(const struct settings *set, json_t *config)
{
	char *path = mem_printf("%s/watchlist", set->config_dir);
	struct watch *w = watch_new();
	struct blob text, copy = { 0 };
	struct buf error;
	bool ok;

	buf_init(&error, 4096);
	ok = opts_read_file(path, LIMIT_WATCH_LIST, &text);
	if (ok)
		copy = blob_copy(blob_view(text));
	ok = ok && watchlist_load(w, &copy, path, &error);
	if (ok && set->watchlist_out != NULL) {
		ok = file_replace(set->watchlist_out, blob_view(text), &error);
		json_object_set_new(
		    config, "watchlist", json_string(set->watchlist_out));
	} else if (ok) {
		json_t *items = json_array();

		for (size_t i = 0; i < watch_count(w); i++)
			json_array_append_new(
			    items, json_string(watch_item(w, i)));
		json_object_set_new(config, "watch", items);
	}
	if (error.n > 0)
		msg_error("%s", buf_text(&error));
	buf_fini(&error);
	watch_free(w);
	blob_fini(&text);
	free(path);
	return ok;
}

static bool
take_recipients(const char *dir, json_t *config)
{
	char *path = mem_printf("%s/email_recipients", dir);
	json_t *list = NULL;
	bool there = access(path, F_OK) == 0;
	struct blob text = { 0 };
	struct buf error;

	buf_init(&error, 4096);
	if (there && opts_read_file(path, LIMIT_SMALL_BODY, &text))
		list = certspotter_recipients(blob_view(text), path, &error);
	if (list != NULL)
		json_object_set_new(config, "mail", list);
	if (error.n > 0)
		msg_error("%s", buf_text(&error));
	buf_fini(&error);
	free(path);
	blob_fini(&text);
	return !there || list != NULL;
}

static void
take_hooks(const char *dir, json_t *config)
{
	char *path = mem_printf("%s/hooks.d", dir);

	if (access(path, X_OK) == 0)
		json_object_set_new(config, "hooks", json_string(path));
	free(path);
}

static int
import_config(const struct settings *set)
{
	json_t *config = json_object();
	int status = CLI_USAGE;
	struct buf out, error;

	buf_init(&out, LIMIT_WATCH_LIST * (size_t)2);
	buf_init(&error, 4096);
	if (take_watchlist(set, config) &&
	    take_recipients(set->config_dir, config)) {
		take_hooks(set->config_dir, config);
		cmd_util_json(config, &out);
		if (set->config_out == NULL)
			status = cmd_util_print(&out);
		else if (file_replace(set->config_out, buf_view(&out), &error))
			status = CLI_CLEAN;
		else {
			msg_error("%s", buf_text(&error));
			status = CLI_UNDELIVERED;
		}
	}
	buf_fini(&error);
	buf_fini(&out);
	json_decref(config);
	return status;
}

/* ---- the whole ---- */

static bool
has_layout(const char *dir)
{
	char *path = mem_printf("%s/version", dir);
	struct blob text;
	bool ok = opts_read_file(path, LIMIT_SMALL_BODY, &text) &&
	    bytes_is(blob_view(text), LAYOUT "\n");

	if (text.p != NULL && !ok)
		msg_error(
		    "%s: not " LAYOUT
		    "; run a newer Cert Spotter once to convert its state",
		    path);
	blob_fini(&text);
	free(path);
	return ok;
}

static int
import_state(const struct settings *set)
{
	struct store *s;
	bool ok;

	if (!has_layout(set->dir))
		return CLI_USAGE;
	s = cmd_util_store(&set->common, STORE_RUN);
	if (s == NULL)
		return CLI_LOCAL;
	ok = import_logs(s, set->dir);
	/* Import the sound logs even if others are damaged. */
	if (!store_commit(s)) {
		msg_error("%s", store_error(s));
		ok = false;
	}
	store_close(s);
	report_markers(set->dir);
	return ok ? CLI_CLEAN : CLI_LOCAL;
}

int
cli_import(int argc, char *argv[])
{
	struct settings set = { .dir = NULL };
	const struct opts_opt opts[] = {
		{ "config-dir", OPTS_TEXT, &set.config_dir, "DIR",
		    "also import watchlist, email_recipients, hooks.d", NULL },
		{ "watchlist-out", OPTS_TEXT, &set.watchlist_out, "FILE",
		    "write the watch list to FILE", NULL },
		{ "config-out", OPTS_TEXT, &set.config_out, "FILE",
		    "write the configuration to FILE, not to the output",
		    NULL },
	};
	const struct opts_command command = { "import", "certspotter [DIR]",
		"Continue from Cert Spotter's state; DIR is its state "
		"directory.",
		opts, sizeof opts / sizeof *opts };
	int n = opts_parse(&command, &set.common, argc, argv), status = 0;

	if (n < 0)
		return n == -2 ? CLI_CLEAN : CLI_USAGE;
	set.dir = n == 2 ? argv[2] : NULL;
	if (n < 1 || n > 2 || strcmp(argv[1], "certspotter") != 0 ||
	    (set.dir == NULL && set.config_dir == NULL)) {
		msg_error("import: give certspotter with its state directory, "
		          "--config-dir, or both; see --help");
		return CLI_USAGE;
	}
	if (set.dir != NULL)
		status |= import_state(&set);
	if (set.config_dir != NULL)
		status |= import_config(&set);
	return status;
}
