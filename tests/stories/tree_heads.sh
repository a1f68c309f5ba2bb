#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# Tree heads and proofs: two signed statements accuse a log, what a cache may
# have served does not, and what later evidence clears is closed.
. "${top_srcdir:-.}/tests/support/story.sh"

key unrelated
cert 1 unrelated www.example.com
entries=$src/data/entries/argon2026h2-1111014090.json

# begin SIZE ENTRIES ARG ...: logs of both kinds, read to SIZE by a new store
begin() {
	logd --size "$1" --entries "$2" "${@:3}" "$dir/certs" "$entries"
	rm -rf "$dir/state"
	run --watch .example.com --fail-on high
}

# is_read WHAT ROWS: of the rfc6962 and the static log in the last report:
# status, verified, next entry, tree size
is_read() {
	is "$1" "$(report 'sorted((l["type"], l["status"], l["next_entry"],
	    l["tree_size"]) for l in j["coverage"]["logs"])')" "$2"
}

# accused: what the report of the last run says of logs that misbehave
accused() {
	report 'sorted(set((f["status"], f["message"].split(": ", 1)[0])
	    for f in j["findings"] if f["rule"] == "CTW070"))'
}

# reasons: why logs are not complete
reasons() {
	report '[str(l["reason"]) for l in j["coverage"]["logs"]]'
}

# ---- a smaller tree that is signed with a later timestamp (3.5) ----
begin 200 300
exits "before" 0
control 'fault=rollback&to=150'
run --watch .example.com --fail-on high
exits "a rollback" 7
is_read "a rollback" "[('rfc6962', 'misbehaving', 200, None), ('static', 'misbehaving', 200, None)]"
is "accused" "$(report 'sum("150 entries" in f["message"] and
    "200 entries" in f["message"] for f in j["findings"]
    if f["rule"] == "CTW070" and f["status"] == "new")')" 2
# it goes on as if nothing had been: it is read on, and stays accused
sleep 1.1
control 'fault=none&size=300'
run --watch .example.com --fail-on high
is_read "after" "[('rfc6962', 'complete', 300, 300), ('static', 'complete', 300, 300)]"
is "still accused" "$(report 'sum(f["status"] == "open" for f in j["findings"]
    if f["rule"] == "CTW070")')" 2
stop_logd || exit

# ---- an old head of a lagging replica, and a bad proof of a cache ----
begin 200 300
control 'fault=shrink&to=150'
control 'fault=badproof&on=get-sth-consistency&also=1'
control 'log=static&fault=shrink&to=150'
control 'log=static&fault=badtile&on=tile&also=1'
run --watch .example.com --fail-on high
exits "an old head, and no proof" 2
is_read "an old head, and no proof" "[('rfc6962', 'partial', 200, 200), ('static', 'partial', 200, 200)]"
is "not accused" "$(accused)" "[]"
reasons | grep -q 'an older tree head could not be verified' || fail "$(reasons)"
control 'fault=none'
run --watch .example.com --fail-on high
exits "the next run" 0
is "still not accused" "$(accused)" "[]"
# the cache is bypassed when a proof does not hold
control 'fault=shrink&to=150'
control 'fault=badproof&on=get-sth-consistency&also=1&cached=1'
control 'log=static&fault=shrink&to=150'
control 'log=static&fault=badtile&on=tile&also=1&cached=1'
run --watch .example.com --fail-on high
exits "a proof past the cache" 0
is_read "a proof past the cache" "[('rfc6962', 'complete', 200, 200), ('static', 'complete', 200, 200)]"
# likewise an unsigned head, which is no evidence
control 'fault=badsig&cached=1'
run --watch .example.com --fail-on high
exits "a head past the cache" 0
control 'fault=badsig'
run --watch .example.com --fail-on high
exits "no signed head" 2
is "no signed head" "$(accused)" "[]"
# and for the entries
control 'fault=swapentry&cached=1&size=300'
run --watch .example.com --fail-on high
exits "entries past the cache" 0
is_read "entries past the cache" "[('rfc6962', 'complete', 300, 300), ('static', 'complete', 300, 300)]"
is "sightings" "$(report 'len(j["findings"][0]["sightings"])')" 40
stop_logd || exit

# ---- an old head after a part was proved ----
now=$(date +%s)
begin 100 600 --timestamp $(((now - 7200) * 1000))
control "size=600&time=$((now * 1000))"
run --watch .example.com --fail-on high --max-entries 300
is "a part" "$(report 'sorted(l["next_entry"] for l in j["coverage"]["logs"])')" \
    "[400, 512]"
control 'fault=shrink&to=250'
run --watch .example.com --fail-on high
exits "an old head after a part" 0
is_read "an old head after a part" "[('rfc6962', 'complete', 600, 600), ('static', 'complete', 600, 600)]"
is "not accused" "$(accused)" "[]"
stop_logd || exit

# ---- a root that differs in two reads, and what clears the log ----
key forged
rm -r "$dir/certs"
for i in 1 2 3 4; do
	cert $i unrelated shop.example.net
done
cert 5 forged www.example.com
logd --size 4 --entries 5 "$dir/certs"
rm -rf "$dir/state"
control 'fault=swapentry&at=2&to=4'
run --watch .example.com --fail-on high
exits "a root that differs twice" 7
is "accused" "$(report '[f["status"] for f in j["findings"]
    if f["rule"] == "CTW070"]')" "['new', 'new']"
is "the certificate" "$(report '[f["verified"] for f in j["findings"]
    if f["certificate"]]')" "[False]"
run --watch .example.com --fail-on high
is "the same again" "$(report '[f["status"] for f in j["findings"]
    if f["rule"] == "CTW070"]')" "['open', 'open']"
control 'fault=none'
run --watch .example.com --fail-on high
exits "read again" 0
is_read "read again" "[('rfc6962', 'complete', 4, 4), ('static', 'complete', 4, 4)]"
ctwatch findings --state "$dir/state" --status all --format json
is "cleared" "$(report 'sorted((f["rule"], f["status"], f["reason"])
    for f in j["findings"])')" "[('CTW000', 'closed', 'no log has the certificate: its entry was not verified'), ('CTW070', 'closed', 'the entries were read again and hash to the signed root'), ('CTW070', 'closed', 'the entries were read again and hash to the signed root')]"
ctwatch inventory --state "$dir/state" --format json
is "inventory" "$(report 'j["certificates"]')" "[]"
ctwatch state verify --state "$dir/state"
exits "the store" 0
stop_logd || exit

# ---- a head from the future ----
logd --size 4 "$dir/certs"
rm -rf "$dir/state"
control "time=$((($(date +%s) + 3 * 3600) * 1000))"
run --watch .example.net --fail-on high
exits "a head from the future" 2
is_read "a head from the future" "[('rfc6962', 'partial', 4, 4), ('static', 'partial', 4, 4)]"
reasons | grep -Eq 'dated [23] h in the future' || fail "$(reasons)"
stop_logd || exit

# ---- the final head of the log list ----
logd --size 3 "$dir/certs"
for final in 4 2; do
	rm -rf "$dir/state"
	curl -sf "$url/log_list.json" | python3 -c 'import base64, json, sys
j = json.load(sys.stdin)
for o in j["operators"]:
    for l in o["logs"]:
        l["state"] = {"readonly": {"timestamp": "2024-01-01T00:00:00Z",
            "final_tree_head": {"tree_size": int(sys.argv[1]),
            "sha256_root_hash": base64.b64encode(bytes(32)).decode()}}}
json.dump(j, sys.stdout)' $final >"$dir/final.json"
	ctwatch run --log-list "$dir/final.json" --state "$dir/state" \
	    --since start --format json --no-notify --fail-on high \
	    --watch .example.net
	if [ $final = 4 ]; then
		exits "before its final head" 2
		is_read "before its final head" "[('rfc6962', 'partial', 3, 3), ('static', 'complete', 3, 3)]"
	else
		exits "beyond its final head" 7
		is_read "beyond its final head" "[('rfc6962', 'misbehaving', 3, 3), ('static', 'complete', 3, 3)]"
	fi
done
