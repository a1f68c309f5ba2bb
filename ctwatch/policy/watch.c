/* SPDX-License-Identifier: Apache-2.0 */
/*
 * watch: a first form, item by item: names in plain ASCII, subtrees, and
 * wildcards one label deep.
 */
#include <stdlib.h>
#include <string.h>

#include <ctwatch/base/mem.h>
#include <ctwatch/base/text.h>
#include <ctwatch/policy/watch.h>

struct watch {
	char **v; /* as written */
	size_t n;
};

struct watch *
watch_new(void)
{
	return mem_alloc(1, sizeof(struct watch));
}

void
watch_free(struct watch *w)
{
	if (w == NULL)
		return;
	for (size_t i = 0; i < w->n; i++)
		free(w->v[i]);
	free(w->v);
	free(w);
}

bool
watch_add(struct watch *w, const char *item, struct buf *error)
{
	if (strstr(item, "..") != NULL || strchr(item, '/') != NULL) {
		buf_printf(error, "'%s' can match no name", item);
		return false;
	}
	w->v = mem_grow(w->v, w->n, sizeof *w->v);
	w->v[w->n] = mem_strdup(item);
	text_lower(bytes_of(item), (uint8_t *)w->v[w->n++]);
	return true;
}

bool
watch_add_pattern(struct watch *w, const char *pattern, struct buf *error)
{
	bool subtree = strncmp(pattern, "**.", 3) == 0;

	return watch_add(w, subtree ? pattern + 2 : pattern, error);
}

bool
watch_load(
    struct watch *w, struct bytes text, const char *file, struct buf *error)
{
	struct bytes line;
	bool ok = true;

	for (size_t n = 1; ok && bytes_until(&text, '\n', &line); n++) {
		char *s = (char *)mem_dup(line);
		struct buf why;

		buf_init(&why, 256);
		s[strcspn(s, " \t\r#")] = '\0';
		ok = *s == '\0' || watch_add(w, s, &why);
		if (!ok)
			buf_printf(
			    error, "%s:%zu: %s", file, n, buf_text(&why));
		buf_fini(&why);
		free(s);
	}
	return ok;
}

size_t
watch_count(const struct watch *w)
{
	return w->n;
}

const char *
watch_item(const struct watch *w, size_t i)
{
	return w->v[i];
}

void
watch_build(struct watch *w)
{
	(void)w;
}

/* Whether an item matches a name in lower case. */
static bool
meets(const char *item, struct bytes name, enum watch_how *how)
{
	struct bytes tail = bytes_of(item);

	*how = WATCH_EXACT;
	if (bytes_equal(name, tail))
		return true;
	*how = WATCH_SUBTREE;
	if (item[0] != '.')
		return false;
	if (tail.n == 1 || bytes_is(name, item + 1))
		return true;
	return name.n > tail.n &&
	    memcmp(name.p + name.n - tail.n, tail.p, tail.n) == 0;
}

static bool
next_meeting(const struct watch *w, const struct cert_name *name, size_t *item,
    enum watch_how *how)
{
	uint8_t lower[256];
	struct bytes in = { lower, name->value.n };

	if (in.n > sizeof lower || name->kind > CERT_DNS)
		return false;
	text_lower(name->value, lower);
	for (; *item < w->n; (*item)++)
		if (meets(w->v[*item], in, how))
			return true;
	return false;
}

bool
watch_match(const struct watch *w, const struct cert *c)
{
	struct cert_names it;
	struct cert_name name;
	enum watch_how how;

	cert_names(c, &it);
	while (cert_names_next(&it, &name)) {
		size_t item = 0;

		if (next_meeting(w, &name, &item, &how))
			return true;
	}
	return false;
}

void
watch_explain(
    const struct watch *w, const struct cert *c, struct watch_hits *out)
{
	struct cert_names it;
	struct cert_name name;
	enum watch_how how;

	*out = (struct watch_hits){ 0 };
	cert_names(c, &it);
	while (cert_names_next(&it, &name))
		for (size_t item = 0; next_meeting(w, &name, &item, &how);
		     item++) {
			struct buf safe;

			buf_init(&safe, 1024);
			text_safe(&safe, name.value);
			out->v = mem_grow(out->v, out->n, sizeof *out->v);
			out->v[out->n++] = (struct watch_hit){ item, how,
				name.kind, buf_detach(&safe) };
		}
}

void
watch_hits_free(struct watch_hits *hits)
{
	for (size_t i = 0; i < hits->n; i++)
		free(hits->v[i].name);
	free(hits->v);
	*hits = (struct watch_hits){ 0 };
}

bool
watch_search_raw(const struct watch *w, struct bytes der, size_t *item)
{
	for (*item = 0; *item < w->n; (*item)++)
		if (memmem(der.p, der.n, w->v[*item], strlen(w->v[*item])) !=
		    NULL)
			return true;
	return false;
}

const char *
watch_how_word(enum watch_how how)
{
	static const char *const words[WATCH_HOW_MAX] = {
		[WATCH_EXACT] = "exact",
		[WATCH_SUBTREE] = "subtree",
		[WATCH_WILDCARD] = "wildcard",
		[WATCH_NETWORK] = "network",
		[WATCH_UNCLEAR] = "unclear",
	};

	return words[how];
}

const char *
watch_kind_word(enum cert_name_kind kind)
{
	static const char *const words[] = {
		[CERT_CN] = "cn",
		[CERT_DNS] = "dns",
		[CERT_IP] = "ip",
		[CERT_URI] = "uri",
		[CERT_EMAIL] = "email",
		[CERT_SRV] = "srv",
	};

	return words[kind];
}
