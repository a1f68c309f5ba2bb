/* SPDX-License-Identifier: Apache-2.0 */
/*
 * night: one run from its settings to its end, for the command `run'.
 */
#ifndef CTWATCH_CLI_NIGHT_H
#define CTWATCH_CLI_NIGHT_H

#include <ctwatch/base/apart.h>
#include <ctwatch/cli/notify.h>
#include <ctwatch/cli/opts.h>
#include <ctwatch/net/lists.h>
#include <ctwatch/policy/pinset.h>
#include <ctwatch/report/report.h>
#include <ctwatch/scan/run.h>

/* What the command line and the configuration say. */
struct night_settings {
	struct opts_common common;
	struct opts_list log_lists, watches, logs, by_tiles;
	const char *watchlist, *since, *format, *output, *contact, *ca_file;
	const char *proxy, *list_signature, *list_key, *trust;
	int64_t max_time;
	uint64_t max_entries, jobs, max_memory;
	int fail_on;
	bool no_notify, offline_issuers, allow_http, no_keepalive;
	struct notify_settings notify;
};

#define NIGHT_LIST_OPTIONS 7

/* Fill a table of the options that say which logs there are, and how they are
 * reached. */
void night_list_options(
    struct night_settings *set, struct opts_opt out[static NIGHT_LIST_OPTIONS]);

/* Everything that one run holds; what is NULL was not come to.  It is not
 * moved while the network is open. */
struct night {
	struct night_settings set;
	char *state_dir;
	struct http_options http_options;
	struct notify_ready ready; /* who is told */
	struct apart courier;      /* who tells them; see courier.c */
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

/* Where the state is, how the network is reached, and what the time is. */
void night_begin(struct night *n);

/* What is watched, where new logs begin, and who will be told; false after
 * what is wrong was said. */
bool night_settle(struct night *n);

/* courier.c: find out who is to be told, and make who will do it.  False where
 * that cannot be: what a run would find then, nobody would be told. */
bool courier_appoint(struct night *n);

/* Open the state directory and lock it. */
bool night_open(struct night *n);

/* Give up what is not needed for it, reach for the network, and find out
 * which logs there are. */
bool night_reach(struct night *n);

/* Read all logs; false when the store failed. */
bool night_read(struct night *n);

void night_fini(struct night *n);

/* courier.c: send what waits, of this run and of earlier ones, and say in r
 * how that went. */
void courier_deliver(struct night *n, struct report *r);

/* shipping.c: compare what the pinset's consumers ship, as far as it is on
 * this machine, with the pinset; save gets a message for each that differs
 * (CTW074), and NULL for each that does not.  False when save is. */
bool shipping_check(struct night *n,
    bool (*save)(struct night *, const char *rule, const char *subject,
        const char *message));

/* account.c: the report of the run as it stands in the store, and of how far
 * the logs were read; NULL when the store failed. */
struct report *account_report(struct night *n);

/* account.c: the report of a run whose store has failed: of what was last
 * committed, and n->store then is what reads that.  NULL when nothing can. */
struct report *account_unsaved(struct night *n);

/* ending.c: judge, report, tell, and where the store failed, in reading the
 * logs or since, say so; n->status is then the exit status. */
void ending_conclude(
    struct night *n, bool read, const struct report_writer *writer);

#endif
