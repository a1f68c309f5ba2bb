#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# A bundle of CA certificates as one item of the pinset: every command reads
# it, what is wrong with it is named, and approvers sign its content.
. "${top_srcdir:-.}/tests/support/story.sh"
. "${top_srcdir:-.}/tests/support/pin_story.sh"

# root N NAME: a CA certificate $dir/root_N.pem; its pin is $pin_root_N.
root() {
	key "root_$1"
	openssl req -x509 -key "$dir/root_$1.key" -days 365 \
	    -subj "/O=Provider/CN=$2" -out "$dir/root_$1.pem" 2>"$dir/err"
}
root 1 "Story Root R1"
root 2 "Story Root R2"
root 3 "Story Root R2" # the same name with another key
root 4 "Other Root"
key leaf
key other
for n in 1 4; do
	openssl req -x509 -CA "$dir/root_$n.pem" -CAkey "$dir/root_$n.key" \
	    -key "$dir/leaf.key" -subj /CN=www.example.com \
	    -addext subjectAltName=DNS:www.example.com \
	    -addext basicConstraints=CA:FALSE -days 90 \
	    -out "$dir/leaf_$n.pem" 2>"$dir/err"
	cat "$dir/root_$n.pem" >>"$dir/leaf_$n.pem"
done
cat "$dir"/root_{1,2,3,1}.pem >"$dir/roots.pem"
cat >"$dir/pinset.json" <<END
{"format": "ctwatch-pinset/1", "name": "story", "version": 1,
 "keys": [{"id": "web", "spki": "sha256/$pin_other", "state": "active"}],
 "domains": [
  {"pattern": "**.example.com", "kind": "ca", "roots": "roots.pem",
   "consumers": ["app"]},
  {"pattern": "www.example.net", "position": "any", "roots": "roots.pem",
   "keys": ["web"]}],
 "consumers": [{"id": "app", "format": "android", "path": "app.xml"}]}
END

# ---- every command reads it ----
pins show
exits "show" 0
is "show" "$(sed -n '/^roots roots.pem/,$p' "$dir/out" | grep -c 'active')" 3
grep -qF "sha256/$pin_root_1  Story Root R1" "$dir/out" ||
    fail "no name: $(cat "$dir/out")"
grep -qF "SHA-256 $(sha256sum <"$dir/roots.pem" | cut -c1-64)" "$dir/out" ||
    fail "no digest: $(cat "$dir/out")"
pins show --format json
is "show as JSON" "$(json "$dir/out" "([k['ca'] for k in j['keys'][1:]],
    [len(d['keys']) for d in j['domains']], j['domains'][0]['roots'])")" \
    "(['Story Root R1', 'Story Root R2', 'Story Root R2'], [3, 4], 'roots.pem')"
is "ids" "$(json "$dir/out" "[k['id'] for k in j['keys'][1:]]")" \
    "['Story-Root-R1', 'Story-Root-R2', \
'Story-Root-R2-$(printf %s "$pin_root_3" | base64 -d | od -An -N4 -tx1 |
    tr -d ' ')']"
pins lint
exits "lint ($(cat "$dir/out"))" 0
pins explain "sha256/$pin_root_2"
exits "explain" 0
grep -q "the key Story-Root-R2 of the pinset, active" "$dir/out" ||
    fail "explain: $(cat "$dir/out")"
ctwatch eval --pinset "$dir/pinset.json" --host www.example.com \
    "$dir/leaf_1.pem"
exits "eval, a CA of the bundle ($(cat "$dir/out"))" 0
ctwatch eval --pinset "$dir/pinset.json" --host www.example.com \
    "$dir/leaf_4.pem"
exits "eval, another CA" 1
pins export --all
exits "export" 0
is "exported pins" "$(grep -oF -e "$pin_root_1" -e "$pin_root_2" \
    -e "$pin_root_3" "$dir/app.xml" | sort -u | wc -l)" 3
pins check
exits "check of the export ($(cat "$dir/out"))" 0
sed -i "\\,$pin_root_2,d" "$dir/app.xml"
pins check
exits "check without a CA" 1
grep -Eq "lacks the pin of Story-Root-R2$" "$dir/out" || fail "$(cat "$dir/out")"
pins export --format tlsa --host www.example.net
is "tlsa" "$(grep -c 'TLSA 2 1 1' "$dir/out")" 3
pins export --format curl --host www.example.com
exits "a bundle for curl" 64
pins export --format curl --host www.example.net
exits "a leaf's key beside a bundle for curl" 0
grep -qF "$pin_root_1" "$dir/out" && fail "a CA's key for curl"
cert unrelated other www.example.org
logd "$dir/certs"
run --pinset "$dir/pinset.json"
exits "run" 0
stop_logd
pins timeline
exits "timeline" 0

# ---- a key that keys declares compromised stays so ----
python3 - "$dir" "$pin_root_1" <<'EOF'
import json, sys
p = json.load(open(sys.argv[1] + "/pinset.json"))
p["keys"] += [{"id": "gone", "spki": "sha256/" + sys.argv[2],
              "state": "compromised", "ca": True}]
json.dump(p, open(sys.argv[1] + "/gone.json", "w"))
EOF
ctwatch pins export --pinset "$dir/gone.json" --format android
grep -qF "$pin_root_1" "$dir/out" && fail "a compromised CA is exported"
ctwatch eval --pinset "$dir/gone.json" --host www.example.com \
    "$dir/leaf_1.pem"
exits "eval, a compromised CA" 1

# ---- what is wrong with it is named ----
# refuses WHAT PATTERN: each command refuses the pinset bad.json.
refuses() {
	for verb in show check timeline "export --format plain"; do
		# shellcheck disable=SC2086
		ctwatch pins $verb --state "$dir/state" \
		    --pinset "$dir/bad.json"
		exits "$verb: $1" 64
		says "$verb: $1" "$2"
	done
	ctwatch pins lint --pinset "$dir/bad.json"
	exits "lint: $1" 1
	grep -Eq "^PIN17 error.*$2" "$dir/out" ||
	    fail "lint: $1: $(cat "$dir/out")"
	ctwatch eval --pinset "$dir/bad.json" --host www.example.com \
	    "$dir/leaf_1.pem"
	exits "eval: $1" 64
	says "eval: $1" "$2"
}
sed s/roots.pem/bad.pem/ "$dir/pinset.json" >"$dir/bad.json"
refuses "no file" 'domains\[0\].roots: .*/bad.pem: No such file'
: >"$dir/bad.pem"
refuses "an empty file" 'domains\[0\].roots: bad.pem: has no certificate'
cat "$dir/root_1.pem" "$dir/root_1.key" >"$dir/bad.pem"
refuses "a private key" 'bad.pem: PEM block 2 is no certificate'
cat "$dir/root_1.pem" "$dir/leaf_4.pem" >"$dir/bad.pem"
refuses "an end certificate" "bad.pem: certificate 2 is not a CA's"
{ cat "$dir/root_1.pem"; sed '3s/./!/' "$dir/root_2.pem"; } >"$dir/bad.pem"
refuses "a damaged block" 'bad.pem: PEM block 2 is damaged'
sed 's/"kind": "ca", //' "$dir/pinset.json" >"$dir/bad.json"
refuses "leaf keys" 'domains\[0\].roots: the domain pins keys of end'
sed 's/"roots": "roots.pem"/"roots": {"file": "roots.pem"}/' \
    "$dir/pinset.json" >"$dir/bad.json"
refuses "no digest" 'domains\[0\].roots.sha256: missing'
sed 's/"roots": "roots.pem"/"roots": {"file": "roots.pem", "sha256": "00"}/' \
    "$dir/pinset.json" >"$dir/bad.json"
refuses "half a digest" 'roots.sha256: not a SHA-256 in hexadecimal'
cp "$dir/pinset.json" "$dir/bad.json"
chmod g+w "$dir/roots.pem"
refuses "others can write" 'roots.pem: .*writ'
chmod g-w "$dir/roots.pem"

# ---- approvers sign its content ----
for k in alice bob; do
	openssl genpkey -algorithm ed25519 -out "$dir/$k.key"
	openssl pkey -in "$dir/$k.key" -pubout -out "$dir/$k.pub"
done
pins trust init --approver "alice=$dir/alice.pub" \
    --approver "bob=$dir/bob.pub"
exits "trust init" 0
agree() {
	for who in alice bob; do
		pins approve --key "$dir/$who.key" "$1"
		exits "$who" 0
	done
	pins activate "$1"
	exits "activate" 0
}
pins propose --edit "$dir/pinset.json" --reason begin --by dave
exits "propose" 0
grep -qF "+ CA Story Root R1 sha256/$pin_root_1" "$dir/out" ||
    fail "approvers see no CA: $(cat "$dir/out")"
agree "$(proposal)"
is "bound" "$(json "$dir/pinset.json" "j['domains'][0]['roots']")" \
    "{'file': 'roots.pem', 'sha256': '$(sha256sum <"$dir/roots.pem" |
        cut -c1-64)'}"
pins export --all
exits "export of what is signed" 0
cp "$dir/roots.pem" "$dir/kept.pem"
cat "$dir/root_4.pem" >>"$dir/roots.pem"
cp "$dir/app.xml" "$dir/shipped"
pins export --all
exits "a CA appended to what is signed" 64
says "a CA appended to what is signed" "roots.pem: its SHA-256 is"
cmp "$dir/app.xml" "$dir/shipped" || fail "shipped an unsigned CA"
ctwatch eval --pinset "$dir/pinset.json" --host www.example.com \
    "$dir/leaf_4.pem"
exits "eval with an unsigned CA" 64
# Without its digest it is another text than the signed one.
python3 - "$dir/pinset.json" <<'EOF'
import json, sys
p = json.load(open(sys.argv[1]))
for d in p["domains"]:
    d["roots"] = d["roots"]["file"]
json.dump(p, open(sys.argv[1] + ".loose", "w"))
EOF
cp "$dir/pinset.json" "$dir/signed.json"
cp "$dir/pinset.json.loose" "$dir/pinset.json"
pins export --all
exits "the digest removed" 8
cmp "$dir/app.xml" "$dir/shipped" || fail "shipped without a signed digest"
cp "$dir/signed.json" "$dir/pinset.json"
mv "$dir/kept.pem" "$dir/roots.pem"

# ---- the next bundle of the provider ----
cat "$dir"/root_{2,3,4}.pem >"$dir/roots-2.pem"
pins add --roots "$dir/roots-2.pem" --domain '**.example.com' \
    --domain www.example.net --by dave
exits "add --roots" 0
grep -qF "+ CA Other Root sha256/$pin_root_4" "$dir/out" || fail "no new CA"
grep -qF -- "- CA Story Root R1 sha256/$pin_root_1" "$dir/out" ||
    fail "no CA that goes: $(cat "$dir/out")"
grep -q "^UNCONFIRMED: no evidence for the key roots:roots-2.pem" \
    "$dir/out" || fail "confirmed: $(cat "$dir/out")"
id=$(proposal)
pins approve --key "$dir/alice.key" "$id"
exits "approved without evidence" 64
pins propose --id "$id" --statement "compared with the provider's page" \
    --stated-by carol
exits "a statement" 0
agree "$id"
is "the next bundle" "$(json "$dir/pinset.json" \
    "j['domains'][1]['roots']['file']")" roots-2.pem
rm "$dir/roots.pem"
pins export --all
exits "export of the next bundle" 0
grep -qF "$pin_root_4" "$dir/app.xml" || fail "the new CA is not shipped"
pins timeline
exits "timeline without the bundle before" 0
pins compromise web --key "$dir/alice.key" --reason "it leaked"
exits "another key is compromised" 0
pins timeline
grep -q '^an emergency' "$dir/out" || fail "no emergency: $(cat "$dir/out")"
pins export --all
exits "export after an emergency" 0
pins retire Other-Root --reason "not used" --by dave --force x
exits "a CA of a bundle is retired" 64
says "a CA of a bundle is retired" "is a CA of a bundle"
pins compromise Other-Root --key "$dir/alice.key" --reason "it leaked"
exits "a CA of a bundle is compromised" 0
grep -qF '**.example.com keeps: Story-Root-R2 (active)' "$dir/out" ||
    fail "what is left: $(cat "$dir/out")"
is "the CA's entry" "$(json "$dir/pinset.json" "[(k['spki'], k['state'])
    for k in j['keys'] if k['id'] == 'Other-Root']")" \
    "[('sha256/$pin_root_4', 'compromised')]"
pins timeline
grep -q '^an emergency' "$dir/out" || fail "no emergency: $(cat "$dir/out")"
pins export --all
exits "export without the compromised CA" 0
grep -qF "$pin_root_4" "$dir/app.xml" && fail "a compromised CA is shipped"
pins lint --cert "$dir/leaf_4.pem"
exits "lint of its certificate" 1
ctwatch eval --state "$dir/state" --pinset "$dir/pinset.json" \
    --host www.example.com "$dir/leaf_4.pem"
exits "eval, a CA that one signature gave up" 1
# One signature brings no CA back, and adds no key that can be used.
cp "$dir/pinset.json" "$dir/given-up.json"
for to in active backup; do
	sed "s/\"state\": \"compromised\"/\"state\": \"$to\"/" \
	    "$dir/given-up.json" >"$dir/pinset.json"
	pins export --all
	exits "the compromised CA made $to" 8
done
cp "$dir/given-up.json" "$dir/pinset.json"

# ---- a bundle that is missing: the message has the file to restore ----
digest=$(sha256sum <"$dir/roots-2.pem" | cut -c1-64)
mv "$dir/roots-2.pem" "$dir/kept.pem"
for verb in "propose --edit $dir/pinset.json --reason x --by dave" timeline \
    "compromise web --reason x --key $dir/alice.key"; do
	# shellcheck disable=SC2086
	pins $verb
	exits "no bundle: ${verb%% *}" 64
	says "no bundle: ${verb%% *}" \
	    "roots-2.pem: No such file.*: restore the file whose SHA-256 is $digest"
done
mv "$dir/kept.pem" "$dir/roots-2.pem"
