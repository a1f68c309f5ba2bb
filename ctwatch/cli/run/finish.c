/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/run/finish.h"
#include <ctwatch/base/time.h>

static bool
save(struct store *s, int64_t run, const struct report *report)
{
	const struct report_style style = { .store = s };
	struct buf json;
	bool ok;

	buf_init(&json, SIZE_MAX / 2);
	report_writer("json")->write(report, &style, &json);
	ok = store_run_end(s, run, time_now(), report_exit_status(report),
	         buf_view(&json)) &&
	    store_commit(s);
	buf_fini(&json);
	return ok;
}

bool
run_finish(struct store *s, int64_t run, struct report *report,
    struct notify_helper *helper, const struct outputs *outputs)
{
	const struct notify_config *config = &helper->ready.config;
	bool saved;

	saved =
	    (!notify_configured(config) || notify_fill(config, report, s)) &&
	    save(s, run, report);
	if (saved && notify_configured(config)) {
		notify_helper_deliver(helper, s, report);
		saved = save(s, run, report);
	}
	if (!saved)
		report_add_failure(report, store_error(s));
	if (!outputs_write(outputs, report, s)) {
		report_add_exit(report, CLI_UNDELIVERED);
		saved = saved && save(s, run, report);
	}
	return saved;
}
