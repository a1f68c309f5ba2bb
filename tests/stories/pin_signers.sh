#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# Approvers' keys of every kind: encrypted RSA in PEM, OpenSSH keys and security
# keys, tokens (PKCS #11); each pair of two people puts a version in place.
. "${top_srcdir:-.}/tests/support/story.sh"
. "${top_srcdir:-.}/tests/support/pin_story.sh"

command -v ssh-keygen >/dev/null || skip "no ssh-keygen"
version() { json "$dir/pinset.json" "j['version']"; }
public() { openssl pkey "$@" -pubout -outform DER | base64 -w0; }
# propose: a new version with another note; sets $id, and $dir/note.
propose() {
	python3 - "$dir/pinset.json" >"$dir/edit.json" <<'END'
import json, sys
j = json.load(open(sys.argv[1]))
j["note"] = j.get("note", "") + "x"
print(json.dumps(j))
END
	pins propose --edit "$dir/edit.json" --reason next --by dave
	exits "propose" 0
	id=$(sed -n 's/^proposal \([0-9a-f]*\),.*/\1/p' "$dir/out")
	pins approve --print "$id"
	exits "print" 0
	cp "$dir/out" "$dir/note"
}
# elsewhere NAME FILE: the signature in FILE is NAME's.
elsewhere() {
	pins approve --signature "$2" --name "$1" "$id"
	exits "$1" 0
}
# refused NAME FILE
refused() {
	pins approve --signature "$2" --name "$1" "$id"
	exits "$1, refused" 64
	says "$1, refused" "does not verify with that key"
}
activate() {
	local before
	before=$(version)
	pins activate "$id"
	exits "$1" 0
	is "$1" "$(version)" $((before + 1))
	pins timeline
	exits "$1: timeline" 0
}

for k in old spare; do key $k; done
openssl genpkey -algorithm RSA -pkeyopt rsa_keygen_bits:2048 -aes256 \
    -pass pass:secret -out "$dir/rsa.key" 2>"$dir/err" || fail "openssl"
echo secret >"$dir/passphrase"
echo wrong >"$dir/wrong"
openssl genpkey -algorithm ed25519 -out "$dir/ed.key"
openssl ecparam -name secp384r1 -genkey -noout -out "$dir/ec.key"
for t in ed25519 ecdsa rsa; do
	ssh-keygen -q -t $t -N '' -C '' -f "$dir/ssh-$t" || fail "ssh-keygen"
done
names="\"rsa\": \"$(public -in "$dir/rsa.key" -passin pass:secret)\",
 \"ed\": \"$(public -in "$dir/ed.key")\", \"ec\": \"$(public -in "$dir/ec.key")\",
 \"ssh-ed25519\": \"$(cat "$dir/ssh-ed25519.pub")\",
 \"ssh-ecdsa\": \"$(cat "$dir/ssh-ecdsa.pub")\",
 \"ssh-rsa\": \"$(cat "$dir/ssh-rsa.pub")\""

# A security key: ssh-keygen judges what is made here as PROTOCOL.u2f says.
sk=$src/tests/support/sk_sign.py
python3 -c 'import cryptography' 2>/dev/null || sk=
if [ -n "$sk" ]; then
	for t in ed25519 ecdsa; do
		python3 "$sk" $t "$dir/sk-$t" key || fail "sk_sign.py"
		names="$names, \"sk-$t\": \"$(cat "$dir/sk-$t.pub")\""
	done
fi

module=
for m in /usr/lib/softhsm/libsofthsm2.so \
    /usr/lib/*-linux-gnu/softhsm/libsofthsm2.so; do
	[ -e "$m" ] && module=$m
done
if [ -n "$module" ] && command -v pkcs11-tool softhsm2-util >/dev/null; then
	mkdir "$dir/tokens"
	export SOFTHSM2_CONF=$dir/softhsm2.conf
	printf 'directories.tokendir = %s\nobjectstore.backend = file\n' \
	    "$dir/tokens" >"$SOFTHSM2_CONF"
	softhsm2-util --init-token --free --label story --pin 1234 \
	    --so-pin 1234 >"$dir/out" 2>&1 || fail "$(cat "$dir/out")"
	token() {
		pkcs11-tool --module "$module" --login --pin 1234 "$@" \
		    >"$dir/out" 2>&1 || fail "pkcs11-tool: $(cat "$dir/out")"
	}
	token --keypairgen --key-type EC:prime256v1 --id 01 --label ec
	token --keypairgen --key-type rsa:2048 --id 02 --label rsa
	token --read-object --type pubkey --id 01 -o "$dir/hsm-ec.der"
	token --read-object --type pubkey --id 02 -o "$dir/hsm-rsa.der"
	for t in ec rsa; do
		names="$names, \"hsm-$t\": \"$(base64 -w0 <"$dir/hsm-$t.der")\""
	done
else
	module=
	echo "not tried: no softhsm2 or pkcs11-tool here, so no token"
fi

two_keys
trusted_keys "$names"

# ---- keys in PEM ----
propose
pins approve --key "$dir/rsa.key" --passphrase-file "$dir/wrong" "$id"
exits "the wrong passphrase" 64
says "the wrong passphrase" "wrong passphrase"
pins approve --key "$dir/rsa.key" --passphrase-file "$dir/passphrase" "$id"
exits "RSA, encrypted" 0
pins approve --key "$dir/ed.key" "$id"
exits "Ed25519" 0
activate "PEM"
pins approve --key "$dir/ssh-ed25519" "$id"
says "an OpenSSH private key" "ssh-keygen -Y sign -n ctwatch-pinset"

# unknown FROM TO: a signature of ssh-ed25519 whose digest or kind of key, FROM,
# is called TO, which ctwatch does not know.
unknown() {
	python3 - "$dir/ed25519.sig" "$1" "$2" >"$dir/odd.sig" <<'END'
import base64, sys, textwrap
begin, *lines, end = open(sys.argv[1]).read().split("\n")[:-1]
sig = base64.b64decode("".join(lines))
assert sys.argv[2].encode() in sig
sig = sig.replace(sys.argv[2].encode(), sys.argv[3].encode())
print(begin, *textwrap.wrap(base64.b64encode(sig).decode(), 70), end, sep="\n")
END
	pins approve --signature "$dir/odd.sig" --name ssh-ed25519 "$id"
	exits "an SSH signature with $2" 64
	says "an SSH signature with $2" "cannot be verified here"
}

# ---- OpenSSH ----
propose
for t in ed25519 ecdsa rsa; do
	ssh-keygen -q -Y sign -n file -f "$dir/ssh-$t" <"$dir/note" \
	    >"$dir/other.sig" 2>"$dir/err"
	refused ssh-$t "$dir/other.sig"
	ssh-keygen -q -Y sign -n ctwatch-pinset -f "$dir/ssh-$t" \
	    <"$dir/note" >"$dir/$t.sig" 2>"$dir/err"
	refused rsa "$dir/$t.sig"
	if [ $t = ed25519 ]; then
		unknown sha512 sha999
		unknown ssh-ed25519 ssh-ed99999
	fi
	elsewhere ssh-$t "$dir/$t.sig"
done
activate "OpenSSH"

# ---- security keys ----
if [ -n "$sk" ]; then
	propose
	for t in ed25519 ecdsa; do
		python3 "$sk" $t "$dir/sk-$t" sign <"$dir/note" >"$dir/sk.sig"
		echo "me $(cat "$dir/sk-$t.pub")" >"$dir/allowed"
		ssh-keygen -q -Y verify -f "$dir/allowed" -I me \
		    -n ctwatch-pinset -s "$dir/sk.sig" <"$dir/note" ||
		    fail "ssh-keygen does not take what sk_sign.py makes"
		elsewhere sk-$t "$dir/sk.sig"
	done
	activate "security keys"
fi

# ---- raw and base64 ----
propose
openssl dgst -sha256 -sign "$dir/ec.key" -out "$dir/ec.sig" "$dir/note"
base64 <"$dir/ec.sig" >"$dir/ec.b64"
elsewhere ec "$dir/ec.b64"
openssl pkeyutl -sign -rawin -in "$dir/note" -inkey "$dir/ed.key" \
    -out "$dir/ed.sig" || fail "openssl"
elsewhere ed "$dir/ed.sig"
activate "base64"

# ---- a token ----
[ -n "$module" ] || exit 0
propose
openssl dgst -sha256 -binary "$dir/note" >"$dir/digest"
token --sign --mechanism ECDSA --id 01 -i "$dir/digest" -o "$dir/ec.raw"
is "r and s" "$(wc -c <"$dir/ec.raw")" 64
elsewhere hsm-ec "$dir/ec.raw"
token --sign --mechanism SHA256-RSA-PKCS --id 02 -i "$dir/note" \
    -o "$dir/rsa.raw"
elsewhere hsm-rsa "$dir/rsa.raw"
activate "a token"
