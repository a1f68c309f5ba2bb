#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# A run finds the same in the same order, however many threads read and judge.
. "${top_srcdir:-.}/tests/support/story.sh"

python3 -c '' 2>/dev/null || skip "no python3"
logd --timestamp 1796000000000 --spacing 1000 "$src/data/certs/valid" \
    "$src/data/certs/odd" "$src/data/entries/loose-2013-2020.jsonl" \
    "$src/data/demo"

# one_run NUMBER JOBS ARG ...: the report of a run, without what may differ
one_run() {
	number=$1
	jobs=$2
	shift 2
	ctwatch run --log-list "$url/log_list.json" --state "$dir/state-$jobs" \
	    --since start --format json --no-notify --jobs "$jobs" \
	    --now "2026-12-0${number}T00:00:00Z" "$@"
	[ "$status" = 1 ] || [ "$status" = 3 ] || fail "exit status $status"
	python3 - "$dir/out" >"$dir/run-$number-$jobs" <<'END' || fail "report"
import json, sys
j = json.load(open(sys.argv[1]))
del j["run"]
del j["totals"]["seconds"]
json.dump(j, sys.stdout, indent=1)
END
}

for jobs in 1 2 8; do
	one_run 1 "$jobs" --watch .
	one_run 2 "$jobs" --watch . --pinset "$src/data/demo/pinset.json"
done
n=$(report 'len(j["findings"])')
[ "$n" -gt 200 ] || fail "only $n findings"
for number in 1 2; do
	for jobs in 2 8; do
		cmp "$dir/run-$number-1" "$dir/run-$number-$jobs" ||
		    fail "run $number differs with $jobs threads"
	done
done
