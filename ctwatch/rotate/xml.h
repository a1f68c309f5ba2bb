/* SPDX-License-Identifier: Apache-2.0 */
/*
 * xml: a small, strict pull reader for property lists and Android's network
 * security configuration.
 *
 * UTF-8 only.  What makes XML dangerous is absent, not switched off: a
 * DOCTYPE with an internal subset, every entity but the five and numeric
 * references, and anything deeper or wider than limits.h allows are refused;
 * an external DTD is never fetched.  Namespaces are left alone: a name is
 * what is written.
 */
#ifndef CTWATCH_ROTATE_XML_H
#define CTWATCH_ROTATE_XML_H

#include <ctwatch/base/buf.h>
#include <ctwatch/base/limits.h>

enum xml_event {
	XML_START, /* an element begins: name and attributes */
	XML_END,   /* it ends: name; also after an empty-element tag */
	XML_TEXT,  /* character data between two tags or comments: text */
	XML_DONE,  /* the document is complete */
	XML_BAD    /* it is refused: error and line; every later call too */
};

struct xml_attribute {
	struct bytes name; /* borrowed from the document */
	char *value;       /* owned by the reader until the next call */
};

struct xml {
	struct bytes name; /* borrowed from the document */
	struct xml_attribute attributes[LIMIT_XML_ATTRIBUTES];
	size_t n_attributes;
	struct buf text;   /* until the next call */
	const char *error; /* NULL unless XML_BAD; static storage */
	size_t line;       /* where the reader stands, from 1 */

	/* The reader's own. */
	struct bytes rest;
	struct bytes open[LIMIT_XML_DEPTH];
	size_t depth;
	bool ended, started, doctype;
};

/* Begin to read document, which must outlive x.  Free with xml_fini. */
void xml_init(struct xml *x, struct bytes document);
void xml_fini(struct xml *x);

/* Go to the next event. */
enum xml_event xml_next(struct xml *x);

/* After XML_START: the value of an attribute, or NULL. */
const char *xml_attribute(const struct xml *x, const char *name);

/*
 * After XML_START: gather the text of the element up to its end, which is
 * taken, into x->text.  False, with the reader refused, if an element
 * stands in it.
 */
bool xml_text(struct xml *x);

#endif
