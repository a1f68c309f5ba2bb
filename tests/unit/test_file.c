/* SPDX-License-Identifier: Apache-2.0 */
#include <libgen.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <ctwatch/base/file.h>

#include "../support/test.h"
#include "../support/tmpdir.h"

/* What file_read makes of path with a limit of max bytes. */
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

/* A planted link is replaced, and its target is unchanged. */
static void
follows_no_links_of_other_users(const char *dir)
{
	char *shared = mem_printf("%s/shared", dir);
	char *victim = mem_printf("%s/victim", dir);
	char *link = mem_printf("%s/link", shared);
	char *own = mem_printf("%s/own", dir);
	char *name, *target;
	struct buf error;
	struct stat st;
	int fd;

	buf_init(&error, 4096);
	CHECK(mkdir(shared, 0700) == 0 && chmod(shared, 01777) == 0);
	CHECK(file_replace(victim, bytes_of("kept"), &error));
	CHECK(symlink(victim, link) == 0 && symlink(victim, own) == 0);
	target = file_output_path(link);
	CHECK(strcmp(target, link) == 0);
	CHECK(file_replace(target, bytes_of("new"), &error));
	CHECK(lstat(link, &st) == 0 && S_ISREG(st.st_mode));
	CHECK(read_to(victim, 9, false, "kept") == FILE_OK);
	free(target);
	/* In a folder of one's own links are followed, to devices, too. */
	target = file_output_path(own);
	name = realpath(victim, NULL);
	CHECK(strcmp(target, name) == 0);
	free(name);
	free(target);
	CHECK(unlink(link) == 0 && symlink("/dev/null", link) == 0);
	target = file_output_path(link);
	CHECK(strcmp(target, link) == 0);
	free(target);
	CHECK(unlink(own) == 0 && symlink("/dev/null", own) == 0);
	target = file_output_path(own);
	CHECK(strcmp(target, "/dev/null") == 0);
	free(target);
	/* Two files beside one path have names of their own. */
	umask(0);
	fd = file_create_beside(victim, 0640, &name);
	CHECK(fd >= 0 && fstat(fd, &st) == 0 && (st.st_mode & 0777) == 0640);
	close(fd);
	fd = file_create_beside(victim, 0600, &target);
	CHECK(fd >= 0 && strcmp(name, target) != 0);
	close(fd);
	umask(022);
	buf_fini(&error);
	free(name);
	free(target);
	free(shared);
	free(victim);
	free(link);
	free(own);
}

/* dirname(3) gives the wanted value. */
static void
returns_the_folder_of_a_path(void)
{
	static const char *const paths[] = { "f", "/", "/f", "/a/f", "a/f",
		"./f", "../a/f", "" };

	for (size_t i = 0; i < sizeof paths / sizeof paths[0]; i++) {
		char *copy = mem_strdup(paths[i]);
		char *folder = file_folder(paths[i]);

		CHECK(strcmp(folder, dirname(copy)) == 0);
		free(folder);
		free(copy);
	}
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
	returns_the_folder_of_a_path();
	CHECK(read_to(path, 9, false, NULL) == FILE_ABSENT);
	CHECK(file_make(path, bytes_of("first"), &error));
	CHECK(!file_make(path, bytes_of("second"), &error));
	CHECK(read_to(path, 9, false, "first") == FILE_OK);
	CHECK(stat(path, &st) == 0 && st.st_nlink == 1);
	CHECK(file_replace(path, bytes_of("old"), &error));
	CHECK(file_replace(path, bytes_of("12345"), &error));
	CHECK(stat(path, &st) == 0 && (st.st_mode & 0777) == 0644);
	CHECK(read_to(path, 9, true, "12345") == FILE_OK);
	/* At the limit, and one past it. */
	CHECK(read_to(path, 5, false, "12345") == FILE_OK);
	CHECK(read_to(path, 4, false, NULL) == FILE_FAILED);
	CHECK(chmod(path, 0646) == 0);
	CHECK(read_to(path, 9, true, NULL) == FILE_WRITABLE);
	CHECK(read_to(path, 9, false, "12345") == FILE_OK);
	CHECK(read_to(dir, 9, false, NULL) == FILE_FAILED);
	CHECK(!file_replace(nowhere, bytes_of("x"), &error));
	CHECK(error.n > 0);
	follows_no_links_of_other_users(dir);
	buf_fini(&error);
	free(path);
	free(nowhere);
	tmpdir_remove(dir);
	return 0;
}
