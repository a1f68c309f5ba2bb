/* SPDX-License-Identifier: Apache-2.0 */
/*
 * setup: the context and the steps of one run, for the command `run'.
 */
#ifndef CTWATCH_CLI_RUN_SETUP_H
#define CTWATCH_CLI_RUN_SETUP_H

#include "cli/notify.h"
#include "cli/opts.h"
#include "cli/outputs.h"
#include <ctwatch/base/privsep.h>
#include <ctwatch/net/loglist_load.h>
#include <ctwatch/policy/pinset.h>
#include <ctwatch/report/report.h>
#include <ctwatch/rotate/pinset_trust.h>
#include <ctwatch/sync/sync.h>

/* The settings from command line and configuration. */
struct run_settings {
	struct opts_common common;
	struct opts_list log_lists, watches, logs, by_tiles, outputs;
	const char *watchlist, *since, *format, *contact, *ca_file;
	const char *proxy, *list_signature, *list_key, *trust;
	int64_t max_time;
	uint64_t max_entries, jobs, max_memory;
	int fail_on; /* enum rules_severity, or RUN_SETUP_FAIL_ON_UNSET */
	const char *ccadb, *witness_policy;
	int evidence; /* enum rules_severity, or more: no evidence */
	bool no_revocation, allow_private_crl;
	bool no_notify, offline_issuers, allow_http, no_keepalive;
	struct notify_settings notify;
};

#define RUN_SETUP_LIST_OPTIONS  7
#define RUN_SETUP_FAIL_ON_UNSET (-1)

/* What holds where no option says otherwise. */
#define RUN_SETUP_DEFAULTS                                                     \
	{                                                                      \
		.fail_on = RUN_SETUP_FAIL_ON_UNSET, .evidence = RULES_HIGH     \
	}

/* run.c: parse the options of `run' for the command of that name and purpose;
 * returns as opts_parse. */
int run_parse(const char *name, const char *purpose, struct run_settings *set,
    int argc, char *argv[]);

/* Fill a table of the options for the log lists and the network. */
void run_setup_list_options(struct run_settings *set,
    struct opts_opt out[static RUN_SETUP_LIST_OPTIONS]);

/* The context of one run; a NULL member is not open yet.  Do not move it while
 * the network is open. */
struct run_context {
	struct run_settings set;
	char *state_dir;
	struct http_options http_options;
	struct outputs outputs;       /* where the report goes */
	struct notify_ready ready;    /* the notification channels */
	struct privsep notify_helper; /* see notify_helper.c */
	struct pinset *pinset;
	enum pinset_trust_status trust_status; /* of the pinset's file */
	char *trust_why; /* reason if not trusted; or NULL */
	bool trusted;    /* else close no finding as approved */
	struct watch *watch;
	struct witness_policy *witnesses; /* NULL: none is given */
	struct store *store;
	struct http *http;
	char *user_agent;
	struct loglist_load lists;
	struct sync_options options;
	struct sync_result result;
	bool read_only;      /* write nothing into the state directory */
	struct buf *sandbox; /* NULL, or where to append the means in force */
	int64_t run, started, began; /* number; ms; time_mono() */
	int64_t since; /* ms: when the first run began that this one reports
	                * on; see store_run_since */
	int status;
};

/* Set state directory, network options and clock. */
void run_setup_begin(struct run_context *n);

/* Parse --since; false after msg_error. */
bool run_setup_since(struct run_context *n);

/* Load the file of --witness-policy; false after msg_error. */
bool run_setup_witnesses(struct run_context *n);

/* Load the watched names, the start of new logs and the notification channels;
 * return false after an error was reported. */
bool run_setup_settle(struct run_context *n);

/* notify_helper.c: resolve the notification channels and start the process that
 * delivers to them.  Return false if a channel cannot be used: the findings of
 * the run could not be delivered. */
bool notify_helper_start(struct run_context *n);

/* Open the state directory and lock it, and check the pinset's signatures. */
bool run_setup_open(struct run_context *n);

/* Rebuild the set of watched names; false after msg_error. */
bool run_setup_watch(struct run_context *n);

/*
 * check_trust.c: check the signatures of the pinset.  An untrusted one is
 * replaced by the last trusted version, if the store has one.  Return false
 * after msg_error.
 */
bool check_trust_open(struct run_context *n);

/* consumer_notes.c: add to the findings about compromised and retired keys
 * (CTW004, CTW006) the consumers and versions that still accept the key. Return
 * false if the store failed. */
bool consumer_notes_add(struct run_context *n);

/* check_trust.c: record a trusted pinset, and save or close the finding
 * (CTW073) of check_trust_open.  Return false if the store failed. */
bool check_trust_save(struct run_context *n,
    bool (*save)(struct run_context *, const char *rule, const char *subject,
        const char *message));

/* Drop privileges, start the network, and load the log lists. */
bool run_setup_reach(struct run_context *n);

/* Read all logs; return false if the store failed. */
bool run_setup_read(struct run_context *n);

void run_setup_fini(struct run_context *n);

/* notify_helper.c: send the messages of this run and the undelivered ones of
 * earlier runs, and add the result of each channel to r. */
void notify_helper_deliver(struct run_context *n, struct report *r);

/* check_consumers.c: compare the files of the pinset's consumers that are on
 * this machine with the pinset.  Call save with a message for each consumer
 * that differs (CTW074), and with NULL for each that does not.  Return false
 * when save does. */
bool check_consumers(struct run_context *n,
    bool (*save)(struct run_context *, const char *rule, const char *subject,
        const char *message));

/* report.c: build the report of the run from the store and the coverage; return
 * NULL if the store failed. */
struct report *run_report(struct run_context *n);

/* report.c: build the report of a run whose store failed, from the last commit;
 * n->store is then a read-only store.  Return NULL if that fails. */
struct report *run_report_unsaved(struct run_context *n);

/* response.c: look up the certificates of open findings in their CRLs or by
 * OCSP, and commit what was judged before and their status after; false when
 * the store failed. */
bool run_response_look_up(struct run_context *n);

/* own_scts.c: look up entries that SCTs of stored certificates promise, that
 * the runs must have read and that they did not store; open CTW053 and CTW054.
 * False when the store failed. */
bool run_own_scts(struct run_context *n);

/* response.c: fetch and store the inclusion proofs of findings. */
void run_response_prove(struct run_context *n);

/* finish.c: judge, report and notify; if the store failed, report that.
 * n->status is then the exit status. */
void run_finish(struct run_context *n, bool read);

#endif
