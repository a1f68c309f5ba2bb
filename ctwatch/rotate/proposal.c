/* SPDX-License-Identifier: Apache-2.0 */
#include <stdlib.h>
#include <string.h>

#include <jansson.h>

#include <ctwatch/base/limits.h>
#include <ctwatch/base/mem.h>
#include <ctwatch/base/text.h>
#include <ctwatch/rotate/key_input.h>
#include <ctwatch/rotate/proposal.h>
#include <ctwatch/store/journal.h>
#include <ctwatch/wire/cert.h>

/* The store's value that holds them: a list of objects. */
static const char value[] = "proposals";

void
proposal_fini(struct proposal *p)
{
	for (size_t i = 0; i < p->n_evidence; i++) {
		free(p->evidence[i].kind);
		free(p->evidence[i].source);
		free((void *)(uintptr_t)p->evidence[i].der.p);
	}
	free(p->evidence);
	free(p->action);
	free(p->key);
	free(p->proposer);
	free(p->reason);
	free((void *)(uintptr_t)p->base.p);
	free((void *)(uintptr_t)p->text.p);
	free(p->lines);
	*p = (struct proposal){ 0 };
}

void
proposal_name(struct proposal *p)
{
	uint8_t digest[SHA256_SIZE];

	sha256_digest(p->text, digest);
	text_hex((struct bytes){ digest, PROPOSAL_ID / 2 }, p->id);
}

void
proposal_add_evidence(
    struct proposal *p, const char *kind, const char *source, struct bytes der)
{
	p->evidence = mem_grow(p->evidence, p->n_evidence, sizeof *p->evidence);
	p->evidence[p->n_evidence++] =
	    (struct proposal_evidence){ mem_strdup(kind), mem_strdup(source),
		    { mem_dup(der), der.n } };
}

/* The TBS hash of a certificate, or of a precertificate's TBSCertificate. */
static bool
tbs_hash(struct bytes der, uint8_t out[static SHA256_SIZE])
{
	struct cert c;

	if (cert_parse(der, &c) != CERT_OK &&
	    cert_parse_tbs(der, &c) != CERT_OK)
		return false;
	cert_tbs_hash(&c, out);
	return true;
}

/* A logged certificate handed over as a file tells no more than the log. */
static bool
is_logged(const struct proposal *p, struct bytes der)
{
	uint8_t a[SHA256_SIZE], b[SHA256_SIZE];

	for (size_t i = 0; i < p->n_evidence; i++)
		if (strcmp(p->evidence[i].kind, PROPOSAL_FINDING) == 0 &&
		    tbs_hash(p->evidence[i].der, a) && tbs_hash(der, b) &&
		    memcmp(a, b, SHA256_SIZE) == 0)
			return true;
	return false;
}

static bool
speaks_for(const struct proposal *p, const struct key_input *m,
    const uint8_t spki[static SHA256_SIZE])
{
	uint8_t digest[SHA256_SIZE];

	sha256_digest(m->spki, digest);
	return memcmp(digest, spki, SHA256_SIZE) == 0 &&
	    (m->kind != KEY_INPUT_REQUEST || m->proved) &&
	    (m->kind != KEY_INPUT_CERT || !is_logged(p, m->der));
}

/* Judged anew from what was handed over, not from what was noted of it. */
bool
proposal_confirmed(
    const struct proposal *p, const uint8_t spki[static SHA256_SIZE])
{
	bool confirmed = false;

	for (size_t i = 0; i < p->n_evidence; i++) {
		struct key_input_list l;
		struct buf error;

		if (strcmp(p->evidence[i].kind, PROPOSAL_FINDING) == 0)
			continue;
		buf_init(&error, LIMIT_SMALL_BODY);
		if (key_input_read(p->evidence[i].der, &l, &error)) {
			confirmed |= speaks_for(p, &l.v[0], spki);
			key_input_fini(&l);
		}
		buf_fini(&error);
	}
	return confirmed;
}

bool
proposal_note(const struct proposal *p, struct bytes text, struct buf *out)
{
	return buf_add(out, text) && buf_add_byte(out, '\n') &&
	    buf_add_text(out, p->lines);
}

/* ---- as JSON ---- */

static json_t *
json_base64(struct bytes in)
{
	char *b64 = mem_alloc(TEXT_BASE64_LEN(in.n) + 1, 1);
	json_t *v;

	text_base64(in, b64);
	v = json_string(b64);
	free(b64);
	return v;
}

static struct bytes
from_base64(const json_t *object, const char *name)
{
	const char *b64 = json_string_value(json_object_get(object, name));
	struct bytes in = bytes_of(b64 != NULL ? b64 : "");
	uint8_t *p = mem_alloc(in.n + 1, 1);
	size_t n;

	if (!text_unbase64(in, p, &n))
		n = 0;
	return (struct bytes){ p, n };
}

static char *
from_text(const json_t *object, const char *name)
{
	const char *s = json_string_value(json_object_get(object, name));

	return mem_strdup(s != NULL ? s : "");
}

static json_t *
to_json(const struct proposal *p)
{
	json_t *evidence = json_array();

	for (size_t i = 0; i < p->n_evidence; i++)
		json_array_append_new(evidence,
		    json_pack("{s:s, s:o, s:o}", "kind", p->evidence[i].kind,
		        "source", journal_text(p->evidence[i].source), "der",
		        json_base64(p->evidence[i].der)));
	return json_pack(
	    "{s:s, s:s, s:s, s:s, s:o, s:I, s:b, s:s, s:o, s:o, s:o}", "id",
	    p->id, "action", p->action, "key", p->key, "proposer", p->proposer,
	    "reason", journal_text(p->reason), "created",
	    (json_int_t)p->created, "done", p->done, "lines", p->lines, "base",
	    json_base64(p->base), "text", json_base64(p->text), "evidence",
	    evidence);
}

static void
from_json(const json_t *o, struct proposal *p)
{
	const json_t *e;
	size_t i;

	*p = (struct proposal){ .action = from_text(o, "action"),
		.key = from_text(o, "key"),
		.proposer = from_text(o, "proposer"),
		.reason = from_text(o, "reason"),
		.lines = from_text(o, "lines"),
		.created = json_integer_value(json_object_get(o, "created")),
		.done = json_is_true(json_object_get(o, "done")),
		.base = from_base64(o, "base"),
		.text = from_base64(o, "text") };
	json_array_foreach(json_object_get(o, "evidence"), i, e) {
		char *kind = from_text(e, "kind");
		char *source = from_text(e, "source");
		struct bytes der = from_base64(e, "der");

		proposal_add_evidence(p, kind, source, der);
		free(kind);
		free(source);
		free((void *)(uintptr_t)der.p);
	}
	/* The name follows from the content, whatever was stored. */
	proposal_name(p);
}

/* NULL if those that there are cannot be read: none may take their place. */
static json_t *
load_all(struct store *s, struct buf *error)
{
	json_t *all = NULL;
	struct buf text;
	bool found;

	buf_init(&text, SIZE_MAX / 2);
	found = store_value_load(s, value, &text);
	if (found)
		all = json_loadb((const char *)text.p, text.n, 0, NULL);
	else if (*store_error(s) == '\0')
		all = json_array();
	buf_fini(&text);
	if (json_is_array(all))
		return all;
	json_decref(all);
	buf_add_text(error,
	    found ? "the proposals in the state are damaged" : store_error(s));
	return NULL;
}

static bool
has_id(const json_t *o, const char *id, size_t n)
{
	const char *is = json_string_value(json_object_get(o, "id"));

	return is != NULL && strncmp(is, id, n) == 0;
}

bool
proposal_save(struct store *s, const struct proposal *p, struct buf *error)
{
	json_t *all = load_all(s, error), *o;
	size_t i, at;
	char *text;
	bool ok;

	if (all == NULL)
		return false;
	at = json_array_size(all);
	json_array_foreach(all, i, o)
		if (has_id(o, p->id, PROPOSAL_ID))
			at = i;
	if (at == json_array_size(all))
		json_array_append_new(all, to_json(p));
	else
		json_array_set_new(all, at, to_json(p));
	text = json_dumps(all, JSON_COMPACT);
	ok = store_value_save(s, value, bytes_of(text));
	if (!ok)
		buf_add_text(error, store_error(s));
	free(text);
	json_decref(all);
	return ok;
}

bool
proposal_load(
    struct store *s, const char *id, struct proposal *out, struct buf *error)
{
	json_t *all = load_all(s, error), *found = NULL, *o;
	size_t i, n = 0;

	json_array_foreach(all, i, o)
		if (*id != '\0' && has_id(o, id, strlen(id))) {
			found = o;
			n++;
		}
	if (n == 1)
		from_json(found, out);
	else if (all != NULL)
		buf_printf(error, "%s proposal has the id %s",
		    n == 0 ? "no" : "more than one", id);
	json_decref(all);
	return n == 1;
}

bool
proposal_each(struct store *s,
    void (*each)(void *arg, const struct proposal *p), void *arg,
    struct buf *error)
{
	json_t *all = load_all(s, error), *o;
	bool ok = all != NULL;
	size_t i;

	json_array_foreach(all, i, o) {
		struct proposal p;

		from_json(o, &p);
		each(arg, &p);
		proposal_fini(&p);
	}
	json_decref(all);
	return ok;
}
