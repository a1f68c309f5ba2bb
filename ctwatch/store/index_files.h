/* SPDX-License-Identifier: Apache-2.0 */
/*
 * index_files: files of the index of names, each named by the SHA-256 of its
 * content.
 */
#ifndef CTWATCH_STORE_INDEX_FILES_H
#define CTWATCH_STORE_INDEX_FILES_H

#include <ctwatch/base/buf.h>
#include <ctwatch/wire/sha256.h>

/* Append the content of a file below dir; false with the reason, beginning with
 * its path, in *error if it does not have that digest. */
bool index_files_read(const char *dir, const uint8_t sha256[static SHA256_SIZE],
    struct buf *out, struct buf *error);

/* Write a file durably; false with the reason in *error. */
bool index_files_write(const char *dir, struct bytes content,
    uint8_t sha256[static SHA256_SIZE], struct buf *error);

/* Delete the files that `named` does not accept, and parts of files that a
 * killed run left. */
void index_files_remove(const char *dir,
    bool (*named)(void *arg, const uint8_t sha256[static SHA256_SIZE]),
    void *arg);

#endif
