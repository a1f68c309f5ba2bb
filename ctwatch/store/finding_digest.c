/* SPDX-License-Identifier: Apache-2.0 */
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include <jansson.h>

#include "store/finding_digest.h"
#include <ctwatch/base/mem.h>
#include <ctwatch/base/text.h>
#include <ctwatch/store/journal.h>

#define RECORDED "findings-recorded"
#define OUTSIDE  "findings-changed-outside"

/* What the digest covers of a finding: one line of JSON. */
#define LINE                                                                   \
	"json_array(id, rule, severity, status, hex(tbs), subject,"            \
	" message, detail, first_seen, reason, until, changed)"

/* The last record of a digest; number 0 if there is none. */
struct last {
	int64_t number, schema;
	char hex[2 * SHA256_SIZE + 1];
};

static int64_t
schema_version(struct store *s)
{
	struct db_query *q = store_ask(s, "PRAGMA user_version");
	int64_t version = 0;

	if (db_row(q))
		version = db_get_int(q);
	db_done(q);
	return version;
}

/* Return the digest of all findings in the order of ids. */
static void
compute(struct store *s, char hex[static 2 * SHA256_SIZE + 1])
{
	uint8_t digest[SHA256_SIZE] = { 0 };
	struct db_query *q =
	    store_ask(s, "SELECT " LINE " FROM finding ORDER BY id");

	while (db_row(q)) {
		char *line = db_get_text(q);
		const struct bytes parts[] = { { digest, SHA256_SIZE },
			bytes_of(line != NULL ? line : "") };

		sha256_parts(parts, 2, digest);
		free(line);
	}
	db_done(q);
	text_hex((struct bytes){ digest, SHA256_SIZE }, hex);
}

static void
load_last(struct store *s, struct last *out)
{
	struct db_query *q = store_ask(s,
	    "SELECT number, json_extract(CAST(record AS TEXT),"
	    " '$.detail.schema'), json_extract(CAST(record AS TEXT),"
	    " '$.detail.sha256') FROM journal WHERE instr(CAST(record AS TEXT),"
	    " '\"action\":\"" RECORDED "\"') > 0 ORDER BY number DESC LIMIT 1");

	*out = (struct last){ .number = 0 };
	if (db_row(q)) {
		char *hex;

		out->number = db_get_int(q);
		out->schema = db_get_int(q);
		hex = db_get_text(q);
		if (hex != NULL && strlen(hex) < sizeof out->hex)
			memcpy(out->hex, hex, strlen(hex) + 1);
		free(hex);
	}
	db_done(q);
}

/* Report whether the findings, whose digest is hex, differ from the last record
 * of this schema version. */
static bool
differs(
    struct store *s, struct last *last, char hex[static 2 * SHA256_SIZE + 1])
{
	load_last(s, last);
	compute(s, hex);
	return last->number > 0 && last->schema == schema_version(s) &&
	    strcmp(last->hex, hex) != 0;
}

static void
record(struct store *s, const char *action, int64_t schema, const char *hex)
{
	char *detail = mem_printf(
	    "{\"schema\": %" PRId64 ", \"sha256\": \"%s\"}", schema, hex);

	journal_add(s, "ctwatch", action, "findings", "", detail);
	free(detail);
}

void
finding_digest_before(struct store *s)
{
	struct last last;
	bool outside;
	int64_t schema;

	store_lock(s);
	if (s->findings_changed) {
		store_unlock(s, true);
		return;
	}
	s->findings_changed = true;
	s->findings_differ = false;
	outside = differs(s, &last, s->findings_digest);
	schema = schema_version(s);
	store_unlock(s, true);
	if (outside)
		record(s, OUTSIDE, schema, s->findings_digest);
}

void
finding_digest_changed(struct store *s, int64_t n)
{
	s->findings_differ = s->findings_differ || n > 0;
}

static char *
load_line(struct store *s, const char *id)
{
	struct db_query *q =
	    store_ask(s, "SELECT " LINE " FROM finding WHERE id = ?");
	char *line = NULL;

	db_put_text(q, id);
	if (db_row(q))
		line = db_get_text(q);
	db_done(q);
	return line;
}

char *
finding_digest_row(struct store *s, const char *id)
{
	return s->findings_differ ? NULL : load_line(s, id);
}

void
finding_digest_compare(struct store *s, const char *id, char *was)
{
	char *is;

	if (!s->findings_differ) {
		is = load_line(s, id);
		s->findings_differ =
		    was == NULL || is == NULL || strcmp(was, is) != 0;
		free(is);
	}
	free(was);
}

void
finding_digest_after(struct store *s)
{
	char hex[2 * SHA256_SIZE + 1];
	struct last last;
	int64_t schema;
	bool news;

	store_lock(s);
	if (!s->findings_changed) {
		store_unlock(s, true);
		return;
	}
	s->findings_changed = false;
	if (s->findings_differ) {
		differs(s, &last, hex);
	} else {
		load_last(s, &last);
		memcpy(hex, s->findings_digest, sizeof hex);
	}
	schema = schema_version(s);
	news = last.number == 0 || last.schema != schema ||
	    strcmp(last.hex, hex) != 0;
	store_unlock(s, true);
	if (news)
		record(s, RECORDED, schema, hex);
}

void
finding_digest_check(struct store *s, struct buf *faults)
{
	char hex[2 * SHA256_SIZE + 1];
	struct db_query *q;
	struct last last;

	store_lock(s);
	if (differs(s, &last, hex))
		buf_printf(faults,
		    "findings: changed, added or deleted outside the program "
		    "since record %" PRId64 " of the journal\n",
		    last.number);
	q = store_ask(s,
	    "SELECT number FROM journal WHERE instr(CAST(record AS TEXT),"
	    " '\"action\":\"" OUTSIDE "\"') > 0 ORDER BY number");
	while (db_row(q))
		buf_printf(faults,
		    "findings: changed, added or deleted outside the program "
		    "before record %" PRId64 " of the journal\n",
		    db_get_int(q));
	store_unlock(s, true);
}
