/* SPDX-License-Identifier: Apache-2.0 */
#include <stdlib.h>
#include <string.h>

#include <jansson.h>

#include "sync/backfill_json.h"
#include <ctwatch/base/mem.h>
#include <ctwatch/base/text.h>

bool
backfill_json_text(
    const json_t *o, const char *name, size_t max, const char **out)
{
	const json_t *v = json_object_get(o, name);

	*out = json_string_value(v);
	return *out != NULL && json_string_length(v) <= max;
}

bool
backfill_json_copy(const json_t *o, const char *name, size_t max, char **out)
{
	const char *text;

	*out = NULL;
	if (json_object_get(o, name) == NULL)
		return true;
	if (!backfill_json_text(o, name, max, &text))
		return false;
	*out = mem_strdup(text);
	return true;
}

bool
backfill_json_uint(const json_t *o, const char *name, uint64_t *out)
{
	const json_t *v = json_object_get(o, name);
	json_int_t n = json_integer_value(v);

	*out = (uint64_t)n;
	return json_is_integer(v) && n >= 0 && n <= INT64_C(1) << 62;
}

bool
backfill_json_blob(const json_t *o, const char *name, struct blob *out)
{
	const json_t *v = json_object_get(o, name);
	struct bytes text =
	    bytes_at(json_string_value(v), json_string_length(v));
	struct blob plain;
	bool ok;

	*out = (struct blob){ 0 };
	if (v == NULL)
		return true;
	if (text.p == NULL || text.n == 0)
		return false;
	plain.p = mem_alloc(text.n / 4 * 3 + 1, 1);
	ok = text_unbase64(text, plain.p, &plain.n);
	if (ok)
		*out = blob_copy(blob_view(plain));
	free(plain.p);
	return ok;
}

bool
backfill_json_digest(
    const json_t *o, const char *name, uint8_t out[static SHA256_SIZE])
{
	const char *text;

	return backfill_json_text(o, name, (size_t)2 * SHA256_SIZE, &text) &&
	    text_unhex(text, out, SHA256_SIZE);
}

bool
backfill_json_hashes(const json_t *o, const char *name, struct merkle_hash *out,
    size_t max, size_t *n)
{
	const json_t *list = json_object_get(o, name);

	*n = json_array_size(list);
	if (!json_is_array(list) || *n > max)
		return false;
	for (size_t i = 0; i < *n; i++) {
		const json_t *v = json_array_get(list, i);

		if (!json_is_string(v) ||
		    !text_unbase64_exact(
		        bytes_at(json_string_value(v), json_string_length(v)),
		        out[i].b, SHA256_SIZE))
			return false;
	}
	return true;
}

bool
backfill_json_range(const json_t *o, const char *name, uint64_t begin,
    uint64_t end, struct merkle_range *out)
{
	struct merkle_hash nodes[MERKLE_RANGE_NODES];
	size_t n;

	return backfill_json_hashes(o, name, nodes, MERKLE_RANGE_NODES, &n) &&
	    merkle_range_load_from(out, begin, end, nodes, n);
}

json_t *
backfill_json_of_bytes(struct bytes in)
{
	char *text = mem_alloc(TEXT_BASE64_LEN(in.n) + 1, 1);
	json_t *v;

	text_base64(in, text);
	v = json_string(text);
	free(text);
	return v;
}

json_t *
backfill_json_of_digest(const uint8_t in[static SHA256_SIZE])
{
	char hex[2 * SHA256_SIZE + 1];

	text_hex(bytes_at(in, SHA256_SIZE), hex);
	return json_string(hex);
}

json_t *
backfill_json_of_hashes(const struct merkle_hash *v, size_t n)
{
	json_t *list = json_array();

	for (size_t i = 0; i < n; i++)
		json_array_append_new(list,
		    backfill_json_of_bytes(bytes_at(v[i].b, SHA256_SIZE)));
	return list;
}
