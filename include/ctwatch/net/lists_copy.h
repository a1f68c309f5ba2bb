/* SPDX-License-Identifier: Apache-2.0 */
/*
 * lists_copy: what is kept of a log list between two runs, in one file, so
 * that no part of it can belong to another night: lines "fetched TIME",
 * "etag TAG" and "signature BASE64", an empty line, and the list as it came.
 */
#ifndef CTWATCH_NET_LISTS_COPY_H
#define CTWATCH_NET_LISTS_COPY_H

#include <ctwatch/base/buf.h>

struct lists_copy {
	struct buf json;      /* empty: there is no copy */
	struct buf signature; /* as it came; empty: none */
	char *etag;           /* owned; or NULL */
	int64_t fetched;      /* ms */
};

/* Make c one of no list. */
void lists_copy_init(struct lists_copy *c);
void lists_copy_fini(struct lists_copy *c);

/* Load what DIR/lists holds of url; of what is damaged, nothing. */
void lists_copy_load(struct lists_copy *c, const char *dir, const char *url);

/* Keep c; false with the reason in *error. */
bool lists_copy_save(const struct lists_copy *c, const char *dir,
    const char *url, struct buf *error);

#endif
