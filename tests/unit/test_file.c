/* SPDX-License-Identifier: Apache-2.0 */
#include <string.h>
#include <sys/stat.h>

#include <ctwatch/base/file.h>

#include "../support/test.h"
#include "../support/tmpdir.h"

/* What file_read makes of path under a ceiling of max bytes. */
static enum file_result
read_to(const char *path, size_t max, bool guarded, const char *wanted)
{
	struct buf out, error;
	enum file_result r;

	buf_init(&out, max);
	buf_init(&error, 4096);
	r = file_read(path, guarded, &out, &error);
	CHECK((r == FILE_OK) == (error.n == 0));
	if (r == FILE_OK)
		CHECK(bytes_is(buf_view(&out), wanted));
	else
		CHECK(strncmp(buf_text(&error), path, strlen(path)) == 0);
	buf_fini(&out);
	buf_fini(&error);
	return r;
}

int
main(void)
{
	char *dir = tmpdir_new(), *path = mem_printf("%s/f", dir);
	char *nowhere = mem_printf("%s/no/f", dir);
	struct buf error;
	struct stat st;

	buf_init(&error, 4096);
	umask(022);
	CHECK(read_to(path, 9, false, NULL) == FILE_ABSENT);
	CHECK(file_replace(path, bytes_of("old"), &error));
	CHECK(file_replace(path, bytes_of("12345"), &error));
	CHECK(stat(path, &st) == 0 && (st.st_mode & 0777) == 0644);
	CHECK(read_to(path, 9, true, "12345") == FILE_OK);
	/* At the ceiling, and one past it. */
	CHECK(read_to(path, 5, false, "12345") == FILE_OK);
	CHECK(read_to(path, 4, false, NULL) == FILE_FAILED);
	CHECK(chmod(path, 0646) == 0);
	CHECK(read_to(path, 9, true, NULL) == FILE_WRITABLE);
	CHECK(read_to(path, 9, false, "12345") == FILE_OK);
	CHECK(read_to(dir, 9, false, NULL) == FILE_FAILED);
	CHECK(!file_replace(nowhere, bytes_of("x"), &error));
	CHECK(error.n > 0);
	buf_fini(&error);
	free(path);
	free(nowhere);
	tmpdir_remove(dir);
	return 0;
}
