#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# ctwatch eval judges a certificate in a file by the pinset; ctwatch explain
# describes the rules.
. "${top_srcdir:-.}/tests/support/story.sh"

for k in active unrelated; do
	key $k
done
cert good active www.example.com
cert rogue unrelated www.example.com
cat >"$dir/pinset.json" <<END
{"format": "ctwatch-pinset/1", "name": "story", "version": 7,
 "keys": [{"id": "web-2026", "spki": "sha256/$pin_active", "state": "active"}],
 "domains": [{"pattern": "**.example.com", "keys": ["web-2026"]}]}
END
ct=$bin/ctwatch/ctwatch

# try STATUS ARG ...: run ctwatch, which must end with this status.
try() {
	local want=$1
	shift
	"$ct" "$@" >"$dir/out" 2>"$dir/err"
	local got=$?
	[ $got -eq "$want" ] || fail "ctwatch $*: exit $got, not $want"
}

prints() {
	grep -qF -- "$1" "$dir/out" || fail "'$1' is not in: $(cat "$dir/out")"
}

good=$dir/good.pem rogue=$dir/rogue.pem
for k in good rogue; do
	openssl x509 -inform DER -in "$dir/certs/$k.der" -out "$dir/$k.pem"
done
try 0 eval --pinset "$dir/pinset.json" --host www.example.com "$good"
prints 'www.example.com: expected (your key web-2026, active)'
prints 'the certificate is valid for this host'
try 0 eval --pinset "$dir/pinset.json" --host api.example.com "$good"
prints 'the certificate is not valid for this host'
try 1 eval --pinset "$dir/pinset.json" --host www.example.com "$rogue"
prints 'CTW001 unexpected-key (critical)'
prints "$pin_unrelated"
# A host that the pinset excludes is judged as one without pins.
sed 's/"keys": \["web-2026"\]/&, "exclude": ["status.example.com"]/' \
    "$dir/pinset.json" >"$dir/exclude.json"
try 1 eval --pinset "$dir/exclude.json" --host status.example.com "$rogue"
prints 'status.example.com: not expected'
prints 'CTW000 certificate-seen (medium)'
try 0 eval --pinset "$dir/pinset.json" --host WWW.Example.COM - <"$good"
try 1 eval --pinset "$dir/pinset.json" --host www.example.com --format json \
    "$rogue"
python3 - "$dir/out" "$pin_unrelated" <<'END' || fail 'eval --format json'
import json, sys
j = json.load(open(sys.argv[1]))
assert j['format'] == 'ctwatch-eval/1', j
assert j['expected'] is False and j['serves_host'] is True, j
assert j['pattern'] == '**.example.com' and j['pin'] is None, j
assert j['certificate']['spki_sha256'] == sys.argv[2], j
assert [f['rule'] for f in j['findings']] == ['CTW001'], j
END
try 1 eval --pinset "$dir/pinset.json" --host www.example.com \
    "$dir/certs/rogue.der"
try 64 eval --pinset "$dir/pinset.json" "$good"
try 64 eval --host www.example.com "$good"
try 64 eval --pinset "$dir/pinset.json" --host 'a b' "$good"
try 64 eval --pinset "$dir/pinset.json" --host www.example.com "$dir/nothing"
echo nonsense >"$dir/nonsense"
try 64 eval --pinset "$dir/pinset.json" --host www.example.com "$dir/nonsense"
sed 's/"domains"/"domians"/' "$dir/pinset.json" >"$dir/typo.json"
try 64 eval --pinset "$dir/typo.json" --host www.example.com "$good"
grep -q 'typo.json: domians: unknown member' "$dir/err" ||
    fail "typo: $(cat "$dir/err")"

# A CA that two roots signed; the file's chain goes to the one that is not
# pinned.  Usage: issue SUBJECT KEY ISSUER ISSUERKEY EXTENSION OUT
issue() {
	openssl req -new -key "$2" -subj "$1" -out "$dir/csr" 2>/dev/null
	if [ -n "$3" ]; then
		openssl x509 -req -in "$dir/csr" -CA "$3" -CAkey "$4" -days 30 \
		    -extfile <(echo "$5") -out "$6" 2>/dev/null
	else
		openssl x509 -req -in "$dir/csr" -signkey "$2" -days 30 \
		    -extfile <(echo "$5") -out "$6" 2>/dev/null
	fi || fail "openssl x509 $1"
}
is_ca=basicConstraints=critical,CA:TRUE
for k in leaf sub root_a root_b; do
	openssl ecparam -name prime256v1 -genkey -noout -out "$dir/$k.key"
done
for k in a b; do
	issue "/CN=Root $k" "$dir/root_$k.key" '' '' $is_ca "$dir/root_$k.pem"
	issue /CN=Sub "$dir/sub.key" "$dir/root_$k.pem" "$dir/root_$k.key" \
	    $is_ca "$dir/sub_$k.pem"
done
issue /CN=www.example.com "$dir/leaf.key" "$dir/sub_a.pem" "$dir/sub.key" \
    subjectAltName=DNS:www.example.com "$dir/leaf.pem"
pin=$(openssl pkey -in "$dir/root_b.key" -pubout -outform DER |
    openssl dgst -sha256 -binary | base64)
cat >"$dir/roots.json" <<END
{"format": "ctwatch-pinset/1", "name": "story", "version": 1,
 "keys": [{"id": "root-b", "spki": "sha256/$pin", "state": "active"}],
 "domains": [{"pattern": "**.example.com", "position": "ca",
  "keys": ["root-b"]}]}
END
cat "$dir"/{leaf,sub_a,root_a}.pem >"$dir/one.pem"
cat "$dir"/{leaf,sub_a,root_a,root_b,sub_b}.pem >"$dir/both.pem"
try 1 eval --pinset "$dir/roots.json" --host www.example.com "$dir/one.pem"
prints 'CTW001 unexpected-key'
"$ct" eval --pinset "$dir/roots.json" --host www.example.com --format json \
    "$dir/both.pem" >"$dir/out"
prints 'by another path than its chain'
! grep -q CTW001 "$dir/out" || fail "CTW001 of a cross-signed CA"

try 0 explain
prints 'CTW001 critical unexpected-key'
try 0 explain unexpected-key
prints 'CTW001 unexpected-key'
prints 'What to do'
[ "$(wc -L <"$dir/out")" -le 80 ] || fail 'explain: long lines'
try 0 explain --format json CTW001 ctw027
python3 -c '
import json, sys
j = json.load(open(sys.argv[1]))
assert [r["id"] for r in j["rules"]] == ["CTW001", "CTW027"], j
assert all(r["meaning"] and r["causes"] and r["remedy"] for r in j["rules"])
' "$dir/out" || fail 'explain --format json'
try 64 explain CTW999
exit 0
