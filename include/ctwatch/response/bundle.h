/* SPDX-License-Identifier: Apache-2.0 */
/*
 * bundle: write named files from memory together, as a folder or one tar file.
 * The same files give the same bytes.
 */
#ifndef CTWATCH_RESPONSE_BUNDLE_H
#define CTWATCH_RESPONSE_BUNDLE_H

#include <ctwatch/base/buf.h>

struct bundle_file {
	char *name; /* owned: [A-Za-z0-9._/-]+, relative */
	struct buf content;
};

struct bundle {
	struct bundle_file *v;
	size_t n;
};

/* Add an empty file; its content, borrowed until the next add, takes max
 * bytes. */
struct buf *bundle_add(struct bundle *b, const char *name, size_t max);

/* Add a file with this content. */
void bundle_add_bytes(struct bundle *b, const char *name, struct bytes content);

/* Add MANIFEST: the SHA-256 of all files added, in the format of sha256sum, by
 * name. */
void bundle_add_manifest(struct bundle *b);

/* Write the files into dir, which must be absent or empty.  On failure remove
 * the written files; the reason is in *error. */
bool bundle_write(const struct bundle *b, const char *dir, struct buf *error);

/* Append the files as a tar file (POSIX.1-1988 ustar) below the folder top,
 * owned by 0, mode 0644, all with this time (ms since 1970). */
void bundle_tar(
    const struct bundle *b, const char *top, int64_t time, struct buf *out);

void bundle_fini(struct bundle *b);

#endif
