/* SPDX-License-Identifier: Apache-2.0 */
#include <stdlib.h>

#include <jansson.h>

#include "response/evidence_log.h"
#include <ctwatch/base/mem.h>
#include <ctwatch/base/text.h>
#include <ctwatch/base/time.h>
#include <ctwatch/wire/tlog_proof.h>

void
evidence_log_add(const struct store_log *log, struct bundle *out)
{
	char id[TEXT_BASE64_LEN(SHA256_SIZE) + 1], *text, *key;
	json_t *j;

	text_base64((struct bytes){ log->id, SHA256_SIZE }, id);
	key = mem_alloc(TEXT_BASE64_LEN(log->key.n) + 1, 1);
	text_base64(blob_view(log->key), key);
	j = json_pack("{ss ss ss ss ss* ss sI sb}", "description",
	    log->description, "operator", log->operator, "log_id", id, "url",
	    log->url, "submission_url", log->submission_url, "key", key, "mmd",
	    (json_int_t)(log->mmd / TIME_SECOND), "static",
	    (int)(log->kind == LOG_KIND_STATIC));
	text = json_dumps(j, JSON_INDENT(2) | JSON_SORT_KEYS);
	if (text != NULL)
		buf_printf(bundle_add(out, "log.json", EVIDENCE_LOG_TEXT),
		    "%s\n", text);
	bundle_add_bytes(out,
	    log->kind == LOG_KIND_MTC ? "cosigners" : "log-key.der",
	    blob_view(log->key));
	free(text);
	free(key);
	json_decref(j);
}

char *
evidence_log_origin(const struct store_log *log)
{
	return tlog_proof_origin(
	    log->submission_url != NULL ? log->submission_url : log->url);
}
