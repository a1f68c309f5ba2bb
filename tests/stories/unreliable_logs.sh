#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# Logs that are down, slow, malformed or hostile, all in one run: each is
# reported with its fault, and the others are read.
. "${top_srcdir:-.}/tests/support/story.sh"

key unrelated
cert 1 unrelated www.example.com
logd --logs 12 --operators 24 --entries 300 --max-batch 100 "$dir/certs" \
    "$src/data/entries/argon2026h2-1111014090.json"

# LOG, FAULT, and what the report must say: STATUS VERIFIED NEXT REASON
cat >"$dir/run" <<'END'
rfc6962 none complete True 300 None
rfc6962-2 500 unreachable False 0 get-sth: .*status 500
rfc6962-3 429&for=1 complete True 300 None
rfc6962-4 429&for=1&date=1 complete True 300 None
rfc6962-5 html&on=get-entries partial False 0 get-entries: not JSON: <!DOCTYPE html>
rfc6962-6 cut&every=3 complete True 300 None
rfc6962-7 reset&every=4 complete True 300 None
rfc6962-8 gzipbomb&on=get-entries partial False 0 inflates to more than
rfc6962-9 endless&on=get-sth unreachable False 0 a body of more than
rfc6962-10 redirect unreachable False 0 status 302
rfc6962-11 slow&ms=500 complete True 300 None
rfc6962-12 badjson&every=3 complete True 300 None
static none complete True 300 None
static-2 503 unreachable False 0 checkpoint: .*status 503
static-3 429&for=1 complete True 300 None
static-4 html&on=checkpoint unreachable False 0 not a signed note: <!DOCTYPE html>
static-5 gzip complete True 300 None
static-6 cut&every=3 complete True 300 None
static-7 reset&every=4 complete True 300 None
static-8 gzipbomb&on=data partial False 0 inflates to more than
static-9 hugebody&on=data partial False 0 a body of more than
static-10 404&on=data partial False 0 status 404
static-11 partial404&on=data partial True 256 status 404
static-12 500&on=tile,issuer complete True 300 None
END
while read -r log fault _; do
	control "log=$log&fault=$fault"
done <"$dir/run"

run --watch .example.com --max-time 8s --fail-on high
exits "unreliable logs" 2
python3 - "$dir" <<'END' || fail "coverage"
import json, re, sys
folder = sys.argv[1]
coverage = json.load(open(folder + "/out"))["coverage"]
logs = {l["url"].split("/")[3]: l for l in coverage["logs"]}
bad = 0
for line in open(folder + "/run"):
    name, fault, status, verified, next_entry, reason = line.split(None, 5)
    l = logs[name]
    got = l["status"], str(l["verified"]), str(l["next_entry"])
    if (got[0] != status or verified not in ("*", got[1]) or got[2] != next_entry
            or not re.search(reason.strip(), str(l["reason"]))):
        print(name, fault, *got, l["reason"])
        bad = 1
    if l["unread"] != ([] if got[2] == "300" or not l["tree_size"]
                       else [[l["next_entry"], 300]]):
        print(name, "unread:", l["unread"])
        bad = 1
sys.exit(bad)
END
is "operators" "$(report 'sum(f["subject"] == "two operators"
    for f in j["findings"])')" 1

is "redirects followed" "$(json "$dir/control" \
    'j["log-list"]["hits"].get("other", 0)')" 0

# the next run is a good one
control 'fault=none'
run --watch .example.com --fail-on high
exits "the next run" 0
is "complete" "$(report '{(l["status"], l["next_entry"], l["verified"])
    for l in j["coverage"]["logs"]}')" "{('complete', 300, True)}"
is "still unreachable" "$(report 'sum(f["rule"] == "CTW071" and
    f["status"] != "closed" for f in j["findings"])')" 0
is "sightings" "$(report 'len(j["findings"][0]["sightings"])')" \
    $((24 * 300 / 15))
