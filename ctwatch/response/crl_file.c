/* SPDX-License-Identifier: Apache-2.0 */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "response/crl_file.h"
#include "response/lookup.h"
#include <ctwatch/base/limits.h>
#include <ctwatch/base/mem.h>
#include <ctwatch/base/text.h>
#include <ctwatch/base/time.h>

/* Time limit for one CRL, in ms. */
#define CRL_TIME 120000

/* How long a file is kept that is not asked for. */
#define KEPT (30 * TIME_DAY)

char *
crl_file_path(const char *dir, const char *url)
{
	char hex[2 * SHA256_SIZE + 1];

	sha256_hex(bytes_of(url), hex);
	return mem_printf("%s/crl/%s.crl", dir, hex);
}

enum http_download_result
crl_file_fetch(const struct revocation_options *options, const char *url,
    const char *path, const char *known, char **etag, struct buf *error)
{
	char *temp = mem_printf("%s.new", path);
	struct http_download d = { .url = url,
		.max = LIMIT_CRL,
		.time_limit = lookup_time_limit(options->deadline, CRL_TIME),
		.etag = access(path, R_OK) == 0 ? known : NULL,
		.allow_private = options->allow_private,
		.stopped = options->stopped };
	enum http_download_result r = HTTP_DOWNLOAD_FAILED;

	unlink(temp);
	d.fd = open(
	    temp, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600);
	if (d.fd < 0)
		buf_printf(error, "%s: %s", temp, strerror(errno));
	else {
		r = http_download(options->http, &d, etag, error);
		if (close(d.fd) != 0 && r == HTTP_DOWNLOAD_OK) {
			buf_printf(error, "%s: %s", temp, strerror(errno));
			r = HTTP_DOWNLOAD_FAILED;
		}
		if (r == HTTP_DOWNLOAD_OK && rename(temp, path) != 0) {
			buf_printf(error, "%s: %s", path, strerror(errno));
			r = HTTP_DOWNLOAD_FAILED;
		}
		if (r != HTTP_DOWNLOAD_OK)
			unlink(temp);
	}
	if (r == HTTP_DOWNLOAD_SAME) {
		*etag = mem_strdup(known);
		utimensat(AT_FDCWD, path, NULL, 0);
	}
	free(temp);
	return r;
}

void
crl_file_prune(const char *dir, int64_t now)
{
	char *path = mem_printf("%s/crl", dir);
	DIR *d = opendir(path);
	struct dirent *e;
	struct stat st;

	while (d != NULL && (e = readdir(d)) != NULL)
		if (fstatat(dirfd(d), e->d_name, &st, AT_SYMLINK_NOFOLLOW) ==
		        0 &&
		    S_ISREG(st.st_mode) &&
		    (int64_t)st.st_mtime * TIME_SECOND < now - KEPT)
			unlinkat(dirfd(d), e->d_name, 0);
	if (d != NULL)
		closedir(d);
	free(path);
}

struct bytes
crl_file_map(const char *path)
{
	int fd = open(path, O_RDONLY | O_NOFOLLOW | O_CLOEXEC);
	struct bytes out = { NULL, 0 };
	struct stat st;

	if (fd >= 0 && fstat(fd, &st) == 0 && st.st_size > 0) {
		out.n = (size_t)st.st_size;
		out.p = mmap(NULL, out.n, PROT_READ, MAP_PRIVATE, fd, 0);
		if (out.p == MAP_FAILED)
			out = (struct bytes){ NULL, 0 };
	}
	if (fd >= 0)
		close(fd);
	return out;
}
