#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# A run that waits for a slow log holds no lock on the store: other commands
# change findings meanwhile.
. "${top_srcdir:-.}/tests/support/story.sh"

key unrelated
cert 1 unrelated www.example.com
logd --size 40 --entries 80 "$dir/certs"
run --watch .example.com --fail-on high
exits "a first run" 0
id=$(report 'j["findings"][0]["id"]')

# The static log brings new entries at once; the other one is slow.
control size=80
control 'log=rfc6962&fault=slow&ms=60000&on=get-entries'
"$bin/ctwatch/ctwatch" run --no-revocation --log-list "$url/log_list.json" --state \
    "$dir/state" --no-notify --watch .example.com >"$dir/run.out" \
    2>"$dir/run.err" &
pid=$!
trap 'kill $pid 2>/dev/null; wait $pid; at_end' EXIT
for _ in $(seq 600); do
	control ''
	hits=$(json "$dir/control" 'j["logs"]["rfc6962"]["hits"].get(
	    "get-entries", 0)')
	read=$(python3 -c 'import sqlite3, sys
db = sqlite3.connect(sys.argv[1])
print(db.execute("SELECT count(*) FROM log WHERE next = 80").fetchone()[0])' \
	    "$dir/state/state.db")
	[ "$hits" -ge 2 ] && [ "$read" = 1 ] && break
	sleep 0.05
done
is "what was read is committed while a log is slow" "$read" 1
# The process with the lock now keeps it until the slow answer.
python3 - "$dir/state/state.db" <<'END' || fail "the store is locked"
import sqlite3, sys
db = sqlite3.connect(sys.argv[1], timeout=15)
db.execute("BEGIN IMMEDIATE")
db.rollback()
END
ctwatch findings close "$id" --state "$dir/state" --reason "ours"
exits "findings close" 0
kill -0 $pid || fail "the run is over: $(cat "$dir/run.err")"
kill $pid
wait $pid
trap at_end EXIT
ctwatch findings --state "$dir/state" --status all --format json
is "closed" "$(report '[f["status"] for f in j["findings"]]')" "['closed']"
