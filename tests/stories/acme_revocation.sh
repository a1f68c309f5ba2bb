#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# revoke.sh of a problem report revokes a certificate at an ACME server, pebble:
# by the certificate's key, and by an account that is authorized for its names.
. "${top_srcdir:-.}/tests/support/story.sh"
. "${top_srcdir:-.}/tests/support/ca_story.sh"

python3 -c '' 2>/dev/null || skip "no python3"
command -v pebble >/dev/null || skip "no pebble"
command -v curl >/dev/null || skip "no curl"
mkdir -p "$dir/certs" "$dir/ccadb"

# pebble, on two free ports: sets $acme and $management.
openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes \
    -subj "/CN=pebble" -addext "subjectAltName=IP:127.0.0.1" -days 3 \
    -keyout "$dir/server.key" -out "$dir/server.pem" 2>"$dir/err" ||
    fail "openssl"
export CURL_CA_BUNDLE=$dir/server.pem
for _ in 1 2 3; do
	read -r a b <<-END
		$(python3 -c '
import socket
v = [socket.socket() for _ in range(2)]
for s in v:
    s.bind(("127.0.0.1", 0))
print(*[s.getsockname()[1] for s in v])')
	END
	cat >"$dir/pebble.json" <<-END
		{"pebble": {"listenAddress": "127.0.0.1:$a",
		  "managementListenAddress": "127.0.0.1:$b",
		  "certificate": "$dir/server.pem",
		  "privateKey": "$dir/server.key",
		  "httpPort": 5002, "tlsPort": 5001, "ocspResponderURL": "",
		  "externalAccountBindingRequired": false}}
	END
	PEBBLE_VA_ALWAYS_VALID=1 PEBBLE_VA_NOSLEEP=1 pebble \
	    -config "$dir/pebble.json" >"$dir/pebble.log" 2>&1 &
	pebble_pid=$!
	background+=($pebble_pid)
	acme=https://127.0.0.1:$a/dir
	management=https://127.0.0.1:$b
	for _ in $(seq 100); do
		curl -sf "$acme" >/dev/null && break 2
		kill -0 $pebble_pid 2>/dev/null || break
		sleep 0.05
	done
done
curl -sf "$acme" >/dev/null || skip "pebble does not start: $(cat "$dir/pebble.log")"

key ours
key account
key other
key rogue
openssl genrsa -out "$dir/rsa.key" 2048 2>/dev/null || fail "openssl"
order() {
	python3 -B "$src/tests/support/acme_client.py" "$acme" \
	    "$dir/server.pem" "$dir/account.key" "$dir/$1.key" "$2" \
	    >"$dir/$1.chain" 2>"$dir/err" || fail "order $2"
	openssl x509 -in "$dir/$1.chain" -outform DER \
	    -out "$dir/certs/$1.der" || fail "$1.chain"
}
order rogue login.example.com
order rsa pay.example.com
sed '1,/-----END/d' "$dir/rogue.chain" |
    openssl x509 -outform DER -out "$dir/ca.der" || fail "the issuer"
status_of() {
	curl -sf "$management/cert-status-by-serial/$(openssl x509 -inform DER \
	    -in "$dir/certs/$1.der" -noout -serial | cut -d= -f2)" \
	    >"$dir/status" || fail "pebble knows no $1"
	json "$dir/status" '"%s %s" % (j["Status"], j.get("Reason"))'
}

# What a watcher has of them, and drafts.
printf '%s\n' 'CA Owner,SHA-256 Fingerprint,DV ACME Directory URL(s)' \
    "Pebble,$(openssl dgst -sha256 -r "$dir/ca.der" | cut -c1-64 |
	tr a-f A-F),$acme" >"$dir/ccadb/records.csv"
pinset ours
logd --only rfc6962 --issuers "$dir/ca.der" "$dir/certs"
run --pinset "$dir/pinset.json"
for name in rogue:login rsa:pay; do
	id=$(report "next(f['id'] for f in j['findings']
	    if f['rule'] == 'CTW001' and
	    f['certificate']['names'] == ['${name#*:}.example.com'])")
	"$bin/ctwatch/ctwatch" problem-report "$id" --state "$dir/state" \
	    --ccadb "$dir/ccadb" --output "$dir/report-${name%:*}" \
	    2>"$dir/err" || fail "problem-report"
done

# revoke SHELL NAME ARG ...: run the script of that certificate.
revoke() {
	"$1" "$dir/report-$2/revoke.sh" "${@:3}" >"$dir/out" 2>"$dir/err"
	status=$?
}
for shell in dash bash; do
	command -v $shell >/dev/null || continue
	revoke $shell rogue
	exits "$shell: no key" 1
	says "$shell: no key" "usage"
	revoke $shell rogue "$dir/other.key"
	exits "$shell: another key" 1
	says "$shell: another key" "is not the key of entry.pem"
	revoke $shell rogue --account "$dir/other.key"
	exits "$shell: no account" 1
	says "$shell: no account" "no account has this key"
	revoke $shell rogue "$dir/server.pem"
	exits "$shell: no private key" 1
	says "$shell: no private key" "not a private key"
done
is "nothing is revoked" "$(status_of rogue) $(status_of rsa)" \
    "Valid None Valid None"
cd / || exit 1
revoke sh rogue "$dir/rogue.key"
exits "by the certificate's key" 0
is "by the certificate's key" "$(cat "$dir/out"), $(status_of rogue)" \
    "revoked, Revoked 1"
cd - >/dev/null || exit 1
revoke sh rogue "$dir/rogue.key"
exits "once more" 0
is "once more" "$(cat "$dir/out")" "revoked already"
revoke sh rsa --account "$dir/account.key"
exits "by the account" 0
is "by the account" "$(cat "$dir/out"), $(status_of rsa)" "revoked, Revoked 5"

# By an RSA key.
order rsa api.example.com
cp "$dir/rsa.chain" "$dir/report-rsa/entry.pem"
revoke sh rsa "$dir/rsa.key"
exits "by an RSA key" 0
is "by an RSA key" "$(status_of rsa)" "Revoked 1"

# A server that is no ACME server, and none at all.
sed "s|^directory=.*|directory='$management/'|" "$dir/report-rsa/revoke.sh" \
    >"$dir/report-rsa/elsewhere.sh"
sh "$dir/report-rsa/elsewhere.sh" "$dir/rsa.key" 2>"$dir/err" &&
    fail "revoked at no ACME server"
says "no ACME server" "revoke.sh: $management/: status 404"
kill $pebble_pid
wait $pebble_pid 2>/dev/null
background=()
revoke sh rsa "$dir/rsa.key"
exits "no server" 1
says "no server" "the server cannot be reached"
stop_logd || exit 1
exit 0
