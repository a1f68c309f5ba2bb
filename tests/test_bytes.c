/* SPDX-License-Identifier: Apache-2.0 */
#include <ctwatch/base/bytes.h>

#include "test.h"

static void
takes_nothing_on_failure(void)
{
	static const uint8_t d[] = { 0x00, 0x05, 1, 2, 3 };
	struct bytes b = { d, sizeof d }, out;

	CHECK(!bytes_vec16(&b, &out));
	CHECK(b.p == d && b.n == sizeof d);
}

int
main(void)
{
	takes_nothing_on_failure();
	return 0;
}
