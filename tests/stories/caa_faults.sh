#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# CAA look-ups of a resolver that answers wrongly, late, in part or not at all;
# a run that is killed while it waits for answers; more names than one run looks
# up (LIMIT_CAA_NAMES).
. "${top_srcdir:-.}/tests/support/story.sh"

python3 -c '' 2>/dev/null || skip "no python3"
ctwatch run --caa --caa-resolver 127.0.0.1:1 --state "$dir/none"
! grep -q 'built without c-ares' "$dir/err" || skip "built without c-ares"
python3 -B "$src/tests/support/dns_server.py" "$dir" 2>"$dir/dns.err" &
background+=($!)
for _ in $(seq 500); do
	[ -s "$dir/dns-port" ] && break
	sleep 0.02
done
dns=127.0.0.1:$(cat "$dir/dns-port")
key leaf
cert other leaf www.other.test
logd "$dir/certs"

# look ARG ...: a run that looks the names in $dir/watch up.
look() {
	run --watchlist "$dir/watch" --caa --caa-resolver "$dns" "$@"
	[ $status -lt 4 ] || fail "a run ended with $status"
}
# caa NAME: the result of a name.
caa() {
	report "next('%s %s' % (n['status'], n['reason'])
	    for n in j['coverage']['caa']['names'] if n['name'] == '$1.example')"
}
changes() {
	report "'%d new, %d' % tuple(sum(f['rule'] == 'CTW059' and
	    f['status'] in s for f in j['findings']) for s in
	    (['new'], ['new', 'open']))"
}

# ---- answers of all kinds ----

for label in ok tc tctc count loop badtag big refused servfail nxdomain \
    wrongid ad control empty formerr none; do
	echo "$label.example"
done >"$dir/watch"
look
exits "faults" 2
want() {
	got=$(caa "$1")
	# shellcheck disable=SC2254 # a pattern
	case $got in
	$2) ;;
	*) fail "$1: '$got', not '$2'" ;;
	esac
}
# refused LABEL: c-ares 1.34 itself refuses long answers, empty values, control
# characters, and resolvers without EDNS, which is a failed look-up.
refused() {
	[ "$(caa "$1")" = "failed Misformatted DNS reply" ]
}
want ok "found None"
want tc "found None"
want tctc "failed *"
want count "failed *"
want loop "failed *"
want badtag "failed *"
refused big || want big "failed CAA set over the limit"
want refused "failed REFUSED"
want servfail "failed SERVFAIL"
want nxdomain "absent NXDOMAIN"
want wrongid "found None"
want ad "found None"
refused control || want control "found None"
refused empty || want empty "found None"
refused formerr || want formerr "found None"
want none "none None"
look_at() {
	report "next(n for n in j['coverage']['caa']['names']
	    if n['name'] == '$1.example')['$2']"
}
is "by TCP" "$(look_at tc records_count)" 100
is "TCP was used" "$(grep -c '^tc.example ad edns tcp' "$dir/queries")" 1
is "AD" "$(look_at ad authenticated) $(look_at ok authenticated)" "True False"
refused empty || is "an empty value" "$(look_at empty records)" "['0 issue \"\"']"
refused control || is "control bytes" "$(look_at control records)" \
    "['0 issue \"\\\\x1b[2J<b>\\\\x00\\\\x0a\"']"
is "the climb" "$(grep -c '^example ' "$dir/queries")" 1
refused formerr || is "without EDNS" "$(sed -n 's/^formerr.example ad \([^ ]*\) udp/\1/p' \
    "$dir/queries" | tr '\n' ' ')" "edns - "
refused control && shown= || shown='\\x1b\[2J&lt;b&gt;'
ctwatch report --state "$dir/state" --format html
grep -q "$shown" "$dir/out" || fail "html is not escaped"
! grep -q "$(printf '\033')" "$dir/out" || fail "html has control bytes"

# ---- killed while it waits for answers ----

rm -rf "$dir/state"
for i in $(seq 100); do
	echo "n$i.example"
done >"$dir/watch"
look
exits "first" 0
is "first" "$(changes)" "0 new, 0"
echo evil.example >"$dir/issuer"
echo 80 >"$dir/wait"
: >"$dir/queries"
"$bin/ctwatch/ctwatch" run --log-list "$url/log_list.json" --no-notify \
    --state "$dir/state" --no-revocation --watchlist "$dir/watch" --caa \
    --caa-resolver "$dns" >"$dir/out" 2>"$dir/err" &
pid=$!
for _ in $(seq 500); do
	[ "$(wc -l <"$dir/queries")" -le 80 ] || break
	sleep 0.02
done
# Eight names wait; another one would open the next transaction.
kill -KILL $pid
wait $pid 2>/dev/null
rm "$dir/wait"
saved() {
	python3 -c 'import sqlite3, sys
db = sqlite3.connect(sys.argv[1] + "/state/state.db")
print(db.execute("SELECT count(*), count(DISTINCT name) FROM caa").fetchone())' \
	    "$dir"
}
is "saved in part" "$(saved)" "(164, 100)"
: >"$dir/queries"
look
exits "the next run" 1
is "the next run" "$(changes)" "100 new, 100"
is "each name has two sets" "$(saved)" "(200, 100)"
# It began with those that were left.
python3 - "$dir" <<'END' || fail "the order of names"
import sqlite3, sys
first = [line.split()[0] for line in open(sys.argv[1] + "/queries")][:36]
db = sqlite3.connect(sys.argv[1] + "/state/state.db")
new = [r[0] for r in db.execute("SELECT name FROM caa ORDER BY id DESC LIMIT 36")]
assert sorted(new) == sorted(first), (new, first)
END
look
is "once" "$(changes)" "0 new, 100"

# ---- no resolver ----

look --caa-resolver 127.0.0.1:1
exits "no resolver" 3
is "no resolver, no change" "$(changes)" "0 new, 100"
is "no resolver" "$(report "sorted(set(n['status'] for n in
    j['coverage']['caa']['names']))")" "['failed', 'left']"
is "few questions" "$(report "sum(n['status'] == 'failed' for n in
    j['coverage']['caa']['names']) < 30")" True
ctwatch report --state "$dir/state"
tr -s ' \n' '  ' <"$dir/out" | grep -q '; 100 NOT LOOKED UP' ||
    fail "text: $(cat "$dir/out")"

# ---- more names than LIMIT_CAA_NAMES ----

limit=$(sed -n 's/^#define LIMIT_CAA_NAMES //p' \
    "$src/include/ctwatch/base/limits.h")
rm -rf "$dir/state"
seq -f 'm%.0f.example' "$limit" >"$dir/watch"
look
exits "at the limit" 0
echo more.example >>"$dir/watch"
look
exits "beyond it" 2
is "beyond it" "$(report "j['coverage']['caa']['names_count']")" $((limit + 1))
# The one that was not looked up before is one of the first.
grep -q '^more.example' "$dir/queries" || fail "the new name was left out"
