/* SPDX-License-Identifier: Apache-2.0 */
/*
 * cover_option: the option --skip-operator, and the cover plan as the reports
 * show it.
 */
#ifndef CTWATCH_CLI_COVER_OPTION_H
#define CTWATCH_CLI_COVER_OPTION_H

#include "cli/opts.h"
#include <ctwatch/net/loglist.h>
#include <ctwatch/report/report_cover.h>
#include <ctwatch/store/store.h>
#include <ctwatch/sync/cover.h>

/*
 * Find the operator that names, the values of --skip-operator, leave out: a
 * name, or "cheapest", which is recorded in s if save is set.  *out is borrowed
 * from logs or from names; NULL: none.  only are the values of --log, with which
 * none can be left out.  False after msg_error.
 */
bool cover_option_choose(const struct opts_list *names,
    const struct opts_list *only, const struct loglist *logs, struct store *s,
    bool save, const char **out);

/* The cover plan for a report; free with cover_option_fini. */
struct cover_option {
	struct report_cover report;
	struct report_cover_window windows[COVER_WINDOWS];
	char names[COVER_WINDOWS][COVER_NAME];
	char *rests_on; /* owned */
};

/* Fill *out, which report borrows from: do not move it. */
void cover_option_report(const struct cover *c, const char *operator,
    size_t left_out, struct cover_option *out);
void cover_option_fini(struct cover_option *o);

#endif
