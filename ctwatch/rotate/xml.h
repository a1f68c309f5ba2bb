/* SPDX-License-Identifier: Apache-2.0 */
/*
 * xml: property lists and Android's network security configuration as a tree
 * of elements, read by Expat.
 *
 * The only DOCTYPE that is taken is that of a property list, without
 * declarations of its own: no entity beside XML's five is ever expanded, and
 * no DTD is fetched.  Depth, elements and attributes are bounded (limits.h).
 * Namespaces are left alone: a name is what is written.
 */
#ifndef CTWATCH_ROTATE_XML_H
#define CTWATCH_ROTATE_XML_H

#include <ctwatch/base/buf.h>

struct xml_element {
	char *name;
	char **attributes; /* name, value, ..., NULL */
	struct buf text;   /* its own character data, joined */
	size_t line;       /* of its start tag, from 1 */
	struct xml_element *child, *next;
};

/* Parse document; NULL with *error, "LINE: why".  Free with xml_free. */
struct xml_element *xml_parse(struct bytes document, struct buf *error);
void xml_free(struct xml_element *root);

bool xml_is(const struct xml_element *e, const char *name);

/* The value of an attribute, or NULL; borrowed. */
const char *xml_attribute(const struct xml_element *e, const char *name);

/* The element's text without blanks at both ends; borrowed. */
struct bytes xml_text(const struct xml_element *e);

#endif
