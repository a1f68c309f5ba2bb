/* SPDX-License-Identifier: Apache-2.0 */
#include <stdlib.h>
#include <string.h>

#include <ctwatch/base/limits.h>
#include <ctwatch/base/mem.h>
#include <ctwatch/base/text.h>
#include <ctwatch/policy/witness_policy.h>

/* A name of the policy: a witness, or a group of earlier names. */
struct member {
	char *name;
	size_t witness;   /* its index; of a group, SIZE_MAX */
	size_t threshold; /* of a group: members that must have cosigned */
	size_t parent;    /* index of the group that it is in, or SIZE_MAX */
};

struct witness_policy {
	struct witness *witnesses;
	size_t n_witnesses;
	struct member *members;
	size_t n_members;
	bool has_quorum;
	size_t quorum; /* index of a member; SIZE_MAX: none is asked for */
};

/* ---- reading ---- */

static bool
is_policy_text(struct bytes text)
{
	for (size_t i = 0; i < text.n; i++)
		if ((text.p[i] < ' ' && text.p[i] != '\t' &&
		        text.p[i] != '\n') ||
		    text.p[i] == 0x7f)
			return false;
	return true;
}

/* Return the index of the member with that name, or SIZE_MAX. */
static size_t
find(const struct witness_policy *p, struct bytes name)
{
	for (size_t i = 0; i < p->n_members; i++)
		if (bytes_is(name, p->members[i].name))
			return i;
	return SIZE_MAX;
}

/* Add a name; NULL, with the reason in *error, if it cannot be added. */
static struct member *
add_member(struct witness_policy *p, struct bytes name, struct buf *error)
{
	struct member *m;

	if (bytes_is(name, "none") || find(p, name) != SIZE_MAX) {
		buf_printf(error, "the name %.*s is already in use",
		    (int)name.n, name.p);
		return NULL;
	}
	if (p->n_members == LIMIT_WITNESS_NAMES) {
		buf_printf(
		    error, "over %d witnesses and groups", LIMIT_WITNESS_NAMES);
		return NULL;
	}
	p->members = mem_grow(p->members, p->n_members, sizeof *p->members);
	m = &p->members[p->n_members++];
	*m = (struct member){ mem_text(name), SIZE_MAX, 0, SIZE_MAX };
	return m;
}

static bool
add_key(struct witness_policy *p, struct bytes vkey, struct bytes url,
    struct buf *error)
{
	struct witness *w;
	struct cosignature_key *key = cosignature_key_new(vkey, error);

	if (key == NULL)
		return false;
	p->witnesses =
	    mem_grow(p->witnesses, p->n_witnesses, sizeof *p->witnesses);
	w = &p->witnesses[p->n_witnesses++];
	*w = (struct witness){ .key = key };
	if (url.n > 0)
		w->url = mem_printf("%.*s%s", (int)url.n, url.p,
		    url.p[url.n - 1] == '/' ? "" : "/");
	for (size_t i = 0; i + 1 < p->n_witnesses; i++)
		if (cosignature_key_same(p->witnesses[i].key, key)) {
			buf_printf(error,
			    "another witness has the same key: %s",
			    cosignature_key_name(p->witnesses[i].key));
			return false;
		}
	return true;
}

/* witness NAME VKEY [URL] */
static bool
read_witness(struct witness_policy *p, struct bytes rest, struct buf *error)
{
	struct bytes name, vkey, url = { 0 };
	struct member *m;

	if (!text_word(&rest, &name) || !text_word(&rest, &vkey) ||
	    (text_word(&rest, &url) && text_trim(rest).n > 0)) {
		buf_printf(error, "a witness is: witness NAME KEY [URL]");
		return false;
	}
	m = add_member(p, name, error);
	if (m == NULL)
		return false;
	m->witness = p->n_witnesses;
	return add_key(p, vkey, url, error);
}

/* Parse a threshold of a group of n members: all, any, or 1 to n. */
static bool
read_threshold(struct bytes word, size_t n, size_t *out)
{
	*out = bytes_is(word, "all") ? n : bytes_is(word, "any") ? 1 : 0;
	if (*out > 0)
		return n > 0;
	for (size_t i = 0; i < word.n; i++) {
		if (word.p[i] < '0' || word.p[i] > '9' || *out > n)
			return false;
		*out = *out * 10 + (size_t)(word.p[i] - '0');
	}
	return *out >= 1 && *out <= n;
}

/* group NAME THRESHOLD MEMBER... */
static bool
read_group(struct witness_policy *p, struct bytes rest, struct buf *error)
{
	struct bytes name, threshold, word;
	size_t group = p->n_members, n = 0;
	struct member *m;

	if (!text_word(&rest, &name) || !text_word(&rest, &threshold)) {
		buf_printf(error, "a group is: group NAME all|any|N MEMBER...");
		return false;
	}
	for (; text_word(&rest, &word); n++) {
		size_t i = find(p, word);

		if (i == SIZE_MAX || p->members[i].parent != SIZE_MAX) {
			buf_printf(error, "%.*s is %s", (int)word.n, word.p,
			    i == SIZE_MAX ? "not defined above"
			                  : "in a group already");
			return false;
		}
		p->members[i].parent = group;
	}
	m = add_member(p, name, error);
	if (m == NULL)
		return false;
	if (!read_threshold(threshold, n, &m->threshold)) {
		buf_printf(error,
		    "the threshold of %zu members is all, any, or 1 to %zu", n,
		    n);
		return false;
	}
	return true;
}

/* quorum NAME */
static bool
read_quorum(struct witness_policy *p, struct bytes rest, struct buf *error)
{
	struct bytes name = { 0 };

	if (p->has_quorum) {
		buf_printf(error, "a second quorum");
		return false;
	}
	p->has_quorum = true;
	text_word(&rest, &name);
	p->quorum = find(p, name);
	if (text_trim(rest).n > 0 ||
	    (p->quorum == SIZE_MAX && !bytes_is(name, "none"))) {
		buf_printf(error,
		    "a quorum is: quorum none, or one name that "
		    "is defined above");
		return false;
	}
	return true;
}

static bool
read_line(struct witness_policy *p, struct bytes line, struct buf *error)
{
	struct bytes word;

	if (!text_word(&line, &word) || word.p[0] == '#' ||
	    bytes_is(word, "log"))
		return true;
	if (bytes_is(word, "witness"))
		return read_witness(p, line, error);
	if (bytes_is(word, "group"))
		return read_group(p, line, error);
	if (bytes_is(word, "quorum"))
		return read_quorum(p, line, error);
	buf_printf(error, "a line begins with log, witness, group or quorum");
	return false;
}

static bool
read_all(struct witness_policy *p, struct bytes text, const char *file,
    struct buf *error)
{
	struct bytes line;
	struct buf why;
	bool ok = true;

	if (!is_policy_text(text)) {
		buf_printf(error, "%s: has control characters", file);
		return false;
	}
	buf_init(&why, error->max);
	for (size_t number = 1; ok && text_line(&text, &line); number++) {
		ok = read_line(p, line, &why);
		if (!ok)
			buf_printf(
			    error, "%s:%zu: %s", file, number, buf_text(&why));
	}
	buf_fini(&why);
	if (ok && !p->has_quorum) {
		buf_printf(error, "%s: has no quorum line", file);
		return false;
	}
	return ok;
}

struct witness_policy *
witness_policy_parse(struct bytes text, const char *file, struct buf *error)
{
	struct witness_policy *p = mem_alloc(1, sizeof *p);

	if (read_all(p, text, file, error))
		return p;
	witness_policy_free(p);
	return NULL;
}

void
witness_policy_free(struct witness_policy *p)
{
	if (p == NULL)
		return;
	for (size_t i = 0; i < p->n_witnesses; i++) {
		cosignature_key_free(p->witnesses[i].key);
		free(p->witnesses[i].url);
	}
	for (size_t i = 0; i < p->n_members; i++)
		free(p->members[i].name);
	free(p->witnesses);
	free(p->members);
	free(p);
}

const struct witness *
witness_policy_witnesses(const struct witness_policy *p, size_t *n)
{
	*n = p->n_witnesses;
	return p->witnesses;
}

/* ---- judging ---- */

bool
witness_policy_is_met(const struct witness_policy *p, const bool *valid)
{
	size_t met[LIMIT_WITNESS_NAMES] = { 0 }; /* members of each group */

	if (p->quorum == SIZE_MAX)
		return true;
	/* The members of a group stand before it. */
	for (size_t i = 0; i < p->n_members; i++) {
		const struct member *m = &p->members[i];
		bool has = m->witness != SIZE_MAX ? valid[m->witness]
		                                  : met[i] >= m->threshold;

		if (i == p->quorum)
			return has;
		if (has && m->parent != SIZE_MAX)
			met[m->parent]++;
	}
	return false;
}
