-- SPDX-License-Identifier: Apache-2.0
-- Make a state of schema 24 one of schema 22.  Of the digests of keys the second
-- half is lost.
BEGIN;
DROP INDEX item_until;
CREATE INDEX item_until ON item (until, bytes);
DROP VIEW verified_sighting;
DROP VIEW missing_issuer;
DROP INDEX chain_issuer_issuer;
ALTER TABLE sighting RENAME TO new_sighting;
ALTER TABLE chain_issuer RENAME TO new_chain_issuer;
ALTER TABLE key RENAME TO new_key;
CREATE TABLE sighting (
 log BLOB NOT NULL REFERENCES log DEFERRABLE INITIALLY DEFERRED,
 idx INTEGER NOT NULL, leaf_hash BLOB NOT NULL,
 tbs BLOB NOT NULL REFERENCES cert (tbs),
 timestamp INTEGER NOT NULL, kind INTEGER NOT NULL,
 notes INTEGER NOT NULL, PRIMARY KEY (log, idx, leaf_hash)) WITHOUT ROWID;
INSERT INTO sighting
 SELECT n.log, x.idx, x.leaf_hash, c.tbs, x.timestamp, x.kind, x.notes
 FROM new_sighting x JOIN log_number n ON n.number = x.log
 JOIN cert c ON c.id = x.cert;
CREATE INDEX sighting_tbs ON sighting (tbs, log, idx);
CREATE TABLE chain_issuer (
 log BLOB NOT NULL, idx INTEGER NOT NULL, leaf_hash BLOB NOT NULL,
 position INTEGER NOT NULL, issuer BLOB NOT NULL,
 PRIMARY KEY (log, idx, leaf_hash, position),
 FOREIGN KEY (log, idx, leaf_hash) REFERENCES sighting
  ON DELETE CASCADE) WITHOUT ROWID;
INSERT INTO chain_issuer
 SELECT n.log, x.idx, x.leaf_hash, w.position, w.issuer
 FROM new_chain_issuer w JOIN log_number n ON n.number = w.log
 JOIN new_sighting x ON (x.log, x.idx, x.fork) = (w.log, w.idx, w.fork);
CREATE INDEX chain_issuer_issuer ON chain_issuer (issuer);
CREATE TABLE key (
 tbs BLOB NOT NULL REFERENCES cert (tbs) ON DELETE CASCADE,
 spki BLOB NOT NULL, PRIMARY KEY (tbs, spki)) WITHOUT ROWID;
INSERT INTO key SELECT c.tbs, CAST(k.hash || zeroblob(16) AS BLOB)
 FROM new_key k JOIN cert c ON c.id = k.cert;
CREATE INDEX key_spki ON key (spki);
DROP TABLE new_chain_issuer;
DROP TABLE new_sighting;
DROP TABLE new_key;
DROP TABLE log_number;
CREATE VIEW verified_sighting AS SELECT x.* FROM sighting x
 JOIN log l ON l.id = x.log WHERE x.idx < l.verified
 AND NOT EXISTS (SELECT 1 FROM gap g WHERE g.log = x.log
  AND g.start <= x.idx AND x.idx < g.stop AND g.unproved);
CREATE VIEW missing_issuer AS SELECT DISTINCT w.log, w.issuer
 FROM chain_issuer w JOIN sighting x ON x.log = w.log
  AND x.idx = w.idx AND x.leaf_hash = w.leaf_hash
 JOIN cert c ON c.tbs = x.tbs WHERE NOT c.chain_complete
 AND NOT EXISTS (SELECT 1 FROM issuer i WHERE i.sha256 = w.issuer);
PRAGMA user_version = 22;
COMMIT;
