#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# Logs whose heads, entries and proofs contradict each other.  Each contradiction
# is reported by its kind and stored as evidence, and ends within a few reads.
. "${top_srcdir:-.}/tests/support/story.sh"

key unrelated
cert 1 unrelated www.example.com
logd --logs 11 --operators 22 --size 200 --entries 300 --max-batch 50 \
    "$dir/certs" "$src/data/entries/argon2026h2-1111014090.json"

# one_run FILE: set the faults of a file of LOG, FAULT, and what the report must
# say: STATUS VERIFIED NEXT CTW070? REASON; run; and compare.
one_run() {
	control 'fault=none'
	while read -r log fault _; do
		control "log=$log&fault=$fault"
	done <"$1"
	run --watch .example.com --max-time 3s
	python3 - "$dir" "$1" <<'END' || fail "$1"
import json, re, sys
folder, expected = sys.argv[1:]
report = json.load(open(folder + "/out"))
logs = {l["url"].split("/")[3]: l for l in report["coverage"]["logs"]}
bad = 0
for line in open(expected):
    name, fault, status, verified, next_entry, found, reason = line.split(None, 6)
    l = logs[name]
    rules = [f["rule"] for f in report["findings"] if f["rule"] == "CTW070"
             and l["description"] in f["message"] and f["status"] == "new"]
    got = [l["status"], str(l["verified"]), str(l["next_entry"]),
           ",".join(rules) or "-"]
    wanted = [status, verified, next_entry, found]
    if (any(w not in ("*", g) for g, w in zip(got, wanted))
            or not re.search(reason.strip(), str(l["reason"]))):
        print(name, fault, *got, l["reason"])
        bad = 1
sys.exit(bad)
END
}

cat >"$dir/first-run" <<'END'
rfc6962 none complete True 200 - None
rfc6962-2 badsig unreachable False 0 - signature
rfc6962-3 badroot misbehaving False 200 CTW070 do not hash to the signed root
rfc6962-4 wrongentry&at=100 misbehaving * 200 CTW070 do not hash to the signed root
rfc6962-5 trailing&at=100 misbehaving * 200 CTW070 do not hash to the signed root
rfc6962-6 more&every=2 complete True 200 - None
rfc6962-7 fewer complete True 200 - None
rfc6962-8 empty&every=3 complete True 200 - None
rfc6962-9 badbase64&for=1 complete True 200 - None
rfc6962-10 stale partial True 200 - 48 h old
rfc6962-11 badproof complete True 200 - None
static none complete True 200 - None
static-2 badsig unreachable False 0 - signature
static-3 badroot misbehaving False 200 CTW070 do not hash to the signed root
static-4 wrongentry&at=100 misbehaving * 200 CTW070 do not hash to the signed root
static-5 badindex misbehaving * 200 CTW070 .
static-6 noindex misbehaving * 200 CTW070 .
static-7 badtile&on=data * * * * .
static-8 badtile&on=tile complete True 200 - None
static-9 unknown-type&at=199 partial * * * unknown-entry-type
static-10 stale partial True 200 - 48 h old
static-11 badissuer complete True 200 - None
END
one_run "$dir/first-run"
exits "logs that misbehave" 7
run --watch .example.com --state "$dir/state-4" --log "Loopback 'rfc6962-4' log"
is "a match in what is unproved" "$(report '[f["verified"]
    for f in j["findings"] if f["rule"] == "CTW000"]')" "[False]"

# another certificate in place of the issuer: reported for the log, and for what it
# should have issued
run --watch portal.dragonjar.org --state "$dir/state-11" \
    --log "Loopback 'static-11' log"
is "a wrong issuer" "$(report '[f["subject"] for f in j["findings"]
    if f["rule"] == "CTW071" and "does not give" in f["message"]
    and "another certificate" in f["message"]]')" \
    "[\"Loopback 'static-11' log\"]"
is "its chain" "$(report '[n for f in j["findings"] if f["rule"] == "CTW000"
    for n in f["notes"]]')" \
    "['the issuers that a log names for it were not received']"

# once it is read again that is closed, whatever the list calls the log by then
control 'log=static-11&fault=none'
curl -sf "$url/log_list.json" |
    sed "s/'static-11' log/'static-11' of old/" >"$dir/renamed.json"
ctwatch run --log-list "$dir/renamed.json" --state "$dir/state-11" \
    --no-notify --watch portal.dragonjar.org --log "Loopback 'static-11' of old"
exits "a log of another name" 0
ctwatch findings --state "$dir/state-11" --status all --format json
is "the log is read again" "$(report '[f["status"] for f in j["findings"]
    if f["rule"] == "CTW071"]')" "['closed']"

# a second run: heads that do not follow from the first one's
cat >"$dir/second-run" <<'END'
rfc6962 fork misbehaving * 200 CTW070 .
rfc6962-6 shrink complete True 200 - .
rfc6962-7 shrink&to=3 complete True 200 - .
rfc6962-8 frozen complete True 200 - None
rfc6962-9 none complete True 200 - None
static fork misbehaving * 200 CTW070 .
static-8 shrink complete True 200 - .
static-11 frozen complete True 200 - None
END
one_run "$dir/second-run"
exits "a second run" 7

# a third: all is well again and the logs have grown
cat >"$dir/third-run" <<'END'
rfc6962-2 none complete True 300 - None
rfc6962-9 none complete True 300 - None
static-2 none complete True 300 - None
static-9 none complete True 300 - None
END
control size=300
one_run "$dir/third-run"
# Whose proofs led nowhere went on from there: no entry is skipped.
python3 - "$dir" <<'END' || fail "after a root that nothing leads to"
import json, sqlite3, sys
db = sqlite3.connect(sys.argv[1] + "/state/state.db")
def state(name):
    log, first, end = db.execute("SELECT id, first, next FROM log"
        " WHERE url LIKE '%/' || ? || '/'", (name,)).fetchone()
    return first, end, db.execute("SELECT idx FROM sighting x JOIN"
        " log_number n ON n.number = x.log WHERE n.log = ? ORDER BY idx", (log,)).fetchall()
for liar, honest in ("rfc6962-3", "rfc6962"), ("static-3", "static"):
    assert state(liar) == state(honest), (liar, state(liar), state(honest))
END
stop_logd || exit

# Entries that a log signed and that are no leaf or no certificate are reported
# with log and index, and the other entries are verified.
printf 'not a certificate' >"$dir/none.der"
leaf=$(printf '\0\0\0\0\1\236\0\0\0\0\0\2\0\0\1x\0\0' | base64)
printf '{"leaf_input":"%s","extra_data":"AAAA"}\n' "$leaf" >"$dir/type.jsonl"
leaf=$(printf '\0\0\0\0\1\236\0\0\0\0\0\0\0\0\1x\0\0!' | base64)
printf '{"leaf_input":"%s","extra_data":"AAAA"}\n' "$leaf" >"$dir/trail.jsonl"
logd "$dir/none.der" "$dir/type.jsonl" "$dir/certs" "$dir/trail.jsonl"
run --watch .example.com --state "$dir/state-odd"
is "odd entries" "$(report '[(r["index"], r["reason"]) for r in j["refused"]]')" \
    "[(0, 'not-der'), (1, 'unknown-entry-type'), (3, 'trailing-bytes')]"
is "their log" "$(report '[(l["status"], l["verified"], l["next_entry"])
    for l in j["coverage"]["logs"]]')" "[('complete', True, 4)]"
is "matches among them" "$(findings)" "CTW000 www.example.com new"
stop_logd || exit

# unavailable issuers: each is requested once, for all certificates,
# and after a few in a row none (LIMIT_ISSUER_FAILURES, see limits.sh)
logd --only static "$src/data/entries/argon2026h2-1111014090.json"
run --watch . --state "$dir/state-issuers"
there=$(python3 -c 'import sqlite3, sys
db = sqlite3.connect(sys.argv[1] + "/state-issuers/state.db")
print(db.execute("SELECT count(*) FROM issuer").fetchone()[0])' "$dir")
control ''
is "issuers that are requested" "$(json "$dir/control" \
    'j["logs"]["static"]["hits"]["issuer"]')" "$there"
control 'log=static&fault=404&on=issuer'
run --watch . --state "$dir/state-no-issuers"
is "issuers that are missing" \
    "$(report 'j["coverage"]["logs"][0]["issuers_missing"]')" "$there"
is "their reason" "$(report 'j["coverage"]["logs"][0]["status"]')" partial
control 'fault=none'
run --watch . --state "$dir/state-no-issuers"
is "issuers that are had then" \
    "$(report 'j["coverage"]["logs"][0]["issuers_missing"]')" 0
python3 - "$dir" <<'END' || fail "chains that are completed"
import sqlite3, sys
rows = [sqlite3.connect(sys.argv[1] + "/%s/state.db" % state).execute(
    "SELECT x.idx, x.notes, c.tbs, c.issuer_key_hash, c.chain_complete,"
    " c.content, p.issuers FROM sighting x JOIN cert c ON c.id = x.cert"
    " LEFT JOIN path p ON p.number = c.path ORDER BY 1, 3").fetchall()
    for state in ("state-issuers", "state-no-issuers")]
sys.exit(rows[0] != rows[1] or not any(r[6] for r in rows[0]))
END
stop_logd || exit

# a certificate that no log holds, put into one answer on the way: the entries
# are read again, and nothing of it stays
key forged
rm -r "$dir/certs"
for i in 1 2 3 4; do
	cert $i unrelated shop.example.net
done
cert 5 forged www.example.com
for kind in rfc6962 static; do
	logd --only $kind --size 4 --entries 5 "$dir/certs"
	control "fault=swapentry&at=2&to=4&for=1"
	run --watch .example.com --fail-on high --state "$dir/state-swap-$kind"
	exits "a swapped entry ($kind)" 0
	is "its log" "$(report '[(l["status"], l["verified"], l["next_entry"])
	    for l in j["coverage"]["logs"]]')" "[('complete', True, 4)]"
	is "findings" "$(findings)" ""
	ctwatch inventory --state "$dir/state-swap-$kind" --format json
	is "inventory" "$(report 'j["certificates"]')" "[]"
	# A run that ends before the entries can be compared with the root; a
	# tile is always read as a whole.
	[ $kind = rfc6962 ] || { stop_logd || exit; continue; }
	rm -r "$dir/state-swap-$kind"
	control "fault=swapentry&at=2&to=4"
	run --watch .example.com --fail-on high --state "$dir/state-swap-$kind" --max-entries 3
	is "a finding not proved" "$(report '[(f["rule"], f["verified"])
	    for f in j["findings"] if f["rule"] == "CTW000"]')" \
	    "[('CTW000', False)]"
	id=$(report '[f["id"] for f in j["findings"] if f["rule"] == "CTW000"][0]')
	is "the log, by its consistency proof" "$(report '[f["status"]
	    for f in j["findings"] if f["rule"] == "CTW070"]')" "['new']"
	ctwatch inventory --state "$dir/state-swap-$kind" --format json
	is "inventory" "$(report '[c["verified"] for c in j["certificates"]]')" \
	    "[False]"
	control "fault=none"
	run --watch .example.com --fail-on high --state "$dir/state-swap-$kind"
	exits "the entry as it is ($kind)" 0
	ctwatch findings --state "$dir/state-swap-$kind" --status all \
	    --format json
	is "the findings" "$(report 'sorted((f["rule"], f["status"],
	    f["reason"].split(":")[0]) for f in j["findings"]
	    if f["rule"] == "CTW070" or f["id"] == "'"$id"'")')" \
	    "[('CTW000', 'closed', 'no log has the certificate'), ('CTW070', 'closed', 'the entries were read again and hash to the signed root')]"
	stop_logd || exit
done
