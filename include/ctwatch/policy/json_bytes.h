/* SPDX-License-Identifier: Apache-2.0 */
/*
 * json_bytes: bytes as base64 in JSON.
 */
#ifndef CTWATCH_POLICY_JSON_BYTES_H
#define CTWATCH_POLICY_JSON_BYTES_H

#include <ctwatch/base/blob.h>

struct json_t;

/* Return a JSON string with the base64 of in, owned by the caller. */
struct json_t *json_bytes_new(struct bytes in);

/* Return the bytes of a JSON string; empty if v is no string or not base64. */
struct blob json_bytes_take(const struct json_t *v);

#endif
