/* SPDX-License-Identifier: Apache-2.0 */
/*
 * report_walk: step through the findings or the expected certificates of a
 * report, in its order.
 *
 * Those of a report in the store are loaded one by one, and only if their JSON
 * is asked for, so that a report needs no more memory than one of them.
 */
#ifndef CTWATCH_REPORT_REPORT_WALK_H
#define CTWATCH_REPORT_REPORT_WALK_H

#include <ctwatch/policy/rules.h>
#include <ctwatch/report/report_json.h>
#include <ctwatch/store/store_item.h>

struct report_walk {
	const struct report *r;
	enum store_item_kind kind;
	size_t next;         /* the number of the next one; it may be set */
	struct json_t *json; /* of the current one, if it is loaded; owned */
	/* Of the current finding; id and rule are borrowed until the next step. */
	enum rules_severity severity;
	enum store_status status;
	bool resolved;
	const char *id, *rule;
};

/* Return the number of findings or expected certificates. */
size_t report_walk_count(const struct report *r, enum store_item_kind kind);

/* Begin before the first. */
struct report_walk report_walk(
    const struct report *r, enum store_item_kind kind);

/* Step to the next; false at the end. */
bool report_walk_next(struct report_walk *w);

/* End a walk before report_walk_next has returned false. */
void report_walk_end(struct report_walk *w);

/* Return the JSON of the current one, borrowed until the next step. */
struct json_t *report_walk_json(struct report_walk *w);

/* What lists show of the current finding; free with store_item_brief_fini. */
void report_walk_brief(struct report_walk *w, struct store_item_brief *out);

/* Report whether the current finding is new or open, or is new. */
bool report_walk_is_live(const struct report_walk *w);
bool report_walk_is_new(const struct report_walk *w);

/* Report whether the current one has a certificate; set its expiry in ms, 0 if
 * it cannot be read. */
bool report_walk_not_after(struct report_walk *w, int64_t *out);

#endif
