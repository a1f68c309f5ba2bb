#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# Timestamps of entries that do not fit the tree heads: merged after the MMD,
# after the head that covers them, in the future.  And what --since reads.
. "${top_srcdir:-.}/tests/support/story.sh"

key unrelated
cert 1 unrelated www.example.com
now=$(date +%s)

# entry FILE SECONDS: an entry of the certificate, its SCT so far from now
entry() {
	python3 - "$dir/certs/1.der" "$(((now + $2) * 1000))" >"$dir/$1.jsonl" \
	    <<'END' || fail entry
import base64, json, struct, sys
der = open(sys.argv[1], "rb").read()
leaf = (b"\0\0" + struct.pack(">QHI", int(sys.argv[2]), 0, len(der))[:10] +
    struct.pack(">I", len(der))[1:] + der + b"\0\0")
print(json.dumps({"leaf_input": base64.b64encode(leaf).decode(),
    "extra_data": "AAAA"}))
END
}

# late: the findings about late merges
late() {
	report 'sorted((f["status"], f["severity"], f["message"].split(" log: ")[1]
	    .split(" is dated")[0], f["message"].count("merge delay"),
	    f["message"].count("after the tree head"))
	    for f in j["findings"] if f["rule"] == "CTW056")'
}

entry early -90000
entry intime -90000 # 24 h before the first head, which is of an hour ago
entry late -180000
entry after 1800
files="$dir/early.jsonl $dir/intime.jsonl $dir/late.jsonl $dir/after.jsonl"

# shellcheck disable=SC2086 # the files are several
logd --size 1 --timestamp $(((now - 3600) * 1000)) $files
run --watch .example.com
is "one entry" "$(late)" "[]"
control "size=2&time=$((now * 1000))"
run --watch .example.com
is "merged in time" "$(late)" "[]"
# a run that reads the late entry and cannot prove it says nothing yet
control "size=4&time=$(((now + 60) * 1000))"
control 'fault=500&on=get-sth-consistency'
run --watch .example.com --max-entries 1 --log "Loopback 'rfc6962' log"
is "not proved" "$(late)" "[]"
control 'fault=none&size=3'
control "time=$(((now + 120) * 1000))"
control size=4
run --watch .example.com
is "late and after its head" "$(late)" "[('new', 'medium', 'entry 2', 1, 1), ('new', 'medium', 'entry 2', 1, 1)]"
is "first seen" "$(report '[f["first_seen"] <= j["run"]["ended"] and
    f["last_seen"] <= j["run"]["ended"] for f in j["findings"]
    if f["rule"] == "CTW000"]')" "[True]"
is "its note" "$(report '["a log dated its SCT in the future" in f["notes"]
    for f in j["findings"] if f["rule"] == "CTW000"]')" "[True]"
ctwatch explain CTW056
exits "explain" 0
stop_logd || exit

# the late entry alone
rm -rf "$dir/state"
# shellcheck disable=SC2086
logd --key-seed other --size 2 --timestamp $(((now - 3600) * 1000)) $files
run --watch .example.com
control size=3
run --watch .example.com
is "late" "$(late)" "[('new', 'medium', 'entry 2', 1, 0), ('new', 'medium', 'entry 2', 1, 0)]"
stop_logd || exit
