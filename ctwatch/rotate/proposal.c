/* SPDX-License-Identifier: Apache-2.0 */
#include <stdlib.h>
#include <string.h>

#include <jansson.h>

#include <ctwatch/base/limits.h>
#include <ctwatch/base/mem.h>
#include <ctwatch/base/text.h>
#include <ctwatch/policy/json_bytes.h>
#include <ctwatch/rotate/key_input.h>
#include <ctwatch/rotate/proposal.h>
#include <ctwatch/store/journal.h>
#include <ctwatch/wire/note_key.h>
#include <ctwatch/wire/ssh_sig.h>

/* The value in the store: a list of objects. */
static const char value[] = "proposals";

void
proposal_fini(struct proposal *p)
{
	for (size_t i = 0; i < p->n_evidence; i++) {
		free(p->evidence[i].kind);
		free(p->evidence[i].source);
		blob_fini(&p->evidence[i].der);
	}
	free(p->evidence);
	free(p->action);
	free(p->key);
	free(p->proposer);
	free(p->reason);
	blob_fini(&p->base);
	blob_fini(&p->text);
	free(p->lines);
	free(p->rejected);
	*p = (struct proposal){ 0 };
}

void
proposal_name(struct proposal *p)
{
	uint8_t digest[SHA256_SIZE];

	sha256_digest(blob_view(p->text), digest);
	text_hex((struct bytes){ digest, PROPOSAL_ID / 2 }, p->id);
}

void
proposal_add_evidence(
    struct proposal *p, const char *kind, const char *source, struct bytes der)
{
	for (size_t i = 0; i < p->n_evidence; i++) {
		const struct proposal_evidence *e = &p->evidence[i];

		if (strcmp(e->kind, kind) == 0 &&
		    strcmp(e->source, source) == 0 &&
		    bytes_equal(blob_view(e->der), der))
			return;
	}
	p->evidence = mem_grow(p->evidence, p->n_evidence, sizeof *p->evidence);
	p->evidence[p->n_evidence++] =
	    (struct proposal_evidence){ mem_strdup(kind), mem_strdup(source),
		    blob_copy(der) };
}

bool
proposal_is_open(const struct proposal *p, int64_t now)
{
	return !p->done && p->rejected == NULL &&
	    now - p->created <= PROPOSAL_LIFE;
}

/* ---- evidence ---- */

bool
proposal_challenge(const struct proposal *p, const char *name,
    const uint8_t spki[static SHA256_SIZE], struct buf *out)
{
	char b64[TEXT_BASE64_LEN(SHA256_SIZE) + 1];

	text_base64((struct bytes){ spki, SHA256_SIZE }, b64);
	return buf_printf(out,
	    "ctwatch-possession/1\npinset %s\nproposal %s\nkey sha256/%s\n",
	    name, p->id, b64);
}

static bool
is_possession(const struct proposal *p, const struct proposal_evidence *e,
    const char *name, const uint8_t spki[static SHA256_SIZE],
    struct bytes spki_der)
{
	struct note_key *key = note_key_public("possession", spki_der);
	struct buf text;
	bool is;

	buf_init(&text, LIMIT_SMALL_BODY);
	is = key != NULL && proposal_challenge(p, name, spki, &text) &&
	    note_key_signed(key, buf_view(&text), blob_view(e->der));
	note_key_free(key);
	buf_fini(&text);
	return is;
}

/* A request proves possession if its signature is by the key in it: report
 * whether e is a request of the key with that proof. */
static bool
is_request(const struct proposal_evidence *e,
    const uint8_t spki[static SHA256_SIZE], enum key_input_proof proof)
{
	uint8_t digest[SHA256_SIZE];
	struct key_input_list l;
	struct buf error;
	bool is = false;

	buf_init(&error, LIMIT_SMALL_BODY);
	if (key_input_read(blob_view(e->der), &l, &error)) {
		sha256_digest(blob_view(l.v[0].spki), digest);
		is = memcmp(digest, spki, SHA256_SIZE) == 0 &&
		    l.v[0].kind == KEY_INPUT_REQUEST && l.v[0].proof == proof;
		key_input_fini(&l);
	}
	buf_fini(&error);
	return is;
}

/* Judge the evidence itself, not its stored verdict. */
bool
proposal_confirmed(const struct proposal *p, const char *name,
    const uint8_t spki[static SHA256_SIZE], struct bytes spki_der)
{
	bool confirmed = false;

	for (size_t i = 0; !confirmed && i < p->n_evidence; i++) {
		const struct proposal_evidence *e = &p->evidence[i];

		if (strcmp(e->kind, PROPOSAL_STATEMENT) == 0)
			confirmed = e->source[0] != '\0' && e->der.n > 0;
		else if (strcmp(e->kind, PROPOSAL_POSSESSION) == 0)
			confirmed = is_possession(p, e, name, spki, spki_der);
		else if (strcmp(e->kind, PROPOSAL_FINDING) != 0)
			confirmed = is_request(e, spki, KEY_INPUT_PROVED);
	}
	return confirmed;
}

/* Report whether the challenge can be signed by a key that is known here. */
static bool
is_known_key(struct bytes spki_der)
{
	struct note_key *key = note_key_public("possession", spki_der);
	bool is = key != NULL;

	note_key_free(key);
	return is;
}

const char *
proposal_unverifiable(const struct proposal *p,
    const uint8_t spki[static SHA256_SIZE], struct bytes spki_der)
{
	for (size_t i = 0; i < p->n_evidence; i++) {
		const struct proposal_evidence *e = &p->evidence[i];
		bool is = false;

		if (strcmp(e->kind, PROPOSAL_POSSESSION) == 0)
			is = ssh_sig_is_foreign(blob_view(e->der)) ||
			    (spki_der.n > 0 && !is_known_key(spki_der));
		else if (strcmp(e->kind, PROPOSAL_STATEMENT) != 0 &&
		    strcmp(e->kind, PROPOSAL_FINDING) != 0)
			is = is_request(e, spki, KEY_INPUT_UNVERIFIABLE);
		if (is)
			return e->source;
	}
	return NULL;
}

bool
proposal_note(const struct proposal *p, struct bytes text, struct buf *out)
{
	return buf_add(out, text) && buf_add_byte(out, '\n') &&
	    buf_add_text(out, p->lines);
}

/* ---- as JSON ---- */

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
		        json_bytes_new(blob_view(p->evidence[i].der))));
	return json_pack("{s:s, s:s, s:s, s:s, s:o, s:I, s:b, s:b, s:o*, s:s, "
	                 "s:o, s:o, s:o}",
	    "id", p->id, "action", p->action, "key", p->key, "proposer",
	    p->proposer, "reason", journal_text(p->reason), "created",
	    (json_int_t)p->created, "done", p->done, "forced", p->forced,
	    "rejected", p->rejected != NULL ? journal_text(p->rejected) : NULL,
	    "lines", p->lines, "base", json_bytes_new(blob_view(p->base)),
	    "text", json_bytes_new(blob_view(p->text)), "evidence", evidence);
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
		.forced = json_is_true(json_object_get(o, "forced")),
		.rejected = json_object_get(o, "rejected") != NULL
		    ? from_text(o, "rejected")
		    : NULL,
		.base = json_bytes_take(json_object_get(o, "base")),
		.text = json_bytes_take(json_object_get(o, "text")) };
	json_array_foreach(json_object_get(o, "evidence"), i, e) {
		char *kind = from_text(e, "kind");
		char *source = from_text(e, "source");
		struct blob der = json_bytes_take(json_object_get(e, "der"));

		proposal_add_evidence(p, kind, source, blob_view(der));
		free(kind);
		free(source);
		blob_fini(&der);
	}
	/* Derive the name from the content, not from the stored one. */
	proposal_name(p);
}

/* Return NULL if the stored ones cannot be read, so that they are not
 * replaced. */
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
	    found ? "the proposals in the state are damaged: restore a backup"
	          : store_error(s));
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
