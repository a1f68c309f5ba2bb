/* SPDX-License-Identifier: Apache-2.0 */
#include <stdlib.h>
#include <string.h>

#include "cli/cover_option.h"
#include <ctwatch/base/msg.h>
#include <ctwatch/base/time.h>
#include <ctwatch/sync/cover_cost.h>

bool
cover_option_choose(const struct opts_list *names, const struct opts_list *only,
    const struct loglist *logs, struct store *s, bool save, const char **out)
{
	const char *why = NULL;
	struct buf error;

	*out = NULL;
	if (names->n == 0)
		return true;
	if (names->n > 1)
		why = "give one operator: a certificate that browsers accept "
		      "may be in the logs of any two operators alone";
	else if (only->n > 0)
		why = "cannot be given with --log";
	if (why != NULL) {
		msg_error("--skip-operator: %s", why);
		return false;
	}
	if (strcmp(names->v[0], "cheapest") == 0) {
		if (s != NULL)
			*out =
			    cover_cost_choose(s, logs, time_now(), save, &why);
		else
			why = "there is no state yet";
		if (*out == NULL)
			msg_warn("--skip-operator: no operator is left out: %s",
			    why);
		return true;
	}
	buf_init(&error, 4096);
	*out = cover_find_operator(logs, names->v[0], time_now(), &error);
	if (*out == NULL)
		msg_error("--skip-operator: %s", buf_text(&error));
	buf_fini(&error);
	return *out != NULL;
}

void
cover_option_report(const struct cover *c, const char *operator,
    size_t left_out, struct cover_option *out)
{
	struct buf lines;

	buf_init(&lines, SIZE_MAX / 2);
	cover_explain(c, operator, & lines);
	out->rests_on = buf_detach(&lines);
	for (size_t i = 0; i < c->n; i++) {
		const struct cover_window *w = &c->v[i];

		cover_window_name(w, out->names[i]);
		out->windows[i] =
		    (struct report_cover_window){ .name = out->names[i],
			    .from = w->from,
			    .to = w->to,
			    .operators = w->operators,
			    .unread = w->unread,
			    .read = w->read,
			    .only_log = w->read == 1 ? w->read_log->description
			                             : NULL };
	}
	out->report = (struct report_cover){ .operator= operator,
		.left_out = left_out,
		.complete = c->complete,
		.rests_on = out->rests_on,
		.windows = out->windows,
		.n_windows = c->n };
}

void
cover_option_fini(struct cover_option *o)
{
	free(o->rests_on);
	o->rests_on = NULL;
}
