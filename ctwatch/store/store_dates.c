/* SPDX-License-Identifier: Apache-2.0 */
#include <ctwatch/store/store.h>

void
store_dates_init(struct store_dates *d)
{
	*d = (struct store_dates){ .earliest = INT64_MAX };
}

void
store_dates_add(struct store_dates *d, uint64_t timestamp, uint64_t index)
{
	if (timestamp > INT64_MAX)
		timestamp = INT64_MAX;
	if (timestamp < d->earliest) {
		d->earliest = timestamp;
		d->earliest_at = index;
	}
	if (timestamp > d->latest) {
		d->latest = timestamp;
		d->latest_at = index;
	}
}

void
store_dates_join(struct store_dates *d, const struct store_dates *more)
{
	if (more->earliest > more->latest)
		return;
	store_dates_add(d, more->earliest, more->earliest_at);
	store_dates_add(d, more->latest, more->latest_at);
}
