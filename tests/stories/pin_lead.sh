#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# A proposal may not make a key active before every app can have its pin, add a
# lint error, undo newer versions, or take a domain from its owner.  An expired
# pinset is not exported.
. "${top_srcdir:-.}/tests/support/story.sh"
. "${top_srcdir:-.}/tests/support/pin_story.sh"

day() { date -u -d "+$1 days" +%Y-%m-%dT%H:%M:%SZ; }
# agree WHAT WHO ... : those approve the last proposal, and it is put in place.
agree() {
	id=$(proposal)
	for who in "${@:2}"; do
		pins approve --key "$dir/$who.key" "$id" "${now[@]}"
		exits "$1: $who" 0
	done
	pins activate "$id" "${now[@]}"
}
# edit EXPRESSION: the pinset j, changed by Python, is proposed.
edit() {
	python3 -c 'import json, sys
j = json.load(open(sys.argv[1]))
exec(sys.argv[2])
print(json.dumps(j))' "$dir/pinset.json" "$1" >"$dir/edit.json"
	pins propose --edit "$dir/edit.json" --reason edit --by dave "${now[@]}"
}
now=()

for k in old spare next net more; do
	key $k
	openssl req -new -key "$dir/$k.key" -subj "/CN=$k.example.com" \
	    -out "$dir/$k.csr" 2>"$dir/err"
done
for k in alice bob carol; do
	openssl genpkey -algorithm ed25519 -out "$dir/$k.key"
	openssl pkey -in "$dir/$k.key" -pubout -out "$dir/$k.pub"
done
cat >"$dir/pinset.json" <<END
{"format": "ctwatch-pinset/1", "name": "story", "version": 1,
 "expires": "$(day 300)",
 "keys": [
  {"id": "old", "spki": "sha256/$pin_old", "state": "active"},
  {"id": "spare", "spki": "sha256/$pin_spare", "state": "backup"},
  {"id": "net", "spki": "sha256/$pin_net", "state": "active"},
  {"id": "more", "spki": "sha256/$pin_more", "state": "backup",
   "not_before": "$(day 60)"}],
 "domains": [{"pattern": "**.example.com", "keys": ["old", "spare"],
  "consumers": ["app"], "owner": "web"},
  {"pattern": "**.example.net", "keys": ["net", "more"],
   "consumers": ["app"]}],
 "consumers": [{"id": "app", "format": "plain", "path": "pins.txt",
  "lead_days": 30}]}
END
pins trust init --approver "alice=$dir/alice.pub" \
    --approver "bob=$dir/bob.pub" --approver "carol=$dir/carol.pub" \
    --owner web=alice
exits "trust init" 0
pins propose --edit "$dir/pinset.json" --reason begin --by dave
agree "begin" alice bob
exits "begin" 0

# ---- lead time ----
add() {
	pins propose --key next --from "$dir/next.csr" --by dave \
	    --domain '**.example.com' --reason rotation "$@"
}
add --as active
exits "at once active" 64
says "at once active" "next would be active too early for \*\*.example.com: .*lead_days"
says "at once active" "--force REASON"
add --as active --force "the old key's module broke"
exits "forced" 0
id=$(proposal)
pins review "$id"
grep -q "forced: the old key's module broke" "$dir/out" || fail "why forced"
pins reject "$id" --reason "it can wait"
exits "rejected" 0
add
agree "a backup" alice bob
exits "a backup" 0
pins propose --key next --as active --reason early --by dave
exits "early" 64
says "early" "next would be active too early"
now=(--now "$(day 20)")
pins propose --key next --as active --reason early --by dave "${now[@]}"
exits "20 days later" 64
now=(--now "$(day 32)")
pins propose --key next --as active --reason "it is time" --by dave "${now[@]}"
agree "in time" alice bob
exits "in time" 0
is "in time" "$(state_of next)" active

# ---- lead time of an edit: of each domain, and not shortened by itself ----
early() {
	edit "$2"
	exits "$1" 64
	says "$1" "$3"
}
early "an active key for one more domain" \
    "j['domains'][1]['keys'].append('old')" \
    "old would be active too early for \*\*.example.net"
early "the same, without its consumers" \
    "j['domains'][1]['keys'].append('old')
j['domains'][1]['consumers'] = []; j['consumers'][0]['lead_days'] = 0" \
    "old would be active too early for \*\*.example.net"
early "the same, by a narrower pattern" \
    "j['domains'].append({'pattern': 'a.example.net',
    'keys': ['old', 'spare']})" \
    "old would be active too early for a.example.net"
early "active before its not_before, which the edit drops" \
    "j['keys'][3]['state'] = 'active'; del j['keys'][3]['not_before']" \
    "more would be active too early for \*\*.example.net"
edit "j['domains'].append({'pattern': 'www.example.org',
    'keys': ['old', 'spare'], 'consumers': ['app']})"
exits "a domain that no client pins yet" 0
pins reject "$(proposal)" --reason "only tried"

# ---- lint, versions ----
edit "j['domains'][0]['keys'] = ['old']"
exits "one pin" 64
says "one pin" "^ctwatch: PIN"
edit "j['version'] = 2"
exits "an old copy" 64
says "an old copy" "has version 2, but the pinset has version 4"

# ---- owners: two others take the domain first, then its keys ----
owner_kept() {
	agree "$1" bob carol
	exits "$1" 64
	says "$1" "its owner, web, must approve"
	pins reject "$id" --reason "not ours"
}
edit "j['domains'][0]['owner'] = 'app'"
owner_kept "another owner"
edit "del j['domains'][0]['owner']"
owner_kept "no owner"
edit "j['domains'].append({'pattern': 'login.example.com', 'keys': ['old']})
j['policy'] = {'min_pins': 1}"
owner_kept "a more specific pattern"
edit "j['domains'][0]['mode'] = 'monitor'"
owner_kept "monitor"
edit "j['domains'][0]['exclude'] = ['login.example.com']"
owner_kept "exclude"
edit "j['domains'][0]['keys'].remove('spare')"
owner_kept "keys"
edit "j['domains'] = [{'pattern': '**.example.net'}]"
owner_kept "deleted"
edit "j['note'] = 'anybody may'"
agree "a note" bob carol
exits "a note" 0

# ---- an expired pinset is not shipped ----
now=()
pins export --all
exits "export" 0
cp "$dir/pins.txt" "$dir/shipped"
pins export --all --now "$(day 301)"
exits "expired" 8
says "expired" "expired on $(date -u -d '+300 days' +%F)"
cmp "$dir/pins.txt" "$dir/shipped" || fail "expired, and shipped"
for verb in check lint show; do
	pins $verb --now "$(day 301)"
	[ $((status & 8)) = 8 ] || fail "$verb, expired: exit status $status"
done
pins export --all --now "$(day 301)" --untrusted "the renewal is under way"
exits "expired, shipped though" 0

# ---- export stays below the pinset's folder ----
edit "j['consumers'][0]['path'] = '../pins-outside.txt'"
agree "a path outside" alice bob
exits "a path outside" 0
pins export --all
exits "outside" 64
says "outside" "not below the pinset's folder"
[ ! -e "$dir/../pins-outside.txt" ] || fail "written outside"
edit "j['consumers'][0]['path'] = 'link/pins.txt'"
agree "a path by a link" alice bob
mkdir "$dir/elsewhere" "$dir/below"
mv "$dir/pinset.json" "$dir"/pinset.json.* "$dir/below"
ln -s "$dir/elsewhere" "$dir/below/link"
ctwatch pins export --all --state "$dir/state" \
    --pinset "$dir/below/pinset.json"
exits "outside by a link" 64
[ ! -e "$dir/elsewhere/pins.txt" ] || fail "written outside by a link"
ctwatch pins export --all --outside --state "$dir/state" \
    --pinset "$dir/below/pinset.json"
exits "--outside" 0
grep -q "$pin_old" "$dir/elsewhere/pins.txt" || fail "not written"
