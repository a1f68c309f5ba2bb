/* SPDX-License-Identifier: Apache-2.0 */
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <jansson.h>

#include <ctwatch/base/limits.h>
#include <ctwatch/base/mem.h>
#include <ctwatch/rotate/approval.h>
#include <ctwatch/rotate/pin_lint.h>
#include <ctwatch/rotate/pinset_diff.h>

bool
approval_note(const struct proposal *p, struct buf *out, struct buf *error)
{
	struct pinset *next = pinset_parse(p->text, "the next pinset", error);
	bool ok = next != NULL && approvers_note(next, p->proposer, out);

	pinset_free(next);
	return ok;
}

bool
approval_unconfirmed(const struct proposal *p)
{
	struct buf error;
	struct pinset *next;
	const struct pinset_key *key;
	bool unconfirmed;

	if (strcmp(p->action, "add") != 0)
		return false;
	buf_init(&error, LIMIT_SMALL_BODY);
	next = pinset_parse(p->text, "the next pinset", &error);
	key = next != NULL ? rotation_key(next, p->key) : NULL;
	unconfirmed = key == NULL || !proposal_confirmed(p, key->spki_sha256);
	pinset_free(next);
	buf_fini(&error);
	return unconfirmed;
}

/* Why nobody may sign p, or it may not be put in place, now. */
static bool
is_open(const struct rotation *r, const struct proposal *p, struct buf *error)
{
	if (r->trust == NULL)
		return rotation_fail(error,
		    "there is no trust file, so nobody can approve: write "
		    "%s.trust (see ctwatch-pinset(5))",
		    r->path);
	if (p->done)
		return rotation_fail(error, "%s is in place already", p->id);
	if (r->now - p->created > PROPOSAL_LIFE)
		return rotation_fail(
		    error, "%s is older than 30 days: propose it anew", p->id);
	if (!bytes_equal(p->base, buf_view(&r->text)))
		return rotation_fail(error,
		    "the pinset changed since %s was proposed: propose it "
		    "anew",
		    p->id);
	if (approval_unconfirmed(p))
		return rotation_fail(error,
		    "UNCONFIRMED: observed only. Nothing but a log speaks for "
		    "the key: add a request, public key or certificate from "
		    "its owner (pins propose --id %s --evidence FILE)",
		    p->id);
	return true;
}

bool
approval_add(struct rotation *r, struct proposal *p, const struct notekey *key,
    const char *name, struct bytes signature, struct buf *error)
{
	const struct notekey *trusted;
	struct buf text, lines;
	json_t *detail;
	bool ok;

	if (!is_open(r, p, error))
		return false;
	trusted = key != NULL ? approvers_key(r->trust, key)
	                      : approvers_named(r->trust, name);
	if (trusted == NULL)
		return rotation_fail(
		    error, "the trust file does not name that key");
	name = note_key_name(trusted);
	if (strcmp(name, p->proposer) == 0)
		return rotation_fail(
		    error, "%s proposed it: somebody else must approve", name);
	buf_init(&text, LIMIT_SMALL_BODY);
	buf_init(&lines, LIMIT_SMALL_BODY);
	buf_add_text(&lines, p->lines);
	ok = approval_note(p, &text, error);
	if (ok) {
		char *dash = mem_printf("\xe2\x80\x94 %s ", name);

		ok = strstr(p->lines, dash) == NULL ||
		    rotation_fail(error, "%s approved it already", name);
		free(dash);
	}
	if (ok &&
	    !(key != NULL ? note_key_sign(key, trusted, buf_view(&text), &lines)
	                  : note_key_add(
	                        trusted, buf_view(&text), signature, &lines)))
		ok = rotation_fail(error,
		    key != NULL ? "the key does not sign"
		                : "it is not that key's signature of the note");
	if (ok) {
		free(p->lines);
		p->lines = buf_detach(&lines);
		detail = json_pack(
		    "{s:s, s:s}", "proposal", p->id, "note", buf_text(&text));
		ok = rotation_save(r, p, error) &&
		    rotation_record(
		        r, name, "pinset-approved", p->reason, detail, error);
		json_decref(detail);
	}
	buf_fini(&text);
	buf_fini(&lines);
	return ok;
}

/* ---- activating ---- */

/* Looks for an owner of domains that did not sign. */
struct owners {
	const struct approvers *trust;
	const bool *signed_by;
	struct buf *out;
};

static void
check_owner(void *arg, const struct pinset_domain *d)
{
	const struct owners *o = arg;

	for (size_t i = 0; d->owner != NULL && i < o->trust->n_owners; i++) {
		const struct approvers_owner *owner = &o->trust->owners[i];
		bool any = false;

		if (strcmp(owner->owner, d->owner) != 0)
			continue;
		for (size_t k = 0; k < owner->n_keys; k++)
			any |= o->signed_by[owner->keys[k]];
		if (!any)
			buf_printf(o->out,
			    "%s: nobody of its owner, %s, approved\n",
			    d->pattern, d->owner);
	}
}

/* Say what the signatures of p lack for next to follow from. */
static void
check_signatures(const struct rotation *r, const struct proposal *p,
    const struct pinset *from, const struct pinset *next, struct buf *out)
{
	bool *signed_by = mem_alloc(r->trust->n_keys + 1, sizeof *signed_by);
	struct owners o = { r->trust, signed_by, out };
	struct buf text, whole, error;
	struct note note;
	size_t n = 0;

	buf_init(&text, LIMIT_SMALL_BODY);
	buf_init(&whole, LIMIT_SMALL_BODY);
	buf_init(&error, LIMIT_SMALL_BODY);
	approvers_note(next, p->proposer, &text);
	proposal_note(p, buf_view(&text), &whole);
	if (p->lines[0] != '\0' &&
	    note_parse(buf_view(&whole), &note) == NOTE_OK)
		n = approvers_count(r->trust, &note, signed_by, &error);
	if (error.n > 0)
		buf_printf(out, "%s\n", buf_text(&error));
	if (n < r->trust->threshold || n < (size_t)next->approvals)
		buf_printf(out, "%zu approved, and %zu must\n", n,
		    r->trust->threshold > (size_t)next->approvals
		        ? r->trust->threshold
		        : (size_t)next->approvals);
	else
		pinset_diff_domains(from, next, check_owner, &o);
	buf_fini(&text);
	buf_fini(&whole);
	buf_fini(&error);
	free(signed_by);
}

/* Add what stands between p and its activation, a line each; true: nothing. */
static bool
has_no_obstacles(
    const struct rotation *r, const struct proposal *p, struct buf *out)
{
	struct pin_lint lint = { .now = r->now };
	struct pinset *next;
	struct buf error;

	buf_init(&error, LIMIT_SMALL_BODY);
	next = pinset_parse(p->text, "the next pinset", &error);
	if (!is_open(r, p, &error) || next == NULL)
		buf_printf(out, "%s\n", buf_text(&error));
	if (next != NULL) {
		if (next->version != r->p->version + 1)
			buf_printf(out, "version %llu does not follow %llu\n",
			    (unsigned long long)next->version,
			    (unsigned long long)r->p->version);
		pin_lint_pinset(&lint, next);
		for (size_t i = 0; i < lint.n; i++)
			if (lint.v[i].error)
				buf_printf(out, "%s %s: %s\n",
				    lint.v[i].rule->id, lint.v[i].where,
				    lint.v[i].text);
		pin_lint_fini(&lint);
		if (r->trust != NULL)
			check_signatures(r, p, r->p, next, out);
	}
	pinset_free(next);
	buf_fini(&error);
	return out->n == 0;
}

static void
drop(const struct rotation *r, const char *suffix)
{
	char *path = mem_printf("%s%s", r->path, suffix);

	unlink(path);
	free(path);
}

/*
 * Report whether p was cut short after the pinset was replaced, and before
 * the rest.  Whoever can write to the file can make it look so: the
 * signatures must be there all the same.
 */
static bool
is_resumed(const struct rotation *r, const struct proposal *p, struct buf *why)
{
	struct pinset *from;

	if (p->done || r->trust == NULL ||
	    !bytes_equal(p->text, buf_view(&r->text)))
		return false;
	from = pinset_parse(p->base, "the pinset before", why);
	if (from != NULL)
		check_signatures(r, p, from, r->p, why);
	pinset_free(from);
	return why->n == 0;
}

bool
approval_activate(struct rotation *r, struct proposal *p, struct buf *error)
{
	bool resumed = is_resumed(r, p, error);
	struct buf text, note;
	json_t *detail;
	bool ok;

	if (!resumed && (error->n > 0 || !has_no_obstacles(r, p, error)))
		return false;
	buf_init(&text, LIMIT_SMALL_BODY);
	buf_init(&note, LIMIT_SMALL_BODY);
	ok = approval_note(p, &text, error) &&
	    proposal_note(p, buf_view(&text), &note) &&
	    (resumed || rotation_replace(r, "", p->text, error)) &&
	    rotation_replace(r, ".sig", buf_view(&note), error);
	if (ok) {
		drop(r, ".base");
		drop(r, ".base.sig");
		p->done = true;
		detail = json_pack("{s:s, s:s, s:s, s:s}", "proposal", p->id,
		    "action", p->action, "key", p->key, "note",
		    buf_text(&note));
		ok = rotation_save(r, p, error) &&
		    rotation_record(
		        r, NULL, "pinset-activated", p->reason, detail, error);
		json_decref(detail);
	}
	buf_fini(&text);
	buf_fini(&note);
	return ok;
}
