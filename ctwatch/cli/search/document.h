/* SPDX-License-Identifier: Apache-2.0 */
/*
 * document: what the command `search' found, as JSON and as text.
 */
#ifndef CTWATCH_CLI_SEARCH_DOCUMENT_H
#define CTWATCH_CLI_SEARCH_DOCUMENT_H

#include <ctwatch/base/buf.h>
#include <ctwatch/store/store.h>
#include <ctwatch/sync/batch.h>
#include <ctwatch/sync/search_index.h>

struct json_t;

/* Return the document for an item and a time in ms (0: none); the caller
 * releases it. */
struct json_t *search_document_new(const char *item, int64_t since);

/* Add the matches and the rejected entries that may match, of a log, in
 * [from, to) and not older than since. */
void search_document_found(struct json_t *doc, const struct store_log *log,
    const struct batch *b, uint64_t from, uint64_t to, int64_t since);

/* Add the entries of a log that were searched, and those that were not. */
void search_document_ranges(struct json_t *doc, const struct store_log *log,
    const struct search_index_result *r);

/* Report whether some entries were not searched. */
bool search_document_incomplete(const struct json_t *doc);

/* Append the document as text. */
void search_document_text(const struct json_t *doc, struct buf *out);

#endif
