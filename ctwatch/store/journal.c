/* SPDX-License-Identifier: Apache-2.0 */
#include <inttypes.h>
#include <pwd.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <jansson.h>

#include "store/store_private.h"
#include <ctwatch/base/limits.h>
#include <ctwatch/base/mem.h>
#include <ctwatch/base/text.h>
#include <ctwatch/base/time.h>
#include <ctwatch/store/journal.h>

#define ORIGIN "ctwatch-journal"

char *
journal_actor(void)
{
	const char *sudo = getenv("SUDO_USER");
	const struct passwd *pw;

	if (sudo != NULL && *sudo != '\0')
		return mem_strdup(sudo);
	/* cppcheck-suppress getpwuidCalled ; one thread acts */
	pw = getpwuid(geteuid());
	if (pw != NULL)
		return mem_strdup(pw->pw_name);
	return mem_printf("%ju", (uintmax_t)geteuid());
}

/* ---- adding ---- */

json_t *
journal_text(const char *s)
{
	struct bytes in = bytes_of(s != NULL ? s : "");
	struct buf b;
	json_t *v;

	if (text_is_utf8(in))
		return json_stringn((const char *)in.p, in.n);
	buf_init(&b, LIMIT_USER_FILE);
	text_escape(&b, in);
	v = json_stringn((const char *)b.p, b.n);
	buf_fini(&b);
	return v;
}

/* Return the canonical bytes: members sorted, no blanks or line breaks. */
static char *
record_text(uint64_t number, const char *actor, const char *action,
    const char *object, const char *reason, json_t *detail)
{
	char now[TIME_TEXT], *text;
	json_t *record = json_object();

	time_format(time_now(), now);
	json_object_set_new(record, "number", json_integer((json_int_t)number));
	json_object_set_new(record, "time", json_string(now));
	json_object_set_new(record, "actor", journal_text(actor));
	json_object_set_new(record, "action", journal_text(action));
	json_object_set_new(record, "object", journal_text(object));
	json_object_set_new(record, "reason", journal_text(reason));
	json_object_set_new(record, "detail", detail);
	text = json_dumps(record, JSON_SORT_KEYS | JSON_COMPACT);
	json_decref(record);
	return text;
}

bool
journal_add(struct store *s, const char *actor, const char *action,
    const char *object, const char *reason, const char *detail)
{
	json_t *parsed =
	    detail != NULL ? json_loads(detail, 0, NULL) : json_object();
	struct db_query *q;
	int64_t number = 0;
	char *text;

	store_lock(s);
	if (!json_is_object(parsed)) {
		db_fail(s->db, "journal: the detail of \"%s\" is not an object",
		    action);
		json_decref(parsed);
		return store_unlock(s, false);
	}
	q = store_change(s, "SELECT coalesce(max(number), 0) + 1 FROM journal");
	if (db_row(q))
		number = db_get_int(q);
	db_done(q);
	text = record_text(
	    (uint64_t)number, actor, action, object, reason, parsed);
	q = store_change(s, "INSERT INTO journal VALUES (?, ?)");
	db_put_int(q, number);
	db_put_bytes(q, bytes_of(text));
	db_run(q);
	free(text);
	return store_unlock(s, true);
}

/* ---- reading ---- */

/* Return the string member name of a record; "" if absent. */
static const char *
member(const json_t *record, const char *name)
{
	const char *s = json_string_value(json_object_get(record, name));

	return s != NULL ? s : "";
}

/* Pass one record to the callback; false if its bytes are not as written by
 * journal_add. */
static bool
pass(uint64_t number, struct bytes leaf,
    void (*each)(void *arg, const struct journal_record *r), void *arg)
{
	json_t *record = json_loadb(
	    (const char *)leaf.p, leaf.n, JSON_REJECT_DUPLICATES, NULL);
	json_t *detail = json_object_get(record, "detail");
	bool ok = json_is_object(detail) &&
	    json_integer_value(json_object_get(record, "number")) ==
	        (json_int_t)number;
	char *text;

	if (ok) {
		text = json_dumps(detail, JSON_SORT_KEYS | JSON_COMPACT);
		each(arg,
		    &(struct journal_record){ .number = number,
		        .time = member(record, "time"),
		        .actor = member(record, "actor"),
		        .action = member(record, "action"),
		        .object = member(record, "object"),
		        .reason = member(record, "reason"),
		        .detail = text,
		        .leaf = leaf });
		free(text);
	}
	json_decref(record);
	return ok;
}

bool
journal_each(struct store *s,
    void (*each)(void *arg, const struct journal_record *r), void *arg)
{
	struct db_query *q;
	int64_t *numbers;
	bool ok = true;
	size_t n;

	store_lock(s);
	q = store_ask(s, "SELECT number FROM journal ORDER BY number");
	numbers = store_rowids(q, &n);
	store_unlock(s, true);
	for (size_t i = 0; ok && i < n; i++) {
		struct blob leaf = { 0 };

		store_lock(s);
		q = store_ask(s, "SELECT record FROM journal WHERE number = ?");
		db_put_int(q, numbers[i]);
		if (db_row(q))
			leaf = db_get_blob(q);
		db_done(q);
		ok = store_unlock(s, true) &&
		    pass((uint64_t)numbers[i], blob_view(leaf), each, arg);
		blob_fini(&leaf);
	}
	free(numbers);
	return ok;
}

/* ---- checkpoints ---- */

/* Add the record at the row of q to the range; false if its number is wrong. */
static bool
add_leaf(struct db_query *q, struct merkle_range *r)
{
	struct merkle_hash leaf;
	uint64_t number = (uint64_t)db_get_int(q);
	struct bytes record = db_get_bytes(q);

	if (number != r->end + 1)
		return false;
	merkle_leaf_hash(record, &leaf);
	merkle_range_add(r, &leaf);
	return true;
}

static struct db_query *
all_records(struct store *s)
{
	return store_ask(
	    s, "SELECT number, record FROM journal ORDER BY number");
}

bool
journal_checkpoint(struct store *s, struct journal_checkpoint *out)
{
	struct merkle_range r;
	struct db_query *q;
	bool ok = true;

	merkle_range_init(&r, 0);
	store_lock(s);
	q = all_records(s);
	while (ok && db_row(q))
		ok = add_leaf(q, &r);
	db_done(q);
	out->size = r.end;
	merkle_range_root(&r, &out->root);
	return store_unlock(s, ok);
}

bool
journal_checkpoint_save(
    struct store *s, const struct journal_checkpoint *c, int64_t now)
{
	struct db_query *q;

	store_lock(s);
	q = store_change(s,
	    "INSERT INTO checkpoint (size, root, time)"
	    " SELECT ?1, ?2, ?3 WHERE NOT EXISTS"
	    " (SELECT 1 FROM checkpoint WHERE size = ?1 AND root = ?2)");
	db_put_int(q, (int64_t)c->size);
	db_put_digest(q, c->root.b);
	db_put_int(q, now);
	return store_unlock(s, db_run(q));
}

bool
journal_checkpoint_write(const struct journal_checkpoint *c, struct buf *out)
{
	char root[TEXT_BASE64_LEN(SHA256_SIZE) + 1];

	text_base64((struct bytes){ c->root.b, SHA256_SIZE }, root);
	return buf_printf(out, ORIGIN "\n%" PRIu64 "\n%s\n", c->size, root);
}

bool
journal_checkpoint_parse(struct bytes text, struct journal_checkpoint *out)
{
	struct bytes line;

	if (!bytes_until(&text, '\n', &line) || !bytes_is(line, ORIGIN) ||
	    !bytes_until(&text, '\n', &line) || line.n == 0 || line.n > 18)
		return false;
	out->size = 0;
	for (size_t i = 0; i < line.n; i++) {
		if (line.p[i] < '0' || line.p[i] > '9')
			return false;
		out->size = out->size * 10 + line.p[i] - '0';
	}
	return bytes_until(&text, '\n', &line) &&
	    text_unbase64_exact(line, out->root.b, SHA256_SIZE);
}

/* ---- verification ---- */

/* Compare r, the current tree, with c if c has that size. */
static bool
agrees(const struct merkle_range *r, const struct journal_checkpoint *c,
    const char *whose, struct buf *error)
{
	struct merkle_hash root;

	if (c->size != r->end)
		return true;
	merkle_range_root(r, &root);
	if (merkle_equal(&root, &c->root))
		return true;
	buf_printf(error,
	    "journal: records 1 to %" PRIu64
	    " do not match %s: a record was changed, removed or inserted",
	    c->size, whose);
	return false;
}

/* Return the stored checkpoints by size; the caller frees. */
static struct journal_checkpoint *
kept(struct store *s, size_t *n)
{
	struct journal_checkpoint *v = NULL;
	struct db_query *q =
	    store_ask(s, "SELECT size, root FROM checkpoint ORDER BY size");

	for (*n = 0; db_row(q); (*n)++) {
		v = mem_grow(v, *n, sizeof *v);
		v[*n].size = (uint64_t)db_get_int(q);
		db_get_digest(q, v[*n].root.b);
	}
	return v;
}

static bool
verify(struct store *s, const struct journal_checkpoint *v, size_t n,
    const struct journal_checkpoint *since, struct merkle_range *r,
    struct buf *error)
{
	struct db_query *q = all_records(s);
	bool ok = true;
	size_t i = 0;

	for (;;) {
		for (; ok && i < n && v[i].size == r->end; i++)
			ok = agrees(r, &v[i], "a stored checkpoint", error);
		if (ok && since != NULL)
			ok = agrees(r, since, "the given checkpoint", error);
		if (!ok || !db_row(q))
			break;
		if (!add_leaf(q, r)) {
			buf_printf(error,
			    "journal: record %" PRIu64 " is missing",
			    r->end + 1);
			ok = false;
			break;
		}
	}
	db_done(q);
	if (ok && (i < n || (since != NULL && since->size > r->end))) {
		buf_printf(error,
		    "journal: records were removed at the end: there are "
		    "%" PRIu64 ", but a checkpoint of %" PRIu64,
		    r->end, i < n ? v[n - 1].size : since->size);
		ok = false;
	}
	return ok;
}

bool
journal_verify(struct store *s, const struct journal_checkpoint *since,
    struct journal_checkpoint *now, struct buf *error)
{
	struct journal_checkpoint *v;
	struct merkle_range r;
	size_t n;
	bool ok;

	merkle_range_init(&r, 0);
	store_lock(s);
	v = kept(s, &n);
	ok = verify(s, v, n, since, &r, error);
	free(v);
	if (ok && *db_error(s->db) != '\0')
		buf_add_text(error, db_error(s->db));
	now->size = r.end;
	merkle_range_root(&r, &now->root);
	return store_unlock(s, ok);
}
