#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# The real consumers accept the exports: curl against a server on loopback,
# openssl, xmllint, Python's plistlib and json.  Imported pins are those that
# openssl computes, and the published pins of well-known roots.
. "${top_srcdir:-.}/tests/support/story.sh"
. "${top_srcdir:-.}/tests/support/pin_story.sh"

server=
at_exit() {
	[ -z "$server" ] || kill "$server" 2>/dev/null
	return "$1"
}
trap 'at_exit $?; at_end' EXIT

for k in live spare unrelated; do key $k; done
cert leaf live localhost
openssl x509 -inform DER -in "$dir/certs/leaf.der" -out "$dir/leaf.pem"
pinset_of live spare unrelated

# ---- curl ----
port=
for _ in 1 2 3 4 5; do
	port=$((20000 + RANDOM % 20000))
	openssl s_server -accept "127.0.0.1:$port" -cert "$dir/leaf.pem" \
	    -key "$dir/live.key" -www -quiet >/dev/null 2>&1 &
	server=$!
	for _ in $(seq 50); do
		curl -sko /dev/null "https://127.0.0.1:$port/" && break 2
		kill -0 "$server" 2>/dev/null || break
		sleep 0.05
	done
done
try() {
	curl -sko /dev/null --pinnedpubkey "$1" "https://127.0.0.1:$port/"
	status=$?
}
export_as --format curl --host www.example.com
try "$(cat "$dir/out")"
exits "curl, the right pins" 0
sed "s,$pin_live,$pin_unrelated," "$dir/out" >"$dir/wrong"
try "$(cat "$dir/wrong")"
exits "curl, the wrong pins" 90
export_as --format pem --host www.example.com
openssl pkey -pubin -in "$dir/out" -noout || fail "openssl, our PEM"
sed '/END/q' "$dir/out" >"$dir/one.pem"
try "$dir/one.pem"
exits "curl, our PEM" 0

# ---- git, where it is: it hands the value to its own libcurl ----
clone() {
	GIT_TERMINAL_PROMPT=0 git -c http.sslVerify=false \
	    -c http.pinnedPubkey="$1" ls-remote \
	    "https://127.0.0.1:$port/x.git" >"$dir/git" 2>&1
	grep -c 'does not match pinned public key' "$dir/git"
}
if command -v git >/dev/null; then
	export_as --format curl --host www.example.com
	is "git, the right pins ($(cat "$dir/git" 2>/dev/null))" \
	    "$(clone "$(cat "$dir/out")")" 0
	is "git, the wrong pins" "$(clone "$(cat "$dir/wrong")")" 1
fi

# ---- DANE: OpenSSL's client takes our TLSA records, and no others ----
dane() {
	openssl s_client -connect "127.0.0.1:$port" \
	    -dane_tlsa_domain localhost -dane_ee_no_namechecks \
	    -dane_tlsa_rrdata "$1" -dane_tlsa_rrdata "$2" </dev/null \
	    2>/dev/null | grep -m 1 -o 'Verify return code: [0-9]*'
}
export_as --format tlsa --host www.example.com
mapfile -t records < <(sed -n 's/.* IN TLSA //p' "$dir/out")
is "DANE, our records" "$(dane "${records[0]}" "${records[1]}")" \
    "Verify return code: 0"
# X509_V_ERR_DANE_NO_MATCH
is "DANE, the backup alone" "$(dane "${records[1]}" "${records[1]}")" \
    "Verify return code: 65"

# ---- XML ----
if command -v xmllint >/dev/null; then
	for f in android trustkit apple; do
		export_as --format $f
		xmllint --noout "$dir/out" || fail "xmllint: $f"
	done
fi
export_as --format android
is "android" "$(python3 - "$dir/out" <<'END'
import sys, xml.etree.ElementTree as et
root = et.parse(sys.argv[1]).getroot()
print(root.tag, [(c.find("domain").text,
    c.find("domain").get("includeSubdomains"),
    [p.text for p in c.iter("pin")]) for c in root])
END
)" "network-security-config [('example.com', 'true', ['$pin_live', \
'$pin_spare']), ('status.example.com', 'false', [])]"
export_as --format android --expiration 2027-03-01
grep -q '<pin-set expiration="2027-03-02">' "$dir/out" || fail "expiration"
export_as --format trustkit
is "trustkit" "$(python3 - "$dir/out" <<'END'
import plistlib, sys
d = plistlib.load(open(sys.argv[1], "rb"))["TSKConfiguration"]
d = d["TSKPinnedDomains"]
print(d["example.com"]["TSKIncludeSubdomains"],
    d["example.com"]["TSKPublicKeyHashes"], d["status.example.com"])
END
)" "True ['$pin_live', '$pin_spare'] \
{'kSKExcludeSubdomainFromParentPolicy': True}"
export_as --format apple --host a.b.example.com
is "apple" "$(python3 - "$dir/out" <<'END'
import plistlib, sys
d = plistlib.load(open(sys.argv[1], "rb"))["NSAppTransportSecurity"]
d = d["NSPinnedDomains"]["a.b.example.com"]
print(d["NSIncludesSubdomains"], [i["SPKI-SHA256-BASE64"]
    for i in d["NSPinnedLeafIdentities"]], "NSPinnedCAIdentities" in d)
END
)" "False ['$pin_live', '$pin_spare'] False"

# ---- JSON ----
export_as --format react-native
is "react-native" "$(json "$dir/out" "j['example.com']['publicKeyHashes']")" \
    "['$pin_live', '$pin_spare']"
export_as --format immudb-vault --host www.example.com
is "immudb" "$(json "$dir/out" \
    "[(d['certificate_endpoint'], 'PUBLIC KEY' in __import__('base64')
      .b64decode(d['certificate_object']).decode()) for d in j]")" \
    "[('www.example.com', True), ('www.example.com', True)]"

# ---- what contradicts itself is not written ----
refuses() {
	ctwatch pins export --pinset "$dir/pinset.json" "${@:2}"
	exits "export ${*:2}" 64
	says "export ${*:2}" "$1"
}
refuses "omit --format" --all --output "$dir/all"
refuses "omit --format" --all --format curl
refuses "no consumer app" --consumer app
refuses "no consumer app" --consumer app --format curl
refuses "give --format" --output "$dir/all"
refuses "no operands" --format curl "$dir/all"
refuses "cannot write format crul" --format crul
refuses "cannot write format chrome" --format chrome

# ---- a host that the pinset has no pins for is no reason to be content ----
export_as --format curl --host www.example.com
mv "$dir/out" "$dir/pins.curl"
check_for() {
	ctwatch pins check --pinset "$dir/pinset.json" --host "$1" \
	    "$dir/pins.curl"
}
check_for WWW.Example.com
exits "its pins, for the host" 0
check_for www.exmaple.com
exits "its pins, for a typing error" 1
grep -q 'no pins for www.exmaple.com' "$dir/out" || fail "$(cat "$dir/out")"

# ---- what is lost is named, and refused with --strict ----
ctwatch pins export --pinset "$dir/pinset.json" --format apple
says "narrower" "one label below"
says "wider" "status.example.com is pinned"
ctwatch pins export --pinset "$dir/pinset.json" --format apple --strict
exits "strict" 64
[ -s "$dir/out" ] && fail "written in spite of --strict"
ctwatch pins export --pinset "$dir/pinset.json" --format hpkp \
    --host www.example.com
says "deprecated" "--allow-deprecated"

# ---- drift ----
export_as --format android --output "$dir/app.xml"
ctwatch pins check --pinset "$dir/pinset.json" --against "$dir/app.xml"
exits "in step" 0
sed -i "s,$pin_spare,$pin_unrelated," "$dir/app.xml"
ctwatch pins check --pinset "$dir/pinset.json" --against "$dir/app.xml"
exits "drifted" 1
grep -q 'pins a retired key: off' "$dir/out" || fail "retired: $(cat "$dir/out")"
grep -q 'lacks the pin of spare' "$dir/out" || fail "missing"

# ---- import: requests, chains with talk around them, roots ----
openssl req -new -key "$dir/live.key" -subj /CN=x -out "$dir/live.csr" \
    2>/dev/null
openssl s_client -connect "127.0.0.1:$port" -showcerts </dev/null \
    >"$dir/talk" 2>/dev/null
for f in live.csr talk; do
	ctwatch pins import --host www.example.com "$dir/$f"
	exits "import $f" 0
	is "import $f" "$(json "$dir/out" "j['keys'][0]['spki']")" \
	    "sha256/$pin_live"
done
roots=/etc/ssl/certs/ca-certificates.crt
if [ -f $roots ]; then
	ctwatch pins import $roots
	exits "import roots" 0
	# As Chrome and Firefox publish them.
	for pin in hxqRlPTu1bMS/0DITB1SSu0vd4u/8l8TjPgfaAp63Gc= \
	    mEflZT5enoR1FuXLgYYGqnVEoZvmf9c2bVBpiOjYQ0c= \
	    C5+lpZ7tcVwmwQIMcRtPbsQtWLABXhQzejna0wHFr8M= \
	    r/mIkG3eEpVdm+u/ko/cwxzOMo1bk4TyHIlByibiA5E=; do
		grep -qF "\"sha256/$pin\"" "$dir/out" || fail "no root has $pin"
	done
fi

# ---- a run looks at what is shipped, as far as it is on this machine ----
python3 - "$dir" <<'EOF'
import json, sys
pinset = json.load(open(sys.argv[1] + "/pinset.json"))
pinset["consumers"] = [{"id": "app", "format": "android", "path": "app.xml"},
                       {"id": "gone", "path": "elsewhere/pins.txt"}]
pinset["domains"][0]["consumers"] = ["app", "gone"]
# Android cannot say it: the export widens it, and says so.
pinset["domains"].append({"pattern": "*.example.org", "consumers": ["app"],
                          "keys": ["live", "spare"]})
json.dump(pinset, open(sys.argv[1] + "/shipped.json", "w"))
EOF
drifted() {
	run --pinset "$dir/shipped.json"
	report '[(f["subject"], f["status"], f["message"]) for f in
	    j["findings"] if f["rule"] == "CTW074"]'
}
logd "$dir/certs"
ctwatch pins export --pinset "$dir/shipped.json" --format android \
    --output "$dir/app.xml"
is "shipped as it should be" "$(drifted)" "[]"
sed -i "0,\#$pin_spare#s##$pin_unrelated#" "$dir/app.xml"
is "shipped a retired pin" "$(drifted)" "[('app', 'new', \
'**.example.com: pins a retired key: off; \
**.example.com: lacks the pin of spare')]"
ctwatch pins export --pinset "$dir/shipped.json" --format android \
    --output "$dir/app.xml"
is "shipped again" "$(drifted)" "[('app', 'closed', \
'**.example.com: pins a retired key: off; \
**.example.com: lacks the pin of spare')]"
is "shipped as it should be again" "$(drifted)" "[]"
echo nonsense >"$dir/app.xml"
is "shipped an unreadable file" "$(drifted)" "[('app', 'new', \
'cannot be read: $dir/app.xml: android: 1: syntax error')]"
