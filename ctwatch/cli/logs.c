/* SPDX-License-Identifier: Apache-2.0 */
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <jansson.h>

#include "cli/cmd_util.h"
#include "cli/network.h"
#include "cli/sandbox_paths.h"
#include <ctwatch/base/mem.h>
#include <ctwatch/base/msg.h>
#include <ctwatch/base/text.h>
#include <ctwatch/base/time.h>
#include <ctwatch/cli/cli.h>
#include <ctwatch/report/collect.h>
#include <ctwatch/sync/sync.h>

/* One log: its data in the lists and in the store. */
struct line {
	const struct loglist_log *log;
	enum sync_choice choice;
	const char *skip; /* why it is not read, or NULL */
	struct store_log stored;
	bool is_stored, has_head, proved;
	struct tree_head head; /* the newest head seen */
};

struct listing {
	struct line *v;
	size_t n, n_unusable;
};

/* Return the number of unread entries below the newest head. */
static uint64_t
behind(const struct line *l)
{
	return l->has_head && l->is_stored && l->head.size > l->stored.next
	    ? l->head.size - l->stored.next
	    : 0;
}

static void
gather(struct listing *out, const struct loglist *logs, struct store *s)
{
	const struct sync_options o = { .logs = logs, .store = s };

	out->n = logs->n;
	out->v = mem_alloc(logs->n, sizeof *out->v);
	for (size_t i = 0; i < logs->n; i++) {
		struct line *l = &out->v[i];

		l->log = &logs->v[i];
		l->choice = sync_choose(&o, l->log, time_now(), &l->skip);
		if (l->choice == SYNC_READ)
			l->skip = NULL;
		out->n_unusable += l->choice == SYNC_UNUSABLE;
		if (s == NULL)
			continue;
		l->is_stored = store_log_load(s, l->log->id, &l->stored);
		l->has_head =
		    store_head_last(s, l->log->id, STORE_HEAD_SIGNED, &l->head);
	}
}

static void
listing_fini(struct listing *all)
{
	for (size_t i = 0; i < all->n; i++)
		if (all->v[i].is_stored)
			store_log_fini(&all->v[i].stored);
	free(all->v);
}

/* ---- as text ---- */

static void
text_position(struct buf *out, const struct line *l)
{
	char time[TIME_TEXT];

	if (!l->is_stored || !l->stored.has_range) {
		buf_add_text(out, "      no entry read yet\n");
		return;
	}
	buf_printf(out,
	    "      entries %" PRIu64 " to %" PRIu64
	    " read, verified to %" PRIu64,
	    l->stored.first, l->stored.next, l->stored.verified);
	if (l->has_head) {
		time_format((int64_t)l->head.timestamp, time);
		buf_printf(out,
		    "\n      %" PRIu64 " behind the head of %s, %" PRIu64
		    " entries",
		    behind(l), time, l->head.size);
	}
	buf_add_byte(out, '\n');
}

static void
text_log(struct buf *out, const struct line *l)
{
	buf_printf(out, "  %s\n      %s, %s", l->log->description,
	    l->log->listed ? loglist_state_word(l->log->state)
	                   : "no longer listed",
	    l->log->is_static ? "static-ct-api" : "RFC 6962");
	if (l->skip != NULL) {
		buf_printf(out, "; %s: %s\n",
		    l->choice == SYNC_UNUSABLE ? "unusable" : "not read",
		    l->skip);
		return;
	}
	buf_printf(out, ", %s\n", l->log->url);
	text_position(out, l);
}

static void
text_all(struct buf *out, const struct listing *all,
    const struct loglist_load *lists)
{
	const char *last = "";
	char behind_all[TEXT_COUNT];
	uint64_t entries = 0;
	size_t skipped = 0;

	for (size_t i = 0; i < all->n; i++) {
		const struct line *l = &all->v[i];

		if (strcmp(last, l->log->operator) != 0)
			buf_printf(
			    out, "%s%s\n", i > 0 ? "\n" : "", l->log->operator);
		last = l->log->operator;
		text_log(out, l);
		skipped += l->skip != NULL;
		entries += l->skip == NULL ? behind(l) : 0;
	}
	text_count(entries, behind_all);
	buf_printf(out,
	    "\n%zu log%s to read, %s entries behind their newest known heads; "
	    "%zu not read\n",
	    all->n - skipped, all->n - skipped == 1 ? "" : "s", behind_all,
	    skipped - all->n_unusable);
	if (all->n_unusable > 0)
		buf_printf(out,
		    "%zu unusable: correct the log list, or report it to its "
		    "publisher\n",
		    all->n_unusable);
	for (size_t i = 0; i < lists->n_sources; i++) {
		const struct loglist_load_source *s = &lists->sources[i];
		char date[TIME_TEXT];

		buf_printf(out, "log list: ");
		text_escape(out, bytes_of(s->name));
		if (s->dated != 0) {
			time_format_date(s->dated, date);
			buf_printf(out, ", of %s", date);
		}
		buf_printf(out, "%s%s\n", s->error != NULL ? ": " : "",
		    s->error != NULL ? s->error : "");
	}
}

/* ---- as JSON ---- */

static json_t *
count(bool known, uint64_t n)
{
	return known ? json_integer((json_int_t)n) : json_null();
}

static json_t *
log_json(const struct line *l)
{
	const struct loglist_log *log = l->log;
	bool read = l->is_stored && l->stored.has_range;

	return json_pack(
	    "{so so so ss so ss so so so sI sb sb sb so so so so so so so so}",
	    "log_id", collect_hex(log->id), "description",
	    collect_text(log->description), "operator",
	    collect_text(log->operator), "type",
	    log->is_static ? "static" : "rfc6962", "url",
	    collect_text(log->url), "state", loglist_state_word(log->state),
	    "state_since", collect_time(log->state_since), "interval_start",
	    collect_time(log->interval_start), "interval_end",
	    collect_time(log->interval_end), "mmd_seconds",
	    (json_int_t)(log->mmd / TIME_SECOND), "listed", log->listed, "read",
	    l->skip == NULL, "usable", l->choice != SYNC_UNUSABLE, "reason",
	    collect_text(l->skip), "first_entry", count(read, l->stored.first),
	    "next_entry", count(read, l->stored.next), "verified_entry",
	    count(read, l->stored.verified), "last_progress",
	    collect_time(read ? l->stored.progress : 0), "tree_size",
	    count(l->has_head, l->head.size), "sth_timestamp",
	    collect_time(l->has_head ? (int64_t)l->head.timestamp : 0),
	    "lag_entries", count(read && l->has_head, behind(l)));
}

static void
json_all(struct buf *out, const struct listing *all,
    const struct loglist_load *lists)
{
	json_t *logs = json_array(), *sources = json_array(), *doc;

	for (size_t i = 0; i < all->n; i++)
		json_array_append_new(logs, log_json(&all->v[i]));
	for (size_t i = 0; i < lists->n_sources; i++) {
		const struct loglist_load_source *s = &lists->sources[i];

		json_array_append_new(sources,
		    json_pack("{so so so sI so}", "name", collect_text(s->name),
		        "fetched", collect_time(s->fetched), "dated",
		        collect_time(s->dated), "logs", (json_int_t)s->logs,
		        "error", collect_text(s->error)));
	}
	doc = json_pack("{ss so so}", "format", "ctwatch-logs/1", "lists",
	    sources, "logs", logs);
	cmd_util_json(doc, out);
	json_decref(doc);
}

/* ---- heads ---- */

static json_t *
base64(struct bytes in)
{
	char *text = mem_alloc(TEXT_BASE64_LEN(in.n) + 1, 1);
	json_t *v;

	text_base64(in, text);
	v = json_string(text);
	free(text);
	return v;
}

/* Print one head per line, so that sort and join can compare two monitors. */
static void
add_head(void *arg, const struct store_head *h)
{
	static const char *const states[] = {
		[STORE_HEAD_SIGNED] = "signed",
		[STORE_HEAD_PROVED] = "proved",
		[STORE_HEAD_CONFLICT] = "conflict",
	};
	json_t *v = json_pack("{so sI sI so so ss so so}", "log_id",
	    collect_hex(h->log_id), "size", (json_int_t)h->head.size,
	    "timestamp", (json_int_t)h->head.timestamp, "root",
	    collect_hex(h->head.root.b), "signature",
	    base64((struct bytes){ h->head.signature, h->head.n_signature }),
	    "state", states[h->state], "seen", collect_time(h->seen), "raw",
	    base64(h->raw));
	char *text = json_dumps(v, JSON_COMPACT);

	buf_add_text(arg, text);
	buf_add_byte(arg, '\n');
	free(text);
	json_decref(v);
}

static int
print_heads(const struct opts_common *common)
{
	struct store *s = cmd_util_store(common, STORE_READ);
	int status = CLI_LOCAL;
	struct buf out;

	if (s == NULL)
		return CLI_LOCAL;
	buf_init(&out, SIZE_MAX / 2);
	if (store_heads_each(s, NULL, add_head, &out))
		status = cmd_util_print(&out);
	else
		msg_error("%s", store_error(s));
	buf_fini(&out);
	store_close(s);
	return status;
}

/* ---- the command ---- */

struct logs_command {
	struct opts_common common;
	struct network_settings settings;
	bool no_sandbox;
	int format;
};

/* Open the store, if there is one; false after an error was reported. */
static bool
open_store(
    const struct opts_common *common, const char *state_dir, struct store **out)
{
	char *path = mem_printf("%s/state.db", state_dir);
	bool there = access(path, F_OK) == 0;

	free(path);
	*out = there ? cmd_util_store(common, STORE_READ) : NULL;
	return !there || *out != NULL;
}

static int
print_all(const struct loglist_load *lists, struct store *s, int format)
{
	struct listing all = { 0 };
	struct buf out;
	int status;

	gather(&all, lists->logs, s);
	buf_init(&out, SIZE_MAX / 2);
	if (format == CMD_UTIL_JSON)
		json_all(&out, &all, lists);
	else
		text_all(&out, &all, lists);
	status = cmd_util_print(&out);
	if (status == CLI_CLEAN && all.n_unusable > 0)
		status = CLI_INCOMPLETE;
	buf_fini(&out);
	listing_fini(&all);
	return status;
}

/* Drop privileges, load the log lists and print their logs. */
static int
print_logs(const struct logs_command *x, const char *state_dir, struct store *s)
{
	struct network network = { .http = NULL };
	int status;

	network_init(&network, &x->settings);
	if (!x->no_sandbox)
		sandbox_paths_read(
		    &(struct sandbox_paths){ .state_dir = state_dir },
		    &x->settings, &network.options, s, NULL);
	if (network_open(&network, &x->settings,
	        &(struct network_lists){ .state_dir = state_dir, .store = s }))
		status = print_all(&network.lists, s, x->format);
	else
		status = network.lists.stale ? CLI_INCOMPLETE : CLI_USAGE;
	network_fini(&network);
	return status;
}

int
cli_logs(int argc, char *argv[])
{
	struct logs_command x = { .format = CMD_UTIL_TEXT };
	int status = CLI_LOCAL, operands;
	bool heads = false;
	struct opts_opt opts[NETWORK_OPTIONS + 3] = {
		{ "no-sandbox", OPTS_FLAG, &x.no_sandbox, NULL,
		    "do not sandbox the parsing of untrusted data", NULL },
		{ "heads", OPTS_FLAG, &heads, NULL,
		    "print every signed tree head in the store", NULL },
		{ "format", OPTS_WORD, &x.format, "text|json", "output format",
		    cmd_util_forms },
	};
	const struct opts_command command = { "logs", "",
		"List the logs with their positions, and why others are not "
		"read.",
		opts, sizeof opts / sizeof *opts };
	struct store *s;
	char *state_dir;

	network_options(&x.settings, opts + 3);
	operands = opts_parse(&command, &x.common, argc, argv);
	if (operands > 0)
		msg_error("logs: takes no operand: %s", argv[1]);
	if (operands != 0)
		return operands == -2 ? CLI_CLEAN : CLI_USAGE;
	if (heads)
		return print_heads(&x.common);
	state_dir = opts_state_dir(&x.common);
	if (open_store(&x.common, state_dir, &s))
		status = print_logs(&x, state_dir, s);
	store_close(s);
	free(state_dir);
	return status;
}
