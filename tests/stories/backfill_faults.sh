#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# A part that is missing, damaged, of another plan, or false is a gap and never
# accepted; a plan that was changed, or is for other names, is refused.
. "${top_srcdir:-.}/tests/support/story.sh"

python3 -c 'import sqlite3' 2>/dev/null || skip "no python3 with sqlite3"
check() {
	python3 "$src/tests/support/backfill_check.py" "$@"
}
for k in web old; do key $k; done
cert 1 old www.example.com
cert 2 web shop.example.com
cp "$src"/data/certs/valid/*.der "$dir/certs" || fail "no certificates"
# An entry without a certificate, whose bytes have a watched name.
printf '0\202\001\001www.example.com' >"$dir/broken.der"
python3 - "$dir" >"$dir/broken.jsonl" <<'END' || fail "entry"
import base64, json, struct, sys
der = open(sys.argv[1] + "/broken.der", "rb").read()
leaf = (bytes(2) + struct.pack(">QH", 1795900000000, 0) +
        struct.pack(">I", len(der))[1:] + der + bytes(2))
print(json.dumps({"leaf_input": base64.b64encode(leaf).decode(),
                  "extra_data": "AAAA"}))
END
inputs=("$dir/certs" "$dir/broken.jsonl")
logd --entries 3000 "${inputs[@]}"
names=(--watch .example.com)
now=$(date -u +%FT%TZ)
# lists: options that name the logs, whose port changes.
lists() {
	echo --log-list "$url/log_list.json" --now "$now"
}
plan() {
	ctwatch backfill plan $(lists) "${names[@]}" --state "$dir/none" \
	    --output "$dir/plan" --since start --part-entries 512 \
	    --rate 1000 "$@"
}
# scan_all PLAN DIR: all parts, by their numbers.
scan_all() {
	for i in $(seq 0 "$(json "$1" 'j["parts"] - 1')"); do
		ctwatch backfill scan --part "$i" --output "$2" "$1"
		exits "part $i" 0
	done
}
merge() {
	ctwatch backfill merge "$dir/plan" "$dir/parts" --state "$dir/state" \
	    $(lists) "${names[@]}" --no-notify --no-revocation \
	    --evidence none --format json "$@"
}
# part_is WHAT PART STATE: how status and merge call the file of a part.
part_is() {
	ctwatch backfill status "$dir/plan" "$dir/parts"
	exits "$1" 2
	grep -q "^part $2: $3: " "$dir/out" ||
	    fail "$1: $(cat "$dir/out")"
}
plan
exits "plan" 0
scan_all "$dir/plan" "$dir/parts"
cp -R "$dir/parts" "$dir/sound"
sound=$dir/sound
parts=$dir/parts
is "matches" "$(check parts "$dir/plan" "$parts")" \
    "$(cat "$sound"/* | grep -c '^{"match"')"

# ---- files of parts ----
rm "$parts/part-1.ctwpart"
part_is "no file" 1 missing
head -c -30 "$sound/part-1.ctwpart" >"$parts/part-1.ctwpart"
part_is "cut short" 1 damaged
sed '$d' "$sound/part-1.ctwpart" >"$parts/part-1.ctwpart"
part_is "without the last line" 1 damaged
: >"$parts/part-1.ctwpart"
part_is "empty" 1 damaged
sed '2s/A/B/' "$sound/part-1.ctwpart" >"$parts/part-1.ctwpart"
part_is "changed" 1 damaged
cat "$sound/part-1.ctwpart" "$sound/part-1.ctwpart" >"$parts/part-1.ctwpart"
part_is "twice" 1 damaged
cp "$sound/part-2.ctwpart" "$parts/part-1.ctwpart"
part_is "another part" 1 "of another plan or part"
# A sparse file beyond LIMIT_PART_BYTES.
rm "$parts/part-1.ctwpart"
truncate -s 268435457 "$parts/part-1.ctwpart"
part_is "too long" 1 missing
grep -q "longer than the limit" "$dir/out" || fail "too long"
# lie WHAT STATE EXPRESSION: a valid file with false contents.
lie() {
	check edit "$dir/plan" "$sound/part-1.ctwpart" \
	    "$parts/part-1.ctwpart" "$3" || fail "edit: $1"
	part_is "$1" 1 "$2"
}
lie "other hashes" false 'lines[0]["hashes"][0] =
    base64.b64encode(bytes(32)).decode()'
lie "other hashes without entries" false 'del lines[1:];
    lines[0]["hashes"][0] = base64.b64encode(bytes(32)).decode()'
lie "hashes of too few entries" false 'lines[0]["hashes"] = []'
lie "another range" "of another plan or part" 'lines[0]["to"] -= 1'
lie "other names" "of another plan or part" \
    'lines[0]["watched_sha256"] = "00" * 32'
lie "another plan" "of another plan or part" \
    'lines[0]["plan_sha256"] = "00" * 32'
lie "no first line" damaged 'del lines[0]'
match='next(l for l in lines if "match" in l)["match"]'
lie "an entry at another index" false "$match[\"index\"] += 1"
lie "an entry above the part" false \
    '[l for l in lines if "match" in l][-1]["match"]["index"] += 1000'
lie "an entry below the part" false "$match[\"index\"] -= 512"
lie "another entry" false "m = $match;
    m['leaf'] = base64.b64encode(decode(m['leaf'])[:-1] + b'x').decode()"
lie "a shorter path" false "$match[\"path\"].pop()"
lie "a path of another form" damaged "$match[\"path\"] = 1"
lie "an entry twice" damaged \
    'lines.insert(1, next(l for l in lines if "match" in l))'
lie "notes of another kind" damaged "$match[\"notes\"] = 64"
rejected='next(l for l in lines if "rejected" in l)["rejected"]'
lie "a refused entry at another index" false "$rejected[\"index\"] -= 1"
lie "a refused entry without its bytes" damaged "del $rejected[\"leaf\"]"
lie "a refused entry for another name" false \
    "$rejected[\"item\"] = 'example.net'"
lie "a reason that is no word" damaged "$rejected[\"reason\"] = 'a b'"
lie "a gap outside" damaged 'lines.append({"gap": {"from": 0, "to": 1,
    "reason": "x"}})'
lie "a line of another kind" damaged 'lines.append({"other": 1})'
lie "an issuer that is too long" damaged 'lines.append({"issuer":
    base64.b64encode(bytes(65537)).decode()})'

lie "an index, though the plan asks for none" damaged \
    'lines.append({"index": "AAAA"})'

# ---- merge: what is missing is a gap ----
rm "$parts/part-8.ctwpart"
lie "other hashes" false 'lines[0]["hashes"][0] =
    base64.b64encode(bytes(32)).decode()'
merge
incomplete=$status
[ $((incomplete & 2)) = 2 ] || fail "merged: exit status $incomplete"
is "gaps" "$(report '[(l["status"], l["first_entry"], l["next_entry"],
    l["unread"]) for l in j["coverage"]["logs"]]')" \
    "[('partial', 1024, 3000, [[512, 1024]]), ('partial', 1536, 3000, [[1024, 1536]])]"
is "no match of a false part" "$(report 'sorted({s["index"] // 512 for f in
    j["findings"] for s in f.get("sightings", [])})')" "[0, 1, 2, 3, 4, 5]"
is "matches of the false part" "$(python3 -c 'import sqlite3, sys
print(sqlite3.connect(sys.argv[1]).execute("SELECT count(*) FROM sighting s"
    " JOIN log_number n ON n.number = s.log JOIN log l ON l.id = n.log WHERE NOT l.is_static AND idx >= 512"
    " AND idx < 1024").fetchone()[0])' "$dir/state/state.db")" 0
# Scanned again, they complete it: the store is that of one run.
for i in 1 8; do
	ctwatch backfill scan --part $i --output "$parts" "$dir/plan"
	exits "part $i again" 0
done
cmp "$sound/part-8.ctwpart" "$parts/part-8.ctwpart" || fail "other bytes"
merge
[ $((status & 2)) = 0 ] || fail "merged all: exit status $status"
is "all" "$(report '[(l["status"], l["first_entry"], l["next_entry"],
    l["refused"] > 0) for l in j["coverage"]["logs"]]')" \
    "[('complete', 0, 3000, True), ('complete', 0, 3000, True)]"
ctwatch run --state "$dir/other" --since start $(lists) "${names[@]}" \
    --no-notify --no-revocation --evidence none --format json
[ "$(check sightings "$dir/state")" = "$(check sightings "$dir/other")" ] ||
    fail "other sightings than those of one run"

# Two merges at once: the second one is refused.
python3 - "$dir/state" "$dir/ready" <<'END' &
import fcntl, os, sys, time
f = open(sys.argv[1] + "/lock", "a+")
fcntl.flock(f, fcntl.LOCK_EX)
open(sys.argv[2], "w").close()
time.sleep(60)
END
background+=($!)
holder=$!
for _ in $(seq 500); do [ -f "$dir/ready" ] && break; sleep 0.02; done
merge
exits "two merges" 32
kill $holder
wait $holder 2>/dev/null
background=()

# ---- plans ----
cp "$dir/plan" "$dir/right"
# bad WHAT EXPRESSION WORDS: a plan that is refused.
bad() {
	python3 - "$dir" "$2" <<'END' || fail "edit: $1"
import json, sys
j = json.load(open(sys.argv[1] + "/right"))
exec(" ".join(sys.argv[2].split()))
json.dump(j, open(sys.argv[1] + "/plan", "w"))
END
	for verb in "scan --part 0 --output $parts $dir/plan" \
	    "status $dir/plan $parts"; do
		ctwatch backfill $verb
		exits "$1: $verb" 64
		says "$1" "$3"
	done
	merge
	exits "$1: merge" 64
}
bad "another version" 'j["version"] = "0.0.9"' \
    "the plan is of ctwatch 0.0.9, and this is"
bad "another format" 'j["format"] = "x"' "not a plan of the format"
bad "no version" 'del j["version"]' "the plan is of ctwatch"
bad "other hashes" 'j["logs"][0]["parts"][2]["hashes"][0] =
j["logs"][0]["parts"][1]["hashes"][0]' "do not give the signed root"
bad "a part less" 'del j["logs"][0]["parts"][2]' "parts, before or after"
bad "parts that overlap" 'j["logs"][0]["parts"][2]["from"] -= 1' \
    "parts, before or after"
bad "a part beyond the head" 'j["logs"][0]["parts"][-1]["to"] += 1' \
    "parts, before or after"
bad "another head" 'j["logs"][0]["head"] = j["logs"][1]["head"]' "head"
bad "a head without a valid signature" 'import base64;
    h = base64.b64decode(j["logs"][0]["head"]);
    j["logs"][0]["head"] = base64.b64encode(
    h.replace(b":3000,", b":3001,")).decode()' "signature"
bad "another key" 'j["logs"][0]["key"] = j["logs"][1]["key"]' "log_id or key"
bad "a log twice" 'j["logs"][1] = j["logs"][0]' "twice"
bad "no logs" 'j["logs"] = []' "no logs"
bad "other names" 'j["watched"].append("example.net")' "not the digest"
bad "a rate of 0" 'j["rate"] = 0' "rate"
# LIMIT_PLAN_RATE and LIMIT_PLAN_PARTS
bad "a rate beyond the limit" 'j["rate"] = 1001' "rate"
bad "parts beyond the limit" 'j["at_once"] = 1001' "at_once"
bad "more parts than allowed" 'j["logs"][0]["parts"] *= 167' \
    "parts, before or after"
bad "text that is no text" 'j["logs"][0]["url"] = "http://x/\n/"' "url"
echo '{' >"$dir/plan"
ctwatch backfill status "$dir/plan" "$parts"
exits "not JSON" 64
says "not JSON" "plan:[0-9]+: not a plan"
cp "$dir/right" "$dir/plan"
ctwatch backfill scan --part 12 --output "$parts" "$dir/plan"
exits "no such part" 64
says "no such part" "has no part 12: its last one is 11"
ctwatch backfill scan --part 0 --rate 1001 --output "$parts" "$dir/plan"
exits "a rate beyond the limit" 64
ctwatch backfill scan --part 0 "$dir/plan"
exits "no folder" 64
ctwatch backfill merge "$dir/plan" "$parts" --state "$dir/state" $(lists) \
    "${names[@]}" --watch example.net --no-notify
exits "a longer watch list" 64
says "a longer watch list" "example.net is watched, and the plan does not"
ctwatch backfill merge "$dir/plan" "$parts" --state "$dir/state" $(lists) \
    --watch www.example.com --no-notify
exits "another watch list" 64
plan --part-entries 1000
exits "not a power of two" 64
plan --part-entries 256 --rate 1001
exits "a rate beyond the limit" 64
plan --since tomorrow
exits "no time" 64
cp "$dir/right" "$dir/plan"

# ---- the disk ----
(ulimit -f 1 && "$bin/ctwatch/ctwatch" backfill scan --part 0 --output \
    "$dir/full" "$dir/plan" 2>"$dir/err")
status=$?
exits "a full disk" 32
is "a full disk" "$(ls "$dir/full")" ""

# ---- a log that changed since the plan ----
port=${url##*:}
stop_logd || fail "logd"
logd --port "$port" --entries 1000 "${inputs[@]}"
ctwatch backfill scan --part 5 --output "$dir/shrunk" "$dir/plan"
exits "a log that shrank" 2
is "no file" "$(ls "$dir/shrunk")" ""
stop_logd || fail "logd"
cert 3 old mail.example.com
logd --port "$port" --entries 3000 "$dir/certs"
for i in 0 8; do
	ctwatch backfill scan --part $i --output "$dir/forked" "$dir/plan"
	exits "a log that forked: part $i" 6
	says "a log that forked" "not those under its signed tree head"
done
is "no file" "$(ls "$dir/forked")" ""
# The store knows the other tree of the same size.
ctwatch run --state "$dir/fork-state" --since start $(lists) "${names[@]}" \
    --no-notify --no-revocation --evidence none --format json
before=$(check sightings "$dir/fork-state")
merge --state "$dir/fork-state"
[ $((status & 6)) = 6 ] || fail "two trees: exit status $status"
is "two trees" "$(report '[l["status"] for l in j["coverage"]["logs"]]')" \
    "['misbehaving', 'misbehaving']"
is "nothing is stored of the other tree" \
    "$(check sightings "$dir/fork-state")" "$before"
is "CTW070" "$(report 'sum(f["rule"] == "CTW070" for f in j["findings"])')" 2
# Logs that no list names, and that the state does not know.
ctwatch backfill merge "$dir/plan" "$parts" --state "$dir/fresh" \
    --log-list "$src/data/static/sunlight-0.8.1/log_list.json" \
    --now "$now" "${names[@]}" --no-notify --no-revocation \
    --format json
exits "unknown logs" 2
is "unknown logs" "$(report '[l["status"] for l in j["coverage"]["logs"]]')" \
    "['skipped', 'unusable', 'unusable']"
exit 0
