/* SPDX-License-Identifier: Apache-2.0 */
/* Android's network security configuration, in its source form. */
#include <stdlib.h>
#include <strings.h>

#include "rotate/lex.h"
#include "rotate/xml.h"
#include <ctwatch/base/escape.h>
#include <ctwatch/base/mem.h>
#include <ctwatch/base/text.h>
#include <ctwatch/base/time.h>
#include <ctwatch/rotate/formats.h>

/* One read; a host's pins are filled in when all configs are known. */
struct log_reader {
	struct xml x;
	struct pinlist *out;
	struct pinlist sets; /* a nameless host for each pin-set */
	size_t *set_of;      /* of each host from first on; SIZE_MAX: none */
	size_t first, n;
};

#define NO_SET SIZE_MAX

static bool
detect(struct bytes text)
{
	return lex_has(text, "<network-security-config");
}

static bool
read_host(struct log_reader *r)
{
	const char *below = xml_attribute(&r->x, "includeSubdomains");
	bool subtree = below != NULL && strcasecmp(below, "true") == 0;
	struct bytes text;
	char *name;

	if (!xml_text(&r->x))
		return false;
	text = text_trim(buf_view(&r->x.text));
	name = lex_dup(text);
	text_lower(text, (uint8_t *)name);
	r->set_of = mem_grow(r->set_of, r->n, sizeof *r->set_of);
	r->set_of[r->n++] = NO_SET;
	pinlist_add_host(
	    r->out, name, subtree ? HOST_PATTERN_SUBTREE : HOST_PATTERN_HOST);
	free(name);
	return true;
}

static bool
read_pin(struct log_reader *r, struct pinlist_host *set)
{
	const char *digest = xml_attribute(&r->x, "digest");
	char *text;

	if (digest == NULL || strcasecmp(digest, "SHA-256") != 0)
		pinlist_warn(r->out,
		    "line %zu: digest \"%s\": Android takes SHA-256 alone, "
		    "and the app ends at its first connection",
		    r->x.line, digest != NULL ? digest : "");
	if (!xml_text(&r->x))
		return false;
	text = lex_dup(text_trim(buf_view(&r->x.text)));
	pinlist_add_pin(set, text);
	free(text);
	return true;
}

static bool
read_pin_set(struct log_reader *r, size_t *at)
{
	struct pinlist_host *set =
	    pinlist_add_host(&r->sets, NULL, HOST_PATTERN_HOST);
	const char *ends = xml_attribute(&r->x, "expiration");
	enum xml_event e;

	*at = r->sets.n_hosts - 1;
	if (ends != NULL && !time_parse(ends, &set->expires))
		pinlist_warn(
		    r->out, "line %zu: unreadable date %s", r->x.line, ends);
	/* It ends at the midnight of the device, which may be far east. */
	if (set->expires != 0)
		set->expires -= TIME_DAY;
	while ((e = xml_next(&r->x)) != XML_END) {
		if (e == XML_TEXT)
			continue;
		if (e != XML_START || !bytes_is(r->x.name, "pin") ||
		    !read_pin(r, set))
			return false;
	}
	if (set->n_pins == 0)
		pinlist_warn(r->out,
		    "line %zu: an empty pin-set switches pinning off",
		    r->x.line);
	return true;
}

/* TrustKit for Android reads its own element, with traps of its own. */
static void
note_trustkit(struct log_reader *r, size_t hosts)
{
	const char *enforce = xml_attribute(&r->x, "enforcePinning");

	if (enforce == NULL || strcasecmp(enforce, "true") != 0)
		pinlist_warn(r->out,
		    "line %zu: TrustKit reports only: enforcePinning is "
		    "false unless it is written",
		    r->x.line);
	if (hosts > 1)
		pinlist_warn(r->out,
		    "line %zu: TrustKit keeps only the last domain of a "
		    "domain-config",
		    r->x.line);
}

/* Pass over the element that just began. */
static bool
skip_element(struct xml *x)
{
	size_t depth = x->depth;
	enum xml_event e;

	do
		e = xml_next(x);
	while (e != XML_BAD && !(e == XML_END && x->depth < depth));
	return e != XML_BAD;
}

/*
 * Read to the end of a domain-config.  Hosts of nested ones that have no
 * set of their own get this one's.  Recurses as deep as xml.c lets it.
 */
static bool
read_config(struct log_reader *r)
{
	size_t set = NO_SET, from = r->n;
	enum xml_event e;

	while ((e = xml_next(&r->x)) != XML_END) {
		bool ok = true;

		if (e == XML_TEXT)
			continue;
		if (e != XML_START)
			return false;
		if (bytes_is(r->x.name, "domain"))
			ok = read_host(r);
		else if (bytes_is(r->x.name, "pin-set"))
			ok = read_pin_set(r, &set);
		else if (bytes_is(r->x.name, "domain-config"))
			ok = read_config(r);
		else {
			if (bytes_is(r->x.name, "trustkit-config"))
				note_trustkit(r, r->n - from);
			ok = skip_element(&r->x);
		}
		if (!ok)
			return false;
	}
	for (size_t i = from; i < r->n; i++)
		if (r->set_of[i] == NO_SET)
			r->set_of[i] = set;
	return true;
}

static bool
read_document(struct log_reader *r)
{
	enum xml_event e;

	while ((e = xml_next(&r->x)) != XML_DONE) {
		if (e == XML_BAD)
			return false;
		if (e != XML_START ||
		    bytes_is(r->x.name, "network-security-config"))
			continue;
		if (bytes_is(r->x.name, "domain-config") ? !read_config(r)
		                                         : !skip_element(&r->x))
			return false;
	}
	return true;
}

static void
fill_hosts(struct log_reader *r)
{
	for (size_t i = 0; i < r->n; i++) {
		struct pinlist_host *h = &r->out->hosts[r->first + i];
		const struct pinlist_host *set;

		h->excluded = r->set_of[i] == NO_SET;
		if (h->excluded)
			continue;
		set = &r->sets.hosts[r->set_of[i]];
		h->expires = set->expires;
		for (size_t k = 0; k < set->n_pins; k++)
			pinlist_copy_pin(h, &set->pins[k]);
	}
}

static bool
read(struct bytes text, struct pinlist *out, struct buf *error)
{
	struct log_reader r = { .out = out, .first = out->n_hosts };
	bool ok;

	xml_init(&r.x, text);
	ok = read_document(&r);
	if (ok)
		fill_hosts(&r);
	else
		buf_printf(error, "%zu: %s", r.x.line,
		    r.x.error != NULL ? r.x.error
		                      : "an element that does not belong here");
	xml_fini(&r.x);
	pinlist_fini(&r.sets);
	free(r.set_of);
	return ok;
}

/* One domain in each domain-config: TrustKit's reader keeps only the last. */
static void
write_host(const struct pinlist_host *h, struct buf *out)
{
	char b64[45], date[TIME_TEXT];

	buf_printf(out,
	    "    <domain-config>\n"
	    "        <domain includeSubdomains=\"%s\">",
	    h->reach == HOST_PATTERN_SUBTREE ? "true" : "false");
	escape_html(out, bytes_of(h->name));
	buf_add_text(out, "</domain>\n");
	if (!h->excluded) {
		buf_add_text(out, "        <pin-set");
		if (h->expires != 0) {
			time_format_date(h->expires + TIME_DAY, date);
			buf_printf(out, " expiration=\"%s\"", date);
		}
		buf_add_text(out, ">\n");
		for (size_t i = 0; i < h->n_pins; i++) {
			pinlist_base64(&h->pins[i], b64);
			buf_printf(out,
			    "            <pin digest=\"SHA-256\">%s</pin>\n",
			    b64);
		}
		buf_add_text(out, "        </pin-set>\n");
	}
	buf_add_text(out, "    </domain-config>\n");
}

static bool
write(const struct pinlist *list, const char *title, struct buf *out)
{
	buf_printf(out,
	    "<?xml version=\"1.0\" encoding=\"utf-8\"?>\n"
	    "<!-- %s -->\n<network-security-config>\n",
	    title);
	for (size_t i = 0; i < list->n_hosts; i++)
		write_host(&list->hosts[i], out);
	return buf_add_text(out, "</network-security-config>\n");
}

const struct formats_format android_format = {
	.name = "android",
	.purpose = "Android's network_security_config.xml",
	.can = FORMATS_NAMES | FORMATS_SUBTREE | FORMATS_EXCLUDE |
	    FORMATS_EXPIRY | FORMATS_LEAF | FORMATS_CA,
	.detect = detect,
	.read = read,
	.write = write,
};
