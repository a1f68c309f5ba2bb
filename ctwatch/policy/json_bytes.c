/* SPDX-License-Identifier: Apache-2.0 */
#include <stdlib.h>

#include <jansson.h>

#include <ctwatch/base/mem.h>
#include <ctwatch/base/text.h>
#include <ctwatch/policy/json_bytes.h>

json_t *
json_bytes_new(struct bytes in)
{
	char *b64 = mem_alloc(TEXT_BASE64_LEN(in.n) + 1, 1);
	json_t *v;

	text_base64(in, b64);
	v = json_string(b64);
	free(b64);
	return v;
}

struct blob
json_bytes_take(const json_t *v)
{
	const char *b64 = json_string_value(v);
	struct bytes in = bytes_of(b64 != NULL ? b64 : "");
	uint8_t *p = mem_alloc(in.n + 1, 1);
	size_t n;

	if (!text_unbase64(in, p, &n))
		n = 0;
	return (struct blob){ p, n };
}
