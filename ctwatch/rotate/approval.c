/* SPDX-License-Identifier: Apache-2.0 */
#include <stdlib.h>
#include <string.h>

#include <jansson.h>

#include "rotate/next_pinset.h"
#include "rotate/owner_approval.h"
#include <ctwatch/base/limits.h>
#include <ctwatch/base/mem.h>
#include <ctwatch/base/text.h>
#include <ctwatch/rotate/approval.h>
#include <ctwatch/wire/ssh_sig.h>

/* The two pinsets of a proposal. */
struct pair {
	struct pinset *from, *to; /* owned */
};

/*
 * Give a bundle without a digest in from, which has no signature yet, the
 * digest by which to binds the same file: that alone is no change.
 */
static void
bind_roots(struct pinset *from, const struct pinset *to)
{
	for (size_t i = 0; i < from->n_roots; i++)
		for (size_t k = 0; k < to->n_roots; k++) {
			struct pinset_roots *a = &from->roots[i];
			const struct pinset_roots *b = &to->roots[k];

			if (!a->bound && b->bound &&
			    strcmp(a->file, b->file) == 0)
				memcpy(from->keys[a->keys[0]].spki_sha256,
				    b->sha256, SHA256_SIZE);
		}
}

static bool
pair_parse(const struct proposal *p, struct pair *out, struct buf *error)
{
	out->from =
	    pinset_parse(blob_view(p->base), "the pinset before", error);
	out->to = out->from != NULL
	    ? pinset_parse(blob_view(p->text), "the next pinset", error)
	    : NULL;
	if (out->to != NULL)
		bind_roots(out->from, out->to);
	return out->to != NULL;
}

static void
pair_fini(struct pair *pair)
{
	pinset_free(pair->from);
	pinset_free(pair->to);
}

bool
approval_note(const struct proposal *p, struct buf *out, struct buf *error)
{
	struct pinset *next =
	    pinset_parse(blob_view(p->text), "the next pinset", error);
	bool ok = next != NULL && approvers_note(next, p->proposer, out);

	pinset_free(next);
	return ok;
}

/* ---- what prevents activation ---- */

bool
approval_unconfirmed(const struct proposal *p, struct buf *out)
{
	struct pair pair;
	size_t before = out->n;
	bool ok = pair_parse(p, &pair, out);

	for (size_t i = 0; ok && i < pair.to->n_keys; i++) {
		const struct pinset_key *key = &pair.to->keys[i];
		const char *foreign;
		const struct pinset_key *was =
		    pinset_key(pair.from, key->spki_sha256);

		if (!pinset_is_usable(key) ||
		    (was != NULL && pinset_is_usable(was)) ||
		    proposal_confirmed(p, pair.to->name, key->spki_sha256,
		        blob_view(key->spki_der)))
			continue;
		foreign = proposal_unverifiable(
		    p, key->spki_sha256, blob_view(key->spki_der));
		if (foreign != NULL) {
			buf_add_text(out, "UNCONFIRMED: the evidence ");
			text_escape(out, bytes_of(foreign));
			buf_printf(out,
			    " for the key %s cannot be verified here: its "
			    "algorithm is not known; a named person can verify "
			    "it elsewhere and state that\n",
			    key->id);
		}
		buf_printf(out,
		    "UNCONFIRMED: no evidence for the key %s: add a "
		    "certificate request, a signature of the challenge, or the "
		    "statement of a named person (pins propose --id %s "
		    "--evidence, --possession or --statement)\n",
		    key->id, p->id);
	}
	pair_fini(&pair);
	return out->n > before;
}

/* Append the first reason why p is not open. */
static void
check_state(const struct rotation *r, const struct proposal *p, struct buf *out)
{
	if (r->trust == NULL)
		buf_printf(out,
		    "no trust file, so no approval is possible: create "
		    "%s.trust with `ctwatch pins trust init'\n",
		    r->path);
	else if (r->status == PINSET_TRUST_FAILED)
		buf_printf(out, "%s\n", buf_text((struct buf *)&r->why));
	else if (p->rejected != NULL)
		buf_printf(out, "%s was rejected: propose it again\n", p->id);
	else if (p->done)
		buf_printf(out, "%s is already active\n", p->id);
	else if (!proposal_is_open(p, r->now))
		buf_printf(
		    out, "%s is older than 30 days: propose it again\n", p->id);
	else if (!bytes_equal(blob_view(p->base), buf_view(&r->text)))
		buf_printf(out,
		    "the pinset changed since %s was proposed: propose it "
		    "again\n",
		    p->id);
}

bool
approval_is_open(
    const struct rotation *r, const struct proposal *p, struct buf *out)
{
	size_t before = out->n;
	struct pair pair;

	check_state(r, p, out);
	if (out->n > before)
		return false;
	if (pair_parse(p, &pair, out) &&
	    pair.to->version != pair.from->version + 1)
		buf_printf(out, "version %llu does not follow %llu\n",
		    (unsigned long long)pair.to->version,
		    (unsigned long long)pair.from->version);
	pair_fini(&pair);
	approval_unconfirmed(p, out);
	return out->n == before;
}

/* Return the largest threshold of the trust file and both pinsets. */
static size_t
needed(const struct approvers *t, const struct pair *pair)
{
	size_t before = approvers_needed(t, pair->from);
	size_t after = approvers_needed(t, pair->to);

	return before > after ? before : after;
}

/* Append the signatures that note lacks by the trust file t; messages end with
 * whose. */
static void
check_approvers(const struct approvers *t, const char *whose,
    const struct note *note, const struct pair *pair, struct buf *out)
{
	bool *signed_by = mem_alloc(t->n_keys + 1, sizeof *signed_by);
	size_t before = out->n, n = 0;
	struct buf error;

	buf_init(&error, LIMIT_SMALL_BODY);
	if (note != NULL)
		n = approvers_count(t, note, signed_by, &error);
	if (error.n > 0)
		buf_printf(out, "%s\n", buf_text(&error));
	if (n < needed(t, pair))
		buf_printf(out, "%zu of %zu required approvals%s\n", n,
		    needed(t, pair), whose);
	if (out->n == before)
		owner_approval_check(pair->from, pair->to, t, signed_by, out);
	buf_fini(&error);
	free(signed_by);
}

static void
check_signatures(const struct rotation *r, const struct proposal *p,
    const struct pair *pair, struct buf *out)
{
	struct buf text, whole;
	struct note note;
	bool any;

	buf_init(&text, LIMIT_SMALL_BODY);
	buf_init(&whole, LIMIT_SMALL_BODY);
	approvers_note(pair->to, p->proposer, &text);
	proposal_note(p, buf_view(&text), &whole);
	any = p->lines[0] != '\0' &&
	    note_parse(buf_view(&whole), &note) == NOTE_OK;
	check_approvers(r->trust, "", any ? &note : NULL, pair, out);
	if (r->before != NULL)
		check_approvers(r->before,
		    " by the approvers of the trust file before it was changed",
		    any ? &note : NULL, pair, out);
	buf_fini(&text);
	buf_fini(&whole);
}

bool
approval_is_complete(
    const struct rotation *r, const struct proposal *p, struct buf *out)
{
	size_t before = out->n;
	struct pinset *next;
	struct pair pair;

	if (!approval_is_open(r, p, out))
		return false;
	/* As it is judged when it is in place: with its bundles. */
	next = pinset_parse_at(blob_view(p->text), r->path, out);
	if (next != NULL) {
		next_pinset_lint(r->p, next, r->now, out);
		if (!p->forced)
			next_pinset_lead(r->p, next, r->now, out);
	}
	if (pair_parse(p, &pair, out))
		check_signatures(r, p, &pair, out);
	pinset_free(next);
	pair_fini(&pair);
	return out->n == before;
}

/* ---- approving ---- */

/* Return the trusted key that equals key, or has that name. */
static const struct note_key *
find_approver(
    const struct rotation *r, const struct note_key *key, const char *name)
{
	const struct approvers *lists[] = { r->trust, r->before };
	const struct note_key *found = NULL;

	for (size_t i = 0; i < 2 && found == NULL; i++)
		if (lists[i] != NULL)
			found = key != NULL ? approvers_key(lists[i], key)
			                    : approvers_named(lists[i], name);
	return found;
}

/* Report whether trusted may sign p now. */
static bool
may_sign(
    const struct note_key *trusted, const struct proposal *p, struct buf *error)
{
	const char *name;
	char *dash;
	bool ok;

	if (trusted == NULL)
		return rotation_fail(error, "the key is not in the trust file");
	name = note_key_name(trusted);
	if (strcmp(name, p->proposer) == 0)
		return rotation_fail(
		    error, "%s proposed it: another approver must sign", name);
	dash = mem_printf("\xe2\x80\x94 %s ", name);
	ok = strstr(p->lines, dash) == NULL ||
	    rotation_fail(error, "%s has already approved it", name);
	free(dash);
	return ok;
}

/* Save p with its new signature by name. */
static bool
save_approval(struct rotation *r, const struct proposal *p, const char *name,
    struct bytes note, struct buf *error)
{
	json_t *detail = json_pack("{s:s, s:s%, s:s}", "proposal", p->id,
	    "note", (const char *)note.p, note.n, "lines", p->lines);
	bool ok = rotation_save(r, p, error) &&
	    rotation_record(
	        r, name, "pinset-approved", p->reason, detail, error) &&
	    rotation_commit(r, error);

	json_decref(detail);
	return ok;
}

bool
approval_add(struct rotation *r, struct proposal *p, const struct note_key *key,
    const char *name, struct bytes signature, struct buf *error)
{
	const struct note_key *trusted;
	struct buf text, lines;
	bool ok;

	if (!approval_is_open(r, p, error))
		return false;
	trusted = find_approver(r, key, name);
	if (!may_sign(trusted, p, error))
		return false;
	buf_init(&text, LIMIT_SMALL_BODY);
	buf_init(&lines, LIMIT_SMALL_BODY);
	buf_add_text(&lines, p->lines);
	ok = approval_note(p, &text, error);
	if (ok &&
	    !(key != NULL ? note_key_sign(key, trusted, buf_view(&text), &lines)
	                  : note_key_add(
	                        trusted, buf_view(&text), signature, &lines)))
		ok = rotation_fail(error,
		    key != NULL ? "the key does not sign"
		        : ssh_sig_is_foreign(signature)
		        ? "the signature cannot be verified here: its kind of "
		          "SSH key or digest is not known"
		        : "the signature does not verify with that key: sign "
		          "the text that --print prints");
	if (ok) {
		free(p->lines);
		p->lines = buf_detach(&lines);
		ok = save_approval(
		    r, p, note_key_name(trusted), buf_view(&text), error);
	}
	buf_fini(&text);
	buf_fini(&lines);
	return ok;
}

bool
approval_reject(struct rotation *r, struct proposal *p, const char *reason,
    struct buf *error)
{
	json_t *detail;
	bool ok;

	if (p->done)
		return rotation_fail(error, "%s is already active", p->id);
	free(p->rejected);
	p->rejected = mem_strdup(reason);
	detail = json_pack("{s:s}", "proposal", p->id);
	ok = rotation_save(r, p, error) &&
	    rotation_record(
	        r, NULL, "proposal-rejected", reason, detail, error) &&
	    rotation_commit(r, error);
	json_decref(detail);
	return ok;
}

/* ---- activating ---- */

bool
approval_activate(struct rotation *r, struct proposal *p, struct buf *error)
{
	struct pinset_change change = { 0 };
	struct buf text, note;
	json_t *detail;
	bool ok;

	/* It was interrupted; rotation_open completed it. */
	if (p->done && bytes_equal(blob_view(p->text), buf_view(&r->text)) &&
	    r->status == PINSET_TRUST_OK)
		return true;
	if (!approval_is_complete(r, p, error))
		return false;
	buf_init(&text, LIMIT_SMALL_BODY);
	buf_init(&note, LIMIT_SMALL_BODY);
	ok = approval_note(p, &text, error) &&
	    proposal_note(p, buf_view(&text), &note);
	if (ok) {
		change.text = blob_copy(blob_view(p->text));
		change.sig = blob_copy(buf_view(&note));
		p->done = true;
		detail = json_pack("{s:s, s:s, s:s, s:s}", "proposal", p->id,
		    "action", p->action, "key", p->key, "note",
		    buf_text(&note));
		ok = rotation_save(r, p, error) &&
		    rotation_record(r, NULL, "pinset-activated", p->reason,
		        detail, error) &&
		    rotation_put(r, &change, PINSET_TRUST_OK, error);
		json_decref(detail);
		pinset_change_fini(&change);
	}
	buf_fini(&text);
	buf_fini(&note);
	return ok;
}
