/* SPDX-License-Identifier: Apache-2.0 */
#include <string.h>

#include <idn2.h>

#include "policy/idna.h"
#include <ctwatch/base/mem.h>
#include <ctwatch/base/text.h>

static bool
has_control(struct bytes b)
{
	for (size_t i = 0; i < b.n; i++)
		if (b.p[i] < 0x20 || b.p[i] == 0x7f)
			return true;
	return false;
}

static bool
convert(struct bytes name, int how, char out[static LIMIT_READING])
{
	char text[LIMIT_READING];
	uint8_t *a = NULL;
	bool ok;
	int e;

	if (name.n >= sizeof text || has_control(name) || !text_is_utf8(name))
		return false;
	if (name.n > 0)
		memcpy(text, name.p, name.n);
	text[name.n] = '\0';
	e = idn2_lookup_u8((const uint8_t *)text, &a, IDN2_NFC_INPUT | how);
	if (e == IDN2_MALLOC)
		mem_out();
	ok = e == IDN2_OK && strlen((const char *)a) < LIMIT_READING;
	if (ok)
		memcpy(out, a, strlen((const char *)a) + 1);
	idn2_free(a);
	return ok;
}

bool
idna_to_ascii(struct bytes name, char out[static LIMIT_READING])
{
	/* The first function of libidn2 applies IDNA 2008, which forbids emoji;
	 * browsers and UTS 46 allow them. */
	return convert(name, IDN2_NONTRANSITIONAL, out) ||
	    convert(name, IDN2_TRANSITIONAL, out);
}

bool
idna_to_ascii_2003(struct bytes name, char out[static LIMIT_READING])
{
	return convert(name, IDN2_TRANSITIONAL, out);
}
