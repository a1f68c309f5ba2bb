/* SPDX-License-Identifier: Apache-2.0 */
#include <stdlib.h>

#include <jansson.h>

#include <ctwatch/base/file.h>
#include <ctwatch/base/limits.h>
#include <ctwatch/base/mem.h>
#include <ctwatch/base/text.h>
#include <ctwatch/rotate/compromise.h>

static void
say_left(const struct pinset *p, const char *id, struct buf *out)
{
	const struct pinset_key *k = rotation_key(p, id);
	size_t key = k != NULL ? (size_t)(k - p->keys) : 0;

	for (size_t i = 0; k != NULL && i < p->n_domains; i++) {
		const struct pinset_domain *d = &p->domains[i];
		bool any = false;

		if (!rotation_has(d, key))
			continue;
		text_escape(out, bytes_of(d->pattern));
		buf_add_text(out, " is left with:");
		for (size_t j = 0; j < d->n_keys; j++) {
			const struct pinset_key *other = &p->keys[d->keys[j]];

			if (!pinset_is_usable(other))
				continue;
			buf_printf(out, " %s (%s)", other->id,
			    pinset_state_word(other->state));
			any = true;
		}
		buf_add_text(out,
		    any ? "\n"
		        : " NOTHING: no client can connect with "
		          "a pin that is still good\n");
	}
}

/* Keep the version that enough people signed; see approvers.h. */
static bool
keep_base(struct rotation *r, struct buf *error)
{
	char *path = mem_printf("%s.sig", r->path);
	struct buf sig;
	bool ok;

	buf_init(&sig, LIMIT_SMALL_BODY);
	ok = file_read(path, false, &sig, error) == FILE_OK &&
	    rotation_replace(r, ".base", buf_view(&r->text), error) &&
	    rotation_replace(r, ".base.sig", buf_view(&sig), error);
	buf_fini(&sig);
	free(path);
	return ok;
}

/* The next text with the key given up, and what is left then. */
static struct bytes
given_up(struct rotation *r, const char *id, struct buf *note, struct buf *left,
    struct buf *error)
{
	const struct rotation_change c = { .key = id,
		.state = PINSET_COMPROMISED };
	struct bytes text = rotation_next(r, &c, error);
	struct pinset *next =
	    text.n > 0 ? pinset_parse(text, "pinset", error) : NULL;

	if (next != NULL) {
		say_left(next, id, left);
		approvers_note(next, "emergency", note);
	}
	pinset_free(next);
	return text;
}

static bool
sign_emergency(struct rotation *r, const struct notekey *key,
    const struct buf *note, struct buf *whole, struct buf *error)
{
	const struct notekey *trusted =
	    key != NULL ? approvers_key(r->trust, key) : NULL;
	enum approvers_status now =
	    approvers_check(r->path, buf_view(&r->text), r->trust_path, error);

	buf_clear(error);
	if (trusted == NULL)
		return rotation_fail(error,
		    "a key that the trust file names must sign "
		    "(--key)");
	if (now == APPROVERS_FAILED)
		return rotation_fail(error,
		    "the pinset is not what was signed: put "
		    "the signed one back first (PINSET.base "
		    "may be it)");
	buf_add(whole, buf_view(note));
	buf_add_byte(whole, '\n');
	return (now == APPROVERS_EMERGENCY || keep_base(r, error)) &&
	    (note_key_sign(key, trusted, buf_view(note), whole) ||
	        rotation_fail(error, "the key does not sign"));
}

bool
compromise_key(struct rotation *r, const char *id, const struct notekey *key,
    const char *reason, struct buf *left, struct buf *error)
{
	struct buf note, whole;
	struct bytes text;
	json_t *detail;
	bool ok;

	buf_init(&note, LIMIT_SMALL_BODY);
	buf_init(&whole, LIMIT_SMALL_BODY);
	text = given_up(r, id, &note, left, error);
	ok = text.n > 0 &&
	    (r->trust == NULL ||
	        sign_emergency(r, key, &note, &whole, error)) &&
	    rotation_replace(r, "", text, error) &&
	    (r->trust == NULL ||
	        rotation_replace(r, ".sig", buf_view(&whole), error));
	if (ok) {
		detail =
		    json_pack("{s:s, s:s}", "key", id, "note", buf_text(&note));
		ok = rotation_record(r, key != NULL ? note_key_name(key) : NULL,
		    "pinset-compromised", reason, detail, error);
		json_decref(detail);
	}
	free((void *)(uintptr_t)text.p);
	buf_fini(&note);
	buf_fini(&whole);
	return ok;
}
