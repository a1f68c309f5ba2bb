/* SPDX-License-Identifier: Apache-2.0 */
#include <stdlib.h>
#include <string.h>

#include <jansson.h>

#include "rotate/next_pinset.h"
#include <ctwatch/base/file.h>
#include <ctwatch/base/limits.h>
#include <ctwatch/base/mem.h>
#include <ctwatch/base/text.h>
#include <ctwatch/base/time.h>
#include <ctwatch/rotate/rotation.h>
#include <ctwatch/store/journal.h>
#include <ctwatch/wire/cert.h>

/* ---- opening ---- */

/* Return false and set the error if the store failed. */
static bool
stored(struct rotation *r, bool ok, struct buf *error)
{
	if (!ok) {
		buf_add_text(error, store_error(r->store));
		r->failed = true;
	}
	return ok;
}

static void
note_cert(void *arg, const struct store_cert *c)
{
	struct rotation *r = arg;
	const struct pinset_key *key;
	uint8_t pin[SHA256_SIZE];
	struct rotation_seen *seen;
	struct cert cert;

	if (!c->verified || leaf_parse_cert(c->kind, c->der, &cert) != CERT_OK)
		return;
	cert_pin(&cert, pin);
	key = pinset_key(r->p, pin);
	if (key == NULL)
		return;
	seen = &r->seen[key - r->p->keys];
	if (seen->first == 0 || c->first_seen < seen->first)
		seen->first = c->first_seen;
	if (c->last_seen > seen->last)
		seen->last = c->last_seen;
}

/* Load the pinset, its trust file, and the records of both in the store. */
static bool
load(struct rotation *r, struct buf *error)
{
	if (file_read(r->path, true, &r->text, error) != FILE_OK)
		return false;
	r->p = pinset_parse_at(buf_view(&r->text), r->path, error);
	if (r->p == NULL ||
	    !pinset_trust_read(
	        r->path, r->trust_path, &r->trust_text, &r->trust, error))
		return false;
	r->status = pinset_trust_check(
	    r->store, r->path, buf_view(&r->text), r->trust_path, &r->why);
	if (r->trust != NULL)
		r->before = pinset_trust_changed(
		    r->store, r->p->name, buf_view(&r->trust_text));
	r->seen = mem_alloc(r->p->n_keys + 1, sizeof *r->seen);
	return stored(r, store_certs_each(r->store, NULL, note_cert, r), error);
}

bool
rotation_open(struct rotation *r, const char *dir, const char *path,
    const char *trust_path, struct buf *error)
{
	*r = (struct rotation){
		.path = path, .trust_path = trust_path, .now = time_now()
	};
	buf_init(&r->text, LIMIT_USER_FILE);
	buf_init(&r->trust_text, LIMIT_USER_FILE);
	buf_init(&r->why, LIMIT_SMALL_BODY);
	r->store = store_open(dir, STORE_WRITE, error);
	r->failed = r->store == NULL;
	if (r->failed || !stored(r, store_begin(r->store), error))
		return false;
	if (!pinset_change_complete(r->store, path, error)) {
		r->failed = true;
		return false;
	}
	return stored(
	           r, store_commit(r->store) && store_begin(r->store), error) &&
	    load(r, error);
}

void
rotation_close(struct rotation *r)
{
	if (r->store != NULL)
		store_close(r->store);
	pinset_free(r->p);
	approvers_free(r->trust);
	approvers_free(r->before);
	buf_fini(&r->text);
	buf_fini(&r->trust_text);
	buf_fini(&r->why);
	free(r->seen);
}

bool
rotation_was_seen(void *arg, const uint8_t spki[static SHA256_SIZE])
{
	const struct rotation *r = arg;
	const struct pinset_key *key = pinset_key(r->p, spki);

	return key != NULL && r->seen[key - r->p->keys].first != 0;
}

/* ---- small helpers ---- */

bool
rotation_fail(struct buf *error, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	buf_vprintf(error, fmt, ap);
	va_end(ap);
	return false;
}

const struct pinset_key *
rotation_key(const struct pinset *p, const char *id)
{
	for (size_t i = 0; i < p->n_keys; i++)
		if (strcmp(p->keys[i].id, id) == 0)
			return &p->keys[i];
	return NULL;
}

bool
rotation_commit(struct rotation *r, struct buf *error)
{
	return stored(r, store_commit(r->store), error);
}

bool
rotation_record(struct rotation *r, const char *who, const char *action,
    const char *reason, const json_t *detail, struct buf *error)
{
	char *text = json_dumps(detail, JSON_COMPACT | JSON_SORT_KEYS);
	char *actor = journal_actor();
	char *both = who != NULL && strcmp(who, actor) != 0
	    ? mem_printf("%s (%s)", who, actor)
	    : mem_strdup(actor);
	bool ok = stored(r,
	    journal_add(r->store, both, action, r->p->name, reason, text),
	    error);

	free(text);
	free(actor);
	free(both);
	return ok;
}

bool
rotation_save(struct rotation *r, const struct proposal *p, struct buf *error)
{
	bool ok = proposal_save(r->store, p, error);

	r->failed = r->failed || !ok;
	return ok;
}

/* ---- proposing ---- */

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
rotation_save_proposed(
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

bool
rotation_put(struct rotation *r, const struct pinset_change *c,
    enum pinset_trust_status status, struct buf *error)
{
	bool ok = stored(r,
	    pinset_change_save(r->store, r->path, c, buf_view(&r->text)) &&
	        (r->trust == NULL ||
	            pinset_trust_remember(r->store, r->path, blob_view(c->text),
	                buf_view(&r->trust_text), status)) &&
	        store_commit(r->store) && store_begin(r->store),
	    error);

	if (!ok)
		return false;
	/* Another process may have completed it while this one waited for the
	 * lock. */
	ok = pinset_change_complete(r->store, r->path, error);
	r->failed = r->failed || !ok;
	return ok && rotation_commit(r, error);
}

bool
rotation_has(const struct pinset_domain *d, size_t key)
{
	for (size_t i = 0; i < d->n_keys; i++)
		if (d->keys[i] == key)
			return true;
	return false;
}
