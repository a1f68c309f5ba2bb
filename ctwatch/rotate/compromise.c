/* SPDX-License-Identifier: Apache-2.0 */
#include <stdlib.h>

#include <jansson.h>

#include "rotate/next_pinset.h"
#include <ctwatch/base/file.h>
#include <ctwatch/base/limits.h>
#include <ctwatch/base/mem.h>
#include <ctwatch/base/text.h>
#include <ctwatch/rotate/compromise.h>
#include <ctwatch/rotate/export_record.h>

static void
say_left(const struct rotation *r, const struct pinset *p, const char *id,
    struct buf *out)
{
	const struct pinset_key *k = rotation_key(p, id);
	size_t key = k != NULL ? (size_t)(k - p->keys) : 0;

	if (k != NULL)
		export_record_holders(r->store, p, k->spki_sha256, r->now, out);

	for (size_t i = 0; k != NULL && i < p->n_domains; i++) {
		const struct pinset_domain *d = &p->domains[i];
		bool any = false;

		if (!rotation_has(d, key))
			continue;
		text_escape(out, bytes_of(d->pattern));
		buf_add_text(out, " keeps:");
		for (size_t j = 0; j < d->n_keys; j++) {
			const struct pinset_key *other = &p->keys[d->keys[j]];

			if (!pinset_is_usable(other))
				continue;
			buf_printf(out, " %s (%s)", other->id,
			    pinset_state_word(other->state));
			any = true;
		}
		buf_add_text(out,
		    any ? "\n" : " NO KEY: pinning clients cannot connect\n");
	}
}

/* Return the next text with the key compromised; empty if it is refused. */
static struct blob
give_up(struct rotation *r, const char *id, struct buf *note, struct buf *left,
    struct buf *error)
{
	const struct rotation_change c = { .key = id,
		.state = PINSET_COMPROMISED };
	struct blob text = next_pinset_text(r, &c, r->now, error);
	struct pinset *next = text.n > 0
	    ? pinset_parse_at(blob_view(text), r->path, error)
	    : NULL;

	if (next != NULL) {
		say_left(r, next, id, left);
		approvers_note(next, "emergency", note);
	}
	pinset_free(next);
	return text;
}

static bool
sign_emergency(struct rotation *r, const struct note_key *key,
    const struct buf *note, struct buf *whole, struct buf *error)
{
	const struct note_key *trusted =
	    key != NULL ? approvers_key(r->trust, key) : NULL;

	if (trusted == NULL)
		return rotation_fail(
		    error, "--key must name the private key of an approver");
	if (r->status == PINSET_TRUST_UNSIGNED)
		return rotation_fail(error, "%s", buf_text(&r->why));
	return buf_add(whole, buf_view(note)) && buf_add_byte(whole, '\n') &&
	    (note_key_sign(key, trusted, buf_view(note), whole) ||
	        rotation_fail(error, "the key does not sign"));
}

/* Read the file PINSET.suffix. */
static bool
read_beside(
    struct rotation *r, const char *suffix, struct buf *out, struct buf *error)
{
	char *path = mem_printf("%s%s", r->path, suffix);
	bool ok = file_read(path, false, out, error) == FILE_OK;

	free(path);
	return ok;
}

/* The base: the last version with enough signatures; see pinset_trust.h. */
static bool
load_base(
    struct rotation *r, struct buf *base, struct buf *sig, struct buf *error)
{
	if (r->status == PINSET_TRUST_OK)
		return buf_add(base, buf_view(&r->text)) &&
		    read_beside(r, ".sig", sig, error);
	return read_beside(r, ".base", base, error) &&
	    read_beside(r, ".base.sig", sig, error);
}

static bool
put_emergency(
    struct rotation *r, struct bytes text, struct bytes sig, struct buf *error)
{
	struct pinset_change change = { .text = blob_copy(text),
		.sig = blob_copy(sig) };
	struct buf base, base_sig;
	bool ok = true;

	buf_init(&base, LIMIT_USER_FILE);
	buf_init(&base_sig, LIMIT_SMALL_BODY);
	if (r->trust != NULL) {
		ok = load_base(r, &base, &base_sig, error);
		change.base = blob_take(&base);
		change.base_sig = blob_take(&base_sig);
	}
	ok = ok && rotation_put(r, &change, PINSET_TRUST_EMERGENCY, error);
	pinset_change_fini(&change);
	buf_fini(&base);
	buf_fini(&base_sig);
	return ok;
}

bool
compromise_key(struct rotation *r, const char *id, const struct note_key *key,
    const char *reason, struct buf *left, struct buf *error)
{
	const struct pinset_key *is = rotation_key(r->p, id);
	struct buf note, whole;
	struct blob text;
	json_t *detail;
	bool ok;

	/* It was interrupted, and rotation_open completed it. */
	if (is != NULL && is->state == PINSET_COMPROMISED &&
	    pinset_trust_is_good(r->status)) {
		say_left(r, r->p, id, left);
		return true;
	}
	if (r->status == PINSET_TRUST_FAILED)
		return rotation_fail(error,
		    "%s; one signature suffices only for a change of a trusted "
		    "version; restore the last one (PINSET.base, if present)",
		    buf_text(&r->why));
	buf_init(&note, LIMIT_SMALL_BODY);
	buf_init(&whole, LIMIT_SMALL_BODY);
	text = give_up(r, id, &note, left, error);
	ok = text.n > 0 &&
	    (r->trust == NULL || sign_emergency(r, key, &note, &whole, error));
	if (ok) {
		detail =
		    json_pack("{s:s, s:s}", "key", id, "note", buf_text(&note));
		ok = rotation_record(r, key != NULL ? note_key_name(key) : NULL,
		         "pinset-compromised", reason, detail, error) &&
		    put_emergency(r, blob_view(text), buf_view(&whole), error);
		json_decref(detail);
	}
	blob_fini(&text);
	buf_fini(&note);
	buf_fini(&whole);
	return ok;
}
