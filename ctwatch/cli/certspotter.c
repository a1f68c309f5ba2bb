/* SPDX-License-Identifier: Apache-2.0 */
#include <string.h>

#include <jansson.h>

#include "cli/certspotter.h"
#include <ctwatch/base/text.h>
#include <ctwatch/notify/mail_address.h>
#include <ctwatch/notify/notify.h>

static bool
parse_hash(const json_t *v, struct merkle_hash *out)
{
	return json_is_string(v) &&
	    text_unbase64_exact(
	        bytes_of(json_string_value(v)), out->b, sizeof out->b);
}

/* A position: the number of entries and the subtrees that cover them. */
static bool
parse_range(const json_t *v, struct merkle_range *out)
{
	const json_t *nodes = json_object_get(v, "nodes");
	const json_t *size = json_object_get(v, "size");
	size_t n = json_array_size(nodes);
	struct merkle_hash hash[MERKLE_RANGE_NODES];

	/* Go writes an empty list as null. */
	if (!json_is_integer(size) || json_integer_value(size) < 0 ||
	    (!json_is_array(nodes) && !json_is_null(nodes)) ||
	    n > MERKLE_RANGE_NODES)
		return false;
	for (size_t i = 0; i < n; i++)
		if (!parse_hash(json_array_get(nodes, i), &hash[i]))
			return false;
	return merkle_range_load(
	    out, (uint64_t)json_integer_value(size), hash, n);
}

/* The root at the position must be that of its signed head. */
static bool
fits_head(const struct merkle_range *r, const json_t *sth)
{
	const json_t *size = json_object_get(sth, "tree_size");
	struct merkle_hash root, want;

	if (r->end == 0 || sth == NULL || json_is_null(sth))
		return true;
	if (!json_is_integer(size) ||
	    (uint64_t)json_integer_value(size) != r->end)
		return false;
	merkle_range_root(r, &root);
	return parse_hash(json_object_get(sth, "sha256_root_hash"), &want) &&
	    merkle_equal(&root, &want);
}

const char *
certspotter_position(struct bytes json, struct merkle_range *out)
{
	json_t *root = json_loadb(
	    (const char *)json.p, json.n, JSON_REJECT_DUPLICATES, NULL);
	const char *fault = NULL;

	if (root == NULL)
		fault = "not JSON";
	else if (!parse_range(json_object_get(root, "verified_position"), out))
		fault = "no valid verified_position";
	else if (!fits_head(out, json_object_get(root, "verified_sth")))
		fault = "its hashes do not give the root of its verified head";
	json_decref(root);
	return fault;
}

struct json_t *
certspotter_recipients(struct bytes text, const char *path, struct buf *error)
{
	json_t *out = json_array();
	struct bytes line;

	for (size_t number = 1; text_line(&text, &line); number++) {
		line = text_trim(line);
		if (line.n == 0 || line.p[0] == '#')
			continue;
		if (!mail_address_is_valid(line)) {
			buf_printf(error, "%s: line %zu: '", path, number);
			buf_add(error, line);
			buf_add_text(error, "' is not a mail address");
			json_decref(out);
			return NULL;
		}
		json_array_append_new(
		    out, json_stringn((const char *)line.p, line.n));
	}
	return out;
}
