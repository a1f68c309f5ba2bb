#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# A certificate in hand against the pinset, and what the rules mean.
. "${top_srcdir:-.}/tests/support/story.sh"

for k in active stranger; do
	key $k
done
cert good active www.example.com
cert rogue stranger www.example.com
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
prints 'clients take the certificate for this host'
try 0 eval --pinset "$dir/pinset.json" --host api.example.com "$good"
prints 'clients refuse the certificate for this host'
try 1 eval --pinset "$dir/pinset.json" --host www.example.com "$rogue"
prints 'CTW001 unexpected-key (critical)'
prints "$pin_stranger"
try 0 eval --pinset "$dir/pinset.json" --host WWW.Example.COM - <"$good"
try 1 eval --pinset "$dir/pinset.json" --host www.example.com --format json \
    "$rogue"
python3 - "$dir/out" "$pin_stranger" <<'END' || fail 'eval --format json'
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
