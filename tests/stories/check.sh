#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# `ctwatch check' prints what a run would use, reads no entry and writes
# nothing, and reports every fault with the exit status of its kind.
. "${top_srcdir:-.}/tests/support/story.sh"

key web
key other
cert 1 web www.example.com
logd "$dir/certs"
receiver
python3 "$src/tests/support/smtp_receiver.py" "$dir" 2>"$dir/smtp.err" &
background+=($!)
for _ in $(seq 500); do
	[ -s "$dir/smtp-port" ] && break
	sleep 0.02
done
smtp=smtp://127.0.0.1:$(cat "$dir/smtp-port")

etc=$dir/etc
mkdir "$etc"
cat >"$etc/pinset.json" <<END
{"format": "ctwatch-pinset/1", "name": "story", "version": 3,
 "keys": [{"id": "web", "spki": "sha256/$pin_web", "state": "active"}],
 "domains": [{"pattern": "**.example.com", "keys": ["web"]}]}
END
printf '%s\n' example.org .example.net >"$etc/list"
# config MEMBER ...: the configuration, with further members.
config() {
	printf '{"log-list": "%s", "pinset": "pinset.json", "watchlist": "list"' \
	    "$url/log_list.json" >"$etc/ctwatch.json"
	printf ', %s' "$@" >>"$etc/ctwatch.json"
	echo '}' >>"$etc/ctwatch.json"
	sed -i 's/, }$/}/' "$etc/ctwatch.json"
}
check() {
	ctwatch check --config "$etc/ctwatch.json" --state "$dir/state" "$@"
}
# prints WHAT PATTERN: on standard output, whose lines are joined again.
prints() {
	sed -z 's/\n  */ /g' "$dir/out" | grep -Eq -- "$2" || fail "$1: no '$2' in: $(cat "$dir/out")"
}

# ---- no fault ----
config '"mail": ["a@example.com"]' '"mail-from": "w@example.com"' \
    "\"smtp\": \"$smtp\"" "\"webhook\": \"$hook\""
control "fault=500&on=get-entries,data"
check
exits "no fault" 0
is "no fault: messages" "$(cat "$dir/err")" ""
prints "configuration" "^configuration +$etc/ctwatch.json"
prints "pinset" "story version 3, 1 key, 1 domain, no signatures"
prints "watched" "^watched +3 names"
prints "list" "^log list +$url/log_list.json: of 20.*, 2 logs"
prints "logs" "^logs +2 of 2 answer with a signed tree head; 0 are"
prints "sandbox" "^sandbox +.*no new privileges"
prints "smtp" "smtp: its server answers"
prints "webhook" "webhook: its server answers"
prints "result" "^result +no fault"
[ ! -e "$dir/state" ] || fail "check made the state"
[ ! -e "$dir/post.1" ] && [ ! -e "$dir/smtp.1" ] || fail "a message was sent"
control ""
is "entries that were asked for" \
    "$(json "$dir/control" '[l["seen"] for l in j["logs"].values()]')" "[0, 0]"
control fault=none

# After a run the state is named.
ctwatch run --config "$etc/ctwatch.json" --state "$dir/state" --no-notify
check --no-notify
exits "after a run" 0
prints "after a run" "^state +$dir/state: run 1, the last"
prints "no channels" "^channels +off"

# ---- faults of the configuration: 64, each of them named ----
printf '%s\n' example.org foo..bar https://example.net/ .corp 10.0.0.0/8 >"$etc/list"
config
check
exits "watch list" 64
says "the first line" "$etc/list:2: "
says "the second line" "$etc/list:3: "
printf '%s\n' example.org .corp 10.0.0.0/8 2001:db8::/32 192.0.2.1 >"$etc/list"
check
exits "items that match nothing" 0
prints "a private domain" "\.corp can match nothing"
prints "a private network" "10\.0\.0\.0/8 can match nothing"
config '"fail-onn": "high"' '"format": "jsn"'
check
exits "a typo" 64
says "a typo" 'unknown member "fail-onn"; did you mean "fail-on"'
config '"format": "jsn"' '"since": "yesterday"' '"mail": "no body"'
check
exits "three faults" 64
says "format" "unknown format 'jsn'; did you mean json\?"
says "since" "'yesterday' is neither"
says "mail" "'no body' is not a mail address"
prints "counted" "^result +3 faults"
config '"since": "7d"'
chmod o+w "$etc/ctwatch.json"
check
exits "anybody may write" 64
chmod o-w "$etc/ctwatch.json"
sed -i 's/"web"]/"wbe"]/' "$etc/pinset.json"
check
exits "pinset" 64
says "pinset" "no key has the id \"wbe\""
sed -i 's/"wbe"]/"web"]/' "$etc/pinset.json"
: >"$etc/pinset.json.trust"
check
exits "trust" 8
prints "trust" "NOT TRUSTED"
rm "$etc/pinset.json.trust"

# ---- channels: 16 ----
config '"mail": ["a@example.com"]' '"sendmail": "/no/sendmail"' \
    '"webhook": "http://127.0.0.1:1/hook"' '"output": "no/report"'
check
exits "channels" 16
says "sendmail" "sendmail: /no/sendmail: No such file"
says "webhook" "^ctwatch: webhook: .*127.0.0.1"
says "output" "no/report cannot be written: No such file"
config '"mail": ["a@example.com"]' '"mail-from": "w@example.com"' \
    '"smtp": "smtp://127.0.0.1:1"'
check
exits "smtp" 16
says "smtp" "^ctwatch: smtp: "
mkdir "$etc/hooks"
config '"hooks": "hooks"'
check
exits "no hook" 16
says "no hook" "no program that can be run"

# ---- lists and logs: 2 ----
config
control "log=rfc6962&fault=404&on=get-sth"
check
exits "a log that fails" 2
says "a log that fails" "^ctwatch: log Loopback 'rfc6962' log: "
prints "a log that fails" "^logs +1 of 2 answer"
control fault=none
check --log "no such log"
exits "no such log" 64
says "no such log" "no log has the name"
check --log-list http://127.0.0.1:1/list.json
exits "a list that fails" 2
says "a list that fails" "127.0.0.1:1/list.json"

# ---- the state: 32 ----
check --state "$etc/list/state"
exits "the state is below a file" 32
echo junk >"$dir/state/state.db"
check
exits "damaged" 32

# ---- the sample configuration ----
mkdir "$dir/sample"
cp "$src"/examples/{pinset.json,watchlist} "$dir/sample"
sed "s,https://www.gstatic.com[^\"]*,$url/log_list.json," \
    "$src/examples/ctwatch.json" >"$dir/sample/ctwatch.json"
ctwatch check --config "$dir/sample/ctwatch.json" --no-notify --state "$dir/other"
exits "the sample" 0
# Every member that it leaves out with x- is one of the configuration.
sed -i 's/"x-\([a-z-]*\)":/"\1":/; s/"note-[0-9]":/"x-&/; s/"x-"note/"x-note/' \
    "$dir/sample/ctwatch.json"
ctwatch check --config "$dir/sample/ctwatch.json" --no-notify --state "$dir/other"
! grep -q "unknown member\|must be" "$dir/err" || fail "members of the sample"

ctwatch check operand
exits "an operand" 64
exit 0
