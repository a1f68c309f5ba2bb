/* SPDX-License-Identifier: Apache-2.0 */
/* The XML reader: whatever it hands out must be UTF-8 without a NUL. */
#include <string.h>

#include "rotate/xml.h"
#include <ctwatch/base/text.h>

#include "fuzz.h"

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	enum xml_event e;
	struct xml x;

	xml_init(&x, (struct bytes){ data, size });
	while ((e = xml_next(&x)) != XML_DONE && e != XML_BAD) {
		ASSERT(e != XML_TEXT || text_is_utf8(buf_view(&x.text)));
		for (size_t i = 0; i < x.n_attributes; i++)
			ASSERT(text_is_utf8(bytes_of(x.attributes[i].value)));
		if (e == XML_START && size % 2 == 1 && x.depth == 3)
			xml_text(&x);
	}
	xml_fini(&x);
	return 0;
}
