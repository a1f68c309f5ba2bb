#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# An independent monitor, certspotter, accepts what logd serves: heads,
# proofs, entries; and refuses the false answers of logd.
. "${top_srcdir:-.}/tests/support/story.sh"

command -v certspotter >/dev/null || skip "no certspotter"

printf '.com\n' >"$dir/watch"

# spot STATE ARG ...: run certspotter until it has seen what there is, and set
# verified to the size it believes in; its matches are in $dir/out.
spot() {
	state=$dir/$1
	shift
	# Asked to end while it handles an error, it may try for ever; and a
	# PID that is free again may be another's, so its parent ends it.
	timeout -k 2 60 certspotter -logs "$dir/list.json" \
	    -state_dir "$state" -watchlist "$dir/watch" -stdout -verbose \
	    -no_save "$@" \
	    >"$dir/out" 2>"$dir/err" &
	pid=$!
	for _ in $(seq 200); do
		grep -q 'saving state in defer\|error' "$dir/err" && break
		sleep 0.02
	done
	sleep 0.3 # it says so, and then does it
	kill "$pid"
	wait "$pid" 2>/dev/null
	verified=$(sed -n \
	    's/.*"verified_position":{[^}]*"size":\([0-9]*\)}.*/\1/p' \
	    "$state"/logs/*/state.json 2>/dev/null)
}

logd --size 20 "$src/data/entries/argon2026h2-1111014090.json" \
    "$src/data/entries/nimbus2026-4354630040.json" "$src/data/certs/valid"
curl -sf "$url/log_list.json" >"$dir/list.json"

# from the first entry; then what the log grew by, and nothing else
spot first
is "verified" "$verified" 20
matches=$(grep -c 'Log Entry' "$dir/out")
[ "$matches" -gt 5 ] || fail "$matches matches"
control "size=28"
spot first
is "verified after growth" "$verified" 28
grep 'Log Entry = \([0-9]\|1[0-9]\) @' "$dir/out" && fail "read twice"
control "size=33"

# from the head: the tree is rebuilt from an inclusion proof
spot end -start_at_end
is "verified from the head" "$verified" 33
control "size=38"
is "proofs asked for" \
    "$(json "$dir/control" 'j["logs"]["rfc6962"]["hits"]["get-proof-by-hash"]')" 1
spot end -start_at_end
is "verified after the head" "$verified" 38

# a bit in an entry, and a head of another tree, and a wrong signature
for fault in wrongentry badroot badsig; do
	control "fault=$fault"
	spot "$fault"
	[ "${verified:-0}" = 0 ] || fail "certspotter believes $fault"
done
