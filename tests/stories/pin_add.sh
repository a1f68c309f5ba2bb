#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# From an unsigned pinset to signed pins: trust init, keys added from a file, a
# host, a finding and the inventory, each with its source, and no key becomes a
# pin before there is evidence.
. "${top_srcdir:-.}/tests/support/story.sh"
. "${top_srcdir:-.}/tests/support/pin_story.sh"

for k in old spare seen other host; do key $k; done
two_keys

# ---- a pinset as an operand ----
ctwatch pins lint "$dir/pinset.json"
exits "lint of a file" 0
ctwatch pins show "$dir/pinset.json"
exits "show of a file" 0
grep -q '^story version 1' "$dir/out" || fail "show of a file"

# ---- trust init ----
for k in alice bob; do
	openssl genpkey -algorithm ed25519 -out "$dir/$k.key"
	openssl pkey -in "$dir/$k.key" -pubout -out "$dir/$k.pub"
done
pins trust
says "no word" "give the word init"
pins trust init --approver "alice=$dir/alice.pub"
exits "one approver" 64
says "one approver" threshold
pins trust init --approver "alice=$dir/alice.pub" \
    --approver "bob=$dir/alice.pub"
says "one key twice" "the same key as alice"
pins trust init --approver "alice=$dir/alice.key" --approver "bob=$dir/bob.pub"
exits "a private key" 64
[ ! -e "$dir/pinset.json.trust" ] || fail "a refused trust file is written"
pins trust init --approver "alice=$dir/alice.pub" \
    --approver "bob=$dir/bob.pub" --owner web=alice --owner web=bob
exits "trust init" 0
grep -q '^next: ctwatch pins propose --edit' "$dir/out" || fail "no next step"
is "trust" "$(json "$dir/pinset.json.trust" \
    "[j['threshold'], sorted(j['keys']), j['owners']]")" \
    "[2, ['alice', 'bob'], {'web': ['alice', 'bob']}]"
pins trust init --approver "alice=$dir/alice.pub" \
    --approver "bob=$dir/bob.pub"
says "again" "exists"
pins propose --edit "$dir/pinset.json" --reason begin --by dave
id=$(proposal)
pins review
exits "the list of proposals" 0
grep -q "^$id  20..-..-..  open      begin$" "$dir/out" || fail "the list of proposals"
pins approve --key "$dir/alice.key" "$id"
pins approve --key "$dir/bob.key" "$id"
pins activate "$id"
exits "the first version" 0
pins review
grep -q "^$id  .*active    begin$" "$dir/out" || fail "an active one"

# ---- from the inventory ----
pins add --from-inventory
exits "nothing was seen" 64
says "nothing was seen" "no valid certificate with a new key"
cert 1-seen seen www.example.com
cert 2-again seen api.example.com
cert 3-old old example.com
cert 4-other other www.example.net
logd --only rfc6962 --size 4 "$dir/certs"
run --pinset "$dir/pinset.json" --watch .example.net
finding=$(report 'next(f["id"] for f in j["findings"]
    if f["rule"] == "CTW001")')
stop_logd || exit
pins add --from-inventory --by dave
exits "from the inventory" 0
id=$(proposal)
is "keys" "$(grep -c '^+ keys\[' "$dir/out")" 1
grep "^+ keys\\[www.example.com-" "$dir/out" | grep -q "$pin_seen" ||
    grep "^+ keys\\[api.example.com-" "$dir/out" | grep -q "$pin_seen" ||
    fail "the key that was seen"
grep -q '"note":"seen in a log, first on ' "$dir/out" || fail "not marked"
grep -q '^+ domains\[\*\*.example.com\].keys' "$dir/out" || fail "its domain"
grep -q "^UNCONFIRMED: no evidence for the key" "$dir/out" || fail "confirmed"
pins approve --key "$dir/alice.key" "$id"
says "seen is no evidence" UNCONFIRMED

# ---- a finding, a file ----
pins add --finding "$finding" --by dave
exits "a finding" 0
grep -q '"note":"seen in a log, finding ' "$dir/out" || fail "not marked"
pins add --finding "$finding" --cert "$dir/certs/1-seen.der"
says "two sources" "give one of --cert"
pins add --cert "$dir/certs/4-other.der" --by dave
exits "a new domain" 0
year=$(date -u +%Y)
grep -q "^+ keys\\[www.example.net-$year\\]" "$dir/out" || fail "the id of a key"
grep -q "^+ domains\\[www.example.net\\].*www.example.net-$year" "$dir/out" ||
    fail "the domain of its name"
pins add --cert "$dir/certs/4-other.der" --domain '**.example.com' --id k \
    --as active --by dave
exits "a file" 0
grep -q '^+ keys\[k\].*"state":"active"' "$dir/out" || fail "id and state"
pins add --cert "$dir/certs/3-old.der"
says "a key that is there" "already has the key of this certificate"

# ---- a host ----
cert 5-host host localhost
openssl x509 -in "$dir/certs/5-host.der" -out "$dir/host.pem"
openssl s_server -accept 127.0.0.1:0 -cert "$dir/host.pem" \
    -key "$dir/host.key" -quiet >"$dir/server" 2>&1 &
server=$!
background+=("$server")
port=
for _ in $(seq 200); do
	port=$(python3 - "$server" <<'END'
import os, re, sys
inodes = set()
try:
    for fd in os.listdir("/proc/%s/fd" % sys.argv[1]):
        m = re.match(r"socket:\[(\d+)\]",
            os.readlink("/proc/%s/fd/%s" % (sys.argv[1], fd)))
        if m:
            inodes.add(m[1])
except OSError:
    sys.exit()
for line in open("/proc/net/tcp").read().splitlines()[1:]:
    f = line.split()
    if f[3] == "0A" and f[9] in inodes:
        print(int(f[1].split(":")[1], 16))
END
	)
	[ -n "$port" ] && break
	sleep 0.02
done
[ -n "$port" ] || fail "no server"
pins add --host "localhost:$port" --by dave
exits "a host whose CA is unknown" 64
pins add --host "localhost:$port" --ca-file "$dir/ca.pem" --by dave \
    --domain '**.example.com'
exits "a host" 0
grep -q "^+ keys\\[localhost-.*$pin_host" "$dir/out" || fail "its key"
grep -q "\"note\":\"presented by localhost:$port on " "$dir/out" ||
    fail "not marked"

# ---- a bundle of CA certificates ----
for k in root_1 root_2 root_3; do
	key $k
	openssl req -x509 -new -key "$dir/$k.key" -subj "/O=Provider/CN=CA $k" \
	    -addext basicConstraints=critical,CA:TRUE -days 300 \
	    -out "$dir/$k.pem" 2>"$dir/err" || fail "openssl: $(cat "$dir/err")"
done
cat "$dir"/root_{1,2,1}.pem >"$dir/bundle.pem"
cat "$dir"/root_{1,2}.pem "$dir/host.pem" >"$dir/mixed.pem"
# Usage: roots PINSET FILE OPTION ...
roots() {
	ctwatch pins add --state "$dir/state-$1" --pinset "$dir/$1.json" \
	    --roots "$dir/$2" --id provider --by dave "${@:3}"
}
cp "$dir/pinset.json" "$dir/leafs.json"
roots leafs bundle.pem
says "no domain" "--roots needs the domains"
roots leafs bundle.pem --domain '**.example.com'
exits "CAs beside leaf keys" 64
says "CAs beside leaf keys" "pins keys of end certificates"
cat >"$dir/cas.json" <<END
{"format": "ctwatch-pinset/1", "name": "cas", "version": 1,
 "keys": [
  {"id": "provider-1", "spki": "sha256/$pin_old", "state": "active", "ca": true},
  {"id": "spare", "spki": "sha256/$pin_root_3", "state": "backup", "ca": true}],
 "domains": [{"pattern": "**.example.org", "position": "ca",
  "keys": ["provider-1", "spare"]}]}
END
roots cas mixed.pem --domain '**.example.org'
exits "an end certificate" 64
says "an end certificate" "number 3 is a certificate that is not of a CA"
roots cas bundle.pem --domain '**.example.org'
exits "a bundle" 0
is "keys of a bundle" "$(grep -c '^+ keys\[' "$dir/out")" 2
for n in 1 2; do
	eval "pin=\$pin_root_$n"
	grep "^+ keys\\[provider-$((n + 1))\\]" "$dir/out" | grep -F "$pin" |
	    grep -F '"ca":true' | grep -qF "\"note\":\"CN=CA root_$n,O=Provider\"" ||
	    fail "provider-$((n + 1)): $(cat "$dir/out")"
done
roots cas root_3.pem --domain '**.example.org'
says "nothing new" "the pinset already has all its keys"

# ---- pins import: a server's certificates, and the inventory ----
year=$(date -u +%Y)
key unrelated
cert import-1 unrelated www.example.com
key second
cert import-2 second shop.example.org
for i in 1 2; do
	openssl x509 -inform DER -in "$dir/certs/import-$i.der" \
	    -out "$dir/import-$i.pem"
done
ctwatch pins import "$dir/import-1.pem" "$dir/import-2.pem" --output "$dir/imported"
exits "two certificates" 0
domains='sorted((k["id"], k["spki"], k.get("not_after")) for k in j["keys"]), sorted(
    (d["pattern"], d["keys"]) for d in j["domains"])'
want="([('shop.example.org-$year', 'sha256/$pin_second', None), ('www.example.com-$year', 'sha256/$pin_unrelated', None)], [('shop.example.org', ['shop.example.org-$year']), ('www.example.com', ['www.example.com-$year'])])"
is "their names are domains" "$(json "$dir/imported" "$domains")" "$want"
mkdir "$dir/both"
cp "$dir/certs/import-1.der" "$dir/certs/import-2.der" "$dir/both"
stop_logd || exit 1
logd --only rfc6962 "$dir/both"
ctwatch run --log-list "$url/log_list.json" --state "$dir/seen" --since start \
    --watch .example.com --watch .example.org --no-notify --quiet
ctwatch inventory --state "$dir/seen" --format csv
cp "$dir/out" "$dir/inventory.csv"
ctwatch pins import "$dir/inventory.csv" --output "$dir/imported"
exits "the inventory" 0
is "the inventory" "$(json "$dir/imported" "$domains")" "$want"
