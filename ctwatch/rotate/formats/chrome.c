/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Chrome's static pins: a JSON list of hosts and named sets (Firefox's
 * PreloadedHPKPins.json has the same shape), and the .pins file that gives the
 * names their keys.  Both files are read together.
 */
#include <stdlib.h>
#include <string.h>

#include <jansson.h>

#include "rotate/formats/format_util.h"
#include "rotate/lex.h"
#include <ctwatch/base/mem.h>
#include <ctwatch/base/text.h>
#include <ctwatch/base/time.h>
#include <ctwatch/rotate/formats.h>
#include <ctwatch/rotate/key_input.h>

/* net/http/transport_security_state.cc: an older list is ignored. */
#define LIST_AGE (70 * TIME_DAY)

static const char stamp[] = "PinsListTimestamp";

static bool
detect(struct bytes text)
{
	return lex_has(text, stamp) || lex_has(text, "\"pinsets\"");
}

/* ---- the list of hosts ---- */

static void
add_names(struct pinlist_host *h, const json_t *names, bool forbidden)
{
	const json_t *name;
	size_t i;

	json_array_foreach(names, i, name) {
		struct pinlist_pin *pin;

		if (json_string_value(name) == NULL)
			continue;
		pin = pinlist_add_pin(h, "");
		pin->label = mem_strdup(json_string_value(name));
		pin->forbidden = forbidden;
	}
}

static const json_t *
find_set(const json_t *sets, const char *name)
{
	const json_t *set;
	size_t i;

	json_array_foreach(sets, i, set) {
		const char *is = format_util_member(set, "name");

		if (is != NULL && strcmp(is, name) == 0)
			return set;
	}
	return NULL;
}

/* Entries without pins are HSTS entries of the same file. */
static bool
read_entry(const json_t *e, const json_t *sets, struct pinlist *out)
{
	const char *name = format_util_member(e, "name");
	const char *pins = format_util_member(e, "pins");
	bool below = json_is_true(json_object_get(e, "include_subdomains")) ||
	    json_is_true(json_object_get(e, "include_subdomains_for_pinning"));
	const char *uri;
	struct pinlist_host *h;
	const json_t *set;

	if (pins == NULL)
		return true;
	set = find_set(sets, pins);
	if (name == NULL || set == NULL)
		return false;
	h = pinlist_add_host(
	    out, name, below ? HOST_PATTERN_SUBTREE : HOST_PATTERN_HOST);
	h->monitor = json_is_true(json_object_get(e, "test_mode"));
	uri = format_util_member(set, "report_uri");
	if (uri != NULL)
		h->report = mem_strdup(uri);
	add_names(h, json_object_get(set, "static_spki_hashes"), false);
	add_names(h, json_object_get(set, "sha256_hashes"), false);
	add_names(h, json_object_get(set, "bad_static_spki_hashes"), true);
	return true;
}

static bool
read_hosts(struct bytes text, struct pinlist *out, struct buf *error)
{
	const json_t *entry, *sets;
	bool ok = true;
	struct buf plain;
	json_t *root;
	size_t i;

	buf_init(&plain, text.n + 1);
	lex_uncomment(text, &plain);
	root = format_util_json(buf_view(&plain), error);
	buf_fini(&plain);
	if (root == NULL)
		return false;
	sets = json_object_get(root, "pinsets");
	json_array_foreach(json_object_get(root, "entries"), i, entry) {
		if (!ok || read_entry(entry, sets, out))
			continue;
		buf_printf(
		    error, "entries[%zu]: no name, or unknown pinset", i);
		ok = false;
	}
	json_decref(root);
	return ok;
}

/* ---- the keys ---- */

/* Read the rest of a PEM block after its first line. */
static bool
read_block(struct bytes first, struct bytes *text, struct pinlist_host *h,
    struct buf *error)
{
	struct key_input_list l;
	struct bytes line;

	do
		if (!text_line(text, &line))
			return false;
	while (!lex_has(line, "-----END "));
	first.n = (size_t)(line.p - first.p) + line.n;
	if (!key_input_read(first, &l, error))
		return false;
	pinlist_add_spki(h, blob_view(l.v[0].spki));
	key_input_fini(&l);
	return true;
}

static bool
read_key(const char *name, struct bytes *text, struct pinlist_host *h,
    struct buf *error)
{
	struct bytes line;
	char *pin;

	if (!text_line(text, &line))
		return false;
	if (lex_has(line, "-----BEGIN ")) {
		if (!read_block(line, text, h, error))
			return false;
	} else if (lex_has(line, "sha256/")) {
		pin = lex_dup(line);
		pinlist_add_pin(h, pin);
		free(pin);
	} else
		return false;
	h->pins[h->n_pins - 1].label = mem_strdup(name);
	return true;
}

static bool
read_stamp(struct bytes *text, struct pinlist_host *h)
{
	struct bytes line;
	char *s;

	if (!text_line(text, &line))
		return false;
	s = lex_dup(line);
	h->expires = strtoll(s, NULL, 10) * TIME_SECOND;
	free(s);
	if (h->expires <= 0 || h->expires > INT64_MAX - LIST_AGE)
		return false;
	h->expires += LIST_AGE;
	return true;
}

static bool
read_keys(struct bytes text, struct pinlist *out, struct buf *error)
{
	struct pinlist_host *h = pinlist_host(out, NULL, HOST_PATTERN_HOST);
	struct bytes whole = text, line;

	while (text_line(&text, &line)) {
		char *name;
		bool ok;

		line = text_trim(line);
		if (line.n == 0 || line.p[0] == '#')
			continue;
		name = lex_dup(line);
		ok = bytes_is(line, stamp) ? read_stamp(&text, h)
		                           : read_key(name, &text, h, error);
		free(name);
		if (!ok) {
			if (error->n == 0)
				buf_printf(error,
				    "byte %zu: no key follows the name",
				    whole.n - text.n);
			return false;
		}
	}
	return true;
}

static bool
read(struct bytes text, struct pinlist *out, struct buf *error)
{
	return lex_has(text, "\"pinsets\"") ? read_hosts(text, out, error)
	                                    : read_keys(text, out, error);
}

const struct formats_format chrome_format = {
	.name = "chrome",
	.purpose = "Chrome's static pins: the JSON list and the .pins file",
	.detect = detect,
	.read = read,
};
