/* SPDX-License-Identifier: Apache-2.0 */
#include <stdlib.h>
#include <string.h>

#include <jansson.h>

#include <ctwatch/base/limits.h>
#include <ctwatch/base/mem.h>
#include <ctwatch/base/text.h>
#include <ctwatch/rotate/pinset_diff.h>

/* The state of comparing two documents; path is the current position. */
struct walk {
	struct buf path;
	struct buf *out;
};

static void
put(struct walk *w, const char *mark, const json_t *v)
{
	char *text = json_dumps(v, JSON_COMPACT | JSON_ENCODE_ANY);

	buf_printf(w->out, "%s %s: ", mark, buf_text(&w->path));
	text_escape(w->out, bytes_of(text != NULL ? text : "?"));
	buf_add_byte(w->out, '\n');
	free(text);
}

static void
put_change(struct walk *w, const json_t *from, const json_t *to)
{
	char *a = json_dumps(from, JSON_COMPACT | JSON_ENCODE_ANY);
	char *b = json_dumps(to, JSON_COMPACT | JSON_ENCODE_ANY);

	buf_printf(w->out, "~ %s: ", buf_text(&w->path));
	text_escape(w->out, bytes_of(a != NULL ? a : "?"));
	buf_add_text(w->out, " -> ");
	text_escape(w->out, bytes_of(b != NULL ? b : "?"));
	buf_add_byte(w->out, '\n');
	free(a);
	free(b);
}

/* Return the member that identifies an element of a list, or NULL. */
static const char *
name_of(const json_t *v)
{
	const char *name = json_string_value(v);

	if (name == NULL)
		name = json_string_value(json_object_get(v, "id"));
	if (name == NULL)
		name = json_string_value(json_object_get(v, "pattern"));
	return name;
}

static json_t *
find(const json_t *list, const char *name)
{
	json_t *v;
	size_t i;

	json_array_foreach(list, i, v) {
		const char *is = name_of(v);

		if (is != NULL && strcmp(is, name) == 0)
			return v;
	}
	return NULL;
}

/* Recurses no deeper than jansson let the documents nest. */
static void compare(struct walk *w, const json_t *from, const json_t *to);

static void
step(struct walk *w, const char *format, const char *name, const json_t *from,
    const json_t *to)
{
	size_t here = w->path.n;

	buf_add_text(&w->path, format);
	text_escape(&w->path, bytes_of(name));
	buf_add_text(&w->path, *format == '[' ? "]" : "");
	if (from == NULL)
		put(w, "+", to);
	else if (to == NULL)
		put(w, "-", from);
	else
		compare(w, from, to);
	w->path.n = here;
}

static void
compare_objects(struct walk *w, const json_t *from, const json_t *to)
{
	const char *dot = w->path.n > 0 ? "." : "", *name;
	json_t *v;

	json_object_foreach((json_t *)from, name, v)
		step(w, dot, name, v, json_object_get(to, name));
	json_object_foreach((json_t *)to, name, v)
		if (json_object_get(from, name) == NULL)
			step(w, dot, name, NULL, v);
}

/* Report whether every element has a unique identifier. */
static bool
is_named(const json_t *list)
{
	const json_t *v;
	size_t i;

	json_array_foreach(list, i, v)
		if (name_of(v) == NULL || find(list, name_of(v)) != v)
			return false;
	return true;
}

static void
compare_lists(struct walk *w, const json_t *from, const json_t *to)
{
	const json_t *v;
	size_t i;

	json_array_foreach(from, i, v)
		step(w, "[", name_of(v), v, find(to, name_of(v)));
	json_array_foreach(to, i, v)
		if (find(from, name_of(v)) == NULL)
			step(w, "[", name_of(v), NULL, v);
}

static void
compare(struct walk *w, const json_t *from, const json_t *to)
{
	if (json_equal((json_t *)from, (json_t *)to))
		return;
	if (json_is_object(from) && json_is_object(to))
		compare_objects(w, from, to);
	else if (json_is_array(from) && json_is_array(to) && is_named(from) &&
	    is_named(to))
		compare_lists(w, from, to);
	else
		put_change(w, from, to);
}

bool
pinset_diff(struct bytes from, struct bytes to, struct buf *out)
{
	json_t *a = json_loadb((const char *)from.p, from.n, 0, NULL);
	json_t *b = json_loadb((const char *)to.p, to.n, 0, NULL);
	struct walk w = { .out = out };
	bool ok = a != NULL && b != NULL;

	buf_init(&w.path, LIMIT_SMALL_BODY);
	if (ok)
		compare(&w, a, b);
	buf_fini(&w.path);
	json_decref(a);
	json_decref(b);
	return ok;
}

/* ---- affected consumers ---- */

/* Report whether clients of d accept the key with this digest. */
static bool
accepts(const struct pinset *p, const struct pinset_domain *d,
    const uint8_t spki[static SHA256_SIZE])
{
	for (size_t i = 0; i < d->n_keys; i++) {
		const struct pinset_key *key = &p->keys[d->keys[i]];

		if (pinset_is_usable(key) &&
		    memcmp(key->spki_sha256, spki, SHA256_SIZE) == 0)
			return true;
	}
	return false;
}

/* Report whether clients of e accept all keys that clients of d accept. */
static bool
is_within(const struct pinset *p, const struct pinset_domain *d,
    const struct pinset *q, const struct pinset_domain *e)
{
	for (size_t i = 0; i < d->n_keys; i++) {
		const struct pinset_key *key = &p->keys[d->keys[i]];

		if (pinset_is_usable(key) && !accepts(q, e, key->spki_sha256))
			return false;
	}
	return true;
}

static const struct pinset_domain *
same_domain(const struct pinset *p, const char *pattern)
{
	for (size_t i = 0; i < p->n_domains; i++)
		if (strcmp(p->domains[i].pattern, pattern) == 0)
			return &p->domains[i];
	return NULL;
}

/* Step through the domains of to whose clients accept, or refuse, other keys
 * than by from; domains that from has not are among them. */
static void
each_changed_domain(const struct pinset *from, const struct pinset *to,
    void (*each)(void *arg, const struct pinset_domain *d), void *arg)
{
	for (size_t i = 0; i < to->n_domains; i++) {
		const struct pinset_domain *d = &to->domains[i];
		const struct pinset_domain *was = same_domain(from, d->pattern);

		if (was == NULL || !is_within(to, d, from, was) ||
		    !is_within(from, was, to, d))
			each(arg, d);
	}
}

/* concerned is indexed by consumer. */
static void
mark(void *arg, const struct pinset_domain *d)
{
	bool *concerned = arg;

	for (size_t i = 0; i < d->n_consumers; i++)
		concerned[d->consumers[i]] = true;
}

void
pinset_diff_consumers(
    const struct pinset *from, const struct pinset *to, struct buf *out)
{
	bool *concerned = mem_alloc(to->n_consumers + 1, sizeof *concerned);

	each_changed_domain(from, to, mark, concerned);
	for (size_t i = 0; i < to->n_consumers; i++) {
		const struct pinset_consumer *k = &to->consumers[i];

		if (!concerned[i])
			continue;
		buf_add_text(out, "concerns ");
		text_escape(out, bytes_of(k->id));
		if (k->format != NULL) {
			buf_add_text(out, ", as ");
			text_escape(out, bytes_of(k->format));
		}
		if (k->lead_days > 0)
			buf_printf(
			    out, ", needs %d days to ship", k->lead_days);
		buf_add_byte(out, '\n');
	}
	free(concerned);
}
