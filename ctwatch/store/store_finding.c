/* SPDX-License-Identifier: Apache-2.0 */
/* Findings, their times, and decisions about them. */
#include <stdlib.h>
#include <string.h>

#include "store/finding_digest.h"
#include "store/store_private.h"
#include <ctwatch/base/mem.h>
#include <ctwatch/base/text.h>
#include <ctwatch/base/time.h>
#include <ctwatch/policy/rules.h>
#include <ctwatch/store/store_response.h>

#define COLUMNS                                                                \
	"id, rule, severity, status, tbs, subject, message, detail,"           \
	" first_seen, last_seen, first_run, last_run, reason, until, changed"

/* Closed permanently: by a user, or because the certificate was revoked. */
#define STAYS_CLOSED                                                           \
	"(coalesce(reason, '') LIKE 'by hand%' OR"                             \
	" coalesce(reason, '') LIKE 'revoked %')"

bool
store_finding_save(struct store *s, const struct store_finding *f)
{
	struct db_query *q;
	char *was;
	bool ok;

	finding_digest_before(s);
	store_lock(s);
	was = finding_digest_row(s, f->id);
	/* ?15 closed, ?4 the status that a finding opens with. */
	q = store_change(s,
	    "INSERT INTO finding (" COLUMNS ")"
	    " VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12,"
	    " ?13, ?14, ?16) ON CONFLICT (id) DO UPDATE SET"
	    " severity = excluded.severity, message = excluded.message,"
	    " subject = excluded.subject, detail = excluded.detail,"
	    " first_seen = min(first_seen, excluded.first_seen),"
	    " last_seen = max(last_seen, excluded.last_seen),"
	    " last_run = max(last_run, excluded.last_run),"
	    " changed = iif(status = ?15 AND ?4 <> ?15 AND"
	    "  NOT " STAYS_CLOSED ", ?16, changed),"
	    " status = iif(status = ?15 AND"
	    "  NOT " STAYS_CLOSED ", ?4, status),"
	    " first_run = iif(status = ?15 AND"
	    "  NOT " STAYS_CLOSED ","
	    "  excluded.first_run, first_run),"
	    " reason = iif(status = ?15 AND"
	    "  NOT " STAYS_CLOSED ","
	    "  excluded.reason, reason)");
	db_put_text(q, f->id);
	db_put_text(q, f->rule);
	db_put_int(q, f->severity);
	db_put_int(q, f->status);
	db_put_digest(q, f->tbs_sha256);
	db_put_text(q, f->subject);
	db_put_text(q, f->message);
	db_put_text(q, f->detail);
	db_put_int(q, f->first_seen);
	db_put_int(q, f->last_seen);
	db_put_int(q, f->first_run);
	db_put_int(q, f->last_run);
	db_put_text(q, f->reason);
	db_put_int(q, f->until);
	db_put_int(q, STORE_CLOSED);
	db_put_int(q, time_now());
	ok = db_run(q);
	finding_digest_compare(s, f->id, was);
	return store_unlock(s, ok);
}

static void
get_finding(struct db_query *q, struct store_finding *out)
{
	struct bytes id;

	memset(out, 0, sizeof *out);
	id = db_get_bytes(q);
	if (id.n < sizeof out->id)
		memcpy(out->id, id.p, id.n);
	out->rule = db_get_text(q);
	out->severity = (int)db_get_int(q);
	out->status = (enum store_status)db_get_int(q);
	db_get_digest(q, out->tbs_sha256);
	out->subject = db_get_text(q);
	out->message = db_get_text(q);
	out->detail = db_get_text(q);
	out->first_seen = db_get_int(q);
	out->last_seen = db_get_int(q);
	out->first_run = db_get_int(q);
	out->last_run = db_get_int(q);
	out->reason = db_get_text(q);
	out->until = db_get_int(q);
	out->changed = db_get_int(q);
}

bool
store_finding_load(
    struct store *s, const char *id_prefix, struct store_finding *out)
{
	struct store_finding next;
	struct db_query *q;
	bool found;

	store_lock(s);
	q = store_ask(s,
	    /* 'g' sorts after every hex digit */
	    "SELECT " COLUMNS " FROM finding WHERE id IN ("
	    " SELECT id FROM finding"
	    "  WHERE id >= lower(?1) AND id < lower(?1) || 'g'"
	    " UNION SELECT id FROM finding_old"
	    "  WHERE old >= lower(?1) AND old < lower(?1) || 'g')"
	    " ORDER BY id <> ?1 LIMIT 2");
	db_put_text(q, id_prefix);
	if ((found = db_row(q))) {
		get_finding(q, out);
		if (strlen(id_prefix) < strlen(out->id) && db_row(q)) {
			get_finding(q, &next);
			store_finding_fini(&next);
			store_finding_fini(out);
			found = false;
		}
	}
	db_done(q);
	return store_unlock(s, found);
}

bool
store_finding_status(struct store *s, const char *id, enum store_status status,
    int64_t until, const char *reason)
{
	struct db_query *q;
	bool ok;

	finding_digest_before(s);
	store_lock(s);
	q = store_change(s,
	    "UPDATE finding SET status = ?, until = ?, reason = ?,"
	    " changed = ? WHERE id = ?");
	db_put_int(q, status);
	db_put_int(q, until);
	db_put_text(q, reason);
	db_put_int(q, time_now());
	db_put_text(q, id);
	ok = db_run(q) && db_changes(s->db) == 1;
	finding_digest_changed(s, ok);
	return store_unlock(s, ok);
}

/* Select the findings whose suppression has ended. */
#define ENDED "status = ?1 AND until <= ?2"

static bool
has_ended_suppression(struct store *s, int64_t now)
{
	struct db_query *q;
	bool found;

	store_lock(s);
	q = store_ask(s, "SELECT 1 FROM finding WHERE " ENDED " LIMIT 1");
	db_put_int(q, STORE_SUPPRESSED);
	db_put_int(q, now);
	found = db_row(q);
	db_done(q);
	return store_unlock(s, found);
}

bool
store_finding_end_suppressions(struct store *s, int64_t now)
{
	struct db_query *q;
	bool ok;

	if (has_ended_suppression(s, now))
		finding_digest_before(s);
	store_lock(s);
	q = store_change(s,
	    "UPDATE finding SET status = ?3, reason = NULL, until = 0"
	    " WHERE " ENDED);
	db_put_int(q, STORE_SUPPRESSED);
	db_put_int(q, now);
	db_put_int(q, STORE_OPEN);
	ok = db_run(q);
	finding_digest_changed(s, db_changes(s->db));
	return store_unlock(s, ok);
}

/* Step through the n findings in these rows, which are freed. */
static bool
step_through(struct store *s, int64_t *ids, size_t n,
    void (*each)(void *arg, const struct store_finding *f), void *arg)
{
	struct store_finding f;
	struct db_query *q;

	for (size_t i = 0; i < n; i++) {
		bool found;

		store_lock(s);
		q = store_ask(
		    s, "SELECT " COLUMNS " FROM finding WHERE rowid = ?");
		db_put_int(q, ids[i]);
		if ((found = db_row(q)))
			get_finding(q, &f);
		db_done(q);
		store_unlock(s, true);
		if (found) {
			each(arg, &f);
			store_finding_fini(&f);
		}
	}
	free(ids);
	store_lock(s);
	return store_unlock(s, true);
}

/* Step through the findings in the rows that q selects; unlock the store, which
 * was locked for q. */
static bool
step_through_rows(struct store *s, struct db_query *q,
    void (*each)(void *arg, const struct store_finding *f), void *arg)
{
	size_t n;
	int64_t *ids = store_rowids(q, &n);

	store_unlock(s, true);
	return step_through(s, ids, n, each, arg);
}

bool
store_findings_each(struct store *s,
    void (*each)(void *arg, const struct store_finding *f), void *arg)
{
	struct db_query *q;

	store_lock(s);
	q = store_ask(s,
	    "SELECT rowid FROM finding"
	    " ORDER BY severity DESC, first_seen, id");
	return step_through_rows(s, q, each, arg);
}

uint8_t (*store_findings_certs(
    struct store *s, int severity, size_t *n))[SHA256_SIZE]
{
	uint8_t(*v)[SHA256_SIZE] = NULL;
	struct db_query *q;

	store_lock(s);
	q = store_ask(s,
	    "SELECT tbs FROM finding WHERE status <> ? AND severity >= ?"
	    " AND tbs <> zeroblob(32) ORDER BY severity DESC, first_seen, id");
	db_put_int(q, STORE_CLOSED);
	db_put_int(q, severity);
	for (*n = 0; db_row(q); ++*n) {
		v = mem_grow(v, *n, sizeof *v);
		db_get_digest(q, v[*n]);
	}
	store_unlock(s, true);
	return v;
}

/* The time that the report found for the end of the certificate's validity, if
 * nothing changed since. */
#define NOT_AFTER                                                              \
	"(SELECT not_after FROM item WHERE kind = 0 AND item.id = finding.id"  \
	"  AND until = 9223372036854775807 AND NOT outdated)"

bool
store_findings_ending_each(struct store *s,
    const struct store_findings_ending *e,
    void (*each)(void *arg, const struct store_finding *f), void *arg)
{
	uint8_t tbs[SHA256_SIZE];
	struct db_query *q;
	int64_t *ids = NULL;
	size_t n = 0;

	store_lock(s);
	q = store_ask(s,
	    "SELECT rowid, tbs, status <> ?1 AND last_run < ?2 AS left,"
	    " iif(status = ?1, reason = ?3 AND"
	    "  NOT coalesce(" NOT_AFTER " BETWEEN 1 AND ?4 - 1, 0),"
	    "  NOT coalesce(" NOT_AFTER " BETWEEN ?4 AND"
	    "   9223372036854775806, 0)) AS ending"
	    " FROM finding WHERE tbs <> zeroblob(32) AND (left OR ending)"
	    " ORDER BY severity DESC, first_seen, id");
	db_put_int(q, STORE_CLOSED);
	db_put_int(q, e->judged != NULL ? e->run : 0);
	db_put_text(q, e->expired);
	db_put_int(q, e->now);
	while (db_row(q)) {
		int64_t id = db_get_int(q);
		bool left, ending;

		db_get_digest(q, tbs);
		left = db_get_int(q) != 0;
		ending = db_get_int(q) != 0;
		if (!ending && !(left && e->judged(arg, tbs)))
			continue;
		ids = mem_grow(ids, n, sizeof *ids);
		ids[n++] = id;
	}
	store_unlock(s, true);
	return step_through(s, ids, n, each, arg);
}

bool
store_findings_response_each(struct store *s, const char *first,
    const char *last, int64_t now,
    void (*each)(void *arg, const struct store_finding *f), void *arg)
{
	struct db_query *q;

	store_lock(s);
	q = store_ask(s,
	    "SELECT rowid FROM finding WHERE status <> ?1"
	    " AND tbs <> zeroblob(32) AND tbs IN ("
	    " SELECT tbs FROM revocation"
	    "  WHERE status = ?2 OR status = ?3 AND url IS NOT NULL"
	    " UNION SELECT tbs FROM finding"
	    "  WHERE rule BETWEEN ?4 AND ?5 AND status <> ?1"
	    " UNION SELECT f.tbs FROM problem_report r"
	    "  JOIN finding f ON f.id = r.finding"
	    "  WHERE r.due <> 0 AND r.due < ?6 AND f.status <> ?1)"
	    " ORDER BY severity DESC, first_seen, id");
	db_put_int(q, STORE_CLOSED);
	db_put_int(q, STORE_REVOCATION_REVOKED);
	db_put_int(q, STORE_REVOCATION_UNKNOWN);
	db_put_text(q, first);
	db_put_text(q, last);
	db_put_int(q, now);
	return step_through_rows(s, q, each, arg);
}

bool
store_findings_open_each(struct store *s, const char *first, const char *last,
    void (*each)(void *arg, const struct store_finding *f), void *arg)
{
	struct db_query *q;

	store_lock(s);
	q = store_ask(s,
	    "SELECT rowid FROM finding WHERE rule BETWEEN ? AND ?"
	    " AND status <> ? ORDER BY severity DESC, first_seen, id");
	db_put_text(q, first);
	db_put_text(q, last);
	db_put_int(q, STORE_CLOSED);
	return step_through_rows(s, q, each, arg);
}

void
store_finding_fini(struct store_finding *f)
{
	free(f->rule);
	free(f->subject);
	free(f->message);
	free(f->detail);
	free(f->reason);
	f->rule = f->subject = f->message = f->detail = f->reason = NULL;
}

/* ---- schema step 6 ---- */

/* A row of the old table, and the ID that it gets. */
struct old_row {
	int64_t rowid;
	char *rule;
	uint8_t tbs[SHA256_SIZE];
	char id[2 * SHA256_SIZE + 1];
};

static void
new_id(struct old_row *row)
{
	const struct rules_rule *rule = rules_find(row->rule);
	char tbs[2 * SHA256_SIZE + 1];
	const char *field = tbs;

	text_hex((struct bytes){ row->tbs, SHA256_SIZE }, tbs);
	if (rule != NULL && rule->key == RULES_CERT)
		rules_fingerprint(rule, &field, 1, row->id);
}

/* Findings about certificates, the one first whose status is kept. */
static struct old_row *
load_rows(struct db *db, size_t *n)
{
	struct old_row *v = NULL;
	struct db_query *q = db_query(db,
	    "SELECT rowid, rule, tbs FROM finding WHERE tbs <> zeroblob(32)"
	    " ORDER BY status, coalesce(reason, '') NOT LIKE 'by hand%',"
	    " until DESC, changed DESC, severity DESC, id");

	for (*n = 0; db_row(q); ++*n) {
		v = mem_grow(v, *n, sizeof *v);
		v[*n] = (struct old_row){ .rowid = db_get_int(q) };
		v[*n].rule = db_get_text(q);
		db_get_digest(q, v[*n].tbs);
		new_id(&v[*n]);
	}
	return v;
}

/* Move a row to its new ID, or merge it with the row there. */
static void
move_row(struct db *db, const struct old_row *row)
{
	struct db_query *q = db_query(db,
	    "INSERT OR IGNORE INTO finding_old"
	    " SELECT id, ?1 FROM finding WHERE rowid = ?2 AND id <> ?1");

	db_put_text(q, row->id);
	db_put_int(q, row->rowid);
	db_run(q);
	q = db_query(db,
	    "UPDATE finding SET severity = max(finding.severity, o.severity),"
	    " first_seen = min(finding.first_seen, o.first_seen),"
	    " last_seen = max(finding.last_seen, o.last_seen),"
	    " first_run = min(finding.first_run, o.first_run),"
	    " last_run = max(finding.last_run, o.last_run)"
	    " FROM (SELECT * FROM finding WHERE rowid = ?2) o"
	    " WHERE finding.id = ?1 AND finding.rowid <> ?2");
	db_put_text(q, row->id);
	db_put_int(q, row->rowid);
	db_run(q);
	q = db_query(db,
	    db_changes(db) > 0 ? "DELETE FROM finding WHERE ?1 <> '' AND"
	                         " rowid = ?2"
	                       : "UPDATE finding SET id = ?1"
	                         " WHERE rowid = ?2");
	db_put_text(q, row->id);
	db_put_int(q, row->rowid);
	db_run(q);
}

void
store_finding_migrate(struct db *db)
{
	size_t n;
	struct old_row *v = load_rows(db, &n);

	for (size_t i = 0; i < n; i++) {
		if (*v[i].id != '\0')
			move_row(db, &v[i]);
		free(v[i].rule);
	}
	free(v);
}
