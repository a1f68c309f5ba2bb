/* SPDX-License-Identifier: Apache-2.0 */
/* The reader of Cert Spotter's state files. */
#include <string.h>

#include <jansson.h>

#include "cli/certspotter.h"
#include <ctwatch/notify/mail_address.h>

#include "fuzz.h"

/* A position covers what it says; recipients are addresses or a reason. */
int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct bytes in = { data, size };
	struct merkle_range range, again;
	struct merkle_hash root;
	struct buf error;
	json_t *list, *v;
	size_t i;

	if (certspotter_position(in, &range) == NULL) {
		ASSERT(range.begin == 0);
		ASSERT(
		    merkle_range_load(&again, range.end, range.node, range.n));
		merkle_range_root(&range, &root);
	}
	buf_init(&error, 4096);
	list = certspotter_recipients(in, "email_recipients", &error);
	ASSERT((list == NULL) == (error.n > 0));
	json_array_foreach(list, i, v)
		ASSERT(mail_address_is_valid(bytes_of(json_string_value(v))));
	json_decref(list);
	buf_fini(&error);
	return 0;
}
