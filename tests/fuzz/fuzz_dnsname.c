/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Readings of names: each is printable, lower case where it was odd, and within
 * its limit; and what a C program would see before a NUL, or an HTTP client
 * before a slash, is among them when it is plain.
 */
#include <string.h>

#include "policy/dnsname.h"
#include "policy/label_pattern.h"
#include "policy/name_text.h"
#include <ctwatch/base/limits.h>
#include <ctwatch/wire/der.h>

#include "fuzz.h"

struct wanted {
	struct bytes name;
	bool found;
};

static bool
is_same(struct bytes a, struct bytes b)
{
	return a.n == b.n && a.n > 0 &&
	    strncasecmp((const char *)a.p, (const char *)b.p, a.n) == 0;
}

static bool
each(void *arg, const struct dnsname_reading *r)
{
	struct wanted *w = arg;

	ASSERT(r->labels.n > 0 || r->address.n > 0);
	ASSERT(r->address.n == 0 || r->address.n == 4 || r->address.n == 16);
	for (size_t i = 0; i < r->labels.n; i++)
		ASSERT((r->labels.p[i] >= 0x20 && r->labels.p[i] < 0x7f) ||
		    r->labels.p[i] == LABEL_PATTERN_UNREADABLE);
	ASSERT(r->labels.n == 0 || dnsname_is_plain(r->labels) ||
	    r->labels.n <= LIMIT_READING);
	w->found = w->found || is_same(r->labels, w->name);
	return false;
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const uint8_t charsets[] = { DER_UTF8, DER_PRINTABLE, DER_T61,
		DER_IA5, DER_VISIBLE, DER_BMP, DER_UNIVERSAL };
	struct wanted w = { { NULL, 0 }, false };
	struct dnsname_reader reader = { each, &w, LIMIT_IDNA };
	struct cert_name name = { 0 };
	struct buf text;
	size_t end = 0;
	bool plain;

	if (size < 1)
		return 0;
	name.kind = data[0] % 6;
	name.charset = charsets[data[0] / 6 % sizeof charsets];
	name.split = data[0] >= 252;
	name.value = (struct bytes){ data + 1, size - 1 };
	while (end < name.value.n && name.value.p[end] != 0 &&
	    name.value.p[end] != '/')
		end++;
	w.name = (struct bytes){ name.value.p, end };
	plain = w.name.n <= LIMIT_NAME && dnsname_is_plain(w.name);
	dnsname_read(&reader, &name);
	if ((name.kind == CERT_CN || name.kind == CERT_DNS) && !name.split &&
	    name.charset != DER_BMP && name.charset != DER_UNIVERSAL)
		ASSERT(w.found || !plain);
	buf_init(&text, LIMIT_CERT_TEXT);
	name_text_add(&name, &text);
	buf_fini(&text);
	return 0;
}
