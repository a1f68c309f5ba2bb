/* SPDX-License-Identifier: Apache-2.0 */
#include <inttypes.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>

#include "cli/cmd_util.h"
#include "cli/run/setup.h"
#include "cli/sandbox_paths.h"
#include <ctwatch/base/limits.h>
#include <ctwatch/base/mem.h>
#include <ctwatch/base/msg.h>
#include <ctwatch/base/time.h>
#include <ctwatch/policy/watchlist.h>

#include "config.h"

void
run_setup_list_options(struct run_settings *set,
    struct opts_opt out[static RUN_SETUP_LIST_OPTIONS])
{
	const struct opts_opt table[RUN_SETUP_LIST_OPTIONS] = {
		{ "log-list", OPTS_LIST, &set->log_lists, "FILE|URL",
		    "a log list of schema v3; repeat for more", NULL },
		{ "log-list-signature", OPTS_TEXT, &set->list_signature,
		    "FILE|URL", "the signature of the first log list", NULL },
		{ "log-list-key", OPTS_TEXT, &set->list_key, "PEM",
		    "the key that must have signed it", NULL },
		{ "contact", OPTS_TEXT, &set->contact, "EMAIL|URL",
		    "named in the User-Agent", NULL },
		{ "ca-file", OPTS_TEXT, &set->ca_file, "PEM",
		    "trust these roots for TLS", NULL },
		{ "proxy", OPTS_TEXT, &set->proxy, "URL",
		    "reach logs and lists through this proxy", NULL },
		{ "allow-http", OPTS_FLAG, &set->allow_http, NULL,
		    "allow http:// URLs that are not on loopback", NULL },
	};

	memcpy(out, table, sizeof table);
}

static bool
load_watchlist(struct run_context *n, struct buf *error)
{
	const char *path = n->set.watchlist;
	struct blob text;
	bool ok;

	if (path == NULL)
		return true;
	if (!opts_read_file(path, LIMIT_WATCH_LIST, &text))
		return false;
	ok = watchlist_load(n->watch, blob_view(text), path, error);
	blob_fini(&text);
	return ok;
}

/* Build the set of watched names from options, watch list and pinset. */
bool
run_setup_watch(struct run_context *n)
{
	const struct pinset *p = n->pinset;
	struct buf error;
	bool ok;

	watch_free(n->watch);
	buf_init(&error, 4096);
	n->watch = watch_new();
	ok = load_watchlist(n, &error);
	for (size_t i = 0; ok && i < n->set.watches.n; i++)
		ok = watch_add(n->watch, bytes_of(n->set.watches.v[i]), &error);
	for (size_t i = 0; ok && p != NULL && i < p->n_domains; i++)
		ok = watch_add(
		    n->watch, bytes_of(p->domains[i].pattern), &error);
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

bool
run_setup_witnesses(struct run_context *n)
{
	struct blob text = { 0 };
	struct buf error;
	bool ok;

	if (n->set.witness_policy == NULL)
		return true;
	if (!opts_read_file(n->set.witness_policy, LIMIT_SMALL_BODY, &text))
		return false;
	buf_init(&error, 4096);
	n->witnesses = witness_policy_parse(
	    blob_view(text), n->set.witness_policy, &error);
	ok = n->witnesses != NULL;
	if (!ok)
		msg_error("%s", buf_text(&error));
	buf_fini(&error);
	blob_fini(&text);
	return ok;
}

bool
run_setup_since(struct run_context *n)
{
	const char *s = n->set.since;
	struct sync_options *o = &n->options;
	int64_t t;

	if (s == NULL || strcmp(s, "now") == 0)
		o->since = SYNC_SINCE_NOW;
	else if (strcmp(s, "start") == 0)
		o->since = SYNC_SINCE_START;
	else {
		o->since = SYNC_SINCE_TIME;
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

/* Set the options of the network. */
static void
choose_network(struct run_context *n)
{
	const struct run_settings *set = &n->set;

	/* Some logs share one limit among clients without contact. */
	n->user_agent = set->contact != NULL
	    ? mem_printf("ctwatch/%s (+%s)", PACKAGE_VERSION, set->contact)
	    : mem_strdup("ctwatch/" PACKAGE_VERSION);
	n->http_options = (struct http_options){ .user_agent = n->user_agent,
		.ca_file = set->ca_file,
		.proxy = set->proxy,
		.allow_http = set->allow_http,
		.allow_file = true,
		.no_keepalive = set->no_keepalive };
}

void
run_setup_begin(struct run_context *n)
{
	n->started = time_now();
	n->began = time_mono();
	n->state_dir = opts_state_dir(&n->set.common);
	choose_network(n);
}

bool
run_setup_settle(struct run_context *n)
{
	return run_setup_since(n) && run_setup_witnesses(n) &&
	    cmd_util_pinset(&n->set.common, false, &n->pinset) &&
	    run_setup_watch(n) && notify_helper_start(n);
}

bool
run_setup_open(struct run_context *n)
{
	n->store = cmd_util_store(&n->set.common, STORE_RUN);
	return n->store != NULL && check_trust_open(n);
}

static bool
open_network(struct run_context *n)
{
	struct buf error;

	buf_init(&error, 4096);
	n->http = http_new(&n->http_options, &error);
	if (n->http == NULL)
		msg_error("%s", buf_text(&error));
	buf_fini(&error);
	return n->http != NULL;
}

/* Read logs that are in the store but no longer in a list up to the last head
 * that they signed. */
static void
add_drained(struct run_context *n)
{
	size_t count = 0;
	struct store_log *v =
	    n->store != NULL ? store_logs(n->store, &count) : NULL;

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
			loglist_merge_log(n->lists.logs, &log);
	}
	store_logs_free(v, count);
}

static void
warn_suspect(const struct loglist_load *l)
{
	for (size_t i = 0; i < l->n_sources; i++)
		if (l->sources[i].suspect != NULL)
			msg_warn("%s: the log list is suspect: %s",
			    l->sources[i].name, l->sources[i].suspect);
	if (l->suspect != NULL)
		msg_warn("%s", l->suspect);
}

static bool
load_lists(struct run_context *n)
{
	static const char *const chrome[] = { LOGLIST_LOAD_CHROME };
	const struct run_settings *set = &n->set;
	bool given = set->log_lists.n > 0;
	struct buf error;
	bool ok;

	buf_init(&error, 4096);
	ok = loglist_load(&n->lists, n->http,
	    &(struct loglist_load_options){ .dir = n->state_dir,
	        .keep_no_copy = n->read_only,
	        .names = given ? set->log_lists.v : chrome,
	        .n = given ? set->log_lists.n : 1,
	        .or_builtin = !given,
	        .signature = set->list_signature,
	        .key = set->list_key,
	        .until = set->max_time > 0 ? n->began + set->max_time : 0 },
	    &error);
	if (!ok)
		msg_error("%s", buf_text(&error));
	buf_fini(&error);
	if (!ok)
		return false;
	for (size_t i = 0; i < n->lists.logs->n_warnings; i++)
		msg_warn("%s", n->lists.logs->warnings[i]);
	warn_suspect(&n->lists);
	add_drained(n);
	return true;
}

/* A name that no log has is a typo: without an error, no log might be read. */
static bool
find_named(const struct run_context *n, const char *option,
    const struct opts_list *names)
{
	const struct loglist *logs = n->lists.logs;

	for (size_t i = 0; i < names->n; i++) {
		bool found = false;

		for (size_t k = 0; !found && k < logs->n; k++)
			found = sync_is_named(&logs->v[k], &names->v[i], 1);
		if (!found) {
			msg_error(
			    "--%s: no log has the name %s; see ctwatch logs",
			    option, names->v[i]);
			return false;
		}
	}
	return true;
}

bool
run_setup_reach(struct run_context *n)
{
	if (!n->set.notify.no_sandbox)
		sandbox_paths_run(n);
	return open_network(n) && load_lists(n) &&
	    find_named(n, "log", &n->set.logs) &&
	    find_named(n, "by-tiles", &n->set.by_tiles);
}

static void
on_signal(int signal)
{
	(void)signal;
	sync_stop();
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

/* For --verbose: print waiting times and CPU times. */
static void
say_times(const struct sync_result *r)
{
	const struct sync_times *t = &r->times;

	msg_debug("%" PRIu64 " entries: answers of the logs took %" PRId64
	          " ms in all; CPU: inflating %" PRId64 " ms, decoding %" PRId64
	          " ms, hashing %" PRId64 " ms, matching %" PRId64
	          " ms, saving %" PRId64 " ms",
	    r->entries, t->network, t->work.inflating / 1000,
	    t->work.decoding / 1000, t->work.hashing / 1000,
	    t->work.matching / 1000, t->saving / 1000);
}

/* Return the rest of --max-time in ms, at least 1; 0: no limit. */
static int64_t
time_left(const struct run_context *n)
{
	int64_t left = n->began + n->set.max_time - time_mono();

	if (n->set.max_time == 0)
		return 0;
	return left > 0 ? left : 1;
}

static const char *
item_at(const void *watch, size_t i)
{
	return watch_item(watch, i);
}

/* Record where the search for each item begins; commit it before reading the
 * first entry. */
static bool
begin_search(struct run_context *n)
{
	uint8_t set[SHA256_SIZE] = { 0 };

	for (size_t i = 0; i < watch_count(n->watch); i++) {
		const struct bytes link[] = { { set, sizeof set },
			bytes_of(watch_item(n->watch, i)) };

		sha256_parts(link, 2, set);
	}
	return store_watched_begin(n->store, n->run, set, watch_count(n->watch),
	           item_at, n->watch) &&
	    store_commit(n->store);
}

bool
run_setup_read(struct run_context *n)
{
	const struct run_settings *set = &n->set;
	struct sync_options *o = &n->options;

	catch_signals();
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
	o->max_time = time_left(n);
	o->offline_issuers = set->offline_issuers;
	o->witnesses = n->witnesses;
	n->run = store_run_begin(n->store, n->started);
	n->since = store_run_since(n->store, n->run);
	if (n->run == 0 || !begin_search(n) || !sync_all(o, &n->result))
		return false;
	say_times(&n->result);
	return true;
}

void
run_setup_fini(struct run_context *n)
{
	outputs_fini(&n->outputs);
	sync_result_fini(&n->result);
	http_free(n->http);
	loglist_load_fini(&n->lists);
	store_close(n->store);
	watch_free(n->watch);
	witness_policy_free(n->witnesses);
	pinset_free(n->pinset);
	privsep_fini(&n->notify_helper);
	notify_fini(&n->ready);
	free(n->user_agent);
	free(n->trust_why);
	free(n->state_dir);
}
