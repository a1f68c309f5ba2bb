/* SPDX-License-Identifier: Apache-2.0 */
#include <stdlib.h>
#include <string.h>

#include <jansson.h>

#include <ctwatch/base/file.h>
#include <ctwatch/base/limits.h>
#include <ctwatch/base/mem.h>
#include <ctwatch/base/text.h>
#include <ctwatch/base/time.h>
#include <ctwatch/rotate/rotation.h>
#include <ctwatch/rotate/trusted_versions.h>
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
	return stored(r, store_certs_each(r->store, note_cert, r), error);
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

bool
rotation_put(struct rotation *r, const struct pinset_change *c,
    enum pinset_trust_status status, struct buf *error)
{
	bool ok = stored(r,
	    pinset_change_save(r->store, r->path, c, buf_view(&r->text)) &&
	        (r->trust == NULL ||
	            trusted_versions_save(r->store, r->path, blob_view(c->text),
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
