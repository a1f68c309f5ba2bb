/* SPDX-License-Identifier: Apache-2.0 */
#include <stdlib.h>
#include <string.h>

#include <ctwatch/base/mem.h>
#include <ctwatch/base/text.h>
#include <ctwatch/base/time.h>
#include <ctwatch/sync/cover.h>
#include <ctwatch/sync/cover_cost.h>

/* The period of the growth, and the least time between two heads. */
#define PERIOD   (7 * TIME_DAY)
#define MIN_TIME TIME_HOUR

/* Where nothing was read: bytes of an entry as sent. */
#define STATIC_BYTES  1600
#define RFC6962_BYTES 5600

/* Beyond so many entries older ones count half. */
#define RECORDED_ENTRIES (UINT64_C(10) << 20)

/* The value in the store with the operator that was chosen. */
#define CHOICE "cover-operator"

/* ---- bytes and requests per entry ---- */

static char *
value_name(const uint8_t log_id[static SHA256_SIZE])
{
	char id[2 * SHA256_SIZE + 1];

	text_hex((struct bytes){ log_id, SHA256_SIZE }, id);
	return mem_printf("cover-traffic/%s", id);
}

static struct cover_cost_traffic
load_traffic(struct store *s, const uint8_t log_id[static SHA256_SIZE])
{
	char *name = value_name(log_id);
	struct cover_cost_traffic t = { 0 };
	struct bytes rest;
	struct buf value;

	buf_init(&value, 64);
	if (store_value_load(s, name, &value)) {
		rest = buf_view(&value);
		if (!bytes_u64(&rest, &t.entries) ||
		    !bytes_u64(&rest, &t.bytes) ||
		    !bytes_u64(&rest, &t.answers))
			t = (struct cover_cost_traffic){ 0 };
	}
	buf_fini(&value);
	free(name);
	return t;
}

static void
add_u64(struct buf *out, uint64_t v)
{
	for (int shift = 56; shift >= 0; shift -= 8)
		buf_add_byte(out, (uint8_t)(v >> shift));
}

bool
cover_cost_record(struct store *s, const uint8_t log_id[static SHA256_SIZE],
    const struct cover_cost_traffic *more)
{
	struct cover_cost_traffic t = load_traffic(s, log_id);
	char *name = value_name(log_id);
	struct buf value;
	bool ok;

	if (t.entries > RECORDED_ENTRIES) {
		t.entries /= 2;
		t.bytes /= 2;
		t.answers /= 2;
	}
	buf_init(&value, 64);
	add_u64(&value, t.entries + more->entries);
	add_u64(&value, t.bytes + more->bytes);
	add_u64(&value, t.answers + more->answers);
	ok = store_value_save(s, name, buf_view(&value));
	buf_fini(&value);
	free(name);
	return ok;
}

/* ---- growth ---- */

/* The newest head, and the oldest one of the period before it. */
struct growth {
	bool any;
	uint64_t first, last; /* ms */
	uint64_t first_size, last_size;
	uint64_t since; /* ms; heads before are not used */
};

static void
find_last(void *arg, const struct store_head *h)
{
	struct growth *g = arg;

	if (h->state == STORE_HEAD_CONFLICT ||
	    (g->any && h->head.timestamp < g->last))
		return;
	g->any = true;
	g->last = h->head.timestamp;
	g->last_size = h->head.size;
}

static void
find_first(void *arg, const struct store_head *h)
{
	struct growth *g = arg;

	if (h->state == STORE_HEAD_CONFLICT || h->head.timestamp < g->since ||
	    h->head.timestamp >= g->first)
		return;
	g->first = h->head.timestamp;
	g->first_size = h->head.size;
}

/* Compute the entries of a day; false if they are unknown. */
static bool
growth_of(struct store *s, const struct loglist_log *log, uint64_t *entries)
{
	struct growth g = { .any = false };
	double days;

	if (!store_heads_each(s, log->id, find_last, &g) || !g.any)
		return false;
	g.since = g.last > PERIOD ? g.last - PERIOD : 0;
	g.first = g.last;
	g.first_size = g.last_size;
	if (!store_heads_each(s, log->id, find_first, &g))
		return false;
	if (g.last - g.first < MIN_TIME || g.last_size < g.first_size)
		return false;
	days = (double)(g.last - g.first) / (double)TIME_DAY;
	*entries = (uint64_t)((double)(g.last_size - g.first_size) / days);
	return true;
}

/* ---- cost ---- */

/* Return entries * of / per, rounded up; per > 0. */
static uint64_t
scale(uint64_t entries, uint64_t of, uint64_t per)
{
	double exact = (double)entries * (double)of / (double)per;
	uint64_t n = exact < 1e18 ? (uint64_t)exact : (uint64_t)1e18;

	return (double)n < exact ? n + 1 : n;
}

struct cover_cost
cover_cost_of(struct store *s, const struct loglist_log *log, int64_t now)
{
	struct cover_cost c = { .known = true };
	struct cover_cost_traffic t;

	if (loglist_is_closed(log, now) ||
	    (log->url != NULL && strncmp(log->url, "file:", 5) == 0))
		return c;
	c.known = s != NULL && growth_of(s, log, &c.entries);
	if (!c.known)
		return c;
	t = load_traffic(s, log->id);
	c.estimated = t.entries == 0;
	if (c.estimated)
		t = log->kind == LOG_KIND_RFC6962
		    ? (struct cover_cost_traffic){ 32, 32 * RFC6962_BYTES, 1 }
		    : (struct cover_cost_traffic){ 256, 256 * STATIC_BYTES, 1 };
	c.bytes = scale(c.entries, t.bytes, t.entries);
	c.requests = scale(c.entries, t.answers, t.entries);
	return c;
}

void
cover_cost_add(struct cover_cost *sum, const struct cover_cost *more)
{
	sum->known &= more->known;
	sum->estimated |= more->estimated;
	sum->entries += more->entries;
	sum->requests += more->requests;
	if (__builtin_add_overflow(sum->bytes, more->bytes, &sum->bytes))
		sum->bytes = UINT64_MAX;
}

struct cover_cost
cover_cost_left_out(struct store *s, const struct loglist *logs,
    const char *operator, int64_t now)
{
	struct cover_cost sum = { .known = true };

	for (size_t i = 0; i < logs->n; i++) {
		const struct loglist_log *log = &logs->v[i];
		struct cover_cost c;

		if (!cover_counts(log, now) || !cover_leaves_out(log, operator))
			continue;
		c = cover_cost_of(s, log, now);
		cover_cost_add(&sum, &c);
	}
	return sum;
}

/* ---- the cheapest set ---- */

/* Load the operator that was chosen before, or an empty string. */
static void
load_choice(struct store *s, struct buf *out)
{
	if (!store_value_load(s, CHOICE, out))
		buf_clear(out);
}

/* The operator that costs most, beside the one chosen before. */
struct choice {
	const char *most, *before;
	uint64_t most_bytes, before_bytes;
};

static void
compare_operators(struct store *s, const struct loglist *logs, int64_t now,
    const char *before, struct choice *out)
{
	const char *last = "";

	for (size_t i = 0; i < logs->n; i++) {
		const char *operator= logs->v[i].operator;
		struct cover_cost c;

		if (!cover_counts(&logs->v[i], now) ||
		    strcmp(operator, last) == 0)
			continue;
		last = operator;
		c = cover_cost_left_out(s, logs, operator, now);
		if (c.bytes > out->most_bytes) {
			out->most = operator;
			out->most_bytes = c.bytes;
		}
		if (strcmp(operator, before) == 0) {
			out->before = operator;
			out->before_bytes = c.bytes;
		}
	}
}

const char *
cover_cost_choose(struct store *s, const struct loglist *logs, int64_t now,
    bool save, const char **why)
{
	struct choice c = { .most = NULL };
	const char *chosen = NULL;
	struct buf before, error;

	buf_init(&before, 4096);
	buf_init(&error, 4096);
	*why = NULL;
	load_choice(s, &before);
	compare_operators(s, logs, now, buf_text(&before), &c);
	if (c.most == NULL)
		*why = "the growth of the logs is not known yet";
	else {
		chosen = c.most;
		if (c.before != NULL && c.most_bytes / 5 * 4 <= c.before_bytes)
			chosen = c.before;
		if (cover_find_operator(logs, chosen, now, &error) == NULL) {
			chosen = NULL;
			*why = "fewer than two operators would remain";
		}
	}
	if (chosen != NULL && save && strcmp(chosen, buf_text(&before)) != 0)
		store_value_save(s, CHOICE, bytes_of(chosen));
	buf_fini(&before);
	buf_fini(&error);
	return chosen;
}
