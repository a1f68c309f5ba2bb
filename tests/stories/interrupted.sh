#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# A run that gets SIGTERM saves what it proved, a run that is killed loses no
# commit, and a second run at the same time does not start.
. "${top_srcdir:-.}/tests/support/story.sh"

key unrelated
cert 1-first unrelated first.example.com
# The second certificate comes only after 3,009 entries.
for _ in $(seq 215); do
	cat "$src/data/entries/argon2026h2-1111014090.json"
done >"$dir/between.json"
cert 2-last unrelated last.example.com
mkdir "$dir/last"
mv "$dir/certs/2-last.der" "$dir/last"
total=3012

# begin KIND MS SEEN: start a run of a log that answers slowly, and wait until
# so many pages were asked for.
begin() {
	rm -rf "$dir/state"
	control 'fault=none'
	control "fault=slow&ms=$2&on=get-entries,data"
	"$bin/ctwatch/ctwatch" run --no-revocation --log-list "$url/log_list.json" --since start \
	    --fail-on high \
	    --state "$dir/state" --watch .example.com --format json \
	    --no-notify --log "Loopback '$1' log" \
	    >"$dir/first" 2>"$dir/first.err" &
	run_pid=$!
	for _ in $(seq 250); do
		curl -sf "$url/control" >"$dir/control"
		seen=$(sed -n "/\"$1\"/,/hits/s/.*\"seen\": \([0-9]*\).*/\1/p" \
		    "$dir/control")
		[ "$seen" -ge "$3" ] && return
		sleep 0.02
	done
	fail "the run does not read: $(cat "$dir/first.err")"
}

# finish KIND: the next run reads the rest, and there is one finding for each
# certificate.
finish() {
	control 'fault=none'
	run --watch .example.com --log "Loopback '$1' log"
	is "$1: coverage" "$(report '[(l["next_entry"], l["verified"])
	    for l in j["coverage"]["logs"] if l["status"] == "complete"]')" \
	    "[($total, True)]"
	is "$1: findings" "$(findings | cut -d' ' -f 1,2)" \
	    "CTW000 first.example.com
CTW000 last.example.com"
	is "$1: sightings" "$(report '[len(f["sightings"])
	    for f in j["findings"]]')" "[1, 1]"
}

logd --max-batch 20 "$dir/certs" "$dir/between.json" "$dir/last"
control size=$total
is "entries" "$(json "$dir/control" 'j["entries"]')" $total

begin rfc6962 50 20
run --watch .example.com
exits "a second run" 32
says "a second run" "$run_pid"
start=$(date +%s%N)
kill -TERM $run_pid
wait $run_pid
is "exit status" $? 2
ms=$((($(date +%s%N) - start) / 1000000))
[ $ms -lt 6000 ] || fail "ended after $ms ms"
is "partial report" "$(json "$dir/first" '[0 < l["next_entry"] < l["tree_size"]
    and l["verified"] and l["status"] == "partial"
    and l["unread"] == [[l["next_entry"], l["tree_size"]]]
    for l in j["coverage"]["logs"] if l["status"] != "skipped"]')" "[True]"
is "found so far" "$(json "$dir/first" '[f["matched_names"]
    for f in j["findings"] if f["certificate"]]')" "[['first.example.com']]"
finish rfc6962

for kind in rfc6962 static; do
	if [ $kind = static ]; then
		begin $kind 300 3
	else
		begin $kind 50 20
	fi
	kill -KILL $run_pid
	wait $run_pid 2>/dev/null
	finish $kind
done
