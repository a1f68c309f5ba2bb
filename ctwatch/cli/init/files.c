/* SPDX-License-Identifier: Apache-2.0 */
/* files: write the files of a new configuration, all or none. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "cli/init/init.h"
#include <ctwatch/base/file.h>
#include <ctwatch/base/mem.h>
#include <ctwatch/base/msg.h>
#include <ctwatch/cli/cli.h>

/* Create dir and its missing parents; return the number of new directories. */
static size_t
make_folders(const char *dir)
{
	char *path = mem_strdup(dir);
	size_t n = 0;

	for (char *p = path + 1; *path != '\0'; p++)
		if (*p == '/' || *p == '\0') {
			const char end = *p;

			*p = '\0';
			n += mkdir(path, 0755) == 0;
			*p = end;
			if (end == '\0')
				break;
		}
	free(path);
	return n;
}

/* Remove the n lowest directories of dir if empty. */
static void
remove_folders(const char *dir, size_t n)
{
	char *path = mem_strdup(dir);

	for (; n > 0 && rmdir(path) == 0; n--) {
		char *above = file_folder(path);

		free(path);
		path = above;
	}
	free(path);
}

static bool
none_exists(const struct init_file *files, size_t n)
{
	struct stat st;
	bool none = true;

	for (size_t i = 0; i < n; i++)
		if (lstat(files[i].path, &st) == 0) {
			msg_error("%s: exists, and init overwrites no file: "
			          "change it, or give another --dir",
			    files[i].path);
			none = false;
		}
	return none;
}

static bool
write_all(struct init_file *files, size_t n)
{
	struct buf error;
	bool ok = true;

	buf_init(&error, 4096);
	for (size_t i = 0; ok && i < n; i++)
		ok = files[i].written = file_make(
		    files[i].path, buf_view(&files[i].content), &error);
	if (!ok)
		msg_error("%s", buf_text(&error));
	for (size_t i = 0; !ok && i < n; i++)
		if (files[i].written) {
			unlink(files[i].path);
			files[i].written = false;
		}
	buf_fini(&error);
	return ok;
}

int
init_files_write(const char *dir, struct init_file *files, size_t n)
{
	size_t made;

	if (!none_exists(files, n))
		return CLI_USAGE;
	made = make_folders(dir);
	if (write_all(files, n))
		return CLI_CLEAN;
	remove_folders(dir, made);
	return CLI_LOCAL;
}
