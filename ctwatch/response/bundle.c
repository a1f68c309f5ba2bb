/* SPDX-License-Identifier: Apache-2.0 */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <ctwatch/base/file.h>
#include <ctwatch/base/mem.h>
#include <ctwatch/base/text.h>
#include <ctwatch/base/time.h>
#include <ctwatch/response/bundle.h>
#include <ctwatch/wire/sha256.h>

/* ustar: headers and contents are padded to blocks. */
#define BLOCK 512

struct buf *
bundle_add(struct bundle *b, const char *name, size_t max)
{
	struct bundle_file *f;

	b->v = mem_grow(b->v, b->n, sizeof *b->v);
	f = &b->v[b->n++];
	f->name = mem_strdup(name);
	buf_init(&f->content, max);
	return &f->content;
}

void
bundle_add_bytes(struct bundle *b, const char *name, struct bytes content)
{
	buf_add(bundle_add(b, name, content.n), content);
}

static int
by_name(const void *a, const void *b)
{
	const struct bundle_file *x = a, *y = b;

	return strcmp(x->name, y->name);
}

void
bundle_add_manifest(struct bundle *b)
{
	char hex[2 * SHA256_SIZE + 1];
	struct buf list;

	qsort(b->v, b->n, sizeof *b->v, by_name);
	buf_init(&list, SIZE_MAX / 2);
	for (size_t i = 0; i < b->n; i++) {
		sha256_hex(buf_view(&b->v[i].content), hex);
		buf_printf(&list, "%s  %s\n", hex, b->v[i].name);
	}
	bundle_add_bytes(b, "MANIFEST", buf_view(&list));
	buf_fini(&list);
}

/* ---- a folder ---- */

static bool
is_empty(const char *dir)
{
	DIR *d = opendir(dir);
	struct dirent *e;
	bool empty = d != NULL;

	while (empty && (e = readdir(d)) != NULL)
		empty =
		    strcmp(e->d_name, ".") == 0 || strcmp(e->d_name, "..") == 0;
	if (d != NULL)
		closedir(d);
	return empty;
}

/* Create the folders of a file's name; false if that fails. */
static bool
make_folders(int dir_fd, const char *name)
{
	for (const char *slash = strchr(name, '/'); slash != NULL;
	     slash = strchr(slash + 1, '/')) {
		char *folder = mem_printf("%.*s", (int)(slash - name), name);
		bool ok = mkdirat(dir_fd, folder, 0777) == 0 || errno == EEXIST;

		free(folder);
		if (!ok)
			return false;
	}
	return true;
}

static bool
write_file(int dir_fd, const struct bundle_file *f)
{
	int fd = make_folders(dir_fd, f->name)
	    ? openat(dir_fd, f->name,
	          O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0666)
	    : -1;
	bool ok = fd >= 0 && file_write(fd, buf_view(&f->content));

	if (fd >= 0)
		ok = close(fd) == 0 && ok;
	return ok;
}

/* Remove the first n files, and their folders as they become empty. */
static void
remove_files(int dir_fd, const struct bundle *b, size_t n)
{
	while (n-- > 0) {
		char *name = mem_strdup(b->v[n].name), *slash;

		unlinkat(dir_fd, name, 0);
		while ((slash = strrchr(name, '/')) != NULL) {
			*slash = '\0';
			unlinkat(dir_fd, name, AT_REMOVEDIR);
		}
		free(name);
	}
}

bool
bundle_write(const struct bundle *b, const char *dir, struct buf *error)
{
	bool made = mkdir(dir, 0777) == 0;
	size_t n = 0;
	int dir_fd;

	if (!made && errno == EEXIST && !is_empty(dir)) {
		buf_printf(error,
		    "%s: not an empty folder: give a new or an empty one", dir);
		return false;
	}
	dir_fd = open(dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	while (dir_fd >= 0 && n < b->n && write_file(dir_fd, &b->v[n]))
		n++;
	if (dir_fd < 0)
		buf_printf(error, "%s: %s", dir, strerror(errno));
	else if (n < b->n) {
		buf_printf(
		    error, "%s/%s: %s", dir, b->v[n].name, strerror(errno));
		remove_files(dir_fd, b, n + 1);
		if (made)
			rmdir(dir);
	}
	if (dir_fd >= 0)
		close(dir_fd);
	return n == b->n;
}

/* ---- a tar file ---- */

/* POSIX.1-1988, ustar: the fields of a header. */
struct header {
	char name[100], mode[8], uid[8], gid[8], size[12], mtime[12], sum[8];
	char type, link[100], magic[6], version[2], user[32], group[32];
	char major[8], minor[8], prefix[155], pad[12];
};

static void
add_header(const char *name, size_t size, int64_t time, struct buf *out)
{
	struct header h = { .type = '0', .magic = "ustar" };
	unsigned sum = 0;

	snprintf(h.name, sizeof h.name, "%s", name);
	snprintf(h.mode, sizeof h.mode, "%07o", 0644);
	snprintf(h.uid, sizeof h.uid, "%07o", 0);
	snprintf(h.gid, sizeof h.gid, "%07o", 0);
	snprintf(h.size, sizeof h.size, "%011zo", size);
	snprintf(h.mtime, sizeof h.mtime, "%011" PRIo64,
	    (uint64_t)(time / TIME_SECOND));
	memcpy(h.version, "00", sizeof h.version);
	snprintf(h.major, sizeof h.major, "%07o", 0);
	snprintf(h.minor, sizeof h.minor, "%07o", 0);
	memset(h.sum, ' ', sizeof h.sum);
	for (size_t i = 0; i < sizeof h; i++)
		sum += ((const uint8_t *)&h)[i];
	snprintf(h.sum, sizeof h.sum, "%06o", sum);
	buf_add(out, bytes_at(&h, sizeof h));
}

void
bundle_tar(
    const struct bundle *b, const char *top, int64_t time, struct buf *out)
{
	static const uint8_t zeros[2 * BLOCK];

	for (size_t i = 0; i < b->n; i++) {
		const struct buf *content = &b->v[i].content;
		char *name = mem_printf("%s/%s", top, b->v[i].name);

		add_header(name, content->n, time, out);
		buf_add(out, buf_view(content));
		buf_add(out,
		    (struct bytes){
		        zeros, (BLOCK - content->n % BLOCK) % BLOCK });
		free(name);
	}
	buf_add(out, (struct bytes){ zeros, sizeof zeros });
}

void
bundle_fini(struct bundle *b)
{
	for (size_t i = 0; i < b->n; i++) {
		free(b->v[i].name);
		buf_fini(&b->v[i].content);
	}
	free(b->v);
	*b = (struct bundle){ NULL, 0 };
}
