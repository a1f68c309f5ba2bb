#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# No tree covers the chain beside an entry.  It counts only where its first
# certificate verifies the signature of the logged one, and a chain that does
# replaces one that does not.
. "${top_srcdir:-.}/tests/support/story.sh"
. "${top_srcdir:-.}/tests/support/ca_story.sh"

# about NAME: the rules that the certificate for NAME meets.
about() {
	report '" ".join(f["rule"] for f in j["findings"]
	    if f["rule"] <= "CTW018" and f["status"] != "closed" and
	    f["certificate"]["names"] == ["'"$1"'"])'
}
expected() {
	report '" ".join(sorted(c["names"][0] for c in j["expected"]))'
}

ca good "/CN=Pinned CA"
ca rogue "/CN=Pinned CA"
key leaf
issue bad rogue leaf www.example.com
issue ours good leaf our.example.com
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
