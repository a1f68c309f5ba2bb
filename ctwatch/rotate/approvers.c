/* SPDX-License-Identifier: Apache-2.0 */
#include <stdlib.h>
#include <string.h>

#include <jansson.h>

#include "rotate/lex.h"
#include <ctwatch/base/limits.h>
#include <ctwatch/base/mem.h>
#include <ctwatch/base/text.h>
#include <ctwatch/base/time.h>
#include <ctwatch/rotate/approvers.h>
#include <ctwatch/rotate/key_input.h>
#include <ctwatch/wire/ssh_sig.h>

#define FORMAT "ctwatch-trust/1"

/* At least two people must agree. */
#define MIN_THRESHOLD 2

/* ---- the trust file ---- */

/* A public key as PEM, as the base64 in PEM, or as a line of OpenSSH. */
static struct note_key *
read_key(const char *name, const char *text)
{
	struct key_input_list l;
	struct note_key *key = NULL;
	struct buf error, der;

	if (ssh_sig_is_key(bytes_of(text)))
		return note_key_openssh(name, bytes_of(text));
	buf_init(&error, LIMIT_SMALL_BODY);
	buf_init(&der, LIMIT_SMALL_BODY);
	if (lex_has(bytes_of(text), "-----BEGIN ")) {
		if (key_input_read(bytes_of(text), &l, &error)) {
			key = note_key_public(name, blob_view(l.v[0].spki));
			key_input_fini(&l);
		}
	} else if (buf_reserve(&der, strlen(text)) &&
	    text_unbase64(bytes_of(text), der.p, &der.n))
		key = note_key_public(name, buf_view(&der));
	buf_fini(&error);
	buf_fini(&der);
	return key;
}

static bool
read_keys(struct approvers *t, json_t *keys, struct buf *error)
{
	const char *name;
	json_t *v;

	json_object_foreach(keys, name, v) {
		struct note_key *key = json_is_string(v)
		    ? read_key(name, json_string_value(v))
		    : NULL;
		const struct note_key *same =
		    key != NULL ? approvers_key(t, key) : NULL;

		if (key == NULL || same != NULL) {
			buf_printf(error, "keys.");
			text_escape(error, bytes_of(name));
			buf_printf(error, ": %s%s",
			    key == NULL
			        ? "not a plain name with an Ed25519, ECDSA or "
			          "RSA public key (PEM, its base64, or a line "
			          "of OpenSSH); other kinds of keys are not "
			          "supported"
			        : "the same key as ",
			    same != NULL ? note_key_name(same) : "");
			note_key_free(key);
			return false;
		}
		t->keys = mem_grow(t->keys, t->n_keys, sizeof *t->keys);
		t->keys[t->n_keys++] = key;
	}
	return true;
}

static bool
read_owner(struct approvers *t, const char *owner, const json_t *names,
    struct buf *error)
{
	struct approvers_owner *o;
	const json_t *name;
	size_t i;

	t->owners = mem_grow(t->owners, t->n_owners, sizeof *t->owners);
	o = &t->owners[t->n_owners++];
	*o = (struct approvers_owner){ .owner = mem_strdup(owner) };
	json_array_foreach(names, i, name) {
		size_t k = 0;

		while (k < t->n_keys &&
		    (!json_is_string(name) ||
		        strcmp(note_key_name(t->keys[k]),
		            json_string_value(name)) != 0))
			k++;
		if (k == t->n_keys)
			break;
		o->keys = mem_grow(o->keys, o->n_keys, sizeof *o->keys);
		o->keys[o->n_keys++] = k;
	}
	if (o->n_keys > 0 && o->n_keys == json_array_size(names))
		return true;
	buf_add_text(error, "owners.");
	text_escape(error, bytes_of(owner));
	buf_add_text(error, ": not a list of names of keys");
	return false;
}

static bool
read_members(struct approvers *t, json_t *root, struct buf *error)
{
	const char *format = json_string_value(json_object_get(root, "format"));
	json_t *threshold = json_object_get(root, "threshold"), *v;
	const char *name;

	json_object_foreach(root, name, v) {
		static const char *const known[] = { "format", "threshold",
			"keys", "owners", "note" };
		bool ok = strncmp(name, "x-", 2) == 0;

		for (size_t i = 0; i < sizeof known / sizeof *known; i++)
			ok |= strcmp(name, known[i]) == 0;
		if (ok)
			continue;
		text_escape(error, bytes_of(name));
		buf_add_text(error, ": unknown member");
		return false;
	}
	if (format == NULL || strcmp(format, FORMAT) != 0) {
		buf_add_text(error, "format: not \"" FORMAT "\"");
		return false;
	}
	if (!read_keys(t, json_object_get(root, "keys"), error))
		return false;
	if (!json_is_integer(threshold) ||
	    json_integer_value(threshold) < MIN_THRESHOLD ||
	    (size_t)json_integer_value(threshold) > t->n_keys) {
		buf_printf(error,
		    "threshold: not a number from %d to the number of keys, "
		    "%zu",
		    MIN_THRESHOLD, t->n_keys);
		return false;
	}
	t->threshold = (size_t)json_integer_value(threshold);
	json_object_foreach(json_object_get(root, "owners"), name, v)
		if (!read_owner(t, name, v, error))
			return false;
	return true;
}

struct approvers *
approvers_parse(struct bytes text, const char *file, struct buf *error)
{
	struct approvers *t = mem_alloc(1, sizeof *t);
	json_error_t err;
	json_t *root = json_loadb(
	    (const char *)text.p, text.n, JSON_REJECT_DUPLICATES, &err);
	struct buf why;
	bool ok;

	buf_init(&why, LIMIT_SMALL_BODY);
	ok = json_is_object(root) && read_members(t, root, &why);
	if (!ok && root == NULL)
		buf_printf(error, "%s:%d: %s", file, err.line, err.text);
	else if (!ok)
		buf_printf(error, "%s: %s", file,
		    why.n > 0 ? buf_text(&why) : "not an object");
	json_decref(root);
	buf_fini(&why);
	if (ok)
		return t;
	approvers_free(t);
	return NULL;
}

void
approvers_free(struct approvers *t)
{
	if (t == NULL)
		return;
	for (size_t i = 0; i < t->n_keys; i++)
		note_key_free(t->keys[i]);
	for (size_t i = 0; i < t->n_owners; i++) {
		free(t->owners[i].owner);
		free(t->owners[i].keys);
	}
	free(t->keys);
	free(t->owners);
	free(t);
}

const struct note_key *
approvers_key(const struct approvers *t, const struct note_key *key)
{
	for (size_t i = 0; i < t->n_keys; i++)
		if (note_key_same(t->keys[i], key))
			return t->keys[i];
	return NULL;
}

const struct note_key *
approvers_named(const struct approvers *t, const char *name)
{
	for (size_t i = 0; i < t->n_keys; i++)
		if (strcmp(note_key_name(t->keys[i]), name) == 0)
			return t->keys[i];
	return NULL;
}

/* ---- notes ---- */

bool
approvers_note(const struct pinset *p, const char *proposer, struct buf *out)
{
	char expires[TIME_TEXT] = "never";
	char b64[TEXT_BASE64_LEN(SHA256_SIZE) + 1];

	if (p->expires != 0)
		time_format(p->expires, expires);
	text_base64((struct bytes){ p->sha256, SHA256_SIZE }, b64);
	return buf_printf(out,
	    "ctwatch-pinset/%s\nversion %llu\nexpires %s\nsha256 %s\n"
	    "proposer %s\n",
	    p->name, (unsigned long long)p->version, expires, b64, proposer);
}

/* The proposer's name on the fifth line; false if there is none. */
static bool
proposer_of(struct bytes text, struct bytes *name)
{
	for (int i = 0; i < 4; i++)
		if (!bytes_until(&text, '\n', name))
			return false;
	return bytes_until(&text, '\n', name) &&
	    lex_prefix(name, "proposer ") && text.n == 0;
}

size_t
approvers_count(const struct approvers *t, const struct note *note,
    bool *signed_by, struct buf *error)
{
	struct bytes proposer = { 0 };
	size_t n = 0;

	if (signed_by != NULL)
		memset(signed_by, 0, t->n_keys * sizeof *signed_by);
	proposer_of(note->text, &proposer);
	for (size_t i = 0; i < t->n_keys; i++) {
		enum note_error e = note_key_verify(t->keys[i], note);
		const char *name = note_key_name(t->keys[i]);

		if (e == NOTE_BAD_LINE) {
			buf_printf(
			    error, "the signature of %s does not verify", name);
			return 0;
		}
		if (e == NOTE_TOO_MANY_LINES) {
			buf_printf(error, "it has more than %d signature lines",
			    LIMIT_NOTE_LINES);
			return 0;
		}
		if (e != NOTE_OK || bytes_is(proposer, name))
			continue;
		n++;
		if (signed_by != NULL)
			signed_by[i] = true;
	}
	return n;
}

bool
approvers_is_note_for(const struct note *note, const struct pinset *p)
{
	struct bytes proposer;
	struct buf text;
	bool is = false;
	char *name;

	if (!proposer_of(note->text, &proposer))
		return false;
	buf_init(&text, LIMIT_SMALL_BODY);
	name = lex_dup(proposer);
	is = approvers_note(p, name, &text) &&
	    bytes_equal(buf_view(&text), note->text);
	free(name);
	buf_fini(&text);
	return is;
}

size_t
approvers_needed(const struct approvers *t, const struct pinset *p)
{
	size_t policy = p->approvals > 0 ? (size_t)p->approvals : 0;

	return policy > t->threshold ? policy : t->threshold;
}
