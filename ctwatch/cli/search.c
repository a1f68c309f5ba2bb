/* SPDX-License-Identifier: Apache-2.0 */
/* search: the command `search': find an item in the index of what was read. */
#include <signal.h>
#include <stdlib.h>
#include <string.h>

#include <jansson.h>

#include "cli/cmd_util.h"
#include "cli/network.h"
#include "cli/sandbox_paths.h"
#include "cli/search/document.h"
#include <ctwatch/base/mem.h>
#include <ctwatch/base/msg.h>
#include <ctwatch/base/time.h>
#include <ctwatch/cli/cli.h>
#include <ctwatch/net/log_fetch.h>
#include <ctwatch/store/store_index.h>
#include <ctwatch/sync/sync.h>

struct settings {
	struct opts_common common;
	struct network_settings network;
	struct opts_list logs;
	const char *since;
	int format;
};

/* One search, of all logs. */
struct search {
	const struct settings *set;
	int64_t since; /* ms; 0: everything */
	struct store *store;
	struct http *http;
	struct watch *watch;
	struct name_keys *keys;
	bool all; /* the item reaches too far for keys */
	struct batch_worker *worker;
	json_t *doc;
	int status; /* a sum of enum cli_exit */

	const struct store_log *log; /* the current one */
	struct log_fetch fetch;      /* to it */
};

/* Set the time of --since; false after msg_error. */
static bool
parse_since(struct search *x)
{
	const char *s = x->set->since;
	int64_t t;

	if (s == NULL || strcmp(s, "start") == 0)
		return true;
	if (time_parse_duration(s, &t))
		x->since = time_now() - t;
	else if (time_parse(s, &t))
		x->since = t;
	else {
		msg_error("--since: '%s' is neither start, a duration nor a "
		          "time",
		    s);
		return false;
	}
	return true;
}

/* Build what to match, and its keys; false after msg_error. */
static bool
parse_item(struct search *x, const char *item)
{
	uint8_t secret[NAME_KEYS_SECRET];
	struct buf error;
	bool ok;

	x->watch = watch_new();
	buf_init(&error, 4096);
	ok = watch_add(x->watch, bytes_of(item), &error);
	if (!ok)
		msg_error("search: %s", buf_text(&error));
	buf_fini(&error);
	if (!ok)
		return false;
	watch_build(x->watch);
	if (!store_index_secret(x->store, false, secret)) {
		msg_error("search: this state has no index; `ctwatch run "
		          "--index' keeps one of what it reads from then on, "
		          "and `backfill plan --index' of the past");
		return false;
	}
	x->keys = name_keys_new(secret);
	name_keys_item(x->keys, bytes_of(item), &x->all);
	if (x->all)
		msg_warn("search: %s reaches too far for the index: all "
		         "entries are read again; backfill is faster",
		    item);
	return true;
}

static bool
attempt(void *arg, int number)
{
	struct search *x = arg;

	x->fetch.no_cache = number == 1;
	return number < 2 && !sync_is_stopped();
}

static bool
ending(void *arg)
{
	(void)arg;
	return sync_is_stopped();
}

static void
found(void *arg, const struct batch *b, uint64_t from, uint64_t to)
{
	struct search *x = arg;

	search_document_found(x->doc, x->log, b, from, to, x->since);
}

/* Put entries that were not searched before those of r. */
static void
prepend(
    struct search_index_result *r, uint64_t from, uint64_t to, const char *why)
{
	r->v = mem_grow(r->v, r->n, sizeof *r->v);
	memmove(r->v + 1, r->v, r->n * sizeof *r->v);
	r->v[0] = (struct search_index_range){ from, to, false, "" };
	snprintf(r->v[0].why, sizeof r->v[0].why, "%s", why);
	r->n++;
}

/* Put the entries that no signed head has verified after those of r: the index
 * cannot prove them. */
static void
append_unproved(struct search_index_result *r, const struct store_log *log)
{
	if (log->next <= log->verified)
		return;
	r->v = mem_grow(r->v, r->n, sizeof *r->v);
	r->v[r->n++] = (struct search_index_range){ log->verified, log->next,
		false, "no signed tree head covers them yet" };
}

static void
search_client(struct search *x, const struct log_client *client)
{
	const struct store_log *log = x->log;
	struct search_index in = { .store = x->store,
		.client = client,
		.fetch = log_fetch_of(&x->fetch),
		.worker = x->worker,
		.watch = x->watch,
		.keys = x->all ? NULL : x->keys,
		.from = log->first,
		.to = log->verified,
		.since = x->since,
		.attempt = attempt,
		.ending = ending,
		.found = found,
		.arg = x };
	struct search_index_result r = { .n = 0 };

	memcpy(in.log_id, log->id, sizeof in.log_id);
	if (log->verified > log->first)
		search_index_log(&in, &r);
	if (x->since > 0 && log->first > 0 &&
	    (r.first_time == 0 || r.first_time > (uint64_t)x->since))
		prepend(&r, 0, log->first, "it was never read; see backfill");
	append_unproved(&r, log);
	if (r.differs)
		x->status |= CLI_MISBEHAVED;
	search_document_ranges(x->doc, log, &r);
	search_index_fini(&r);
}

static void
search_log(struct search *x, const struct store_log *log)
{
	struct loglist_log listed = { .key = log->key,
		.description = log->description,
		.operator= log->operator,
		.kind = log->kind,
		.url = log->url,
		.submission_url = log->submission_url,
		.mmd = log->mmd };
	struct search_index_result none = { .n = 0 };
	struct log_client *client = NULL;

	memcpy(listed.id, log->id, sizeof listed.id);
	x->log = log;
	x->fetch = (struct log_fetch){ .http = x->http,
		.queue = http_queue(x->http,
		    log->operator!= NULL ? log->operator: "") };
	if (log->url != NULL && log->key.n > 0)
		client = log_client_new(&listed, false);
	if (client != NULL)
		search_client(x, client);
	else {
		prepend(&none, log->first, log->next,
		    "the state has no URL and key of the log");
		search_document_ranges(x->doc, log, &none);
		search_index_fini(&none);
	}
	log_client_free(client);
}

/* Report whether --log chooses this log. */
static bool
is_chosen(const struct settings *set, const struct store_log *log)
{
	struct loglist_log named = { .description = log->description };

	memcpy(named.id, log->id, sizeof named.id);
	return set->logs.n == 0 ||
	    loglist_is_named(&named, set->logs.v, set->logs.n);
}

/* Search all logs of the state, and print the result. */
static void
search_logs(struct search *x, const char *item)
{
	struct store_log *v;
	size_t n, chosen = 0;
	struct buf out;

	x->doc = search_document_new(item, x->since);
	x->worker = batch_worker_new();
	v = store_logs(x->store, &n);
	for (size_t i = 0; i < n; i++) {
		if (!is_chosen(x->set, &v[i]))
			continue;
		chosen++;
		if (v[i].next > v[i].first)
			search_log(x, &v[i]);
	}
	store_logs_free(v, n);
	if (x->set->logs.n > 0 && chosen == 0) {
		msg_error("--log: the state has no such log; see ctwatch logs");
		x->status |= CLI_USAGE;
		return;
	}
	if (search_document_incomplete(x->doc))
		x->status |= CLI_INCOMPLETE;
	buf_init(&out, SIZE_MAX / 2);
	if (x->set->format == CMD_UTIL_JSON)
		cmd_util_json(x->doc, &out);
	else
		search_document_text(x->doc, &out);
	x->status |= cmd_util_print(&out);
	buf_fini(&out);
}

static bool
open_network(struct search *x, struct network *network)
{
	char *dir = opts_state_dir(&x->set->common);
	struct buf error;

	network_init(network, &x->set->network);
	sandbox_paths_read(&(struct sandbox_paths){ .state_dir = dir },
	    &x->set->network, &network->options, x->store, NULL);
	free(dir);
	buf_init(&error, 4096);
	network->http = x->http = http_new(&network->options, &error);
	if (x->http == NULL)
		msg_error("search: %s", buf_text(&error));
	buf_fini(&error);
	return x->http != NULL;
}

static void
on_signal(int signal)
{
	(void)signal;
	sync_stop();
}

static int
run(const struct settings *set, const char *item)
{
	struct search x = { .set = set };
	struct network network = { .http = NULL };
	struct sigaction act = { .sa_handler = on_signal };

	sigaction(SIGTERM, &act, NULL);
	sigaction(SIGINT, &act, NULL);
	if (!parse_since(&x))
		return CLI_USAGE;
	x.store = cmd_util_store(&set->common, STORE_READ);
	if (x.store == NULL)
		return CLI_LOCAL;
	if (!parse_item(&x, item))
		x.status = CLI_USAGE;
	else if (!open_network(&x, &network))
		x.status = CLI_LOCAL;
	else
		search_logs(&x, item);
	if (*store_error(x.store) != '\0') {
		msg_error("%s", store_error(x.store));
		x.status |= CLI_LOCAL;
	}
	json_decref(x.doc);
	batch_worker_free(x.worker);
	name_keys_free(x.keys);
	watch_free(x.watch);
	network_fini(&network);
	store_close(x.store);
	return x.status;
}

int
cli_search(int argc, char *argv[])
{
	struct settings set = { .format = CMD_UTIL_TEXT };
	const struct opts_opt opts[] = {
		{ "since", OPTS_TEXT, &set.since, "WHEN",
		    "only entries from then on: 7d, a date", NULL },
		{ "log", OPTS_LIST, &set.logs, "NAME|ID",
		    "search only this log; repeat for more", NULL },
		{ "format", OPTS_WORD, &set.format, "text|json",
		    "output format", cmd_util_forms },
		{ "contact", OPTS_TEXT, &set.network.contact, "EMAIL|URL",
		    "named in the User-Agent", NULL },
		{ "ca-file", OPTS_TEXT, &set.network.ca_file, "PEM",
		    "trust these roots for TLS", NULL },
		{ "proxy", OPTS_TEXT, &set.network.proxy, "URL",
		    "reach logs through this proxy", NULL },
		{ "allow-http", OPTS_FLAG, &set.network.allow_http, NULL,
		    "allow http:// URLs that are not on loopback", NULL },
	};
	const struct opts_command command = { "search", "NAME|ADDRESS|CIDR",
		"Find a name in the entries that were read with --index.", opts,
		sizeof opts / sizeof *opts };
	int n = opts_parse(&command, &set.common, argc, argv);

	if (n < 0)
		return n == -2 ? CLI_CLEAN : CLI_USAGE;
	if (n != 1) {
		msg_error("search: give one name, address or network; see "
		          "--help");
		return CLI_USAGE;
	}
	return run(&set, argv[1]);
}
