#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# Findings in the store: list, show, close, suppress; the inventory; the journal
# and the checked copy of the state.
. "${top_srcdir:-.}/tests/support/story.sh"

key good
key rogue
key spare
cert 1-good good www.example.com
cert 2-rogue rogue login.example.com
cert 3-watched spare www.example.org
cat >"$dir/pinset.json" <<EOF
{"format": "ctwatch-pinset/1", "name": "story", "version": 1,
 "keys": [
  {"id": "web", "spki": "sha256/$pin_good", "state": "active"},
  {"id": "next", "spki": "sha256/$pin_spare", "state": "backup"}],
 "domains": [{"pattern": "**.example.com", "keys": ["web", "next"]}]}
EOF
one_run() {
	run --pinset "$dir/pinset.json" --watch .example.org
}
# state ARG ...: a command on the store.
state() {
	ctwatch "$@" --state "$dir/state"
}
# statuses: RULE STATUS of each finding, closed or not.
statuses() {
	state findings list --status all --format json
	exits "list" 0
	report '" ".join(sorted("%s:%s" % (f["rule"], f["status"])
	    for f in j["findings"] if f["rule"] in ("CTW000", "CTW001")))'
}

state findings
exits "no store yet" 32
says "no store yet" 'ctwatch run. creates it'
[ -e "$dir/state" ] && fail "a command that reads made a store"

logd --only rfc6962 --size 3 "$dir/certs"
one_run
is "found" "$(statuses)" "CTW000:new CTW001:new"
id=$(report 'next(f["id"] for f in j["findings"] if f["rule"] == "CTW001")')
other=$(report 'next(f["id"] for f in j["findings"] if f["rule"] == "CTW000")')

state findings
exits "list as text" 0
day=$(date -u +%Y-%m-%d)
grep -Eq "^critical\* +CTW001 +login.example.com +Story CA +$day +${id:0:12}$" \
    "$dir/out" || fail "list: $(cat "$dir/out")"
grep -q '^SEVERITY  *RULE  *NAME  *ISSUER  *LOGGED  *ID$' "$dir/out" ||
    fail "heading: $(cat "$dir/out")"
LC_ALL=C awk 'length > 110 { exit 1 }' "$dir/out" || fail "wide: $(cat "$dir/out")"
# On a terminal of 80 columns, with and without colours.
if python3 -c 'import pty; pty.openpty()' 2>/dev/null; then
	list_on_terminal() {
		python3 -c 'import fcntl, os, pty, struct, sys, termios
pid, fd = pty.fork()
if pid == 0:
    fcntl.ioctl(0, termios.TIOCSWINSZ, struct.pack("HHHH", 24, 80, 0, 0))
    os.execv(sys.argv[1], sys.argv[1:])
try:
    while True:
        sys.stdout.buffer.write(os.read(fd, 4096))
except OSError:
    pass
sys.exit(os.waitpid(pid, 0)[1] != 0)' "$bin/ctwatch/ctwatch" findings \
		    --state "$dir/state" | tr -d '\r' >"$dir/tty"
	}
	(unset NO_COLOR && TERM=xterm list_on_terminal)
	grep -q $'^\033\\[1;97;41mcritical\033\\[0m\* ' "$dir/tty" ||
	    fail "no colour: $(cat "$dir/tty")"
	for off in NO_COLOR=1 TERM=dumb TERM=; do
		(unset NO_COLOR && export TERM=xterm "${off?}" && list_on_terminal)
		grep -q $'\033' "$dir/tty" && fail "colours with $off"
		awk 'length > 80 { exit 1 }' "$dir/tty" ||
		    fail "over 80 columns: $(cat "$dir/tty")"
	done
fi
state findings list --severity critical --format json
is "critical ones" "$(report 'len(j["findings"])')" 1
state findings list --status open --format json
is "open ones" "$(report 'len(j["findings"])')" 0
state findings show "${id:0:8}"
exits "show" 0
for text in "^finding  *$id$" '^names  *login.example.com$' \
    "^key  *sha256/$pin_rogue (EC P-256)$" '^issuer  *CN=Story CA$' \
    '^logged .* entry [012], final$' '^harmless if '; do
	grep -q "$text" "$dir/out" || fail "show: no line $text"
done
state findings show "$id" --format json
is "shown as json" "$(report 'j["certificate"]["spki_sha256"]')" "$pin_rogue"

# What must be refused, with the reason
state findings show 00000000000000
exits "an unknown id" 64
says "an unknown id" 'no finding has an id that begins with 00000000000000'
state findings show ''
exits "everybody's id" 64
says "everybody's id" '[0-9]+ findings have an id that begins with'
state findings close "$id"
exits "close without reason" 64
says "close without reason" 'give --reason TEXT'
state findings suppress "$id" --reason x --until 2020-01-01
exits "suppressed into the past" 64
says "suppressed into the past" 'give --until DATE'
state findings forget "$id"
exits "no such verb" 64
state findings close --reason x
exits "close nothing" 64
says "close nothing" 'give the IDs of findings, or --rule or --name'
state findings close "$id" --rule CTW001 --reason x
exits "IDs and a rule" 64
says "IDs and a rule" 'either IDs, or --rule and --name'
state findings close --rule unexpected-kye --reason x
exits "a mistyped rule" 64
says "a mistyped rule" "unknown rule 'unexpected-kye'; did you mean unexpected-key"
state findings close --rule CTW999x --name www.example.com --reason x
exits "no rule" 64
state findings close --name none.example.com --reason x
exits "a name that no finding has" 64
says "a name that no finding has" 'no finding matches that is not closed'
state findings close "$id" 00000000000000 --reason x
exits "one of two IDs" 64
state findings reopen "$id"
exits "reopen an open one" 64
says "reopen an open one" 'is not closed and not suppressed'
is "nothing has changed" "$(statuses)" "CTW000:new CTW001:new"

# The pinset may come by standard input
run_with() {
	run --pinset - --watch .example.org <"$1"
}
run_with "$dir/pinset.json"
exits "a pinset by standard input" 1
is "reported before" "$(statuses)" "CTW000:open CTW001:open"

# Lists of one rule or name
for filter in "--rule CTW001" "--rule unexpected-key" "--name login.example.com" \
    "--name LOGIN.example.com --rule ctw001" "--name .login.example.com"; do
	# shellcheck disable=SC2086
	state findings list $filter --severity high --format json
	is "findings with $filter" "$(report '[f["id"] for f in j["findings"]]')" \
	    "['$id']"
done
state findings list --name .login.example --format json
is "no part of a label" "$(report 'len(j["findings"])')" 0

# Several at once, and back
state findings close "$id" "${other:0:20}" --reason 'both at once'
exits "close two" 0
says "close two" '2 findings are closed'
is "two closed" "$(statuses)" "CTW000:closed CTW001:closed"
state findings list --status closed
grep -q '^critical' "$dir/out" && grep -q '^[a-z]*x ' "$dir/out" ||
    fail "closed ones: $(cat "$dir/out")"
state findings reopen "$id" "$other" --reason 'not yet'
exits "reopen two" 0
is "both open" "$(statuses)" "CTW000:open CTW001:open"
state findings suppress --name .example.org --until 2999-01-01 --reason 'by name'
exits "suppress by name" 0
is "one suppressed" "$(statuses)" "CTW000:suppressed CTW001:open"
state findings reopen --rule CTW000
exits "reopen by rule" 0
is "none suppressed" "$(statuses)" "CTW000:open CTW001:open"
state state verify
exits "verify after it" 0
night
is "open after a run" "$(statuses)" "CTW000:open CTW001:open"

# Two decisions, in the journal with who and why
SUDO_USER=alice state findings close "$id" --reason 'our red team; see #12'
exits "close" 0
SUDO_USER=bob state findings suppress "${other:0:16}" --until 2999-01-01 \
    --reason 'the agency renews it'
exits "suppress" 0
is "decided" "$(statuses)" "CTW000:suppressed CTW001:closed"
one_run
is "decided, after a run" "$(statuses)" "CTW000:suppressed CTW001:closed"
state findings show "$id"
grep -q '^reason  *by hand: our red team; see #12$' "$dir/out" ||
    fail "the reason is not shown"

state state verify
exits "verify" 0
n=$(sed -n 's/.*sound: 1 log, \([0-9]*\) records.*/\1/p' "$dir/out")
[ -n "$n" ] || fail "$(cat "$dir/out")"
state state checkpoint
exits "checkpoint" 0
cp "$dir/out" "$dir/checkpoint"
is "checkpoint" "$(sed -n 1,2p "$dir/checkpoint" | tr '\n' ' ')" \
    "ctwatch-journal $n "
state state verify --checkpoint "$dir/checkpoint"
exits "verify against the checkpoint" 0
grep -q "the first $n unchanged" "$dir/out" || fail "$(cat "$dir/out")"
state state verify --checkpoint "$dir/pinset.json"
exits "verify against something else" 64
says "verify against something else" 'not a checkpoint'

# The copy is whole, private, and a store of its own
mkdir "$dir/copy"
# A link that was planted beside it, under a name of old, leads nowhere.
echo kept >"$dir/victim"
ln -s "$dir/victim" "$dir/copy/state.db.new"
state state backup "$dir/copy/state.db"
exits "backup" 0
is "what a link leads to" "$(cat "$dir/victim")" kept
rm "$dir/copy/state.db.new"
is "mode of the copy" "$(stat -c %a "$dir/copy/state.db")" 600
ctwatch state verify --state "$dir/copy" --checkpoint "$dir/checkpoint"
exits "verify the copy" 0
state state backup "$dir/none/state.db"
exits "backup to nowhere" 32
says "backup to nowhere" "$dir/none/state.db: .*No such file"

# The inventory: everything that was seen, expected or not
state inventory --pinset "$dir/pinset.json" --format json
exits "inventory" 0
is "inventory" "$(report '[[c["names"][0], c["pin"]["state"], c["pin"]["id"],
    c["sightings"]] for c in j["certificates"]]')" \
    "[['login.example.com', 'unknown', None, 1], \
['www.example.com', 'active', 'web', 1], \
['www.example.org', 'backup', 'next', 1]]"
state inventory
grep -q "^  key     sha256/$pin_rogue (EC P-256)$" "$dir/out" ||
    fail "inventory as text: $(cat "$dir/out")"
state inventory --format csv
# A quote keeps a spreadsheet from taking a pin that begins with + for a formula.
case $pin_rogue in
+*) csv_pin="'$pin_rogue" ;;
*) csv_pin=$pin_rogue ;;
esac
is "inventory as csv" "$(python3 -c 'import csv, sys
rows = list(csv.DictReader(open(sys.argv[1], newline="")))
print(len(rows), rows[0]["names"], rows[0]["spki_sha256"])' "$dir/out")" \
    "3 login.example.com $csv_pin"

# A change of the store is detected
if command -v sqlite3 >/dev/null; then
	change() {
		sqlite3 "$dir/copy/state.db" "$2"
		ctwatch state verify --state "$dir/copy"
		exits "verify $1" 32
		says "verify $1" "$3"
	}
	change "a record rewritten" "UPDATE journal SET record = CAST(
	    replace(record, 'alice', 'carol') AS BLOB)
	    WHERE instr(record, CAST('alice' AS BLOB)) > 0" \
	    "records 1 to $n do not match a stored checkpoint"
	change "a log put back" "UPDATE log SET next = 1" \
	    'its hashes do not match its position'
	change "a finding closed" "UPDATE finding SET status = 3" \
	    "findings: changed, .* outside the program since record"
	change "a finding deleted" "DELETE FROM finding WHERE rule = 'CTW001'" \
	    "findings: changed, .* outside the program since record"
	change "a reason changed" "UPDATE finding SET reason = 'mine'" \
	    "findings: changed, .* outside the program since record"
	change "a certificate changed" "UPDATE cert SET content = x'3000'" \
	    'certificate [0-9a-f]{64}: its bytes were changed'
fi

# Approved: the finding closes by itself, and the pinset is on record
sed -i "s,$pin_spare,$pin_rogue,; s/\"version\": 1/\"version\": 2/" \
    "$dir/pinset.json"
state findings suppress "$id" --until 2999-01-01 --reason 'not by hand, then'
one_run
state findings show "$id" --format json
is "approved" "$(report '[j["status"], j["reason"]]')" "['closed', 'approved']"

# A tampered journal is reported, and the run continues
if command -v sqlite3 >/dev/null; then
	sqlite3 "$dir/state/state.db" "DELETE FROM journal WHERE number = 2"
	one_run
	[ $((status & 32)) = 32 ] || fail "tampered with: exit status $status"
	says "tampered with" 'journal: record 2 is missing'
	is "tampered with" "$(statuses)" "CTW000:suppressed CTW001:closed"
fi
