/* SPDX-License-Identifier: Apache-2.0 */
#include <stdlib.h>
#include <string.h>

#include <jansson.h>

#include "rotate/next_pinset.h"
#include <ctwatch/base/limits.h>
#include <ctwatch/base/mem.h>
#include <ctwatch/rotate/rotation_propose.h>

/* Names are fields of a line in a signed note. */
static bool
is_plain_name(const char *s)
{
	static const char more[] = "._@-/";

	for (const char *p = s; *p != '\0'; p++)
		if (!(*p >= 'a' && *p <= 'z') && !(*p >= 'A' && *p <= 'Z') &&
		    !(*p >= '0' && *p <= '9') && strchr(more, *p) == NULL)
			return false;
	return *s != '\0';
}

/* Find the open proposal of the same change of the same pinset. */
struct search {
	struct rotation *r;
	const struct rotation_change *c;
	char id[PROPOSAL_ID + 1]; /* empty: not found */
};

static void
compare_proposal(void *arg, const struct proposal *p)
{
	struct search *x = arg;
	struct blob text;
	struct buf ignored;

	if (!proposal_is_open(p, x->r->now) || p->created > x->r->now ||
	    !bytes_equal(blob_view(p->base), buf_view(&x->r->text)))
		return;
	buf_init(&ignored, LIMIT_SMALL_BODY);
	text = next_pinset_text(x->r, x->c, p->created, &ignored);
	if (bytes_equal(blob_view(text), blob_view(p->text)))
		memcpy(x->id, p->id, sizeof x->id);
	blob_fini(&text);
	buf_fini(&ignored);
}

/* Return the proposer's name for the signed note: of a trusted key, or
 * marked. */
static char *
proposer_name(const struct rotation *r, const struct rotation_change *c,
    struct buf *error)
{
	const struct note_key *trusted = NULL;

	if (c->signer == NULL)
		return mem_printf("%s " PROPOSAL_UNAUTHENTICATED, c->proposer);
	if (r->trust != NULL)
		trusted = approvers_key(r->trust, c->signer);
	if (trusted != NULL)
		return mem_strdup(note_key_name(trusted));
	rotation_fail(error, "the proposer's key is not in the trust file");
	return NULL;
}

/* Reasons to refuse the text of p that need no signatures. */
static bool
is_acceptable(const struct rotation *r, const struct rotation_change *c,
    const struct proposal *p, struct buf *error)
{
	struct pinset *next =
	    pinset_parse_at(blob_view(p->text), r->path, error);
	bool ok = next != NULL && next_pinset_lint(r->p, next, r->now, error);

	if (ok && c->force == NULL)
		ok = next_pinset_lead(r->p, next, r->now, error) ||
		    rotation_fail(error,
		        "propose it later, or give a reason with --force "
		        "REASON");
	pinset_free(next);
	return ok;
}

/* Sign with the proposer's key, to authenticate the proposer. */
static bool
sign_proposal(const struct rotation *r, struct proposal *p,
    const struct note_key *signer, struct buf *error)
{
	struct pinset *next =
	    pinset_parse(blob_view(p->text), "the next pinset", error);
	struct buf note, lines;
	bool ok;

	buf_init(&note, LIMIT_SMALL_BODY);
	buf_init(&lines, LIMIT_SMALL_BODY);
	ok = next != NULL && approvers_note(next, p->proposer, &note) &&
	    (note_key_sign(signer, approvers_key(r->trust, signer),
	         buf_view(&note), &lines) ||
	        rotation_fail(error, "cannot sign with the proposer's key"));
	if (ok) {
		free(p->lines);
		p->lines = buf_detach(&lines);
	}
	pinset_free(next);
	buf_fini(&note);
	buf_fini(&lines);
	return ok;
}

static bool
make_proposal(struct rotation *r, const struct rotation_change *c,
    struct proposal *out, struct buf *error)
{
	struct blob text = next_pinset_text(r, c, r->now, error);
	char *proposer = text.n > 0 ? proposer_name(r, c, error) : NULL;

	if (proposer == NULL) {
		blob_fini(&text);
		return false;
	}
	*out = (struct proposal){
		.action = mem_strdup(c->edit.n > 0   ? "edit"
		        : c->material != NULL        ? "add"
		        : c->state == PINSET_RETIRED ? "retire"
		                                     : "activate"),
		.key = mem_strdup(c->key != NULL ? c->key : ""),
		.proposer = proposer,
		.reason = c->force != NULL
		    ? mem_printf("%s (forced: %s)", c->reason, c->force)
		    : mem_strdup(c->reason),
		.created = r->now,
		.forced = c->force != NULL,
		.base = blob_copy(buf_view(&r->text)),
		.text = text,
		.lines = mem_strdup(""),
	};
	proposal_name(out);
	return is_acceptable(r, c, out, error) &&
	    (c->signer == NULL || sign_proposal(r, out, c->signer, error));
}

bool
rotation_propose(struct rotation *r, const struct rotation_change *c,
    struct proposal *out, bool *known, struct buf *error)
{
	struct search x = { .r = r, .c = c };

	*out = (struct proposal){ 0 };
	*known = false;
	if (!is_plain_name(c->proposer))
		return rotation_fail(error,
		    "invalid proposer's name: use letters, digits and ._@-/");
	if (r->status == PINSET_TRUST_FAILED)
		return rotation_fail(error, "%s", buf_text(&r->why));
	if (!proposal_each(r->store, compare_proposal, &x, error)) {
		r->failed = true;
		return false;
	}
	*known = x.id[0] != '\0';
	return *known ? proposal_load(r->store, x.id, out, error)
	              : make_proposal(r, c, out, error);
}

bool
rotation_propose_save(
    struct rotation *r, const struct proposal *p, bool known, struct buf *error)
{
	json_t *detail = json_pack("{s:s, s:s, s:s}", "proposal", p->id,
	    "action", p->action, "key", p->key);
	bool ok = rotation_save(r, p, error) &&
	    rotation_record(r, p->proposer,
	        known ? "proposal-amended" : "pinset-proposed", p->reason,
	        detail, error) &&
	    rotation_commit(r, error);

	json_decref(detail);
	return ok;
}
