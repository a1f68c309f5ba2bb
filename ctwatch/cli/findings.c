/* SPDX-License-Identifier: Apache-2.0 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <jansson.h>

#include "cli/cmd_util.h"
#include <ctwatch/base/mem.h>
#include <ctwatch/base/msg.h>
#include <ctwatch/base/time.h>
#include <ctwatch/cli/cli.h>
#include <ctwatch/report/collect.h>
#include <ctwatch/report/report_json.h>
#include <ctwatch/store/journal.h>

/* Digits of an id that a list shows; show takes any that tell it apart. */
#define ID_SHOWN 12

static const char *const status_words[] = { "new", "open", "suppressed",
	"closed", "all", NULL };

enum {
	STATUS_ALL = 4,
	STATUS_UNSAID
};

struct settings {
	struct opts_common common;
	int status, severity, format;
	const char *reason;
	int64_t until;
};

/* ---- reading ---- */

static bool
is_wanted(const struct settings *set, const json_t *f)
{
	const char *status = report_json_text(f, "status");

	if ((int)report_json_severity(f) < set->severity)
		return false;
	if (set->status == STATUS_UNSAID)
		return strcmp(status, "closed") != 0;
	return set->status == STATUS_ALL ||
	    strcmp(status, status_words[set->status]) == 0;
}

static void
list_one(const json_t *f, struct buf *out)
{
	buf_printf(out, "%-9s %-10s %s %-28s %.*s\n          ",
	    report_json_text(f, "severity"), report_json_text(f, "status"),
	    report_json_text(f, "rule"), report_json_text(f, "name"), ID_SHOWN,
	    report_json_text(f, "id"));
	cmd_util_wrap(out, 10, report_json_text(f, "message"));
}

static int
list(const struct settings *set, const json_t *doc)
{
	json_t *chosen = json_array();
	struct buf out;
	int status;

	for (size_t i = 0; i < report_json_count(doc, "findings"); i++)
		if (is_wanted(set, report_json_item(doc, "findings", i)))
			json_array_append(
			    chosen, report_json_item(doc, "findings", i));
	buf_init(&out, SIZE_MAX / 2);
	if (set->format == CMD_UTIL_JSON) {
		json_t *all = json_pack("{ss sO}", "format",
		    "ctwatch-findings/1", "findings", chosen);

		cmd_util_json(all, &out);
		json_decref(all);
	} else {
		for (size_t i = 0; i < json_array_size(chosen); i++)
			list_one(json_array_get(chosen, i), &out);
		buf_printf(&out, "%zu finding%s\n", json_array_size(chosen),
		    json_array_size(chosen) == 1 ? "" : "s");
	}
	status = cmd_util_print(&out);
	buf_fini(&out);
	json_decref(chosen);
	return status;
}

/* ---- one finding ---- */

static void
field(struct buf *out, const char *label, const char *text)
{
	if (*text == '\0')
		return;
	buf_printf(out, "%-13s", label);
	cmd_util_wrap(out, 13, text);
}

static void
field_list(
    struct buf *out, const char *label, const json_t *v, const char *path)
{
	for (size_t i = 0; i < report_json_count(v, path); i++)
		field(out, i == 0 ? label : "",
		    report_json_item_text(v, path, i));
}

static void
show_certificate(const json_t *f, struct buf *out)
{
	const char *pin = report_json_text(f, "certificate.spki_sha256");
	char *text;

	if (json_is_null(report_json_at(f, "certificate")))
		return;
	field_list(out, "names", f, "certificate.names");
	field_list(out, "addresses", f, "certificate.addresses");
	text = mem_printf(
	    "sha256/%s (%s)", pin, report_json_text(f, "certificate.key"));
	field(out, "key", *pin != '\0' ? text : "");
	free(text);
	field(out, "issuer", report_json_text(f, "certificate.issuer"));
	field(out, "subject", report_json_text(f, "certificate.subject"));
	field(out, "serial", report_json_text(f, "certificate.serial"));
	text = mem_printf("%s to %s",
	    report_json_text(f, "certificate.not_before"),
	    report_json_text(f, "certificate.not_after"));
	field(out, "valid", text);
	free(text);
	field(out, "tbs", report_json_text(f, "certificate.tbs_sha256"));
	field_list(out, "odd", f, "certificate.notes");
}

static void
show_sightings(const json_t *f, struct buf *out)
{
	for (size_t i = 0; i < report_json_count(f, "sightings"); i++) {
		const json_t *at = report_json_item(f, "sightings", i);
		char *text = mem_printf(
		    "%s, log %.*s, entry %" JSON_INTEGER_FORMAT ", %s%s",
		    report_json_text(at, "timestamp"), ID_SHOWN,
		    report_json_text(at, "log_id"),
		    (json_int_t)report_json_int(at, "index"),
		    report_json_text(at, "kind"),
		    report_json_true(at, "verified") ? "" : ", not verified");

		field(out, i == 0 ? "logged" : "", text);
		free(text);
	}
}

static void
show_text(const json_t *f, struct buf *out)
{
	const struct rules_rule *rule = report_json_rule(f);

	field(out, "finding", report_json_text(f, "id"));
	buf_printf(out, "%-13s%s %s, %s\n", "rule", report_json_text(f, "rule"),
	    report_json_text(f, "name"), report_json_text(f, "severity"));
	field(out, "status", report_json_text(f, "status"));
	field(out, "reason", report_json_text(f, "reason"));
	field(out, "until", report_json_text(f, "until"));
	field(out, "what", report_json_text(f, "message"));
	if (rule != NULL) {
		field(out, "means", rule->meaning);
		field(out, "harmless if", rule->causes);
	}
	field(out, "to do", report_json_text(f, "remediation"));
	field_list(out, "watched", f, "watched");
	field_list(out, "matched", f, "matched_names");
	field_list(out, "notes", f, "notes");
	show_certificate(f, out);
	show_sightings(f, out);
}

static int
show(const struct settings *set, const json_t *doc, const char *id)
{
	struct buf out;
	int status = CLI_LOCAL;

	buf_init(&out, SIZE_MAX / 2);
	for (size_t i = 0; i < report_json_count(doc, "findings"); i++) {
		const json_t *f = report_json_item(doc, "findings", i);

		if (strcmp(report_json_text(f, "id"), id) != 0)
			continue;
		if (set->format == CMD_UTIL_JSON)
			cmd_util_json(f, &out);
		else
			show_text(f, &out);
		status = cmd_util_print(&out);
	}
	buf_fini(&out);
	return status;
}

/* ---- changing ---- */

/* Set the status and put it into the journal, both or neither. */
static int
change(struct store *s, const struct store_finding *f, enum store_status status,
    const struct settings *set)
{
	bool closed = status == STORE_CLOSED;
	char *actor = journal_actor(), until[TIME_TEXT], *text;
	char *reason = closed ? mem_printf("by hand: %s", set->reason)
	                      : mem_strdup(set->reason);
	json_t *detail = json_pack("{ss}", "rule", f->rule);
	bool ok;

	time_format(set->until, until);
	if (!closed)
		json_object_set_new(detail, "until", json_string(until));
	text = json_dumps(detail, JSON_COMPACT);
	json_decref(detail);
	ok = store_finding_status(
	         s, f->id, status, closed ? 0 : set->until, reason) &&
	    journal_add(s, actor,
	        closed ? "finding-closed" : "finding-suppressed", f->id,
	        set->reason, text) &&
	    store_commit(s);
	if (!ok)
		msg_error("%s", store_error(s));
	else if (closed)
		msg_info("finding %.*s is closed", ID_SHOWN, f->id);
	else
		msg_info("finding %.*s is suppressed until %s", ID_SHOWN, f->id,
		    until);
	free(text);
	free(reason);
	free(actor);
	return ok ? CLI_CLEAN : CLI_LOCAL;
}

/* What is missing for a change; NULL if nothing is. */
static const char *
missing(const struct settings *set, enum store_status status)
{
	if (set->reason == NULL || *set->reason == '\0')
		return "--reason is needed: say why, for who reads it later";
	if (status == STORE_SUPPRESSED && set->until <= time_now())
		return "--until is needed, a day to come: a finding that is "
		       "to stay away is closed, not suppressed";
	return NULL;
}

static int
change_one(const struct settings *set, const char *id, enum store_status status)
{
	const char *fault = missing(set, status);
	struct store_finding f;
	struct store *s;
	int exit_status = CLI_USAGE;

	if (fault != NULL) {
		msg_error("findings: %s", fault);
		return CLI_USAGE;
	}
	s = cmd_util_store(&set->common, STORE_WRITE);
	if (s == NULL)
		return CLI_LOCAL;
	if (cmd_util_find(s, id, &f)) {
		exit_status = change(s, &f, status, set);
		store_finding_fini(&f);
	}
	store_close(s);
	return exit_status;
}

/* ---- the command ---- */

static int
read_only(const struct settings *set, const char *id)
{
	struct store *s = cmd_util_store(&set->common, STORE_READ);
	struct store_finding f = { .rule = NULL };
	json_t *doc;
	int status = CLI_LOCAL;

	if (s == NULL)
		return CLI_LOCAL;
	if (id != NULL && !cmd_util_find(s, id, &f)) {
		store_close(s);
		return CLI_USAGE;
	}
	doc = cmd_util_findings(s);
	if (doc != NULL)
		status = id != NULL ? show(set, doc, f.id) : list(set, doc);
	json_decref(doc);
	store_finding_fini(&f);
	store_close(s);
	return status;
}

int
cli_findings(int argc, char *argv[])
{
	struct settings set = { .status = STATUS_UNSAID };
	const struct opts_opt opts[] = {
		{ "status", OPTS_WORD, &set.status, "WORD",
		    "new, open, suppressed, closed or all; not closed",
		    status_words },
		{ "severity", OPTS_WORD, &set.severity, "WORD",
		    "at or above note, low, medium, high or critical",
		    cmd_util_severities },
		{ "format", OPTS_WORD, &set.format, "text|json", "how to print",
		    cmd_util_forms },
		{ "reason", OPTS_TEXT, &set.reason, "TEXT",
		    "why it is closed or suppressed", NULL },
		{ "until", OPTS_TIME, &set.until, "DATE",
		    "when a suppression ends", NULL },
	};
	const struct opts_command command = { "findings",
		"list | show ID | close ID | suppress ID",
		"What is wrong, from the store: without network.", opts,
		sizeof opts / sizeof *opts };
	int n = opts_parse(&command, &set.common, argc, argv);
	const char *verb = n > 0 ? argv[1] : "list";

	if (n < 0)
		return n == -2 ? CLI_CLEAN : CLI_USAGE;
	if (n <= 1 && strcmp(verb, "list") == 0)
		return read_only(&set, NULL);
	if (n == 2 && strcmp(verb, "show") == 0)
		return read_only(&set, argv[2]);
	if (n == 2 && strcmp(verb, "close") == 0)
		return change_one(&set, argv[2], STORE_CLOSED);
	if (n == 2 && strcmp(verb, "suppress") == 0)
		return change_one(&set, argv[2], STORE_SUPPRESSED);
	msg_error("findings: list, or show, close or suppress with one ID; see "
	          "--help");
	return CLI_USAGE;
}
