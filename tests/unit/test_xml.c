/* SPDX-License-Identifier: Apache-2.0 */
#include <string.h>

#include "rotate/xml.h"

#include "../support/test.h"

/* Events as text: <name a=v>, </name>, "text"; then ! and why, or a dot. */
static char *
events(struct bytes document)
{
	enum xml_event e;
	struct buf out;
	struct xml x;

	buf_init(&out, 1 << 20);
	xml_init(&x, document);
	while (
	    (e = xml_next(&x)) == XML_START || e == XML_END || e == XML_TEXT) {
		if (e == XML_TEXT) {
			buf_printf(&out, "\"%s\"", buf_text(&x.text));
			continue;
		}
		buf_printf(&out, "<%s%.*s", e == XML_END ? "/" : "",
		    (int)x.name.n, (const char *)x.name.p);
		for (size_t i = 0; i < x.n_attributes; i++)
			buf_printf(&out, " %.*s=%s",
			    (int)x.attributes[i].name.n,
			    (const char *)x.attributes[i].name.p,
			    x.attributes[i].value);
		buf_add_byte(&out, '>');
	}
	if (e == XML_DONE)
		buf_add_byte(&out, '.');
	else
		buf_printf(&out, "!%zu: %s", x.line, x.error);
	CHECK(xml_next(&x) == e); /* both ends are final */
	xml_fini(&x);
	return buf_detach(&out);
}

static bool
gives(const char *document, const char *wanted)
{
	char *said = events(bytes_of(document));
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
    "<a x=\"1\" y = '&lt;&#65;&#x42;\xc3\xa4'>t&amp;u<b/><!--c-->"
    "<![CDATA[<&]]><c ></c\n></a>\n<!-- end --> ";

static void
reads_events_in_order(void)
{
	CHECK(gives(
	    sample, "<a x=1 y=<AB\xc3\xa4>\"t&u\"<b></b>\"<&\"<c></c></a>."));
}

static void
refuses_every_prefix(void)
{
	/* What follows the root may be missing. */
	size_t end = (size_t)(strstr(sample, "</a>") - sample) + 4;

	for (size_t n = 0; n < end; n++) {
		char *said =
		    events((struct bytes){ (const uint8_t *)sample, n });

		CHECK(strchr(said, '!') != NULL);
		free(said);
	}
}

static void
refuses_what_is_dangerous_or_wrong(void)
{
	CHECK(gives("<!DOCTYPE a [<!ENTITY b \"c\">]><a>&b;</a>",
	    "declarations of its own"));
	CHECK(gives("<!DOCTYPE a SYSTEM \"file:///etc/passwd\"><a>&b;</a>",
	    "not one of XML's five"));
	CHECK(gives("<a/><!DOCTYPE a>", "misplaced"));
	CHECK(gives("<!DOCTYPE a><!DOCTYPE a><a/>", "misplaced"));
	CHECK(gives("<a>&nbsp;</a>", "not one of"));
	CHECK(gives("<a>&#0;</a>", "not one of"));
	CHECK(gives("<a>&#xd800;</a>", "not one of"));
	CHECK(gives("<a>&#x110000;</a>", "not one of"));
	CHECK(gives("<a>&#;</a>", "not one of"));
	CHECK(gives("<a>a & b</a>", "bare &"));
	CHECK(gives("<a b='1' b='2'/>", "given twice"));
	CHECK(gives("<a b='<'/>", "malformed tag"));
	CHECK(gives("<a b=c/>", "malformed tag"));
	CHECK(gives("<a b='1'c='2'/>", "malformed tag"));
	CHECK(gives("<1/>", "malformed tag"));
	CHECK(gives("<a></b>", "ends nothing"));
	CHECK(gives("</a>", "ends nothing"));
	CHECK(gives("<a></a b='1'>", "malformed end tag"));
	CHECK(gives("<a/><b/>", "after the root"));
	CHECK(gives("<a/>text", "outside the root"));
	CHECK(gives("", "cut off"));
	CHECK(gives("<a><!-- -- --></a>", "malformed comment"));
	CHECK(gives("<a>]]></a>", "]]> in text"));
	CHECK(gives(
	    "<?xml version='1.0' encoding='UTF-16'?><a/>", "other than UTF-8"));
	CHECK(gives("\xff\xfe<\0a\0/\0>\0", "not UTF-8"));
	CHECK(gives("<a>\x01</a>", "control characters"));
	CHECK(gives("\n\n<a>\n<b></a>", "!4:"));
}

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

static void
keeps_its_bounds(void)
{
	char *s = nested(LIMIT_XML_DEPTH);

	CHECK(gives(s, "</a>."));
	free(s);
	s = nested(LIMIT_XML_DEPTH + 1);
	CHECK(gives(s, "too deep"));
	free(s);
	s = wide(LIMIT_XML_ATTRIBUTES);
	CHECK(gives(s, "</a>."));
	free(s);
	s = wide(LIMIT_XML_ATTRIBUTES + 1);
	CHECK(gives(s, "too many attributes"));
	free(s);
}

static void
gathers_the_text_of_an_element(void)
{
	struct xml x;

	xml_init(&x, bytes_of("<a>1<!-- -->2<![CDATA[3]]></a>"));
	CHECK(xml_next(&x) == XML_START);
	CHECK(xml_text(&x));
	CHECK(bytes_is(buf_view(&x.text), "123"));
	CHECK(xml_next(&x) == XML_DONE);
	xml_fini(&x);
	xml_init(&x, bytes_of("<a>1<b/></a>"));
	CHECK(xml_next(&x) == XML_START);
	CHECK(!xml_text(&x));
	CHECK(xml_next(&x) == XML_BAD);
	xml_fini(&x);
}

int
main(void)
{
	reads_events_in_order();
	refuses_every_prefix();
	refuses_what_is_dangerous_or_wrong();
	keeps_its_bounds();
	gathers_the_text_of_an_element();
	return 0;
}
