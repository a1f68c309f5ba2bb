/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Documents of immudb Vault: an endpoint and its certificate or public key as
 * base64 of PEM.  A search returns revisions in any order: the highest of each
 * document (_id) counts; if it is deleted, the document is skipped.
 */
#include <stdlib.h>
#include <string.h>

#include <jansson.h>

#include "rotate/formats/format_util.h"
#include "rotate/lex.h"
#include <ctwatch/base/limits.h>
#include <ctwatch/base/mem.h>
#include <ctwatch/base/text.h>
#include <ctwatch/rotate/formats.h>
#include <ctwatch/rotate/key_input.h>

static const char endpoint_name[] = "certificate_endpoint";
static const char object_name[] = "certificate_object";

static bool
detect(struct bytes text)
{
	return lex_has(text, endpoint_name) && lex_has(text, object_name);
}

/* 64-bit numbers are strings in the JSON of gRPC. */
static json_int_t
number(const json_t *object, const char *name)
{
	const json_t *v = json_object_get(object, name);

	return json_is_string(v) ? strtoll(json_string_value(v), NULL, 10)
	                         : json_integer_value(v);
}

static bool
is_newer(const json_t *a, const json_t *b)
{
	json_int_t ta = number(a, "transactionId");
	json_int_t tb = number(b, "transactionId");

	return ta != tb ? ta > tb
	                : number(a, "revision") > number(b, "revision");
}

static const char *
id_of(const json_t *revision)
{
	return format_util_member(json_object_get(revision, "document"), "_id");
}

/* Report whether no revision of the same document is newer.  Revisions without
 * _id are separate documents. */
static bool
is_newest(const json_t *revisions, size_t at)
{
	const json_t *r = json_array_get(revisions, at), *other;
	const char *id = id_of(r);
	size_t i;

	json_array_foreach(revisions, i, other) {
		const char *is = id_of(other);

		if (i != at && id != NULL && is != NULL &&
		    strcmp(is, id) == 0 &&
		    (is_newer(other, r) || (i < at && !is_newer(r, other))))
			return false;
	}
	return true;
}

/* The host of "host", "host:port" or "https://host:port/path"; a port that is
 * not HTTPS's is a loss. */
static char *
endpoint_host(const char *endpoint, struct pinlist *out)
{
	struct bytes in = bytes_of(endpoint), port;
	size_t n = 0;

	lex_past(&in, "://");
	while (n < in.n && memchr(":/", in.p[n], 2) == NULL)
		n++;
	port = (struct bytes){ in.p + n, in.n - n };
	if (lex_prefix(&port, ":") && !bytes_is(port, "443") &&
	    !(lex_prefix(&port, "443") && port.n > 0 && port.p[0] == '/'))
		pinlist_lose(out,
		    "%s: its pins are kept for the host, not for its port "
		    "alone",
		    endpoint);
	return lex_dup((struct bytes){ in.p, n });
}

/* Add the keys of a document; warn of a malformed one and count it as lost. */
static void
add_document(const json_t *document, size_t at, struct pinlist *out)
{
	const char *endpoint = format_util_member(document, endpoint_name);
	const char *object = format_util_member(document, object_name);
	struct key_input_list l;
	struct pinlist_host *h;
	struct buf error;
	char *host;

	buf_init(&error, LIMIT_SMALL_BODY);
	if (endpoint == NULL || object == NULL)
		pinlist_lose(out, "document %zu: no %s or no %s", at,
		    endpoint_name, object_name);
	else if (!key_input_read(bytes_of(object), &l, &error))
		pinlist_lose(out, "document %zu (%s): %s", at, endpoint,
		    buf_text(&error));
	else {
		host = endpoint_host(endpoint, out);
		h = pinlist_pattern(out, host);
		if (h->n_pins > 0)
			pinlist_warn(out,
			    "%s: several documents: a client that reads only "
			    "revisions[0] sees one of them",
			    host);
		free(host);
		for (size_t i = 0; i < l.n; i++)
			pinlist_add_spki(h, blob_view(l.v[i].spki))->not_after =
			    l.v[i].not_after;
		key_input_fini(&l);
	}
	buf_fini(&error);
}

static void
read_revisions(const json_t *list, struct pinlist *out)
{
	const json_t *r;
	size_t i;

	json_array_foreach(list, i, r) {
		const json_t *meta = json_object_get(r, "metadata");

		if (is_newest(list, i) &&
		    !json_is_true(json_object_get(meta, "deleted")))
			add_document(json_object_get(r, "document"), i, out);
	}
}

static bool
read(struct bytes text, struct pinlist *out, struct buf *error)
{
	json_t *root = format_util_json(text, error), *d;
	const json_t *revisions = json_object_get(root, "revisions");
	size_t i, before = out->n_hosts, lost = out->lost;

	if (root == NULL)
		return false;
	if (json_is_array(revisions))
		read_revisions(revisions, out);
	else if (json_is_array(root))
		json_array_foreach(root, i, d)
			add_document(d, i, out);
	else
		add_document(root, 0, out);
	json_decref(root);
	if (out->n_hosts > before || out->lost == lost)
		return true;
	buf_printf(error, "no readable document: %s",
	    out->warnings[out->n_warnings - 1]);
	return false;
}

/* Write one document per key, to PUT into the collection. */
static bool
write(const struct pinlist *list, const char *title, struct buf *out)
{
	json_t *root = json_array();

	for (size_t i = 0; i < list->n_hosts; i++)
		for (size_t k = 0; k < list->hosts[i].n_pins; k++) {
			struct pinlist_host one = list->hosts[i];
			const struct pinlist single = { .hosts = &one,
				.n_hosts = 1 };
			json_t *d = json_object();
			struct buf pem;
			char *b64;

			one.pins = &list->hosts[i].pins[k];
			one.n_pins = 1;
			buf_init(&pem, LIMIT_PIN_FILE);
			pem_format.write(&single, title, &pem);
			b64 = mem_alloc(TEXT_BASE64_LEN(pem.n) + 1, 1);
			text_base64(buf_view(&pem), b64);
			json_object_set_new(
			    d, endpoint_name, json_string(one.name));
			json_object_set_new(d, object_name, json_string(b64));
			json_array_append_new(root, d);
			free(b64);
			buf_fini(&pem);
		}
	return format_util_write_json(root, out);
}

const struct formats_format immudb_format = {
	.name = "immudb-vault",
	.purpose = "documents of immudb Vault, one per endpoint and key",
	.can = FORMATS_NAMES | FORMATS_LEAF | FORMATS_CA | FORMATS_WHOLE_KEY |
	    FORMATS_FIRST_ONLY,
	.detect = detect,
	.read = read,
	.write = write,
};
