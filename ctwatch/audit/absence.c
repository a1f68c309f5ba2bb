/* SPDX-License-Identifier: Apache-2.0 */
#include <jansson.h>

#include "audit/absence.h"
#include <ctwatch/policy/json_bytes.h>

static json_t *
path_json(const struct absence_instead *instead)
{
	json_t *out = json_array();

	for (size_t i = 0; i < instead->n; i++)
		json_array_append_new(out,
		    json_bytes_new(
		        (struct bytes){ instead->path[i].b, SHA256_SIZE }));
	return out;
}

json_t *
absence_json(const struct audit_sct *sct, struct bytes leaf,
    const struct absence_head *head, const struct absence_instead *instead)
{
	json_t *out = json_pack("{so so so so so sI}", "log_key",
	    json_bytes_new(blob_view(sct->log->key)), "sct",
	    json_bytes_new(sct->sct.whole), "leaf", json_bytes_new(leaf),
	    "head", json_bytes_new(blob_view(head->raw)), "root",
	    json_bytes_new((struct bytes){ head->head.root.b, SHA256_SIZE }),
	    "tree_size", (json_int_t)head->head.size);

	if (sct->has_index)
		json_object_set_new(
		    out, "index", json_integer((json_int_t)sct->index));
	if (instead != NULL) {
		json_object_set_new(
		    out, "entry", json_bytes_new(instead->leaf));
		json_object_set_new(out, "audit_path", path_json(instead));
	}
	return out;
}
