#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# Exceptions, joined patterns, names and versions that a format cannot express:
# the loss is reported, refused with --strict, and accepted by pins check.
. "${top_srcdir:-.}/tests/support/story.sh"
. "${top_srcdir:-.}/tests/support/pin_story.sh"

for k in live spare other; do key $k; done
pinset_of live spare other

# ---- exceptions: in and out, and compared ----
for f in android trustkit; do
	export_as --format $f --output "$dir/except.$f"
	ctwatch pins check --pinset "$dir/pinset.json" "$dir/except.$f"
	exits "check of our $f" 0
	ctwatch pins import "$dir/except.$f"
	exits "import of our $f" 0
	is "$f, there and back" "$(json "$dir/out" "[(d['pattern'],
	    d['exclude'], len(d['keys'])) for d in j['domains']]")" \
	    "[('**.example.com', ['status.example.com'], 2)]"
done
sed 's,<domain includeSubdomains="false">status,&x,' "$dir/except.android" \
    >"$dir/pinned.xml"
ctwatch pins check --pinset "$dir/pinset.json" "$dir/pinned.xml"
exits "an exception forgotten" 1
grep -q 'excludes a host that is pinned: status.example.com' "$dir/out" ||
    fail "forgotten: $(cat "$dir/out")"
grep -q 'is not pinned for statusx.example.com' "$dir/out" ||
    fail "too much: $(cat "$dir/out")"
# TrustKit takes the name without its first k for a domain without pins.
sed s/kSKExclude/TSKExclude/ "$dir/except.trustkit" >"$dir/misnamed.plist"
ctwatch pins lint "$dir/misnamed.plist"
exits "the exception that TrustKit does not read" 1
grep -q '^PIN13 error.*kSKExclude' "$dir/out" || fail "$(cat "$dir/out")"

# ---- patterns that a consumer joins ----
a=$pin_live b=$pin_spare c=$pin_other
printf 'CertificatePinner.Builder().add("**.example.com", "sha256/%s")
.add("*.example.com", "sha256/%s").add("api.example.com", "sha256/%s")' \
    "$a" "$b" "$c" >"$dir/union.kt"
ctwatch pins import "$dir/union.kt"
exits "import of joined patterns" 0
is "joined patterns" "$(json "$dir/out" "[(d['pattern'], len(d['keys']))
    for d in j['domains']]")" \
    "[('**.example.com', 1), ('*.example.com', 2), ('api.example.com', 3)]"
mv "$dir/out" "$dir/union.json"
ctwatch pins check --pinset "$dir/union.json" "$dir/union.kt"
exits "check of joined patterns" 0
python3 - "$dir" <<'EOF'
import json, sys
p = json.load(open(sys.argv[1] + "/union.json"))
ids = [k["id"] for k in p["keys"]]
p["keys"].append(dict(p["keys"][2], id="more", state="backup",
    spki="sha256/E9CZ9INDbd+2eRQozYqqbQ2yXLVKB9+xcprMF+44U1g="))
p["domains"] = [{"pattern": "**.example.com", "keys": ids[:2]},
                {"pattern": "api.example.com", "keys": [ids[2], "more"]}]
json.dump(p, open(sys.argv[1] + "/apart.json", "w"))
EOF
for f in okhttp react-native; do
	ctwatch pins export --pinset "$dir/apart.json" --format $f \
	    --min-version 4.3.0 --output "$dir/apart.$f"
	exits "$f, which joins" 0
	says "$f, which joins" 'api.example.com: widened: the consumer uses'
	ctwatch pins check --pinset "$dir/apart.json" "$dir/apart.$f"
	exits "the check of what was widened ($(cat "$dir/out"))" 0
	ctwatch pins export --pinset "$dir/apart.json" --format $f \
	    --min-version 4.3.0 --strict
	exits "$f, strictly" 64
	[ -s "$dir/out" ] && fail "$f: written in spite of --strict"
done

# ---- a host that a format can name once, and the pinset names twice ----
python3 - "$dir" <<'EOF'
import json, sys
p = json.load(open(sys.argv[1] + "/pinset.json"))
p["consumers"] = [{"id": "ios", "format": "apple", "path": "ios.plist"}]
p["domains"] = [{"pattern": n, "keys": ["live", "spare"],
                 "consumers": ["ios"]} for n in
                ("**.example.com", "example.com")]
json.dump(p, open(sys.argv[1] + "/twice.json", "w"))
EOF
ctwatch pins export --pinset "$dir/twice.json" --all
exits "a host twice" 0
says "a host twice" "can have example.com only once, and example.com uses it"
is "a host twice" "$(grep -c '<key>example.com</key>' "$dir/ios.plist")" 1
ctwatch pins check --pinset "$dir/twice.json"
exits "the check of a host twice ($(cat "$dir/out"))" 0

# ---- what an export widens passes our own check, and nothing else does ----
key ca
python3 - "$dir" "$pin_ca" <<'EOF'
import json, sys
p = json.load(open(sys.argv[1] + "/pinset.json"))
p["keys"] = p["keys"][:2] + [
    {"id": "next", "spki": "sha256/E9CZ9INDbd+2eRQozYqqbQ2yXLVKB9+xcprMF+44U1g=",
     "state": "active"},
    {"id": "later", "spki": "sha256/d6qzRu9zOECb90Uez27xWltNsj0e1Md7GkYYkVoZWmM=",
     "state": "backup"},
    {"id": "ca", "spki": "sha256/" + sys.argv[2], "state": "active", "ca": True}]
web, api = ["live", "spare"], ["next", "later"]
p["domains"] = [
    {"pattern": "**.example.com", "keys": web, "exclude": ["s.example.com"]},
    {"pattern": "*.example.org", "keys": web},
    {"pattern": "*.xn--bcher-kva.example.com", "keys": api},
    {"pattern": "api.example.com", "keys": api},
    {"pattern": "any.example.net", "position": "any", "keys": web + ["ca"]},
    {"pattern": "*.ca.example.net", "kind": "ca", "keys": ["ca"]},
    {"pattern": "soft.example.net", "mode": "monitor", "keys": web},
    {"pattern": "mx.example.net", "ports": [25], "keys": web}]
for d in p["domains"]:
    d["consumers"] = ["app"]
for f in ("android", "apple", "csv", "immudb-vault", "okhttp", "okhttp-java",
          "plain", "react-native", "tlsa", "trustkit"):
    p["consumers"] = [{"id": "app", "format": f, "path": "app." + f,
                       "min_version": "4.3.0"}]
    json.dump(p, open(sys.argv[1] + "/all." + f, "w"))
EOF
ctwatch pins timeline --pinset "$dir/all.plain" --state "$dir/state"
for f in android apple csv immudb-vault okhttp okhttp-java plain react-native \
    tlsa trustkit; do
	ctwatch pins export --pinset "$dir/all.$f" --all --state "$dir/state"
	exits "$f: export" 0
	ctwatch pins check --pinset "$dir/all.$f" --state "$dir/state"
	exits "$f: the check of our export ($(cat "$dir/out"))" 0
done
for f in android apple trustkit; do
	grep -q 'Not as in the pinset: \*.example.org: widened' \
	    "$dir/app.$f" || fail "$f does not say what it widened"
	# The same without the remark is a difference.
	sed 's/widened/whatever/' "$dir/app.$f" >"$dir/silent.$f"
	ctwatch pins check --pinset "$dir/all.$f" "$dir/silent.$f"
	exits "$f: widened without a remark" 1
	grep -q 'example.org: the pinset has no pins for it' "$dir/out" ||
	    fail "$f: $(cat "$dir/out")"
done
# JSON has no comments: the journal knows the very file, and no other.
(cat "$dir/app.react-native" && echo) >"$dir/silent.json"
ctwatch pins check --pinset "$dir/all.react-native" --state "$dir/state" \
    "$dir/silent.json"
exits "a file that the journal does not know" 1
ctwatch pins check --pinset "$dir/all.react-native" \
    --state "$dir/elsewhere" "$dir/app.react-native"
exits "a state directory without the record of the export" 1
grep -q 'the record of an export (--state) says .* from \*.example.org$' \
    "$dir/out" || fail "no way out: $(cat "$dir/out")"

# ---- names that a format cannot say, and versions that ignore them ----
export_as --format okhttp
says "no version" "OkHttp before 4.3.0 ignores it"
export_as --format okhttp --min-version 3.13.1
grep -q '"\*\*\.' "$dir/out" && fail "written for OkHttp 3: $(cat "$dir/out")"
says "OkHttp 3" "one label below it are covered"
sed 's/"\*\*\.example/"*.example/' "$dir/pinset.json" >"$dir/one.json"
for f in tlsa immudb-vault; do
	ctwatch pins export --pinset "$dir/one.json" --format $f
	exits "$f of a wildcard" 64
	says "$f of a wildcard" "no wildcards; list hosts with --host"
done
sed 's/"pattern"/"mode": "monitor", &/' "$dir/pinset.json" >"$dir/soft.json"
ctwatch pins export --pinset "$dir/soft.json" --format android
exits "a monitored domain" 64
says "a monitored domain" "the format can only enforce"
ctwatch pins export --pinset "$dir/soft.json" --format trustkit \
    --output "$dir/soft.plist"
exits "a monitored domain for TrustKit" 0
ctwatch pins check --pinset "$dir/soft.json" "$dir/soft.plist"
exits "monitored, as the pinset says" 0
ctwatch pins check --pinset "$dir/pinset.json" "$dir/soft.plist"
exits "monitored, though it must enforce" 1
ctwatch pins lint "$dir/soft.plist"
exits "lint of what only reports" 1

# ---- a CA's key beside keys of leaves never becomes a leaf's pin ----
sed 's/"state": "backup"/&, "ca": true/; s/"pattern"/"position": "any", &/' \
    "$dir/pinset.json" >"$dir/mixed.json"
ctwatch pins export --pinset "$dir/mixed.json" --format curl \
    --host www.example.com
exits "curl, mixed" 0
grep -qF "$pin_spare" "$dir/out" && fail "a CA's key for curl"
ctwatch pins export --pinset "$dir/mixed.json" --format apple \
    --host www.example.com
is "apple, mixed" "$(python3 - "$dir/out" <<'END'
import plistlib, sys
d = plistlib.load(open(sys.argv[1], "rb"))["NSAppTransportSecurity"]
d = d["NSPinnedDomains"]["www.example.com"]
print([[i["SPKI-SHA256-BASE64"] for i in d[n]] for n in
    ("NSPinnedLeafIdentities", "NSPinnedCAIdentities")])
END
)" "[['$pin_live'], ['$pin_spare']]"
ctwatch pins export --pinset "$dir/mixed.json" --format tlsa \
    --host www.example.com
is "tlsa, mixed" "$(grep -o 'TLSA [0-9] [0-9] [0-9]' "$dir/out" | xargs)" \
    "TLSA 3 1 1 TLSA 2 1 1"

# ---- every format that has comments says what it was made of ----
export_as --format okhttp
grep -q "version 1, sha256 $(sha256sum <"$dir/pinset.json" | cut -c1-64)" \
    "$dir/out" || fail "no version or digest: $(head -1 "$dir/out")"

# ---- TLSA: the owner names come back as they were ----
hex() { printf %s "$1" | base64 -d | od -An -v -tx1 | tr -d ' \n'; }
for owner in _25._tcp.mx _587._tcp.mx _443._tcp.www _443._tcp.mx; do
	for pin in "$pin_live" "$pin_spare"; do
		echo "$owner.example.com. IN TLSA 3 1 1 $(hex "$pin")"
	done
done >"$dir/zone"
ctwatch pins import "$dir/zone"
exits "import of TLSA" 0
mv "$dir/out" "$dir/tlsa.json"
is "ports" "$(json "$dir/tlsa.json" "[(d['pattern'], d.get('ports'))
    for d in j['domains']]")" \
    "[('mx.example.com', [25, 587, 443]), ('www.example.com', None)]"
ctwatch pins export --pinset "$dir/tlsa.json" --format tlsa
exits "export of TLSA" 0
is "TLSA, there and back" "$(grep -v '^;' "$dir/out" | sort)" \
    "$(sort "$dir/zone")"
ctwatch pins check --pinset "$dir/tlsa.json" "$dir/zone"
exits "check of TLSA ($(cat "$dir/out"))" 0
grep -v '^_587' "$dir/zone" >"$dir/less"
sed 's/^_443._tcp.www/_8443._tcp.www/' "$dir/less" >"$dir/else"
ctwatch pins check --pinset "$dir/tlsa.json" "$dir/else"
exits "check of other ports" 1
grep -q 'mx.example.com: misses the port 587' "$dir/out" &&
    grep -q 'www.example.com:8443: the pinset has no such port' "$dir/out" ||
    fail "ports: $(cat "$dir/out")"
sed '/^_25/{/'"$(hex "$pin_spare")"'/d}' "$dir/zone" >"$dir/less"
ctwatch pins check --pinset "$dir/tlsa.json" "$dir/less"
exits "a pin missing at one port" 1
grep -q 'mx.example.com:25: lacks the pin of' "$dir/out" ||
    fail "one port: $(cat "$dir/out")"
sed 's/443\]/465]/' "$dir/tlsa.json" | python3 -c 'import json, sys
p = json.load(sys.stdin)
p["domains"] = [dict(p["domains"][0], ports=[25])]
print(json.dumps(p))' >"$dir/mx.json"
ctwatch pins export --pinset "$dir/mx.json" --format okhttp
says "a port for a consumer without ports" "widened: its pins are for port 25"

# Pins without a host belong to no domain, which is said, unless one is given.
echo "sha256//d6qzRu9zOECb90Uez27xWltNsj0e1Md7GkYYkVoZWmM=" >"$dir/nameless"
ctwatch pins import "$dir/nameless"
exits "a pin without a host" 0
says "a pin without a host" "give --host"
ctwatch pins import --host www.example.com "$dir/nameless"
exits "with its host" 0
[ ! -s "$dir/err" ] || fail "with its host: $(cat "$dir/err")"

# ---- a signature that OpenSSL cannot verify is not a wrong one ----
openssl req -new -key "$dir/live.key" -subj /CN=odd -outform DER \
    -out "$dir/odd.der" 2>/dev/null
python3 - "$dir/odd.der" <<'EOF'
import sys
der = open(sys.argv[1], "rb").read()
oid = bytes.fromhex("2a8648ce3d040302")  # ecdsa-with-SHA256
at = der.rindex(oid) + len(oid) - 1
open(sys.argv[1], "wb").write(der[:at] + b"\x7f" + der[at + 1:])
EOF
ctwatch pins import --host www.example.com "$dir/odd.der"
exits "a request of an odd algorithm" 0
says "a request of an odd algorithm" "odd cannot be verified here"

# ---- CSV: no field is a formula, and what is written is read again ----
plus=$(python3 - "$dir" <<'EOF'
import base64, json, sys
p = json.load(open(sys.argv[1] + "/pinset.json"))
plus = base64.b64encode(b"\xfb" + b"\1" * 31).decode()
p["keys"][1] = {"id": "spare", "spki": "sha256/" + plus, "state": "backup"}
p["domains"][0].update(owner="=cmd|' /C calc'!A1", exclude=[])
json.dump(p, open(sys.argv[1] + "/plus.json", "w"))
print(plus)
EOF
)
ctwatch pins export --pinset "$dir/plus.json" --format csv \
    --output "$dir/plus.csv"
exits "csv" 0
is "fields that begin a formula" "$(python3 - "$dir/plus.csv" <<'EOF'
import csv, sys
print([f for r in csv.reader(open(sys.argv[1], newline="")) for f in r
       if f[:1] and f[0] in "=+-@|%"])
EOF
)" "[]"
ctwatch pins check --pinset "$dir/plus.json" "$dir/plus.csv"
exits "the check of our csv ($(cat "$dir/out"))" 0
ctwatch pins import "$dir/plus.csv"
exits "the import of our csv" 0
is "our csv, there and back" "$(json "$dir/out" "[d['owner'] for d in
    j['domains']] + [k['spki'] for k in j['keys']]")" \
    "[\"=cmd|' /C calc'!A1\", 'sha256/$pin_live', 'sha256/$plus']"

# ---- one file that cannot be read hides no fault of another ----
cp "$dir/plus.json" "$dir/signed.json"
printf '{"format": "ctwatch-trust/1", "threshold": 1, "keys": {"a": "%s"}}' \
    "$(openssl genpkey -algorithm ed25519 | openssl pkey -pubout \
        -outform DER | base64 -w0)" >"$dir/signed.json.trust"
ctwatch pins check --pinset "$dir/signed.json" "$dir/none" \
    "$dir/except.android"
exits "an untrusted pinset, drift, and a file that is absent" \
    $((8 | 1 | 64))

# ---- what is lost is said, and is a status ----
loses() {
	ctwatch pins import "$dir/lost"
	exits "import: $1" 1
	says "import: $1" "$2"
}
printf 'www.example.com sha256/%s sha1/2jmj7l5rSw0yVb/vlWAYkK/YBwk=\n' "$a" \
    >"$dir/lost"
loses "SHA-1" "left out: not a SHA-256"
printf '# nothing\nwww.example.com sha1/2jmj7l5rSw0yVb/vlWAYkK/YBwk=\n' \
    >"$dir/lost"
loses "nothing" "no usable pin"
printf '_853._udp.mx.example.com. IN TLSA 3 1 1 %064d\n' 7 >"$dir/lost"
loses "a port of UDP" "a pinset has TCP ports alone"
printf '_%s._tcp.mx.example.com. IN TLSA 3 1 1 %064d\n' 25 7 465 8 \
    >"$dir/lost"
loses "ports with pins of their own" "its ports have different pins"
sed '/<pin-set/s/>/ expiration="2018\/8\/10">/' "$dir/except.android" \
    >"$dir/lost"
loses "a date that Android cannot read" 'expiration="2018/8/10" is not'
printf '{"revisions": [{"document": {"certificate_endpoint":
    "a.example.com:8443", "certificate_object": "%s"}}]}' \
    "$(openssl pkey -in "$dir/live.key" -pubout | base64 -w0)" >"$dir/lost"
loses "an endpoint with a port" "not for its port alone"
printf '{"format": "x", "revisions": [{"document": {"certificate_endpoint":
    "a.example.com", "certificate_object": "%s"}}, {"document":
    {"certificate_endpoint": "b.example.com", "certificate_object": "x"}}]}' \
    "$(openssl pkey -in "$dir/live.key" -pubout | base64 -w0)" >"$dir/lost"
loses "a document that is bad" "no certificate, certificate request"
sed "s/<key>TSKConfiguration/<key>NSPinnedDomains<\/key><dict\/>&/" \
    "$dir/except.trustkit" >"$dir/lost"
loses "two dictionaries" "also import it with --format apple"
printf 'Pinned certificates for ' >"$dir/lost"
ctwatch pins import "$dir/lost"
exits "import of half a message" 64
says "import of half a message" "without pins"
# A placeholder of 33 bytes behind a constant, beside a pin: OkHttp takes both.
cat >"$dir/lost" <<END
class Client {
  private static final String HOST = "api.example.com";
  private static final String LIVE =
      "sha256/$(printf 'X%.0s' {1..44})=";
  private static final String SPARE = "sha256/$a";
  CertificatePinner pinner = new CertificatePinner.Builder()
      .add(HOST, LIVE).add(HOST, SPARE).build();
}
END
loses "a placeholder in a constant" "X=: left out: not a SHA-256 of an SPKI"
is "the pin beside it" "$(json "$dir/out" "[(d['pattern'], len(d['keys']))
    for d in j['domains']]")" "[('api.example.com', 1)]"
printf 'www.example.com sha256/%s sha256/%s\n' "$a" "$a" >"$dir/lost"
ctwatch pins import "$dir/lost"
exits "a pin twice" 0
says "a pin twice" "duplicate, used once"

# ---- a pinset that is refused is judged all the same ----
sed "s,$pin_spare,47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=,
    s,$pin_other,AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=," \
    "$dir/pinset.json" >"$dir/bad.json"
ctwatch pins lint --pinset "$dir/bad.json"
exits "lint of a pinset that is refused" 1
is "its faults" "$(grep -o '^PIN0[0-9] error' "$dir/out" | xargs)" \
    "PIN01 error PIN02 error"
grep -q '^PIN11 warning expires' "$dir/out" || fail "the rest is not judged"
echo '{"format": "ctwatch-pinset/1", "nmae": 1}' >"$dir/bad.json"
ctwatch pins lint --pinset "$dir/bad.json"
exits "lint of what is no pinset" 1
grep -q '^PIN17 error' "$dir/out" || fail "$(cat "$dir/out")"
