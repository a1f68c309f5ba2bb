/* SPDX-License-Identifier: Apache-2.0 */
#include <dirent.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "store/index_files.h"
#include <ctwatch/base/file.h>
#include <ctwatch/base/limits.h>
#include <ctwatch/base/mem.h>
#include <ctwatch/base/text.h>

#define FOLDER "index"
#define SUFFIX ".idx"

static char *
path_of(const char *dir, const uint8_t sha256[static SHA256_SIZE])
{
	char hex[2 * SHA256_SIZE + 1];

	text_hex(bytes_at(sha256, SHA256_SIZE), hex);
	return mem_printf("%s/" FOLDER "/%s" SUFFIX, dir, hex);
}

bool
index_files_read(const char *dir, const uint8_t sha256[static SHA256_SIZE],
    struct buf *out, struct buf *error)
{
	char *path = path_of(dir, sha256);
	uint8_t got[SHA256_SIZE];
	struct buf content;
	bool ok;

	buf_init(&content, LIMIT_INDEX_FILE);
	ok = file_read(path, false, &content, error) == FILE_OK;
	if (ok) {
		sha256_digest(buf_view(&content), got);
		ok = memcmp(got, sha256, sizeof got) == 0;
		if (!ok)
			buf_printf(error,
			    "%s: damaged: its content does not have the "
			    "digest of its name",
			    path);
	}
	if (ok)
		ok = buf_add(out, buf_view(&content));
	buf_fini(&content);
	free(path);
	return ok;
}

bool
index_files_write(const char *dir, struct bytes content,
    uint8_t sha256[static SHA256_SIZE], struct buf *error)
{
	char *path, *folder = mem_printf("%s/" FOLDER, dir);
	struct stat st;
	bool ok = true;

	sha256_digest(content, sha256);
	path = path_of(dir, sha256);
	/* A group that may read the state may read the index. */
	if (stat(dir, &st) != 0 ||
	    (mkdir(folder, st.st_mode & 0750) != 0 && errno != EEXIST)) {
		buf_printf(error, "%s: %s", folder, strerror(errno));
		ok = false;
	}
	ok = ok && file_replace(path, content, error);
	free(path);
	free(folder);
	return ok;
}

/* Report whether a file has the name of an index file, or is one that was being
 * written, with more characters after the name. */
static bool
is_ours(const char *name, uint8_t sha256[static SHA256_SIZE], bool *whole)
{
	char hex[2 * SHA256_SIZE + 1];
	size_t n = strlen(name);

	*whole = n == sizeof hex - 1 + strlen(SUFFIX);
	if (n < sizeof hex - 1 + strlen(SUFFIX))
		return false;
	memcpy(hex, name, sizeof hex - 1);
	hex[sizeof hex - 1] = '\0';
	return text_unhex(hex, sha256, SHA256_SIZE) &&
	    memcmp(name + sizeof hex - 1, SUFFIX, strlen(SUFFIX)) == 0;
}

void
index_files_remove(const char *dir,
    bool (*named)(void *arg, const uint8_t sha256[static SHA256_SIZE]),
    void *arg)
{
	char *folder = mem_printf("%s/" FOLDER, dir);
	DIR *d = opendir(folder);
	const struct dirent *e;

	while (d != NULL && (e = readdir(d)) != NULL) {
		uint8_t sha256[SHA256_SIZE];
		bool whole;
		char *path;

		if (!is_ours(e->d_name, sha256, &whole) ||
		    (whole && named(arg, sha256)))
			continue;
		path = mem_printf("%s/%s", folder, e->d_name);
		unlink(path);
		free(path);
	}
	if (d != NULL)
		closedir(d);
	free(folder);
}
