/* SPDX-License-Identifier: Apache-2.0 */
#include "policy/name_text.h"
#include <ctwatch/base/limits.h>
#include <ctwatch/base/text.h>
#include <ctwatch/wire/der.h>

/* Append text in big-endian units of 2 or 4 bytes as UTF-8. */
static bool
add_wide(struct buf *out, struct bytes in, size_t width)
{
	struct bytes unit;
	uint32_t high = 0;

	while (bytes_take(&in, width, &unit)) {
		uint32_t c = 0;

		for (size_t i = 0; i < width; i++)
			c = c << 8 | unit.p[i];
		if (c >= 0xd800 && c < 0xdc00) {
			high = c;
			continue;
		}
		if (c >= 0xdc00 && c < 0xe000 && high != 0)
			c = 0x10000 + ((high - 0xd800) << 10) + (c - 0xdc00);
		high = 0;
		if (c > 0x10ffff || (c >= 0xd800 && c < 0xe000))
			c = 0xfffd; /* REPLACEMENT CHARACTER */
		if (!text_utf8_add(out, c))
			return false;
	}
	return true;
}

bool
name_text_latin1(struct buf *out, struct bytes in)
{
	for (size_t i = 0; i < in.n; i++)
		if (!text_utf8_add(out, in.p[i]))
			return false;
	return true;
}

bool
name_text_decode(struct buf *out, uint8_t charset, struct bytes in)
{
	switch (charset) {
	case DER_BMP:
		return add_wide(out, in, 2);
	case DER_UNIVERSAL:
		return add_wide(out, in, 4);
	case DER_T61:
		return name_text_latin1(out, in);
	default:
		return buf_add(out, in);
	}
}

bool
name_text_add(const struct cert_name *name, struct buf *out)
{
	struct buf joined;
	bool ok;

	if (!name->split)
		return name_text_decode(out, name->charset, name->value);
	buf_init(&joined, LIMIT_CERT_TEXT);
	der_join(name->value, &joined);
	ok = name_text_decode(out, name->charset, buf_view(&joined));
	buf_fini(&joined);
	return ok;
}
