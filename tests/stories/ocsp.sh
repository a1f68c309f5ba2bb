#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# A certificate that names an OCSP responder and no CRL: `openssl ocsp' answers,
# or something else does.
. "${top_srcdir:-.}/tests/support/story.sh"
. "${top_srcdir:-.}/tests/support/ca_story.sh"

python3 -c '' 2>/dev/null || skip "no python3"
with_crls=yes
mkdir -p "$dir/certs"
python3 -B "$src/tests/support/ocsp_server.py" "$dir" 2>"$dir/ocsp.err" &
background+=($!)
wait_for "$dir/ocsp-port"
responder=http://127.0.0.1:$(cat "$dir/ocsp-port")/ocsp

key ours
key rogue
ca ca "/CN=Story CA" -addext subjectKeyIdentifier=hash
ca other "/CN=Story CA" -addext subjectKeyIdentifier=hash
cp "$dir/ca.pem" "$dir/signer.pem"
cp "$dir/ca.key" "$dir/signer.key"
serial=00D1A2B3C4D5E6F708
issue certs/1-rogue ca rogue login.example.com -set_serial 0x$serial \
    -addext "authorityInfoAccess=caIssuers;URI:http://ca.example/,OCSP;URI:$responder"
pinset ours
finding() {
	report "next(f for f in j['findings'] if f['rule'] == '$1')$2"
}
watch() {
	run --pinset "$dir/pinset.json" --allow-private-crl "$@"
}

# index STATUS [DATE,REASON]: the CA's database, with this one certificate.
index() {
	printf '%s\t%s\t%s\t%s\tunknown\t/CN=login.example.com\n' "$1" \
	    "$(date -u -d '+90 days' +%y%m%d%H%M%SZ)" "${2-}" "${serial#00}" \
	    >"$dir/index.txt"
}
: >"$dir/mode"
echo "-ndays 1" >"$dir/ocsp-options"
index V
logd --issuers "$dir/ca.der" "$dir/certs"
watch
watch
is "good" "$(finding CTW001 "['revocation']['status']")" good
is "the source" "$(finding CTW001 "['revocation']['ocsp']")" "$responder"
is "no CRL" "$(finding CTW001 "['revocation']['crl']")" None
is "the type of the request" "$(sort -u "$dir/ocsp-requests")" \
    application/ocsp-request
id=$(finding CTW001 "['id']")

# look_up WHAT WANTED: `ctwatch revocation' says so; the status is unknown.
look_up() {
	ctwatch revocation "$id" --state "$dir/state" --allow-private-crl
	exits "$1" 2
	grep -qF "unknown         $responder: $2" "$dir/out" ||
	    fail "$1: $(cat "$dir/out")"
}
for mode in "html:not an OCSP response in DER" "404:status 404" \
    "moved:status 302" "huge:over 65536 bytes" \
    "later:the OCSP responder cannot answer now (tryLater)" \
    "unauthorized:the OCSP responder does not answer for this CA" \
    "empty.der:not an OCSP response in DER"; do
	echo "${mode%%:*}" >"$dir/mode"
	look_up "$mode" "${mode#*:}"
done
watch
is "unknown" "$(finding CTW052 "['message']")" \
    "$responder: not an OCSP response in DER"

# Responses that the CA signed: about another certificate; to another request.
# (test_ocsp_check has those of another time.)
ask() {
	openssl ocsp -index "$dir/index.txt" -CA "$dir/ca.pem" \
	    -rsigner "$dir/ca.pem" -rkey "$dir/ca.key" -issuer "$dir/ca.pem" \
	    -serial "0x$1" -respout "$dir/$2.der" "${@:3}" >/dev/null \
	    2>"$dir/err" || fail "openssl ocsp"
}
ask 1234 another -ndays 1 -no_nonce
echo another.der >"$dir/mode"
look_up "another certificate" "an OCSP response about another certificate"
ask $serial replayed -ndays 1
echo replayed.der >"$dir/mode"
look_up "replayed" "an OCSP response with the nonce of another request"

# Another CA of that name, then a responder of the CA without and with its
# delegation.
: >"$dir/mode"
cp "$dir/other.pem" "$dir/signer.pem"
cp "$dir/other.key" "$dir/signer.key"
look_up "another signer" "an OCSP response not signed by the issuer"
for usage in serverAuth OCSPSigning; do
	openssl req -x509 -CA "$dir/ca.pem" -CAkey "$dir/ca.key" \
	    -key "$dir/other.key" -subj "/CN=Responder" -days 30 \
	    -addext basicConstraints=CA:FALSE \
	    -addext "extendedKeyUsage=$usage" -out "$dir/signer.pem" \
	    2>"$dir/err" || fail "responder"
	[ $usage = OCSPSigning ] ||
	    look_up "no delegation" "an OCSP response not signed by the issuer"
done
ctwatch revocation "$id" --state "$dir/state" --allow-private-crl
exits "a delegated responder" 0
grep -q "good .*$responder" "$dir/out" || fail "delegated: $(cat "$dir/out")"

# Not without --allow-private-crl.
before=$(wc -l <"$dir/ocsp-requests")
ctwatch revocation "$id" --state "$dir/state"
exits "a local responder" 2
is "a local responder is not asked" "$(wc -l <"$dir/ocsp-requests")" "$before"

# A serial number that the CA does not know, and then one that it revoked.
: >"$dir/index.txt"
look_up "an unknown serial" "the OCSP responder has no record of the certificate"
index R "$(date -u -d '-1 hour' +%y%m%d%H%M%SZ),keyCompromise"
watch
is "revoked" "$(finding CTW050 "['revocation']['reason']")" 1
is "closed" "$(finding CTW001 "['status']")" closed
case $(finding CTW050 "['message']") in
*"OCSP responder $responder") ;;
*) fail "CTW050: $(finding CTW050 "['message']")" ;;
esac
ctwatch report --state "$dir/state" --format text
exits "report" 0
grep -q 'RESOLVED' "$dir/out" || fail "report: $(cat "$dir/out")"
stop_logd || exit 1
exit 0
