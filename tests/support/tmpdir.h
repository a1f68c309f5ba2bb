/* SPDX-License-Identifier: Apache-2.0 */
/* tmpdir: a directory for one test, and its removal with all it holds. */
#ifndef TMPDIR_H
#define TMPDIR_H

#include <ftw.h>
#include <stdio.h>
#include <stdlib.h>

#include "test.h"

/* A new directory; remove with tmpdir_remove. */
static inline char *
tmpdir_new(void)
{
	const char *base = getenv("TMPDIR");
	char *dir =
	    mem_printf("%s/ctwatch-test-XXXXXX", base != NULL ? base : "/tmp");

	CHECK(mkdtemp(dir) != NULL);
	return dir;
}

static inline int
tmpdir_remove_one(
    const char *path, const struct stat *st, int type, struct FTW *ftw)
{
	(void)st;
	(void)type;
	(void)ftw;
	return remove(path);
}

/* Write text to the file dir/name. */
static inline void
tmpdir_put(const char *dir, const char *name, const char *text)
{
	char *path = mem_printf("%s/%s", dir, name);
	FILE *f = fopen(path, "w");

	CHECK(f != NULL && fputs(text, f) >= 0 && fclose(f) == 0);
	free(path);
}

/* Remove dir and all it holds, and free its name. */
static inline void
tmpdir_remove(char *dir)
{
	CHECK(nftw(dir, tmpdir_remove_one, 16, FTW_DEPTH | FTW_PHYS) == 0);
	free(dir);
}

#endif
