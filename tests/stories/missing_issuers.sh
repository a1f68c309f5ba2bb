#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# A static-ct-api log names issuers by their SHA-256.  An issuer that it does not
# give in one run is requested again.  When any log gives it, the certificates
# that lacked it are judged again, and only then does CTW071 close.
. "${top_srcdir:-.}/tests/support/story.sh"
. "${top_srcdir:-.}/tests/support/ca_story.sh"

ca good "/CN=good CA"
ca rogue "/CN=rogue CA"
key leaf
key spare
issue www rogue leaf www.example.com
issue api rogue leaf api.example.com
cat >"$dir/pinset.json" <<END
{"format": "ctwatch-pinset/1", "name": "story", "version": 1,
 "keys": [{"id": "ca", "spki": "sha256/$pin_good", "state": "active"},
          {"id": "spare", "spki": "sha256/$pin_spare", "state": "backup"}],
 "domains": [{"pattern": "**.example.com", "kind": "ca",
              "keys": ["ca", "spare"]}]}
END
entries www:rogue api:rogue >"$dir/log.jsonl"

# look STATE ARG ...: read the logs; about: what the certificate for www meets,
# CTW071, and what is said of each log that was read.
look() {
	state=$1
	shift
	ctwatch run --log-list "$url/log_list.json" --state "$dir/$state" \
	    --since start --format json --no-notify \
	    --pinset "$dir/pinset.json" "$@"
	cp "$dir/out" "$dir/report"
	ctwatch_status=$status
	ctwatch findings --state "$dir/$state" --status all --format json
	cp "$dir/out" "$dir/findings"
	status=$ctwatch_status
}
# about NAME: the open findings about a certificate; the status of CTW071.
about() {
	json "$dir/findings" '" ".join(
	    [f["rule"] + "/" + f["severity"] for f in j["findings"]
	     if f["rule"] <= "CTW018" and f["status"] != "closed" and
	     f["certificate"]["names"] == ["'"$1"'"]] +
	    [f["status"] for f in j["findings"] if f["rule"] == "CTW071"])'
}
# covered: how far each log was read.
covered() {
	json "$dir/report" '[(l["status"], l["issuers_missing"])
	    for l in j["coverage"]["logs"] if l["status"] != "skipped"]'
}
reason() {
	json "$dir/report" 'j["coverage"]["logs"][0]["reason"]'
}
asked() {
	control 'none=0'
	json "$dir/control" 'j["logs"]["'"$1"'"]["hits"].get("issuer", 0)'
}

# Two runs without the issuer, one with it.
logd --only static --size 1 "$dir/log.jsonl"
control 'fault=404&on=issuer'
look state
exits "no issuer" 2
is "no issuer" "$(about www.example.com)" "CTW018/medium new"
is "no issuer, coverage" "$(covered)" "[('partial', 1)]"
is "no issuer, its reason" "$(reason)" "issuers that its entries name are \
missing (1); the next run requests them again"
is "requested" "$(asked static)" 1
look state
exits "still no issuer" 2
is "still no issuer" "$(about www.example.com)" "CTW018/medium open"
is "requested again" "$(asked static)" 2
control 'fault=none'
look state --offline-issuers
is "no request wished" "$(asked static)" 2
is "no request wished, CTW071" "$(about www.example.com)" "CTW018/medium open"
look state
exits "the issuer" 1
is "the issuer" "$(about www.example.com)" "CTW001/critical closed"
is "the issuer, coverage" "$(covered)" "[('complete', 0)]"
is "no note is left" "$(json "$dir/findings" '[f["notes"] for f in j["findings"]
    if f["rule"] == "CTW001"]')" "[[]]"
look reference
is "as if it had been there" "$(about www.example.com)" "CTW001/critical"
look state
is "not requested again" "$(asked static)" 4
stop_logd || exit 1

# What an earlier version recorded without the issuers' names is read again.
logd --only static --size 1 "$dir/log.jsonl"
control 'fault=404&on=issuer'
look old
python3 - "$dir/old/state.db" "$src/tests/support/schema_22.sql" <<'END'
import sqlite3, sys, zlib
db = sqlite3.connect(sys.argv[1])
db.executescript(open(sys.argv[2]).read())
db.executescript("".join("DROP TRIGGER item_%s;" % name for name in (
    "status", "finding", "cert", "no_cert", "revocation", "report")) +
    "DROP TABLE item; DROP TABLE name_index;" +
    "".join("ALTER TABLE cert ADD COLUMN %s BLOB NOT NULL DEFAULT x'';" % name
            for name in ("der", "precert", "chain")))
for number, content in db.execute("SELECT id, content FROM cert").fetchall():
    der = zlib.decompress(content[4:])[3:]
    db.execute("UPDATE cert SET der = ? WHERE id = ?", (
        der[:-3], number))  # the empty precertificate follows
db.commit()
db.executescript("".join("ALTER TABLE cert DROP COLUMN %s;" % name for name in (
    "content", "path", "has_chain", "has_precert")) + "DROP TABLE path;")
db.executescript("DROP VIEW missing_issuer; DROP TABLE chain_issuer;"
                 "DROP TABLE other_precert; DROP TABLE caa_judged;"
                 "DROP TABLE caa; DROP INDEX watched_by_run;"
                 "ALTER TABLE revocation DROP COLUMN by_ocsp;"
                 "PRAGMA user_version = 12")
END
control 'fault=none'
look old
exits "an older state" 1
is "an older state" "$(about www.example.com)" "CTW001/critical closed"
is "an older state, coverage" "$(covered)" "[('complete', 0)]"
stop_logd || exit 1

# The time is up while an issuer is on its way.
logd --only static --size 1 "$dir/log.jsonl"
control 'fault=slow&ms=60000&on=issuer'
look slow --max-time 1s
exits "no time" 2
is "no time" "$(covered)" "[('partial', 1)]"
is "no time, its reason" "$(reason)" \
    "the run was ended while issuers were requested"
kill -KILL "$logd_pid"
wait "$logd_pid" 2>/dev/null
logd_pid=
logd --only static --size 1 "$dir/log.jsonl"
look slow
exits "time" 1
is "time" "$(about www.example.com)" CTW001/critical
stop_logd || exit 1

# The issuer comes from another log, which names it for another certificate.
logd --only static --logs 2 --size 1 "$dir/log.jsonl"
control 'log=static-2&fault=404&on=issuer'
ctwatch run --log-list "$url/log_list.json" --state "$dir/two" \
    --since now --no-notify --log "Loopback 'static' log" \
    --pinset "$dir/pinset.json"
exits "nothing read" 0
look two --log "Loopback 'static-2' log"
is "the second log" "$(about www.example.com)" "CTW018/medium new"
control 'log=static&size=2'
look two --log "Loopback 'static' log"
is "the other certificate" "$(about api.example.com)" "CTW001/critical open"
is "the first one" "$(about www.example.com)" "CTW001/critical open"
look two --log "Loopback 'static-2' log"
is "the second log, then" "$(covered)" "[('complete', 0)]"
is "its finding" "$(about www.example.com)" "CTW001/critical closed"
is "requested of it" "$(asked static-2)" 1
