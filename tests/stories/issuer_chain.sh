#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# No tree covers the chain beside an entry.  It counts only where its first
# certificate verifies the signature of the logged one, and a chain that does
# replaces one that does not.
. "${top_srcdir:-.}/tests/support/story.sh"

# ca NAME: a CA certificate; issue FILE CA NAME: a certificate of it.
ca() {
	key "$1"
	openssl req -x509 -key "$dir/$1.key" -subj "/CN=Pinned CA" -days 365 \
	    -out "$dir/$1.pem" 2>"$dir/err" &&
	    openssl x509 -in "$dir/$1.pem" -outform DER -out "$dir/$1.der" ||
	    fail "openssl"
}
issue() {
	openssl req -x509 -CA "$dir/$2.pem" -CAkey "$dir/$2.key" \
	    -key "$dir/leaf.key" -subj "/CN=$3" -addext "subjectAltName=DNS:$3" \
	    -addext basicConstraints=CA:FALSE -days 90 -outform DER \
	    -out "$dir/$1.der" 2>"$dir/err" || fail "openssl"
}
# entries LEAF:CHAIN ...: x509_entries of a log, one a line.
entries() {
	python3 - "$dir" "$@" <<'END'
import base64, json, struct, sys
folder = sys.argv[1]
read = lambda name: open("%s/%s.der" % (folder, name), "rb").read()
vector = lambda b: struct.pack(">I", len(b))[1:] + b
b64 = lambda b: base64.b64encode(b).decode()
for i, pair in enumerate(sys.argv[2:]):
    leaf, chain = pair.split(":")
    print(json.dumps({
        "leaf_input": b64(bytes(2) + struct.pack(
            ">QH", 1780000000000 + i, 0) + vector(read(leaf)) + bytes(2)),
        "extra_data": b64(vector(vector(read(chain))))}))
END
}
# about NAME: the rules that the certificate for NAME meets.
about() {
	report '" ".join(f["rule"] for f in j["findings"]
	    if f["rule"] <= "CTW018" and f["status"] != "closed" and
	    f["certificate"]["names"] == ["'"$1"'"])'
}
expected() {
	report '" ".join(sorted(c["names"][0] for c in j["expected"]))'
}

ca good
ca rogue
key leaf
issue bad rogue www.example.com
issue ours good our.example.com
cat >"$dir/pinset.json" <<END
{"format": "ctwatch-pinset/1", "name": "story", "version": 1,
 "keys": [{"id": "ca", "spki": "sha256/$pin_good", "state": "active"}],
 "domains": [{"pattern": "**.example.com", "kind": "ca", "keys": ["ca"]}]}
END
# The log shows the pinned CA beside what another one signed, and another CA
# beside what the pinned one signed.
entries bad:good ours:rogue bad:rogue ours:good >"$dir/log.jsonl"
logd --only rfc6962 --size 2 "$dir/log.jsonl"
run --pinset "$dir/pinset.json"
is "a rogue certificate beside the pinned CA" "$(about www.example.com)" CTW018
# The pinned CA, from the chain of the other entry, did sign this one.
is "a certificate beside a strange CA" "$(about our.example.com)" CTW007
is "expected" "$(expected)" our.example.com
is "issuers" "$(report '{f["certificate"]["issuer_spki_sha256"]
    for f in j["findings"] if f["rule"] == "CTW018"}')" "{None}"

# The true chains come with later entries.
control size=4
run --pinset "$dir/pinset.json"
is "a rogue certificate, its chain" "$(about www.example.com)" CTW001
is "our certificate, its chain" "$(about our.example.com)" CTW007
is "expected, then" "$(expected)" our.example.com
