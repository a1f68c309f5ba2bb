/* SPDX-License-Identifier: Apache-2.0 */
/* log_static: heads, proofs and pages of C2SP static-ct-api logs. */
#ifndef CTWATCH_NET_LOG_STATIC_H
#define CTWATCH_NET_LOG_STATIC_H

#include <ctwatch/net/log_client.h>

extern const struct log_client_heads log_static_heads;
extern const struct log_client_pages log_static_pages;

/* The path of tile n of a level ("data", "0", ...), wide entries wide, as
 * tile/0/x001/234.p/5.  The caller frees. */
char *log_static_path(const char *level, uint64_t n, uint32_t wide);

/* ---- what other logs of tiles have in common; see log_client.h ---- */

enum log_client_result log_static_range(const struct log_client *s,
    const struct log_client_fetch *fetch, const struct tree_head *head,
    uint64_t at, struct merkle_range *out, struct buf *error);

/* Compute the ranges from 0 to at[0], from there to at[1], and so on, at being
 * in ascending order, and call each for them.  They are verified if all lead to
 * the root of head: LOG_CLIENT_OK. */
enum log_client_result log_static_ranges(const struct log_client *s,
    const struct log_client_fetch *fetch, const struct tree_head *head,
    const uint64_t *at, size_t n,
    void (*each)(void *arg, const struct merkle_range *), void *arg,
    struct buf *error);

enum log_client_result log_static_consistent(const struct log_client *s,
    const struct log_client_fetch *fetch, uint64_t size,
    const struct merkle_hash *root, const struct tree_head *head,
    struct buf *error);
enum log_client_result log_static_prove(const struct log_client *s,
    const struct log_client_fetch *fetch, const struct tree_head *head,
    uint64_t index, const struct merkle_hash *leaf, struct merkle_hash *path,
    size_t *n, struct buf *error);
enum log_client_result log_static_leaf_hashes(const struct log_client *s,
    const struct log_client_fetch *fetch, const struct tree_head *head,
    const struct log_client_page *want, struct merkle_hash *out,
    struct buf *error);
enum log_client_result log_static_subtree(const struct log_client *s,
    const struct log_client_fetch *fetch, const struct tree_head *head,
    unsigned level, uint64_t start, struct merkle_hash *out, struct buf *error);

/* Make the page with the entry at index, of tiles of this level. */
void log_static_page(const struct log_client *s, const char *level,
    uint64_t index, uint64_t size, struct log_client_page *out);

#endif
