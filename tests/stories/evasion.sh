#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# The evasions of tests/support/evasion.tsv in one log that certspotter and
# ctwatch watch for the same names.  ctwatch misses nothing that certspotter
# reports; tests/support/certspotter.tsv explains each difference.
. "${top_srcdir:-.}/tests/support/story.sh"

command -v certspotter >/dev/null || skip "no certspotter"

mkdir "$dir/certs"
"$bin/tests/unit/test_evasion" "$dir/certs" >"$dir/rows" || fail "no evasions"
logd --only rfc6962 "$dir/certs"
curl -sf "$url/log_list.json" >"$dir/list.json"
n=$(wc -l <"$dir/rows")

# compare NAME ITEM ...: both watch the items, from the first entry on.
compare() {
	state=$dir/$1
	shift
	printf '%s\n' "$@" >"$dir/watch"
	timeout -k 2 60 certspotter -logs "$dir/list.json" -state_dir \
	    "$state.spot" -watchlist "$dir/watch" -stdout -no_save \
	    >"$dir/spot" 2>"$dir/err" &
	pid=$!
	for _ in $(seq 500); do
		grep -qs "\"verified_position\":{[^}]*\"size\":$n}" \
		    "$state.spot"/logs/*/state.json && break
		sleep 0.02
	done
	kill "$pid"
	wait "$pid" 2>/dev/null
	ctwatch run --log-list "$url/log_list.json" --state "$state" --since \
	    start --format json --no-notify --fail-on note --watchlist "$dir/watch"
	exits "$*" 1
	python3 "$src/tests/support/certspotter.py" "$dir/rows" "$dir/spot" "$dir/out" \
	    >>"$dir/differences" || fail "$*"
}

compare exact example.com www.example.com xn--bcher-kva.example
compare below .example.com

# The table has a line for each difference, and none for another.  Other
# versions may report more or less of what they cannot tell; what they are
# sure of must not be missed all the same.
export LC_ALL=C
sort -u "$dir/differences" >"$dir/are"
grep -v '^#' "$src/tests/support/certspotter.tsv" | cut -f 1-3 | sort >"$dir/explained"
if certspotter -version 2>&1 | grep -q 'version 0\.16'; then
	diff -u "$dir/explained" "$dir/are" >&2 ||
	    fail "not as tests/support/certspotter.tsv has it"
elif comm -13 "$dir/explained" "$dir/are" | grep '^match' >&2; then
	fail "missed"
fi
