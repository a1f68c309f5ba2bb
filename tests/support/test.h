/* SPDX-License-Identifier: Apache-2.0 */
/* test: CHECK, and reading specimens from data/.  No framework. */
#ifndef TEST_H
#define TEST_H

#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <ctwatch/base/mem.h>

#define CHECK(e)                                                               \
	do {                                                                   \
		if (!(e)) {                                                    \
			fprintf(                                               \
			    stderr, "%s:%d: %s\n", __FILE__, __LINE__, #e);    \
			exit(1);                                               \
		}                                                              \
	} while (0)

/* ms: what is not waited for is over by then on any machine; what would be
 * waited for lasts half a minute or more. */
#define TEST_SOON 20000

/* A file, whole; the caller frees .p. */
static inline struct bytes
test_file(const char *path)
{
	FILE *f = fopen(path, "rb");
	uint8_t *p = NULL;
	size_t n = 0, got;

	if (f == NULL) {
		perror(path);
		exit(1);
	}
	do {
		p = mem_realloc(p, n + 65536, 1);
		got = fread(p + n, 1, 65536, f);
		n += got;
	} while (got > 0);
	fclose(f);
	return (struct bytes){ p, n };
}

/* The file data/NAME, whole; the caller frees .p. */
static inline struct bytes
test_data(const char *name)
{
	const char *dir = getenv("top_srcdir");
	char *path = mem_printf("%s/data/%s", dir != NULL ? dir : ".", name);
	struct bytes file = test_file(path);

	free(path);
	return file;
}

/* Call each with every DER file of data/FOLDER; return their number. */
static inline size_t
test_each_der(
    const char *folder, void (*each)(void *arg, struct bytes der), void *arg)
{
	const char *top = getenv("top_srcdir");
	char *path = mem_printf("%s/data/%s", top != NULL ? top : ".", folder);
	DIR *dir = opendir(path);
	const struct dirent *e;
	size_t n = 0;

	CHECK(dir != NULL);
	while ((e = readdir(dir)) != NULL) {
		char *name = mem_printf("%s/%s", folder, e->d_name);

		if (strstr(name, ".der") != NULL) {
			struct bytes der = test_data(name);

			each(arg, der);
			free((void *)(uintptr_t)der.p);
			n++;
		}
		free(name);
	}
	closedir(dir);
	free(path);
	return n;
}

#endif
