#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# ctwatch logs lists the logs and their positions before a run, after it, and
# when the server of the log list is down.  openssl verifies the stored heads.
. "${top_srcdir:-.}/tests/support/story.sh"

logd --size 590 --entries 600 \
    "$src/data/entries/argon2026h2-1111014090.json" \
    "$src/data/entries/loose-2013-2020.jsonl"
list="$url/log_list.json"

logs() {
	ctwatch logs --log-list "$list" --state "$dir/state" "$@"
}
of_each() {
	json "$dir/out" "sorted([l[m] for m in ($1,)] for l in j['logs'])"
}

logs --format json
exits "before a run" 0
is "before a run" "$(of_each "'type', 'read', 'next_entry', 'lag_entries'")" \
    "[['rfc6962', True, None, None], ['static', True, None, None]]"
[ -e "$dir/state/state.db" ] && fail "a store was made for nothing"
logs --heads
exits "heads without a store" 32

run --watch .example.com --max-entries 256 # a tile
curl -sf "$list" >"$dir/list.json"
logs --format json
exits "after a run that ended early" 0
is "after a run that ended early" "$(json "$dir/out" "[(l['first_entry'],
    l['next_entry'], l['verified_entry'], l['tree_size'], l['lag_entries'])
    for l in j['logs'] if l['type'] == 'static']")" "[(0, 256, 256, 590, 334)]"

control size=600
run --watch .example.com
logs --format json
is "after a whole run" "$(of_each "'type', 'next_entry', 'verified_entry',
    'tree_size', 'lag_entries'")" \
    "[['rfc6962', 600, 600, 600, 0], ['static', 600, 600, 600, 0]]"

# A list that is slow to come leaves half of --max-time to the logs.
control 'log=log-list&fault=slow&ms=60000'
run --watch .example.com --max-time 4s
is "logs of the copy" "$(report 'len(j["coverage"]["logs"])')" 2
is "a slow list" "$(report 'j["run"]["lists"][0]["error"]')" \
    "$list: not received within the time that --max-time leaves"
control fault=none

# RFC 6962, 3.5: version, signature_type, timestamp, tree_size, root.
logs --heads
exits "heads" 0
python3 - "$dir" <<'END' || fail "a head that openssl does not verify"
import base64, hashlib, json, struct, subprocess, sys
d = sys.argv[1]
keys = {}
for op in json.load(open(d + "/list.json"))["operators"]:
    for log in op.get("logs", []) + op.get("tiled_logs", []):
        key = base64.b64decode(log["key"])
        keys[hashlib.sha256(key).hexdigest()] = key
heads = [json.loads(line) for line in open(d + "/out")]
assert sorted(h["size"] for h in heads) == [590, 590, 600, 600], heads
assert {h["log_id"] for h in heads} == set(keys)
for h in heads:
    signature = base64.b64decode(h["signature"])
    assert signature[:2] == b"\4\3"
    open(d + "/key", "wb").write(keys[h["log_id"]])
    open(d + "/signature", "wb").write(signature[4:])
    open(d + "/head", "wb").write(struct.pack(
        ">BBQQ", 0, 1, h["timestamp"], h["size"]) + bytes.fromhex(h["root"]))
    subprocess.run(["openssl", "dgst", "-sha256", "-verify", d + "/key",
        "-keyform", "DER", "-signature", d + "/signature", d + "/head"],
        check=True, stdout=subprocess.DEVNULL)
    assert str(h["size"]).encode() in base64.b64decode(h["raw"])
END

stop_logd || exit
logs --format json
exits "without the server" 0
is "the copy of the list" "$(json "$dir/out" \
    '(len(j["logs"]), j["lists"][0]["error"] is None)')" "(2, False)"
logs
exits "as text" 0
grep -q "^2 logs to read, " "$dir/out" || fail "no sum"
grep -q "^log list: $list.*: Failed to connect" "$dir/out" || fail "no reason"

# ---- logs that lists call retired, rejected, expired or test ----

ms() { date -ud "$1" +%s%3N; }
# serve [TIME]: logs of which the first head is of TIME
serve() {
	stop_logd || exit
	logd --only rfc6962 --logs 2 --size 3 --entries 8 \
	    --timestamp "$(ms "${1:-2026-06-01T06:00:00Z}")" \
	    "$src/data/entries/argon2026h2-1111014090.json"
}
# grow SIZE TIME: the first log has SIZE entries under a head of TIME; that of
# the other is fresh.
grow() {
	control "log=rfc6962&size=$1&time=$(ms "$2")"
	control "log=rfc6962-2&time=$(ms 2026-06-01T23:00:00Z)"
}

# relist CODE: make $dir/list.json of the logs' list; CODE in Python may change
# j, the list, l, its first log, or m, its second one.
relist() {
	curl -sf "$url/log_list.json" >"$dir/served" || fail "no list"
	python3 - "$dir" "$1" "$src/data/loglists/mimic-1.spki.der" <<'END' ||
import json, sys
j = json.load(open(sys.argv[1] + "/served"))
logs = j["operators"][0]["logs"]
l, m = logs
def state(name, time):
    return {name: {"timestamp": time}}
exec(sys.argv[2])
json.dump(j, open(sys.argv[1] + "/list.json", "w"))
END
		fail "relist $1"
}
# one_run WHAT INCOMPLETE COVERAGE ARG ...: a run at $now; whether 2 is in its
# exit status, and what its report says of the first log.
now=2026-06-02T00:00:00Z
one_run() {
	ctwatch run --log-list "$dir/list.json" --state "$dir/$state" \
	    --format json --no-notify --watch .nowhere.example \
	    --now "$now" "${@:4}"
	is "$1: incomplete" $((status & 2)) "$2"
	is "$1" "$(report '[(l["status"], l["next_entry"], l["reason"])
	    for l in j["coverage"]["logs"] if "-2" not in l["description"]][0]')" "$3"
}
# listed: what `ctwatch logs' says of the first log
listed() {
	ctwatch logs --log-list "$dir/list.json" --state "$dir/$state" \
	    --format json --now "$now"
	json "$dir/out" '[(l["read"], l["usable"], l["reason"])
	    for l in j["logs"] if "-2" not in l["description"]][0]'
}
first="Loopback 'rfc6962' log"
shard='l["temporal_interval"] = {"start_inclusive": "2025-01-01T00:00:00Z",
    "end_exclusive":'

# A log is read until a head that is dated after its end was read.
for end in retired rejected 'expired shard'; do
	state=${end% *}
	at=2026-06-01
	[ "$end" = 'expired shard' ] && at=2026-05-01
	serve ${at}T06:00:00Z
	relist ''
	now=${at}T07:00:00Z
	one_run "before it ended: $end" 0 "('complete', 3, None)" --since start
	now=2026-06-02T00:00:00Z
	case $end in
	expired*) relist "$shard '${at}T12:00:00Z'}" ;;
	*) relist "l['state'] = state('$end', '${at}T12:00:00Z')" ;;
	esac
	grow 6 ${at}T11:59:00Z
	one_run "its last entries: $end" 0 "('complete', 6, None)"
	grow 8 ${at}T12:01:00Z
	is "$end, and not read to its end" "$(listed)" "(True, True, None)"
	one_run "its very last entries: $end" 0 "('complete', 8, None)"
	one_run "it is over: $end" 0 "('skipped', 0, '$end')"
	is "$end, and read to its end" "$(listed)" "(False, True, '$end')"
	one_run "named with --log: $end" 0 "('complete', 8, None)" --log "$first"
done

# A test log is read while it has signed more than was read.
serve
state=test
relist ''
one_run "before it was a test log" 2 "('partial', 2, '1 entries left')" \
    --since start --max-entries 2
relist 'l["log_type"] = "test"'
one_run "the rest of a test log" 0 "('complete', 3, None)"
one_run "a test log" 0 "('skipped', 0, 'test log')"

# A retirement to come is none yet.
state=announced
relist 'l["state"] = state("retired", "2026-06-02T00:00:01Z")'
one_run "an announced retirement" 0 "('complete', 3, None)" --since start

# A log that was retired before it was known is read if --since reaches back
# to certificates that may be valid.
state=back
relist 'l["state"] = state("retired", "2026-05-01T00:00:00Z")'
one_run "a retired log" 0 "('skipped', 0, 'retired')"
one_run "with --since" 0 "('complete', 3, None)" --since 60d
state=further-back
relist "l['state'] = state('retired', '2026-05-01T00:00:00Z')
$shard '2026-05-20T00:00:00Z'}"
one_run "with no valid certificates" 0 "('skipped', 0, 'retired')" --since 60d

# One that does not answer any more has lost nothing that it had signed.
state=gone
relist ''
one_run "before it was gone" 0 "('complete', 3, None)" --since start
control "log=rfc6962&fault=404"
why="$url/rfc6962/ct/v1/get-sth: HTTP status 404"
one_run "gone, but listed" 2 "('unreachable', 3, '$why: \
{\"error_message\":\"fault\",\"success\":false}\\\\x0a')"
relist 'l["state"] = state("retired", "2026-06-01T12:00:00Z")'
one_run "gone" 0 "('skipped', 3, 'retired, and does not answer; read up to its \
head of 2026-06-01T06:00:00Z, 3 entries; later entries are not covered')"

# ---- logs whose entry in the list has a fault ----

state=faulty
while IFS='|' read -r change reason; do
	serve
	relist "$change"
	one_run "$reason" 2 "('unusable', 0, '$reason')" --since start
	is "logs: $reason" "$(listed)" "(False, False, '$reason')"
	exits "logs: $reason" 2
	rm -rf "$dir/$state"
done <<'END'
l["key"] = l["key"][0:64] + "\n" + l["key"][64:]|key: not base64
l["log_id"] = m["log_id"][0:-4] + "AAA="|log_id: not the SHA-256 of the key
del l["url"]|url: missing
END

# A mimic log, whose private key is public, is not read; neither by its name.
serve
relist 'import base64, hashlib
key = open(sys.argv[3], "rb").read()
l["key"] = base64.b64encode(key).decode()
l["log_id"] = base64.b64encode(hashlib.sha256(key).digest()).decode()'
why='mimic log: its private key is public'
state=mimic
one_run "a mimic log" 2 "('skipped', 0, '$why')" --since start
suspect() {
	report '[(f["status"], f.get("reason")) for f in j["findings"]
	    if f["rule"] == "CTW057"]'
}
says "the list" 'list.json: the log list is suspect: it has the mimic log'
is "the finding" "$(suspect)" "[('new', None)]"
one_run "a mimic log by name" 2 "('skipped', 0, '$why')" --log "$first"
is "the finding, again" "$(suspect)" "[('open', None)]"
relist ''
one_run "a list that is good again" 0 "('complete', 3, None)"
is "the finding" "$(suspect)" "[('closed', 'no longer applies')]"

# A list of which all shards end soon hides the logs of today.
relist "$shard '2026-08-30T00:00:00Z'}
m['temporal_interval'] = l['temporal_interval']"
state=frozen
one_run "a frozen list" 2 "('complete', 3, None)" --since start
is "the finding" "$(suspect)" "[('new', None)]"
relist "$shard '2026-09-01T00:00:00Z'}"
one_run "a list of today" 0 "('complete', 3, None)"
is "the finding" "$(suspect)" "[('closed', 'no longer applies')]"
exit 0
