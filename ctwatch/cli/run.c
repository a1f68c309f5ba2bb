/* SPDX-License-Identifier: Apache-2.0 */
/* run: the command `run': its steps in order, and what each of them needs. */
#include <stdlib.h>

#include "cli/cmd_util.h"
#include "cli/cover_option.h"
#include "cli/run.h"
#include "cli/run/caa.h"
#include "cli/run/check_consumers.h"
#include "cli/run/check_trust.h"
#include "cli/run/consumer_notes.h"
#include "cli/run/finish.h"
#include "cli/run/inputs.h"
#include "cli/run/judge_logs.h"
#include "cli/run/notify_helper.h"
#include "cli/run/options.h"
#include "cli/run/own_scts.h"
#include "cli/run/read.h"
#include "cli/run/report.h"
#include "cli/run/response.h"
#include "cli/sandbox_paths.h"
#include <ctwatch/base/mem.h>
#include <ctwatch/base/msg.h>
#include <ctwatch/base/time.h>
#include <ctwatch/cli/cli.h>
#include <ctwatch/judge/evaluate.h>
#include <ctwatch/judge/evaluate_pinset.h>
#include <ctwatch/judge/evaluate_revocation.h>
#include <ctwatch/policy/rules.h>
#include <ctwatch/policy/signature_cache.h>
#include <ctwatch/store/journal.h>
#include <ctwatch/store/store_index.h>

/* The state of the command.  A NULL member is not open yet.  Do not move it:
 * the steps borrow from it. */
struct run {
	struct run_options set;
	const struct run_source *source;
	char *state_dir;
	int64_t started, began; /* ms; time_mono() */
	int64_t deadline;       /* time_mono(): end of --max-time; 0: none */
	struct outputs outputs;
	struct network network;
	struct notify_helper helper;
	struct pinset *pinset;
	struct check_trust trust;
	struct watch *watch;
	struct witness_policy *witnesses;
	struct store *store;
	struct signature_cache *signatures;
	struct sync_options options;
	uint8_t index_secret[NAME_KEYS_SECRET];
	struct run_read run;
	struct sync_result result;
	struct run_caa caa;
	int status; /* a sum of enum cli_exit */
};

static void
begin(struct run *x)
{
	const struct run_options *set = &x->set;

	x->started = time_now();
	x->began = time_mono();
	x->deadline = set->max_time != 0 ? x->began + set->max_time : 0;
	x->state_dir = opts_state_dir(&set->common);
	network_init(&x->network, &set->network);
	x->trust.pinset = set->common.pinset;
	x->trust.trust = set->trust;
	x->helper.state_dir = x->state_dir;
	x->helper.off = set->no_notify;
	x->signatures = signature_cache_new();
}

/* Load the watched names, the start of new logs and the notification channels;
 * return false after an error was reported. */
static bool
load_inputs(struct run *x)
{
	const struct run_options *set = &x->set;
	enum cli_exit status;

	if (!outputs_parse(
	        &set->outputs, set->format, set->common.quiet, &x->outputs) ||
	    !outputs_check(&x->outputs) ||
	    !run_inputs_since(set->since, &x->options) ||
	    !run_inputs_witnesses(set->witness_policy, &x->witnesses) ||
	    !cmd_util_pinset(&set->common, false, &x->pinset) ||
	    (set->caa && !run_caa_check(set->caa_resolver)))
		return false;
	x->watch = run_inputs_watch(set->watchlist, &set->watches, x->pinset);
	if (x->watch == NULL)
		return false;
	status =
	    notify_helper_start(&x->helper, &set->notify, &x->network.options);
	if (status == CLI_UNDELIVERED)
		x->status |= CLI_UNDELIVERED;
	return status != CLI_USAGE;
}

/* Open the state directory and lock it, and check the pinset's signatures. */
static bool
open_state(struct run *x)
{
	const struct run_options *set = &x->set;
	bool replaced;

	x->store = cmd_util_store(&set->common, STORE_RUN);
	if (x->store == NULL)
		return false;
	replaced = check_trust_open(&x->trust, x->store, &x->pinset);
	if (x->trust.why != NULL)
		x->status |= CLI_PINSET;
	if (!replaced)
		return true;
	watch_free(x->watch);
	x->watch = run_inputs_watch(set->watchlist, &set->watches, x->pinset);
	return x->watch != NULL;
}

/* Drop privileges, start the network, and load the log lists. */
static bool
connect_logs(struct run *x)
{
	const struct run_options *set = &x->set;

	if (!set->notify.no_sandbox)
		sandbox_paths_read(
		    &(struct sandbox_paths){ .state_dir = x->state_dir,
		        .outputs = &x->outputs,
		        .pinset_file = set->common.pinset,
		        .pinset = x->pinset,
		        .trust = set->trust,
		        .watchlist = set->watchlist,
		        .hooks = set->notify.hooks,
		        .ccadb = set->ccadb,
		        .parts = x->source->dir },
		    &set->network, &x->network.options, x->store, NULL);
	return network_open(&x->network, &set->network,
	           &(struct network_lists){ .state_dir = x->state_dir,
	               .store = x->store,
	               .deadline = x->deadline }) &&
	    network_has_logs(&x->network, "log", &set->logs) &&
	    network_has_logs(&x->network, "by-tiles", &set->by_tiles) &&
	    cover_option_choose(&set->skip_operators, &set->logs,
	        x->network.lists.logs, x->store, true,
	        &x->options.skip_operator);
}

/* Return the rest of --max-time in ms, at least 1; 0: no limit. */
static int64_t
time_left(const struct run *x)
{
	int64_t left = x->deadline - time_mono();

	if (x->deadline == 0)
		return 0;
	return left > 0 ? left : 1;
}

/* Get the secret of the index; without it, keep none. */
static void
begin_index(struct run *x)
{
	if (x->set.index && store_index_secret(x->store, true, x->index_secret))
		x->options.index_secret = x->index_secret;
}

/* Delete what is older than --index-days, and files that nothing names. */
static bool
end_index(struct run *x)
{
	const struct run_options *set = &x->set;

	if (!set->index && set->index_days == 0)
		return true;
	return store_index_prune(x->store,
	    set->index_days > 0 && set->index_days < 100000
	        ? x->started - (int64_t)set->index_days * TIME_DAY
	        : INT64_MIN);
}

/* Read the source; return false if the store failed. */
static bool
read_logs(struct run *x)
{
	const struct run_options *set = &x->set;
	struct sync_options *o = &x->options;

	o->logs = x->network.lists.logs;
	o->only = set->logs.v;
	o->n_only = set->logs.n;
	o->by_tiles = set->by_tiles.v;
	o->n_by_tiles = set->by_tiles.n;
	o->watch = x->watch;
	o->store = x->store;
	o->http = x->network.http;
	o->jobs = (unsigned)set->jobs;
	o->max_memory = set->max_memory;
	o->max_entries = set->max_entries;
	o->max_time = time_left(x);
	o->offline_issuers = set->offline_issuers;
	o->witnesses = x->witnesses;
	o->signatures = x->signatures;
	begin_index(x);
	return x->source->read(
	           x->source->arg, o, x->started, &x->run, &x->result) &&
	    end_index(x);
}

/* Check the SCTs of matched certificates; false when the store failed. */
static bool
check_own_scts(struct run *x)
{
	bool missing, ok;

	if (x->result.stopped)
		return true;
	ok = run_own_scts(&(struct audit_options){ .http = x->network.http,
	                      .store = x->store,
	                      .lists = x->network.lists.logs,
	                      .now = time_now(),
	                      .deadline = x->deadline },
	    x->watch, x->run.number, &missing);
	if (missing)
		x->status |= CLI_MISBEHAVED;
	return ok;
}

/* Look up CAA records, and judge by their history; false when the store
 * failed. */
static bool
look_up_caa(struct run *x, int64_t now)
{
	bool ok;

	if (!x->set.caa)
		return true;
	ok = run_caa(&(struct run_caa_options){ .store = x->store,
	                 .watch = x->watch,
	                 .signatures = x->signatures,
	                 .resolver = x->set.caa_resolver,
	                 .ccadb = x->set.ccadb,
	                 .deadline = x->deadline,
	                 .stopped = sync_is_stopped,
	                 .now = now,
	                 .run = x->run.number },
	    &x->caa);
	if (!run_caa_is_complete(&x->caa))
		x->status |= CLI_INCOMPLETE;
	return ok;
}

static bool
look_up(const struct run *x)
{
	const struct run_options *set = &x->set;

	if (set->no_revocation || x->result.stopped)
		return true;
	return run_response_look_up(x->store,
	    &(struct revocation_options){ .http = &x->network.options,
	        .dir = x->state_dir,
	        .ccadb = set->ccadb,
	        .allow_private = set->allow_private_crl,
	        .now = time_now(),
	        .deadline = x->deadline,
	        .stopped = sync_is_stopped });
}

/*
 * Save a checkpoint of the journal.  If the journal was tampered with, report
 * it and save the results of the run anyway.
 */
static bool
save_checkpoint(struct run *x)
{
	struct journal_checkpoint now;
	struct buf error;
	bool sound;

	buf_init(&error, 4096);
	sound = journal_verify(x->store, NULL, &now, &error);
	if (!sound) {
		msg_error("%s", buf_text(&error));
		x->status |= CLI_LOCAL;
	}
	buf_fini(&error);
	return !sound || journal_checkpoint_save(x->store, &now, time_now());
}

/* Judge what was read, and what CAs did about it. */
static bool
judge(struct run *x)
{
	const struct loglist_load *lists = &x->network.lists;
	struct store *s = x->store;
	bool misbehaved, ok;
	int64_t now;

	ok = judge_logs(s, &x->result, x->started, x->run.number, x->run.since,
	    &misbehaved);
	if (misbehaved)
		x->status |= CLI_MISBEHAVED;
	if (!ok || !judge_logs_lists(s, lists, x->started, x->run.number) ||
	    !check_trust_save(
	        &x->trust, s, x->pinset, x->started, x->run.number) ||
	    !check_consumers(
	        s, x->pinset, x->set.common.pinset, x->started, x->run.number))
		return false;
	now = store_head_time(s, time_now());
	return evaluate_all(&(struct evaluate_input){ .store = s,
	           .pinset = x->pinset,
	           .trusted = x->trust.trusted,
	           .watch = x->watch,
	           .lists = lists->logs,
	           .signatures = x->signatures,
	           .jobs = (unsigned)x->set.jobs,
	           .now = now,
	           .run = x->run.number }) &&
	    consumer_notes_add(s, x->pinset) && check_own_scts(x) &&
	    look_up_caa(x, now) &&
	    evaluate_pinset(s, x->pinset, now, x->run.number) && look_up(x) &&
	    evaluate_revocation(s, now, x->run.number) && save_checkpoint(x);
}

static struct run_report_input
report_input(const struct run *x)
{
	return (struct run_report_input){ .store = x->store,
		.run = x->run.number,
		.started = x->started,
		.began = x->began,
		.since = x->run.since,
		.searched_since =
		    x->options.since == SYNC_SINCE_TIME && x->run.number == 1
		    ? x->options.since_time
		    : x->started,
		.status = x->status,
		.fail_on = x->set.fail_on,
		.pinset = x->pinset,
		.pinset_file = x->set.common.pinset,
		.watchlist_file = x->set.watchlist,
		.watch = x->watch,
		.lists = &x->network.lists,
		.skip_operator = x->options.skip_operator,
		.result = &x->result,
		.caa = &x->caa };
}

/* Report a run whose store failed, from the last commit. */
static struct report *
report_unsaved(struct run *x)
{
	char *why = mem_strdup(store_error(x->store));
	struct report *report = NULL;
	struct run_report_input in;
	struct buf error;

	buf_init(&error, 4096);
	store_close(x->store);
	x->store = store_open(x->state_dir, STORE_READ, &error);
	in = report_input(x);
	if (x->store != NULL)
		report = run_report_unsaved(&in, &x->result, x->store, why);
	if (report != NULL && !outputs_write(&x->outputs, report, x->store))
		report_add_exit(report, CLI_UNDELIVERED);
	buf_fini(&error);
	free(why);
	return report;
}

/* Judge, report and notify; if the store failed, report that. */
static bool
finish(struct run *x, bool was_read)
{
	struct report *report = NULL;
	bool saved = false, written = false;

	if (was_read && judge(x)) {
		const struct run_report_input in = report_input(x);

		report = run_report(&in);
		saved = report != NULL &&
		    run_finish(
		        x->store, report, &x->helper, &x->outputs, &written);
	}
	if (!saved) {
		msg_error("%s", store_error(x->store));
		x->status |= CLI_LOCAL;
	}
	if (!written) {
		report_free(report); /* its findings are not in the store */
		report = report_unsaved(x);
	}
	if (report != NULL)
		x->status |= report_exit_status(report);
	report_free(report);
	return saved;
}

static void
fetch_proofs(const struct run *x)
{
	if (x->set.evidence <= RULES_CRITICAL && !x->result.stopped)
		run_response_prove(x->store,
		    &(struct proofs_options){ .http = x->network.http,
		        .severity = x->set.evidence,
		        .deadline = x->deadline });
}

static void
release(struct run *x)
{
	outputs_fini(&x->outputs);
	sync_result_fini(&x->result);
	network_fini(&x->network);
	store_close(x->store);
	watch_free(x->watch);
	witness_policy_free(x->witnesses);
	run_caa_fini(&x->caa);
	signature_cache_free(x->signatures);
	pinset_free(x->pinset);
	check_trust_fini(&x->trust);
	notify_helper_fini(&x->helper);
	free(x->state_dir);
}

int
run_pass(const struct run_options *set, const struct run_source *source)
{
	struct run x = { .set = *set, .source = source };

	begin(&x);
	if (!load_inputs(&x))
		x.status = CLI_USAGE;
	else if (!open_state(&x))
		x.status = CLI_LOCAL;
	else if (source->check != NULL && !source->check(source->arg, x.watch))
		x.status = CLI_USAGE;
	else if (!connect_logs(&x))
		x.status = x.network.lists.stale ? CLI_INCOMPLETE : CLI_USAGE;
	else if (finish(&x, read_logs(&x)))
		fetch_proofs(&x);
	release(&x);
	return x.status;
}

static bool
read_all(void *arg, const struct sync_options *options, int64_t started,
    struct run_read *run, struct sync_result *out)
{
	(void)arg;
	return run_read(options, started, run, out);
}

int
cli_run(int argc, char *argv[])
{
	static const struct run_source logs = { .read = read_all };
	struct run_options set = RUN_OPTIONS_DEFAULTS;
	int operands = run_options_parse("run", "",
	    "Read the new entries of all logs: verify, match, judge, report.",
	    &set, argc, argv);

	if (operands == -2)
		return CLI_CLEAN;
	if (operands > 0)
		msg_error("run: takes no operands");
	if (operands != 0)
		return CLI_USAGE;
	return run_pass(&set, &logs);
}
