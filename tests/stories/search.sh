#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# run --index, then search for a name that was not watched: in logs of both
# protocols, after runs that ended early, were killed or read wrong entries; in
# a log on disk; with files that are damaged or missing, a log that serves other
# entries than before, and one that serves none.
. "${top_srcdir:-.}/tests/support/story.sh"

for k in web; do key $k; done
for i in $(seq 1 9); do cert "$i" web "host$i.example.com"; done
cert 10 web "mail.other.example"

pass() {
	run --watch nothing.example.net --index "$@"
}
search() {
	ctwatch search --state "$dir/state" --format json "$@"
}
# finds WHAT A B: the sightings are all of host3 among the first A entries of
# the RFC 6962 log and the first B of the static one, from entry $from on.
finds() {
	python3 - "$dir/out" "$input" "$from" "$2" "$3" >"$dir/differ" <<'PY' ||
import json, sys
n, start, *sizes = map(int, sys.argv[2:])
want = {(log, i) for log, size in zip(("rfc6962", "static"), sizes)
    for i in range(start, size) if i % 10 == n}
got = [(s["log"].split("'")[1], s["index"])
    for s in json.load(open(sys.argv[1]))["sightings"]]
print("missing", sorted(want - set(got))[:3], "false",
    sorted(set(got) - want)[:3], "of", len(got))
sys.exit(set(got) != want or len(got) != len(want))
PY
		fail "$1: $(cat "$dir/differ")"
}
from=0
# missed: the ranges of each log that were not searched, and why.
missed() {
	json "$dir/out" '"; ".join("%s %d-%d %s" % (
	    l["description"].split("\x27")[1], r["from"], r["to"], r["reason"])
	    for l in j["logs"] for r in l["not_searched"])'
}
# No state, no index, no name.
ctwatch search --state "$dir/none" example.com
exits "no state" 32
logd --entries 66500 --size 600 "$dir/certs"
run --watch nothing.example.net
search host3.example.com
exits "no index" 64
says "no index" "run --index"
search "foo..bar"
exits "not a name" 64
ctwatch search --state "$dir/state"
exits "no operand" 64

# Entries 0 to 599 were read without --index.
control size=700
pass
exits "the first run with an index" 0
search host3.example.com
exits "entries that are not in the index" 2
is "what was missed" "$(missed)" \
    "rfc6962 0-600 it is not in the index; static 0-600 it is not in the index"
first=$(json "$dir/out" 'min(s["index"] for s in j["sightings"])')
input=$((first % 10))
from=600
finds "what was found" 700 700
from=0

# Each kind of item.
for q in .example.com '*.example.com' HOST3.example.COM. .COM; do
	search "$q" --log "Loopback 'static' log"
	exits "$q" 2
	is "$q" "$(json "$dir/out" 'len(j["sightings"])')" \
	    "$(case $q in H*) echo 10 ;; *) echo 90 ;; esac)"
done
says "a top-level domain" "all entries are read again"

# From the beginning: in steps, one of them killed, over the end of a block.
rm -r "$dir/state"
control size=30000
pass --max-entries 20011
pass
control size=66500
"$bin/ctwatch/ctwatch" run --log-list "$url/log_list.json" \
    --state "$dir/state" --watch nothing.example.net --index \
    --no-revocation --no-notify --quiet >"$dir/out" 2>"$dir/err" &
run_pid=$!
while kill -0 $run_pid 2>/dev/null; do
	read_to=$(sqlite3 "$dir/state/state.db" 'SELECT max(next) FROM log' \
	    2>/dev/null)
	[ "${read_to:-0}" -le 30000 ] || break
	sleep 0.01
done
kill -KILL $run_pid 2>/dev/null
wait $run_pid 2>/dev/null
# Entries that were read, but are not verified, are not searched.
unverified=$(sqlite3 "$dir/state/state.db" \
    'SELECT count(*) FROM log WHERE next > verified')
search host3.example.com
exits "after the kill" $((unverified > 0 ? 2 : 0))
finds "what was verified" $(sqlite3 "$dir/state/state.db" \
    'SELECT verified FROM log ORDER BY description')
pass
exits "the run after the kill" 0
ls "$dir/state/index" >"$dir/files"
is "files of whole blocks" "$(wc -l <"$dir/files")" 2
search host3.example.com
exits "a search" 0
finds "all sightings" 66500 66500
is "a sighting" "$(json "$dir/out" \
    'j["sightings"][0]["certificate"]["names"]')" "['host3.example.com']"
is "what was searched" "$(json "$dir/out" \
    '[l["searched"] for l in j["logs"]]')" "[[[0, 66500]], [[0, 66500]]]"
search absent.example.com
exits "a name that is in no entry" 0
finds "a name that is in no entry" 0 0
ctwatch search --state "$dir/state" mail.other.example
exits "as text" 0
grep -q '^13300 sightings of mail.other.example$' "$dir/out" ||
    fail "text: $(tail -3 "$dir/out")"
grep -q "^searched  Loopback 'static' log: entries 0 to 66,499$" "$dir/out" ||
    fail "text: $(tail -3 "$dir/out")"
ctwatch state verify --state "$dir/state"
exits "state verify" 0
grep -q 'index of names' "$dir/out" || fail "state: $(cat "$dir/out")"

# Only what is newer.
search host3.example.com --since 2100-01-01T00:00:00Z
exits "nothing is so new" 0
finds "nothing is so new" 0 0
is "nothing is so new" "$(json "$dir/out" \
    '[l["tiles_read"] for l in j["logs"]]')" "[0, 0]"

# Damaged and missing files: their entries were not searched.
file=$dir/state/index/$(head -1 "$dir/files")
cp "$file" "$dir/whole"
for damage in cut byte gone; do
	cp "$dir/whole" "$file"
	case $damage in
	cut) truncate -s -1 "$file" ;;
	byte) printf X | dd of="$file" bs=1 seek=2000 conv=notrunc 2>"$dir/err" ;;
	gone) rm "$file" ;;
	esac
	search host3.example.com
	exits "$damage" 2
	missed | grep -Eq '^[a-z0-9]* 0-65536 .*\.idx: ' ||
	    fail "$damage: $(missed)"
	is "$damage: found" "$(json "$dir/out" 'len(j["sightings"])')" \
	    $(((66509 - input) / 10 * 2 - (65545 - input) / 10))
	ctwatch state verify --state "$dir/state"
	exits "state verify: $damage" 32
done
cp "$dir/whole" "$file"

# A log that serves other entries than it did; one that serves none.
at=$((input + 20))
for log in rfc6962 static; do
	control "log=$log&fault=swapentry&at=$at&to=$((at + 1))"
	search host3.example.com
	exits "$log serves another entry" 6
	is "$log serves another entry" "$(missed)" "$log 0-256 the log serves \
other entries than those that a signed tree head proved"
	is "$log: found" "$(json "$dir/out" 'min(s["index"]
	    for s in j["sightings"] if "'$log'" in s["log"]) // 256')" 1
	# Served by a cache alone, it does no harm.
	control "log=$log&fault=swapentry&at=$at&to=$((at + 1))&cached=1"
	search host3.example.com
	exits "$log behind a cache" 0
	finds "$log behind a cache" 66500 66500
	control "fault=none"
	control "log=$log&fault=404&on=get-entries,data"
	search host3.example.com
	exits "$log serves nothing" 2
	if [ $log = static ]; then
		finds "$log serves nothing" 66500 0
	else
		finds "$log serves nothing" 0 66500
	fi
	control "fault=none"
done

# A run that read a wrong entry at first forgets it, in the index, too.
rm -r "$dir/state"
control size=500
control "fault=swapentry&at=$at&to=$((at + 1))&cached=1"
pass
exits "a wrong entry by a cache" 0
control "fault=none"
search host3.example.com
exits "read again" 0
finds "read again" 500 500

# What was read long ago is deleted.
pass --index-days 30 --now 2100-01-01T00:00:00Z
search host3.example.com
exits "deleted" 2
is "deleted" "$(missed)" "rfc6962 0-500 it is not in the index; \
static 0-500 it is not in the index"

# A log on disk, which only the state names.
for file in checkpoint tile/0/000 tile/0/001.p/244 tile/1/000.p/1 \
    tile/data/000 tile/data/001.p/244; do
	curl -sf --create-dirs -o "$dir/disk/$file" "$url/static/$file" ||
	    fail "$file"
done
curl -sf "$url/log_list.json" |
    sed "s,\(\"monitoring_url\": *\"\)[^\"]*,\1file://$dir/disk/," \
        >"$dir/list.json"
ctwatch run --log-list "$dir/list.json" --log "Loopback 'static' log" \
    --state "$dir/state2" --since start --watch nothing.example.net --index \
    --offline-issuers --no-notify
exits "a log on disk" 0
search host3.example.com --state "$dir/state2"
exits "search on disk" 0
finds "search on disk" 0 500
rm "$dir/disk/tile/data/000"
search host3.example.com --state "$dir/state2"
exits "a tile that is gone" 2
missed | grep -q '^static 0-256 ' || fail "a tile that is gone: $(missed)"
