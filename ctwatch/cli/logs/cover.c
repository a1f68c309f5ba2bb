/* SPDX-License-Identifier: Apache-2.0 */
/* cover: print what reading each operator costs, and whether the logs that are
 * read show every certificate that browsers accept. */
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include <jansson.h>

#include "cli/cmd_util.h"
#include "cli/cover_option.h"
#include "cli/logs/logs.h"
#include "cli/logs/roots.h"
#include <ctwatch/base/escape.h>
#include <ctwatch/base/mem.h>
#include <ctwatch/base/text.h>
#include <ctwatch/base/time.h>
#include <ctwatch/cli/cli.h>
#include <ctwatch/report/collect.h>
#include <ctwatch/sync/cover_cost.h>
#include <ctwatch/sync/sync.h>

/* One operator with logs that count. */
struct operator_line {
	const char *name; /* borrowed */
	size_t logs, unread, left_out;
	uint64_t behind; /* entries below the newest heads */
	int64_t age; /* ms: of the oldest of the logs' newest verified heads;
	                  * -1: a log has none */
	struct cover_cost cost;
};

struct plan {
	struct operator_line *v; /* owned */
	size_t n, left_out;
	const char *skip; /* the operator that is left out; or NULL */
	const char *cheapest,
	    *no_cheapest; /* or the reason why there is none */
	struct cover cover;
	struct cover_option report;
	struct roots roots;
};

/* ---- the plan ---- */

static bool
has_gap(struct store *s, const struct loglist_log *log)
{
	size_t n;

	free(store_gaps(s, log->id, &n));
	return n > 0;
}

/* Compare what is stored of a log with its newest head. */
static bool
is_read(struct store *s, const struct loglist_log *log, uint64_t *behind)
{
	struct store_log state;
	struct tree_head head;
	bool read = false;

	*behind = 0;
	if (s == NULL || !store_log_load(s, log->id, &state))
		return false;
	if (state.has_range &&
	    store_head_last(s, log->id, STORE_HEAD_SIGNED, &head)) {
		if (head.size > state.verified)
			*behind = head.size - state.verified;
		read = *behind == 0 && !has_gap(s, log);
	}
	store_log_fini(&state);
	return read;
}

static void
add_age(struct operator_line *line, struct store *s,
    const struct loglist_log *log, int64_t now)
{
	struct tree_head head;

	if (loglist_is_closed(log, now) || line->age < 0)
		return;
	if (s == NULL || !store_head_last(s, log->id, STORE_HEAD_PROVED, &head))
		line->age = -1;
	else if (now - (int64_t)head.timestamp > line->age)
		line->age = now - (int64_t)head.timestamp;
}

/* Add a log that counts to the line of its operator. */
static void
add_log(struct plan *p, struct store *s, const struct cover_log *l,
    enum sync_choice choice, int64_t now, uint64_t behind)
{
	const struct loglist_log *log = l->log;
	struct operator_line *line;
	struct cover_cost cost;

	if (p->n == 0 || strcmp(p->v[p->n - 1].name, log->operator) != 0) {
		p->v = mem_grow(p->v, p->n, sizeof *p->v);
		p->v[p->n++] = (struct operator_line){
			.name = log->operator, .cost = { .known = true } };
	}
	line = &p->v[p->n - 1];
	line->logs++;
	line->unread += l->state == COVER_UNREAD;
	line->left_out += choice == SYNC_LEFT_OUT;
	line->behind += behind;
	add_age(line, s, log, now);
	cost = cover_cost_of(s, log, now);
	cover_cost_add(&line->cost, &cost);
}

static void
make_plan(const struct loglist *logs, struct store *s, struct plan *out)
{
	const struct sync_options o = {
		.logs = logs, .store = s, .skip_operator = out->skip
	};
	struct cover_log *v = mem_alloc(logs->n, sizeof *v);
	int64_t now = time_now(), at = sync_choose_time(&o);

	for (size_t i = 0; i < logs->n; i++) {
		const struct loglist_log *log = &logs->v[i];
		uint64_t behind = 0;
		const char *why;
		enum sync_choice choice = sync_choose(&o, log, at, &why);

		v[i].log = log;
		v[i].state = COVER_SKIPPED;
		if (choice != SYNC_SKIP)
			v[i].state =
			    is_read(s, log, &behind) && choice == SYNC_READ
			    ? COVER_READ
			    : COVER_UNREAD;
		if (!cover_counts(log, now))
			continue;
		add_log(out, s, &v[i], choice, now, behind);
		out->left_out += choice == SYNC_LEFT_OUT;
	}
	cover_judge(v, logs->n, now, &out->cover);
	out->no_cheapest = "there is no state yet";
	if (s != NULL)
		out->cheapest =
		    cover_cost_choose(s, logs, now, false, &out->no_cheapest);
	cover_option_report(
	    &out->cover, out->skip, out->left_out, &out->report);
	free(v);
}

static void
plan_fini(struct plan *p)
{
	cover_option_fini(&p->report);
	roots_fini(&p->roots);
	free(p->v);
}

/* ---- as text ---- */

/* Room for a count with a mark. */
#define CELL (TEXT_COUNT + 2)

static const char *
cell(const struct cover_cost *c, uint64_t n, bool estimated,
    char out[static CELL])
{
	if (!c->known && n == 0) {
		out[0] = '?';
		out[1] = '\0';
		return out;
	}
	out[0] = '~';
	text_count(n, out + 1);
	return estimated || !c->known ? out : out + 1;
}

static void
add_operator(struct buf *out, const struct operator_line *l)
{
	char entries[CELL], size[CELL], requests[CELL], behind[TEXT_COUNT];
	struct buf name;

	buf_init(&name, SIZE_MAX / 2);
	escape_line(&name, bytes_of(l->name), 22);
	text_count(l->behind, behind);
	buf_printf(out, "  %-22s %4zu %13s %7s %9s %11s", buf_text(&name),
	    l->logs, cell(&l->cost, l->cost.entries, false, entries),
	    cell(&l->cost, (l->cost.bytes + 999999) / 1000000,
	        l->cost.estimated, size),
	    cell(&l->cost, l->cost.requests, l->cost.estimated, requests),
	    behind);
	if (l->age < 0)
		buf_printf(out, " %5s", "never");
	else
		buf_printf(out, " %5" PRId64, l->age / TIME_HOUR);
	buf_printf(out, "  %s\n",
	    l->left_out > 0     ? "left out"
	        : l->unread > 0 ? "behind"
	                        : "read");
	buf_fini(&name);
}

static void
add_window(struct buf *out, const struct cover_window *w)
{
	char name[COVER_NAME];

	cover_window_name(w, name);
	buf_printf(out, "  %-22s %9zu %11zu %9zu  %s\n", name, w->operators,
	    w->unread, w->read,
	    w->unread > 1           ? "not complete"
	        : w->read == 0      ? "no log is read"
	        : w->read == 1      ? "one log alone"
	        : w->operators == 1 ? "one operator"
	                            : "complete");
}

static void
add_cheapest(struct buf *out, const struct plan *p)
{
	uint64_t all = 0, most = 0;
	struct buf line;

	buf_init(&line, SIZE_MAX / 2);
	for (size_t i = 0; i < p->n; i++) {
		all += p->v[i].cost.bytes;
		if (p->cheapest != NULL &&
		    strcmp(p->v[i].name, p->cheapest) == 0)
			most = p->v[i].cost.bytes;
	}
	if (p->cheapest == NULL)
		buf_printf(&line, "The cheapest set is not known: %s.",
		    p->no_cheapest);
	else {
		buf_add_text(&line,
		    "The cheapest set that shows all certificates: all "
		    "operators but ");
		escape_line(&line, bytes_of(p->cheapest), 0);
		buf_printf(&line,
		    ", which takes %.0f %% of the bytes (run --skip-operator "
		    "cheapest).",
		    all > 0 ? 100.0 * (double)most / (double)all : 0.0);
	}
	cmd_util_wrap(out, 0, buf_text(&line));
	buf_fini(&line);
}

static void
print_text(struct buf *out, const struct plan *p)
{
	struct bytes rest = bytes_of(p->report.rests_on), line;

	buf_printf(out, "  %-22s %4s %13s %7s %9s %11s %5s\n", "operator",
	    "logs", "entries/day", "MB/day", "req/day", "unread", "hours");
	for (size_t i = 0; i < p->n; i++)
		add_operator(out, &p->v[i]);
	buf_printf(out, "\n  %-22s %9s %11s %9s\n", "certificates expire in",
	    "operators", "behind", "logs read");
	for (size_t i = 0; i < p->cover.n; i++)
		add_window(out, &p->cover.v[i]);
	buf_add_byte(out, '\n');
	if (p->cover.complete)
		cmd_util_wrap(out, 0,
		    "Complete: at most one operator is behind for each "
		    "half-year, and browsers accept a certificate only with "
		    "SCTs of two operators.");
	while (text_line(&rest, &line)) {
		char *s = mem_text(line);

		cmd_util_wrap(out, 0, s);
		free(s);
	}
	add_cheapest(out, p);
}

/* ---- as JSON ---- */

static json_t *
operator_json(const struct operator_line *l)
{
	const struct cover_cost *c = &l->cost;

	return json_pack("{so sI sI sI sI so so so so sb}", "operator",
	    collect_text(l->name), "logs", (json_int_t)l->logs, "logs_unread",
	    (json_int_t)l->unread, "logs_left_out", (json_int_t)l->left_out,
	    "entries_unread", (json_int_t)l->behind, "lag_seconds",
	    l->age < 0 ? json_null() : json_integer(l->age / TIME_SECOND),
	    "entries_per_day",
	    c->known ? json_integer((json_int_t)c->entries) : json_null(),
	    "bytes_per_day",
	    c->known ? json_integer((json_int_t)c->bytes) : json_null(),
	    "requests_per_day",
	    c->known ? json_integer((json_int_t)c->requests) : json_null(),
	    "estimated", (int)c->estimated);
}

static int
print_json(const struct plan *p, bool roots)
{
	json_t *operators = json_array();

	for (size_t i = 0; i < p->n; i++)
		json_array_append_new(operators, operator_json(&p->v[i]));
	return cmd_util_print_json(
	    json_pack("{ss so so so so*}", "format", "ctwatch-cover/1",
	        "operators", operators, "cheapest", collect_text(p->cheapest),
	        "cover", report_cover_json(&p->report.report), "roots",
	        roots ? roots_json(&p->roots) : NULL));
}

int
logs_cover(const struct logs_command *x, const struct network *network,
    struct store *s, const char *skip)
{
	struct plan p = { .skip = skip };
	struct buf out;
	int status;

	make_plan(network->lists.logs, s, &p);
	if (x->roots)
		roots_fetch(network->lists.logs, network->http, time_now(),
		    skip, &p.roots);
	if (x->format == LOGS_JSON)
		status = print_json(&p, x->roots);
	else {
		buf_init(&out, SIZE_MAX / 2);
		print_text(&out, &p);
		if (x->roots)
			roots_text(&p.roots, skip, &out);
		status = cmd_util_print(&out);
		buf_fini(&out);
	}
	if (!p.cover.complete)
		status |= CLI_INCOMPLETE;
	plan_fini(&p);
	return status;
}
