/* SPDX-License-Identifier: Apache-2.0 */
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include <expat.h>

#include "rotate/xml.h"
#include <ctwatch/base/limits.h>
#include <ctwatch/base/mem.h>
#include <ctwatch/base/text.h>

#include "config.h"

struct reader {
	XML_Parser parser;
	struct xml_element *root;
	struct xml_element *open[LIMIT_XML_DEPTH];
	struct xml_element *last[LIMIT_XML_DEPTH]; /* child of open[i] */
	size_t depth, n;
	const char *refused; /* reason to stop the parser, or NULL */
};

static uint64_t
line_number(XML_Parser parser)
{
#if HAVE_DECL_XML_GETCURRENTLINENUMBER64
	return XML_GetCurrentLineNumber64(parser);
#else
	return XML_GetCurrentLineNumber(parser);
#endif
}

static void
refuse(struct reader *r, const char *why)
{
	if (r->refused == NULL)
		r->refused = why;
	XML_StopParser(r->parser, XML_FALSE);
}

static char **
copy_attributes(struct reader *r, const XML_Char **in)
{
	size_t n = 0;
	char **out;

	while (in[n] != NULL)
		n++;
	if (n > 2 * LIMIT_XML_ATTRIBUTES) {
		refuse(r, "more attributes than the limit");
		n = 0;
	}
	out = mem_alloc(n + 1, sizeof *out);
	for (size_t i = 0; i < n; i++)
		out[i] = mem_strdup(in[i]);
	return out;
}

static void
start_element(void *arg, const XML_Char *name, const XML_Char **attributes)
{
	struct reader *r = arg;
	struct xml_element *e;

	if (r->depth == LIMIT_XML_DEPTH) {
		refuse(r, "elements nested deeper than the limit");
		return;
	}
	if (++r->n > LIMIT_XML_ELEMENTS) {
		refuse(r, "more elements than the limit");
		return;
	}
	e = mem_alloc(1, sizeof *e);
	e->name = mem_strdup(name);
	e->attributes = copy_attributes(r, attributes);
	e->line = (size_t)line_number(r->parser);
	buf_init(&e->text, LIMIT_PIN_FILE);
	if (r->depth == 0)
		r->root = e;
	else if (r->last[r->depth - 1] != NULL)
		r->last[r->depth - 1]->next = e;
	else
		r->open[r->depth - 1]->child = e;
	if (r->depth > 0)
		r->last[r->depth - 1] = e;
	r->last[r->depth] = NULL;
	r->open[r->depth++] = e;
}

static void
end_element(void *arg, const XML_Char *name)
{
	struct reader *r = arg;

	(void)name;
	r->depth--;
}

static void
add_text(void *arg, const XML_Char *text, int n)
{
	struct reader *r = arg;

	if (r->depth > 0)
		buf_add(
		    &r->open[r->depth - 1]->text, bytes_at(text, (size_t)n));
}

static void
start_doctype(void *arg, const XML_Char *name, const XML_Char *system_id,
    const XML_Char *public_id, int internal)
{
	struct reader *r = arg;

	(void)system_id;
	(void)public_id;
	if (strcmp(name, "plist") != 0)
		refuse(r, "a DOCTYPE: remove it");
	else if (internal)
		refuse(r, "a DOCTYPE with declarations: remove it");
}

/* Expat skips entities that the DTD, which is not read, may declare. */
static void
skipped_entity(void *arg, const XML_Char *name, int parameter)
{
	(void)name;
	(void)parameter;
	refuse(arg, "an entity other than the five of XML");
}

struct xml_element *
xml_parse(struct bytes document, struct buf *error)
{
	struct reader r = { .parser = XML_ParserCreate(NULL) };
	bool ok;

	if (r.parser == NULL) {
		buf_add_text(error, "Expat cannot be started");
		return NULL;
	}
	XML_SetUserData(r.parser, &r);
	XML_SetElementHandler(r.parser, start_element, end_element);
	XML_SetCharacterDataHandler(r.parser, add_text);
	XML_SetStartDoctypeDeclHandler(r.parser, start_doctype);
	XML_SetSkippedEntityHandler(r.parser, skipped_entity);
	ok = document.n <= LIMIT_PIN_FILE &&
	    XML_Parse(r.parser, (const char *)document.p, (int)document.n, 1) ==
	        XML_STATUS_OK &&
	    r.refused == NULL;
	if (!ok)
		buf_printf(error, "%" PRIu64 ": %s", line_number(r.parser),
		    r.refused != NULL
		        ? r.refused
		        : XML_ErrorString(XML_GetErrorCode(r.parser)));
	XML_ParserFree(r.parser);
	if (ok)
		return r.root;
	xml_free(r.root);
	return NULL;
}

/* Recurses only as deep as LIMIT_XML_DEPTH. */
void
xml_free(struct xml_element *root)
{
	while (root != NULL) {
		struct xml_element *next = root->next;

		xml_free(root->child);
		for (size_t i = 0; root->attributes[i] != NULL; i++)
			free(root->attributes[i]);
		free(root->attributes);
		free(root->name);
		buf_fini(&root->text);
		free(root);
		root = next;
	}
}

bool
xml_is(const struct xml_element *e, const char *name)
{
	return strcmp(e->name, name) == 0;
}

const char *
xml_attribute(const struct xml_element *e, const char *name)
{
	for (size_t i = 0; e->attributes[i] != NULL; i += 2)
		if (strcmp(e->attributes[i], name) == 0)
			return e->attributes[i + 1];
	return NULL;
}

struct bytes
xml_text(const struct xml_element *e)
{
	return text_trim(buf_view(&e->text));
}
