#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# Wherever an allocation fails, in ctwatch or in a library, the run ends with a
# message and its exit status; the committed state is valid, and the next run
# continues from it to the same result.  PLACES=N tries N places.
. "${top_srcdir:-.}/tests/support/story.sh"

shim=$bin/tests/support/out_of_memory.so
[ -f "$shim" ] || skip "tests/support/out_of_memory.so is not built"
sanitized && skip "a sanitizer has an allocator of its own"

key unrelated
cert 1 unrelated www.example.com
logd --entries 60 --max-batch 20 "$dir/certs" \
    "$src/data/entries/argon2026h2-1111014090.json"

# counts FILE: the entries and findings of a report.
counts() {
	json "$1" 'sorted((f["rule"], f["certificate"]["tbs_sha256"],
	    len(f["sightings"])) for f in j["findings"]), sorted((l["url"],
	    l["status"], l["next_entry"], l["root_hash"])
	    for l in j["coverage"]["logs"])'
}

run --watch .example.com --fail-on high --state "$dir/plenty"
exits "with memory" 0
wanted=$(counts "$dir/out")

# out_of_memory AT FOR ARG ...: run it so.
out_of_memory() {
	OOM_AT=$1 OOM_FOR=$2 OOM_COUNT=$dir/count LD_PRELOAD=$shim \
	    "$bin/ctwatch/ctwatch" "${@:3}" >"$dir/out" 2>"$dir/err"
	status=$?
}
pass=(run --log-list "$url/log_list.json" --since start --format json
	--no-notify --no-revocation --fail-on high --watch .example.com --state)

out_of_memory 0 0 "${pass[@]}" "$dir/counted"
exits "counted" 0
total=$(cat "$dir/count")
n=${PLACES:-14}
for ((i = 0; i < n; i++)); do
	at=$((1 + total * i / n))
	rm -rf "$dir/state"
	out_of_memory $at $((i % 2)) "${pass[@]}" "$dir/state"
	exits "allocation $at of $total" 32
	says "allocation $at of $total" 'out of memory'
	if [ -f "$dir/state/state.db" ]; then
		ctwatch state verify --state "$dir/state"
		[ "$status" = 0 ] || says "the state after $at" 'schema 0'
	fi
	ctwatch "${pass[@]}" "$dir/state"
	exits "the run after $at" 0
	is "the report after $at" "$(counts "$dir/out")" "$wanted"
done

# Without a network, too: a report is whole or there is none.
ctwatch report --state "$dir/plenty" --format html --output "$dir/good.html"
exits "report" 0
: >"$dir/count"
out_of_memory 0 0 report --state "$dir/plenty" --format html --output "$dir/r.html"
total=$(cat "$dir/count")
for i in 1 2 3 4 5 6; do
	rm -f "$dir/r.html"
	out_of_memory $((total * i / 7)) 1 report --state "$dir/plenty" \
	    --format html --output "$dir/r.html"
	exits "report, allocation $((total * i / 7))" 32
	[ -e "$dir/r.html" ] && fail "half a report"
done
exit 0
