/* SPDX-License-Identifier: Apache-2.0 */
#include <string.h>

#include "rotate/xml.h"
#include <ctwatch/base/limits.h>
#include <ctwatch/base/text.h>

#include "../support/test.h"

static void
say(const struct xml_element *e, struct buf *out)
{
	for (; e != NULL; e = e->next) {
		struct bytes text = xml_text(e);

		buf_printf(out, "<%s", e->name);
		for (size_t i = 0; e->attributes[i] != NULL; i += 2)
			buf_printf(out, " %s=%s", e->attributes[i],
			    e->attributes[i + 1]);
		buf_printf(out, ">%.*s", (int)text.n, (const char *)text.p);
		say(e->child, out);
		buf_printf(out, "</%s>", e->name);
	}
}

/* The tree as text, an element's own text first; or ! and why not. */
static char *
tree(struct bytes document)
{
	struct buf out, error;
	struct xml_element *root;

	buf_init(&out, 1 << 20);
	buf_init(&error, 4096);
	root = xml_parse(document, &error);
	CHECK((root == NULL) == (error.n > 0));
	say(root, &out);
	if (root == NULL)
		buf_printf(&out, "!%s", buf_text(&error));
	xml_free(root);
	buf_fini(&error);
	return buf_detach(&out);
}

static bool
gives(const char *document, const char *wanted)
{
	char *said = tree(bytes_of(document));
	bool same = strstr(said, wanted) != NULL;

	if (!same)
		fprintf(stderr, "%s\n", said);
	free(said);
	return same;
}

static const char sample[] =
    "\xef\xbb\xbf<?xml version=\"1.0\" encoding='UTF-8' ?>\n"
    "<!-- a comment -->\n"
    "<!DOCTYPE plist PUBLIC \"-//x\" \"http://example.com/x.dtd\">\n"
    "<plist x=\"1\" y = '&lt;&#65;&#x42;\xc3\xa4'>t&amp;u<b/><!--c-->"
    "<![CDATA[<&]]><c >d</c\n></plist>\n<!-- end --> ";

static void
reads_a_tree(void)
{
	CHECK(gives(sample,
	    "<plist x=1 y=<AB\xc3\xa4>t&u<&<b></b><c>d</c>"
	    "</plist>"));
	CHECK(gives("<a>1<!-- -->2<![CDATA[3]]></a>", "<a>123</a>"));
	/* Expat knows UTF-16 and Latin 1; what it hands out is UTF-8. */
	CHECK(gives("<?xml version='1.0' encoding='ISO-8859-1'?><a>\xe4</a>",
	    "<a>\xc3\xa4</a>"));
}

static void
knows_lines(void)
{
	struct xml_element *root;
	struct buf error;

	buf_init(&error, 4096);
	root = xml_parse(bytes_of("\n<a>\n<b c='d'/></a>"), &error);
	CHECK(root != NULL && root->line == 2 && root->child->line == 3);
	CHECK(strcmp(xml_attribute(root->child, "c"), "d") == 0);
	CHECK(xml_attribute(root->child, "e") == NULL);
	xml_free(root);
	buf_fini(&error);
}

static void
refuses_every_prefix(void)
{
	/* What follows the root may be missing. */
	size_t end = (size_t)(strstr(sample, "</plist>") - sample) + 8;

	for (size_t n = 0; n < end; n++) {
		char *said = tree((struct bytes){ (const uint8_t *)sample, n });

		CHECK(said[0] == '!');
		free(said);
	}
}

/* What Expat refuses is Expat's; these are refused by what is set here. */
static void
refuses_declarations_and_entities(void)
{
	CHECK(gives("<!DOCTYPE plist [<!ENTITY b \"c\">]><plist>&b;</plist>",
	    "!1: a DOCTYPE with declarations"));
	CHECK(gives("<!DOCTYPE plist [<!ENTITY a \"aaaa\"><!ENTITY b "
	            "\"&a;&a;&a;&a;\">]><plist>&b;&b;</plist>",
	    "!1: a DOCTYPE with declarations"));
	CHECK(gives("<!DOCTYPE plist SYSTEM \"file:///etc/passwd\">\n"
	            "<plist>&b;</plist>",
	    "!2: an entity other than the five of XML"));
	CHECK(gives("<!DOCTYPE a><a/>", "!1: a DOCTYPE: remove it"));
	CHECK(gives("<a>&nbsp;</a>", "!1: undefined entity"));
	CHECK(gives("<a b='&nbsp;'/>", "!1: undefined entity"));
	CHECK(gives("\n\n<a>\n<b></a>", "!4: mismatched tag"));
	CHECK(gives("<a/><b/>", "!1: "));
	CHECK(gives("", "!1: no element found"));
	CHECK(gives("<a>\x01</a>", "!1: "));
	CHECK(gives("<a b='1' b='2'/>", "!1: duplicate attribute"));
}

/* depth elements, each in the one before. */
static char *
nested(size_t depth)
{
	struct buf b;

	buf_init(&b, 1 << 16);
	for (size_t i = 0; i < depth; i++)
		buf_add_text(&b, "<a>");
	for (size_t i = 0; i < depth; i++)
		buf_add_text(&b, "</a>");
	return buf_detach(&b);
}

static char *
wide(int attributes)
{
	struct buf b;

	buf_init(&b, 1 << 16);
	buf_add_text(&b, "<a");
	for (int i = 0; i < attributes; i++)
		buf_printf(&b, " a%d=''", i);
	buf_add_text(&b, "/>");
	return buf_detach(&b);
}

/* n elements in all. */
static char *
many(size_t n)
{
	struct buf b;

	buf_init(&b, 1 << 20);
	buf_add_text(&b, "<a>");
	for (size_t i = 1; i < n; i++)
		buf_add_text(&b, "<b/>");
	buf_add_text(&b, "</a>");
	return buf_detach(&b);
}

/* Check a document at its limit and a document one above it. */
static void
keeps_limit(char *at, char *above, const char *why)
{
	CHECK(gives(at, "</a>"));
	CHECK(gives(above, why));
	free(at);
	free(above);
}

int
main(void)
{
	reads_a_tree();
	knows_lines();
	refuses_every_prefix();
	refuses_declarations_and_entities();
	keeps_limit(nested(LIMIT_XML_DEPTH), nested(LIMIT_XML_DEPTH + 1),
	    "!1: elements nested deeper");
	keeps_limit(wide(LIMIT_XML_ATTRIBUTES), wide(LIMIT_XML_ATTRIBUTES + 1),
	    "!1: more attributes");
	keeps_limit(many(LIMIT_XML_ELEMENTS), many(LIMIT_XML_ELEMENTS + 1),
	    "!1: more elements");
	return 0;
}
