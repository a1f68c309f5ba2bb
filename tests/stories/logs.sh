#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# Which logs there are and how far they were read, before a run, after it,
# and when the server of the log list is gone; the heads that a run saw, held
# against the logs' keys by openssl.
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
exit 0
