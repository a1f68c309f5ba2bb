/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The body of get-entries: what the scanner accepts to its end, jansson
 * accepts (but for numbers that its types cannot hold), with the same strings
 * in the same order.
 */
#include <string.h>

#include <jansson.h>

#include <ctwatch/base/buf.h>
#include <ctwatch/base/mem.h>
#include <ctwatch/wire/get_entries.h>

#include "fuzz.h"

static void
check_string(
    const json_t *entry, const char *member, const struct json_string *ours)
{
	const json_t *v = json_object_get(entry, member);
	uint8_t *plain = mem_alloc(ours->raw.n + 1, 1);
	size_t n;

	if (json_is_string(v)) {
		ASSERT(json_scan_is(ours, json_string_value(v)) ||
		    !json_scan_ascii(ours, plain, &n));
		if (json_scan_ascii(ours, plain, &n))
			ASSERT(json_string_length(v) == n &&
			    memcmp(json_string_value(v), plain, n) == 0);
	} else
		ASSERT(ours->raw.n == 0);
	free(plain);
}

static void
compare(const json_t *doc, const struct get_entries_entry *v, size_t n)
{
	const json_t *list = json_object_get(doc, "entries");

	ASSERT(json_is_array(list) && json_array_size(list) == n);
	for (size_t i = 0; i < n; i++) {
		const json_t *entry = json_array_get(list, i);

		ASSERT(json_is_string(json_object_get(entry, "leaf_input")));
		check_string(entry, "leaf_input", &v[i].leaf_input);
		check_string(entry, "extra_data", &v[i].extra_data);
	}
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct get_entries e;
	struct get_entries_entry one;
	struct buf seen;
	enum get_entries_result r;
	json_error_t why;
	json_t *doc;
	size_t n = 0;

	buf_init(&seen, 1 << 24);
	r = get_entries_open((struct bytes){ data, size }, &e);
	while (r == GET_ENTRIES_OK &&
	    (r = get_entries_next(&e, &one)) == GET_ENTRIES_OK) {
		buf_add(
		    &seen, (struct bytes){ (const uint8_t *)&one, sizeof one });
		n++;
	}
	if (r == GET_ENTRIES_END) {
		doc = json_loadb((const char *)data, size, 0, &why);
		ASSERT(doc != NULL ||
		    json_error_code(&why) == json_error_numeric_overflow);
		if (doc != NULL)
			compare(doc,
			    (const struct get_entries_entry *)(const void *)
			        seen.p,
			    n);
		json_decref(doc);
	}
	buf_fini(&seen);
	return 0;
}
