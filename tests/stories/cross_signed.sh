#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# A CA is cross-signed by two roots, and the pinset has the one that the logged
# chain of a certificate does not reach.  The certificate is CTW001 until the
# chain of another one shows that the pinned root signed the CA as well.
. "${top_srcdir:-.}/tests/support/story.sh"
. "${top_srcdir:-.}/tests/support/ca_story.sh"

# cross FILE ROOT: the CA certificate of "sub" by a root.
cross() {
	openssl req -x509 -CA "$dir/$2.pem" -CAkey "$dir/$2.key" \
	    -key "$dir/sub.key" -subj "/CN=Sub CA" -days 300 \
	    -addext basicConstraints=critical,CA:TRUE \
	    -out "$dir/$1.pem" 2>"$dir/err" &&
	    openssl x509 -in "$dir/$1.pem" -outform DER -out "$dir/$1.der" ||
	    fail "openssl"
}
ca a "/CN=Root a"
ca b "/CN=Root b"
key other
key sub
cross sub-a a
cross sub-b b
cp "$dir/sub.key" "$dir/sub-b.key"
for name in www api; do
	key $name
done
issue www sub-b www www.example.com
issue api sub-b api api.example.org
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
entries www:sub-b,b api:sub-a,a >"$dir/log.jsonl"
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
