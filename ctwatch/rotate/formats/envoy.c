/* SPDX-License-Identifier: Apache-2.0 */
/* Envoy's validation_context as JSON: verify_certificate_spki and _hash. */
#include <string.h>

#include <jansson.h>

#include "rotate/formats/format_util.h"
#include "rotate/lex.h"
#include <ctwatch/base/limits.h>
#include <ctwatch/base/text.h>
#include <ctwatch/rotate/formats.h>

static const char spki_list[] = "verify_certificate_spki";
static const char hash_list[] = "verify_certificate_hash";

static bool
detect(struct bytes text)
{
	return format_util_is_json(text) &&
	    (lex_has(text, spki_list) || lex_has(text, hash_list));
}

static bool
read_list(struct pinlist_host *h, const json_t *list, bool of_cert)
{
	const json_t *pin;
	size_t i;

	json_array_foreach(list, i, pin) {
		struct pinlist_pin *p;

		if (!json_is_string(pin))
			return false;
		p = pinlist_add_pin(h, json_string_value(pin));
		p->position = PINLIST_LEAF;
		p->of_cert = of_cert;
	}
	return true;
}

/* Read every validation_context at any depth: one host each. */
static bool
read_contexts(const json_t *v, size_t depth, struct pinlist *out)
{
	const json_t *spki = json_object_get(v, spki_list), *member;
	const json_t *hash = json_object_get(v, hash_list);
	const char *name;
	size_t i;

	if (depth == LIMIT_XML_DEPTH)
		return false;
	if (spki != NULL || hash != NULL) {
		struct pinlist_host *h =
		    pinlist_add_host(out, NULL, HOST_PATTERN_HOST);

		if (!read_list(h, spki, false) || !read_list(h, hash, true))
			return false;
	}
	json_object_foreach((json_t *)(uintptr_t)v, name, member)
		if (!read_contexts(member, depth + 1, out))
			return false;
	json_array_foreach(v, i, member)
		if (!read_contexts(member, depth + 1, out))
			return false;
	return true;
}

static bool
read(struct bytes text, struct pinlist *out, struct buf *error)
{
	json_t *root = format_util_json(text, error);
	bool ok = root != NULL && read_contexts(root, 0, out);

	if (root != NULL && !ok)
		buf_add_text(error, "a pin that is not a string");
	json_decref(root);
	return ok;
}

static void
write_list(const struct pinlist_host *h, bool of_cert, json_t *context)
{
	json_t *list = json_array();

	for (size_t k = 0; k < h->n_pins; k++) {
		char text[2 * SHA256_SIZE + 1];

		if (h->pins[k].of_cert != of_cert)
			continue;
		if (of_cert)
			text_hex(
			    (struct bytes){ h->pins[k].digest, SHA256_SIZE },
			    text);
		else
			pinlist_base64(&h->pins[k], text);
		json_array_append_new(list, json_string(text));
	}
	if (json_array_size(list) > 0)
		json_object_set(context, of_cert ? hash_list : spki_list, list);
	json_decref(list);
}

static bool
write(const struct pinlist *list, const char *title, struct buf *out)
{
	json_t *context = json_object();

	(void)title; /* JSON has no comments */
	write_list(&list->hosts[0], false, context);
	write_list(&list->hosts[0], true, context);
	return format_util_write_json(
	    json_pack("{so}", "validation_context", context), out);
}

const struct formats_format envoy_format = {
	.name = "envoy",
	.purpose = "Envoy's validation_context as JSON (not for gRPC)",
	.can = FORMATS_LEAF | FORMATS_CERT,
	.detect = detect,
	.read = read,
	.write = write,
};
