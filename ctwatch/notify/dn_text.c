/* SPDX-License-Identifier: Apache-2.0 */
#include "notify/dn_text.h"
#include <ctwatch/base/text.h>
#include <ctwatch/wire/der.h>
#include <ctwatch/wire/oid.h>

#define REPLACEMENT 0xfffd

/* Attributes under id-at (2.5.4) that have a name; the others have their OID. */
static const struct {
	uint8_t arc;
	const char *label;
} labels[] = {
	{ 3, "CN" },
	{ 5, "serialNumber" },
	{ 6, "C" },
	{ 7, "L" },
	{ 8, "ST" },
	{ 9, "street" },
	{ 10, "O" },
	{ 11, "OU" },
	{ 17, "postalCode" },
};

/* X.690, 8.19: the first subidentifier holds two arcs. */
static void
add_oid(struct bytes oid, struct buf *out)
{
	uint64_t arc = 0;
	bool first = true;

	for (size_t i = 0; i < oid.n; i++) {
		arc = arc << 7 | (oid.p[i] & 0x7f);
		if ((oid.p[i] & 0x80) != 0)
			continue;
		if (first) {
			uint64_t top = arc < 80 ? arc / 40 : 2;

			buf_printf(out, "%u.%llu", (unsigned)top,
			    (unsigned long long)(arc - 40 * top));
		} else
			buf_printf(out, ".%llu", (unsigned long long)arc);
		first = false;
		arc = 0;
	}
}

static void
add_type(struct bytes oid, struct buf *out)
{
	if (OID_IS_BELOW(oid, OID_ID_AT))
		for (size_t i = 0; i < sizeof labels / sizeof labels[0]; i++)
			if (labels[i].arc == oid.p[oid.n - 1]) {
				buf_add_text(out, labels[i].label);
				return;
			}
	add_oid(oid, out);
}

/* Append code points of width bytes each; what is none becomes U+FFFD. */
static bool
add_wide(struct bytes in, size_t width, struct buf *out)
{
	if (in.n % width != 0)
		return false;
	for (size_t i = 0; i < in.n; i += width) {
		uint32_t c = 0;

		for (size_t k = 0; k < width; k++)
			c = c << 8 | in.p[i + k];
		if ((c >= 0xd800 && c <= 0xdfff) || c > 0x10ffff)
			c = REPLACEMENT;
		text_utf8_add(out, c);
	}
	return true;
}

/* Append a string; false for another type, or a malformed string. */
static bool
add_string(const struct der *value, struct buf *out)
{
	switch (value->tag) {
	case DER_UTF8:
		return text_is_utf8(value->body) && buf_add(out, value->body);
	case DER_PRINTABLE:
	case DER_IA5:
	case DER_T61:
		return add_wide(value->body, 1, out);
	case DER_BMP:
		return add_wide(value->body, 2, out);
	case DER_UNIVERSAL:
		return add_wide(value->body, 4, out);
	default:
		return false;
	}
}

/* What is no string is a list of its bytes. */
static void
add_value(const struct der *value, struct buf *out)
{
	if (add_string(value, out))
		return;
	for (size_t i = 0; i < value->whole.n; i++)
		buf_printf(out, "%s%u", i > 0 ? " " : "[", value->whole.p[i]);
	buf_add_byte(out, ']');
}

static bool
add_rdn(struct bytes rdn, struct buf *out)
{
	struct der attribute, oid, value;

	if (!der_take(&rdn, DER_SEQUENCE, &attribute) ||
	    !der_take(&attribute.body, DER_OID, &oid) ||
	    !der_any(&attribute.body, &value))
		return false;
	if (out->n > 0)
		buf_add_text(out, ", ");
	add_type(oid.body, out);
	buf_add_byte(out, '=');
	add_value(&value, out);
	return true;
}

bool
dn_text(struct bytes name, struct buf *out)
{
	struct der rdns, rdn;
	struct buf text;
	bool ok = der_take(&name, DER_SEQUENCE, &rdns);

	buf_init(&text, SIZE_MAX / 2);
	while (ok && rdns.body.n > 0) {
		ok = der_take(&rdns.body, DER_SET, &rdn);
		if (ok && rdn.body.n > 0)
			ok = add_rdn(rdn.body, &text);
	}
	if (ok)
		buf_add(out, buf_view(&text));
	buf_fini(&text);
	return ok;
}
