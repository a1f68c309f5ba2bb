/* SPDX-License-Identifier: Apache-2.0 */
#include <stdlib.h>
#include <string.h>

#include "rotate/emergency_change.h"
#include <ctwatch/base/file.h>
#include <ctwatch/base/limits.h>
#include <ctwatch/base/mem.h>
#include <ctwatch/base/text.h>
#include <ctwatch/rotate/pinset_change.h>
#include <ctwatch/rotate/pinset_trust.h>
#include <ctwatch/rotate/trusted_versions.h>

bool
pinset_trust_is_good(enum pinset_trust_status status)
{
	return status == PINSET_TRUST_OK || status == PINSET_TRUST_NONE ||
	    status == PINSET_TRUST_EMERGENCY;
}

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
	    trusted_versions_is_last_base(j->store, base) &&
	    is_signed(j, base,
	        count_for(j, base, blob_view(j->files.base_sig), ".base.sig",
	            &error)) &&
	    emergency_change_is(base, blob_view(j->files.base), p, text);
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
	bool known = trusted_versions_has(j->store, j->path, p->name);
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
		return trusted_versions_is_newest(j->store, p, why)
		    ? PINSET_TRUST_OK
		    : PINSET_TRUST_FAILED;
	if (n > 0 && is_emergency(j, p, text))
		return trusted_versions_is_newest(j->store, p, why)
		    ? PINSET_TRUST_EMERGENCY
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
	bool is_free = sig.n == 0 && !trusted_versions_has(s, path, p->name);

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
	if (trusted_versions_trust_file(s, name, &text) &&
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
	bool known, is_last = trusted_versions_is_last(s, p, &known);

	if (known && !is_last)
		buf_printf(why,
		    "the pinset was signed before, and this is not the last "
		    "trusted version: give the file of that version");
	return is_last ? PINSET_TRUST_OK
	    : known    ? PINSET_TRUST_FAILED
	               : PINSET_TRUST_NONE;
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
	if (p != NULL && !trusted_versions_was_renamed(s, path, p->name, why) &&
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
