#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# --since TIME reads every entry of the period, also one that precedes an
# older entry: a log may merge an entry up to its MMD after the SCT.
. "${top_srcdir:-.}/tests/support/story.sh"

python3 -c '' 2>/dev/null || skip "no python3"
key any
cert 1 any early.example.com
cert 2 any late.example.com
cert 3 any other.example.net
# 1,200 entries: 600 of the first of June, one of the third, and 599 of the
# second that were merged after it, within the MMD of 24 hours.
python3 - "$dir" >"$dir/log.jsonl" <<'END' || fail "entries"
import base64, datetime, json, struct, sys
read = lambda n: open("%s/certs/%d.der" % (sys.argv[1], n), "rb").read()
vector = lambda b: struct.pack(">I", len(b))[1:] + b
b64 = lambda b: base64.b64encode(b).decode()
def entry(n, day, hour, more):
    at = datetime.datetime(2026, 6, day, hour, tzinfo=datetime.timezone.utc)
    print(json.dumps({
        "leaf_input": b64(bytes(2) + struct.pack(
            ">QH", int(at.timestamp()) * 1000 + more, 0) +
            vector(read(n)) + bytes(2)),
        "extra_data": b64(vector(b""))}))
for i in range(600):
    entry(1 if i == 0 else 3, 1, 0, i)
entry(2, 3, 12, 0)
for i in range(599):
    entry(3, 2, 20, i)
END
logd --only rfc6962 "$dir/log.jsonl"
since() {
	ctwatch run --log-list "$url/log_list.json" --state "$dir/state" \
	    --since "$1" --format json --no-notify --watch .example.com
}
since 2026-06-03T00:00:00Z
is "found" "$(report '[f["certificate"]["names"][0] for f in
    j["findings"] if f["rule"] == "CTW000"]')" "['late.example.com']"

# A log that is known already is not begun again, and the run says so.
since 2026-06-01T00:00:00Z
says "a known log" "since"
exit 0
