# SPDX-License-Identifier: Apache-2.0
# Revoke the certificate in entry.pem at the ACME server $directory (RFC 8555,
# 7.6).  Needs curl, openssl and the POSIX utilities.
#
#   sh revoke.sh KEY.pem            the certificate's own private key: the CA
#                                   then records its compromise
#   sh revoke.sh --account KEY.pem  the key of an ACME account of yours that is
#                                   authorized for every name in the certificate:
#                                   validate them first (certbot certonly,
#                                   acme.sh --issue, lego run).  If one of them
#                                   is not yours, send mail.txt instead.
set -u
fail() {
	echo "revoke.sh: $*" >&2
	exit 1
}
usage() { fail "usage: sh revoke.sh [--account] KEY.pem"; }
account=
[ "${1-}" != --account ] || { account=yes && shift; }
[ $# -eq 1 ] && [ -f "$1" ] || usage
key=$(cd "$(dirname "$1")" && pwd)/$(basename "$1")
cd "$(dirname "$0")" && t=$(mktemp -d) || exit 1
trap 'rm -rf "$t"' EXIT

b64() { openssl base64 -A | tr '+/' '-_' | tr -d '='; }
binary() { # HEX: its bytes
	openssl asn1parse -genstr "FORMAT:HEX,OCTETSTRING:$1" -noout \
	    -out "$t/octets" && tail -c $((${#1} / 2)) "$t/octets"
}
part() { dd if="$1" bs="$2" skip="$3" count=1 2>/dev/null; }
member() { # NAME FILE: a text member of JSON that is unique in it
	tr -d '\n' <"$2" | sed -n "s/.*\"$1\"[ ]*:[ ]*\"\([^\"]*\)\".*/\1/p"
}
header() { # name in lower case, of the last answer
	tr -d '\r' <"$t/headers" | awk -v name="$1:" \
	    'tolower($1) == name { v = $2 } END { print v }'
}
ask() { # CURL ARGUMENTS: sets $status; the answer is in $t/answer
	status=$(curl -sS -D "$t/headers" -o "$t/answer" -w '%{http_code}' \
	    "$@") || fail "the server cannot be reached"
}

# The key as JWK (RFC 7517), its algorithm, and how it signs.
openssl pkey -in "$key" -pubout -outform DER -out "$t/spki" 2>"$t/err" ||
	fail "$key: not a private key in PEM: $(cat "$t/err")"
kind=$(openssl pkey -in "$key" -noout -text_pub 2>/dev/null)
digest=sha256 size=0
case $kind in
*prime256v1*) alg=ES256 crv=P-256 size=32 ;;
*secp384r1*) alg=ES384 crv=P-384 size=48 digest=sha384 ;;
*Modulus:*) alg=RS256 ;;
*) fail "$key: only RSA, P-256 and P-384 keys sign for ACME here" ;;
esac
if [ $size -gt 0 ]; then
	tail -c $((2 * size)) "$t/spki" >"$t/point"
	jwk="{\"crv\":\"$crv\",\"kty\":\"EC\",\"x\":\"$(part "$t/point" $size 0 |
	    b64)\",\"y\":\"$(part "$t/point" $size 1 | b64)\"}"
else
	n=$(openssl rsa -pubin -inform DER -in "$t/spki" -noout -modulus)
	e=$(printf '%s\n' "$kind" | sed -n 's/^Exponent:.*(0x\(.*\))/\1/p')
	[ $((${#e} % 2)) -eq 0 ] || e=0$e
	jwk="{\"e\":\"$(binary "$e" | b64)\",\"kty\":\"RSA\",\"n\":\"$(
	    binary "${n#*=}" | b64)\"}"
fi
if [ -z "$account" ]; then
	openssl x509 -in entry.pem -noout -pubkey | openssl pkey -pubin \
	    -outform DER 2>/dev/null | cmp -s - "$t/spki" ||
		fail "$key is not the key of entry.pem"
fi

sign() { # FILE: its signature as JWS has it (RFC 7518, 3.4)
	openssl dgst -$digest -sign "$key" -out "$t/signature" "$1" || exit 1
	if [ $size -eq 0 ]; then
		cat "$t/signature"
		return
	fi
	binary "$(openssl asn1parse -inform DER -in "$t/signature" |
	    sed -n 's/.*INTEGER *://p' | while read -r number; do
		printf "%$((2 * size))s" "$number" | tr ' ' 0
	done)"
}
post() { # URL IDENTITY PAYLOAD
	for try in 1 2 3; do
		ask -I "$new_nonce"
		protected=$(printf '{"alg":"%s","nonce":"%s","url":"%s",%s}' \
		    "$alg" "$(header replay-nonce)" "$1" "$2" | b64)
		payload=$(printf %s "$3" | b64)
		printf '%s.%s' "$protected" "$payload" >"$t/signed"
		printf '{"protected":"%s","payload":"%s","signature":"%s"}' \
		    "$protected" "$payload" "$(sign "$t/signed" | b64)" \
		    >"$t/request"
		ask -H 'Content-Type: application/jose+json' \
		    --data-binary "@$t/request" "$1"
		case $(member type "$t/answer") in
		*:badNonce) ;;
		*) return ;;
		esac
	done
}

ask "$directory"
[ "$status" = 200 ] || fail "$directory: status $status"
new_nonce=$(member newNonce "$t/answer")
new_account=$(member newAccount "$t/answer")
revoke_cert=$(member revokeCert "$t/answer")
[ -n "$new_nonce" ] && [ -n "$new_account" ] && [ -n "$revoke_cert" ] ||
	fail "$directory: not an ACME directory"
identity="\"jwk\":$jwk" reason=1
if [ -n "$account" ]; then
	post "$new_account" "$identity" '{"onlyReturnExisting":true}'
	[ "$status" = 200 ] || fail "no account has this key: $(cat "$t/answer")"
	identity="\"kid\":\"$(header location)\"" reason=5
fi
post "$revoke_cert" "$identity" "{\"certificate\":\"$(openssl x509 \
    -in entry.pem -outform DER | b64)\",\"reason\":$reason}"
case $status:$(member type "$t/answer") in
200:*) echo "revoked" ;;
*:alreadyRevoked) echo "revoked already" ;;
*) fail "status $status: $(cat "$t/answer")" ;;
esac
