/* SPDX-License-Identifier: Apache-2.0 */
/*
 * file: read whole files up to a limit, and replace files atomically.
 */
#ifndef CTWATCH_BASE_FILE_H
#define CTWATCH_BASE_FILE_H

#include <sys/types.h>

#include <ctwatch/base/buf.h>

enum file_result {
	FILE_OK,
	FILE_ABSENT,   /* the file does not exist */
	FILE_WRITABLE, /* its group or other users may write to it */
	FILE_FAILED    /* any other error */
};

/*
 * Read the file at path into out, up to the limit of out.  With guarded,
 * refuse a file that other users than its owner may write.  *error is set,
 * beginning with the path, for every result but FILE_OK.
 */
enum file_result file_read(
    const char *path, bool guarded, struct buf *out, struct buf *error);

/* Read the rest of fd, which stays open; *error begins with path. */
bool file_read_open(
    int fd, const char *path, struct buf *out, struct buf *error);

/* Return the folder that holds path: ".", "/", or what stands before its last
 * slash.  The caller frees it. */
char *file_folder(const char *path);

/* Write all of in to fd; false, with errno set, when that fails. */
bool file_write(int fd, struct bytes in);

/*
 * Create a new file beside path, of that mode less the umask, and open it for
 * writing: *name, which the caller frees, is unpredictable, and no symbolic
 * link is followed.  -1, with errno set and *name NULL, when that fails.
 */
int file_create_beside(const char *path, mode_t mode, char **name);

/*
 * Close fd, of file_create_beside, and let its file, named temp, replace the one
 * at path, as file_replace does.  If writing it failed with that errno, not 0,
 * only delete it.
 */
bool file_put_in_place(
    int fd, const char *temp, const char *path, int failed, struct buf *error);

/*
 * Replace the file at path, or make it (mode 0644 less the umask): a reader
 * sees the old content or the new, also after a power cut.  A symbolic link is
 * replaced, not followed.
 */
bool file_replace(const char *path, struct bytes content, struct buf *error);

/* As file_replace, with mode 0600: only its owner may read it. */
bool file_replace_private(
    const char *path, struct bytes content, struct buf *error);

/* Make a new file with that content, whole or not at all (mode 0644 less the
 * umask); an existing one is an error. */
bool file_make(const char *path, struct bytes content, struct buf *error);

/*
 * The path to write an output file to, which the caller frees: path with its
 * symbolic links followed, but for a link in a folder where others can put links.
 * That link is replaced, not followed.
 */
char *file_output_path(const char *path);

#endif
