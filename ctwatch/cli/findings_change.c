/* SPDX-License-Identifier: Apache-2.0 */
/* findings_change: close, suppress or reopen findings. */
#include <stdlib.h>
#include <string.h>

#include <jansson.h>

#include "cli/findings.h"
#include <ctwatch/base/mem.h>
#include <ctwatch/base/msg.h>
#include <ctwatch/base/time.h>
#include <ctwatch/cli/cli.h>
#include <ctwatch/report/report_walk.h>
#include <ctwatch/store/journal.h>

/* By enum findings_change. */
static const struct {
	enum store_status status;
	const char *event, *done;
} changes[] = {
	{ STORE_CLOSED, "finding-closed", "closed" },
	{ STORE_SUPPRESSED, "finding-suppressed", "suppressed" },
	{ STORE_OPEN, "finding-reopened", "open again" },
};

/* Return the error of missing or conflicting options, or NULL. */
static const char *
missing(const struct findings_settings *set, enum findings_change change)
{
	bool filtered = set->rule != NULL || set->name != NULL;

	if (set->n_ids == 0 && !filtered)
		return "give the IDs of findings, or --rule or --name";
	if (set->n_ids > 0 && filtered)
		return "give either IDs, or --rule and --name";
	if (change != FINDINGS_REOPEN &&
	    (set->reason == NULL || *set->reason == '\0'))
		return "give --reason TEXT, for the journal";
	if (change == FINDINGS_SUPPRESS && set->until <= time_now())
		return "give --until DATE, in the future; to hide a finding "
		       "without an end, close it";
	return NULL;
}

/* ---- which findings ---- */

/* Report whether the change applies to a finding with this status. */
static bool
changes_it(enum findings_change change, enum store_status status)
{
	bool closed = status == STORE_CLOSED,
	     suppressed = status == STORE_SUPPRESSED;

	switch (change) {
	case FINDINGS_CLOSE:
		return !closed;
	case FINDINGS_SUPPRESS:
		return !closed && !suppressed;
	case FINDINGS_REOPEN:
		break;
	}
	return closed || suppressed;
}

/* Add the findings with the IDs to the object; return false after msg_error. */
static bool
choose_by_id(struct store *s, const struct findings_settings *set,
    enum findings_change change, json_t *chosen)
{
	for (size_t i = 0; i < set->n_ids; i++) {
		struct store_finding f;
		bool live;

		if (!cmd_util_find(s, set->ids[i], &f))
			return false;
		live = f.status == STORE_NEW || f.status == STORE_OPEN;
		if (change == FINDINGS_REOPEN && live) {
			msg_error("finding %.*s is not closed and not "
			          "suppressed",
			    FINDINGS_ID, f.id);
			store_finding_fini(&f);
			return false;
		}
		json_object_set_new(chosen, f.id, json_string(f.rule));
		store_finding_fini(&f);
	}
	return true;
}

/* Add the findings that match. */
static bool
choose_by_filter(struct store *s, const struct findings_settings *set,
    enum findings_change change, json_t *chosen)
{
	struct report *r = cmd_util_findings(s);
	struct report_walk w;

	if (r == NULL)
		return false;
	w = report_walk(r, STORE_ITEM_FINDING);
	while (report_walk_next(&w))
		if (changes_it(change, w.status) && findings_match(set, &w))
			json_object_set_new(chosen, w.id, json_string(w.rule));
	report_free(r);
	if (json_object_size(chosen) == 0)
		msg_error("findings: no finding matches that is not %s",
		    changes[change].done);
	return json_object_size(chosen) > 0;
}

/* ---- the change ---- */

/* Set the status and put it into the journal; the caller commits. */
static bool
change_one(struct store *s, const struct findings_settings *set,
    enum findings_change change, const char *id, const char *rule)
{
	char *actor = journal_actor(), until[TIME_TEXT], *text;
	char *reason = change == FINDINGS_CLOSE
	    ? mem_printf("by hand: %s", set->reason)
	    : change == FINDINGS_SUPPRESS ? mem_strdup(set->reason)
	                                  : NULL;
	json_t *detail = json_pack("{ss}", "rule", rule);
	bool ok;

	if (change == FINDINGS_SUPPRESS) {
		time_format(set->until, until);
		json_object_set_new(detail, "until", json_string(until));
	}
	text = json_dumps(detail, JSON_COMPACT);
	json_decref(detail);
	ok = store_finding_status(s, id, changes[change].status,
	         change == FINDINGS_SUPPRESS ? set->until : 0, reason) &&
	    journal_add(s, actor, changes[change].event, id,
	        set->reason != NULL ? set->reason : "reopened", text);
	free(text);
	free(reason);
	free(actor);
	return ok;
}

/* Change all findings in one transaction. */
static int
change_all(struct store *s, const struct findings_settings *set,
    enum findings_change change, json_t *chosen)
{
	size_t n = json_object_size(chosen);
	bool ok = true;
	const char *id;
	json_t *rule;

	json_object_foreach(chosen, id, rule)
		ok = ok &&
		    change_one(s, set, change, id, json_string_value(rule));
	if (!ok || !store_commit(s)) {
		msg_error("%s", store_error(s));
		return CLI_LOCAL;
	}
	json_object_foreach(chosen, id, rule)
		msg_info("finding %.*s (%s) is %s", FINDINGS_ID, id,
		    json_string_value(rule), changes[change].done);
	if (n > 1)
		msg_info("%zu findings are %s", n, changes[change].done);
	return CLI_CLEAN;
}

int
findings_change(
    const struct findings_settings *set, enum findings_change change)
{
	const char *fault = missing(set, change);
	json_t *chosen;
	struct store *s;
	int status = CLI_USAGE;

	if (fault != NULL) {
		msg_error("findings: %s", fault);
		return CLI_USAGE;
	}
	s = cmd_util_store(&set->common, STORE_WRITE);
	if (s == NULL)
		return CLI_LOCAL;
	chosen = json_object();
	if (set->n_ids > 0 ? choose_by_id(s, set, change, chosen)
	                   : choose_by_filter(s, set, change, chosen))
		status = change_all(s, set, change, chosen);
	json_decref(chosen);
	store_close(s);
	return status;
}
