/* SPDX-License-Identifier: Apache-2.0 */
#include <ctwatch/base/mem.h>
#include <ctwatch/base/time.h>
#include <ctwatch/wire/mimic_log.h>

#include "net/loglist_suspect.h"

/* Maximum percentage of known logs that a new list may lack. */
#define MAX_LOST 30

/* A usual certificate issued today expires after this time. */
#define USUAL_VALIDITY (90 * TIME_DAY)

static bool
is_read(const struct loglist_log *log, int64_t now)
{
	const char *why;

	return loglist_skip(log, now, &why) == LOGLIST_READ;
}

bool
loglist_suspect_covers(const struct loglist *l, int64_t now)
{
	int64_t end = now + USUAL_VALIDITY;

	for (size_t i = 0; i < l->n; i++) {
		const struct loglist_log *log = &l->v[i];

		if (is_read(log, now) && !loglist_is_closed(log, now) &&
		    (log->interval_end == 0 ||
		        (log->interval_start <= end &&
		            end < log->interval_end)))
			return true;
	}
	return false;
}

/* Count the logs read, the tiled ones among them, and those that l lacks. */
struct census {
	size_t read, tiled, lost;
};

static struct census
count(const struct loglist *of, const struct loglist *l, int64_t now)
{
	struct census c = { 0 };

	for (size_t i = 0; i < of->n; i++) {
		const struct loglist_log *same;

		if (!is_read(&of->v[i], now))
			continue;
		same = loglist_find(l, of->v[i].id);
		c.read++;
		c.tiled += of->v[i].kind == LOG_KIND_STATIC;
		c.lost += same == NULL || same->fault != NULL;
	}
	return c;
}

char *
loglist_suspect_list(
    const struct loglist *l, const struct loglist *old, int64_t now)
{
	struct census was, is;

	for (size_t i = 0; i < l->n; i++)
		if (mimic_log_is(l->v[i].id))
			return mem_printf("it has the mimic log %s, whose "
			                  "private key is public",
			    l->v[i].description);
	if (old == NULL)
		return NULL;
	was = count(old, l, now);
	is = count(l, l, now);
	if (was.lost * 100 > was.read * MAX_LOST)
		return mem_printf("it lacks %zu of %zu logs of the last list",
		    was.lost, was.read);
	if (was.tiled > 0 && is.tiled == 0)
		return mem_strdup("it has no tiled log");
	if (loglist_suspect_covers(old, now) && !loglist_suspect_covers(l, now))
		return mem_strdup(
		    "none of its logs accepts certificates issued today");
	return NULL;
}
