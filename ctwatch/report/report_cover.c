/* SPDX-License-Identifier: Apache-2.0 */
#include <jansson.h>

#include <ctwatch/report/collect.h>
#include <ctwatch/report/report_cover.h>

json_t *
report_cover_json(const struct report_cover *c)
{
	json_t *windows = json_array();

	for (size_t i = 0; i < c->n_windows; i++) {
		const struct report_cover_window *w = &c->windows[i];

		json_array_append_new(windows,
		    json_pack("{ss so so sI sI sI so}", "expiry", w->name,
		        "from", collect_time(w->from), "to",
		        collect_time(w->to), "operators",
		        (json_int_t)w->operators, "operators_unread",
		        (json_int_t)w->unread, "logs_read", (json_int_t)w->read,
		        "only_log", collect_text(w->only_log)));
	}
	return json_pack("{so sI sb so so}", "skipped_operator",
	    collect_text(c->operator), "logs_left_out", (json_int_t)c->left_out,
	    "complete", (int)c->complete, "rests_on",
	    collect_lines(c->rests_on), "windows", windows);
}
