#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# A name that is added to the watch list is searched for in the index of earlier
# runs first; coverage begins where the search did.
. "${top_srcdir:-.}/tests/support/story.sh"

key web
for i in $(seq 0 9); do cert "$i" web "host$i.example.com"; done
logd --entries 3000 --size 300 "$dir/certs"
pass() {
	state=$1
	shift
	ctwatch run --log-list "$url/log_list.json" --state "$dir/$state" \
	    --since start --format json --no-notify --watch nothing.example.net \
	    "$@"
}
# seen NAME: of each log, the first sighting of the certificate, and how many.
seen() {
	report '[(min(i), len(i)) for i in ([s["index"] for f in j["findings"]
	    if f["rule"] == "CTW000" and f["certificate"]["names"] == ["'"$1"'"]
	    for s in f["sightings"] if s["log_id"] == l["log_id"] and
	    s["verified"]] for l in j["coverage"]["logs"]) if i]'
}
# begun: the new items, and the entries from which on they were searched for.
begun() {
	report '[[i["item"] for i in j["coverage"]["new_items"]],
	    [l.get("searched_from") for l in j["coverage"]["logs"]]]'
}

# All that was read is in the index: nothing is narrow.
pass whole --index
exits "the first run" 0
control size=700
pass whole --index --watch host3.example.com
exits "a new item" 1
is "a new item" "$(seen host3.example.com)" "[(3, 70), (3, 70)]"
is "its coverage" "$(begun)" "[[], [None, None]]"
says "a new item" "entries 0 to 299 were searched in the index"
cp -r "$dir/whole" "$dir/other"

# What was read without --index was not searched; a run without it searches the
# index, too.
pass part
control size=1000
pass part --index
control size=1100
pass part --watch host4.example.com
exits "a new item, in part" 1
is "in part" "$(seen host4.example.com)" "[(704, 40), (704, 40)]"
is "coverage in part" "$(begun)" "[['host4.example.com'], [700, 700]]"
pass part --watch host4.example.com
is "the next run" "$(begun)" "[[], [None, None]]"

# An item that reaches too far; other items are not searched then, either.
pass whole --index --watch host3.example.com --watch .com
says "too far" ".com reaches too far for the index"
is "too far" "$(begun)" "[['.com'], [700, 700]]"

# A log that serves other entries than it did, when they are read again.
control "log=rfc6962&fault=swapentry&at=257&to=258"
pass other --index --watch host3.example.com --watch host6.example.com
is "a log that serves other entries" "$status" 3
is "from there on" "$(begun)" "[['host6.example.com'], [300, None]]"
is "what it proved" "$(seen host6.example.com)" "[(6, 105), (6, 110)]"
says "a log that serves other entries" \
    "entries 256 to 299 were not searched for new items: the log serves other"
is "it is partial" "$(report '[l["reason"] for l in j["coverage"]["logs"]]')" \
    "['it serves other entries than those that it signed before', None]"

# What an outage hid is found by the command, later.
control "fault=none"
ctwatch search --state "$dir/other" --format json host6.example.com
exits "search" 0
is "search" "$(json "$dir/out" 'len(j["sightings"])')" 220
