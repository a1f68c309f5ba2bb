/* SPDX-License-Identifier: Apache-2.0 */
#include <stdlib.h>

#include <jansson.h>

#include "audit/absence.h"
#include <ctwatch/base/mem.h>
#include <ctwatch/base/text.h>

static json_t *
base64(struct bytes in)
{
	char *text = mem_alloc(TEXT_BASE64_LEN(in.n) + 1, 1);
	json_t *v;

	text_base64(in, text);
	v = json_string(text);
	free(text);
	return v;
}

static json_t *
path_json(const struct absence_instead *instead)
{
	json_t *out = json_array();

	for (size_t i = 0; i < instead->n; i++)
		json_array_append_new(out,
		    base64((struct bytes){ instead->path[i].b, SHA256_SIZE }));
	return out;
}

json_t *
absence_json(const struct audit_sct *sct, struct bytes leaf,
    const struct absence_head *head, const struct absence_instead *instead)
{
	json_t *out = json_pack("{so so so so so sI}", "log_key",
	    base64(blob_view(sct->log->key)), "sct", base64(sct->sct.whole),
	    "leaf", base64(leaf), "head", base64(blob_view(head->raw)), "root",
	    base64((struct bytes){ head->head.root.b, SHA256_SIZE }),
	    "tree_size", (json_int_t)head->head.size);

	if (sct->has_index)
		json_object_set_new(
		    out, "index", json_integer((json_int_t)sct->index));
	if (instead != NULL) {
		json_object_set_new(out, "entry", base64(instead->leaf));
		json_object_set_new(out, "audit_path", path_json(instead));
	}
	return out;
}
