/* SPDX-License-Identifier: Apache-2.0 */
/* logs: check the log lists and connect to the logs. */
#include <errno.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>

#include "cli/check/check.h"
#include "cli/cover_option.h"
#include "cli/sandbox_paths.h"
#include <ctwatch/base/limits.h>
#include <ctwatch/base/mem.h>
#include <ctwatch/base/msg.h>
#include <ctwatch/base/time.h>
#include <ctwatch/cli/cli.h>
#include <ctwatch/net/log_fetch.h>

/* Seconds until a connection must stand, and until an answer must be there. */
#define CONNECT_LIMIT 15
#define ANSWER_LIMIT  30

/* One log, and the thread that asks it. */
struct question {
	struct http *http;
	const struct loglist_log *log;
	pthread_t thread;
	bool started, ok;
	struct buf error;
};

static void *
ask(void *arg)
{
	struct question *q = arg;
	struct log_fetch requests = { .http = q->http,
		.queue = http_queue(q->http, q->log->operator) };
	const struct log_client_fetch fetch = log_fetch_of(&requests);
	struct log_client *client = log_client_new(q->log, false);
	struct tree_head head;
	struct buf raw;

	buf_init(&raw, LIMIT_SMALL_BODY);
	q->ok = log_client_head(client, &fetch, &head, &raw, &q->error) ==
	    LOG_CLIENT_OK;
	buf_fini(&raw);
	log_client_free(client);
	return NULL;
}

static void
start(struct question *q, struct http *http, const struct loglist_log *log)
{
	int code;

	*q = (struct question){ .http = http, .log = log };
	buf_init(&q->error, LIMIT_SMALL_BODY);
	code = pthread_create(&q->thread, NULL, ask, q);
	q->started = code == 0;
	if (!q->started)
		buf_add_text(&q->error, strerror(code));
}

/* Wait for the answer; true if it is a signed tree head. */
static bool
finish(struct check *c, struct question *q)
{
	if (q->started)
		pthread_join(q->thread, NULL);
	if (!q->ok) {
		msg_error(
		    "log %s: %s", q->log->description, buf_text(&q->error));
		check_fault(c, CLI_INCOMPLETE);
	}
	buf_fini(&q->error);
	return q->ok;
}

static void
ask_all(struct check *c)
{
	const struct loglist *logs = c->network.lists.logs;
	const struct sync_options choice = { .logs = logs,
		.store = c->store,
		.only = c->set.logs.v,
		.n_only = c->set.logs.n,
		.skip_operator = c->options.skip_operator,
		.since = c->options.since,
		.since_time = c->options.since_time };
	struct question *v = mem_alloc(logs->n + 1, sizeof *v);
	int64_t now = sync_choose_time(&choice);
	size_t n = 0, answers = 0;

	for (size_t i = 0; i < logs->n; i++) {
		const struct loglist_log *log = &logs->v[i];
		const char *why;

		switch (sync_choose(&choice, log, now, &why)) {
		case SYNC_READ:
			start(&v[n++], c->network.http, log);
			break;
		case SYNC_UNUSABLE:
			msg_error(
			    "log %s: unusable: %s", log->description, why);
			check_fault(c, CLI_INCOMPLETE);
			break;
		case SYNC_SKIP:
		case SYNC_LEFT_OUT:
			break;
		}
	}
	for (size_t i = 0; i < n; i++)
		answers += finish(c, &v[i]);
	check_line("logs",
	    "%zu of %zu answer with a signed tree head; %zu are "
	    "not read (ctwatch logs)",
	    answers, n, logs->n - n);
	if (n == 0) {
		msg_error("no log of the log lists is read: see ctwatch logs");
		check_fault(c, CLI_INCOMPLETE);
	}
	free(v);
}

static void
check_lists(struct check *c)
{
	for (size_t i = 0; i < c->network.lists.n_sources; i++) {
		const struct loglist_load_source *s =
		    &c->network.lists.sources[i];
		char date[TIME_TEXT] = "an unknown date";

		if (s->dated != 0)
			time_format_date(s->dated, date);
		check_line("log list", "%s: of %s, %zu log%s", s->name, date,
		    s->logs, s->logs == 1 ? "" : "s");
		if (s->error != NULL)
			msg_error("log list: %s", s->error);
		if (s->error != NULL || s->suspect != NULL)
			check_fault(c, CLI_INCOMPLETE);
	}
	if (c->network.lists.suspect != NULL)
		check_fault(c, CLI_INCOMPLETE);
}

/* Drop privileges, and load the log lists; false after msg_error. */
static bool
open_lists(struct check *c, struct buf *sandbox)
{
	const struct run_options *set = &c->set;
	const char *pinset = set->common.pinset;

	if (!set->notify.no_sandbox)
		sandbox_paths_read(
		    &(struct sandbox_paths){ .state_dir = c->state_dir,
		        .pinset_file = pinset,
		        .pinset = c->pinset,
		        .trust = set->trust,
		        .watchlist = set->watchlist,
		        .hooks = set->notify.hooks,
		        .ccadb = set->ccadb },
		    &set->network, &c->network.options, c->store, sandbox);
	return network_open(&c->network, &set->network,
	           &(struct network_lists){ .state_dir = c->state_dir,
	               .keep_no_copy = true,
	               .store = c->store,
	               .deadline = set->max_time != 0
	                   ? time_mono() + set->max_time
	                   : 0 }) &&
	    network_has_logs(&c->network, "log", &set->logs) &&
	    network_has_logs(&c->network, "by-tiles", &set->by_tiles) &&
	    cover_option_choose(&set->skip_operators, &set->logs,
	        c->network.lists.logs, c->store, false,
	        &c->options.skip_operator);
}

void
check_logs(struct check *c)
{
	struct http_options *http = &c->network.options;
	struct buf sandbox;
	bool ok;

	buf_init(&sandbox, LIMIT_SMALL_BODY);
	http->connect_limit = CONNECT_LIMIT;
	http->stall_limit = ANSWER_LIMIT;
	http->total_limit = ANSWER_LIMIT;
	ok = open_lists(c, &sandbox);
	check_line("sandbox", "%s",
	    c->set.notify.no_sandbox ? "off: --no-sandbox"
	                             : buf_text(&sandbox));
	buf_fini(&sandbox);
	if (c->network.lists.logs != NULL)
		check_lists(c);
	if (!ok)
		check_fault(
		    c, c->network.lists.stale ? CLI_INCOMPLETE : CLI_USAGE);
	else
		ask_all(c);
}
