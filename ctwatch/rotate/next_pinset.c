/* SPDX-License-Identifier: Apache-2.0 */
#include <stdlib.h>
#include <string.h>

#include "rotate/next_pinset.h"
#include <ctwatch/base/limits.h>
#include <ctwatch/base/mem.h>
#include <ctwatch/base/text.h>
#include <ctwatch/base/time.h>
#include <ctwatch/rotate/pin_lint.h>
#include <ctwatch/rotate/pinset_edit.h>

/* ---- the text ---- */

/* Return the longest lead_days of the consumers of d, in ms. */
static int64_t
lead_of_domain(const struct pinset *p, const struct pinset_domain *d)
{
	int days = 0;

	for (size_t k = 0; k < d->n_consumers; k++)
		if (p->consumers[d->consumers[k]].lead_days > days)
			days = p->consumers[d->consumers[k]].lead_days;
	return days * TIME_DAY;
}

static int64_t
lead_of_change(const struct pinset *p, const struct rotation_change *c)
{
	int64_t lead = 0;

	for (size_t i = 0; i < p->n_domains; i++) {
		const struct pinset_domain *d = &p->domains[i];

		for (size_t k = 0; k < c->n_domains; k++)
			if (strcmp(d->pattern, c->domains[k]) == 0 &&
			    lead_of_domain(p, d) > lead)
				lead = lead_of_domain(p, d);
	}
	return lead;
}

/* Return the first midnight after the lead time, so that a change proposed
 * twice on one day gives the same text. */
static int64_t
known_from(int64_t now, int64_t lead)
{
	return lead > 0 ? (now + lead + TIME_DAY - 1) / TIME_DAY * TIME_DAY : 0;
}

static bool
add_key(struct rotation *r, struct pinset_edit *f,
    const struct rotation_change *c, int64_t now, struct buf *error)
{
	char *alg = key_input_algorithm(blob_view(c->material->spki));
	uint8_t spki[SHA256_SIZE];
	struct pinset_edit_key key = { .id = c->key,
		.spki_sha256 = spki,
		.spki_der = blob_view(c->material->spki),
		.state = c->state,
		.alg = strcmp(alg, "unknown") != 0 ? alg : NULL,
		.custody = c->custody,
		.location = c->location,
		.not_before = known_from(now, lead_of_change(r->p, c)) };
	const struct pinset_key *same;
	bool ok;

	sha256_digest(blob_view(c->material->spki), spki);
	same = pinset_key(r->p, spki);
	if (same != NULL)
		ok = rotation_fail(error,
		    "the pinset already has that key, as %s (%s)", same->id,
		    pinset_state_word(same->state));
	else if (c->n_domains == 0)
		ok = rotation_fail(
		    error, "no domain for the key: give --domain");
	else
		ok = pinset_edit_add_key(f, &key, error);
	for (size_t i = 0; ok && i < c->n_domains; i++)
		ok = pinset_edit_add_to_domain(f, c->domains[i], c->key, error);
	free(alg);
	return ok;
}

/* Declare the key of a CA compromised, which only a bundle has: list it under
 * keys, whose state wins over the bundle. */
static bool
compromise_bundled(
    struct pinset_edit *f, const struct pinset_key *key, struct buf *error)
{
	const struct pinset_edit_key listed = { .id = key->id,
		.spki_sha256 = key->spki_sha256,
		.state = PINSET_COMPROMISED,
		.ca = true };

	return pinset_edit_add_key(f, &listed, error);
}

/* States only advance: a retired or compromised key stays so. */
static bool
move_key(struct rotation *r, struct pinset_edit *f,
    const struct rotation_change *c, int64_t now, struct buf *error)
{
	const struct pinset_key *key = rotation_key(r->p, c->key);

	if (key == NULL)
		return rotation_fail(
		    error, "no key of the pinset has the id %s", c->key);
	if (key->bundled && c->state == PINSET_COMPROMISED)
		return compromise_bundled(f, key, error);
	if (key->bundled)
		return rotation_fail(error,
		    "%s is a CA of a bundle (roots): propose a pinset whose "
		    "bundle does not have it, or that lists its pin under "
		    "keys, as %s (pins propose --edit)",
		    c->key, pinset_state_word(c->state));
	if (key->state >= c->state)
		return rotation_fail(error, "%s is %s already", c->key,
		    pinset_state_word(key->state));
	return pinset_edit_set_state(f, c->key, c->state, now, error);
}

/* An edit of an older version would undo later changes. */
static bool
is_edit_of(const struct pinset *p, struct bytes edit, struct buf *error)
{
	struct pinset *e = pinset_parse(edit, "the edited pinset", error);
	bool ok = e != NULL;

	if (ok && e->version != p->version && e->version != p->version + 1)
		ok = rotation_fail(error,
		    "the edited pinset has version %llu, but the pinset has "
		    "version %llu: edit a copy of the current pinset",
		    (unsigned long long)e->version,
		    (unsigned long long)p->version);
	pinset_free(e);
	return ok;
}

struct blob
next_pinset_text(struct rotation *r, const struct rotation_change *c,
    int64_t now, struct buf *error)
{
	struct pinset_edit *f = pinset_edit_new(
	    c->edit.n > 0 ? c->edit : buf_view(&r->text), error);
	struct blob out = { 0 };
	struct buf text;
	struct pinset *p;
	bool ok = f != NULL;

	buf_init(&text, LIMIT_USER_FILE);
	if (ok)
		ok = c->edit.n > 0        ? is_edit_of(r->p, c->edit, error)
		    : c->material != NULL ? add_key(r, f, c, now, error)
		                          : move_key(r, f, c, now, error);
	if (ok) {
		pinset_edit_set_version(f, r->p->version + 1);
		ok = pinset_edit_bind_roots(f, r->path, error) &&
		    pinset_edit_write(f, &text);
	}
	/* Do not offer a text for signing that cannot be loaded. */
	p = ok ? pinset_parse_at(buf_view(&text), r->path, error) : NULL;
	if (p != NULL && strcmp(p->name, r->p->name) == 0)
		out = blob_take(&text);
	else if (p != NULL)
		rotation_fail(
		    error, "the next pinset has another name, %s", p->name);
	pinset_free(p);
	pinset_edit_free(f);
	buf_fini(&text);
	return out;
}

/* ---- new faults of the change ---- */

static bool
has_note(const struct pin_lint *l, const struct pin_lint_note *note)
{
	for (size_t i = 0; i < l->n; i++)
		if (l->v[i].error && l->v[i].rule == note->rule &&
		    strcmp(l->v[i].where, note->where) == 0)
			return true;
	return false;
}

/* Report whether the note is about one key without a backup of a domain that was
 * not pinned before: a beginning, which shuts no client out that worked. */
static bool
is_beginning(const struct pinset *from, const struct pin_lint_note *note)
{
	if (strcmp(note->rule->id, "PIN07") != 0)
		return false;
	for (size_t i = 0; i < from->n_domains; i++)
		if (strcmp(from->domains[i].pattern, note->where) == 0)
			return from->domains[i].n_keys == 0;
	return true;
}

bool
next_pinset_lint(const struct pinset *from, const struct pinset *to,
    int64_t now, struct buf *out)
{
	struct pin_lint before = { .now = now }, after = { .now = now };
	size_t n = out->n;

	pin_lint_pinset(&before, from);
	pin_lint_pinset(&after, to);
	for (size_t i = 0; i < after.n; i++)
		if (after.v[i].error && !has_note(&before, &after.v[i]) &&
		    !is_beginning(from, &after.v[i]))
			buf_printf(out, "%s %s: %s\n", after.v[i].rule->id,
			    after.v[i].where, after.v[i].text);
	pin_lint_fini(&before);
	pin_lint_fini(&after);
	return out->n == n;
}

/* The domain of from that clients apply to the names of d, which is one of the
 * next pinset; NULL if they pin none of them. */
static const struct pinset_domain *
domain_before(const struct pinset *from, const struct pinset_domain *d)
{
	char *name = mem_printf(
	    "%s%s", d->reach == HOST_PATTERN_ONE_LABEL ? "x." : "", d->host);
	const struct pinset_domain *before = pinset_domain_any(from, name);

	free(name);
	return before != NULL && before->n_keys > 0 ? before : NULL;
}

/* Return when every consumer of d can have the pin of a key that is active in
 * to; 0: now. */
static int64_t
ready_for(const struct pinset *from, const struct pinset *to,
    const struct pinset_domain *d, size_t key, int64_t now)
{
	const struct pinset_key *was =
	    pinset_key(from, to->keys[key].spki_sha256);
	const struct pinset_domain *before = domain_before(from, d);
	int64_t lead = lead_of_domain(to, d);

	if (before == NULL)
		return was != NULL ? 0 : known_from(now, lead);
	if (was != NULL && pinset_is_usable(was) &&
	    pinset_domain_key(from, before, was))
		return was->state == PINSET_ACTIVE ? 0 : was->not_before;
	if (lead_of_domain(from, before) > lead)
		lead = lead_of_domain(from, before);
	return known_from(now, lead);
}

/* Append why the key, active in to, would be active too early for a domain. */
static void
check_lead(const struct pinset *from, const struct pinset *to, size_t key,
    int64_t now, struct buf *out)
{
	for (size_t i = 0; i < to->n_domains; i++) {
		const struct pinset_domain *d = &to->domains[i];
		char at[TIME_TEXT];
		int64_t ready;

		if (!rotation_has(d, key))
			continue;
		ready = ready_for(from, to, d, key, now);
		if (ready <= now)
			continue;
		time_format_date(ready, at);
		buf_printf(out,
		    "%s would be active too early for %s: consumers can lack "
		    "its pin until %s (lead_days)\n",
		    to->keys[key].id, d->pattern, at);
	}
}

bool
next_pinset_lead(const struct pinset *from, const struct pinset *to,
    int64_t now, struct buf *out)
{
	size_t n = out->n;

	for (size_t i = 0; i < to->n_keys; i++)
		if (to->keys[i].state == PINSET_ACTIVE)
			check_lead(from, to, i, now, out);
	return out->n == n;
}
