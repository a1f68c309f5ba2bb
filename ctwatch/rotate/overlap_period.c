/* SPDX-License-Identifier: Apache-2.0 */
#include <string.h>

#include <ctwatch/base/time.h>
#include <ctwatch/rotate/overlap_period.h>

/* A key logged within this time is in use. */
#define IN_USE (7 * TIME_DAY)

/* Return how long consumers of d may still ship the previous pins. */
static int64_t
longest_age(const struct pinset *p, const struct pinset_domain *d)
{
	int days = 0;

	for (size_t i = 0; i < d->n_consumers; i++)
		if (p->consumers[d->consumers[i]].max_age_days > days)
			days = p->consumers[d->consumers[i]].max_age_days;
	return days * TIME_DAY;
}

/* Return when the first other active key of d was first logged; 0: never. */
static int64_t
succeeded(const struct rotation *r, const struct pinset_domain *d, size_t key)
{
	int64_t at = 0;

	for (size_t i = 0; i < d->n_keys; i++) {
		size_t k = d->keys[i];
		int64_t live = r->seen[k].first != 0 ? r->seen[k].first
		                                     : r->p->keys[k].not_before;

		if (k == key || r->p->keys[k].state != PINSET_ACTIVE ||
		    live == 0)
			continue;
		if (at == 0 || live < at)
			at = live;
	}
	return at;
}

int64_t
overlap_period_end(const struct rotation *r, size_t key)
{
	int64_t end = 0;

	if (r->p->keys[key].retire_after != 0)
		return r->p->keys[key].retire_after;
	for (size_t i = 0; i < r->p->n_domains; i++) {
		const struct pinset_domain *d = &r->p->domains[i];
		int64_t live;

		if (!rotation_has(d, key))
			continue;
		live = succeeded(r, d, key);
		if (live == 0)
			return 0;
		if (live + longest_age(r->p, d) > end)
			end = live + longest_age(r->p, d);
	}
	return end;
}

static size_t
left_without(const struct pinset *p, const struct pinset_domain *d, size_t key)
{
	size_t n = 0;

	for (size_t i = 0; i < d->n_keys; i++)
		n +=
		    d->keys[i] != key && pinset_is_usable(&p->keys[d->keys[i]]);
	return n;
}

/* Report whether another key of d was logged recently. */
static bool
another_in_use(
    const struct rotation *r, const struct pinset_domain *d, size_t key)
{
	for (size_t i = 0; i < d->n_keys; i++) {
		size_t k = d->keys[i];

		if (k != key && r->seen[k].last >= r->now - IN_USE)
			return true;
	}
	return false;
}

bool
overlap_period_may_retire(
    const struct rotation *r, const char *id, struct buf *why)
{
	const struct pinset_key *k = rotation_key(r->p, id);
	size_t key = k != NULL ? (size_t)(k - r->p->keys) : 0;
	char at[TIME_TEXT];
	int64_t end;

	if (k == NULL)
		return rotation_fail(
		    why, "no key of the pinset has the id %s", id);
	for (size_t i = 0; i < r->p->n_domains; i++) {
		const struct pinset_domain *d = &r->p->domains[i];
		size_t left = left_without(r->p, d, key);

		if (!rotation_has(d, key))
			continue;
		if (left < (size_t)r->p->min_pins)
			return rotation_fail(why,
			    "%s would have %zu pin%s left", d->pattern, left,
			    left == 1 ? "" : "s");
		if (r->seen[key].last >= r->now - IN_USE &&
		    !another_in_use(r, d, key))
			return rotation_fail(why,
			    "it is the only key of %s that was logged in the "
			    "last 7 days",
			    d->pattern);
	}
	end = overlap_period_end(r, key);
	time_format_date(end, at);
	if (end == 0)
		return rotation_fail(why,
		    "no successor of %s is active and seen, so the overlap has "
		    "not begun",
		    id);
	return end <= r->now ||
	    rotation_fail(why,
	        "the overlap ends on %s; until then clients may have no other "
	        "pin",
	        at);
}
