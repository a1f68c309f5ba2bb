/* SPDX-License-Identifier: Apache-2.0 */
#include <stdlib.h>
#include <string.h>

#include <ctwatch/base/mem.h>
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

bool
coverage_is_unread(const struct coverage *c)
{
	return c->log->kind != LOG_KIND_MTC &&
	    (c->left_out ||
	        (c->status != COVERAGE_COMPLETE &&
	            c->status != COVERAGE_SKIPPED));
}

size_t
coverage_operators_behind(const struct coverage *v, size_t n)
{
	size_t behind = 0;

	for (size_t i = 0; i < n; i++) {
		bool counted = false;

		if (!coverage_is_unread(&v[i]))
			continue;
		for (size_t j = 0; j < i && !counted; j++)
			counted = coverage_is_unread(&v[j]) &&
			    strcmp(v[j].log->operator, v[i].log->operator) == 0;
		behind += !counted;
	}
	return behind;
}

void
coverage_cover(
    const struct coverage *v, size_t n, int64_t now, struct cover *out)
{
	struct cover_log *logs = mem_alloc(n, sizeof *logs);

	for (size_t i = 0; i < n; i++)
		logs[i] = (struct cover_log){ v[i].log,
			coverage_is_unread(&v[i])             ? COVER_UNREAD
			    : v[i].status == COVERAGE_SKIPPED ? COVER_SKIPPED
			                                      : COVER_READ };
	cover_judge(logs, n, now, out);
	free(logs);
}
