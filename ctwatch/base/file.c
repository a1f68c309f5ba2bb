/* SPDX-License-Identifier: Apache-2.0 */
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>
#include <sys/stat.h>
#include <unistd.h>

#include <ctwatch/base/file.h>
#include <ctwatch/base/mem.h>

/* Bytes of one read. */
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

		/* At the limit, one more byte is an error. */
		if (room == 0) {
			char one;

			got = read(fd, &one, 1);
			if (got > 0)
				say(error, path, "longer than the limit");
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

char *
file_folder(const char *path)
{
	const char *slash = strrchr(path, '/');

	if (slash == NULL)
		return mem_strdup(".");
	return mem_printf(
	    "%.*s", slash == path ? 1 : (int)(slash - path), path);
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

/* A rename is durable only after fsync of the folder. */
static bool
sync_folder(const char *path)
{
	char *folder = file_folder(path);
	int fd = open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	bool ok = fd >= 0 && fsync(fd) == 0;

	if (fd >= 0)
		close(fd);
	free(folder);
	return ok;
}

int
file_create_beside(const char *path, mode_t mode, char **name)
{
	int fd = -1;

	errno = EEXIST;
	for (int i = 0; fd < 0 && errno == EEXIST && i < 100; i++) {
		uint64_t random;

		*name = NULL;
		if (getrandom(&random, sizeof random, 0) != sizeof random)
			return -1;
		*name = mem_printf("%s.%016" PRIx64, path, random);
		fd = open(*name,
		    O_RDWR | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, mode);
		if (fd < 0) {
			int why = errno;

			free(*name);
			*name = NULL;
			errno = why;
		}
	}
	return fd;
}

/* Give the file temp, open as fd, its place by put, unless writing it failed
 * with that errno.  Close fd. */
static bool
finish(int fd, const char *temp, const char *path, int failed,
    int (*put)(const char *temp, const char *path), struct buf *error)
{
	bool ok = failed == 0 && fsync(fd) == 0;

	if (!ok && failed == 0)
		failed = errno;
	if (close(fd) != 0 && ok) {
		ok = false;
		failed = errno;
	}
	ok = ok && put(temp, path) == 0 && sync_folder(path);
	if (!ok)
		say(error, path, strerror(failed != 0 ? failed : errno));
	unlink(temp); /* It is gone after a rename. */
	return ok;
}

/* Write content to a new file beside path, of that mode less the umask, and give
 * it its place by put. */
static bool
write_beside(const char *path, mode_t mode, struct bytes content,
    int (*put)(const char *temp, const char *path), struct buf *error)
{
	char *temp;
	int fd = file_create_beside(path, mode, &temp);
	bool ok = false;

	if (fd < 0)
		say(error, path, strerror(errno));
	else
		ok = finish(fd, temp, path, file_write(fd, content) ? 0 : errno,
		    put, error);
	free(temp);
	return ok;
}

bool
file_put_in_place(
    int fd, const char *temp, const char *path, int failed, struct buf *error)
{
	return finish(fd, temp, path, failed, rename, error);
}

bool
file_replace(const char *path, struct bytes content, struct buf *error)
{
	return write_beside(path, 0644, content, rename, error);
}

bool
file_replace_private(const char *path, struct bytes content, struct buf *error)
{
	return write_beside(path, 0600, content, rename, error);
}

bool
file_make(const char *path, struct bytes content, struct buf *error)
{
	return write_beside(path, 0644, content, link, error);
}

/* Report whether others than its owner may write to the folder of path. */
static bool
is_in_shared_folder(const char *path)
{
	char *folder = file_folder(path);
	struct stat st;
	bool shared =
	    stat(folder, &st) != 0 || (st.st_mode & (S_IWGRP | S_IWOTH)) != 0;

	free(folder);
	return shared;
}

char *
file_output_path(const char *path)
{
	struct stat link;
	char *real, *copy;

	if (lstat(path, &link) == 0 && S_ISLNK(link.st_mode) &&
	    is_in_shared_folder(path))
		return mem_strdup(path);
	real = realpath(path, NULL);
	if (real == NULL)
		return mem_strdup(path);
	copy = mem_strdup(real);
	free(real);
	return copy;
}
