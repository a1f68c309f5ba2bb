/* SPDX-License-Identifier: Apache-2.0 */
#include <inttypes.h>
#include <stdlib.h>

#include "store/schema.h"
#include "store/store_content.h"
#include "store/store_private.h"
#include <ctwatch/base/mem.h>

/* "CTWS", big-endian: identifies a state file. */
#define APPLICATION_ID 1129600851

/* Small columns come first, so that a scan of them does not read the overflow
 * pages of large ones. */
static const char *const steps[] = {
	/* 0: logs, certificates and sightings, findings */
	"CREATE TABLE log ("
	" id BLOB PRIMARY KEY, description TEXT, operator TEXT, url TEXT,"
	" submission_url TEXT, key BLOB NOT NULL, mmd INTEGER NOT NULL,"
	" start INTEGER NOT NULL, is_static INTEGER NOT NULL, first INTEGER "
	"NOT NULL,"
	" next INTEGER NOT NULL, verified INTEGER NOT NULL,"
	" page INTEGER NOT NULL, added INTEGER NOT NULL,"
	" progress INTEGER NOT NULL, mismatches INTEGER NOT NULL,"
	" listed INTEGER NOT NULL,"
	" nodes BLOB, proved BLOB"
	") WITHOUT ROWID;"
	"CREATE TABLE head ("
	" id INTEGER PRIMARY KEY,"
	" log BLOB NOT NULL REFERENCES log DEFERRABLE INITIALLY DEFERRED,"
	" size INTEGER NOT NULL, timestamp INTEGER NOT NULL,"
	" root BLOB NOT NULL, seen INTEGER NOT NULL, state INTEGER NOT NULL,"
	" signature BLOB NOT NULL, raw BLOB NOT NULL,"
	" UNIQUE (log, size, timestamp, root));"
	"CREATE TABLE cert ("
	" id INTEGER PRIMARY KEY, tbs BLOB NOT NULL UNIQUE,"
	" kind INTEGER NOT NULL, judged BLOB,"
	" first_seen INTEGER NOT NULL, last_seen INTEGER NOT NULL,"
	" issuer_key_hash BLOB NOT NULL, chain_complete INTEGER NOT NULL,"
	" der BLOB NOT NULL, precert BLOB NOT NULL, chain BLOB NOT NULL);"
	/* A forked log may serve two leaves at one index. */
	"CREATE TABLE sighting ("
	" log BLOB NOT NULL REFERENCES log DEFERRABLE INITIALLY DEFERRED,"
	" idx INTEGER NOT NULL, leaf_hash BLOB NOT NULL,"
	" tbs BLOB NOT NULL REFERENCES cert (tbs),"
	" timestamp INTEGER NOT NULL, kind INTEGER NOT NULL,"
	" notes INTEGER NOT NULL, PRIMARY KEY (log, idx, leaf_hash)"
	") WITHOUT ROWID;"
	"CREATE INDEX sighting_tbs ON sighting (tbs, log, idx);"
	"CREATE TABLE refused ("
	" id INTEGER PRIMARY KEY,"
	" log BLOB NOT NULL REFERENCES log DEFERRABLE INITIALLY DEFERRED,"
	" idx INTEGER NOT NULL, seen INTEGER NOT NULL, reason TEXT NOT NULL,"
	" match TEXT, leaf_input BLOB NOT NULL, UNIQUE (log, idx));"
	"CREATE INDEX refused_seen ON refused (seen);"
	"CREATE TABLE gap ("
	" log BLOB NOT NULL REFERENCES log DEFERRABLE INITIALLY DEFERRED,"
	" start INTEGER NOT NULL, stop INTEGER NOT NULL,"
	" unproved INTEGER NOT NULL, reason TEXT NOT NULL,"
	" PRIMARY KEY (log, start)) WITHOUT ROWID;"
	"CREATE TABLE finding ("
	" id TEXT PRIMARY KEY, rule TEXT NOT NULL,"
	" severity INTEGER NOT NULL, status INTEGER NOT NULL,"
	" tbs BLOB NOT NULL, subject TEXT, message TEXT, detail TEXT,"
	" first_seen INTEGER NOT NULL, last_seen INTEGER NOT NULL,"
	" first_run INTEGER NOT NULL, last_run INTEGER NOT NULL,"
	" reason TEXT, until INTEGER NOT NULL);"
	"CREATE INDEX finding_tbs ON finding (tbs);"
	"CREATE TABLE run ("
	" number INTEGER PRIMARY KEY, started INTEGER NOT NULL,"
	" ended INTEGER, exit_status INTEGER, report BLOB);"
	"CREATE TABLE issuer (sha256 BLOB PRIMARY KEY, der BLOB NOT NULL);"
	"CREATE TABLE value (name TEXT PRIMARY KEY, value BLOB NOT NULL);",
	/* 1: the journal */
	"CREATE TABLE journal (number INTEGER PRIMARY KEY,"
	" record BLOB NOT NULL);"
	"CREATE TABLE checkpoint (size INTEGER NOT NULL, root BLOB NOT NULL,"
	" time INTEGER NOT NULL, PRIMARY KEY (size, root)) WITHOUT ROWID;",
	/* 2: the first certificate of each key; the time of a finding's
	 * change */
	"CREATE TABLE key (spki BLOB PRIMARY KEY, tbs BLOB NOT NULL,"
	" timestamp INTEGER NOT NULL) WITHOUT ROWID;"
	"ALTER TABLE finding ADD COLUMN changed INTEGER NOT NULL DEFAULT 0;",
	/* 3: the outbox */
	"CREATE TABLE outbox ("
	" number INTEGER PRIMARY KEY AUTOINCREMENT, channel TEXT NOT NULL,"
	" key TEXT NOT NULL, created INTEGER NOT NULL,"
	" tries INTEGER NOT NULL DEFAULT 0, error TEXT,"
	" payload BLOB NOT NULL, UNIQUE (channel, key));",
	/* 4: extra_data of rejected entries */
	"ALTER TABLE refused ADD COLUMN extra_data BLOB NOT NULL DEFAULT x'';",
	/* 5: verified sightings by one definition; keys of certificates; no
	 * certificate without sighting */
	"CREATE VIEW verified_sighting AS SELECT x.* FROM sighting x"
	" JOIN log l ON l.id = x.log WHERE x.idx < l.verified"
	" AND NOT EXISTS (SELECT 1 FROM gap g WHERE g.log = x.log"
	"  AND g.start <= x.idx AND x.idx < g.stop AND g.unproved);"
	"DELETE FROM cert WHERE NOT EXISTS"
	" (SELECT 1 FROM sighting x WHERE x.tbs = cert.tbs);"
	"DROP TABLE key;"
	"CREATE TABLE key (tbs BLOB PRIMARY KEY"
	" REFERENCES cert (tbs) ON DELETE CASCADE, spki BLOB NOT NULL"
	") WITHOUT ROWID;"
	"CREATE INDEX key_spki ON key (spki);"
	"UPDATE cert SET judged = NULL;",
	/* 6: one finding per certificate and rule (store_finding.c); names of
	 * certificates are recorded like keys */
	"CREATE TABLE finding_old ("
	" old TEXT PRIMARY KEY, id TEXT NOT NULL) WITHOUT ROWID;"
	"DROP TABLE key;"
	"CREATE TABLE key (tbs BLOB NOT NULL"
	" REFERENCES cert (tbs) ON DELETE CASCADE, spki BLOB NOT NULL,"
	" PRIMARY KEY (tbs, spki)) WITHOUT ROWID;"
	"CREATE INDEX key_spki ON key (spki);",
	/* 7: discard issuers of final certificates: their chains were not
	 * verified */
	"UPDATE cert SET issuer_key_hash = zeroblob(32), judged = NULL"
	" WHERE kind = 0;",
	/* 8: first run and first entry of each log for watched items */
	"CREATE TABLE watched (item TEXT PRIMARY KEY, run INTEGER NOT NULL,"
	" matched INTEGER NOT NULL, seen INTEGER NOT NULL) WITHOUT ROWID;"
	"CREATE TABLE searched (run INTEGER NOT NULL, log BLOB NOT NULL,"
	" first INTEGER NOT NULL, PRIMARY KEY (run, log)) WITHOUT ROWID;",
	/* 9: inclusion proofs of sightings; revocation status of certificates;
	 * problem reports that were sent */
	"CREATE TABLE proof ("
	" id INTEGER PRIMARY KEY, log BLOB NOT NULL, idx INTEGER NOT NULL,"
	" leaf_hash BLOB NOT NULL, size INTEGER NOT NULL,"
	" timestamp INTEGER NOT NULL, root BLOB NOT NULL,"
	" signature BLOB NOT NULL, path BLOB NOT NULL, raw BLOB NOT NULL,"
	" UNIQUE (log, idx, leaf_hash));"
	"CREATE TABLE revocation ("
	" tbs BLOB PRIMARY KEY, status INTEGER NOT NULL,"
	" reason INTEGER NOT NULL, date INTEGER NOT NULL, url TEXT,"
	" crl_sha256 BLOB, this_update INTEGER NOT NULL,"
	" checked INTEGER NOT NULL, why TEXT) WITHOUT ROWID;"
	"CREATE TABLE crl ("
	" url TEXT PRIMARY KEY, etag TEXT, number BLOB NOT NULL)"
	" WITHOUT ROWID;"
	"CREATE TABLE problem_report ("
	" finding TEXT PRIMARY KEY, sent INTEGER NOT NULL,"
	" ground TEXT NOT NULL, due INTEGER NOT NULL,"
	" acknowledged INTEGER NOT NULL) WITHOUT ROWID;",
	/* 10: reasons of CTW070; of earlier conflicting heads the reason is
	 * unknown */
	"ALTER TABLE log ADD COLUMN accused INTEGER NOT NULL DEFAULT 0;"
	"UPDATE log SET accused = 1 WHERE id IN"
	" (SELECT log FROM head WHERE state = 2);",
	/* 11: timestamps of unverified entries */
	"ALTER TABLE log ADD COLUMN earliest INTEGER NOT NULL"
	" DEFAULT 9223372036854775807;"
	"ALTER TABLE log ADD COLUMN earliest_at INTEGER NOT NULL DEFAULT 0;"
	"ALTER TABLE log ADD COLUMN latest INTEGER NOT NULL DEFAULT 0;"
	"ALTER TABLE log ADD COLUMN latest_at INTEGER NOT NULL DEFAULT 0;",
	/* 12: the issuers, in order, of incomplete chains; for earlier
	 * incomplete chains they are unknown: read the entries again */
	"CREATE TABLE chain_issuer ("
	" log BLOB NOT NULL, idx INTEGER NOT NULL, leaf_hash BLOB NOT NULL,"
	" position INTEGER NOT NULL, issuer BLOB NOT NULL,"
	" PRIMARY KEY (log, idx, leaf_hash, position),"
	" FOREIGN KEY (log, idx, leaf_hash) REFERENCES sighting"
	"  ON DELETE CASCADE) WITHOUT ROWID;"
	"CREATE INDEX chain_issuer_issuer ON chain_issuer (issuer);"
	"CREATE VIEW missing_issuer AS SELECT DISTINCT w.log, w.issuer"
	" FROM chain_issuer w JOIN sighting x ON x.log = w.log"
	"  AND x.idx = w.idx AND x.leaf_hash = w.leaf_hash"
	" JOIN cert c ON c.tbs = x.tbs WHERE NOT c.chain_complete"
	" AND NOT EXISTS (SELECT 1 FROM issuer i WHERE i.sha256 = w.issuer);"
	"INSERT INTO gap (log, start, stop, unproved, reason)"
	" SELECT DISTINCT x.log, x.idx, x.idx + 1, 0,"
	"  'read again, since issuers were missing'"
	" FROM sighting x JOIN log l ON l.id = x.log"
	" JOIN cert c ON c.tbs = x.tbs"
	" WHERE x.notes & 16 AND NOT c.chain_complete AND x.idx < l.verified"
	" AND NOT EXISTS (SELECT 1 FROM gap g WHERE g.log = x.log"
	"  AND g.start <= x.idx AND x.idx < g.stop);",
	/* 13: whether a revocation status is of an OCSP responder */
	"ALTER TABLE revocation ADD COLUMN by_ocsp INTEGER NOT NULL DEFAULT 0;",
	/* 14: the elements of chains are issuers (store_issuer.c) */
	"",
	/* 15: precertificates that logs served beside a leaf that is not
	 * theirs; before, the first precertificate alone was kept */
	"CREATE TABLE other_precert (tbs BLOB NOT NULL"
	" REFERENCES cert (tbs) ON DELETE CASCADE, der BLOB NOT NULL,"
	" PRIMARY KEY (tbs, der)) WITHOUT ROWID;"
	"INSERT INTO other_precert SELECT tbs, precert FROM cert"
	" WHERE precert != x'' AND EXISTS (SELECT 1 FROM sighting x"
	"  WHERE x.tbs = cert.tbs AND x.notes & 2);",
	/* 16: new and unmatched items are counted without reading all */
	"CREATE INDEX watched_by_run ON watched (run, matched);",
	/* 17: parts of the index of names, and files with them */
	"CREATE TABLE name_index ("
	" id INTEGER PRIMARY KEY,"
	" log BLOB NOT NULL REFERENCES log DEFERRABLE INITIALLY DEFERRED,"
	" start INTEGER NOT NULL, stop INTEGER NOT NULL,"
	" saved INTEGER NOT NULL, size INTEGER NOT NULL,"
	" file BLOB, part BLOB);"
	"CREATE INDEX name_index_log ON name_index (log, start);"
	"CREATE INDEX name_index_open ON name_index (log, start)"
	" WHERE file IS NULL;"
	"CREATE INDEX name_index_file ON name_index (file)"
	" WHERE file IS NOT NULL;",
	/* 18: the findings and expected certificates of reports, which reports
	 * of earlier runs have in their document; a body is outdated when
	 * anything that it shows changes, but that a finding is new does not
	 * stand in it */
	"CREATE TABLE item ("
	" number INTEGER PRIMARY KEY, kind INTEGER NOT NULL,"
	" since INTEGER NOT NULL, until INTEGER NOT NULL,"
	" outdated INTEGER NOT NULL, severity INTEGER NOT NULL,"
	" status INTEGER NOT NULL, resolved INTEGER NOT NULL,"
	" first_run INTEGER NOT NULL, first INTEGER NOT NULL,"
	" not_after INTEGER NOT NULL, bytes INTEGER NOT NULL,"
	" id TEXT NOT NULL, rule TEXT NOT NULL, tbs BLOB NOT NULL,"
	" body BLOB NOT NULL);"
	"CREATE UNIQUE INDEX item_current ON item (kind, id)"
	" WHERE until = 9223372036854775807;"
	"CREATE INDEX item_tbs ON item (tbs)"
	" WHERE until = 9223372036854775807;"
	"CREATE INDEX item_until ON item (until, bytes);"
	"CREATE TRIGGER item_status AFTER UPDATE OF status, first_run ON "
	"finding"
	" WHEN max(OLD.status, 1) <> max(NEW.status, 1) OR"
	"  OLD.first_run <> NEW.first_run BEGIN"
	" UPDATE item SET outdated = 1 WHERE kind = 0 AND id = NEW.id"
	"  AND until = 9223372036854775807; END;"
	"CREATE TRIGGER item_finding AFTER UPDATE OF severity, subject, "
	"message,"
	" detail, first_seen, last_seen, reason, until ON finding WHEN"
	" (OLD.severity, OLD.subject, OLD.message, OLD.detail, OLD.first_seen,"
	"  OLD.last_seen, OLD.reason, OLD.until) IS NOT"
	" (NEW.severity, NEW.subject, NEW.message, NEW.detail, NEW.first_seen,"
	"  NEW.last_seen, NEW.reason, NEW.until) BEGIN"
	" UPDATE item SET outdated = 1 WHERE kind = 0 AND id = NEW.id"
	"  AND until = 9223372036854775807; END;"
	"CREATE TRIGGER item_cert AFTER UPDATE ON cert WHEN"
	" OLD.judged IS NOT NULL AND (NEW.judged IS NULL OR"
	"  OLD.kind <> NEW.kind OR OLD.first_seen <> NEW.first_seen OR"
	"  OLD.last_seen <> NEW.last_seen OR"
	"  OLD.issuer_key_hash <> NEW.issuer_key_hash) BEGIN"
	" UPDATE item SET outdated = 1 WHERE tbs = NEW.tbs"
	"  AND until = 9223372036854775807; END;"
	"CREATE TRIGGER item_no_cert AFTER DELETE ON cert BEGIN"
	" UPDATE item SET outdated = 1 WHERE tbs = OLD.tbs"
	"  AND until = 9223372036854775807; END;"
	"CREATE TRIGGER item_revocation AFTER INSERT ON revocation BEGIN"
	" UPDATE item SET outdated = 1 WHERE tbs = NEW.tbs"
	"  AND until = 9223372036854775807; END;"
	"CREATE TRIGGER item_report AFTER INSERT ON problem_report BEGIN"
	" UPDATE item SET outdated = 1 WHERE until = 9223372036854775807"
	"  AND tbs = (SELECT tbs FROM finding WHERE id = NEW.finding); END;",
	/* 19: certificates are compressed, and name the path of their chain
	 * (store_content.h) */
	"CREATE TABLE path ("
	" number INTEGER PRIMARY KEY, issuers BLOB NOT NULL UNIQUE);"
	"ALTER TABLE cert ADD COLUMN has_precert INTEGER NOT NULL DEFAULT 0;"
	"ALTER TABLE cert ADD COLUMN has_chain INTEGER NOT NULL DEFAULT 0;"
	"ALTER TABLE cert ADD COLUMN path INTEGER;"
	"ALTER TABLE cert ADD COLUMN content BLOB NOT NULL DEFAULT x'';",
	/* 20: what lists show of a finding; null in earlier items */
	"ALTER TABLE item ADD COLUMN about TEXT;"
	"ALTER TABLE item ADD COLUMN issuer TEXT;"
	"ALTER TABLE item ADD COLUMN logged TEXT;"
	"ALTER TABLE item ADD COLUMN matched INTEGER;",
	/* 21: the history of CAA sets; the certificates judged by it */
	"CREATE TABLE caa ("
	" id INTEGER PRIMARY KEY, name TEXT NOT NULL,"
	" first INTEGER NOT NULL, last INTEGER NOT NULL,"
	" authenticated INTEGER NOT NULL, ttl INTEGER NOT NULL,"
	" domain TEXT NOT NULL, resolver TEXT NOT NULL,"
	" records BLOB NOT NULL);"
	"CREATE INDEX caa_name ON caa (name, id);"
	"CREATE TABLE caa_judged (tbs BLOB PRIMARY KEY"
	" REFERENCES cert (tbs) ON DELETE CASCADE) WITHOUT ROWID;",
	/* 22: sightings and keys name log and certificate by number; the leaves
	 * that a forked log serves at one index are counted from 0; the digests
	 * of keys are shortened (store_spki.c) */
	"DROP VIEW verified_sighting;"
	"DROP VIEW missing_issuer;"
	"DROP INDEX chain_issuer_issuer;"
	"ALTER TABLE sighting RENAME TO old_sighting;"
	"ALTER TABLE chain_issuer RENAME TO old_chain_issuer;"
	"ALTER TABLE key RENAME TO old_key;"
	"CREATE TABLE log_number ("
	" number INTEGER PRIMARY KEY, log BLOB NOT NULL UNIQUE"
	"  REFERENCES log DEFERRABLE INITIALLY DEFERRED);"
	"CREATE TABLE sighting ("
	" log INTEGER NOT NULL REFERENCES log_number,"
	" idx INTEGER NOT NULL, fork INTEGER NOT NULL,"
	" cert INTEGER NOT NULL REFERENCES cert,"
	" timestamp INTEGER NOT NULL, kind INTEGER NOT NULL,"
	" notes INTEGER NOT NULL, leaf_hash BLOB NOT NULL,"
	" PRIMARY KEY (log, idx, fork)) WITHOUT ROWID;"
	"CREATE TABLE chain_issuer ("
	" log INTEGER NOT NULL, idx INTEGER NOT NULL, fork INTEGER NOT NULL,"
	" position INTEGER NOT NULL, issuer BLOB NOT NULL,"
	" PRIMARY KEY (log, idx, fork, position),"
	" FOREIGN KEY (log, idx, fork) REFERENCES sighting"
	"  ON DELETE CASCADE) WITHOUT ROWID;"
	"CREATE TABLE key ("
	" hash BLOB NOT NULL, cert INTEGER NOT NULL,"
	" PRIMARY KEY (hash, cert)) WITHOUT ROWID;"
	"INSERT INTO log_number (log)"
	" SELECT DISTINCT log FROM old_sighting ORDER BY log;"
	"INSERT INTO sighting SELECT n.number, x.idx, row_number() OVER"
	"  (PARTITION BY x.log, x.idx ORDER BY x.leaf_hash) - 1, c.id,"
	"  x.timestamp, x.kind, x.notes, x.leaf_hash FROM old_sighting x"
	" JOIN log_number n ON n.log = x.log JOIN cert c ON c.tbs = x.tbs"
	" ORDER BY 1, 2, 3;"
	"CREATE INDEX sighting_cert ON sighting (cert, log, idx);"
	"INSERT INTO chain_issuer SELECT x.log, x.idx, x.fork, w.position,"
	"  w.issuer FROM old_chain_issuer w JOIN log_number n ON n.log = w.log"
	" JOIN sighting x ON x.log = n.number AND x.idx = w.idx"
	"  AND x.leaf_hash = w.leaf_hash;"
	"CREATE INDEX chain_issuer_issuer ON chain_issuer (issuer);"
	"INSERT INTO key SELECT DISTINCT substr(k.spki, 1, 16), c.id"
	" FROM old_key k JOIN cert c ON c.tbs = k.tbs ORDER BY 1, 2;"
	"DROP TABLE old_chain_issuer;"
	"DROP TABLE old_sighting;"
	"DROP TABLE old_key;"
	"CREATE VIEW verified_sighting AS SELECT x.* FROM sighting x"
	" JOIN log_number n ON n.number = x.log JOIN log l ON l.id = n.log"
	" WHERE x.idx < l.verified"
	" AND NOT EXISTS (SELECT 1 FROM gap g WHERE g.log = n.log"
	"  AND g.start <= x.idx AND x.idx < g.stop AND g.unproved);"
	"CREATE VIEW missing_issuer AS SELECT DISTINCT n.log, w.issuer"
	" FROM log_number n JOIN chain_issuer w ON w.log = n.number"
	" JOIN sighting x ON x.log = w.log AND x.idx = w.idx"
	"  AND x.fork = w.fork"
	" JOIN cert c ON c.id = x.cert WHERE NOT c.chain_complete"
	" AND NOT EXISTS (SELECT 1 FROM issuer i WHERE i.sha256 = w.issuer);",
	/* 23: only items that ended are found by their end: else SQLite reads
	 * all current ones for the triggers that look for a certificate's */
	"DROP INDEX item_until;"
	"CREATE INDEX item_until ON item (until, bytes)"
	" WHERE until < 9223372036854775807;",
};

/* The steps that need more than SQL. */
#define FINDINGS_JOINED 6
#define CHAINS_SPLIT    14
#define CONTENT_PACKED  19

/* The last step that makes the content much smaller. */
#define NUMBERED 22

#define VERSION ((int64_t)(sizeof steps / sizeof *steps))

static int64_t
pragma(struct db *db, const char *sql)
{
	struct db_query *q = db_query(db, sql);
	int64_t v = -1;

	if (db_row(q)) {
		v = db_get_int(q);
		db_done(q);
	}
	return v;
}

static bool
take_steps(struct db *db)
{
	int64_t version;
	char *sql;

	/* Another process may do the same: the second finds the migration
	 * done. */
	if (!db_exec(db, "BEGIN IMMEDIATE"))
		return false;
	version = pragma(db, "PRAGMA user_version");
	for (int64_t i = version; i >= 0 && i < VERSION; i++) {
		if (!db_exec(db, steps[i]))
			break;
		if (i == FINDINGS_JOINED)
			store_finding_migrate(db);
		if (i == CHAINS_SPLIT)
			store_issuer_migrate(db);
		if (i == CONTENT_PACKED)
			store_content_migrate(db);
	}
	sql = mem_printf("PRAGMA application_id = %d;"
	                 "PRAGMA user_version = %" PRId64 "; COMMIT",
	    APPLICATION_ID, VERSION);
	db_exec(db, sql);
	free(sql);
	return *db_error(db) == '\0';
}

bool
schema_migrate(struct db *db, const char *path, bool migrate, struct buf *error)
{
	int64_t version = pragma(db, "PRAGMA user_version");
	int64_t id = pragma(db, "PRAGMA application_id");
	int64_t tables = pragma(db, "SELECT count(*) FROM sqlite_schema");
	bool ours = id == APPLICATION_ID || (tables == 0 && version == 0);
	bool ok = false;

	if (*db_error(db) != '\0')
		buf_add_text(error, db_error(db));
	else if (!ours)
		buf_printf(error, "%s: not a state file of ctwatch", path);
	else if (version > VERSION)
		buf_printf(error,
		    "%s: written by a newer ctwatch (schema %" PRId64
		    ", this version reads up to %" PRId64
		    "); it was not changed: use the newer version",
		    path, version, VERSION);
	else if (version == VERSION)
		ok = true;
	else if (!migrate)
		buf_printf(error,
		    "%s: written by an older ctwatch (schema %" PRId64
		    "): run `ctwatch run' to migrate it",
		    path, version);
	else {
		char *copy = mem_printf("%s.v%" PRId64, path, version);

		ok = version == 0 || db_backup(db, copy, error);
		if (ok && !take_steps(db)) {
			buf_add_text(error, db_error(db));
			ok = false;
		}
		if (ok && version > 0 && version <= NUMBERED)
			db_compact(db);
		free(copy);
	}
	return ok;
}
