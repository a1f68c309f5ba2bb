#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# A backfill in 40 parts by xargs gives the store of one run.  The hashes of the
# plan, the paths of the matches and the two stores are compared in Python.
. "${top_srcdir:-.}/tests/support/story.sh"

python3 -c 'import sqlite3' 2>/dev/null || skip "no python3 with sqlite3"
check() {
	python3 "$src/tests/support/backfill_check.py" "$@"
}
for k in web old; do key $k; done
cert 1 old www.example.com
cert 2 web shop.example.com
cert 3 old mail.example.org
cp "$src"/data/certs/valid/*.der "$dir/certs" || fail "no certificates"
logd --entries 5000 --operators 2 "$dir/certs"
names=(--watch .example.com --watch .example.org --watch .org)
now=$(date -u +%FT%TZ)
lists=(--log-list "$url/log_list.json" --now "$now")
as_run=("${lists[@]}" "${names[@]}" --no-notify --no-revocation
    --evidence none --format json)
plan() {
	ctwatch backfill plan "${lists[@]}" "${names[@]}" \
	    --state "$dir/state" --output "$dir/plan" --since start "$@"
}

plan --part-entries 256 --rate 1000 --at-once 2
exits "plan" 0
says "plan" "plan: 40 parts, 0 to 39, of 2 logs, 10000 entries"
is "the plan's hashes" "$(check plan "$dir/plan")" \
    "Loopback 'rfc6962' log 5000
Loopback 'static' log 5000"

# What is missing, as arrays for a scheduler: then scan it.
ctwatch backfill status "$dir/plan" "$dir/parts"
exits "nothing scanned" 2
is "arrays" "$("$bin/ctwatch/ctwatch" backfill status --arrays "$dir/plan" \
    "$dir/parts")" "2 0-19 Loopback operator 1
2 20-39 Loopback operator 2"
seq 0 39 | xargs -P 4 -I '{}' "$bin/ctwatch/ctwatch" backfill scan \
    --part '{}' --output "$dir/parts" "$dir/plan" 2>"$dir/err" ||
    fail "xargs"
ctwatch backfill status "$dir/plan" "$dir/parts"
exits "all scanned" 0
grep -qx "40 of 40 parts are valid" "$dir/out" || fail "status"

# A part is a pure function of the plan; a valid file is left alone.
cp "$dir/parts/part-25.ctwpart" "$dir/first"
rm "$dir/parts/part-25.ctwpart"
SLURM_ARRAY_TASK_ID=25 PARALLEL_SEQ=26 "$bin/ctwatch/ctwatch" backfill scan \
    --output "$dir/parts" "$dir/plan" 2>"$dir/err" || fail "by variables"
cmp "$dir/first" "$dir/parts/part-25.ctwpart" || fail "not the same bytes"
JOB_COMPLETION_INDEX=25 ctwatch backfill scan --output "$dir/parts" \
    "$dir/plan"
exits "again" 0
says "again" "part-25.ctwpart is there and valid"
AWS_BATCH_JOB_ARRAY_INDEX=1 PARALLEL_SEQ=1 ctwatch backfill scan \
    --output "$dir/parts" "$dir/plan"
exits "two numbers" 64
says "two numbers" "name different parts"
is "matches" "$(check parts "$dir/plan" "$dir/parts")" \
    "$(cat "$dir"/parts/* | grep -c '^{"match"')"

# The merged store is that of one run over the same entries.
ctwatch backfill merge "$dir/plan" "$dir/parts" --state "$dir/state" \
    "${as_run[@]}"
merged=$status
findings >"$dir/merged"
is "coverage" "$(report '[(l["status"], l["verified"], l["first_entry"],
    l["next_entry"], l["unread"]) for l in j["coverage"]["logs"]]')" \
    "[('complete', True, 0, 5000, []), ('complete', True, 0, 5000, [])]"
ctwatch run --state "$dir/other" --since start "${as_run[@]}"
exits "one run" "$merged"
findings | cmp - "$dir/merged" || fail "other findings"
grep -q . "$dir/merged" || fail "no findings"
check same "$dir/state" "$dir/other" || fail "another store"
ctwatch state verify --state "$dir/state"
exits "state verify" 0

# The examples for one machine, and for several ones by GNU parallel, of which
# this one stands for all, do the same.
mkdir "$dir/bin" && ln -s "$(realpath "$bin/ctwatch/ctwatch")" "$dir/bin"
example() {
	(unset -f ctwatch && PATH=$(realpath "$dir/bin"):$PATH && cd "$dir" &&
	    exec sh "$examples/$1.sh" plan "$1-parts" --state "$1-state" \
	        "${as_run[@]}" >"$1-out" 2>"$1-err")
	status=$?
	exits "$1.sh: $(cat "$dir/$1-err")" "$merged"
	check same "$dir/$1-state" "$dir/other" || fail "$1.sh: another store"
}
examples=$(realpath "$src/examples/backfill")
example xargs
cmp "$dir/parts/part-7.ctwpart" "$dir/xargs-parts/part-7.ctwpart" ||
    fail "xargs.sh: other bytes"
if parallel --version 2>/dev/null | grep -q 'GNU parallel'; then
	export HOME=$dir
	example parallel
fi

# Merged again, nothing changes; the next run goes on.
ctwatch backfill merge "$dir/plan" "$dir/parts" --state "$dir/state" \
    "${as_run[@]}"
exits "again" "$merged"
ctwatch run --state "$dir/state" "${as_run[@]}"
exits "the next run" "$merged"
is "it reads nothing" "$(report 'j["totals"]["entries"]')" 0

# A store that began at the head: the plan covers what it lacks, and then all is
# covered from the first entry on.
ctwatch run --state "$dir/late" "${as_run[@]}"
exits "since now" 0
ctwatch backfill plan "${lists[@]}" "${names[@]}" --since start \
    --state "$dir/late" --output "$dir/late-plan" --part-entries 1024
exits "the plan of what it lacks" 0
for i in $(seq 0 9); do
	ctwatch backfill scan --part "$i" --output "$dir/late-parts" \
	    --rate 1000 "$dir/late-plan"
	exits "part $i" 0
done
ctwatch backfill merge "$dir/late-plan" "$dir/late-parts" --state "$dir/late" \
    "${as_run[@]}"
exits "merged below" "$merged"
is "covered" "$(report '[(l["first_entry"], l["next_entry"]) for l in
    j["coverage"]["logs"]]')" "[(0, 5000), (0, 5000)]"
ctwatch backfill plan "${lists[@]}" "${names[@]}" --since start \
    --state "$dir/late" --output "$dir/none"
exits "nothing is left" 2
says "nothing is left" "there is nothing to read"

# A name that is watched later: the whole past is searched for it.
names+=(--watch .badssl.com)
ctwatch run --state "$dir/late" "${lists[@]}" "${names[@]}" --no-notify \
    --no-revocation --format json
ctwatch backfill plan "${lists[@]}" "${names[@]}" --since start \
    --state "$dir/late" --output "$dir/new-plan" --part-entries 4096
exits "for a new name" 0
for i in 0 1 2 3; do
	ctwatch backfill scan --part $i --output "$dir/new-parts" \
	    --rate 1000 "$dir/new-plan"
	exits "new part $i" 0
done
ctwatch backfill merge "$dir/new-plan" "$dir/new-parts" --state "$dir/late" \
    "${lists[@]}" "${names[@]}" --no-notify --no-revocation --format json
is "searched from" "$(python3 -c 'import sqlite3, sys
print(sqlite3.connect(sys.argv[1]).execute(
    "SELECT DISTINCT first FROM searched").fetchall())' \
    "$dir/late/state.db")" "[(0,)]"

# A log on disk, in parts.
log=$src/data/static/sunlight-0.8.1
sed "s|\"submission_url\"|\"monitoring_url\": \"file://$(realpath "$log")/\", &|; \
    s|\"monitoring_url\": \"http[^\"]*\",||" "$log/log_list.json" \
    >"$dir/disk.json"
sed 's/^/./' "$log/watch100.txt" >"$dir/watch"
disk=(--log-list "$dir/disk.json" --watchlist "$dir/watch"
    --now 2026-11-21T07:40:00Z)
ctwatch backfill plan "${disk[@]}" --since start --state "$dir/disk" \
    --output "$dir/disk-plan" --part-entries 1024
exits "the plan of a log on disk" 0
for i in 0 1 2 3 4; do
	ctwatch backfill scan --part $i --output "$dir/disk-parts" \
	    "$dir/disk-plan"
	exits "part $i on disk" 0
done
ctwatch backfill merge "$dir/disk-plan" "$dir/disk-parts" "${disk[@]}" \
    --state "$dir/disk" --no-notify --no-revocation --format json
is "on disk" "$(report '[(l["status"], l["next_entry"]) for l in
    j["coverage"]["logs"]]')" "[('complete', 4200)]"
is "sightings on disk" "$(report 'sum(len(f["sightings"]) for f in
    j["findings"] if f["rule"] == "CTW000")')" \
    "$(grep -cwFf "$log/watch100.txt" <(cut -f3 "$log/matches.tsv"))"
