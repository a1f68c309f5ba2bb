/* SPDX-License-Identifier: Apache-2.0 */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <ctwatch/base/file.h>
#include <ctwatch/base/mem.h>

/* As much as is asked for at once. */
#define CHUNK 65536

static void
say(struct buf *error, const char *path, const char *what)
{
	buf_printf(error, "%s: %s", path, what);
}

bool
file_read_open(int fd, const char *path, struct buf *out, struct buf *error)
{
	for (;;) {
		size_t room =
		    out->max - out->n < CHUNK ? out->max - out->n : CHUNK;
		ssize_t got;

		/* At the ceiling one more byte is one too many. */
		if (room == 0) {
			char one;

			got = read(fd, &one, 1);
			if (got > 0)
				say(error, path, "longer than is taken");
			if (got >= 0)
				return got == 0;
		} else {
			buf_reserve(out, room);
			got = read(fd, out->p + out->n, room);
		}
		if (got < 0 && errno == EINTR)
			continue;
		if (got < 0)
			say(error, path, strerror(errno));
		if (got <= 0)
			return got == 0;
		out->n += (size_t)got;
	}
}

enum file_result
file_read(const char *path, bool guarded, struct buf *out, struct buf *error)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	struct stat st;
	bool ok;

	if (fd < 0) {
		enum file_result why =
		    errno == ENOENT ? FILE_ABSENT : FILE_FAILED;

		say(error, path, strerror(errno));
		return why;
	}
	if (guarded && fstat(fd, &st) == 0 &&
	    (st.st_mode & (S_IWGRP | S_IWOTH)) != 0) {
		say(error, path, "others than its owner may write to it");
		close(fd);
		return FILE_WRITABLE;
	}
	ok = file_read_open(fd, path, out, error);
	close(fd);
	return ok ? FILE_OK : FILE_FAILED;
}

bool
file_write(int fd, struct bytes in)
{
	while (in.n > 0) {
		ssize_t n = write(fd, in.p, in.n);
		struct bytes skip;

		if (n < 0 && errno == EINTR)
			continue;
		if (n <= 0)
			return false;
		bytes_take(&in, (size_t)n, &skip);
	}
	return true;
}

/* A rename lasts only when the folder is on disk as well. */
static bool
sync_folder(const char *path)
{
	const char *slash = strrchr(path, '/');
	char *folder = slash == NULL
	    ? mem_strdup(".")
	    : mem_printf("%.*s", (int)(slash - path + 1), path);
	int fd = open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	bool ok = fd >= 0 && fsync(fd) == 0;

	if (fd >= 0)
		close(fd);
	free(folder);
	return ok;
}

bool
file_replace(const char *path, struct bytes content, struct buf *error)
{
	char *temp = mem_printf("%s.XXXXXX", path);
	int fd = mkostemp(temp, O_CLOEXEC);
	mode_t mask = umask(0);
	bool ok;

	umask(mask);
	ok = fd >= 0 && fchmod(fd, 0644 & ~mask) == 0 &&
	    file_write(fd, content) && fsync(fd) == 0;
	if (fd >= 0)
		ok = close(fd) == 0 && ok;
	ok = ok && rename(temp, path) == 0 && sync_folder(path);
	if (!ok) {
		say(error, path, strerror(errno));
		if (fd >= 0)
			unlink(temp);
	}
	free(temp);
	return ok;
}
