#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# A finding that closes in a run is in that run's report as resolved, with the
# reason, and in no later one; a finding that is created as closed was never
# open, and is not.
. "${top_srcdir:-.}/tests/support/story.sh"

for k in web shop old; do key $k; done
cert 1 shop shop.example.com
cert 2 shop pay.example.com
cert 3 old old.example.com
cert 4 old late.example.com
pinset() {
	cat >"$dir/pinset.json" <<END
{"format": "ctwatch-pinset/1", "name": "story", "version": 1,
 "keys": [{"id": "web", "spki": "sha256/$pin_web", "state": "backup"}$1],
 "domains": [{"pattern": "**.example.com", "keys": ["web"$2]}]}
END
}
# one_run DAY ARG ...: a run so long after the first, $ahead seconds behind the
# clock of the log.
first=$(date +%s)
ahead=0
one_run() {
	now=$((first + $1 * 86400))
	control "time=$((now + ahead))000"
	run --pinset "$dir/pinset.json" --now "$(date -u -d "@$now" +%FT%TZ)" \
	    "${@:2}"
}
# resolved: "NAME REASON" of each that the last report calls so.
resolved() {
	report '", ".join(sorted("%s %s" % (f["certificate"]["names"][0],
	    f["reason"]) for f in j["findings"] if f.get("resolved") and
    f["rule"] == "CTW001"))'
}

logd --only rfc6962 --size 3 "$dir/certs"
pinset "" ""
one_run 0
is "found" "$(report 'sum(f["status"] == "new" for f in j["findings"]
    if f["rule"] == "CTW001")') $(resolved)" "3 "
one_run 1
is "nothing" "$(resolved)" ""

# The shop's key is taken into the pinset.
pinset ', {"id": "shop", "spki": "sha256/'"$pin_shop"'", "state": "active"}' \
    ', "shop"'
one_run 2
is "approved" "$(resolved)" "pay.example.com approved, shop.example.com approved"
is "expected from now on" "$(report 'sorted(c["names"][0] + " " + c["pin"]["id"]
    for c in j["expected"])')" "['pay.example.com shop', 'shop.example.com shop']"
cp "$dir/out" "$dir/report.json"
"$bin/ctwatch/ctwatch" report --state "$dir/state" >"$dir/text"
grep -q 'Resolved: 3\.' "$dir/text" || fail "$(cat "$dir/text")"
[ "$(sed -n '/^RESOLVED$/,/^[A-Z]* CERT/p' "$dir/text" |
    grep -Ec 'CTW001.*closed|reason  *approved')" = 4 ] ||
    fail "$(cat "$dir/text")"
ctwatch report --state "$dir/state" --format html
[ "$(grep -o 'unexpected-key: approved' "$dir/out" | wc -l)" = 2 ] ||
    fail "not in HTML"
# Clients with the pins take what was approved, so that nothing failed.
ctwatch report --state "$dir/state" --format hpkp-report
is "pin validation failures" "$(grep -o '"hostname": *"[^"]*"' "$dir/out" |
    tr -d ' ')" '"hostname":"old.example.com"'
one_run 3
is "reported once" "$(resolved)" ""

# A clock that is wrong, and right again.
clock() {
	report '[f["status"] for f in j["findings"] if f["rule"] == "CTW072"]'
}
ahead=300
one_run 4
is "a clock that is five minutes late" "$(clock)" "[]"
ahead=301
one_run 5
is "a clock that is later" "$(clock)" "['new']"
ahead=0
one_run 6
is "a clock that is right" "$(clock)" "['closed']"

# A clock that is ahead lets nothing expire; once it is right, the logs agree.
control "time=$((first + 6 * 86400))000"
run --pinset "$dir/pinset.json" \
    --now "$(date -u -d "@$((first + 200 * 86400))" +%FT%TZ)"
is "a clock that is ahead" "$(clock) $(resolved)" "['new'] "
is "still open" "$(report 'sorted(f["certificate"]["names"][0]
    for f in j["findings"] if f["rule"] == "CTW001" and
    f["status"] in ("new", "open"))')" "['old.example.com']"
one_run 7
is "a clock that is right again" "$(clock)" "['closed']"

# The other one expires; and one turns up that had expired long before.
one_run 100
is "expired" "$(resolved)" "old.example.com expired"
control size=4
one_run 101
is "closed from the start" "$(resolved) $(report '[f["status"]
    for f in j["findings"] if f["rule"] == "CTW001"]')" " ['closed']"
ctwatch report --state "$dir/state" --since 365d --format json
is "of a year" "$(resolved)" "old.example.com expired, \
pay.example.com approved, shop.example.com approved"
