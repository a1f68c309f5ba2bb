/* SPDX-License-Identifier: Apache-2.0 */
/* Every reader of pin formats, over the same text. */

#include <ctwatch/base/limits.h>
#include <ctwatch/rotate/formats.h>

#include "fuzz.h"

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	const struct formats_format *const *all;
	struct bytes text = { data, size };
	size_t n;

	all = formats_all(&n);
	for (size_t i = 0; i < n; i++) {
		struct pinlist l = { 0 };
		struct buf error, out;

		buf_init(&error, 1 << 20);
		buf_init(&out, LIMIT_PIN_FILE);
		if (formats_read(all[i], text, "f", &l, &error, NULL)) {
			pinlist_resolve(&l);
			for (size_t k = 0; k < l.n_hosts; k++)
				pinlist_show_host(&l.hosts[k], &out);
		}
		pinlist_fini(&l);
		buf_fini(&error);
		buf_fini(&out);
	}
	return 0;
}
