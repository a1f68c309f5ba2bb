#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# A first run, and a run with a new watched item, name the entry from which on
# they searched.  A new certificate for a watched name is 1 in the exit status.
. "${top_srcdir:-.}/tests/support/story.sh"

for k in web old spare; do key $k; done
cert 1 old www.example.com
cert 2 old www.example.org
cert 3 web shop.example.com
cert 4 old mail.example.com
# pass ARG ...: a run as a user begins: from the heads of the logs on.
pass() {
	ctwatch run --log-list "$url/log_list.json" --state "$dir/state" \
	    --format json --no-notify "$@"
}
# screen: the text of the last run's report.
screen() {
	"$bin/ctwatch/ctwatch" report --state "$dir/state" | tr -s ' \n' ' '
}
# shows WHAT TEXT; hides WHAT TEXT: whether the first screen has it.
shows() {
	screen | grep -Fq -- "$2" || fail "$1: not '$2': $(screen)"
}
hides() {
	screen | grep -Fiq -- "$2" && fail "$1: '$2': $(screen)"
}
# fresh: the items that are new, and the entries from which on.
fresh() {
	report '[[i["item"] for i in j["coverage"]["new_items"]],
	    [l.get("searched_from") for l in j["coverage"]["logs"]]]'
}

logd --only rfc6962 --size 2 "$dir/certs"
pass --watch .example.com
exits "the first run" 0
is "the first run" "$(fresh)" "[['.example.com'], [2]]"
is "since" "$(report '(j["coverage"]["new_items"][0]["since"] ==
    j["run"]["started"])')" True
shows "the first run" ".example.com: watching from entry 2 of"
shows "the first run" \
    "earlier entries were not searched: --since, backfill or search"
hides "the first run" "everything covered"
hides "the first run" "nothing to worry about"
ctwatch report --state "$dir/state" --format html
grep -q 'In part: 1 of 1 logs' "$dir/out" || fail "HTML"
grep -q 'Nothing to worry about' "$dir/out" &&
    fail "HTML: nothing to worry about"

pass --watch .example.com
is "the second run" "$(fresh)" "[[], [None]]"
shows "the second run" "EVERYTHING COVERED"
shows "the second run" "Nothing to worry about"

# An item that is new; one that was away.
pass --watch .example.com --watch .example.org
is "a new item" "$(fresh)" "[['.example.org'], [2]]"
shows "a new item" ".example.org: watching from entry 2 of"
control size=3
pass --watch .example.org
is "an item less" "$(fresh)" "[[], [None]]"
exits "a certificate that is not watched" 0
pass --watch .example.com --watch .example.org
is "an item that comes back" "$(fresh)" "[['.example.com'], [3]]"
exits "it was not searched for" 0

# A run that is killed does not make an item known.
if command -v sqlite3 >/dev/null; then
	pass --watch .example.com --watch www.example.net
	sqlite3 "$dir/state/state.db" \
	    "UPDATE run SET ended = NULL WHERE number = (SELECT max(number) FROM run)"
	pass --watch .example.com --watch www.example.net
	is "after a kill" "$(fresh)" "[['www.example.net'], [3]]"
fi

# A new certificate counts; what is below --fail-on is counted, too.
control size=4
pass --watch .example.com
exits "a new certificate" 1
is "a new certificate" "$(report '[[f["rule"], f["severity"], f["status"]]
    for f in j["findings"]]')" "[['CTW000', 'medium', 'new']]"
is "outcome" "$(report 'j["run"]["outcome"]')" findings
pass --watch .example.com
exits "a certificate that is still open" 1
pass --watch .example.com --fail-on high
exits "from high on" 0
shows "from high on" "exit status 0, 1 finding below high"
hides "from high on" "(clean)"

# With a pinset the bound is high, but not for what only a watch list names.
pinset() {
	cat >"$dir/pinset.json" <<END
{"format": "ctwatch-pinset/1", "name": "story", "version": 1,
 "keys": [
  {"id": "web", "spki": "sha256/$pin_web", "state": "active"},
  {"id": "spare", "spki": "sha256/$pin_spare", "state": "backup"}],
 "domains": [{"pattern": "$1"$2}]}
END
}
pinset '**.example.com' ''
pass --pinset "$dir/pinset.json"
is "covered by the pinset" "$(report '[f["rule"] for f in j["findings"]
    if f["status"] in ("new", "open") and f["severity"] == "medium"]')" \
    "['CTW000']"
[ $((status & 1)) = 0 ] || fail "covered by the pinset: exit status $status"
pinset 'shop.example.com' ', "keys": ["web", "spare"]'
rm -rf "$dir/state"
run --pinset "$dir/pinset.json" --watch .example.com
exits "a watch list beside the pinset" 1
run --pinset "$dir/pinset.json" --watch .example.com --fail-on high
[ $((status & 1)) = 0 ] || fail "one bound for all: exit status $status"
is "bounds" "$(report '[j["run"]["fail_on"], j["run"]["fail_on_watched"]]')" \
    "['high', 'high']"

# Items that cannot match in public logs are reported.
pass --watch www.example.invalid --watch .example.com --watch 192.0.2.0/24 \
    --watch www.example.ck
is "doubtful" "$(report '[d["item"]
    for d in j["coverage"]["doubtful_items"]]')" "['www.example.invalid']"
shows "doubtful" \
    "www.example.invalid: its last label is not a public top-level domain"
