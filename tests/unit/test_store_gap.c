/* SPDX-License-Identifier: Apache-2.0 */
#include <string.h>

#include <ctwatch/store/store.h>

#include "../support/test_state.h"

/* The gaps as text: "0-5 5-7! " where ! is unproved. */
static void
gaps_are(struct store *s, const uint8_t *log, const char *want)
{
	size_t n;
	struct store_gap *v = store_gaps(s, log, &n);
	struct buf got;

	buf_init(&got, 4096);
	for (size_t i = 0; i < n; i++)
		buf_printf(&got, "%u-%u%s ", (unsigned)v[i].from,
		    (unsigned)v[i].to, v[i].unproved ? "!" : "");
	if (strcmp(buf_text(&got), want) != 0)
		fprintf(stderr, "gaps %s\n", buf_text(&got));
	CHECK(strcmp(buf_text(&got), want) == 0);
	buf_fini(&got);
	free(v);
}

static void
gaps_join_and_are_cut(void)
{
	char *dir = tmpdir_new();
	struct store *s = state_open(dir, STORE_RUN);
	struct store_log log = state_log(1, 0, 0);
	struct store_gap g = { 10, 20, false, "html" };

	CHECK(store_log_save(s, &log));
	CHECK(store_gap_add(s, log.id, &g));
	gaps_are(s, log.id, "10-20 ");
	g = (struct store_gap){ 20, 30, false, "html" };
	CHECK(store_gap_add(s, log.id, &g));
	gaps_are(s, log.id, "10-30 ");
	g = (struct store_gap){ 5, 12, false, "html" };
	CHECK(store_gap_add(s, log.id, &g));
	gaps_are(s, log.id, "5-30 ");
	CHECK(store_gap_remove(s, log.id, 10, 12));
	gaps_are(s, log.id, "5-10 12-30 ");
	g = (struct store_gap){ 14, 16, true, "root" };
	CHECK(store_gap_add(s, log.id, &g));
	gaps_are(s, log.id, "5-10 12-14 14-16! 16-30 ");
	g = (struct store_gap){ 10, 12, false, "slow" };
	CHECK(store_gap_add(s, log.id, &g));
	gaps_are(s, log.id, "5-10 10-12 12-14 14-16! 16-30 ");
	CHECK(store_gap_remove(s, log.id, 0, 6));
	CHECK(store_gap_remove(s, log.id, 25, 99));
	CHECK(store_gap_remove(s, log.id, 14, 16));
	CHECK(store_gap_remove(s, log.id, 14, 14));
	gaps_are(s, log.id, "6-10 10-12 12-14 16-25 ");
	CHECK(store_gap_remove(s, log.id, 0, 99));
	gaps_are(s, log.id, "");
	g.to = g.from;
	CHECK(store_gap_add(s, log.id, &g));
	gaps_are(s, log.id, "");
	CHECK(store_commit(s));
	store_close(s);
	tmpdir_remove(dir);
}

int
main(void)
{
	gaps_join_and_are_cut();
	return 0;
}
