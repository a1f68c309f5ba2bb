/* SPDX-License-Identifier: Apache-2.0 */
/* Which certificates logs that are read show: one operator may be missing, for
 * each half-year of expiry by itself; and what an operator costs. */
#include <string.h>

#include <ctwatch/base/time.h>
#include <ctwatch/sync/cover.h>
#include <ctwatch/sync/cover_cost.h>
#include <ctwatch/sync/coverage.h>

#include "../support/test.h"
#include "../support/test_state.h"

#define TEXT(s)      ((char *)(uintptr_t)(s))
#define DAY(y, m, d) (time_days(y, m, d) * TIME_DAY)

/* 2026-11-29, noon. */
#define NOW (DAY(2026, 11, 29) + 12 * TIME_HOUR)

static struct loglist_log
make_log(const char *operator, int64_t start, int64_t end)
{
	return (struct loglist_log){ .operator= TEXT(operator),
		.description = TEXT("a log"),
		.url = TEXT("https://log.test/"),
		.state = LOGLIST_USABLE,
		.listed = true,
		.interval_start = start,
		.interval_end = end };
}

/* Judge logs of which those in unread, by their letters from a on, are
 * unread. */
static struct cover
judge(const struct loglist_log *logs, size_t n, const char *unread)
{
	struct cover_log v[16];
	struct cover c;

	for (size_t i = 0; i < n; i++)
		v[i] = (struct cover_log){ &logs[i],
			strchr(unread, 'a' + (int)i) != NULL ? COVER_UNREAD
			                                     : COVER_READ };
	cover_judge(v, n, NOW, &c);
	return c;
}

static void
coverage_is_complete_without_one_operator(void)
{
	const struct loglist_log logs[] = { make_log("A", 0, 0),
		make_log("A", 0, 0), make_log("B", 0, 0), make_log("C", 0, 0) };
	struct cover c = judge(logs, 4, "");

	/* 398 days from 2026-11-29 end on 2028-01-01. */
	CHECK(c.complete && c.n == 4);
	CHECK(c.v[0].from == NOW && c.v[0].to == DAY(2027, 1, 1));
	CHECK(c.v[1].from == DAY(2027, 1, 1) && c.v[1].to == DAY(2027, 7, 1));
	CHECK(c.v[2].to == DAY(2028, 1, 1));
	CHECK(c.v[3].to == NOW + 398 * TIME_DAY);
	for (size_t i = 0; i < c.n; i++)
		CHECK(c.v[i].operators == 3 && c.v[i].unread == 0 &&
		    c.v[i].read == 4);
	CHECK(judge(logs, 4, "a").complete);
	CHECK(judge(logs, 4, "ab").complete);
	CHECK(judge(logs, 4, "ab").v[0].read == 2);
	CHECK(!judge(logs, 4, "ac").complete);
	CHECK(!judge(logs, 4, "abd").complete);
	CHECK(judge(logs, 4, "abd").v[0].unread == 2);
	CHECK(!judge(logs, 4, "abcd").complete);
}

static void
half_years_are_judged_by_themselves(void)
{
	/* Shards: the last one ended, with grace. */
	const struct loglist_log logs[] = {
		make_log("A", DAY(2026, 7, 1), DAY(2027, 1, 1)),
		make_log("B", DAY(2027, 1, 1), DAY(2027, 7, 1)),
		make_log("B", DAY(2026, 7, 1), DAY(2027, 1, 1)),
		make_log("C", DAY(2026, 7, 1), DAY(2027, 7, 1)),
		make_log("D", DAY(2026, 1, 1), DAY(2026, 7, 1)),
	};
	struct cover c = judge(logs, 5, "");
	char name[COVER_NAME];

	CHECK(c.n == 2 && c.complete);
	CHECK(c.v[0].operators == 3 && c.v[1].operators == 2);
	cover_window_name(&c.v[0], name);
	CHECK(strcmp(name, "2026-H2") == 0);
	cover_window_name(&c.v[1], name);
	CHECK(strcmp(name, "2027-H1") == 0);
	CHECK(c.v[1].read == 2);
	/* Two operators are behind, but for different certificates. */
	CHECK(judge(logs, 5, "ab").complete);
	CHECK(!judge(logs, 5, "ac").complete);
	/* One that is read alone is named. */
	c = judge(logs, 5, "b");
	CHECK(c.v[1].read == 1 && c.v[1].read_log == &logs[3]);
	/* A shard of the past counts for nothing. */
	CHECK(judge(logs, 5, "ade").v[0].unread == 2);
	CHECK(judge(logs, 5, "ae").complete);
}

static void
logs_count_by_their_state(void)
{
	struct loglist_log log = make_log("A", 0, 0);

	CHECK(cover_counts(&log, NOW));
	log.state = LOGLIST_PENDING;
	CHECK(!cover_counts(&log, NOW));
	log.state = LOGLIST_REJECTED;
	CHECK(!cover_counts(&log, NOW));
	log.state = LOGLIST_READONLY;
	CHECK(cover_counts(&log, NOW));
	log.state = LOGLIST_RETIRED;
	log.state_since = NOW - TIME_DAY;
	CHECK(cover_counts(&log, NOW));
	log.state = LOGLIST_UNKNOWN; /* a list without states */
	CHECK(cover_counts(&log, NOW));
	log.listed = false;
	CHECK(!cover_counts(&log, NOW));
	log = make_log("A", 0, 0);
	log.is_test = true;
	CHECK(!cover_counts(&log, NOW));
	/* An unusable one cannot be read, and may have certificates. */
	log = make_log("A", 0, 0);
	log.fault = TEXT("no key");
	CHECK(cover_counts(&log, NOW));
}

static void
closed_logs_have_no_later_certificates(void)
{
	struct loglist_log logs[] = { make_log("A", 0, 0),
		make_log("B", 0, 0) };
	struct cover c;

	logs[1].state = LOGLIST_RETIRED;
	/* Its last certificates expired before 2027-07-01. */
	logs[1].state_since = DAY(2027, 7, 1) - 398 * TIME_DAY;
	c = judge(logs, 2, "ab");
	CHECK(c.v[0].unread == 2 && c.v[1].unread == 2);
	CHECK(c.v[2].unread == 1 && c.v[2].operators == 1);
	/* What ended before the store began is neither read nor missing. */
	cover_judge((struct cover_log[]){ { &logs[0], COVER_READ },
	                { &logs[1], COVER_SKIPPED } },
	    2, NOW, &c);
	CHECK(c.complete && c.v[0].read == 1 && c.v[0].unread == 0);
}

static void
what_is_left_out(void)
{
	struct loglist_operator before = { TEXT("B"), NOW };
	struct loglist_log log = make_log("A", 0, 0);

	CHECK(cover_leaves_out(&log, "A"));
	CHECK(!cover_leaves_out(&log, "B"));
	CHECK(!cover_leaves_out(&log, NULL));
	log.url = TEXT("file:///log/");
	CHECK(!cover_leaves_out(&log, "A"));
	/* Its SCTs of before are of another operator. */
	log = make_log("A", 0, 0);
	log.previous = &before;
	log.n_previous = 1;
	CHECK(!cover_leaves_out(&log, "A"));
}

static void
names_that_cannot_be_left_out(void)
{
	struct loglist_log logs[] = { make_log("Google", 0, 0),
		make_log("Google", 0, 0), make_log("Sectigo", 0, 0),
		make_log("Geomys", 0, 0) };
	struct loglist l = { .v = logs, .n = 4 };
	struct buf e;

	buf_init(&e, 4096);
	CHECK(cover_find_operator(&l, "Google", NOW, &e) == logs[0].operator);
	CHECK(e.n == 0);
	CHECK(cover_find_operator(&l, "Gogle", NOW, &e) == NULL);
	CHECK(strstr(buf_text(&e), "did you mean Google?") != NULL);
	buf_clear(&e);
	CHECK(cover_find_operator(&l, "Cloudflare", NOW, &e) == NULL);
	CHECK(strstr(buf_text(&e), "logs --cover") != NULL);
	buf_clear(&e);
	l.n = 3;
	CHECK(cover_find_operator(&l, "Google", NOW, &e) == NULL);
	CHECK(strstr(buf_text(&e), "the logs of 1 operator remain") != NULL);
	buf_fini(&e);
}

static void
the_assumptions_of_completeness_are_listed(void)
{
	const struct loglist_log logs[] = {
		make_log("A", 0, DAY(2027, 7, 1)),
		make_log("B", DAY(2026, 7, 1), DAY(2027, 1, 1)),
		make_log("C", 0, DAY(2027, 7, 1)),
	};
	struct cover c = judge(logs, 3, "a");
	struct buf b;

	buf_init(&b, 4096);
	cover_explain(&c, "A", &b);
	CHECK(strstr(buf_text(&b), "The logs of A are left out.") != NULL);
	CHECK(strstr(buf_text(&b), "SCTs of one operator") != NULL);
	CHECK(strstr(buf_text(&b),
	          "expire in 2027-H1 are then found in one log") != NULL);
	CHECK(strstr(buf_text(&b), "2026-H2") == NULL);
	CHECK(strstr(buf_text(&b), "Not complete") == NULL);
	buf_clear(&b);
	c = judge(logs, 3, "ac");
	cover_explain(&c, "A", &b);
	CHECK(strstr(buf_text(&b), "Not complete") != NULL);
	buf_fini(&b);
}

/* ---- cost ---- */

static void
add_head(
    struct store *s, const struct loglist_log *log, uint64_t size, int64_t time)
{
	struct store_head h = { .head = { .size = size,
		                    .timestamp = (uint64_t)time },
		.seen = time,
		.state = STORE_HEAD_SIGNED };

	memcpy(h.log_id, log->id, sizeof h.log_id);
	CHECK(store_head_save(s, &h));
}

static void
add_stored(struct store *s, const struct loglist_log *log, uint32_t page)
{
	struct store_log state = { .page = page };

	memcpy(state.id, log->id, sizeof state.id);
	store_log_describe(&state, log->description, log->operator, log->url,
	    NULL, bytes_of("key"));
	CHECK(store_log_save(s, &state));
	store_log_fini(&state);
}

static void
a_log_costs_what_was_measured(void)
{
	char *dir = tmpdir_new();
	struct store *s = state_open(dir, STORE_RUN);
	struct loglist_log log = make_log("A", 0, 0);
	struct cover_cost c;

	log.id[0] = 1;
	CHECK(!cover_cost_of(s, &log, NOW).known);
	CHECK(!cover_cost_of(NULL, &log, NOW).known);
	add_stored(s, &log, 32);
	/* A head of long ago does not count; one of an hour's age is too
	 * little. */
	add_head(s, &log, 5, NOW - 30 * TIME_DAY);
	CHECK(!cover_cost_of(s, &log, NOW).known);
	add_head(s, &log, 1000, NOW - 2 * TIME_DAY);
	add_head(s, &log, 1001, NOW - 2 * TIME_DAY + TIME_HOUR - 1);
	c = cover_cost_of(s, &log, NOW);
	CHECK(!c.known && c.bytes == 0);
	add_head(s, &log, 65000, NOW);
	c = cover_cost_of(s, &log, NOW);
	CHECK(c.known && c.estimated);
	CHECK(c.entries == 32000 && c.requests == 1000);
	CHECK(c.bytes == UINT64_C(32000) * 5600);
	CHECK(cover_cost_record(
	    s, log.id, &(struct cover_cost_traffic){ 100, 30001, 1 }));
	CHECK(cover_cost_record(
	    s, log.id, &(struct cover_cost_traffic){ 100, 10000, 3 }));
	c = cover_cost_of(s, &log, NOW);
	CHECK(!c.estimated && c.bytes == UINT64_C(160) * 40001);
	CHECK(c.requests == 640);
	log.state = LOGLIST_READONLY;
	c = cover_cost_of(s, &log, NOW);
	CHECK(c.known && c.entries == 0 && c.bytes == 0);
	log.state = LOGLIST_USABLE;
	log.url = TEXT("file:///log/");
	CHECK(cover_cost_of(s, &log, NOW).bytes == 0);
	store_close(s);
	tmpdir_remove(dir);
}

/* Grow each log to a size within a day, and return the operator chosen. */
static const char *
choose(struct store *s, const struct loglist *l, const uint64_t sizes[],
    int64_t now)
{
	const char *why;

	for (size_t i = 0; i < l->n; i++)
		add_head(s, &l->v[i], sizes[i], now);
	return cover_cost_choose(s, l, now, true, &why);
}

static void
cheapest_leaves_out_the_most_expensive_operator(void)
{
	char *dir = tmpdir_new();
	struct store *s = state_open(dir, STORE_RUN);
	struct loglist_log logs[] = { make_log("A", 0, 0), make_log("A", 0, 0),
		make_log("B", 0, 0), make_log("C", 0, 0) };
	struct loglist l = { .v = logs, .n = 4 };
	const char *why;

	for (size_t i = 0; i < 4; i++) {
		logs[i].id[0] = (uint8_t)(i + 1);
		logs[i].kind = LOG_KIND_STATIC;
		add_stored(s, &logs[i], 0);
		add_head(s, &logs[i], 0, NOW - TIME_DAY);
	}
	CHECK(cover_cost_choose(s, &l, NOW, true, &why) == NULL);
	CHECK(strstr(why, "not known yet") != NULL);
	/* Two logs of A take more than the one of B. */
	CHECK(choose(s, &l, (uint64_t[]){ 600, 600, 1000, 10 }, NOW) ==
	    logs[0].operator);
	/* Another one must take a quarter more. */
	CHECK(choose(s, &l, (uint64_t[]){ 601, 601, 1500, 10 },
	          NOW + TIME_SECOND) == logs[0].operator);
	CHECK(choose(s, &l, (uint64_t[]){ 602, 602, 1506, 10 },
	          NOW + 2 * TIME_SECOND) == logs[2].operator);
	CHECK(choose(s, &l, (uint64_t[]){ 603, 603, 1507, 10 },
	          NOW + 3 * TIME_SECOND) == logs[2].operator);
	/* Two operators must remain. */
	l.n = 3;
	CHECK(cover_cost_choose(s, &l, NOW, true, &why) == NULL);
	CHECK(strstr(why, "two operators") != NULL);
	store_close(s);
	tmpdir_remove(dir);
}

int
main(void)
{
	coverage_is_complete_without_one_operator();
	half_years_are_judged_by_themselves();
	logs_count_by_their_state();
	closed_logs_have_no_later_certificates();
	what_is_left_out();
	names_that_cannot_be_left_out();
	the_assumptions_of_completeness_are_listed();
	a_log_costs_what_was_measured();
	cheapest_leaves_out_the_most_expensive_operator();
	return 0;
}
