/* SPDX-License-Identifier: Apache-2.0 */
/*
 * items: the findings and expected certificates of a report that is in the
 * store, in the order of the report; only their keys are in memory.
 */
#ifndef CTWATCH_REPORT_ITEMS_H
#define CTWATCH_REPORT_ITEMS_H

#include <ctwatch/store/store_item.h>

struct json_t; /* jansson's */

/* The period of a report. */
struct items_span {
	int64_t since; /* ms: start of the run or period; 0: unlimited */
	int64_t until; /* ms: its end */
	int64_t run;   /* new findings are of this run; 0: of the period */
};

struct report_items {
	struct store *s; /* borrowed */
	bool period;     /* closed findings say whether they are resolved */
	struct store_item *v[2]; /* by enum store_item_kind; owned */
	size_t n[2];
};

/*
 * Collect what a report of the period shows; the caller frees.  With keep,
 * store what changed as shown by the run of the span.  NULL if the store
 * failed.
 */
struct report_items *items_collect(
    struct store *s, const struct items_span *span, bool keep);

/* Collect what the stored report of a run shows; the caller frees. */
struct report_items *items_of_run(struct store *s, int64_t run);

/* Return items of the same report with none in it, which the caller frees; add
 * one of them. */
struct report_items *items_none_of(const struct report_items *items);
void items_add(struct report_items *items, enum store_item_kind kind,
    const struct store_item *i);

void items_free(struct report_items *items);

/* Load number i of a kind, for a document with "pins" and "owners"; owned by
 * the caller.  An empty object if the store failed. */
struct json_t *items_load(const struct report_items *items,
    enum store_item_kind kind, size_t i, const struct json_t *doc);

#endif
