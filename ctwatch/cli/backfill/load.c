/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/backfill/load.h"
#include "cli/opts.h"
#include <ctwatch/base/limits.h>
#include <ctwatch/base/msg.h>

struct backfill_plan *
backfill_load(const char *path)
{
	struct backfill_plan *p = NULL;
	struct blob text;
	struct buf error;

	if (!opts_read_file(path, LIMIT_USER_FILE, &text))
		return NULL;
	buf_init(&error, 4096);
	p = backfill_plan_parse(blob_view(text), path, &error);
	if (p == NULL)
		msg_error("%s", buf_text(&error));
	buf_fini(&error);
	blob_fini(&text);
	return p;
}

struct watch *
backfill_load_watch(const struct backfill_plan *p)
{
	struct buf error;
	struct watch *w;

	buf_init(&error, 4096);
	w = backfill_plan_watch(p, &error);
	if (w == NULL)
		msg_error("the plan: %s", buf_text(&error));
	buf_fini(&error);
	return w;
}
