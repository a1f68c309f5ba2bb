/* SPDX-License-Identifier: Apache-2.0 */
/* The XML reader: whatever it hands out must be UTF-8 without a NUL. */
#include <string.h>

#include "rotate/xml.h"
#include <ctwatch/base/text.h>

#include "fuzz.h"

static void
check(const struct xml_element *e)
{
	for (; e != NULL; e = e->next) {
		ASSERT(text_is_utf8(bytes_of(e->name)));
		ASSERT(text_is_utf8(buf_view(&e->text)));
		ASSERT(e->text.n == 0 ||
		    memchr(e->text.p, '\0', e->text.n) == NULL);
		for (size_t i = 0; e->attributes[i] != NULL; i++)
			ASSERT(text_is_utf8(bytes_of(e->attributes[i])));
		check(e->child);
	}
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct xml_element *root;
	struct buf error;

	buf_init(&error, 4096);
	root = xml_parse((struct bytes){ data, size }, &error);
	ASSERT((root != NULL) == (error.n == 0));
	check(root);
	xml_free(root);
	buf_fini(&error);
	return 0;
}
