/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/run/finish.h"
#include <ctwatch/base/time.h>

static bool
save(struct store *s, const struct report *report)
{
	return report_save(report, s, time_now()) && store_commit(s);
}

bool
run_finish(struct store *s, struct report *report, struct notify_helper *helper,
    const struct outputs *outputs, bool *written)
{
	const struct notify_config *config = &helper->ready.config;
	bool saved;

	saved =
	    (!notify_configured(config) || notify_fill(config, report, s)) &&
	    save(s, report);
	if (saved && notify_configured(config)) {
		notify_helper_deliver(helper, s, report);
		saved = save(s, report);
	}
	*written = saved;
	if (saved && !outputs_write(outputs, report, s)) {
		report_add_exit(report, CLI_UNDELIVERED);
		saved = save(s, report);
	}
	return saved;
}
