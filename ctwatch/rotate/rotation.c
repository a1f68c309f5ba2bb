/* SPDX-License-Identifier: Apache-2.0 */
#include <stdlib.h>
#include <string.h>

#include <jansson.h>

#include <ctwatch/base/file.h>
#include <ctwatch/base/limits.h>
#include <ctwatch/base/mem.h>
#include <ctwatch/base/text.h>
#include <ctwatch/base/time.h>
#include <ctwatch/rotate/pinset_edit.h>
#include <ctwatch/rotate/rotation.h>
#include <ctwatch/store/journal.h>
#include <ctwatch/wire/cert.h>

/* ---- opening ---- */

/* What the store did, or why it did not. */
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

	if (!c->verified ||
	    (c->kind == LEAF_X509 ? cert_parse(c->der, &cert)
	                          : cert_parse_tbs(c->der, &cert)) != CERT_OK)
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

static bool
open_trust(struct rotation *r, const char *trust_path, struct buf *error)
{
	char *beside = mem_printf("%s.trust", r->path);
	const char *path = trust_path != NULL ? trust_path : beside;
	enum file_result result;
	struct buf text;
	bool ok = false;

	buf_init(&text, LIMIT_USER_FILE);
	result = file_read(path, true, &text, error);
	if (result == FILE_ABSENT && trust_path == NULL) {
		buf_clear(error);
		ok = true;
	} else if (result == FILE_OK) {
		r->trust = approvers_parse(buf_view(&text), path, error);
		ok = r->trust != NULL;
	}
	buf_fini(&text);
	free(beside);
	return ok;
}

bool
rotation_open(struct rotation *r, const char *dir, const char *path,
    const char *trust_path, struct buf *error)
{
	*r = (struct rotation){
		.path = path, .trust_path = trust_path, .now = time_now()
	};
	buf_init(&r->text, LIMIT_USER_FILE);
	if (file_read(path, true, &r->text, error) != FILE_OK)
		return false;
	r->p = pinset_parse(buf_view(&r->text), path, error);
	if (r->p == NULL || !open_trust(r, trust_path, error))
		return false;
	r->store = store_open(dir, STORE_WRITE, error);
	r->failed = r->store == NULL;
	if (r->failed)
		return false;
	r->seen = mem_alloc(r->p->n_keys + 1, sizeof *r->seen);
	return stored(r, store_certs_each(r->store, NULL, note_cert, r), error);
}

void
rotation_close(struct rotation *r)
{
	if (r->store != NULL)
		store_close(r->store);
	pinset_free(r->p);
	approvers_free(r->trust);
	buf_fini(&r->text);
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
	    journal_add(r->store, both, action, r->p->name, reason, text) &&
	        store_commit(r->store),
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

/* Names stand in a signed note, on a line with others. */
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

/* ---- proposing ---- */

/* The longest that a consumer of those domains takes to ship a pin. */
static int64_t
lead_of(const struct pinset *p, const struct rotation_change *c)
{
	int days = 0;

	for (size_t i = 0; i < p->n_domains; i++) {
		const struct pinset_domain *d = &p->domains[i];
		bool concerned = false;

		for (size_t k = 0; k < c->n_domains; k++)
			concerned |= strcmp(d->pattern, c->domains[k]) == 0;
		for (size_t k = 0; concerned && k < d->n_consumers; k++)
			if (p->consumers[d->consumers[k]].lead_days > days)
				days = p->consumers[d->consumers[k]].lead_days;
	}
	return days * TIME_DAY;
}

static bool
add_key(struct rotation *r, struct pinfile *f, const struct rotation_change *c,
    struct buf *error)
{
	char *alg = key_input_algorithm(c->material->spki);
	int64_t lead = lead_of(r->p, c);
	uint8_t spki[SHA256_SIZE];
	struct pinset_edit_key key = { .id = c->key,
		.spki_sha256 = spki,
		.spki_der = c->material->spki,
		.state = c->state,
		.alg = strcmp(alg, "unknown") != 0 ? alg : NULL,
		.custody = c->custody,
		.location = c->location,
		.not_before = lead > 0 ? r->now + lead : 0 };
	const struct pinset_key *same;
	bool ok;

	sha256_digest(c->material->spki, spki);
	same = pinset_key(r->p, spki);
	if (same != NULL)
		ok = rotation_fail(error,
		    "the pinset has that key already, as %s (%s)", same->id,
		    pinset_state_word(same->state));
	else if (c->n_domains == 0)
		ok = rotation_fail(
		    error, "no domain is given for the key (--domain)");
	else
		ok = pinset_edit_add_key(f, &key, error);
	for (size_t i = 0; ok && i < c->n_domains; i++)
		ok = pinset_edit_add_to_domain(f, c->domains[i], c->key, error);
	free(alg);
	return ok;
}

/* States only go forward, and none comes back from the dead. */
static bool
move_key(struct rotation *r, struct pinfile *f, const struct rotation_change *c,
    struct buf *error)
{
	const struct pinset_key *key = rotation_key(r->p, c->key);

	if (key == NULL)
		return rotation_fail(
		    error, "no key of the pinset has the id %s", c->key);
	if (key->state >= c->state)
		return rotation_fail(error, "%s is %s already", c->key,
		    pinset_state_word(key->state));
	return pinset_edit_set_state(f, c->key, c->state, r->now, error);
}

struct bytes
rotation_next(
    struct rotation *r, const struct rotation_change *c, struct buf *error)
{
	struct pinfile *f = pinset_edit_new(
	    c->edit.n > 0 ? c->edit : buf_view(&r->text), error);
	struct bytes out = { 0 };
	struct buf text;
	struct pinset *p;
	bool ok = f != NULL;

	buf_init(&text, LIMIT_USER_FILE);
	if (ok && c->edit.n == 0)
		ok = c->material != NULL ? add_key(r, f, c, error)
		                         : move_key(r, f, c, error);
	if (ok) {
		pinset_edit_set_version(f, r->p->version + 1);
		ok = pinset_edit_write(f, &text);
	}
	/* What cannot be loaded shall not be signed. */
	p = ok ? pinset_parse(buf_view(&text), "the next pinset", error) : NULL;
	if (p != NULL && strcmp(p->name, r->p->name) == 0)
		out = (struct bytes){ mem_dup(buf_view(&text)), text.n };
	else if (p != NULL)
		rotation_fail(
		    error, "the next pinset has another name, %s", p->name);
	pinset_free(p);
	pinset_edit_free(f);
	buf_fini(&text);
	return out;
}

bool
rotation_propose(struct rotation *r, const struct rotation_change *c,
    struct proposal *out, struct buf *error)
{
	struct bytes text;
	json_t *detail;
	bool ok;

	*out = (struct proposal){ 0 };
	if (!is_plain_name(c->proposer))
		return rotation_fail(error,
		    "a proposer's name is made of letters, "
		    "digits and ._@-/");
	text = rotation_next(r, c, error);
	if (text.n == 0)
		return false;
	*out = (struct proposal){
		.action = mem_strdup(c->edit.n > 0   ? "edit"
		        : c->material != NULL        ? "add"
		        : c->state == PINSET_RETIRED ? "retire"
		                                     : "activate"),
		.key = mem_strdup(c->key != NULL ? c->key : ""),
		.proposer = mem_strdup(c->proposer),
		.reason = mem_strdup(c->reason),
		.created = r->now,
		.base = { mem_dup(buf_view(&r->text)), r->text.n },
		.text = text,
		.lines = mem_strdup(""),
	};
	proposal_name(out);
	detail = json_pack("{s:s, s:s, s:s}", "proposal", out->id, "action",
	    out->action, "key", out->key);
	ok = rotation_save(r, out, error) &&
	    rotation_record(
	        r, out->proposer, "pinset-proposed", c->reason, detail, error);
	json_decref(detail);
	return ok;
}

bool
rotation_replace(struct rotation *r, const char *suffix, struct bytes text,
    struct buf *error)
{
	char *path = mem_printf("%s%s", r->path, suffix);
	bool ok = file_replace(path, text, error);

	r->failed = r->failed || !ok;
	free(path);
	return ok;
}

bool
rotation_has(const struct pinset_domain *d, size_t key)
{
	for (size_t i = 0; i < d->n_keys; i++)
		if (d->keys[i] == key)
			return true;
	return false;
}
