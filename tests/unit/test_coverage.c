/* SPDX-License-Identifier: Apache-2.0 */
/* Which operators are behind: those with a log that is not complete. */
#include <ctwatch/sync/coverage.h>

#include "../support/test.h"

int
main(void)
{
	struct loglist_log logs[] = {
		{ .operator=(char *)(uintptr_t) "A" },
		{ .operator=(char *)(uintptr_t) "A" },
		{ .operator=(char *)(uintptr_t) "B" },
		{ .operator=(char *)(uintptr_t) "C" },
	};
	struct coverage v[] = { { .log = &logs[0] }, { .log = &logs[1] },
		{ .log = &logs[2] }, { .log = &logs[3] } };
	const enum coverage_status behind[] = { COVERAGE_PARTIAL,
		COVERAGE_UNREACHABLE, COVERAGE_MISBEHAVING };

	CHECK(coverage_operators_behind(v, 4) == 0);
	v[2].status = COVERAGE_SKIPPED;
	CHECK(coverage_operators_behind(v, 4) == 0);
	for (size_t i = 0; i < sizeof behind / sizeof *behind; i++) {
		v[0].status = v[1].status = v[3].status = COVERAGE_COMPLETE;
		v[1].status = behind[i];
		CHECK(coverage_operators_behind(v, 4) == 1);
		v[0].status = COVERAGE_PARTIAL; /* of the same operator */
		CHECK(coverage_operators_behind(v, 4) == 1);
		v[3].status = behind[i];
		CHECK(coverage_operators_behind(v, 4) == 2);
	}
	return 0;
}
