/* SPDX-License-Identifier: Apache-2.0 */
#include <ctwatch/base/text.h>
#include <ctwatch/base/time.h>

#include "net/loglist_suspect.h"

#include "../support/make_loglist.h"

static int64_t now;

static struct loglist *
chromes(void)
{
	static const char *const names[] = { "google-2026-04-19.json" };

	return loglists_load(names, 1);
}

static bool
is_read(const struct loglist_log *log)
{
	const char *why;

	return loglist_skip(log, now, &why) == LOGLIST_READ;
}

static void
drop(struct loglist *l, size_t i)
{
	loglist_log_fini(&l->v[i]);
	memmove(&l->v[i], &l->v[i + 1], (l->n - i - 1) * sizeof *l->v);
	l->n--;
}

/* Drop the first n logs of which is_read is read. */
static void
drop_some(struct loglist *l, size_t n, bool read)
{
	for (size_t i = 0; i < l->n && n > 0;)
		if (is_read(&l->v[i]) == read) {
			drop(l, i);
			n--;
		} else
			i++;
}

static void
holds(const struct loglist *l, const struct loglist *old, const char *why)
{
	char *got = loglist_suspect_list(l, old, now);

	if ((got == NULL) != (why == NULL))
		fprintf(stderr, "%s\n", got != NULL ? got : "not suspect");
	CHECK((got == NULL) == (why == NULL));
	CHECK(why == NULL || strstr(got, why) != NULL);
	free(got);
}

static void
counts_the_logs_that_a_list_lacks(void)
{
	struct loglist *old = chromes(), *l = chromes();
	size_t read = 0;

	for (size_t i = 0; i < old->n; i++)
		read += is_read(&old->v[i]);
	CHECK(read == 52); /* not retired, not expired: by json and a count */
	holds(l, old, NULL);
	drop_some(l, SIZE_MAX, false); /* expired, retired */
	holds(l, old, NULL);
	drop_some(l, 15, true);
	holds(l, old, NULL); /* not more than 30 % */
	drop_some(l, 1, true);
	holds(l, old, "it lacks 16 of 52 logs");
	/* Without another list there is nothing to compare with. */
	holds(l, NULL, NULL);
	loglist_free(l);
	/* A log whose entry has a fault is lost too. */
	l = chromes();
	for (size_t i = 0; i < l->n; i++)
		if (is_read(&l->v[i]))
			l->v[i].fault = mem_strdup("key: not base64");
	holds(l, old, "it lacks 52 of 52 logs");
	loglist_free(l);
	loglist_free(old);
}

static void
requires_tiled_logs(void)
{
	struct loglist *old = chromes(), *l = chromes();

	for (size_t i = 0; i < l->n; i++)
		l->v[i].kind = LOG_KIND_RFC6962;
	holds(l, old, "no tiled log");
	/* Not of a list that had none. */
	holds(l, l, NULL);
	loglist_free(l);
	loglist_free(old);
}

static void
requires_logs_for_new_certificates(void)
{
	struct loglist *old = chromes(), *l = chromes();
	int64_t usual = now + 90 * TIME_DAY;

	CHECK(loglist_suspect_covers(l, now));
	for (size_t i = 0; i < l->n; i++)
		if (l->v[i].interval_end > usual)
			l->v[i].interval_end = usual;
	CHECK(!loglist_suspect_covers(l, now));
	holds(l, old, "accepts certificates issued today");
	holds(l, l, NULL);
	CHECK(loglist_suspect_covers(l, now - 1));
	/* A log without an interval takes all, unless it is readonly. */
	l->v[0].interval_start = l->v[0].interval_end = 0;
	l->v[0].state = LOGLIST_USABLE;
	CHECK(loglist_suspect_covers(l, now));
	l->v[0].state = LOGLIST_READONLY;
	CHECK(!loglist_suspect_covers(l, now));
	loglist_free(l);
	loglist_free(old);
}

static void
detects_mimic_logs(void)
{
	for (int i = 1; i <= 2; i++) {
		char *path = mem_printf("loglists/mimic-%d.spki.der", i);
		struct bytes key = test_data(path);
		struct loglist *l = chromes();

		sha256_digest(key, l->v[5].id);
		holds(l, NULL, "it has the mimic log");
		free((void *)key.p);
		free(path);
		loglist_free(l);
	}
}

int
main(void)
{
	CHECK(time_parse("2026-04-20T00:00:00Z", &now));
	counts_the_logs_that_a_list_lacks();
	requires_tiled_logs();
	requires_logs_for_new_certificates();
	detects_mimic_logs();
	return 0;
}
