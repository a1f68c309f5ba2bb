#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# A name counts once, whether it is common name, alternative name or both, in
# whatever letter case, and however many watched items it matches.
. "${top_srcdir:-.}/tests/support/story.sh"

key rogue
cert 1-both rogue www.example.com
# names FILE CN SAN: a certificate with these names.
names() {
	openssl req -x509 -CA "$dir/ca.pem" -CAkey "$dir/ca.key" \
	    -key "$dir/rogue.key" -subj "/CN=$2" -addext "subjectAltName=$3" \
	    -addext basicConstraints=CA:FALSE -days 90 -outform DER \
	    -out "$dir/certs/$1.der" 2>"$dir/err" || fail "openssl: $1"
}
names 2-case WWW.Example.COM DNS:www.example.com
names 3-dot www.example.com DNS:www.example.com.
names 4-three www.example.com DNS:www.example.com,DNS:api.example.com,DNS:b.example.com
logd --only rfc6962 --size 4 "$dir/certs"
run --watch .example.com --watch www.example.com --watch '*.example.com'
exits "run" 1
counts=$(report '" ".join("%d/%d" % (len(f["matched_names"]), f["matched_count"])
    for n in range(4) for f in j["findings"]
    if f["rule"] == "CTW000" and f["sightings"][0]["index"] == n)')
is "names listed and counted, by entry" "$counts" "1/1 1/1 1/1 3/3"
is "messages with more names" "$(report 'sorted(f["message"].split(":")[0].split()[2]
    for f in j["findings"] if f["rule"] == "CTW000" and " more:" in f["message"]
    and f["sightings"][0]["index"] in (0, 1, 3))')" "['2']"
