#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# A whole rotation: a backup is proposed, approved by two, seen in a log, made
# active; the old key is retired and reported when it is seen again.  And an
# attack: no logged certificate becomes a pin without evidence and two people.
. "${top_srcdir:-.}/tests/support/story.sh"
. "${top_srcdir:-.}/tests/support/pin_story.sh"

day() { date -u -d "+$1 days" +%Y-%m-%dT%H:%M:%SZ; }
# agree WHAT PROPOSAL: alice and bob approve it, and it is put in place.
agree() {
	pins approve --key "$dir/alice.key" "$2"
	exits "$1: alice" 0
	pins approve --key "$dir/bob.key" "$2"
	exits "$1: bob" 0
	pins activate "$2"
	exits "$1: activate" 0
}
# next_is WHAT COMMAND: the last ctwatch names this as the next one.
next_is() {
	grep -q "^next: ctwatch $2" "$dir/out" || fail "$1: no next: $2"
}
version() { json "$dir/pinset.json" "j['version']"; }

for k in old spare next evil bob; do key $k; done
for k in alice carol mallory; do
	openssl genpkey -algorithm ed25519 -out "$dir/$k.key"
done
cat >"$dir/pinset.json" <<END
{"format": "ctwatch-pinset/1", "name": "story", "version": 1,
 "note": "kept", "x-ours": {"kept": true},
 "keys": [
  {"id": "old", "spki": "sha256/$pin_old", "state": "active"},
  {"id": "spare", "spki": "sha256/$pin_spare", "state": "backup"}],
 "domains": [{"pattern": "**.example.com", "keys": ["old", "spare"],
  "consumers": ["app"], "owner": "web"}],
 "consumers": [{"id": "app", "format": "okhttp", "path": "pins.kt",
  "max_age_days": 60}]}
END
cat >"$dir/pinset.json.trust" <<END
{"format": "ctwatch-trust/1", "threshold": 2,
 "keys": {"alice": "$(spki alice)", "bob": "$(spki bob)",
  "carol": "$(spki carol)"},
 "owners": {"web": ["alice", "carol"]}}
END

# ---- refused proposals ----
: >"$dir/empty"
refuses() {
	pins propose --by dave "${@:2}"
	exits "propose ${*:2}" 64
	says "propose ${*:2}" "$1"
}
refuses "give a reason" --key old
refuses "give --key ID" --reason begin
refuses "$dir/empty: is empty" --reason begin --edit "$dir/empty"
refuses "omit the options for a key" --reason begin --edit "$dir/pinset.json" --key old
refuses "takes no operands" --reason begin old

# ---- the first version is signed ----
pins timeline
exits "unsigned" 8
grep -q 'not signed yet: .*pins propose --edit' "$dir/out" ||
    fail "a new trust file: no next step"
pins propose --edit "$dir/pinset.json" --reason "begin" --by dave
exits "propose the first" 0
agree "the first" "$(proposal)"
is "version" "$(version)" 2
is "what is free stays" "$(json "$dir/pinset.json" \
    "[j['note'], j['x-ours']]")" "['kept', {'kept': True}]"
pins timeline
exits "signed" 0

# ---- a backup is proposed, by a person who signs ----
openssl req -new -key "$dir/next.key" -subj /CN=www.example.com \
    -out "$dir/next.csr" 2>"$dir/err"
pins propose --key next --from "$dir/next.csr" --domain '**.example.com' \
    --by carol --sign "$dir/carol.key" --reason "for next year"
exits "propose" 0
grep -q '^+ keys\[next\]' "$dir/out" || fail "no diff"
grep -q '^concerns app' "$dir/out" || fail "no consumers"
id=$(proposal)
pins approve --key "$dir/carol.key" "$id"
says "carol approves her own" "another approver must sign"
pins approve --key "$dir/evil.key" "$id"
says "an unknown key approves" "not in the trust file"
pins approve --key "$dir/alice.key" "$id"
exits "alice" 0
next_is "after one of two" "pins approve $id"
# Proposed again, it is the same proposal, with its signature.
pins propose --key next --from "$dir/next.csr" --domain '**.example.com' \
    --by dave --reason "once more"
exits "propose again" 0
is "the same proposal" "$(proposal)" "$id"
pins review "$id"
exits "review" 0
grep -q '^signed by alice' "$dir/out" || fail "the signature is lost"
grep -q '^missing: 1 of 2 required approvals' "$dir/out" || fail "what it lacks"
pins approve --key "$dir/alice.key" "$id"
says "alice twice" "has already approved it"
pins activate "$id"
says "one is not enough" "1 of 2 required approvals"
is "version" "$(version)" 2
# bob's key is on a token: it signs outside.
pins approve --print "$id"
openssl dgst -sha256 -sign "$dir/bob.key" -out "$dir/bob.sig" "$dir/out"
pins approve --signature "$dir/bob.sig" --name carol "$id"
says "in another's name" "another approver|does not verify with that key"
pins approve --signature "$dir/bob.sig" --name bob "$id"
exits "bob, elsewhere" 0
next_is "after two of two" "pins activate $id"
pins activate "$id"
exits "activate" 0
is "version" "$(version)" 3
pins export --all
exits "export" 0
grep -q "$pin_next" "$dir/pins.kt" || fail "the app would not get the pin"
pins check
exits "check" 0

# ---- it is used: the log says so, and it becomes active ----
cert 1-next next www.example.com
cert 2-evil evil login.example.com
logd --only rfc6962 --size 2 "$dir/certs"
run --pinset "$dir/pinset.json"
is "found" "$(findings)" "CTW001 login.example.com new
CTW005 www.example.com new"
finding=$(report 'next(f["id"] for f in j["findings"]
    if f["rule"] == "CTW001")')
# A run reports an unsigned pinset, until the signed one is back.
untrusted() {
	report '[f["status"] for f in j["findings"] if f["rule"] == "CTW073"]'
}
cp "$dir/pinset.json" "$dir/good.json"
sed -i 's/"kept"/"changed"/' "$dir/pinset.json"
run --pinset "$dir/pinset.json"
exits "an unsigned pinset" 9
is "an unsigned pinset" "$(untrusted)" "['new']"
cp "$dir/good.json" "$dir/pinset.json"
run --pinset "$dir/pinset.json"
exits "the signed one again" 1
is "the signed one again" "$(untrusted)" "['closed']"
# A pinset that was signed stays signed: without trust file and signatures, an
# attacker's pin approves nothing.
mkdir "$dir/kept"
cp "$dir/pinset.json" "$dir/pinset.json.sig" "$dir/pinset.json.trust" "$dir/kept"
sed -i "s,$pin_spare,$pin_evil," "$dir/pinset.json"
rm "$dir/pinset.json.sig"
for missing in sig sig,trust; do
	[ $missing = sig ] || rm "$dir/pinset.json.trust"
	run --pinset "$dir/pinset.json"
	exits "without $missing" 9
	is "without $missing" "$(untrusted)" "['new']"
	report '[f["message"] for f in j["findings"] if f["rule"] == "CTW073"]' |
	    grep -q "judged by version 3" || fail "by which version?"
	is "without $missing" "$(report '[f["status"] for f in j["findings"]
	    if f["rule"] == "CTW001"]')" "['open']"
	cp "$dir/kept/pinset.json.sig" "$dir/pinset.json.sig"
	cp "$dir/pinset.json" "$dir/evil.json"
	cp "$dir/kept/pinset.json" "$dir/pinset.json"
	cp "$dir/kept/pinset.json.trust" "$dir/pinset.json.trust"
	run --pinset "$dir/pinset.json"
	exits "restored" 1
	cp "$dir/evil.json" "$dir/pinset.json"
	rm "$dir/pinset.json.sig"
done
# Nor do approvers of the attacker's choice.
sed "s,$(spki carol),$(spki mallory)," "$dir/kept/pinset.json.trust" \
    >"$dir/pinset.json.trust"
cp "$dir/kept/pinset.json" "$dir/kept/pinset.json.sig" "$dir"
run --pinset "$dir/pinset.json"
exits "another trust file, the same signatures" 1
cp "$dir/kept/pinset.json.trust" "$dir"
stop_logd || exit
pins propose --key next --as active --by carol --reason "it went live"
exits "propose as active" 0
agree "active" "$(proposal)"
is "state" "$(json "$dir/pinset.json" \
    "[k['state'] for k in j['keys']]")" "['active', 'backup', 'active']"

# ---- the attack: a log is no evidence ----
unconfirmed() {
	pins approve --key "$dir/alice.key" "$id"
	exits "$1" 64
	says "$1" UNCONFIRMED
}
pins propose --finding "$finding" --key evil --domain '**.example.com' \
    --by mallory --reason "please"
exits "propose from a finding" 0
grep -q '^UNCONFIRMED: no evidence for the key evil' "$dir/out" ||
    fail "not labelled"
id=$(proposal)
next_is "without evidence" "pins propose --id $id --evidence"
unconfirmed "unconfirmed"
pins propose --id "$id" --evidence "$dir/certs/2-evil.der"
unconfirmed "the logged certificate as a file"
openssl pkey -in "$dir/evil.key" -pubout -out "$dir/evil.pub"
pins propose --id "$id" --evidence "$dir/evil.pub"
unconfirmed "the key cut from the logged certificate"
printf 'anything' >"$dir/no.sig"
pins propose --id "$id" --possession "$dir/no.sig"
unconfirmed "a signature of nothing"
pins propose --id "$id" --statement "it is ours"
says "a statement without a name" "--stated-by NAME"
# In an edited pinset it is no better.
python3 - "$dir/pinset.json" "$pin_evil" >"$dir/edit.json" <<'END'
import json, sys
j = json.load(open(sys.argv[1]))
j["keys"].append({"id": "evil", "spki": "sha256/" + sys.argv[2],
    "state": "backup"})
j["domains"][0]["keys"].append("evil")
print(json.dumps(j))
END
pins propose --edit "$dir/edit.json" --by mallory --reason "an edit"
exits "propose an edit" 0
grep -q '^UNCONFIRMED: no evidence for the key evil' "$dir/out" ||
    fail "the edit is not labelled"
old=$id
id=$(proposal)
unconfirmed "an edit"
pins reject "$id" --reason "that key is unknown"
exits "reject" 0
pins approve --key "$dir/alice.key" "$id"
says "rejected" "was rejected"
# Alice is deceived by what Mallory says that Bob said.
id=$old
pins propose --id "$id" --statement "made by me" --stated-by bob
exits "a statement" 0
grep -q 'confirm it with' "$dir/out" || fail "the statement is not shown as hearsay"
pins approve --key "$dir/alice.key" "$id"
exits "alice is deceived" 0
pins activate "$id"
says "alice alone" "1 of 2 required approvals"
grep -q "$pin_evil" "$dir/pinset.json" && fail "an attacker's pin"
# The holder of a private key signs the challenge.
pins propose --id "$id" --challenge
exits "challenge" 0
grep -q "^proposal $id" "$dir/out" || fail "the challenge is of any proposal"
cp "$dir/out" "$dir/challenge"
pins propose --edit "$dir/edit.json" --by carol --reason "an edit"
exits "propose the edit again" 0
id=$(proposal)
pins propose --id "$id" --challenge --key evil
openssl dgst -sha256 -sign "$dir/evil.key" -out "$dir/other.sig" \
    "$dir/challenge"
pins propose --id "$id" --possession "$dir/other.sig"
unconfirmed "the signature for another proposal"
pins reject "$id" --reason "tried enough"

# By hand.
cp "$dir/pinset.json" "$dir/good.json"
sed -i "s,$pin_spare,$pin_evil," "$dir/pinset.json"
pins timeline
exits "edited by hand" 9 # and the key is in use, called a backup
grep -q 'NOT SIGNED by the approvers' "$dir/out" || fail "not reported"
pins propose --edit "$dir/pinset.json" --by mallory --reason "as it is"
says "no proposal on top of it" "signed for other content"
# It is not shipped, and each verb reports it.
for verb in export "export --all" check lint show; do
	if [ "${verb% *}" = export ]; then
		set -- $verb
		[ $# -gt 1 ] || set -- export --format plain
	else
		set -- "$verb"
	fi
	cp "$dir/pins.kt" "$dir/shipped.kt"
	pins "$@"
	[ $((status & 8)) = 8 ] || fail "$*: exit status $status of a forgery"
	says "$*" "signed for other content"
	cmp -s "$dir/pins.kt" "$dir/shipped.kt" || fail "$*: a forgery is shipped"
done
pins export --format plain --untrusted "a drill"
exits "export though" 0
says "export though" "UNTRUSTED PINSET USED .a drill."
grep -q "$pin_evil" "$dir/out" || fail "the drill"
pins export --format plain --now "$(day 3650)"
exits "only the signature is wrong" 8
cp "$dir/good.json" "$dir/pinset.json"

# By hand, with a proposal of the same bytes, so that it looks cut short.
pins propose --edit "$dir/pinset.json" --by mallory \
    --reason $'a change\nevidence: public key of alice'
exits "propose without approval" 0
grep -q '^evidence' "$dir/out" && fail "a reason looks like evidence"
id=$(proposal)
python3 - "$dir/state/state.db" "$id" "$dir/pinset.json" <<'END' || fail "text"
import base64, json, sqlite3, sys
text, = sqlite3.connect(sys.argv[1]).execute(
    "SELECT value FROM value WHERE name = 'proposals'").fetchone()
p, = [p for p in json.loads(text) if p["id"] == sys.argv[2]]
open(sys.argv[3], "wb").write(base64.b64decode(p["text"]))
END
pins activate "$id"
says "put in place by hand" "0 of 2 required|signed for other"
cp "$dir/good.json" "$dir/pinset.json"

# ---- the old key goes, when the apps in use know the new one ----
pins retire old --by carol
says "too early" "the overlap ends on $(date -u -d '+60 days' +%F)"
pins retire old --by carol --now "$(day 61)"
exits "late enough" 0
pins retire old --by carol --force "its machine is sold"
exits "forced" 0
agree "retire" "$(proposal)"
pins export --all
grep -q "$pin_old" "$dir/pins.kt" && fail "a retired key is exported"
sleep 1.1
cert 3-old old api.example.com
logd --key-seed later --only rfc6962 --size 3 "$dir/certs"
run --pinset "$dir/pinset.json"
findings >"$dir/found"
grep -q '^CTW006 api.example.com new' "$dir/found" || fail "$(cat "$dir/found")"
# Copies of the export before stay in use for max_age_days, 60.
report '[f["notes"] for f in j["findings"] if f["rule"] == "CTW006"]' \
    >"$dir/notes"
grep -q "app accepts it: version 3, .* until $(date -u -d '+60 days' +%F)" \
    "$dir/notes" || fail "who still accepts it: $(cat "$dir/notes")"
stop_logd || exit

# ---- a key is compromised: at once, one signature ----
pins compromise next --reason "found on a paste site"
says "unsigned" "private key of an approver"
pins compromise next --reason "found on a paste site" --key "$dir/bob.key"
exits "compromise" 0
grep -q 'keeps: spare (backup)' "$dir/out" || fail "what is left"
today=$(date -u +%F)
grep -qE "^app accepts it: version [0-9]+, exported on $today" "$dir/out" ||
    fail "the release that still accepts the key is not named"
pins timeline
exits "an emergency is trusted" 1 # but a retired key was seen again
grep -q "^an emergency" "$dir/out" || fail "not called one"
sed -i "s,$pin_spare,$pin_evil," "$dir/pinset.json"
pins timeline
exits "an emergency adds nothing" 9

# ---- and all of it is in the journal ----
python3 - "$dir/state/state.db" <<'END' || fail "journal"
import collections, json, sqlite3, sys
rows = sqlite3.connect(sys.argv[1]).execute("SELECT record FROM journal")
records = [json.loads(row[0]) for row in rows]
n = collections.Counter(r["action"] for r in records)
want = {"pinset-proposed": 9, "pinset-approved": 9, "pinset-activated": 4,
    "pinset-compromised": 1, "proposal-rejected": 2}
if any(n[action] != want[action] for action in want):
    sys.exit(n)
if not any("its machine is sold" in r["reason"] for r in records):
    sys.exit("the force is not explained")
END
