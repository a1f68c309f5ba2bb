/* SPDX-License-Identifier: Apache-2.0 */
#include <stdlib.h>
#include <string.h>

#include <ctwatch/base/file.h>
#include <ctwatch/base/limits.h>
#include <ctwatch/base/mem.h>
#include <ctwatch/base/text.h>
#include <ctwatch/rotate/pinset_change.h>
#include <ctwatch/rotate/pinset_edit.h>
#include <ctwatch/rotate/pinset_trust.h>

/* Names of the store's values, followed by the pinset's name or its path. */
#define USED  "pinset-used/"  /* VERSION SHA256 of the last trusted one */
#define BASE  "pinset-base/"  /* likewise, with enough signatures */
#define TRUST "pinset-trust/" /* the text of the trust file */
#define TEXT  "pinset-text/"  /* the text of the last trusted one */
#define PATH  "pinset-path/"  /* the name of the pinset at this path */

bool
pinset_trust_is_good(enum pinset_trust_status status)
{
	return status == PINSET_TRUST_OK || status == PINSET_TRUST_NONE ||
	    status == PINSET_TRUST_EMERGENCY;
}

/* ---- records in the store ---- */

static bool
load_value(struct store *s, const char *prefix, const char *of, struct buf *out)
{
	char *name = mem_printf("%s%s", prefix, of);
	bool found;

	buf_clear(out);
	found = s != NULL && store_value_load(s, name, out) && out->n > 0;
	free(name);
	return found;
}

static bool
save_value(
    struct store *s, const char *prefix, const char *of, struct bytes value)
{
	char *name = mem_printf("%s%s", prefix, of);
	bool ok = store_value_save(s, name, value);

	free(name);
	return ok;
}

/* VERSION SHA256, as USED and BASE keep it. */
static char *
stamp(const struct pinset *p)
{
	char hex[2 * SHA256_SIZE + 1];

	text_hex((struct bytes){ p->sha256, SHA256_SIZE }, hex);
	return mem_printf("%llu %s", (unsigned long long)p->version, hex);
}

static bool
is_stamp(struct buf *value, const struct pinset *p)
{
	char *now = stamp(p);
	bool same = strcmp(buf_text(value), now) == 0;

	free(now);
	return same;
}

/* Report whether p is not older than the last trusted version. */
static bool
is_newest(struct store *s, const struct pinset *p, struct buf *why)
{
	unsigned long long version;
	struct buf last;
	bool ok = true;

	buf_init(&last, LIMIT_SMALL_BODY);
	if (load_value(s, USED, p->name, &last)) {
		version = strtoull(buf_text(&last), NULL, 10);
		ok = p->version > version || is_stamp(&last, p);
		if (!ok)
			buf_printf(why,
			    "version %llu of the pinset was used before, but "
			    "this is %s version %llu: restore the last version",
			    version,
			    version == p->version ? "another" : "the older",
			    (unsigned long long)p->version);
	}
	buf_fini(&last);
	return ok;
}

/* Report whether the pinset of this name, or the one at path, was trusted
 * before. */
static bool
was_trusted(struct store *s, const char *path, const char *name)
{
	char *real = pinset_change_realpath(path);
	struct buf value;
	bool known;

	buf_init(&value, LIMIT_SMALL_BODY);
	known = load_value(s, USED, name, &value) ||
	    load_value(s, PATH, real, &value);
	buf_fini(&value);
	free(real);
	return known;
}

/* Report whether the pinset at path had another name. */
static bool
was_renamed(
    struct store *s, const char *path, const char *name, struct buf *why)
{
	char *real = pinset_change_realpath(path);
	struct buf value;
	bool renamed;

	buf_init(&value, LIMIT_SMALL_BODY);
	renamed = load_value(s, PATH, real, &value) &&
	    strcmp(buf_text(&value), name) != 0;
	if (renamed) {
		buf_printf(why, "%s: the name of the pinset was  ", path);
		text_escape(why, buf_view(&value));
		buf_add_text(why, " before, and is now  ");
		text_escape(why, bytes_of(name));
	}
	buf_fini(&value);
	free(real);
	return renamed;
}

bool
pinset_trust_last(struct store *s, const char *path, struct buf *text)
{
	char *real = pinset_change_realpath(path);
	struct buf name;
	bool found;

	buf_init(&name, LIMIT_SMALL_BODY);
	found = load_value(s, PATH, real, &name) &&
	    load_value(s, TEXT, buf_text(&name), text);
	buf_fini(&name);
	free(real);
	return found;
}

bool
pinset_trust_remember(struct store *s, const char *path, struct bytes text,
    struct bytes trust_text, enum pinset_trust_status status)
{
	struct buf ignored;
	struct pinset *p;
	char *now, *real;
	bool ok;

	buf_init(&ignored, LIMIT_SMALL_BODY);
	p = pinset_parse(text, path, &ignored);
	buf_fini(&ignored);
	if (p == NULL)
		return true;
	now = stamp(p);
	real = pinset_change_realpath(path);
	ok = save_value(s, USED, p->name, bytes_of(now)) &&
	    save_value(s, TEXT, p->name, text) &&
	    save_value(s, PATH, real, bytes_of(p->name)) &&
	    (status != PINSET_TRUST_OK ||
	        (save_value(s, BASE, p->name, bytes_of(now)) &&
	            save_value(s, TRUST, p->name, trust_text)));
	free(now);
	free(real);
	pinset_free(p);
	return ok;
}

/* ---- signatures ---- */

/* The input for judging a pinset. */
struct judging {
	struct store *store; /* or NULL */
	const char *path;
	const struct approvers *trust;
	struct approvers *before; /* owned: the last used trust file, or NULL */
	struct pinset_change files; /* owned */
};

/* Read the file PINSET.suffix; empty if it is absent. */
static struct blob
read_beside(const char *path, const char *suffix)
{
	char *name = mem_printf("%s%s", path, suffix);
	struct blob out = { 0 };
	struct buf text, ignored;

	buf_init(&text, LIMIT_USER_FILE);
	buf_init(&ignored, LIMIT_SMALL_BODY);
	if (file_read(name, false, &text, &ignored) == FILE_OK)
		out = blob_take(&text);
	buf_fini(&text);
	buf_fini(&ignored);
	free(name);
	return out;
}

/* Return the signatures of text: those of an unfinished change if text is its
 * new pinset, else those in the files. */
static void
load_files(struct judging *j, struct bytes text)
{
	if (j->store != NULL &&
	    pinset_change_load(j->store, j->path, &j->files) &&
	    bytes_equal(blob_view(j->files.text), text))
		return;
	pinset_change_fini(&j->files);
	j->files.sig = read_beside(j->path, ".sig");
	j->files.base = read_beside(j->path, ".base");
	j->files.base_sig = read_beside(j->path, ".base.sig");
}

/* Return the number of keys that signed p, by the trust file or the previous
 * one, whichever is lower. */
static size_t
count_for(const struct judging *j, const struct pinset *p, struct bytes sig,
    const char *suffix, struct buf *why)
{
	struct note note;
	size_t n, before;

	if (note_parse(sig, &note) != NOTE_OK) {
		buf_printf(why, "%s%s: not a signed note", j->path, suffix);
		return 0;
	}
	if (!approvers_is_note_for(&note, p)) {
		buf_printf(why,
		    "%s%s: signed for other content than the pinset", j->path,
		    suffix);
		return 0;
	}
	n = approvers_count(j->trust, &note, NULL, why);
	if (j->before == NULL)
		return n;
	before = approvers_count(j->before, &note, NULL, why);
	if (n >= approvers_needed(j->trust, p) &&
	    before < approvers_needed(j->before, p)) {
		buf_printf(why,
		    "%s: the trust file was changed, but only %zu of the %zu "
		    "required previous approvers signed",
		    j->path, before, approvers_needed(j->before, p));
		return 0;
	}
	return n;
}

static bool
is_signed(const struct judging *j, const struct pinset *p, size_t n)
{
	return n >= approvers_needed(j->trust, p);
}

/* Declare the key compromised; base lists it, or only a bundle of base has it
 * (see compromise_key). */
static bool
give_up_key(struct pinset_edit *f, const struct pinset *base,
    const struct pinset_key *key, struct buf *error)
{
	const struct pinset_edit_key listed = { .id = key->id,
		.spki_sha256 = key->spki_sha256,
		.state = PINSET_COMPROMISED,
		.ca = true };

	return pinset_key(base, key->spki_sha256) != NULL || base->n_roots == 0
	    ? pinset_edit_set_state(f, key->id, PINSET_COMPROMISED, 0, error)
	    : pinset_edit_add_key(f, &listed, error);
}

/* Mark as compromised the keys that are so in p; return the number of those
 * that are not in base, or -1. */
static int
give_up_same(
    struct pinset_edit *f, const struct pinset *base, const struct pinset *p)
{
	struct buf error;
	bool ok = true;
	int n = 0;

	buf_init(&error, LIMIT_SMALL_BODY);
	for (size_t i = 0; ok && i < p->n_keys; i++) {
		const struct pinset_key *was;

		if (p->keys[i].state != PINSET_COMPROMISED)
			continue;
		was = pinset_key(base, p->keys[i].spki_sha256);
		n += was == NULL || was->state != PINSET_COMPROMISED;
		ok = give_up_key(f, base, &p->keys[i], &error);
	}
	buf_fini(&error);
	return ok ? n : -1;
}

/*
 * Report whether text, which is p, equals base except for keys marked
 * compromised, with one version for each of them.
 */
static bool
only_gives_up(const struct pinset *base, struct bytes base_text,
    const struct pinset *p, struct bytes text)
{
	struct buf error, made;
	struct pinset_edit *f;
	bool same = false;
	int n;

	buf_init(&error, LIMIT_SMALL_BODY);
	buf_init(&made, LIMIT_USER_FILE);
	f = pinset_edit_new(base_text, &error);
	n = f != NULL ? give_up_same(f, base, p) : -1;
	if (n > 0 && p->version == base->version + (unsigned)n) {
		pinset_edit_set_version(f, p->version);
		same = pinset_edit_write(f, &made) &&
		    bytes_equal(buf_view(&made), text);
	}
	pinset_edit_free(f);
	buf_fini(&error);
	buf_fini(&made);
	return same;
}

/* Report whether base is the last version with enough signatures. */
static bool
is_last_base(struct store *s, const struct pinset *base)
{
	struct buf value;
	bool is;

	buf_init(&value, LIMIT_SMALL_BODY);
	is = !load_value(s, BASE, base->name, &value) || is_stamp(&value, base);
	buf_fini(&value);
	return is;
}

static bool
is_emergency(const struct judging *j, const struct pinset *p, struct bytes text)
{
	struct buf error;
	struct pinset *base;
	bool is;

	if (j->files.base.n == 0 || j->files.base_sig.n == 0)
		return false;
	buf_init(&error, LIMIT_SMALL_BODY);
	base = pinset_parse(blob_view(j->files.base), "base", &error);
	is = base != NULL && strcmp(base->name, p->name) == 0 &&
	    is_last_base(j->store, base) &&
	    is_signed(j, base,
	        count_for(j, base, blob_view(j->files.base_sig), ".base.sig",
	            &error)) &&
	    only_gives_up(base, blob_view(j->files.base), p, text);
	pinset_free(base);
	buf_fini(&error);
	return is;
}

/* Report whether the signatures cover the bundles: each has its digest. */
static bool
is_bound(const struct judging *j, const struct pinset *p, struct buf *why)
{
	for (size_t i = 0; i < p->n_roots; i++)
		if (!p->roots[i].bound) {
			buf_printf(why, "%s: the bundle ", j->path);
			text_escape(why, bytes_of(p->roots[i].file));
			buf_printf(why,
			    " has no digest, so that its content is not "
			    "signed: `ctwatch pins propose --edit %s' adds it",
			    j->path);
			return false;
		}
	return true;
}

static enum pinset_trust_status
judge(const struct judging *j, const struct pinset *p, struct bytes text,
    struct buf *why)
{
	bool known = was_trusted(j->store, j->path, p->name);
	size_t n;

	if (j->files.sig.n == 0) {
		if (known)
			buf_printf(why,
			    "%s.sig: missing or empty, but the pinset was "
			    "signed before: restore it",
			    j->path);
		else
			buf_printf(why,
			    "%s: not signed yet: run `ctwatch pins propose "
			    "--edit %s', and have it approved and activated",
			    j->path, j->path);
		return known ? PINSET_TRUST_FAILED : PINSET_TRUST_UNSIGNED;
	}
	if (!is_bound(j, p, why))
		return PINSET_TRUST_FAILED;
	n = count_for(j, p, blob_view(j->files.sig), ".sig", why);
	if (is_signed(j, p, n))
		return is_newest(j->store, p, why) ? PINSET_TRUST_OK
		                                   : PINSET_TRUST_FAILED;
	if (n > 0 && is_emergency(j, p, text))
		return is_newest(j->store, p, why) ? PINSET_TRUST_EMERGENCY
		                                   : PINSET_TRUST_FAILED;
	if (why->n == 0)
		buf_printf(why,
		    "%s: %zu of %zu required signatures: restore the last "
		    "signed version",
		    j->path, n, approvers_needed(j->trust, p));
	return PINSET_TRUST_FAILED;
}

/* Without a trust file, accept a pinset that was never signed. */
static enum pinset_trust_status
judge_untrusted(
    struct store *s, const char *path, const struct pinset *p, struct buf *why)
{
	struct blob sig = read_beside(path, ".sig");
	bool is_free = sig.n == 0 && !was_trusted(s, path, p->name);

	blob_fini(&sig);
	if (is_free)
		return PINSET_TRUST_NONE;
	buf_printf(why,
	    "%s.trust: missing, but the pinset %s: restore the trust file",
	    path, sig.n > 0 ? "has signatures" : "was signed before");
	return PINSET_TRUST_FAILED;
}

bool
pinset_trust_read(const char *path, const char *trust_path, struct buf *text,
    struct approvers **out, struct buf *error)
{
	char *beside = mem_printf("%s.trust", path);
	const char *file = trust_path != NULL ? trust_path : beside;
	enum file_result result = file_read(file, true, text, error);
	bool ok = false;

	*out = NULL;
	if (result == FILE_ABSENT && trust_path == NULL) {
		buf_clear(error);
		ok = true;
	} else if (result == FILE_OK) {
		*out = approvers_parse(buf_view(text), file, error);
		ok = *out != NULL;
	}
	free(beside);
	return ok;
}

struct approvers *
pinset_trust_changed(struct store *s, const char *name, struct bytes trust_text)
{
	struct approvers *before = NULL;
	struct buf text, ignored;

	buf_init(&text, LIMIT_USER_FILE);
	buf_init(&ignored, LIMIT_SMALL_BODY);
	if (load_value(s, TRUST, name, &text) &&
	    !bytes_equal(buf_view(&text), trust_text))
		before = approvers_parse(
		    buf_view(&text), "the trust file before", &ignored);
	buf_fini(&text);
	buf_fini(&ignored);
	return before;
}

enum pinset_trust_status
pinset_trust_check_known(
    struct store *s, const struct pinset *p, struct buf *why)
{
	enum pinset_trust_status status = PINSET_TRUST_NONE;
	struct buf last;

	buf_init(&last, LIMIT_SMALL_BODY);
	if (load_value(s, USED, p->name, &last)) {
		status =
		    is_stamp(&last, p) ? PINSET_TRUST_OK : PINSET_TRUST_FAILED;
		if (status == PINSET_TRUST_FAILED)
			buf_printf(why,
			    "the pinset was signed before, and this is not the "
			    "last trusted version: give the file of that "
			    "version");
	}
	buf_fini(&last);
	return status;
}

enum pinset_trust_status
pinset_trust_check(struct store *s, const char *path, struct bytes text,
    const char *trust_path, struct buf *why)
{
	enum pinset_trust_status status = PINSET_TRUST_FAILED;
	struct pinset *p = pinset_parse(text, path, why);
	struct approvers *trust = NULL;
	struct buf file;

	buf_init(&file, LIMIT_USER_FILE);
	if (p != NULL && !was_renamed(s, path, p->name, why) &&
	    pinset_trust_read(path, trust_path, &file, &trust, why)) {
		struct judging j = { .store = s, .path = path, .trust = trust };

		if (trust == NULL)
			status = judge_untrusted(s, path, p, why);
		else {
			j.before =
			    pinset_trust_changed(s, p->name, buf_view(&file));
			load_files(&j, text);
			status = judge(&j, p, text, why);
		}
		approvers_free(j.before);
		pinset_change_fini(&j.files);
	}
	approvers_free(trust);
	pinset_free(p);
	buf_fini(&file);
	return status;
}
