/* SPDX-License-Identifier: Apache-2.0 */
/* logs: the command `logs', and the list of all logs. */
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <jansson.h>

#include "cli/cmd_util.h"
#include "cli/cover_option.h"
#include "cli/logs/logs.h"
#include "cli/sandbox_paths.h"
#include <ctwatch/base/limits.h>
#include <ctwatch/base/mem.h>
#include <ctwatch/base/msg.h>
#include <ctwatch/base/text.h>
#include <ctwatch/base/time.h>
#include <ctwatch/cli/cli.h>
#include <ctwatch/report/collect.h>
#include <ctwatch/sync/sync.h>

/* Number of options besides those of the network. */
#define OWN 8

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
gather(struct listing *out, const struct loglist *logs, struct store *s,
    const char *skip)
{
	const struct sync_options o = {
		.logs = logs, .store = s, .skip_operator = skip
	};
	int64_t now = sync_choose_time(&o);

	out->n = logs->n;
	out->v = mem_alloc(logs->n, sizeof *out->v);
	for (size_t i = 0; i < logs->n; i++) {
		struct line *l = &out->v[i];

		l->log = &logs->v[i];
		l->choice = sync_choose(&o, l->log, now, &l->skip);
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
	    log_kind_name(l->log->kind));
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
	    collect_text(log->operator), "type", log_kind_word(log->kind),
	    "url", collect_text(log->url), "state",
	    loglist_state_word(log->state), "state_since",
	    collect_time(log->state_since), "interval_start",
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

/* ---- the command ---- */

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
print_all(const struct loglist_load *lists, struct store *s, const char *skip,
    bool json)
{
	struct listing all = { 0 };
	struct buf out;
	int status;

	gather(&all, lists->logs, s, skip);
	buf_init(&out, SIZE_MAX / 2);
	if (json)
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

/* Drop privileges, load the log lists, and print their logs or what they cover,
 * or compare their heads with the notes. */
static int
use_lists(const struct logs_command *x, const char *state_dir, struct store *s,
    struct bytes notes)
{
	struct network network = { .http = NULL };
	const struct opts_list none = { .n = 0 };
	const char *skip;
	int status;

	network_init(&network, &x->settings);
	if (!x->no_sandbox)
		sandbox_paths_read(
		    &(struct sandbox_paths){ .state_dir = state_dir },
		    &x->settings, &network.options, s, NULL);
	if (!network_open(&network, &x->settings,
	        &(struct network_lists){ .state_dir = state_dir, .store = s }))
		status = network.lists.stale ? CLI_INCOMPLETE : CLI_USAGE;
	else if (!cover_option_choose(&x->skip_operators, &none,
	             network.lists.logs, s, false, &skip))
		status = CLI_USAGE;
	else if (x->cover)
		status = logs_cover(x, &network, s, skip);
	else if (x->compare != NULL)
		status = logs_compare(x, &network, s, notes);
	else
		status =
		    print_all(&network.lists, s, skip, x->format == LOGS_JSON);
	network_fini(&network);
	return status;
}

/* Report an option that has no meaning with the others. */
static bool
check_options(const struct logs_command *x)
{
	const char *fault = NULL;

	if (x->heads + x->cover + (x->compare != NULL) > 1)
		fault = "give one of --cover, --heads and --compare";
	else if (x->roots && !x->cover)
		fault = "--roots needs --cover";
	else if (x->latest && !x->heads)
		fault = "--latest needs --heads";
	else if (x->format == LOGS_NOTES && !x->heads)
		fault = "--format notes needs --heads";
	if (fault != NULL)
		msg_error("logs: %s; see --help", fault);
	return fault == NULL;
}

static int
run_logs(const struct logs_command *x)
{
	struct blob notes = { 0 };
	struct store *s = NULL;
	int status = CLI_LOCAL;
	char *state_dir;

	if (x->heads)
		return logs_heads(x);
	/* The sandbox closes the folder of the file. */
	if (x->compare != NULL &&
	    !opts_read_file(x->compare, LIMIT_USER_FILE, &notes))
		return CLI_USAGE;
	state_dir = opts_state_dir(&x->common);
	if (x->compare != NULL
	        ? (s = cmd_util_store(&x->common, STORE_READ)) != NULL
	        : open_store(&x->common, state_dir, &s))
		status = use_lists(x, state_dir, s, blob_view(notes));
	store_close(s);
	blob_fini(&notes);
	free(state_dir);
	return status;
}

int
cli_logs(int argc, char *argv[])
{
	static const char *const forms[] = { "text", "json", "notes", NULL };
	struct logs_command x = { .format = LOGS_TEXT };
	struct opts_opt opts[NETWORK_OPTIONS + OWN] = {
		{ "no-sandbox", OPTS_FLAG, &x.no_sandbox, NULL,
		    "do not sandbox the parsing of untrusted data", NULL },
		{ "cover", OPTS_FLAG, &x.cover, NULL,
		    "print what each operator costs, and coverage", NULL },
		{ "roots", OPTS_FLAG, &x.roots, NULL,
		    "with --cover: ask the logs for accepted roots", NULL },
		{ "skip-operator", OPTS_LIST, &x.skip_operators,
		    "NAME|cheapest", "without the logs of this operator",
		    NULL },
		{ "heads", OPTS_FLAG, &x.heads, NULL,
		    "print every signed tree head in the store", NULL },
		{ "latest", OPTS_FLAG, &x.latest, NULL,
		    "with --heads: only the newest of each log", NULL },
		{ "compare", OPTS_TEXT, &x.compare, "FILE",
		    "compare the notes of another store", NULL },
		{ "format", OPTS_WORD, &x.format, "text|json|notes",
		    "output format; notes: with --heads", forms },
	};
	const struct opts_command command = { "logs", "",
		"List the logs with their positions, and why others are not "
		"read.",
		opts, sizeof opts / sizeof *opts };
	int operands;

	network_options(&x.settings, opts + OWN);
	operands = opts_parse(&command, &x.common, argc, argv);
	if (operands > 0)
		msg_error("logs: takes no operand: %s", argv[1]);
	if (operands != 0)
		return operands == -2 ? CLI_CLEAN : CLI_USAGE;
	return check_options(&x) ? run_logs(&x) : CLI_USAGE;
}
