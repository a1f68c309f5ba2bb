/* SPDX-License-Identifier: Apache-2.0 */
#include <ctwatch/wire/get_entries.h>

/* Skip members of the top object up to "entries"; JSON_SCAN_ITEM if there is
 * one, whose value is next. */
static enum json_scan_step
find_entries(struct bytes *b, bool any)
{
	enum json_scan_step step;
	struct json_string name;

	for (;;) {
		step = json_scan_member(b, &any, &name);
		if (step != JSON_SCAN_ITEM || json_scan_is(&name, "entries"))
			return step;
		if (!json_scan_skip(b))
			return JSON_SCAN_BAD;
	}
}

enum get_entries_result
get_entries_open(struct bytes body, struct get_entries *e)
{
	e->rest = body;
	e->any = false;
	return json_scan_char(&e->rest, '{') &&
	        find_entries(&e->rest, false) == JSON_SCAN_ITEM &&
	        json_scan_char(&e->rest, '[')
	    ? GET_ENTRIES_OK
	    : GET_ENTRIES_MALFORMED;
}

/* Take one entry, an object. */
static bool
take_entry(struct bytes *b, struct get_entries_entry *out)
{
	bool any = false, has_leaf = false, has_extra = false;
	enum json_scan_step step;
	struct json_string name;

	*out = (struct get_entries_entry){ 0 };
	if (!json_scan_char(b, '{'))
		return false;
	while ((step = json_scan_member(b, &any, &name)) == JSON_SCAN_ITEM) {
		if (json_scan_is(&name, "leaf_input")) {
			if (has_leaf || !json_scan_string(b, &out->leaf_input))
				return false;
			has_leaf = true;
		} else if (json_scan_is(&name, "extra_data")) {
			struct bytes value = *b;

			if (has_extra || !json_scan_skip(b))
				return false;
			has_extra = true;
			if (!json_scan_string(&value, &out->extra_data))
				out->extra_data = (struct json_string){ 0 };
		} else if (!json_scan_skip(b))
			return false;
	}
	return step == JSON_SCAN_END && has_leaf;
}

enum get_entries_result
get_entries_next(struct get_entries *e, struct get_entries_entry *out)
{
	struct bytes *b = &e->rest;
	enum json_scan_step step = json_scan_element(b, &e->any);

	if (step == JSON_SCAN_ITEM && take_entry(b, out))
		return GET_ENTRIES_OK;
	/* A second "entries" would leave open which of them counts. */
	if (step == JSON_SCAN_END && find_entries(b, true) == JSON_SCAN_END &&
	    json_scan_end(b))
		return GET_ENTRIES_END;
	return GET_ENTRIES_MALFORMED;
}
