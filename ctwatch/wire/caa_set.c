/* SPDX-License-Identifier: Apache-2.0 */
#include <stdlib.h>

#include <ctwatch/base/escape.h>
#include <ctwatch/wire/caa_set.h>

static bool
is_alnum(uint8_t c)
{
	return (c >= '0' && c <= '9') || (c >= 'A' && c <= 'Z') ||
	    (c >= 'a' && c <= 'z');
}

bool
caa_set_parse(struct bytes rdata, struct caa_set_record *out)
{
	uint8_t length;

	if (!bytes_u8(&rdata, &out->flags) || !bytes_u8(&rdata, &length) ||
	    length == 0 || !bytes_take(&rdata, length, &out->tag))
		return false;
	for (size_t i = 0; i < out->tag.n; i++)
		if (!is_alnum(out->tag.p[i]))
			return false;
	out->value = rdata;
	return true;
}

static int
compare_records(const void *a, const void *b)
{
	const struct caa_set_record *x = a, *y = b;
	int r = bytes_compare(x->tag, y->tag);

	if (r == 0)
		r = bytes_compare(x->value, y->value);
	return r != 0 ? r : (int)x->flags - (int)y->flags;
}

bool
caa_set_make(struct caa_set_record *v, size_t n, struct buf *out)
{
	bool ok = true;

	if (n > 0)
		qsort(v, n, sizeof *v, compare_records);
	for (size_t i = 0; ok && i < n; i++) {
		if (i > 0 && compare_records(&v[i - 1], &v[i]) == 0)
			continue;
		ok = v[i].tag.n <= UINT8_MAX && v[i].value.n <= UINT16_MAX &&
		    buf_add_byte(out, v[i].flags) &&
		    buf_add_byte(out, (uint8_t)v[i].tag.n) &&
		    buf_add(out, v[i].tag) &&
		    buf_add_byte(out, (uint8_t)(v[i].value.n >> 8)) &&
		    buf_add_byte(out, (uint8_t)v[i].value.n) &&
		    buf_add(out, v[i].value);
	}
	return ok;
}

bool
caa_set_next(struct bytes *set, struct caa_set_record *out)
{
	struct bytes in = *set;
	uint8_t length;

	if (!bytes_u8(&in, &out->flags) || !bytes_u8(&in, &length) ||
	    !bytes_take(&in, length, &out->tag) ||
	    !bytes_vec16(&in, &out->value))
		return false;
	*set = in;
	return true;
}

void
caa_set_text(const struct caa_set_record *r, struct buf *out)
{
	buf_printf(out, "%u ", (unsigned)r->flags);
	escape_line(out, r->tag, 0);
	buf_add_text(out, " \"");
	escape_line(out, r->value, 0);
	buf_add_byte(out, '"');
}

void
caa_set_list(struct bytes set, size_t max, struct buf *out)
{
	struct caa_set_record r;
	size_t n = 0;

	if (set.n == 0)
		buf_add_text(out, "none");
	for (; caa_set_next(&set, &r); n++)
		if (n < max) {
			buf_add_text(out, n > 0 ? ", " : "");
			caa_set_text(&r, out);
		}
	if (n > max)
		buf_printf(out, " and %zu more", n - max);
}
