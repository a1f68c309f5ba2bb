/* SPDX-License-Identifier: Apache-2.0 */
/* Android's network security configuration, in its source form. */
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "rotate/formats/format_util.h"
#include "rotate/lex.h"
#include "rotate/xml.h"
#include <ctwatch/base/escape.h>
#include <ctwatch/base/limits.h>
#include <ctwatch/base/mem.h>
#include <ctwatch/base/text.h>
#include <ctwatch/base/time.h>
#include <ctwatch/rotate/formats.h>

struct reader {
	struct pinlist *out;
	const struct xml_element *bad; /* why read_document failed */
};

static bool
detect(struct bytes text)
{
	return lex_has(text, "<network-security-config");
}

static bool
is_true(const char *value)
{
	return value != NULL && strcasecmp(value, "true") == 0;
}

/* "line 12", for faults. */
static char *
line_of(const struct xml_element *e)
{
	return mem_printf("line %zu", e->line);
}

__attribute__((format(printf, 4, 5))) static void
fault(struct reader *r, const struct xml_element *e,
    enum pinlist_fault_kind kind, const char *fmt, ...)
{
	char *where = line_of(e), *text;
	struct buf b;
	va_list ap;

	buf_init(&b, LIMIT_SMALL_BODY);
	va_start(ap, fmt);
	buf_vprintf(&b, fmt, ap);
	va_end(ap);
	text = buf_detach(&b);
	pinlist_fault(r->out, kind, where, "%s", text);
	free(text);
	free(where);
}

static bool
refuse(struct reader *r, const struct xml_element *e)
{
	r->bad = e;
	return false;
}

/* The pins of a pin-set into the nameless host set. */
static bool
read_pin_set(
    struct reader *r, const struct xml_element *e, struct pinlist_host *set)
{
	const char *ends = xml_attribute(e, "expiration");

	if (ends != NULL && !format_util_date(ends, &set->expires))
		fault(r, e, PINLIST_FAULT_EXPIRY,
		    "expiration=\"%s\" is not yyyy-MM-dd: the app crashes at "
		    "its first connection",
		    ends);
	/* It expires at midnight in the time zone of the device: take the
	 * easternmost. */
	if (set->expires != 0)
		set->expires -= TIME_DAY;
	for (const struct xml_element *p = e->child; p != NULL; p = p->next) {
		const char *digest = xml_attribute(p, "digest");
		char *text;

		if (!xml_is(p, "pin") || p->child != NULL)
			return refuse(r, p);
		if (digest == NULL || strcasecmp(digest, "SHA-256") != 0)
			fault(r, p, PINLIST_FAULT_READ,
			    "digest=\"%s\": Android supports only SHA-256: the "
			    "app crashes at its first connection",
			    digest != NULL ? digest : "");
		text = lex_dup(xml_text(p));
		pinlist_add_pin(set, text);
		free(text);
	}
	if (set->n_pins == 0)
		fault(r, e, PINLIST_FAULT_OFF,
		    "an empty pin-set switches pinning off");
	return true;
}

/* Add a host with the pins of set; without pins it is an exception. */
static bool
read_host(struct reader *r, const struct xml_element *e,
    const struct pinlist_host *set)
{
	struct bytes text = xml_text(e);
	struct pinlist_host *h;
	char *name;

	if (e->child != NULL || text.n == 0)
		return refuse(r, e);
	name = lex_dup(text);
	text_lower(text, name);
	h = pinlist_add_host(r->out, name,
	    is_true(xml_attribute(e, "includeSubdomains"))
	        ? HOST_PATTERN_SUBTREE
	        : HOST_PATTERN_HOST);
	free(name);
	h->excluded = set == NULL;
	if (set == NULL)
		return true;
	h->expires = set->expires;
	for (size_t k = 0; k < set->n_pins; k++)
		pinlist_copy_pin(h, &set->pins[k]);
	return true;
}

/* NetworkSecurityTrustManager checks no pins where an anchor has
 * overridePins. */
static void
check_anchors(struct reader *r, const struct xml_element *e)
{
	for (const struct xml_element *c = e->child; c != NULL; c = c->next) {
		const char *src = xml_attribute(c, "src");

		if (!xml_is(c, "certificates"))
			continue;
		if (is_true(xml_attribute(c, "overridePins")))
			fault(r, c, PINLIST_FAULT_OFF,
			    "overridePins=\"true\": pins are not checked under "
			    "these CAs");
		else if (src != NULL && strcmp(src, "user") == 0)
			fault(r, c, PINLIST_FAULT_OFF,
			    "src=\"user\": CAs installed by the user are "
			    "trusted");
	}
}

/* TrustKit for Android reads its own element, with other defaults. */
static void
note_trustkit(struct reader *r, const struct xml_element *e, size_t hosts)
{
	if (!is_true(xml_attribute(e, "enforcePinning")))
		pinlist_warn(r->out,
		    "line %zu: TrustKit only reports: enforcePinning is false "
		    "by default",
		    e->line);
	if (hosts > 1)
		pinlist_warn(r->out,
		    "line %zu: TrustKit uses only the last domain of a "
		    "domain-config",
		    e->line);
}

/*
 * Read a domain-config, whose parent has the pins inherited (or NULL).  It
 * recurses only as deep as xml.c lets elements nest.
 */
static bool
read_config(struct reader *r, const struct xml_element *config,
    const struct pinlist_host *inherited)
{
	const struct pinlist_host *set = inherited;
	struct pinlist own = { 0 };
	size_t hosts = 0;
	bool ok = true;

	for (const struct xml_element *e = config->child; e != NULL;
	     e = e->next)
		if (ok && xml_is(e, "pin-set")) {
			struct pinlist_host *h =
			    pinlist_add_host(&own, NULL, HOST_PATTERN_HOST);

			ok = read_pin_set(r, e, h);
			set = h;
		}
	for (const struct xml_element *e = config->child; ok && e != NULL;
	     e = e->next) {
		if (xml_is(e, "domain"))
			ok = read_host(r, e, set);
		else if (xml_is(e, "domain-config"))
			ok = read_config(r, e, set);
		else if (xml_is(e, "trust-anchors"))
			check_anchors(r, e);
		hosts += xml_is(e, "domain");
	}
	for (const struct xml_element *e = config->child; ok && e != NULL;
	     e = e->next)
		if (xml_is(e, "trustkit-config"))
			note_trustkit(r, e, hosts);
	pinlist_fini(&own);
	return ok;
}

static bool
read_document(struct reader *r, const struct xml_element *root)
{
	if (!xml_is(root, "network-security-config"))
		return refuse(r, root);
	for (const struct xml_element *e = root->child; e != NULL;
	     e = e->next) {
		if (xml_is(e, "domain-config") && !read_config(r, e, NULL))
			return false;
		for (const struct xml_element *c = e->child;
		     xml_is(e, "base-config") && c != NULL; c = c->next)
			if (xml_is(c, "trust-anchors"))
				check_anchors(r, c);
	}
	return true;
}

static bool
read(struct bytes text, struct pinlist *out, struct buf *error)
{
	struct reader r = { .out = out };
	struct xml_element *root = xml_parse(text, error);
	bool ok;

	if (root == NULL)
		return false;
	ok = read_document(&r, root);
	if (!ok)
		buf_printf(error, "%zu: unexpected element", r.bad->line);
	xml_free(root);
	return ok;
}

/* Write one domain per domain-config: TrustKit uses only the last one. */
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
	buf_add_text(out, "<?xml version=\"1.0\" encoding=\"utf-8\"?>\n");
	format_util_comment(out, "<!-- ", title, " -->\n");
	buf_add_text(out, "<network-security-config>\n");
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
