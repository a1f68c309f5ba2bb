/* SPDX-License-Identifier: Apache-2.0 */
/*
 * watch_item: a name as a watch list or a pinset has it.
 */
#ifndef CTWATCH_POLICY_WATCH_ITEM_H
#define CTWATCH_POLICY_WATCH_ITEM_H

#include <ctwatch/base/limits.h>
#include <ctwatch/policy/host_pattern.h>

struct watch_item_name {
	/* Lower-case A-labels without a dot at either end, part of the item or
	 * of ascii; empty for ".", all names. */
	struct bytes name;
	enum host_pattern_reach reach;
	bool converted; /* name is part of ascii */
	char ascii[LIMIT_READING];
};

/*
 * Parse example.com, .example.com, *.example.com, **.example.com or ".";
 * U-labels are converted.  Return NULL, or why the item cannot match any name
 * (static storage).
 */
const char *watch_item_parse(struct bytes item, struct watch_item_name *out);

#endif
