/* SPDX-License-Identifier: Apache-2.0 */
/*
 * JSON of hosts and hashes: the options of react-native-ssl-public-key-pinning,
 * and a pins.json like Expensify's: {"domains": {HOST: {"hashes": [...]}}}.
 */
#include <jansson.h>

#include "rotate/formats/format_util.h"
#include "rotate/lex.h"
#include <ctwatch/base/text.h>
#include <ctwatch/base/time.h>
#include <ctwatch/rotate/formats.h>

static bool
detect(struct bytes text)
{
	return format_util_is_json(text) &&
	    (lex_has(text, "\"publicKeyHashes\"") ||
	        (lex_has(text, "\"domains\"") && lex_has(text, "\"hashes\"")));
}

static bool
read_domain(
    const char *name, const json_t *d, const char *list, struct pinlist *out)
{
	bool below = json_is_true(json_object_get(d, "includeSubdomains"));
	const char *ends = format_util_member(d, "expirationDate");
	const json_t *pins = json_object_get(d, list), *pin;
	struct pinlist_host *h;
	size_t i;

	if (!json_is_array(pins))
		return false;
	h = pinlist_add_host(
	    out, name, below ? HOST_PATTERN_SUBTREE : HOST_PATTERN_HOST);
	if (ends != NULL && !format_util_date(ends, &h->expires))
		pinlist_fault(out, PINLIST_FAULT_EXPIRY, name,
		    "expirationDate \"%s\" is not yyyy-MM-dd", ends);
	json_array_foreach(pins, i, pin) {
		if (json_string_value(pin) == NULL)
			return false;
		pinlist_add_pin(h, json_string_value(pin));
	}
	return true;
}

static bool
read(struct bytes text, struct pinlist *out, struct buf *error)
{
	json_t *root = format_util_json(text, error), *domains, *d;
	const char *name, *list = "hashes";
	bool ok = root != NULL, monitor;
	size_t first = out->n_hosts;

	domains = json_object_get(root, "domains");
	monitor = json_is_false(json_object_get(root, "enforcePinning"));
	if (domains == NULL) {
		domains = root;
		list = "publicKeyHashes";
	}
	json_object_foreach(domains, name, d)
		if (ok && !read_domain(name, d, list, out)) {
			buf_printf(error, "%s: %s is not a list of strings",
			    name, list);
			ok = false;
		}
	for (size_t i = first; i < out->n_hosts; i++)
		out->hosts[i].monitor = monitor;
	json_decref(root);
	return ok;
}

static bool
write(const struct pinlist *list, const char *title, struct buf *out)
{
	json_t *root = json_object();

	(void)title; /* JSON has no comments */
	for (size_t i = 0; i < list->n_hosts; i++) {
		const struct pinlist_host *h = &list->hosts[i];
		json_t *d = json_object(), *pins = json_array();
		char b64[45], date[TIME_TEXT];

		for (size_t k = 0; k < h->n_pins; k++) {
			pinlist_base64(&h->pins[k], b64);
			json_array_append_new(pins, json_string(b64));
		}
		json_object_set_new(d, "includeSubdomains",
		    json_boolean(h->reach == HOST_PATTERN_SUBTREE));
		json_object_set_new(d, "publicKeyHashes", pins);
		if (h->expires != 0) {
			time_format_date(h->expires, date);
			json_object_set_new(
			    d, "expirationDate", json_string(date));
		}
		json_object_set_new(root, h->name, d);
	}
	return format_util_write_json(root, out);
}

const struct formats_format reactnative_format = {
	.name = "react-native",
	.purpose = "JSON of react-native-ssl-public-key-pinning; other "
	           "pins.json",
	.can = FORMATS_NAMES | FORMATS_SUBTREE | FORMATS_EXPIRY | FORMATS_LEAF |
	    FORMATS_CA | FORMATS_COMMON_KEYS | FORMATS_JOIN,
	.min_pins = 2,
	.detect = detect,
	.read = read,
	.write = write,
};
