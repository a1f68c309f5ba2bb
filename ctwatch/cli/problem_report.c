/* SPDX-License-Identifier: Apache-2.0 */
/* problem_report: the command `problem-report': draft the report to the CA, and
 * record when it was sent and answered. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cli/cmd_util.h"
#include <ctwatch/base/msg.h>
#include <ctwatch/base/time.h>
#include <ctwatch/cli/cli.h>
#include <ctwatch/response/problem_report.h>
#include <ctwatch/store/journal.h>
#include <ctwatch/store/store_response.h>

struct settings {
	struct opts_common common;
	const char *output, *ccadb, *contact, *key;
	bool sent, acknowledged;
	int64_t when; /* ms: of --sent and --acknowledged */
};

static int
draft(
    const struct settings *set, struct store *s, const struct store_finding *f)
{
	struct problem_report_options options = {
		.ccadb = set->ccadb, .contact = set->contact, .now = time_now()
	};
	const struct problem_report_ground *ground;
	struct bundle bundle = { NULL, 0 };
	struct buf json, missing, error;
	int status = CLI_USAGE;

	buf_init(&json, SIZE_MAX / 2);
	buf_init(&missing, 65536);
	buf_init(&error, 4096);
	if (set->key != NULL &&
	    !problem_report_key(set->key, &options.key_spki, &error))
		;
	else if (!cmd_util_finding_json(s, f->id, &json))
		status = CLI_LOCAL;
	else if (problem_report_fill(s, f, buf_view(&json), &options, &bundle,
	             &ground, &missing, &error) == PROBLEM_REPORT_OK) {
		if (bundle_write(&bundle, set->output, &error)) {
			status = cmd_util_missing("problem-report", &missing);
			msg_info("problem-report: %s/mail.txt claims BR %s; "
			         "read it, send it, then run `ctwatch "
			         "problem-report %.12s --sent'",
			    set->output, ground->clause, f->id);
		} else
			status = CLI_UNDELIVERED;
	}
	if (error.n > 0)
		msg_error("problem-report: %s", buf_text(&error));
	blob_fini(&options.key_spki);
	bundle_fini(&bundle);
	buf_fini(&json);
	buf_fini(&missing);
	buf_fini(&error);
	return status;
}

/* Save r and record it in the journal, in one transaction. */
static int
save(struct store *s, const struct store_report *r, const char *what)
{
	char *actor = journal_actor(), due[TIME_TEXT];
	int status = CLI_LOCAL;

	if (store_report_save(s, r) &&
	    journal_add(s, actor, what, r->finding, r->ground, "{}") &&
	    store_commit(s)) {
		status = CLI_CLEAN;
		time_format(r->due, due);
		msg_info("problem-report: finding %.12s: %s; %s%s", r->finding,
		    what, r->due != 0 ? "revocation is due " : "no deadline",
		    r->due != 0 ? due : "");
	} else
		msg_error("%s", store_error(s));
	free(actor);
	return status;
}

static int
record(
    const struct settings *set, struct store *s, const struct store_finding *f)
{
	const struct problem_report_ground *ground =
	    problem_report_ground(f->rule, set->key != NULL);
	struct store_report r;
	bool known = store_report_load(s, f->id, &r);
	int status = CLI_USAGE;
	int64_t due;

	if (!problem_report_due(s, f, ground, set->when, &due)) {
		msg_error("problem-report: the finding is about no "
		          "certificate");
		store_report_fini(&r);
		return CLI_USAGE;
	}
	if (!known && !set->sent)
		known = store_report_about(s, f->tbs_sha256, &r);
	if (set->sent) {
		store_report_fini(&r);
		memcpy(r.finding, f->id, sizeof r.finding);
		r.sent = set->when;
		r.due = due;
		r.acknowledged = 0;
		r.ground = NULL;
	}
	if (set->when > time_now())
		msg_error("problem-report: the time given is in the future");
	else if (!set->sent && !known)
		msg_error("problem-report: finding %.12s was not reported: "
		          "record it with --sent first",
		    f->id);
	else if (!set->sent && set->when < r.sent)
		msg_error("problem-report: the acknowledgement is older than "
		          "the report");
	else {
		struct store_report out = r;
		char clause[64];

		snprintf(clause, sizeof clause, "%s",
		    set->sent ? ground->clause : r.ground);
		out.ground = clause;
		if (set->acknowledged)
			out.acknowledged = set->when;
		status = save(s, &out,
		    set->acknowledged ? "report-acknowledged" : "report-sent");
	}
	store_report_fini(&r);
	return status;
}

/* Parse the operands; false after an error was reported. */
static bool
take_operands(struct settings *set, int n, char *argv[])
{
	bool records = set->sent || set->acknowledged;

	set->when = time_now();
	if (n == 2 && records && time_parse(argv[2], &set->when))
		return true;
	if (n == 1 && records != (set->output != NULL) &&
	    !(set->sent && set->acknowledged))
		return true;
	msg_error("problem-report: give one finding ID, and --output DIR, "
	          "--sent [WHEN] or --acknowledged [WHEN]; see --help");
	return false;
}

int
cli_problem_report(int argc, char *argv[])
{
	struct settings set = { .output = NULL };
	const struct opts_opt opts[] = {
		{ "output", OPTS_TEXT, &set.output, "DIR",
		    "a new or empty folder for the draft", NULL },
		{ "ccadb", OPTS_TEXT, &set.ccadb, "DIR",
		    "CCADB's CSV files: contacts of the CA", NULL },
		{ "contact", OPTS_TEXT, &set.contact, "EMAIL",
		    "the sender of the draft", NULL },
		{ "key", OPTS_TEXT, &set.key, "FILE",
		    "the certificate's private key, if you have it", NULL },
		{ "sent", OPTS_FLAG, &set.sent, NULL,
		    "record that the report was sent, now or at WHEN", NULL },
		{ "acknowledged", OPTS_FLAG, &set.acknowledged, NULL,
		    "record that the CA answered, now or at WHEN", NULL },
	};
	const struct opts_command command = { "problem-report", "ID [WHEN]",
		"Draft a Certificate Problem Report to the CA; nothing is "
		"sent.",
		opts, sizeof opts / sizeof *opts };
	int n = opts_parse(&command, &set.common, argc, argv);
	struct store_finding f;
	struct store *s;
	int status = CLI_USAGE;

	if (n < 0)
		return n == -2 ? CLI_CLEAN : CLI_USAGE;
	if (!take_operands(&set, n, argv))
		return CLI_USAGE;
	s = cmd_util_store(
	    &set.common, set.output != NULL ? STORE_READ : STORE_WRITE);
	if (s == NULL)
		return CLI_LOCAL;
	if (cmd_util_find(s, argv[1], &f)) {
		status = set.output != NULL ? draft(&set, s, &f)
		                            : record(&set, s, &f);
		store_finding_fini(&f);
	}
	store_close(s);
	return status;
}
