/* SPDX-License-Identifier: Apache-2.0 */
#include <string.h>

#include <jansson.h>

#include "cli/findings.h"
#include <ctwatch/base/guess.h>
#include <ctwatch/base/msg.h>
#include <ctwatch/cli/cli.h>
#include <ctwatch/policy/rules.h>
#include <ctwatch/report/report.h>
#include <ctwatch/report/report_walk.h>

static const char *const status_words[] = { "new", "open", "suppressed",
	"closed", "all", NULL };

static bool
check_rule(const char *rule)
{
	struct guess g = { .typed = rule };
	const struct rules_rule *all;
	size_t n;

	if (rule == NULL || rules_find(rule) != NULL)
		return true;
	all = rules_all(&n);
	for (size_t i = 0; i < n; i++) {
		guess_offer(&g, all[i].id);
		guess_offer(&g, all[i].name);
	}
	if (g.word != NULL)
		msg_error("--rule: unknown rule '%s'; did you mean %s?", rule,
		    g.word);
	else
		msg_error("--rule: unknown rule '%s'; ctwatch explain lists "
		          "them",
		    rule);
	return false;
}

static int
list(const struct findings_settings *set)
{
	struct store *s = cmd_util_store(&set->common, STORE_READ);
	struct report *r = s != NULL ? cmd_util_findings(s) : NULL;
	int status = r != NULL ? findings_list(set, r) : CLI_LOCAL;

	report_free(r);
	store_close(s);
	return status;
}

static int
show(const struct findings_settings *set, const char *id)
{
	struct store *s = cmd_util_store(&set->common, STORE_READ);
	struct store_finding f;
	json_t *v;
	int status = CLI_LOCAL;

	if (s == NULL)
		return CLI_LOCAL;
	if (!cmd_util_find(s, id, &f)) {
		store_close(s);
		return CLI_USAGE;
	}
	v = report_finding(s, f.id);
	if (v != NULL)
		status = findings_show(set, v);
	else
		msg_error("%s", store_error(s));
	json_decref(v);
	store_finding_fini(&f);
	store_close(s);
	return status;
}

int
cli_findings(int argc, char *argv[])
{
	struct findings_settings set = { .status = FINDINGS_UNSAID };
	const struct opts_opt opts[] = {
		{ "status", OPTS_WORD, &set.status, "WORD",
		    "new, open, suppressed, closed or all; not closed",
		    status_words },
		{ "severity", OPTS_WORD, &set.severity, "WORD",
		    "at or above note, low, medium, high or critical",
		    cmd_util_severities },
		{ "rule", OPTS_TEXT, &set.rule, "RULE",
		    "of this rule only: CTW001 or unexpected-key", NULL },
		{ "name", OPTS_TEXT, &set.name, "NAME",
		    "about NAME only; .NAME: or a name below it", NULL },
		{ "format", OPTS_WORD, &set.format, "text|json",
		    "output format", cmd_util_forms },
		{ "reason", OPTS_TEXT, &set.reason, "TEXT",
		    "reason, for the journal", NULL },
		{ "until", OPTS_TIME, &set.until, "DATE",
		    "end of the suppression", NULL },
	};
	const struct opts_command command = { "findings",
		"list|show ID|close|suppress|reopen ID ...",
		"List and change findings in the store, without network.", opts,
		sizeof opts / sizeof *opts };
	static const char *const verbs[] = { "close", "suppress", "reopen" };
	int n = opts_parse(&command, &set.common, argc, argv);
	const char *verb = n > 0 ? argv[1] : "list";

	if (n < 0)
		return n == -2 ? CLI_CLEAN : CLI_USAGE;
	if (!check_rule(set.rule))
		return CLI_USAGE;
	if (n <= 1 && strcmp(verb, "list") == 0)
		return list(&set);
	if (n == 2 && strcmp(verb, "show") == 0)
		return show(&set, argv[2]);
	set.ids = argv + 2;
	set.n_ids = n > 1 ? (size_t)n - 1 : 0;
	for (int i = FINDINGS_CLOSE; i <= FINDINGS_REOPEN; i++)
		if (strcmp(verb, verbs[i]) == 0)
			return findings_change(&set, (enum findings_change)i);
	msg_error("findings: list, show ID, or close, suppress or reopen IDs; "
	          "see --help");
	return CLI_USAGE;
}
