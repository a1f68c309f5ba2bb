/* SPDX-License-Identifier: Apache-2.0 */
#include <stdlib.h>

#include <jansson.h>

#include <ctwatch/base/limits.h>
#include <ctwatch/base/mem.h>
#include <ctwatch/base/text.h>
#include <ctwatch/net/log_roots.h>

/* Append the digest of a certificate in base64. */
static bool
add_root(const json_t *v, struct buf *out)
{
	struct bytes b64 =
	    bytes_at(json_string_value(v), json_string_length(v));
	uint8_t *der = mem_alloc(b64.n + 1, 1), digest[SHA256_SIZE];
	size_t n = 0;
	bool ok = b64.n > 0 && text_unbase64(b64, der, &n) && n > 0;

	if (ok) {
		sha256_digest(bytes_at(der, n), digest);
		ok = buf_add(out, bytes_at(digest, sizeof digest));
	}
	free(der);
	return ok;
}

static bool
parse(struct bytes body, struct buf *out)
{
	json_t *j = json_loadb((const char *)body.p, body.n, 0, NULL);
	const json_t *list = json_object_get(j, "certificates");
	size_t before = out->n, i;
	bool ok = json_is_array(list);
	json_t *v;

	json_array_foreach(list, i, v)
		ok = ok && add_root(v, out);
	if (!ok)
		out->n = before;
	json_decref(j);
	return ok;
}

bool
log_roots_fetch(const struct loglist_log *log,
    const struct log_client_fetch *fetch, struct buf *out, struct buf *error)
{
	const char *base = log->kind == LOG_KIND_STATIC ? log->submission_url
	    : log->kind == LOG_KIND_RFC6962             ? log->url
	                                                : NULL;
	struct buf body;
	char *url;
	bool ok;

	if (base == NULL) {
		buf_add_text(error, "the log list has no URL of the log");
		return false;
	}
	url = mem_printf("%sct/v1/get-roots", base);
	buf_init(&body, LIMIT_LOG_LIST);
	ok = fetch->get(fetch->arg, url, body.max, &body, error);
	if (ok && !parse(buf_view(&body), out)) {
		buf_printf(error, "%s: malformed (RFC 6962, 4.7)", url);
		ok = false;
	}
	buf_fini(&body);
	free(url);
	return ok;
}
