#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# From certspotter to ctwatch: positions that the real certspotter wrote are
# continued without a gap and proved; a damaged one is refused.
. "${top_srcdir:-.}/tests/support/story.sh"

command -v certspotter >/dev/null || skip "no certspotter"

config=$dir/config
mkdir -p "$config/hooks.d"
printf '# ours\n.com\n.org valid_at:2020-01-01T00:00:00Z\n' \
    >"$config/watchlist"
printf '# the team\n security@example.com \n\nnight@example.com' \
    >"$config/email_recipients"

# The static log is one that this certspotter does not know.
logd --size 21 \
    "$src/data/entries/argon2026h2-1111014090.json" \
    "$src/data/entries/nimbus2026-4354630040.json" "$src/data/certs/valid"
curl -sf "$url/log_list.json" >"$dir/list.json"
old=$dir/certspotter
certspotter -logs "$dir/list.json" -state_dir "$old" -stdout -verbose \
    -watchlist "$config/watchlist" >"$dir/out" 2>"$dir/err" &
pid=$!
for _ in $(seq 200); do
	grep -qs '"verified_position":{[^}]*"size":21}' \
	    "$old"/logs/*/state.json && break
	sleep 0.02
done
kill "$pid"
wait "$pid" 2>/dev/null
state=$(echo "$old"/logs/*/state.json)
is "certspotter's position" "$(json "$state" \
    'j["verified_position"]["size"]')" 21
marks=$(find "$old/certs" -name '.*.notified' | wc -l)
[ "$marks" -gt 0 ] || fail "certspotter notified of no certificate"

# the configuration, on its own
ctwatch import certspotter --config-dir "$config"
exits "configuration" 0
is "watched" "$(report 'j["watch"]')" "['.com', '.org']"
is "mailed" "$(report 'j["mail"]')" \
    "['security@example.com', 'night@example.com']"
is "hooks" "$(report 'j["hooks"]')" "$config/hooks.d"

# a recipient that mail cannot be sent to is not left out in silence
cp -r "$config" "$dir/odd"
printf 'a@example.com\nb\351@example.com\n' >"$dir/odd/email_recipients"
ctwatch import certspotter --config-dir "$dir/odd"
exits "odd recipient" 64
says "odd recipient" 'odd/email_recipients: line 2: .b\\xe9@example.com. is no'

# a position that leads to another root is not believed
cp -r "$old" "$dir/forged"
python3 - "$dir"/forged/logs/*/state.json <<'END'
import json, sys
j = json.load(open(sys.argv[1]))
nodes = j["verified_position"]["nodes"]
nodes[0], nodes[1] = nodes[1], nodes[0]
json.dump(j, open(sys.argv[1], "w"))
END
ctwatch import certspotter "$dir/forged" --state "$dir/never"
exits "forged" 32
says "forged" 'do not give the root'
ctwatch import certspotter "$config" --state "$dir/never"
exits "no state directory" 64

# everything, and then a run from there on
ctwatch import certspotter "$old" --state "$dir/state" --config-dir \
    "$config" --watchlist-out "$dir/watch" --config-out "$dir/ctwatch.json"
exits "import" 0
says "marks" "$marks certificates"
says "position" 'continues at entry 21'
cmp -s "$config/watchlist" "$dir/watch" || fail "another watch list"
ctwatch state verify --state "$dir/state"
exits "sound" 0

control "size=33"
log="j['coverage']['logs'][0]"
covered="[$log[m] for m in ('status', 'verified', 'first_entry',
    'next_entry', 'entries_read')]"
run --config "$dir/ctwatch.json" --since now
is "continued" "$(report "$covered")" "['complete', True, 21, 33, 12]"
# It was the first run for all others: they begin at --since, not at 0.
other="j['coverage']['logs'][1]"
other="[$other[m] for m in ('type', 'first_entry', 'next_entry')]"
is "not imported" "$(report "$other")" "['static', 33, 33]"

# once more: what ctwatch knows better stays
ctwatch import certspotter "$old" --state "$dir/state"
exits "again" 0
says "again" 'its position is kept'
run --config "$dir/ctwatch.json" --since now
is "nothing twice" "$(report "$covered")" "['complete', True, 21, 33, 0]"
