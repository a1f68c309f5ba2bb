/* SPDX-License-Identifier: Apache-2.0 */
/* explain: the command `explain': print what a rule means and what to do. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <jansson.h>

#include "cli/cmd_util.h"
#include <ctwatch/base/mem.h>
#include <ctwatch/base/msg.h>
#include <ctwatch/cli/cli.h>
#include <ctwatch/policy/rules.h>

/* The key of a finding, by kind. */
static const char *const per[] = {
	[RULES_CERT] = "watched name and certificate",
	[RULES_SPKI] = "key",
	[RULES_PIN] = "pin",
	[RULES_DOMAIN] = "domain",
	[RULES_LOG] = "log, or entry of it",
	[RULES_RUN] = "clock, pinset or consumer",
};

/* Print a heading and its text below, in lines of at most 78 columns. */
static void
print_paragraph(const char *heading, const char *text)
{
	size_t column = 0;

	printf("\n%s\n", heading);
	while (*text != '\0') {
		size_t n = strcspn(text, " ");

		if (column > 0 && column + 1 + n > 78) {
			putchar('\n');
			column = 0;
		}
		column += (size_t)printf(
		    "%s%.*s", column == 0 ? "    " : " ", (int)n, text);
		text += n;
		text += strspn(text, " ");
	}
	putchar('\n');
}

static void
print_rule(const struct rules_rule *r)
{
	printf("%s %s\n%s; one finding for each %s\n", r->id, r->name,
	    rules_severity_word(r->severity), per[r->key]);
	print_paragraph("What it means", r->meaning);
	print_paragraph("Likely harmless causes", r->causes);
	print_paragraph("What to do", r->remedy);
	print_paragraph("Reference", r->reference);
}

static json_t *
rule_json(const struct rules_rule *r)
{
	return json_pack("{ss ss ss ss ss ss ss ss}", "id", r->id, "name",
	    r->name, "severity", rules_severity_word(r->severity), "per",
	    per[r->key], "meaning", r->meaning, "causes", r->causes, "remedy",
	    r->remedy, "reference", r->reference);
}

/* Print the rules named by the operands, or the list of all. */
static void
print_rules(const struct rules_rule *const *v, size_t n, int format, bool all)
{
	json_t *list = json_array();

	for (size_t i = 0; i < n; i++)
		if (format == CMD_UTIL_JSON)
			json_array_append_new(list, rule_json(v[i]));
		else if (all)
			printf("%s %-8s %s\n", v[i]->id,
			    rules_severity_word(v[i]->severity), v[i]->name);
		else {
			if (i > 0)
				putchar('\n');
			print_rule(v[i]);
		}
	if (format == CMD_UTIL_JSON)
		cmd_util_print_json(json_pack(
		    "{ss so}", "format", "ctwatch-rules/1", "rules", list));
	else
		json_decref(list);
}

int
cli_explain(int argc, char *argv[])
{
	struct opts_common common = { 0 };
	int format = CMD_UTIL_TEXT;
	const struct opts_opt opts[] = {
		{ "format", OPTS_WORD, &format, "text|json",
		    "output format (default text)", cmd_util_forms },
	};
	const struct opts_command command = { "explain", "[RULE ...]",
		"Explain a rule: meaning, reason and remedy; without a rule, "
		"list all.",
		opts, 1 };
	int operands = opts_parse(&command, &common, argc, argv);
	const struct rules_rule **v;
	const struct rules_rule *all;
	size_t n;

	if (operands < 0)
		return operands == -2 ? CLI_CLEAN : CLI_USAGE;
	all = rules_all(&n);
	v = mem_alloc(n + (size_t)operands, sizeof *v);
	for (size_t i = 0; i < n; i++)
		v[i] = &all[i];
	for (int i = 0; i < operands; i++) {
		v[i] = rules_find(argv[1 + i]);
		if (v[i] != NULL)
			continue;
		msg_error("explain: unknown rule '%s'; see `ctwatch explain' "
		          "for all rules",
		    argv[1 + i]);
		free(v);
		return CLI_USAGE;
	}
	print_rules(
	    v, operands > 0 ? (size_t)operands : n, format, operands == 0);
	free(v);
	return CLI_CLEAN;
}
