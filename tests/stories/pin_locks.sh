#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# Rotation under load and under kills: simultaneous approvals are all kept, an
# activation beside a compromise leaves no compromised key usable, and after a
# kill at any step the same command completes.
. "${top_srcdir:-.}/tests/support/story.sh"
. "${top_srcdir:-.}/tests/support/pin_story.sh"

approvers=40
version() { json "$dir/pinset.json" "j['version']"; }
# begin WHAT: the pinset with the signatures of two people.
begin() {
	pins propose --edit "$dir/pinset.json" --reason begin --by dave
	exits "$1: propose" 0
	id=$(proposal)
	pins approve --key "$dir/a1.key" "$id"
	pins approve --key "$dir/a2.key" "$id"
	pins activate "$id"
	exits "$1: activate" 0
}

# hold: take the lock of the store, until release.  Commands that are started
# meanwhile have read all that they read before they wait for it, so that they
# race as if all had been started at one moment.
hold() {
	rm -f "$dir/held"
	mkfifo "$dir/free" 2>/dev/null
	python3 - "$dir" <<'EOF' &
import sqlite3, sys
d = sys.argv[1]
db = sqlite3.connect(d + "/state/state.db", isolation_level=None)
db.execute("BEGIN IMMEDIATE")
open(d + "/held", "w").close()
open(d + "/free").read()
db.execute("ROLLBACK")
EOF
	holder=$!
	background+=("$holder")
	while [ ! -e "$dir/held" ]; do
		kill -0 "$holder" || fail "the lock is not to be had"
		sleep 0.02
	done
}
release() {
	echo >"$dir/free"
	wait "$holder"
	background=()
}
# wait_for PID ...: until each of them has the store open, and 2 seconds more for
# it to come to where it waits for the lock.
wait_for() {
	local pid
	for pid in "$@"; do
		until ls -l "/proc/$pid/fd" 2>/dev/null |
		    grep -q 'state.db$'; do
			kill -0 "$pid" 2>/dev/null || fail "ended too early"
			sleep 0.05
		done
	done
	sleep 2
}

for k in old spare; do key $k; done
for i in $(seq $approvers); do
	openssl genpkey -algorithm ed25519 -out "$dir/a$i.key"
	keys="${keys-}${keys+, }\"a$i\": \"$(spki "a$i")\""
done
two_keys
trusted_keys "$keys"
begin "the first"

# ---- all at once ----
pins propose --key spare --as active --reason "it goes live" --by dave
exits "propose" 0
id=$(proposal)
hold
jobs=()
for i in $(seq $approvers); do
	"$bin/ctwatch/ctwatch" pins approve --state "$dir/state" \
	    --pinset "$dir/pinset.json" --key "$dir/a$i.key" "$id" \
	    >"$dir/out.$i" 2>&1 &
	jobs+=($!)
done
wait_for "${jobs[@]}"
release
for job in "${jobs[@]}"; do
	wait "$job" || fail "an approval: $(cat "$dir"/out.*)"
done
pins review "$id"
is "signatures" "$(grep -c '^signed by a' "$dir/out")" $approvers

# ---- an activation beside a compromise of the same key ----
cp -r "$dir/state" "$dir/state.0"
cp "$dir/pinset.json" "$dir/pinset.0"
cp "$dir/pinset.json.sig" "$dir/sig.0"
restore() {
	rm -rf "$dir/state" "$dir"/pinset.json.base*
	cp -r "$dir/state.0" "$dir/state"
	cp "$dir/pinset.0" "$dir/pinset.json"
	cp "$dir/sig.0" "$dir/pinset.json.sig"
}
for _ in 1 2 3; do
	restore
	hold
	"$bin/ctwatch/ctwatch" pins activate --state "$dir/state" \
	    --pinset "$dir/pinset.json" "$id" >"$dir/activate" 2>&1 &
	activate=$!
	"$bin/ctwatch/ctwatch" pins compromise --state "$dir/state" \
	    --pinset "$dir/pinset.json" --reason "it leaked" \
	    --key "$dir/a3.key" spare >"$dir/out" 2>"$dir/err" &
	compromise=$!
	wait_for $activate $compromise
	release
	wait $compromise
	status=$?
	exits "compromise beside an activation" 0
	wait $activate
	is "the compromised key" "$(state_of spare)" compromised
	pins timeline
	exits "both" 0
done

# ---- kills ----
# A file that cannot be replaced ends a change as a kill does.
restore
pins activate "$id"
exits "activate" 0
mkdir -p "$dir/pinset.json.base/in-the-way"
pins compromise spare --reason "it leaked" --key "$dir/a3.key"
exits "its base cannot be written" 32
pins timeline
exits "still in the way" 32
rm -r "$dir/pinset.json.base"
pins compromise spare --reason "it leaked" --key "$dir/a3.key"
exits "compromise again" 0
is "the key" "$(state_of spare)" compromised
pins timeline
exits "completed" 0
grep -q '^an emergency' "$dir/out" || fail "not an emergency"

# killed CALLS N COMMAND ...: kill it as it begins the Nth of these system
# calls; false if it ended before.
killed() {
	strace -f -o "$dir/strace" -e "trace=$1" \
	    -e "inject=$1:signal=KILL:when=$2" "$bin/ctwatch/ctwatch" pins \
	    "$3" --state "$dir/state" --pinset "$dir/pinset.json" "${@:4}" \
	    >"$dir/out" 2>"$dir/err"
	[ $? -eq 137 ]
}
# kill_all CALLS COMMAND ...: kill it at each step; then repeat it.
kill_all() {
	local n=1
	restore
	while killed "$1" $n "${@:2}"; do
		pins "${@:2}"
		exits "$2, killed at $1 $n" 0
		pins timeline
		exits "$2, killed at $1 $n: timeline" 0
		is "$2, killed at $1 $n" "$(version)" 3
		restore
		n=$((n + 1))
		[ $n -lt 200 ] || fail "$2: no end of $1"
	done
	[ $n -gt 2 ] || fail "$2: never killed at $1: $(tail -3 "$dir/err")"
}
if sanitized || ! strace -o "$dir/strace" -e inject=getpid:signal=KILL \
    true 2>/dev/null; then
	echo "not tried: no strace here, so no kills at system calls"
	exit 0
fi
for calls in rename,renameat,renameat2 fsync,fdatasync; do
	kill_all $calls activate "$id"
	kill_all $calls compromise spare --reason leaked --key "$dir/a3.key"
done
