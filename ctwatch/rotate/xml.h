/* SPDX-License-Identifier: Apache-2.0 */
/*
 * xml: property lists and Android's network security configuration as a tree of
 * elements, read by Expat.
 *
 * Only the DOCTYPE of a property list without declarations is accepted: no
 * entity except the five of XML is expanded, and no DTD is fetched.  Depth,
 * elements and attributes are limited (limits.h).  Namespaces are not resolved:
 * names are kept as written.
 */
#ifndef CTWATCH_ROTATE_XML_H
#define CTWATCH_ROTATE_XML_H

#include <ctwatch/base/buf.h>

struct xml_element {
	char *name;
	char **attributes; /* name, value, ..., NULL */
	struct buf text;   /* its character data without children, joined */
	size_t line;       /* of its start tag, from 1 */
	struct xml_element *child, *next;
};

/* Parse document; NULL with *error, "LINE: why".  Free with xml_free. */
struct xml_element *xml_parse(struct bytes document, struct buf *error);
void xml_free(struct xml_element *root);

bool xml_is(const struct xml_element *e, const char *name);

/* Return the value of an attribute, or NULL; borrowed. */
const char *xml_attribute(const struct xml_element *e, const char *name);

/* Return the element's text without blanks at both ends; borrowed. */
struct bytes xml_text(const struct xml_element *e);

#endif
