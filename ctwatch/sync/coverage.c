/* SPDX-License-Identifier: Apache-2.0 */
#include <stdlib.h>
#include <string.h>

#include <ctwatch/sync/coverage.h>

void
coverage_fini(struct coverage *c)
{
	free(c->gaps);
	*c = (struct coverage){ 0 };
}

uint64_t
coverage_lag(const struct coverage *c)
{
	return c->has_head && c->head.size > c->verified
	    ? c->head.size - c->verified
	    : 0;
}

static bool
is_behind(const struct coverage *c)
{
	return c->status != COVERAGE_COMPLETE && c->status != COVERAGE_SKIPPED;
}

size_t
coverage_operators_behind(const struct coverage *v, size_t n)
{
	size_t behind = 0;

	for (size_t i = 0; i < n; i++) {
		bool counted = false;

		if (!is_behind(&v[i]))
			continue;
		for (size_t j = 0; j < i && !counted; j++)
			counted = is_behind(&v[j]) &&
			    strcmp(v[j].log->operator, v[i].log->operator) == 0;
		behind += !counted;
	}
	return behind;
}
