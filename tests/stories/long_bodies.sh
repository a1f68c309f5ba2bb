#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# Bodies of many megabytes: read where a log needs them, one after the other;
# and logs that send without end do not fill the memory all at once.
. "${top_srcdir:-.}/tests/support/story.sh"

key stranger
cert 1 stranger www.example.com
# Entries with a megabyte of chain each, so that a page is far over 8 MiB.
python3 - "$src/data/entries/argon2026h2-1111014090.json" >"$dir/long.jsonl" \
    <<'END'
import base64, json, sys
entry = json.load(open(sys.argv[1]))["entries"][0]
n = 1 << 20
chain = (n + 3).to_bytes(3, "big") + n.to_bytes(3, "big") + bytes(n)
leaf = base64.b64decode(entry["leaf_input"])
if leaf[11]: # a precertificate stands before its chain
    chain = (3).to_bytes(3, "big") + b"\x30\x01\x00" + chain
entry["extra_data"] = base64.b64encode(chain).decode()
for i in range(9):
    print(json.dumps(entry))
END
logd --only rfc6962 --logs 2 --operators 2 "$dir/long.jsonl"
run --watch .example.com
exits "long pages" 0
is "all of it" "$(json "$dir/out" '{(l["status"], l["next_entry"], l["verified"])
    for l in j["coverage"]["logs"]}')" "{('complete', 9, True)}"
# Each page twice: shortly, to be given up, and then alone.
control ms=0
is "requests for pages" "$(json "$dir/control" 'max(
    l["hits"].get("get-entries", 0) for l in j["logs"].values())')" 2
stop_logd || exit 1

logd --logs 3 --operators 6 --entries 1000 --max-batch 100 "$dir/certs"
for log in rfc6962 rfc6962-2 rfc6962-3 static static-2 static-3; do
	control "log=$log&fault=endless&on=get-entries,data"
done
rm -r "$dir/state"
most=160 # MiB
sanitized && most=$((4 * most))
python3 - "$most" "$bin/ctwatch/ctwatch" run --log-list "$url/log_list.json" \
    --state "$dir/state" --since start --format json --no-notify \
    --watch .example.com --max-time 2s >"$dir/out" 2>"$dir/err" <<'END' ||
import subprocess, sys, time
child = subprocess.Popen(sys.argv[2:])
most = 0
while child.poll() is None:
    try:
        with open("/proc/%d/status" % child.pid) as f:
            for line in f:
                if line.startswith("VmHWM:"):
                    most = max(most, int(line.split()[1]))
    except OSError:
        pass # it has just ended
    time.sleep(0.005)
sys.exit(child.returncode != 2 or most > int(sys.argv[1]) << 10 and "%d KiB" % most)
END
	fail "endless bodies"
is "none of it" "$(json "$dir/out" 'sum(l["entries_read"]
    for l in j["coverage"]["logs"])')" 0
