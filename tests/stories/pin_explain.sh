#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# Wrong pins, made by openssl and coreutils with typical mistakes: explain names
# the mistake and ends with 1; lint --cert refuses every one of them.
. "${top_srcdir:-.}/tests/support/story.sh"

bin=$(realpath "$bin")
cd "$dir" || fail "no folder"
openssl req -x509 -newkey rsa:2048 -nodes -keyout key.pem -out cert.pem \
    -subj /CN=www.example.com -addext subjectAltName=DNS:www.example.com \
    -addext basicConstraints=critical,CA:false 2>/dev/null
openssl req -new -key key.pem -subj /CN=www.example.com -out csr.pem \
    2>/dev/null
openssl pkey -in key.pem -pubout -out pub.pem
openssl pkey -in key.pem -pubout -outform DER -out pub.der
openssl x509 -in cert.pem -outform DER -out cert.der
openssl req -in csr.pem -outform DER -out csr.der
openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes \
    -keyout ca.key -out ca.pem -subj /CN=CA 2>/dev/null
b64() { openssl dgst -sha256 -binary | base64; }
right=$(b64 <pub.der)

# mistake WORDS VALUE [FILE ...]: explain VALUE by the certificate and FILEs.
mistake() {
	words=$1
	value=$2
	shift 2
	set -- cert.pem "$@"
	ctwatch pins explain "${@/#/--cert=}" -- "$value"
	exits "explain: $words ($(cat "$dir/out"))" 1
	grep -qF -- "$words" "$dir/out" || fail "$words: $(cat "$dir/out")"
	printf 'www.example.com sha256/%s\n' "$value" >list
	ctwatch pins lint --format plain --cert cert.pem list
	exits "lint --cert: $words" 1
	grep -q '^PIN18 error   www.example.com: none of its pins is of the given cert' \
	    "$dir/out" || fail "lint of $words: $(cat "$dir/out")"
}

# mistake_of_key WORDS FILE VALUE: a digest of the private key in FILE.
mistake_of_key() {
	ctwatch pins explain --cert cert.pem --private-key "$2" -- "$3"
	exits "explain: $1 ($(cat "$dir/out"))" 1
	grep -qF -- "sha256 of $1, by $2" "$dir/out" ||
	    fail "$1: $(cat "$dir/out")"
}

ctwatch pins explain --cert cert.pem "$right"
exits "the right pin" 0
printf 'www.example.com sha256/%s\n' "$right" >list
ctwatch pins lint --cert cert.pem list
exits "lint of the right pin" 0

mistake "the PEM text of the public key" "$(b64 <pub.pem)"
mistake "with CR LF" "$(sed 's/$/\r/' pub.pem | b64)"
mistake "the lines between BEGIN and END of the public key" \
    "$(sed /-----/d pub.pem | b64)"
mistake "the base64 text of the public key" "$(base64 -w0 pub.der | b64)"
mistake "the hexadecimal text of the public key" \
    "$(od -An -v -tx1 pub.der | tr -d ' \n' | b64)"
mistake "hashed again" "$(openssl dgst -sha256 -binary pub.der | b64)"
mistake "with a newline after it" "$( (cat pub.der && echo) | b64)"
mistake "what openssl -modulus prints" \
    "$(openssl x509 -in cert.pem -noout -modulus | b64)"
mistake "the modulus in hexadecimal" \
    "$(openssl x509 -in cert.pem -noout -modulus | cut -d= -f2 | b64)"
mistake "the bare key" "$(openssl rsa -in key.pem -RSAPublicKey_out \
    -outform DER 2>/dev/null | b64)"
mistake "in SSH encoding" "$(ssh-keygen -i -m PKCS8 -f pub.pem |
    cut -d' ' -f2 | base64 -d | b64)"
mistake "the whole certificate (DER)" "$(b64 <cert.der)"
mistake "the PEM text of the whole certificate" "$(b64 <cert.pem)"
mistake "the certificate request (DER)" "$(b64 <csr.der)" csr.pem
for form in "PKCS #8:topk8" "PKCS #1:traditional"; do
	case $form in
	*topk8) openssl pkcs8 -topk8 -nocrypt -in key.pem -outform DER ;;
	*) openssl rsa -in key.pem -traditional -outform DER 2>/dev/null ;;
	esac >private.der
	mistake_of_key "the private key in ${form%:*} (DER)" key.pem \
	    "$(b64 <private.der)"
	mistake_of_key "the private key in ${form%:*} (DER)" private.der \
	    "$(b64 <private.der)"
done
{ echo "Bag Attributes" && cat key.pem; } >odd.pem
mistake_of_key "the private key's file" odd.pem "$(b64 <odd.pem)"
openssl ecparam -name prime256v1 -genkey -noout -out ec.pem
openssl ec -in ec.pem -outform DER -out sec1.der 2>/dev/null
mistake_of_key "the private key in SEC 1 (DER)" ec.pem "$(b64 <sec1.der)"
openssl pkcs8 -topk8 -nocrypt -in ec.pem -out ec8.pem
mistake_of_key "the PEM text of the private key in PKCS #8" ec.pem \
    "$(b64 <ec8.pem)"
mistake "the fingerprint of an SSH key" \
    "$(ssh-keygen -l -E sha256 -f <(ssh-keygen -i -m PKCS8 -f pub.pem) |
        cut -d' ' -f2)"
mistake "use openssl dgst with -binary" \
    "$(openssl dgst -sha256 -r pub.der | cut -d' ' -f1 | base64 -w0)"
mistake "use openssl dgst with -binary" \
    "$(openssl dgst -sha256 pub.der | base64 -w0)"
mistake "percent-encoded" "$(printf %s "$right" |
    sed 's/=/%3D/; s,/,%2F,g; s/+/%2B/g')"
mistake "a placeholder" "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA="
mistake "of empty input" "$(b64 </dev/null)"
# An unknown key; and a CA's, which only its certificate identifies.
mistake "also give the chain with --cert" "$(openssl rand 32 | base64)"
ca=$(openssl x509 -in ca.pem -noout -pubkey |
    openssl pkey -pubin -outform DER | b64)
mistake "also give the chain with --cert" "$ca"
ctwatch pins explain --cert cert.pem --cert ca.pem "$ca"
exits "a CA's pin, with the chain" 0
printf 'www.example.com sha256/%s\n' "$ca" >list
ctwatch pins lint --cert cert.pem --cert ca.pem list
exits "lint of a CA's pin, with the chain" 0
printf 'other.example.net sha256/%s\n' "$ca" >list
ctwatch pins lint --cert cert.pem list
exits "lint of another host" 0

# ---- keys on a curve: the point and what is made of it ----
openssl req -x509 -key ec.pem -out cert.pem -subj /CN=www.example.com \
    -addext subjectAltName=DNS:www.example.com 2>/dev/null
openssl pkey -in ec.pem -pubout -outform DER -out pub.der
openssl ec -in ec.pem -pubout -conv_form compressed -outform DER \
    -out small.der 2>/dev/null
mistake "the SPKI with a compressed point" "$(b64 <small.der)"
mistake "the compressed point" "$(tail -c 33 small.der | b64)"
mistake "the bare X and Y of the point" "$(tail -c 64 pub.der | b64)"
mistake "the bare key" "$(tail -c 65 pub.der | b64)"
openssl req -x509 -key key.pem -out cert.pem -subj /CN=www.example.com \
    -addext subjectAltName=DNS:www.example.com 2>/dev/null

# The pinset itself is judged by certificates too.
cat >pinset.json <<END
{"format": "ctwatch-pinset/1", "name": "x", "version": 1,
 "policy": {"min_pins": 1},
 "keys": [{"id": "web", "spki": "sha256/$(b64 <cert.der)", "state": "active"}],
 "domains": [{"pattern": "**.example.com", "keys": ["web"]}]}
END
ctwatch pins lint --pinset pinset.json --cert cert.pem
exits "a pinset that would lock out" 1
grep -q '^PIN18 error   \*\*.example.com' "$dir/out" || fail "$(cat "$dir/out")"
sed -i "s,\"sha256/[^\"]*\",\"sha256/$right\"," pinset.json
ctwatch pins lint --pinset pinset.json --cert cert.pem
exits "a pinset that fits" 0
