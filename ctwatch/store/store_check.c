/* SPDX-License-Identifier: Apache-2.0 */
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "store/finding_digest.h"
#include <ctwatch/base/text.h>
#include <ctwatch/wire/cert.h>
#include <ctwatch/wire/leaf.h>

/* The result of PRAGMA integrity_check for an undamaged database. */
#define SOUND "ok"

/* Add a line for each row of the query except SOUND. */
static void
run_check(
    struct store *s, const char *sql, const char *what, struct buf *faults)
{
	struct db_query *q = store_ask(s, sql);

	while (db_row(q)) {
		char *text = db_get_text(q);

		if (text == NULL || strcmp(text, SOUND) != 0)
			buf_printf(faults, "%s: %s\n", what,
			    text != NULL ? text : "damaged");
		free(text);
	}
}

static void
check_tables(struct store *s, struct buf *faults)
{
	store_lock(s);
	/* From SQLite 3.46 on, the table-valued form takes its argument as a
	 * table name. */
	run_check(s, "PRAGMA integrity_check(20)", "database", faults);
	run_check(s,
	    "SELECT \"table\" || ' names a ' || parent || ' that is not there'"
	    " FROM pragma_foreign_key_check LIMIT 20",
	    "database", faults);
	run_check(s,
	    "SELECT hex(l.id) || ' has a sighting at ' || x.idx"
	    " || ', beyond its position' FROM sighting x"
	    " JOIN log_number n ON n.number = x.log JOIN log l ON l.id = n.log"
	    " WHERE x.idx >= l.next LIMIT 20",
	    "log", faults);
	run_check(s,
	    "SELECT 'key names a certificate ' || cert || ' that is not there'"
	    " FROM key WHERE cert NOT IN (SELECT id FROM cert) LIMIT 20",
	    "database", faults);
	store_unlock(s, true);
}

/* Return what is wrong with the log at the row of q, or NULL. */
static const char *
log_fault(struct db_query *q)
{
	struct merkle_range r;
	struct merkle_hash root;
	struct bytes want;
	uint64_t size = (uint64_t)db_get_int(q);

	if (!store_take_range(q, size, &r))
		return "its hashes do not match its position";
	size = (uint64_t)db_get_int(q);
	if (!store_take_range(q, size, &r))
		return "its verified hashes do not match its verified position";
	want = db_get_bytes(q);
	merkle_range_root(&r, &root);
	if (want.n > 0 &&
	    !bytes_equal(want, (struct bytes){ root.b, SHA256_SIZE }))
		return "its hashes do not give the verified root";
	return NULL;
}

static void
check_logs(struct store *s, struct buf *faults)
{
	struct db_query *q;

	store_lock(s);
	q = store_ask(s,
	    "SELECT coalesce(description, hex(id)), next, nodes, verified,"
	    " proved, (SELECT root FROM head WHERE log = l.id"
	    "  AND size = l.verified AND state = ?)"
	    " FROM log l WHERE nodes IS NOT NULL");
	db_put_int(q, STORE_HEAD_PROVED);
	while (db_row(q)) {
		char *name = db_get_text(q);
		const char *fault = log_fault(q);

		if (fault != NULL) {
			buf_add_text(faults, "log ");
			text_escape(faults, bytes_of(name));
			buf_printf(faults, ": %s\n", fault);
		}
		free(name);
	}
	store_unlock(s, true);
}

static void
check_cert(void *arg, const struct store_cert *c)
{
	struct buf *faults = arg;
	uint8_t tbs[SHA256_SIZE];
	char hex[2 * SHA256_SIZE + 1];
	struct cert cert;

	leaf_parse_cert(c->kind, c->der, &cert);
	cert_tbs_hash(&cert, tbs);
	if (memcmp(tbs, c->tbs_sha256, SHA256_SIZE) == 0)
		return;
	text_hex((struct bytes){ c->tbs_sha256, SHA256_SIZE }, hex);
	buf_printf(faults, "certificate %s: its bytes were changed\n", hex);
}

static void
check_issuers(struct store *s, struct buf *faults)
{
	struct db_query *q;

	store_lock(s);
	q = store_ask(s, "SELECT sha256, der FROM issuer");
	while (db_row(q)) {
		uint8_t want[SHA256_SIZE], got[SHA256_SIZE];
		char hex[2 * SHA256_SIZE + 1];

		db_get_digest(q, want);
		sha256_digest(db_get_bytes(q), got);
		text_hex((struct bytes){ want, SHA256_SIZE }, hex);
		if (memcmp(got, want, SHA256_SIZE) != 0)
			buf_printf(
			    faults, "issuer %s: its bytes were changed\n", hex);
	}
	store_unlock(s, true);
}

bool
store_check(struct store *s, struct buf *faults)
{
	size_t before = faults->n;

	check_tables(s, faults);
	check_logs(s, faults);
	store_certs_each(s, check_cert, faults);
	check_issuers(s, faults);
	finding_digest_check(s, faults);
	if (*store_error(s) != '\0')
		buf_printf(faults, "%s\n", store_error(s));
	return faults->n == before;
}
