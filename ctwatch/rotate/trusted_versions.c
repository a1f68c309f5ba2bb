/* SPDX-License-Identifier: Apache-2.0 */
#include <stdlib.h>
#include <string.h>

#include <ctwatch/base/limits.h>
#include <ctwatch/base/mem.h>
#include <ctwatch/base/text.h>
#include <ctwatch/rotate/pinset_change.h>
#include <ctwatch/rotate/trusted_versions.h>

/* Names of the store's values, followed by the pinset's name or its path. */
#define USED  "pinset-used/"  /* VERSION SHA256 of the last trusted one */
#define BASE  "pinset-base/"  /* likewise, with enough signatures */
#define TRUST "pinset-trust/" /* the text of the trust file */
#define TEXT  "pinset-text/"  /* the text of the last trusted one */
#define PATH  "pinset-path/"  /* the name of the pinset at this path */

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

bool
trusted_versions_is_newest(
    struct store *s, const struct pinset *p, struct buf *why)
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

bool
trusted_versions_has(struct store *s, const char *path, const char *name)
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

bool
trusted_versions_was_renamed(
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
trusted_versions_is_last_base(struct store *s, const struct pinset *base)
{
	struct buf value;
	bool is;

	buf_init(&value, LIMIT_SMALL_BODY);
	is = !load_value(s, BASE, base->name, &value) || is_stamp(&value, base);
	buf_fini(&value);
	return is;
}

bool
trusted_versions_last(struct store *s, const char *path, struct buf *text)
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
trusted_versions_save(struct store *s, const char *path, struct bytes text,
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

bool
trusted_versions_trust_file(struct store *s, const char *name, struct buf *text)
{
	return load_value(s, TRUST, name, text);
}

bool
trusted_versions_is_last(struct store *s, const struct pinset *p, bool *known)
{
	struct buf last;
	bool is;

	buf_init(&last, LIMIT_SMALL_BODY);
	*known = load_value(s, USED, p->name, &last);
	is = *known && is_stamp(&last, p);
	buf_fini(&last);
	return is;
}
