/* SPDX-License-Identifier: Apache-2.0 */
/* NSPinnedDomains of App Transport Security, since iOS 14 and macOS 11. */
#include <jansson.h>

#include "rotate/formats/format_util.h"
#include "rotate/formats/plist.h"
#include "rotate/lex.h"
#include <ctwatch/base/escape.h>
#include <ctwatch/rotate/formats.h>

static bool
detect(struct bytes text)
{
	return lex_has(text, "<plist") && lex_has(text, "NSPinnedDomains");
}

/* Each identity is a dict with one member. */
static bool
read_list(struct pinlist *out, struct pinlist_host *h, const json_t *list,
    enum pinlist_position position)
{
	const json_t *identity;
	size_t i;

	if (json_is_array(list) && json_array_size(list) == 0)
		pinlist_warn(out,
		    "%s: an empty list of identities: the behaviour of Apple's "
		    "code is ambiguous",
		    h->name);
	json_array_foreach(list, i, identity) {
		const char *b64 =
		    format_util_member(identity, "SPKI-SHA256-BASE64");

		if (b64 == NULL)
			return false;
		pinlist_add_pin(h, b64)->position = position;
	}
	return true;
}

static bool
read_domain(const char *name, const json_t *d, struct pinlist *out)
{
	const json_t *leaf = json_object_get(d, "NSPinnedLeafIdentities");
	const json_t *ca = json_object_get(d, "NSPinnedCAIdentities");
	struct pinlist_host *h = pinlist_add_host(out, name, HOST_PATTERN_HOST);

	if (!read_list(out, h, leaf, PINLIST_LEAF) ||
	    !read_list(out, h, ca, PINLIST_CA))
		return false;
	if (leaf != NULL && ca != NULL)
		pinlist_lose(out,
		    "%s: both lists are present and both must match, which a "
		    "pinset cannot express",
		    name);
	/* NSIncludesSubdomains covers the host and names one label below. */
	if (json_is_true(json_object_get(d, "NSIncludesSubdomains"))) {
		size_t at = out->n_hosts - 1;
		struct pinlist_host *below =
		    pinlist_add_host(out, name, HOST_PATTERN_ONE_LABEL);

		h = &out->hosts[at];
		for (size_t i = 0; i < h->n_pins; i++)
			pinlist_copy_pin(below, &h->pins[i]);
	}
	return true;
}

static bool
read(struct bytes text, struct pinlist *out, struct buf *error)
{
	if (lex_has(text, "TSKPinnedDomains"))
		pinlist_lose(out,
		    "TSKPinnedDomains of this file is not read: also import it "
		    "with --format trustkit");
	return plist_hosts(text, "NSAppTransportSecurity", "NSPinnedDomains",
	    read_domain, "an identity without SPKI-SHA256-BASE64", out, error);
}

/* Write no empty list. */
static void
write_list(const struct pinlist_host *h, bool ca, struct buf *out)
{
	char b64[45];
	size_t n = 0;

	for (size_t i = 0; i < h->n_pins; i++) {
		if ((h->pins[i].position == PINLIST_CA) != ca)
			continue;
		if (n++ == 0)
			buf_printf(out,
			    "\t\t\t\t<key>NSPinned%sIdentities</key>\n"
			    "\t\t\t\t<array>\n",
			    ca ? "CA" : "Leaf");
		pinlist_base64(&h->pins[i], b64);
		buf_printf(out,
		    "\t\t\t\t\t<dict>\n"
		    "\t\t\t\t\t\t<key>SPKI-SHA256-BASE64</key>\n"
		    "\t\t\t\t\t\t<string>%s</string>\n\t\t\t\t\t</dict>\n",
		    b64);
	}
	if (n > 0)
		buf_add_text(out, "\t\t\t\t</array>\n");
}

static void
write_host(const struct pinlist_host *h, struct buf *out)
{
	buf_add_text(out, "\t\t\t<key>");
	escape_html(out, bytes_of(h->name));
	buf_printf(out,
	    "</key>\n\t\t\t<dict>\n"
	    "\t\t\t\t<key>NSIncludesSubdomains</key>\n"
	    "\t\t\t\t<%s/>\n",
	    h->reach != HOST_PATTERN_HOST ? "true" : "false");
	write_list(h, false, out);
	write_list(h, true, out);
	buf_add_text(out, "\t\t\t</dict>\n");
}

static bool
write(const struct pinlist *list, const char *title, struct buf *out)
{
	return format_util_plist(list, title, "NSAppTransportSecurity",
	    "NSPinnedDomains", write_host, out);
}

const struct formats_format apple_format = {
	.name = "apple",
	.purpose = "NSPinnedDomains in an Info.plist (iOS 14, macOS 11 on)",
	.can = FORMATS_NAMES | FORMATS_PARENT | FORMATS_LEAF | FORMATS_CA |
	    FORMATS_JOIN,
	.detect = detect,
	.read = read,
	.write = write,
};
