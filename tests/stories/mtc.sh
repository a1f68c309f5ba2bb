#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# The issuance logs of Merkle Tree CAs: one that the working group's generator
# wrote, and others made here, over http and from disk.
. "${top_srcdir:-.}/tests/support/story.sh"

mtc_log="python3 $src/tests/support/mtc_log.py"
key unrelated
cert 1 unrelated www.example.org
data=$(cd "$src/data/mtc/example" && pwd)
# The counterpart of entry 1: a certificate with its names, validity and key,
# by an ordinary CA.
python3 - "$dir" "$data/truth.json" <<'EOF'
import base64, datetime, json, sys
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
folder, truth = sys.argv[1], json.load(open(sys.argv[2]))
ca = x509.load_pem_x509_certificate(open(folder + "/ca.pem", "rb").read())
ca_key = serialization.load_pem_private_key(
    open(folder + "/ca.key", "rb").read(), None)
cert = x509.CertificateBuilder().issuer_name(ca.subject).subject_name(
    x509.Name([])).serial_number(7).not_valid_before(
    datetime.datetime(2026, 11, 1)).not_valid_after(
    datetime.datetime(2027, 1, 1)).public_key(
    serialization.load_der_public_key(base64.b64decode(truth["keys"][0]))
    ).add_extension(x509.SubjectAlternativeName(
    [x509.DNSName("www.example.com")]), True).sign(ca_key, hashes.SHA256())
open(folder + "/certs/2.der", "wb").write(
    cert.public_bytes(serialization.Encoding.DER))
EOF
logd --only static --logs 1 --entries 2 --size 2 "$dir/certs"
origin=oid/1.3.6.1.4.1.32473.11.0.1
# The checkpoint of the example was signed 2026-11-28T00:00:00Z.
time=1795824000
now=2026-11-28T06:00:00Z

# Files over http, below $dir/www.
mkdir "$dir/www"
ln -s "$data" "$dir/www/example"
cat >"$dir/serve.py" <<'EOF'
import http.server, os, sys
os.chdir(sys.argv[1])
class Handler(http.server.SimpleHTTPRequestHandler):
    def log_message(self, *a):
        pass
server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
with open(sys.argv[2] + "-new", "w") as f:
    f.write(str(server.server_port))
os.rename(sys.argv[2] + "-new", sys.argv[2])
server.serve_forever()
EOF
python3 "$dir/serve.py" "$dir/www" "$dir/www-port" 2>"$dir/www.err" &
background+=($!)
for _ in $(seq 500); do
	[ -s "$dir/www-port" ] && break
	sleep 0.02
done
at=http://127.0.0.1:$(cat "$dir/www-port")

# configure URL QUORUM VKEY ...: log 1 of the CA is there.
configure() {
	python3 - "$@" >"$dir/mtc.json" <<'EOF'
import json, sys
print(json.dumps({"format": "ctwatch-mtc/1", "logs": [{"ca_id": "32473.11",
    "log": 1, "url": sys.argv[1], "description": "Issuance log",
    "quorum": int(sys.argv[2]), "cosigners": sys.argv[3:]}]}))
EOF
}
# made SIZE [ARG ...]: write log 1 in $dir/www/made/1.
made() {
	size=$1
	shift
	$mtc_log write "$dir/www/made/1" $origin "$size" $time "$@" ||
	    fail "mtc_log"
}
watching() {
	run --log "Issuance log" --mtc "$dir/mtc.json" --watch .example.com \
	    --now $now "$@"
}
# say EXPRESSION: of the coverage of the issuance log.
say() {
	report "(lambda c: $1)([c for c in j['coverage']['logs']
	    if c['type'] == 'mtc'][0])"
}

# All eight certificates for example.com are found with their keys, every entry
# is proved, and nothing else is reported.
readarray -t vkeys <<<"$(json "$data/truth.json" '"\n".join(j["vkeys"])')"
cat >"$dir/truth.py" <<'EOF'
import base64, hashlib, json, sys
truth, got = json.load(open(sys.argv[1])), json.load(open(sys.argv[2]))
keys = [base64.b64encode(hashlib.sha256(base64.b64decode(k)).digest()).decode()
    for k in truth["keys"]]
want = sorted((e["index"], keys[e["key"]], sorted(n.lower() for n in e["names"]
    if n.lower().endswith("example.com"))) for e in truth["expected"])
have = sorted({f["certificate"]["tbs_sha256"]: (f["sightings"][0]["index"],
    f["certificate"]["spki_sha256"], sorted(n.lower()
    for n in f["matched_names"])) for f in got["findings"]}.values())
assert have == want, (have, want)
assert all(f["verified"] and f["certificate"]["key"] is None and
    len(f["sightings"]) == 1 and f["sightings"][0]["kind"] == "mtc"
    for f in got["findings"])
assert sorted({f["rule"] for f in got["findings"]}) == ["CTW000", "CTW033"]
assert sum(f["rule"] == "CTW033" for f in got["findings"]) == 1
assert got["totals"]["entries"] == truth["size"] and got["refused"] == []
EOF
all_found() {
	exits "$1" 1
	python3 "$dir/truth.py" "$data/truth.json" "$dir/out" ||
	    fail "$1: not what the truth says"
	is "$1: coverage" "$(say '(c["status"], c["verified"], c["next_entry"],
	    c["tree_size"], c["sth_timestamp"], c["reason"])')" \
	    "('complete', True, 1580, 1580, '2026-11-28T00:00:00Z', None)"
}
configure "$at/example/" 1 "${vkeys[@]}"
watching
all_found "over http"
# What of its checkpoint was checked depends on OpenSSL.
if openssl list -signature-algorithms 2>/dev/null | grep -q ML-DSA-44; then
	is "cosigners" "$(say '(lambda w: (w["valid"], w["of"], w["unchecked"],
	    w["quorum"], w["problem"]))(c["witnesses"])')" \
	    "(2, 2, 0, True, None)"
else
	is "cosigners" "$(say '(lambda w: (w["valid"], w["of"], w["unchecked"],
	    w["quorum"], "oid/1.3.6.1.4.1.32473.11: its cosignature is not "
	    "checked" in w["problem"]))(c["witnesses"])')" \
	    "(1, 2, 1, True, True)"
fi
watching
is "nothing is read twice" "$(report 'j["totals"]["entries"]')" 0
ctwatch report --state "$dir/state"
grep -q 'key        sha256/BLjZ04/LfsAjjJiHU/8sgEgWPb8WM3vbXv0LX7zSdWs=$' \
    "$dir/out" || fail "text: no pin"
grep -q "CTW043, CTW044 and CTW046 are not checked" "$dir/out" ||
    fail "text: the rules that need a key"
ctwatch inventory --state "$dir/state" --format json
is "the inventory" "$(report '(len(j["certificates"]),
    {c["key"] for c in j["certificates"]})')" "(8, {None})"
ctwatch logs --log-list "$url/log_list.json" --state "$dir/state" \
    --mtc "$dir/mtc.json"
grep -q 'Merkle Tree Certificates, draft-ietf-plants-merkle-tree-certs-05' \
    "$dir/out" || fail "logs: the kind"

# Evidence: a proof of the entry, and the cosignatures, for sh and openssl.
ctwatch report --state "$dir/state" --format json
id=$(report '[f["id"] for f in j["findings"]
    if f["sightings"][0]["index"] == 702][0]')
ctwatch evidence "$id" --state "$dir/state" --output "$dir/evidence"
exits "evidence" 0
sh "$dir/evidence/verify.sh" >"$dir/verified" || fail "verify.sh: $(cat \
    "$dir/verified")"
grep -q "^verified: leaf.bin is entry 702 of the tree of 1580 entries$" \
    "$dir/verified" || fail "verify.sh: no entry"
grep -q "^verified: the checkpoint is cosigned by mirror.example/mtc$" \
    "$dir/verified" || fail "verify.sh: no cosignature"
cmp -s "$dir/evidence/checkpoint" "$data/checkpoint" ||
    fail "evidence: another checkpoint"
for part in cosigners leaf.bin proof.tlog-proof; do
	rm -rf "$dir/spoilt"
	cp -r "$dir/evidence" "$dir/spoilt"
	python3 - "$dir/spoilt/$part" <<'EOF'
import sys
data = bytearray(open(sys.argv[1], "rb").read())
for key in b"+BAlf", b"+Btey": # of the mirror and of the CA
    data = data.replace(key, key[:-1] + b"A")
if b"+BAlA" not in data:
    data[40] ^= 1
open(sys.argv[1], "wb").write(data)
EOF
	(cd "$dir/spoilt" && sed -i "/ $part\$/d" MANIFEST &&
	    printf '%s  %s\n' "$(sha256sum <$part | cut -c1-64)" $part \
	        >>MANIFEST)
	sh "$dir/spoilt/verify.sh" >"$dir/verified" &&
	    fail "verify.sh: a changed $part: $(cat "$dir/verified")"
done

# A certificate in both kinds of logs.
rm -rf "$dir/state"
run --mtc "$dir/mtc.json" --watch www.example.com --now $now
is "both are found" "$(report 'sorted((f["sightings"][0]["kind"],
    [n.split(" with")[0] for n in f["notes"] if "TBS hash" in n])
    for f in j["findings"] if f["rule"] == "CTW000" and
    f["certificate"]["names"] == ["www.example.com"])')" \
    "[('final', ['a Merkle Tree Certificate']), \
('mtc', ['a certificate'])]"
is "each names the other" "$(report 'len({n[-64:] for f in j["findings"]
    if f["certificate"] for n in f["notes"] if "TBS hash" in n} -
    {f["certificate"]["tbs_sha256"] for f in j["findings"]
    if f["certificate"]})')" 0

# A certificate that was judged before its counterpart was read.
rm -rf "$dir/state"
watching --watch www.example.com
run --mtc "$dir/mtc.json" --watch .example.com --watch www.example.com \
    --now $now
is "the counterpart comes later" "$(report 'sorted({n.split(" with")[0]
    for f in j["findings"] if f["rule"] == "CTW000" for n in f["notes"]
    if "TBS hash" in n})')" \
    "['a Merkle Tree Certificate', 'a certificate']"

# A run reads an issuance log from its first entry: it needs no backfill.
ctwatch backfill plan --log-list "$url/log_list.json" --state "$dir/state" \
    --mtc "$dir/mtc.json" --log "Issuance log" --watch .example.com \
    --since start --output "$dir/plan"
exits "backfill plan" 2
says "backfill plan" "Issuance log: not planned: a run reads an issuance log"

# Its index is searched like that of other logs.
rm -rf "$dir/state"
run --mtc "$dir/mtc.json" --watch nothing.example.net --index --now $now
ctwatch search --state "$dir/state" --format json .example.com
exits "search" 0
is "search" "$(report 'sorted(s["index"] for s in j["sightings"]
    if s["kind"] == "mtc") == sorted(e["index"] for e in json.load(open(
    "'"$data"'/truth.json"))["expected"])')" True
is "the whole log was searched" "$(report '[l["not_searched"]
    for l in j["logs"]]')" "[[], []]"

# The same from disk, with one of the keys pinned.
rm -rf "$dir/state"
configure "file://$data" 1 "${vkeys[@]}"
watching
all_found "from disk"
# Of a finding below high no proof is stored: it is made from the log on disk.
id=$(report '[f["id"] for f in j["findings"] if f["severity"] == "medium"][0]')
ctwatch evidence "$id" --state "$dir/state" --output "$dir/evidence-disk"
exits "evidence from disk" 0
sh "$dir/evidence-disk/verify.sh" >"$dir/verified" ||
    fail "evidence from disk: $(cat "$dir/verified")"
ctwatch problem-report "$id" --state "$dir/state" --contact a@example.org \
    --output "$dir/problem"
for line in 'SPKI SHA256 [0-9a-f]{64}' 'Log         Issuance log, entry [0-9]*,'; do
	grep -Eq "^  $line" "$dir/problem/mail.txt" ||
	    fail "problem report: no '$line' in $(cat "$dir/problem/mail.txt")"
done
cat >"$dir/pinset.json" <<'EOF'
{"format": "ctwatch-pinset/1", "name": "example", "version": 1,
 "keys": [{"id": "web", "state": "active",
           "spki": "sha256/BLjZ04/LfsAjjJiHU/8sgEgWPb8WM3vbXv0LX7zSdWs="}],
 "domains": [{"pattern": "**.example.com", "keys": ["web"]}]}
EOF
watching --pinset "$dir/pinset.json"
is "expected by the hash of the key" "$(report 'sorted(c["names"][0]
    for c in j["expected"])')" "['*.example.com', 'www.example.com']"
is "unexpected ones" "$(report 'sorted(f["sightings"][0]["index"]
    for f in j["findings"] if f["rule"] == "CTW001")')" \
    "[702, 1024, 1425, 1426, 1427, 1578]"

# A certificate in hand, with a proof in place of a signature.
spki=$(json "$data/truth.json" 'j["keys"][0]')
third=oid/1.3.6.1.4.1.32473.99
made 1580 --sign one.example --sign $third
configure "$at/made/1/" 1 "$($mtc_log vkey $third)" \
    "$($mtc_log vkey one.example)"
rm -rf "$dir/state"
watching
judged() {
	ctwatch eval --host www.example.com --pinset "$dir/pinset.json" \
	    --state "$dir/state" --format json "$dir/cert.pem"
	is "eval: $1" "$(report '(j["expected"], j["proof"]["status"],
	    j["proof"]["seen"])')" "$2"
}
$mtc_log cert 1 "$spki" 0 1580 $third >"$dir/cert.pem"
judged "signed" "(True, 'good', True)"
exits "signed" 0
# Without a signature: the subtrees of landmarks are [0, 1024) and [1024, 1500),
# then [1472, 1536) and [1536, 1580).
$mtc_log cert 1 "$spki" 0 1024 >"$dir/cert.pem"
judged "no landmarks" "(True, 'not checked', True)"
exits "no landmarks" 2
printf '40 2\n1580\n1500\n1501\n' >"$dir/www/made/1/landmarks"
watching
says "bad landmarks" "landmarks: line 4 is not a tree size below"
judged "bad landmarks" "(True, 'not checked', True)"
printf '2 2\n1580\n1500\n0\n' >"$dir/www/made/1/landmarks"
watching
judged "a landmark" "(True, 'good', True)"
exits "a landmark" 0
ctwatch audit "$dir/cert.pem" --state "$dir/state" --format json \
    --log-list "$url/log_list.json" --now $now
is "audit: a landmark" "$(report '[(c["seen"], c["chrome"]["ok"])
    for c in j["certificates"]]')" "[(True, True)]"
python3 - "$dir/cert.pem" <<'EOF'
import base64, sys
pem = open(sys.argv[1]).read().split("-----")
der = bytearray(base64.b64decode(pem[2]))
der[-40] ^= 1 # in the proof: no signatures follow it
pem[2] = "\n%s" % base64.encodebytes(bytes(der)).decode()
open(sys.argv[1], "w").write("-----".join(pem))
EOF
judged "a wrong proof" "(True, 'bad', True)"
exits "a wrong proof" 1
is "a wrong proof: why" "$(report '"does not give the hash of that " \
    "landmark subtree" in j["proof"]["why"]')" True
$mtc_log cert 1 "$spki" 0 512 >"$dir/cert.pem"
judged "no landmark subtree" "(True, 'bad', True)"
is "no landmark subtree: why" "$(report '"none of the 4 subtrees of " \
    "active landmarks" in j["proof"]["why"]')" True
$mtc_log cert 1 "$spki" 0 512 oid/1.3.6.1.4.1.32473.98 >"$dir/cert.pem"
judged "signed by another" "(True, 'bad', True)"
exits "signed by another" 1
$mtc_log cert 1 "$spki" 0 1580 $third |
    python3 -c 'import base64, sys
pem = sys.stdin.read().split("-----")
der = bytearray(base64.b64decode(pem[2]))
der[-70] ^= 1
print("-----%s-----\n%s-----%s-----" % (pem[1],
    base64.encodebytes(bytes(der)).decode(), pem[3]))' >"$dir/cert.pem"
judged "a bad signature" "(True, 'bad', True)"
$mtc_log cert 1 "$spki" 0 1580 $third >"$dir/cert.pem"
ctwatch audit "$dir/cert.pem" --state "$dir/state" --format json \
    --log-list "$url/log_list.json" --now $now
exits "audit" 0
is "audit" "$(report '[(c["seen"], c["chrome"]["ok"])
    for c in j["certificates"]]')" "[(True, True)]"
rm -rf "$dir/state"
judged "no state" "(True, 'not checked', False)"
exits "no state" 2
rm -r "$dir/www/made"

# A log that grows; the quorum is two.
rm -rf "$dir/state"
one=$($mtc_log vkey one.example)
two=$($mtc_log vkey two.example)
made 1000 --sign one.example --sign two.example
configure "$at/made/1/" 2 "$one" "$two"
watching --index
exits "1000 entries" 1
is "1000 entries" "$(say '(c["status"], c["next_entry"], c["verified"],
    c["witnesses"]["valid"])')" "('complete', 1000, True, 2)"
made 1580 --sign one.example
watching --index
exits "no quorum" 3
is "no quorum" "$(say '(c["status"], c["next_entry"], c["verified"],
    "unverified: the signatures of 1 of 2 cosigners on the checkpoint verify, "
    "and the quorum is 2" in c["reason"])')" "('partial', 1580, False, True)"
is "what is unverified" "$(report 'sorted({(f["sightings"][0]["index"],
    f["verified"]) for f in j["findings"]})')" \
    "[(1, True), (702, True), (1023, False), (1024, False), (1425, False), \
(1426, False), (1427, False), (1578, False)]"
# A search says that it leaves out what is not verified.
ctwatch search --state "$dir/state" --format json .example.com
exits "a search without a quorum" 2
is "a search without a quorum" "$(report '[[(n["from"], n["to"], n["reason"])
    for n in l["not_searched"]] for l in j["logs"]]')" \
    "[[(1000, 1580, 'no signed tree head covers them yet')]]"
made 1580 --sign two.example --sign one.example
watching
exits "a quorum" 1
is "a quorum" "$(say '(c["status"], c["next_entry"], c["verified"],
    c["entries_read"])')" "('complete', 1580, True, 0)"
is "all is verified" "$(report 'all(f["verified"]
    for f in j["findings"])')" True

# Without a quorum a log is read from its first entry, from which on it can be
# verified later.
rm -rf "$dir/state"
made 1580 --sign one.example
watching --since now --output "html:$dir/page" --output "text:$dir/page.txt" \
    --output "json:$dir/out"
exits "no quorum at first" 3
is "no quorum at first" "$(say '(c["status"], c["verified"], c["first_entry"],
    c["next_entry"])')" "('partial', False, 0, 1580)"
grep -q 'read from 1 log are not verified' "$dir/page.txt" ||
    fail "no quorum at first: the text says that all is verified"
grep -q 'read from 1 log are not verified' "$dir/page" ||
    fail "no quorum at first: the page says that all is verified"
! grep -q 'read and verified' "$dir/page" ||
    fail "no quorum at first: the page says that all was verified"
watching --output "text:$dir/page.txt"
exits "no quorum again" 3
grep -q 'read from 1 log are not verified' "$dir/page.txt" ||
    fail "no quorum again: the text says that all is verified"
made 1580 --sign one.example --sign two.example
watching
exits "a quorum at last" 1
is "a quorum at last" "$(say '(c["status"], c["verified"],
    c["entries_read"])')" "('complete', True, 0)"

# An older checkpoint is a prefix; one of another tree is an accusation.
made 1000 --sign one.example --sign two.example
rm -r "$dir/www/made/1/tile"
made 1580 --sign one.example --sign two.example
cp "$dir/www/made/1/checkpoint" "$dir/newest"
made 1000 --sign one.example --sign two.example
watching
is "an older head" "$(say '(c["status"], c["next_entry"])')" \
    "('complete', 1580)"
cp -r "$dir/state" "$dir/state-before"
rm -r "$dir/www/made/1"
made 1580 --sign one.example --sign two.example 5=
watching
exits "another tree of that size" 7
is "another tree of that size" "$(report '[f["rule"] for f in j["findings"]
    if f["rule"] == "CTW070"]')" "['CTW070']"
# A log that begins again under the same number.
rm -rf "$dir/state" "$dir/www/made/1"
mv "$dir/state-before" "$dir/state"
made 300 --sign one.example --sign two.example 0=$($mtc_log entry 2)
watching
is "a number used again" "$(say 'c["status"]')" partial
is "it is no accusation" "$(report '[f["rule"] for f in j["findings"]
    if f["rule"] == "CTW070"]')" "[]"
rm -rf "$dir/state" "$dir/www/made/1"
made 1000 --sign one.example --sign two.example
watching
rm -rf "$dir/www/made/1"
made 1580 --sign one.example --sign two.example 0=$($mtc_log entry 2)
watching
exits "a number used again, and outgrown" 7
is "it contradicts the entries" "$(report '[f["rule"] for f in j["findings"]
    if f["rule"] == "CTW070"]')" "['CTW070']"

# Checkpoints that are not of this log, or by no cosigner.
fresh() {
	rm -rf "$dir/state" "$dir/www/made/1"
}
fresh
$mtc_log write "$dir/www/made/1" oid/1.3.6.1.4.1.32473.12.0.1 100 $time \
    --sign one.example --sign two.example
watching
exits "another origin" 2
is "another origin" "$(say '(c["status"],
    "another log'"'"'s checkpoint" in c["reason"])')" "('unreachable', True)"
made 100 --sign three.example
watching
exits "an unknown cosigner" 2
is "an unknown cosigner" "$(say '(c["status"],
    "none is by one of the 2 cosigners" in c["reason"])')" \
    "('unreachable', True)"

# A bundle that is cut is unread from there on; the other entries are read.
fresh
made 700 --sign one.example --sign two.example
truncate -s 20000 "$dir/www/made/1/tile/entries/001"
watching
[ $((status & 2)) = 2 ] || fail "a bundle cut: exit status $status"
is "a bundle cut" "$(say 'c["status"]')" partial
rm -r "$dir/www/made/1"
made 700 --sign one.example --sign two.example
watching
is "the bundle is whole again" "$(say '(c["status"], c["next_entry"],
    c["unread"])')" "('complete', 700, [])"
# A hash tile of another size: no proof, and nothing is accused.
fresh
made 700 --sign one.example --sign two.example
printf x >>"$dir/www/made/1/tile/0/002.p/188"
watching --since now
exits "a tile of another size" 2
is "a tile of another size" "$(report '[f["rule"] for f in j["findings"]]')" \
    "[]"

# Entries that cannot be judged, but have a name of ours; and one of a CA.
fresh
www=$($mtc_log entry 1)
edit() {
	python3 -c 'import sys; e = bytes.fromhex(sys.argv[1])
print(eval(sys.argv[2]).hex())' "$1" "$2"
}
made 300 --sign one.example --sign two.example \
    1= \
    10="$(edit "$www" 'b"\0\0\0\7" + e[4:]')" \
    11="$(edit "$www" 'b"\0\5\0\1\0\1x\0\1" + e[4:]')" \
    12="$(edit "$www" 'b"\0\x08\0\2\0\0\0\1\0\0\0\1" + e[4:]')" \
    13="$(edit "$www" 'b"\0\x08\0\1\0\0\0\1\0\0\0\1" + e[4:]')" \
    14="$(edit "$www" 'e.replace(b"\x04\x20", b"\x04\x30", 1).replace(
        b"\xa3\x49", bytes(16) + b"\xa3\x49", 1)')" \
    15="$(edit "$($mtc_log entry 1578)" \
        'e.replace(b"ca.example.com", b"ca.example.org")')" \
    16="$(edit "$www" 'e[:60]')"
watching
exits "entries that cannot be judged" 1
is "they are refused" "$(report 'sorted((r["index"], r["reason"],
    r["possible_match"]) for r in j["refused"])')" \
    "[(10, 'unknown-entry-type', '.example.com'), \
(11, 'unknown-entry-extension', '.example.com'), \
(12, 'unordered-entry-extensions', '.example.com'), \
(13, 'unordered-entry-extensions', '.example.com'), \
(14, 'key-hash-not-sha256', '.example.com'), \
(15, 'ca-certificate', '.example.com'), (16, 'not-der', None)]"
is "and are findings" "$(report 'sorted({f["rule"]
    for f in j["findings"]})')" "['CTW060']"
is "the entry of a CA" "$(report '[f["message"] for f in j["findings"]
    if "entry 15" in f["message"]]')" \
    "['Issuance log: entry 15 is the certificate of a CA, which may certify \
any name outside the log']"

# The CA has begun another log.
$mtc_log write "$dir/www/made/2" oid/1.3.6.1.4.1.32473.11.0.2 30 $time \
    --sign one.example --sign two.example
run --mtc "$dir/mtc.json" --watch .example.com --now $now
says "the next log" "the CA has begun log 2 after log 1"
is "it is read" "$(report '[(c["url"].split("/")[-2], c["next_entry"])
    for c in j["coverage"]["logs"] if c["type"] == "mtc"]')" \
    "[('1', 300), ('2', 30)]"

# A file that cannot be used.
sed -i 's/"quorum": 2/"quorum": 3/' "$dir/mtc.json"
watching
exits "a bad file" 64
says "a bad file" "mtc.json: logs\[0\]: quorum is not a number from 1 to 2"
ctwatch run --log-list "$url/log_list.json" --state "$dir/state" --no-notify \
    --watch .example.com --mtc "$data/ca_cert.pem"
exits "a CA without a URL" 64
says "a CA without a URL" "does not name the URL of its logs"
cat "$data/ca_cert.pem" "$data/ca_cert.pem" >"$dir/two.pem"
ctwatch run --log-list "$url/log_list.json" --state "$dir/state" --no-notify \
    --watch .example.com --mtc "$dir/two.pem"
exits "two CAs in a file" 64
says "two CAs in a file" "two.pem: more than one certificate"
$mtc_log ca "$at/\\0/" >"$dir/zero.pem"
ctwatch run --log-list "$url/log_list.json" --state "$dir/state" --no-notify \
    --watch .example.com --mtc "$dir/zero.pem"
exits "a zero byte in the URL" 64
says "a zero byte in the URL" "zero.pem: url: it has a zero byte"

# The certificate of a CA with a URL has the key of its cosigner, ML-DSA-44.
# Where OpenSSL cannot verify it, the entries are read, and are unverified.
rm -rf "$dir/state"
mkdir "$dir/www/ca"
ln -s "$data" "$dir/www/ca/1"
$mtc_log ca "$at/ca" >"$dir/ca-url.pem"
by_ca() {
	run --log "Merkle Tree CA 32473.11, log 1" --mtc "$dir/ca-url.pem" \
	    --watch .example.com --now $now "$@"
}
by_ca --since now
if openssl list -signature-algorithms 2>/dev/null | grep -q ML-DSA-44; then
	exits "begin now" 0
	rm -rf "$dir/state"
	by_ca
	all_found "by the CA's certificate"
else
	exits "by the CA's certificate" 3
	is "unverified" "$(say '(c["status"], c["verified"], c["next_entry"],
	    c["tree_size"], c["witnesses"]["unchecked"],
	    "no ML-DSA" in c["reason"])')" \
	    "('partial', False, 1580, None, 1, True)"
	is "what was found" "$(report 'sorted({(f["sightings"][0]["index"],
	    f["verified"]) for f in j["findings"]})')" \
	    "[(1, False), (702, False), (1023, False), (1024, False), \
(1425, False), (1426, False), (1427, False), (1578, False)]"
	is "no head is stored" \
	    "$(ctwatch logs --heads --state "$dir/state")" ""
	# It accuses no log, and replaces nothing.
	rm "$dir/www/ca/1"
	$mtc_log write "$dir/www/ca/1" $origin 1580 $time 5=
	grep " oid/" "$data/checkpoint" >"$dir/line"
	cat "$dir/line" >>"$dir/www/ca/1/checkpoint"
	by_ca
	exits "another tree, unchecked" 3
	$mtc_log write "$dir/www/ca/1" $origin 1000 $time
	cat "$dir/line" >>"$dir/www/ca/1/checkpoint"
	by_ca
	exits "a smaller tree, unchecked" 3
	is "a smaller tree, unchecked" "$(say '(c["status"],
	    "it has 1000 entries, and 1580 were read" in c["reason"])')" \
	    "('unreachable', True)"
	rm -r "$dir/www/ca/1"
	ln -s "$data" "$dir/www/ca/1"
	# The key of a mirror verifies what was read.
	configure "$at/ca/1/" 1 "${vkeys[@]}"
	watching
	exits "by a mirror" 1
	is "by a mirror" "$(say '(c["status"], c["verified"],
	    c["entries_read"])')" "('complete', True, 0)"
	is "all is verified now" "$(report 'all(f["verified"]
	    for f in j["findings"])')" True
	by_ca
	exits "unchecked again" 3
	is "unchecked again" "$(say '(c["status"], c["verified"],
	    "its tree head is unverified" in c["reason"])')" \
	    "('partial', True, True)"
	is "nothing is accused" "$(report '[f["rule"] for f in j["findings"]
	    if f["rule"] == "CTW070"]')" "[]"
fi
