/* SPDX-License-Identifier: Apache-2.0 */
/* findings_match: select findings by --rule, --name and --severity. */
#include <string.h>
#include <strings.h>

#include <jansson.h>

#include "cli/findings.h"
#include <ctwatch/policy/rules.h>
#include <ctwatch/report/report_walk.h>

/* Report whether name is wanted, or with a dot before it lies below it. */
static bool
is_name(const char *wanted, const char *name)
{
	size_t n = strlen(name), tail = strlen(wanted);

	if (*wanted == '.')
		return strcasecmp(wanted + 1, name) == 0 ||
		    (n > tail && strcasecmp(name + n - tail, wanted) == 0);
	return strcasecmp(wanted, name) == 0;
}

static bool
has_name(const json_t *f, const char *member, const char *wanted)
{
	for (size_t i = 0; i < report_json_count(f, member); i++)
		if (is_name(wanted, report_json_item_text(f, member, i)))
			return true;
	return false;
}

bool
findings_match(const struct findings_settings *set, struct report_walk *w)
{
	const json_t *f;

	if ((int)w->severity < set->severity)
		return false;
	if (set->rule != NULL && rules_find(w->rule) != rules_find(set->rule))
		return false;
	if (set->name == NULL)
		return true;
	f = report_walk_json(w);
	return has_name(f, "matched_names", set->name) ||
	    has_name(f, "watched", set->name) ||
	    has_name(f, "certificate.names", set->name) ||
	    is_name(set->name, report_json_text(f, "subject"));
}
