/* SPDX-License-Identifier: Apache-2.0 */
#include <ctwatch/base/limits.h>
#include <ctwatch/base/time.h>
#include <ctwatch/store/store.h>

#include "../support/test_state.h"

struct heads {
	size_t n, conflicts, raw;
	uint64_t first, last;
};

static void
count_head(void *arg, const struct store_head *h)
{
	struct heads *heads = arg;

	if (heads->n++ == 0)
		heads->first = h->head.size;
	heads->last = h->head.size;
	heads->conflicts += h->state == STORE_HEAD_CONFLICT;
	heads->raw += h->raw.n;
}

static struct store_head
a_head(uint64_t size, uint64_t timestamp, enum store_head_state state)
{
	return (struct store_head){ .log_id = { 1 },
		.head = { .size = size,
		    .timestamp = timestamp,
		    .root = { { (uint8_t)size } },
		    .n_signature = 3,
		    .signature = { 1, 2, 3 } },
		.seen = (int64_t)timestamp,
		.state = state,
		.raw = bytes_of("{\"tree_size\"...") };
}

static void
heads_are_found_by_state_and_size(void)
{
	char *dir = tmpdir_new();
	struct store *s = state_open(dir, STORE_RUN);
	struct store_log log = state_log(1, 0, 0);
	struct store_head h;
	struct tree_head got;
	struct heads heads = { 0 };
	uint8_t other[SHA256_SIZE] = { 2 };

	CHECK(store_log_save(s, &log));
	h = a_head(10, 1000, STORE_HEAD_SIGNED);
	CHECK(store_head_save(s, &h));
	CHECK(!store_head_last(s, log.id, STORE_HEAD_PROVED, &got));
	h.state = STORE_HEAD_PROVED;
	CHECK(store_head_save(s, &h));
	CHECK(store_head_last(s, log.id, STORE_HEAD_PROVED, &got));
	CHECK(got.size == 10 && got.timestamp == 1000 && got.root.b[0] == 10);
	CHECK(got.n_signature == 3 && got.signature[2] == 3);
	h.state = STORE_HEAD_SIGNED; /* a state is not lowered */
	CHECK(store_head_save(s, &h));
	CHECK(store_head_last(s, log.id, STORE_HEAD_PROVED, &got));
	h = a_head(20, 2000, STORE_HEAD_SIGNED);
	CHECK(store_head_save(s, &h));
	h = a_head(30, 3000, STORE_HEAD_CONFLICT);
	CHECK(store_head_save(s, &h));
	CHECK(store_head_last(s, log.id, STORE_HEAD_SIGNED, &got));
	CHECK(got.size == 20);
	CHECK(store_head_last(s, log.id, STORE_HEAD_PROVED, &got));
	CHECK(got.size == 10);
	CHECK(store_head_last(s, log.id, STORE_HEAD_CONFLICT, &got));
	CHECK(got.size == 30);
	CHECK(store_heads_each(s, NULL, count_head, &heads));
	CHECK(heads.n == 3 && heads.conflicts == 1);
	CHECK(heads.first == 10 && heads.last == 30);
	CHECK(heads.raw == 3 * h.raw.n);
	heads.n = 0;
	CHECK(store_heads_each(s, other, count_head, &heads) && heads.n == 0);
	CHECK(store_commit(s));
	store_close(s);
	tmpdir_remove(dir);
}

/* Whether a head of that size, root and time contradicts a stored one. */
static bool
contradicts(struct store *s, uint64_t size, uint8_t root, uint64_t timestamp)
{
	struct store_head h = a_head(size, timestamp, STORE_HEAD_SIGNED);
	struct tree_head other;

	h.head.root.b[0] = root;
	return store_head_contradiction(s, h.log_id, &h.head, &other);
}

/* RFC 6962, 3.5: a tree only grows, and its heads are dated in that order. */
static void
contradictions_are_found(void)
{
	char *dir = tmpdir_new();
	struct store *s = state_open(dir, STORE_RUN);
	struct store_log log = state_log(1, 10, 10);
	struct store_head h = a_head(20, 2000, STORE_HEAD_PROVED);

	CHECK(store_log_save(s, &log));
	CHECK(store_head_save(s, &h));
	CHECK(!contradicts(s, 20, 20, 2000)); /* the same one */
	CHECK(!contradicts(s, 20, 20, 2001)); /* signed again */
	CHECK(contradicts(s, 20, 21, 2000));  /* another root */
	CHECK(!contradicts(s, 15, 15, 1999)); /* an older one */
	CHECK(!contradicts(s, 15, 15, 2000));
	CHECK(contradicts(s, 15, 15, 2001));  /* a rollback */
	CHECK(!contradicts(s, 25, 25, 2001)); /* a newer one */
	CHECK(contradicts(s, 25, 25, 1999));  /* the same the other way round */
	h.state = STORE_HEAD_CONFLICT;
	CHECK(store_head_save(s, &h));
	CHECK(!contradicts(s, 15, 15, 2001)); /* reported before */
	CHECK(store_heads_clear(s, log.id));
	CHECK(contradicts(s, 15, 15, 2001));
	store_close(s);
	tmpdir_remove(dir);
}

static size_t
heads_after(struct store *s, enum store_head_state state, uint64_t n,
    uint64_t step, uint64_t first)
{
	struct heads heads = { 0 };
	struct store_head h;

	for (uint64_t i = 0; i < n; i++) {
		h = a_head(first + i, first + i * step, state);
		CHECK(store_head_save(s, &h));
	}
	CHECK(store_heads_each(s, h.log_id, count_head, &heads));
	CHECK(heads.first == first && heads.last == first + n - 1);
	return heads.n;
}

static void
heads_do_not_grow_without_bound(void)
{
	char *dir = tmpdir_new();
	struct store *s = state_open(dir, STORE_RUN);
	struct store_log log = state_log(1, 0, 0);
	struct heads heads = { 0 };
	struct store_head h;
	static uint8_t raw[LIMIT_HEAD_RAW + 1];

	CHECK(store_log_save(s, &log));
	/* A head an hour for ten days: the first, and one of each day. */
	CHECK(heads_after(s, STORE_HEAD_PROVED, 240, TIME_HOUR, 1) == 11);
	store_close(s);
	s = state_open(dir, STORE_RUN);
	CHECK(store_log_save(s, &log));
	CHECK(heads_after(s, STORE_HEAD_SIGNED, LIMIT_HEADS_SIGNED + 1, 1000,
	          1) == LIMIT_HEADS_SIGNED + 1);
	CHECK(heads_after(s, STORE_HEAD_SIGNED, LIMIT_HEADS_SIGNED + 9, 1000,
	          1) == LIMIT_HEADS_SIGNED + 1);
	store_close(s);
	s = state_open(dir, STORE_RUN);
	CHECK(store_log_save(s, &log));
	CHECK(heads_after(s, STORE_HEAD_CONFLICT, LIMIT_HEADS_CONFLICT, 1, 1) ==
	    LIMIT_HEADS_CONFLICT);
	h = a_head(1000, 5, STORE_HEAD_CONFLICT);
	CHECK(store_head_save(s, &h));
	CHECK(store_heads_each(s, NULL, count_head, &heads));
	CHECK(heads.n == LIMIT_HEADS_CONFLICT && heads.last < 1000);
	store_close(s);
	/* An answer of unusual length is left out, its head is not. */
	s = state_open(dir, STORE_RUN);
	CHECK(store_log_save(s, &log));
	h = a_head(1, 1, STORE_HEAD_SIGNED);
	h.raw = (struct bytes){ raw, LIMIT_HEAD_RAW };
	CHECK(store_head_save(s, &h));
	h = a_head(2, 2, STORE_HEAD_SIGNED);
	h.raw = (struct bytes){ raw, LIMIT_HEAD_RAW + 1 };
	CHECK(store_head_save(s, &h));
	heads = (struct heads){ 0 };
	CHECK(store_heads_each(s, NULL, count_head, &heads));
	CHECK(heads.n == 2 && heads.raw == LIMIT_HEAD_RAW);
	store_close(s);
	tmpdir_remove(dir);
}

/* The state of a head is found by size and root, whatever its timestamp. */
static void
states_are_found(void)
{
	char *dir = tmpdir_new();
	struct store *s = state_open(dir, STORE_RUN);
	struct store_head h = a_head(5, 100, STORE_HEAD_SIGNED);
	enum store_head_state state;

	CHECK(!store_head_state(s, h.log_id, &h.head, &state));
	CHECK(store_head_save(s, &h));
	CHECK(store_head_state(s, h.log_id, &h.head, &state));
	CHECK(state == STORE_HEAD_SIGNED);
	h = a_head(5, 200, STORE_HEAD_CONFLICT);
	CHECK(store_head_save(s, &h));
	h = a_head(5, 300, STORE_HEAD_SIGNED);
	CHECK(store_head_state(s, h.log_id, &h.head, &state));
	CHECK(state == STORE_HEAD_CONFLICT);
	h.head.root.b[0] ^= 1;
	CHECK(!store_head_state(s, h.log_id, &h.head, &state));
	store_close(s);
	tmpdir_remove(dir);
}

int
main(void)
{
	states_are_found();
	contradictions_are_found();
	heads_are_found_by_state_and_size();
	heads_do_not_grow_without_bound();
	return 0;
}
