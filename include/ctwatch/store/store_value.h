/* SPDX-License-Identifier: Apache-2.0 */
/*
 * store_value: named values.
 */
#ifndef CTWATCH_STORE_STORE_VALUE_H
#define CTWATCH_STORE_STORE_VALUE_H

#include <ctwatch/base/buf.h>

struct store;

/* Named values: digests of the last verdicts' inputs, proposals, pinset
 * versions. */
bool store_value_save(struct store *s, const char *name, struct bytes value);
bool store_value_load(struct store *s, const char *name, struct buf *out);

#endif
