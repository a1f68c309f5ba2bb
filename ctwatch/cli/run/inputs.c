/* SPDX-License-Identifier: Apache-2.0 */
#include <string.h>

#include "cli/run/inputs.h"
#include <ctwatch/base/limits.h>
#include <ctwatch/base/msg.h>
#include <ctwatch/base/time.h>
#include <ctwatch/policy/watchlist.h>

static bool
load_watchlist(struct watch *w, const char *path, struct buf *error)
{
	struct blob text;
	bool ok;

	if (path == NULL)
		return true;
	if (!opts_read_file(path, LIMIT_WATCH_LIST, &text))
		return false;
	ok = watchlist_load(w, &text, path, error);
	blob_fini(&text);
	return ok;
}

struct watch *
run_inputs_watch(const char *watchlist, const struct opts_list *watches,
    const struct pinset *p)
{
	struct watch *w = watch_new();
	struct buf error;
	bool ok;

	buf_init(&error, 4096);
	ok = load_watchlist(w, watchlist, &error);
	for (size_t i = 0; ok && i < watches->n; i++)
		ok = watch_add(w, bytes_of(watches->v[i]), &error);
	for (size_t i = 0; ok && p != NULL && i < p->n_domains; i++)
		ok = watch_add(w, bytes_of(p->domains[i].pattern), &error);
	if (ok && watch_count(w) == 0) {
		buf_add_text(&error,
		    "nothing is watched: give --watch, "
		    "--watchlist or --pinset");
		ok = false;
	}
	if (!ok && error.n > 0)
		msg_error("%s", buf_text(&error));
	buf_fini(&error);
	if (!ok) {
		watch_free(w);
		return NULL;
	}
	watch_build(w);
	return w;
}

bool
run_inputs_witnesses(const char *path, struct witness_policy **out)
{
	struct blob text = { 0 };
	struct buf error;

	*out = NULL;
	if (path == NULL)
		return true;
	if (!opts_read_file(path, LIMIT_SMALL_BODY, &text))
		return false;
	buf_init(&error, 4096);
	*out = witness_policy_parse(blob_view(text), path, &error);
	if (*out == NULL)
		msg_error("%s", buf_text(&error));
	buf_fini(&error);
	blob_fini(&text);
	return *out != NULL;
}

bool
run_inputs_since(const char *since, struct sync_options *out)
{
	int64_t t;

	if (since == NULL || strcmp(since, "now") == 0)
		out->since = SYNC_SINCE_NOW;
	else if (strcmp(since, "start") == 0)
		out->since = SYNC_SINCE_START;
	else {
		out->since = SYNC_SINCE_TIME;
		if (time_parse_duration(since, &t))
			out->since_time = time_now() - t;
		else if (time_parse(since, &t))
			out->since_time = t;
		else {
			msg_error("--since: '%s' is neither now, start, a "
			          "duration nor a time",
			    since);
			return false;
		}
	}
	return true;
}
