/* SPDX-License-Identifier: Apache-2.0 */
/* TrustKit's configuration in an Info.plist, or as a literal in Swift or
 * Objective-C (datatheorem/TrustKit). */
#include <jansson.h>

#include "rotate/formats/format_util.h"
#include "rotate/formats/plist.h"
#include "rotate/formats/trustkit_code.h"
#include "rotate/lex.h"
#include <ctwatch/base/escape.h>
#include <ctwatch/base/mem.h>
#include <ctwatch/base/time.h>
#include <ctwatch/rotate/formats.h>

/* The name that TrustKit reads (TSKTrustKitConfig.m), and the documented
 * name. */
static const char exclude_key[] = "kSKExcludeSubdomainFromParentPolicy";
static const char exclude_name[] = "TSKExcludeSubdomainFromParentPolicy";

static bool
detect(struct bytes text)
{
	return (lex_has(text, "<plist") && lex_has(text, "TSKPinnedDomains")) ||
	    trustkit_code_detect(text);
}

/* An exception from the parent's pins.  Code uses one constant for both
 * names. */
static bool
is_excluded(const char *name, const json_t *d, bool code, struct pinlist *out)
{
	bool wrong = json_is_true(json_object_get(d, exclude_name));

	if (wrong && !code)
		pinlist_fault(out, PINLIST_FAULT_READ, name,
		    "%s: in a property list TrustKit reads only %s and takes "
		    "this for a domain without pins: the app crashes at launch",
		    exclude_name, exclude_key);
	return wrong || json_is_true(json_object_get(d, exclude_key));
}

static bool
read_any(const char *name, const json_t *d, bool code, struct pinlist *out)
{
	bool below = json_is_true(json_object_get(d, "TSKIncludeSubdomains"));
	const char *ends = format_util_member(d, "TSKExpirationDate");
	const json_t *uris = json_object_get(d, "TSKReportUris"), *pin;
	const char *uri = json_string_value(json_array_get(uris, 0));
	struct pinlist_host *h = pinlist_add_host(
	    out, name, below ? HOST_PATTERN_SUBTREE : HOST_PATTERN_HOST);
	size_t i;

	h->monitor = json_is_false(json_object_get(d, "TSKEnforcePinning"));
	h->excluded = is_excluded(name, d, code, out);
	if (uri != NULL)
		h->report = mem_strdup(uri);
	if (ends != NULL && !format_util_date(ends, &h->expires))
		pinlist_fault(out, PINLIST_FAULT_EXPIRY, name,
		    "TSKExpirationDate \"%s\" is not yyyy-MM-dd", ends);
	json_array_foreach(json_object_get(d, "TSKPublicKeyHashes"), i, pin) {
		if (json_string_value(pin) == NULL)
			return false;
		pinlist_add_pin(h, json_string_value(pin));
	}
	return true;
}

static bool
read_domain(const char *name, const json_t *d, struct pinlist *out)
{
	return read_any(name, d, false, out);
}

static bool
read_code(struct bytes text, struct pinlist *out, struct buf *error)
{
	json_t *root = trustkit_code_read(text, error), *d;
	bool ok = root != NULL;
	const char *name;

	json_object_foreach(root, name, d)
		if (ok && !read_any(name, d, true, out)) {
			buf_printf(
			    error, "%s: a pin that is not a string", name);
			ok = false;
		}
	json_decref(root);
	return ok;
}

static bool
read(struct bytes text, struct pinlist *out, struct buf *error)
{
	if (!lex_has(text, "<plist"))
		return read_code(text, out, error);
	if (lex_has(text, "NSPinnedDomains"))
		pinlist_lose(out,
		    "NSPinnedDomains of this file is not read: also import it "
		    "with --format apple");
	return plist_hosts(text, "TSKConfiguration", "TSKPinnedDomains",
	    read_domain, "a pin that is not a string", out, error);
}

static void
write_domain(const struct pinlist_host *h, struct buf *out)
{
	char b64[45], date[TIME_TEXT];

	buf_add_text(out, "\t\t\t<key>");
	escape_html(out, bytes_of(h->name));
	buf_add_text(out, "</key>\n\t\t\t<dict>\n");
	if (h->excluded) {
		/* It must be the only key of its dict. */
		buf_printf(out,
		    "\t\t\t\t<key>%s</key>\n"
		    "\t\t\t\t<true/>\n\t\t\t</dict>\n",
		    exclude_key);
		return;
	}
	buf_printf(out,
	    "\t\t\t\t<key>TSKIncludeSubdomains</key>\n\t\t\t\t<%s/>\n"
	    "\t\t\t\t<key>TSKEnforcePinning</key>\n\t\t\t\t<%s/>\n",
	    h->reach == HOST_PATTERN_SUBTREE ? "true" : "false",
	    h->monitor ? "false" : "true");
	if (h->expires != 0) {
		time_format_date(h->expires, date);
		buf_printf(out,
		    "\t\t\t\t<key>TSKExpirationDate</key>\n"
		    "\t\t\t\t<string>%s</string>\n",
		    date);
	}
	buf_add_text(
	    out, "\t\t\t\t<key>TSKPublicKeyHashes</key>\n\t\t\t\t<array>\n");
	for (size_t i = 0; i < h->n_pins; i++) {
		pinlist_base64(&h->pins[i], b64);
		buf_printf(out, "\t\t\t\t\t<string>%s</string>\n", b64);
	}
	buf_add_text(out, "\t\t\t\t</array>\n\t\t\t</dict>\n");
}

static bool
write(const struct pinlist *list, const char *title, struct buf *out)
{
	return format_util_plist(list, title, "TSKConfiguration",
	    "TSKPinnedDomains", write_domain, out);
}

const struct formats_format trustkit_format = {
	.name = "trustkit",
	.purpose = "TrustKit's dictionary: Info.plist; also reads code",
	.can = FORMATS_NAMES | FORMATS_SUBTREE | FORMATS_EXCLUDE |
	    FORMATS_MONITOR | FORMATS_EXPIRY | FORMATS_LEAF | FORMATS_CA |
	    FORMATS_COMMON_KEYS,
	.min_pins = 2,
	.detect = detect,
	.read = read,
	.write = write,
};
