/* SPDX-License-Identifier: Apache-2.0 */
/*
 * replay: the main() of the fuzz targets where there is no libFuzzer: runs
 * the target once over each file named.
 */
#include <stdio.h>
#include <stdlib.h>

#include "fuzz.h"

/* A copy of exactly n bytes, so that a checker sees a read past the end. */
static void
run(const uint8_t *bytes, size_t n)
{
	uint8_t *copy = malloc(n > 0 ? n : 1);

	if (copy == NULL)
		abort();
	for (size_t i = 0; i < n; i++)
		copy[i] = bytes[i];
	LLVMFuzzerTestOneInput(copy, n);
	free(copy);
}

int
main(int argc, char *argv[])
{
	static uint8_t bytes[1 << 20];

	for (int i = 1; i < argc; i++) {
		FILE *f = fopen(argv[i], "rb");
		size_t n;

		if (f == NULL) {
			perror(argv[i]);
			return 1;
		}
		n = fread(bytes, 1, sizeof(bytes), f);
		if (ferror(f) || !feof(f)) {
			fprintf(
			    stderr, "%s: unreadable or too long\n", argv[i]);
			return 1;
		}
		fclose(f);
		run(bytes, n);
	}
	return 0;
}
