#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# Entries and tiles that a log cannot serve: the range is halved down to the
# entry, which becomes a gap; the entries after it are read and proved; later
# runs read the gap.  If a log serves no entries, the cursor stays.
. "${top_srcdir:-.}/tests/support/story.sh"

key unrelated
cert 1 unrelated www.example.com
logd --logs 12 --operators 24 --size 600 --entries 700 --max-batch 256 \
    "$dir/certs" "$src/data/entries/argon2026h2-1111014090.json"

# LOG, FAULT, and the report: STATUS NEXT VERIFIED UNREAD REASON
cat >"$dir/first" <<'END'
rfc6962 none complete 600 True [] None
rfc6962-2 lost&at=150&to=400 partial 600 True [[150,151]] HTTP.status.400
rfc6962-3 lost&at=151&to=404 partial 600 True [[151,152]] HTTP.status.404
rfc6962-4 lost&at=0&to=413 partial 600 True [[0,1]] HTTP.status.413
rfc6962-5 lost&at=255&to=414 partial 600 True [[255,256]] HTTP.status.414
rfc6962-6 lost&at=256&to=416 partial 600 True [[256,257]] HTTP.status.416
rfc6962-7 lost&at=511&to=500 partial 600 True [[511,512]] HTTP.status.500
rfc6962-8 lost&at=300&to=502 partial 600 True [[300,301]] HTTP.status.502
rfc6962-9 lost&at=301&to=504 partial 600 True [[301,302]] HTTP.status.504
rfc6962-10 large&to=50 complete 600 True [] None
rfc6962-11 status&to=404&on=get-entries partial 0 False [[0,600]] HTTP.status.404
rfc6962-12 badbase64&at=90&on=get-entries partial 600 True [[90,91]] not.base64
static none complete 600 True [] None
static-2 lost&at=300&to=404 partial 600 True [[256,512]] HTTP.status.404
static-3 lost&at=0&to=403 partial 600 True [[0,256]] HTTP.status.403
static-4 lost&at=511&to=410 partial 600 True [[256,512]] HTTP.status.410
static-5 lost&at=550&to=404 partial 512 True [[512,600]] HTTP.status.404
static-6 status&to=404&on=data partial 0 False [[0,600]] HTTP.status.404
END
cat >"$dir/second" <<'END'
rfc6962 none complete 700 True [] None
rfc6962-2 lost&at=150&to=400 partial 700 True [[150,151]] HTTP.status.400
rfc6962-3 none complete 700 True [] None
rfc6962-4 none complete 700 True [] None
rfc6962-11 none complete 700 True [] None
rfc6962-12 none complete 700 True [] None
static-2 none complete 700 True [] None
static-3 lost&at=0&to=403 partial 700 True [[0,256]] HTTP.status.403
static-4 lost&at=511&to=410 partial 700 True [[256,512]] HTTP.status.410
static-5 none complete 700 True [] None
END

# one_run FILE: set the faults of a file, run, and compare.
one_run() {
	control 'fault=none'
	while read -r log fault _; do
		control "log=$log&fault=$fault"
	done <"$1"
	run --watch .example.com --fail-on high
	exits "$1" 2
	python3 - "$dir" "$1" <<'END' || fail "$1"
import json, re, sqlite3, sys
folder, expected = sys.argv[1:]
report = json.load(open(folder + "/out"))
logs = {l["url"].split("/")[3]: l for l in report["coverage"]["logs"]}
db = sqlite3.connect(folder + "/state/state.db")
def seen(name):
    return {i for i, in db.execute("SELECT idx FROM sighting x JOIN"
        " log_number n ON n.number = x.log JOIN log l ON l.id = n.log WHERE"
        " url LIKE '%/' || ? || '/'", (name,))}
every, bad = seen("rfc6962"), 0
for line in open(expected):
    name, fault, *wanted, reason = line.split()
    l = logs[name]
    got = [l["status"], str(l["next_entry"]), str(l["verified"]),
           json.dumps(l["unread"], separators=(",", ":"))]
    lost = {i for a, b in l["unread"] for i in range(a, b)}
    if (got != wanted or not re.search(reason, str(l["reason"]))
            or seen(name) != every - lost):
        print(name, fault, *got, l["reason"], sorted(every - seen(name) - lost))
        bad = 1
sys.exit(bad or not every)
END
}

one_run "$dir/first"
# Requests for a limit of 50: some to find it, and then 12.
[ "$(control fault=none; json "$dir/control" \
    'j["logs"]["rfc6962-10"]["hits"]["get-entries"]')" -lt 40 ] ||
    fail "requests to a log with a limit"
control size=700
one_run "$dir/second"


# The last entry: no neighbour proves its hash until the log grows.
stop_logd || exit 1
logd --only rfc6962 --size 301 --entries 400 --max-batch 64 "$dir/certs"
control 'fault=lost&at=300&to=400'
run --watch .example.com --fail-on high --state "$dir/last"
exits "the last entry" 2
is "up to it" "$(report '[(l["status"], l["next_entry"], l["unread"])
    for l in j["coverage"]["logs"]]')" "[('partial', 300, [[300, 301]])]"
control size=400
run --watch .example.com --fail-on high --state "$dir/last"
exits "past it" 2
is "beyond it" "$(report '[(l["status"], l["next_entry"], l["unread"])
    for l in j["coverage"]["logs"]]')" "[('partial', 400, [[300, 301]])]"
control 'fault=none'
run --watch .example.com --fail-on high --state "$dir/last"
exits "served again" 0

# One short answer at the tree's end, and one in its middle: the size of pages
# comes back (RFC 6962, 4.6, lets a log answer with fewer).
control 'fault=fewer&for=1&on=get-entries'
run --watch .example.com --fail-on high --state "$dir/short"
exits "a short answer" 0
control 'fault=none'
is "stored" "$(python3 -c 'import sqlite3, sys
print(sqlite3.connect(sys.argv[1] + "/short/state.db").execute(
    "SELECT page NOT BETWEEN 1 AND 31 FROM log").fetchall())' "$dir")" "[(1,)]"
