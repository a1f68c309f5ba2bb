#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# A CA is cross-signed by two roots, and the pinset has the one that the logged
# chain of a certificate does not reach.  The certificate is an alarm until the
# chain of another one shows that the pinned root signed the CA as well.
. "${top_srcdir:-.}/tests/support/story.sh"

# root NAME; cross FILE ROOT: the CA certificate of "sub" by a root.
root() {
	key "$1"
	openssl req -x509 -key "$dir/$1.key" -subj "/CN=Root $1" -days 365 \
	    -out "$dir/$1.pem" 2>"$dir/err" &&
	    openssl x509 -in "$dir/$1.pem" -outform DER -out "$dir/$1.der" ||
	    fail "openssl"
}
cross() {
	openssl req -x509 -CA "$dir/$2.pem" -CAkey "$dir/$2.key" \
	    -key "$dir/sub.key" -subj "/CN=Sub CA" -days 300 \
	    -addext basicConstraints=critical,CA:TRUE \
	    -out "$dir/$1.pem" 2>"$dir/err" &&
	    openssl x509 -in "$dir/$1.pem" -outform DER -out "$dir/$1.der" ||
	    fail "openssl"
}
issue() {
	key "$1"
	openssl req -x509 -CA "$dir/sub-b.pem" -CAkey "$dir/sub.key" \
	    -key "$dir/$1.key" -subj "/CN=$2" -addext "subjectAltName=DNS:$2" \
	    -addext basicConstraints=CA:FALSE -days 90 -outform DER \
	    -out "$dir/$1.der" 2>"$dir/err" || fail "openssl"
}
root a
root b
root other
key sub
cross sub-a a
cross sub-b b
issue www www.example.com
issue api api.example.org
openssl verify -CAfile "$dir/a.pem" -untrusted "$dir/sub-a.pem" \
    <(openssl x509 -in "$dir/www.der" -inform DER) >/dev/null ||
    fail "www is not below root A"
# The second certificate is of a domain of which only the name is watched.
cat >"$dir/pinset.json" <<END
{"format": "ctwatch-pinset/1", "name": "story", "version": 1,
 "keys": [{"id": "root-a", "spki": "sha256/$pin_a", "state": "active"},
          {"id": "other", "spki": "sha256/$pin_other", "state": "backup"}],
 "domains": [{"pattern": "**.example.com", "kind": "ca",
              "keys": ["root-a", "other"]}]}
END
python3 - "$dir" www:sub-b,b api:sub-a,a >"$dir/log.jsonl" <<'END'
import base64, json, struct, sys
read = lambda name: open("%s/%s.der" % (sys.argv[1], name), "rb").read()
vector = lambda b: struct.pack(">I", len(b))[1:] + b
b64 = lambda b: base64.b64encode(b).decode()
for i, entry in enumerate(sys.argv[2:]):
    leaf, chain = entry.split(":")
    print(json.dumps({
        "leaf_input": b64(bytes(2) + struct.pack(
            ">QH", 1780000000000 + i, 0) + vector(read(leaf)) + bytes(2)),
        "extra_data": b64(vector(b"".join(
            vector(read(name)) for name in chain.split(","))))}))
END
# look: a run, and the findings about the first certificate's key.
look() {
	run --state "$dir/state-$kind" --pinset "$dir/pinset.json" \
	    --watch .example.org --fail-on high
	ctwatch_status=$status
	ctwatch findings --state "$dir/state-$kind" --status all --format json
	about=$(json "$dir/out" '"; ".join(sorted(
	    f["rule"] + " " + f["status"] +
	    (" " + f["reason"] if f["status"] == "closed" else "")
	    for f in j["findings"] if f["rule"] <= "CTW018" and
	    f["certificate"]["names"] == ["www.example.com"]))')
	status=$ctwatch_status
}
for kind in rfc6962 static; do
	logd --only $kind --size 1 "$dir/log.jsonl"
	look
	exits "$kind: root B" 1
	is "$kind: root B" "$about" "CTW001 new"
	look
	is "$kind: root B, again" "$about" "CTW001 open"
	control size=2
	look
	exits "$kind: root A" 0
	is "$kind: root A" "$about" \
	    "CTW001 closed below a pinned CA by another path; CTW007 new"
	look
	is "$kind: root A, again" "$about" \
	    "CTW001 closed below a pinned CA by another path; CTW007 open"
	ctwatch report --state "$dir/state-$kind" --format json
	is "$kind: expected" "$(report '[c["names"] for c in j["expected"]]')" \
	    "[['www.example.com']]"
	stop_logd || exit 1
done
