/* SPDX-License-Identifier: Apache-2.0 */
/* fuzz: what the fuzz targets share. */
#ifndef FUZZ_H
#define FUZZ_H

#include <stdlib.h>

#include <ctwatch/base/bytes.h>

/* libFuzzer calls it with every input that it makes; always 0. */
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* As assert, in every build. */
#define ASSERT(e) ((e) ? (void)0 : abort())

/* A view that a parser gave out must lie in what it was given. */
static inline void
check_inside(struct bytes in, struct bytes part)
{
	if (part.n > 0)
		ASSERT(part.p >= in.p && part.n <= in.n &&
		    part.p - in.p <= (ptrdiff_t)(in.n - part.n));
}

#endif
