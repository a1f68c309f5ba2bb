/* SPDX-License-Identifier: Apache-2.0 */
#include <stdlib.h>
#include <string.h>

#include "net/http_headers.h"
#include "net/log_answer.h"
#include <ctwatch/base/json_scan.h>
#include <ctwatch/base/limits.h>
#include <ctwatch/base/mem.h>
#include <ctwatch/base/text.h>

/* Fill in m; return false unless body is an object without duplicates of these
 * members. */
static bool
find_members(struct bytes body, struct log_answer *m)
{
	enum json_scan_step step;
	struct json_string name;
	bool any = false;

	if (!json_scan_char(&body, '{'))
		return false;
	while (
	    (step = json_scan_member(&body, &any, &name)) == JSON_SCAN_ITEM) {
		struct bytes value = body;

		if (!json_scan_skip(&body))
			return false;
		value.n -= body.n;
		for (size_t i = 0; i < m->n; i++) {
			if (!json_scan_is(&name, m->names[i]))
				continue;
			if (m->values[i].n > 0)
				return false;
			m->values[i] = value;
		}
	}
	return step == JSON_SCAN_END && json_scan_end(&body);
}

void
log_answer_not_json(struct buf *error, const char *what, struct bytes body)
{
	buf_printf(error, "%s: not JSON: ", what);
	if (body.n > 0)
		http_headers_excerpt(error, body);
	else
		buf_add_text(error, "empty body");
}

bool
log_answer_fetch(const struct log_client *s,
    const struct log_client_fetch *fetch, const char *query, struct buf *raw,
    struct log_answer *m, struct buf *error)
{
	char *url = mem_printf("%sct/v1/%s", s->url, query);
	bool ok = false;

	for (size_t i = 0; i < m->n; i++)
		m->values[i] = (struct bytes){ 0 };
	if (fetch->get(fetch->arg, url, raw->max, raw, error)) {
		ok = find_members(buf_view(raw), m);
		if (!ok)
			log_answer_not_json(error, url, buf_view(raw));
	}
	free(url);
	return ok;
}

bool
log_answer_number(struct bytes value, uint64_t *out)
{
	return json_scan_uint(&value, out) && json_scan_end(&value);
}

bool
log_answer_base64(struct bytes value, uint8_t *out, size_t max, size_t *n)
{
	struct json_string s;
	uint8_t *plain;
	bool ok;

	if (!json_scan_string(&value, &s))
		return false;
	if (!s.escaped)
		return s.raw.n / 4 * 3 <= max && text_unbase64(s.raw, out, n);
	plain = mem_alloc(s.raw.n, 1);
	ok = json_scan_ascii(&s, plain, n) && *n / 4 * 3 <= max &&
	    text_unbase64((struct bytes){ plain, *n }, out, n);
	free(plain);
	return ok;
}

bool
log_answer_hash(struct bytes value, struct merkle_hash *out)
{
	uint8_t bin[TEXT_BASE64_LEN(SHA256_SIZE) / 4 * 3];
	size_t n;

	if (!log_answer_base64(value, bin, sizeof bin, &n) ||
	    n != sizeof out->b)
		return false;
	memcpy(out->b, bin, n);
	return true;
}

bool
log_answer_path(struct bytes value, struct merkle_hash *out, size_t *n)
{
	enum json_scan_step step;
	bool any = false;

	*n = 0;
	if (!json_scan_char(&value, '['))
		return false;
	while ((step = json_scan_element(&value, &any)) == JSON_SCAN_ITEM) {
		struct bytes one = value;

		if (*n == LIMIT_PROOF || !json_scan_skip(&value))
			return false;
		one.n -= value.n;
		if (!log_answer_hash(one, &out[(*n)++]))
			return false;
	}
	return step == JSON_SCAN_END;
}
