/* SPDX-License-Identifier: Apache-2.0 */
#include <inttypes.h>
#include <signal.h>

#include "cli/run/read.h"
#include <ctwatch/base/msg.h>
#include <ctwatch/store/store_index.h>
#include <ctwatch/wire/sha256.h>

static void
on_signal(int signal)
{
	(void)signal;
	sync_stop();
}

static void
catch_signals(void)
{
	struct sigaction act = { .sa_handler = on_signal };

	sigaction(SIGTERM, &act, NULL);
	sigaction(SIGINT, &act, NULL);
	act.sa_handler = SIG_IGN;
	sigaction(SIGPIPE, &act, NULL);
}

/* For --verbose: print waiting times and CPU times. */
static void
print_times(const struct sync_result *r)
{
	const struct sync_times *t = &r->times;

	msg_debug("%" PRIu64 " entries: answers of the logs took %" PRId64
	          " ms in all; CPU: inflating %" PRId64 " ms, decoding %" PRId64
	          " ms, hashing %" PRId64 " ms, matching %" PRId64
	          " ms, saving %" PRId64 " ms",
	    r->entries, t->network, t->work.inflating / 1000,
	    t->work.decoding / 1000, t->work.hashing / 1000,
	    t->work.matching / 1000, t->saving / 1000);
}

static const char *
item_at(const void *watch, size_t i)
{
	return watch_item(watch, i);
}

/* Record where the search for each item begins; commit it before reading the
 * first entry. */
static bool
begin_search(struct store *s, const struct watch *w, int64_t run)
{
	return store_watched_begin(
	           s, run, watch_digest(w), watch_count(w), item_at, w) &&
	    store_commit(s);
}

/*
 * Return the keys of the items that are new in a run; NULL if there are none,
 * the state has no index, or an item reaches too far for it.
 */
static struct name_keys *
new_items(struct store *s, int64_t run)
{
	uint8_t secret[NAME_KEYS_SECRET];
	struct name_keys *keys = NULL;
	struct store_watched fresh;
	bool all = false;

	if (!store_index_secret(s, false, secret) ||
	    !store_watched_new(s, run, INT64_MAX, &fresh))
		return NULL;
	if (fresh.n > 0)
		keys = name_keys_new(secret);
	for (size_t i = 0; keys != NULL && !all && i < fresh.n; i++) {
		name_keys_item(keys, bytes_of(fresh.items[i]), &all);
		if (all)
			msg_info("%s reaches too far for the index, which is "
			         "not searched for new items; see backfill",
			    fresh.items[i]);
	}
	store_watched_fini(&fresh);
	if (!all)
		return keys;
	name_keys_free(keys);
	return NULL;
}

bool
run_read_begin(
    const struct sync_options *options, int64_t started, struct run_read *run)
{
	struct store *s = options->store;

	catch_signals();
	run->number = store_run_begin(s, started);
	run->since = store_run_since(s, run->number);
	return run->number != 0 && begin_search(s, options->watch, run->number);
}

bool
run_read(const struct sync_options *options, int64_t started,
    struct run_read *run, struct sync_result *out)
{
	struct sync_options o = *options;
	struct name_keys *keys;
	bool ok;

	*out = (struct sync_result){ .n = 0 };
	if (!run_read_begin(options, started, run))
		return false;
	o.run = run->number;
	o.new_items = keys = new_items(options->store, run->number);
	ok = sync_all(&o, out);
	name_keys_free(keys);
	if (ok)
		print_times(out);
	return ok;
}
