/* SPDX-License-Identifier: Apache-2.0 */
#include <string.h>

#include <ctwatch/base/limits.h>
#include <ctwatch/store/store.h>

#include "../support/test_state.h"

struct refusals {
	size_t n, matches, bytes;
	uint64_t first;
};

static void
count_refused(void *arg, const struct store_rejected *r)
{
	struct refusals *c = arg;

	if (c->n++ == 0)
		c->first = r->index;
	c->matches += r->match != NULL && strcmp(r->match, "bank.example") == 0;
	c->bytes += r->leaf_input.n;
	CHECK(strcmp(r->reason, "not-der") == 0);
}

static void
refused_entries_are_kept_up_to_a_bound(void)
{
	char *dir = tmpdir_new();
	struct store *s = state_open(dir, STORE_RUN);
	struct store_log log = state_log(1, 0, 0);
	struct store_rejected r = { .log_id = { 1 },
		.reason = "not-der",
		.leaf_input = bytes_of("leaf"),
		.seen = 5 };
	struct refusals c = { 0 };

	CHECK(store_log_save(s, &log));
	r.index = 1000000;
	r.match = "bank.example";
	CHECK(store_rejected_add(s, &r));
	CHECK(store_rejected_add(s, &r)); /* twice is once */
	r.match = NULL;
	for (r.index = 0; r.index < 2 * LIMIT_REFUSED_KEPT; r.index++)
		CHECK(store_rejected_add(s, &r));
	CHECK(store_rejected_each(s, 5, count_refused, &c));
	CHECK(c.matches == 1 && c.bytes == 4);
	CHECK(c.n >= LIMIT_REFUSED_KEPT + 1 && c.first > 0);
	CHECK(c.n <= 2 * LIMIT_REFUSED_KEPT);
	/* More are kept of those that may match a watched name. */
	r.match = "bank.example";
	for (r.index = 2000000;
	     r.index < 2000000 + LIMIT_REFUSED_MATCHES_KEPT - 1; r.index++)
		CHECK(store_rejected_add(s, &r));
	r.match = NULL;
	for (uint64_t i = 0; i <= LIMIT_REFUSED_KEPT; i++, r.index++)
		CHECK(store_rejected_add(s, &r)); /* so that it is looked */
	c = (struct refusals){ 0 };
	CHECK(store_rejected_each(s, 5, count_refused, &c));
	CHECK(c.matches == LIMIT_REFUSED_MATCHES_KEPT);
	r.match = "bank.example";
	CHECK(store_rejected_add(s, &r));
	r.match = NULL;
	for (uint64_t i = 0; i <= LIMIT_REFUSED_KEPT; i++)
		CHECK(++r.index && store_rejected_add(s, &r));
	c = (struct refusals){ 0 };
	CHECK(store_rejected_each(s, 5, count_refused, &c));
	CHECK(c.matches == LIMIT_REFUSED_MATCHES_KEPT);
	c.n = 0;
	CHECK(store_rejected_each(s, 6, count_refused, &c) && c.n == 0);
	CHECK(store_commit(s));
	store_close(s);
	tmpdir_remove(dir);
}

int
main(void)
{
	refused_entries_are_kept_up_to_a_bound();
	return 0;
}
