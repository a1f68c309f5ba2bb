/* SPDX-License-Identifier: Apache-2.0 */
#include <inttypes.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <ctwatch/base/bounds.h>
#include <ctwatch/base/mem.h>
#include <ctwatch/base/msg.h>
#include <ctwatch/base/text.h>
#include <ctwatch/base/time.h>
#include <ctwatch/cli/cli.h>
#include <ctwatch/cli/opts.h>
#include <ctwatch/net/lists.h>
#include <ctwatch/policy/pinset.h>
#include <ctwatch/policy/rules.h>
#include <ctwatch/report/report.h>
#include <ctwatch/scan/judge.h>
#include <ctwatch/scan/run.h>

#include "config.h"

static const char *const severities[] = { "note", "low", "medium", "high",
	"critical", NULL };

/* What the command line and the configuration say. */
struct settings {
	struct opts_common common;
	struct opts_list log_lists, watches, logs, by_tiles;
	const char *watchlist, *since, *format, *output, *contact, *ca_file;
	const char *proxy, *list_signature, *list_key;
	int64_t max_time;
	uint64_t max_entries, jobs, max_memory;
	int fail_on;
	bool no_notify, offline_issuers, allow_http, no_keepalive;
};

/* Everything that one run holds; what is NULL was not come to. */
struct night {
	struct settings set;
	char *state_dir;
	struct pinset *pinset;
	struct watch *watch;
	struct store *store;
	struct http *http;
	char *user_agent;
	struct lists lists;
	struct run_options options;
	struct run_result result;
	int64_t run, started, began; /* number; ms; time_mono() */
	int status;
};

/* ---- what is watched ---- */

static bool
load_pinset(struct night *n)
{
	const char *path = n->set.common.pinset;
	struct buf error;
	size_t size;
	char *text;

	if (path == NULL)
		return true;
	text = opts_read_file(path, BOUNDS_USER_FILE, &size);
	if (text == NULL)
		return false;
	buf_init(&error, 4096);
	n->pinset =
	    pinset_parse((struct bytes){ (uint8_t *)text, size }, path, &error);
	if (n->pinset == NULL)
		msg_error("%s", buf_text(&error));
	buf_fini(&error);
	free(text);
	return n->pinset != NULL;
}

static bool
load_watchlist(struct night *n, struct buf *error)
{
	const char *path = n->set.watchlist;
	size_t size;
	char *text;
	bool ok;

	if (path == NULL)
		return true;
	text = opts_read_file(path, BOUNDS_WATCH_LIST, &size);
	if (text == NULL)
		return false;
	ok = watch_load(
	    n->watch, (struct bytes){ (uint8_t *)text, size }, path, error);
	free(text);
	return ok;
}

/* Build the set of watched names from all that name some. */
static bool
build_watch(struct night *n)
{
	const struct pinset *p = n->pinset;
	struct buf error;
	bool ok;

	buf_init(&error, 4096);
	n->watch = watch_new();
	ok = load_watchlist(n, &error);
	for (size_t i = 0; ok && i < n->set.watches.n; i++)
		ok = watch_add(n->watch, n->set.watches.v[i], &error);
	for (size_t i = 0; ok && p != NULL && i < p->n_domains; i++)
		ok = watch_add_pattern(n->watch, p->domains[i].pattern, &error);
	if (ok && watch_count(n->watch) == 0) {
		buf_add_text(&error,
		    "nothing is watched: give --watch, "
		    "--watchlist or --pinset");
		ok = false;
	}
	if (!ok && error.n > 0)
		msg_error("%s", buf_text(&error));
	buf_fini(&error);
	if (ok)
		watch_build(n->watch);
	return ok;
}

static bool
parse_since(struct night *n)
{
	const char *s = n->set.since;
	struct run_options *o = &n->options;
	int64_t t;

	if (s == NULL || strcmp(s, "now") == 0)
		o->since = RUN_SINCE_NOW;
	else if (strcmp(s, "start") == 0)
		o->since = RUN_SINCE_START;
	else {
		o->since = RUN_SINCE_TIME;
		if (time_parse_duration(s, &t))
			o->since_time = time_now() - t;
		else if (time_parse(s, &t))
			o->since_time = t;
		else {
			msg_error("--since: '%s' is neither now, start, a "
			          "duration nor a time",
			    s);
			return false;
		}
	}
	return true;
}

/* ---- what is read ---- */

static bool
open_state(struct night *n)
{
	struct buf error;

	buf_init(&error, 4096);
	n->state_dir = opts_state_dir(&n->set.common);
	n->store = store_open(n->state_dir, STORE_RUN, &error);
	if (n->store == NULL)
		msg_error("%s", buf_text(&error));
	buf_fini(&error);
	return n->store != NULL;
}

static bool
open_network(struct night *n)
{
	const struct settings *set = &n->set;
	struct http_options o = { .ca_file = set->ca_file,
		.proxy = set->proxy,
		.allow_http = set->allow_http,
		.allow_file = true,
		.no_keepalive = set->no_keepalive };
	struct buf error;

	/* Some logs treat clients that name no contact as one crowd. */
	n->user_agent = set->contact != NULL
	    ? mem_printf("ctwatch/%s (+%s)", PACKAGE_VERSION, set->contact)
	    : mem_strdup("ctwatch/" PACKAGE_VERSION);
	o.user_agent = n->user_agent;
	buf_init(&error, 4096);
	n->http = http_new(&o, &error);
	if (n->http == NULL)
		msg_error("%s", buf_text(&error));
	buf_fini(&error);
	return n->http != NULL;
}

/* Logs that the store knows and no list names any more are read on to the
 * end of what they signed. */
static void
add_drained(struct night *n)
{
	size_t count;
	struct store_log *v = store_logs(n->store, &count);

	for (size_t i = 0; i < count; i++) {
		struct loglist_log log = { .key = v[i].key,
			.description = v[i].description,
			.operator= v[i].operator,
			.is_static = v[i].is_static,
			.url = v[i].url,
			.submission_url = v[i].submission_url,
			.mmd = v[i].mmd };

		memcpy(log.id, v[i].id, sizeof log.id);
		if (v[i].url != NULL && v[i].key.n > 0)
			loglist_add_log(n->lists.logs, &log);
	}
	store_logs_free(v, count);
}

static bool
load_lists(struct night *n)
{
	const struct settings *set = &n->set;
	struct buf error;
	bool ok;

	buf_init(&error, 4096);
	ok = lists_load(&n->lists, n->http, n->state_dir, set->log_lists.v,
	    set->log_lists.n, set->list_signature, set->list_key, &error);
	if (!ok)
		msg_error("%s", buf_text(&error));
	buf_fini(&error);
	if (!ok)
		return false;
	for (size_t i = 0; i < n->lists.logs->n_warnings; i++)
		msg_warn("%s", n->lists.logs->warnings[i]);
	add_drained(n);
	return true;
}

static void
on_signal(int signal)
{
	(void)signal;
	run_stop();
}

static void
catch_signals(void)
{
	struct sigaction act = { .sa_handler = on_signal };

	sigaction(SIGTERM, &act, NULL);
	sigaction(SIGINT, &act, NULL);
	act.sa_handler = SIG_IGN;
	sigaction(SIGPIPE, &act, NULL);
}

static bool
read_logs(struct night *n)
{
	const struct settings *set = &n->set;
	struct run_options *o = &n->options;

	o->logs = n->lists.logs;
	o->only = set->logs.v;
	o->n_only = set->logs.n;
	o->by_tiles = set->by_tiles.v;
	o->n_by_tiles = set->by_tiles.n;
	o->watch = n->watch;
	o->store = n->store;
	o->http = n->http;
	o->jobs = (unsigned)set->jobs;
	o->max_memory = set->max_memory;
	o->max_entries = set->max_entries;
	o->max_time = set->max_time;
	o->offline_issuers = set->offline_issuers;
	n->run = store_run_begin(n->store, n->started);
	return n->run > 0 && run_pass(o, &n->result);
}

/* ---- what it means ---- */

/* Save a finding that is about logs, not about a certificate. */
static bool
save_finding(struct night *n, const char *rule_id, const char *subject,
    const char *field, const char *message)
{
	const struct rules_rule *rule = rules_find(rule_id);
	struct store_finding f = { .rule = (char *)rule->id,
		.severity = rule->severity,
		.status = STORE_NEW,
		.subject = (char *)subject,
		.message = (char *)message,
		.detail = (char *)"{}",
		.first_seen = n->started,
		.last_seen = n->started,
		.first_run = n->run,
		.last_run = n->run };

	rules_fingerprint(rule, &field, 1, f.id);
	return store_finding_save(n->store, &f);
}

static bool
save_log_findings(struct night *n)
{
	const struct run_result *r = &n->result;
	bool ok = true;

	for (size_t i = 0; ok && i < r->n_findings; i++) {
		const struct run_log_finding *f = &r->findings[i];
		char id[2 * DIGEST_SIZE + 1], *message;

		text_hex((struct bytes){ f->log->id, DIGEST_SIZE }, id);
		message = mem_printf("%s: %s", f->log->description, f->message);
		ok = save_finding(n, f->rule, f->log->description, id, message);
		free(message);
		if (strcmp(f->rule, "CTW070") == 0)
			n->status |= CLI_MISBEHAVED;
	}
	/* One operator's logs may fail: browsers want a second one's. */
	if (ok && coverage_operators_behind(r->v, r->n) >= 2)
		ok = save_finding(n, "CTW071", "two operators", "operators",
		    "logs of two or more operators are behind: a certificate "
		    "that browsers accept may be in logs that were not read");
	return ok;
}

static int
coverage_exit(const struct night *n)
{
	const struct run_result *r = &n->result;
	int status = n->lists.stale ? CLI_INCOMPLETE : 0;

	for (size_t i = 0; i < r->n; i++)
		switch (r->v[i].status) {
		case COVERAGE_COMPLETE:
		case COVERAGE_SKIPPED:
			break;
		case COVERAGE_MISBEHAVING:
			status |= CLI_MISBEHAVED | CLI_INCOMPLETE;
			break;
		case COVERAGE_PARTIAL:
		case COVERAGE_UNREACHABLE:
			status |= CLI_INCOMPLETE;
			break;
		}
	return status;
}

static enum report_status
report_status_of(enum coverage_status s)
{
	switch (s) {
	case COVERAGE_COMPLETE:
		return REPORT_COMPLETE;
	case COVERAGE_PARTIAL:
		return REPORT_PARTIAL;
	case COVERAGE_UNREACHABLE:
		return REPORT_UNREACHABLE;
	case COVERAGE_SKIPPED:
		return REPORT_SKIPPED;
	case COVERAGE_MISBEHAVING:
		break;
	}
	return REPORT_MISBEHAVING;
}

/* One log of the coverage as the report has it; ranges stay with the
 * caller. */
static struct report_log
report_log_of(const struct coverage *c, struct report_range *ranges)
{
	struct report_log log = { .description = c->log->description,
		.operator= c->log->operator,
		.url = c->log->url,
		.is_static = c->log->is_static,
		.state = loglist_state_word(c->log->state),
		.first_entry = c->first,
		.next_entry = c->next,
		.has_head = c->has_head,
		.tree_size = c->head.size,
		.sth_timestamp = (int64_t)c->head.timestamp,
		.verified = c->has_head && c->verified == c->next &&
		    c->status != COVERAGE_MISBEHAVING,
		.lag = c->rate > 0
		    ? (int64_t)coverage_lag(c) * TIME_HOUR / c->rate
		    : coverage_lag(c) > 0 ? -1
		                          : 0,
		.status = report_status_of(c->status),
		.reason = c->reason[0] != '\0' ? c->reason : NULL,
		.entries_read = c->entries_read,
		.bytes_read = c->bytes_read,
		.refused = c->refused,
		.unread = ranges };

	memcpy(log.log_id, c->log->id, sizeof log.log_id);
	memcpy(log.root_hash, c->head.root.b, sizeof log.root_hash);
	for (size_t i = 0; i < c->n_gaps; i++)
		if (!c->gaps[i].unproved)
			ranges[log.n_unread++] =
			    (struct report_range){ c->gaps[i].from,
				    c->gaps[i].to };
	if (c->has_head && c->next < c->head.size)
		ranges[log.n_unread++] =
		    (struct report_range){ c->next, c->head.size };
	return log;
}

static struct report *
build_report(struct night *n)
{
	const struct run_result *r = &n->result;
	struct report_log *logs = mem_alloc(r->n, sizeof *logs);
	struct report_range **ranges = mem_alloc(r->n, sizeof *ranges);
	struct report_source *sources =
	    mem_alloc(n->lists.n_sources, sizeof *sources);
	struct report *report;

	for (size_t i = 0; i < n->lists.n_sources; i++)
		sources[i] =
		    (struct report_source){ .name = n->lists.sources[i].name,
			    .fetched = n->lists.sources[i].fetched,
			    .logs = n->lists.sources[i].logs,
			    .error = n->lists.sources[i].error };

	for (size_t i = 0; i < r->n; i++) {
		ranges[i] = mem_alloc(r->v[i].n_gaps + 1, sizeof **ranges);
		logs[i] = report_log_of(&r->v[i], ranges[i]);
	}
	report = report_build(
	    &(struct report_input){ .run = n->run,
	        .started = n->started,
	        .ended = time_now(),
	        .elapsed = time_mono() - n->began,
	        .version = PACKAGE_VERSION,
	        .exit_status = n->status,
	        .fail_on = (enum rules_severity)n->set.fail_on,
	        .pinset = n->pinset,
	        .watched = watch_count(n->watch),
	        .operators_behind = (int)coverage_operators_behind(r->v, r->n),
	        .logs = logs,
	        .n_logs = r->n,
	        .sources = sources,
	        .n_sources = n->lists.n_sources,
	        .entries = r->entries,
	        .bytes = r->bytes,
	        .matched = r->matched },
	    n->store);
	for (size_t i = 0; i < r->n; i++)
		free(ranges[i]);
	free(ranges);
	free(sources);
	free(logs);
	return report;
}

/* Judge, report, tell: everything after reading. */
static bool
conclude(struct night *n, const struct report_writer *writer)
{
	struct report *report;
	struct buf json;
	bool written;

	n->status |= coverage_exit(n);
	if (n->pinset != NULL && n->pinset->expires != 0 &&
	    n->pinset->expires <= time_now())
		n->status |= CLI_PINSET;
	if (!save_log_findings(n) ||
	    !judge_all(n->store, n->pinset, n->watch, time_now(), n->run) ||
	    !store_commit(n->store))
		return false;
	report = build_report(n);
	if (report == NULL)
		return false;
	written = report_output(report, writer, n->store, n->set.output);
	if (!written)
		report_add_exit(report, CLI_UNDELIVERED);
	n->status = report_exit_status(report);
	buf_init(&json, BOUNDS_USER_FILE);
	report_writer("json")->write(
	    report, &(struct report_style){ .store = n->store }, &json);
	report_free(report);
	written = store_run_end(n->store, n->run, time_now(), n->status,
	              buf_view(&json)) &&
	    store_commit(n->store);
	buf_fini(&json);
	return written;
}

static void
free_night(struct night *n)
{
	run_result_fini(&n->result);
	http_free(n->http);
	lists_fini(&n->lists);
	store_close(n->store);
	watch_free(n->watch);
	pinset_free(n->pinset);
	free(n->user_agent);
	free(n->state_dir);
	free(n->set.log_lists.v);
	free(n->set.watches.v);
	free(n->set.logs.v);
	free(n->set.by_tiles.v);
}

static int
parse(struct settings *set, int argc, char *argv[])
{
	const struct opts_opt opts[] = {
		{ "log-list", OPTS_LIST, &set->log_lists, "FILE|URL",
		    "a log list of schema v3; repeat for a union", NULL },
		{ "log-list-signature", OPTS_TEXT, &set->list_signature,
		    "FILE|URL", "the signature of the first log list", NULL },
		{ "log-list-key", OPTS_TEXT, &set->list_key, "PEM",
		    "the key that must have signed it", NULL },
		{ "watchlist", OPTS_TEXT, &set->watchlist, "FILE",
		    "names and networks to watch, one a line", NULL },
		{ "watch", OPTS_LIST, &set->watches, "NAME|ADDRESS|CIDR",
		    "watch this too", NULL },
		{ "log", OPTS_LIST, &set->logs, "NAME|ID",
		    "read only this log; repeat for more", NULL },
		{ "by-tiles", OPTS_LIST, &set->by_tiles, "NAME",
		    "read this RFC 6962 log's entries by its tiles", NULL },
		{ "since", OPTS_TEXT, &set->since, "WHEN",
		    "where new logs begin: now, start, 7d, a date", NULL },
		{ "max-time", OPTS_DURATION, &set->max_time, "DURATION",
		    "end in order after this long", NULL },
		{ "max-entries", OPTS_COUNT, &set->max_entries, "N",
		    "read at most N entries of each log", NULL },
		{ "jobs", OPTS_COUNT, &set->jobs, "N",
		    "worker threads; one for each processor", NULL },
		{ "max-memory", OPTS_SIZE, &set->max_memory, "SIZE",
		    "bytes of bodies in flight; 64M", NULL },
		{ "fail-on", OPTS_WORD, &set->fail_on, "SEVERITY",
		    "exit 1 from this severity on; high", severities },
		{ "format", OPTS_TEXT, &set->format, "FORMAT",
		    "of the report: text, json, html, ...", NULL },
		{ "output", OPTS_TEXT, &set->output, "FILE",
		    "write the report to FILE", NULL },
		{ "contact", OPTS_TEXT, &set->contact, "EMAIL|URL",
		    "named to the logs in the User-Agent", NULL },
		{ "ca-file", OPTS_TEXT, &set->ca_file, "PEM",
		    "trust these roots for TLS", NULL },
		{ "proxy", OPTS_TEXT, &set->proxy, "URL",
		    "reach the logs through this proxy", NULL },
		{ "allow-http", OPTS_FLAG, &set->allow_http, NULL,
		    "take http:// logs that are not on loopback", NULL },
		{ "no-keepalive", OPTS_FLAG, &set->no_keepalive, NULL,
		    "a new connection for every request", NULL },
		{ "offline-issuers", OPTS_FLAG, &set->offline_issuers, NULL,
		    "fetch no issuer certificates", NULL },
		{ "no-notify", OPTS_FLAG, &set->no_notify, NULL,
		    "tell nobody; the outbox keeps it", NULL },
	};
	const struct opts_command command = { "run", "",
		"Read all logs once: prove, match, judge, report.", opts,
		sizeof opts / sizeof opts[0] };

	return opts_parse(&command, &set->common, argc, argv);
}

int
cli_run(int argc, char *argv[])
{
	struct night n = { .set = { .format = "text", .fail_on = RULES_HIGH } };
	const struct report_writer *writer;
	int operands = parse(&n.set, argc, argv);

	if (operands == -2)
		return CLI_CLEAN;
	if (operands > 0)
		msg_error("run: takes no operands");
	if (operands != 0)
		return CLI_USAGE;
	writer = report_writer(n.set.format);
	if (writer == NULL)
		msg_error("--format: '%s' is not known", n.set.format);
	n.started = time_now();
	n.began = time_mono();
	if (writer == NULL || !parse_since(&n) || !load_pinset(&n) ||
	    !build_watch(&n))
		n.status = CLI_USAGE;
	else if (!open_state(&n))
		n.status = CLI_LOCAL;
	else if (!open_network(&n) || !load_lists(&n))
		n.status = CLI_USAGE;
	else {
		catch_signals();
		if (!read_logs(&n) || !conclude(&n, writer)) {
			msg_error("%s", store_error(n.store));
			n.status |= CLI_LOCAL;
		}
	}
	free_night(&n);
	return n.status;
}
