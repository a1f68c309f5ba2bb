#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# A log hashes the TBSCertificate of an entry, and serves the precertificate
# beside it.  One that has a watched name which the entry has not is CTW039, in
# logs of both protocols.
. "${top_srcdir:-.}/tests/support/story.sh"
. "${top_srcdir:-.}/tests/support/ca_story.sh"

ca ca "/CN=Story CA"
# precert FILE NAME: a precertificate, with a poison among its extensions.
precert() {
	key "$1"
	issue "$1" ca "$1" "$2" \
	    -addext 1.3.6.1.4.1.11129.2.4.3=critical,ASN1:NULL
}
precert other www.example.net
precert ours www.example.com
precert third www.example.org
precert api api.example.com
precert shop shop.example.com
# LEAF:PRECERT ...: the leaf is made of a precertificate as RFC 6962, 3.2, has
# it; cut: extra_data whose chain does not parse.  The leaf of the last entry is
# that of the one before, whose precertificate fits.
python3 - "$dir" other:other other:ours third:other third:api:cut \
    ours:ours ours:shop >"$dir/log.jsonl" <<'END'
import base64, hashlib, json, struct, sys
read = lambda name: open("%s/%s.der" % (sys.argv[1], name), "rb").read()
vector = lambda b: struct.pack(">I", len(b))[1:] + b
b64 = lambda b: base64.b64encode(b).decode()
POISON = bytes.fromhex("3013060a2b06010401d6790204030101ff04020500")

def take(b):
    """The tag and contents of the first element, and what follows it."""
    n, at = b[1], 2
    if n >= 0x80:
        at += n & 0x7f
        n = int.from_bytes(b[2:at], "big")
    return b[0], b[at:at + n], b[at + n:]

def put(tag, b):
    n = len(b)
    if n < 0x80:
        return bytes([tag, n]) + b
    size = n.to_bytes((n.bit_length() + 7) // 8, "big")
    return bytes([tag, 0x80 | len(size)]) + size + b

def leaf(der):
    _, rest, _ = take(take(der)[1])
    out = b""
    while rest:
        tag, body, rest = take(rest)
        if tag == 0xa3:
            _, extensions, _ = take(body)
            assert extensions.count(POISON) == 1
            body = put(0x30, extensions.replace(POISON, b""))
        out += put(tag, body)
    return put(0x30, out)

ca = read("ca")
_, fields, _ = take(take(ca)[1])
for _ in range(6):
    whole = fields
    _, _, fields = take(fields)
# [0], serial, signature, issuer, validity, subject are behind us.
_, spki, rest = take(fields)
key_hash = hashlib.sha256(put(0x30, spki)).digest()
for i, entry in enumerate(sys.argv[2:]):
    name, precert, *how = entry.split(":")
    chain = vector(vector(ca))
    print(json.dumps({
        "leaf_input": b64(bytes(2) + struct.pack(">QH", 1780000000000 + i, 1) +
                          key_hash + vector(leaf(read(name))) + bytes(2)),
        "extra_data": b64(vector(read(precert)) +
                          (chain[:-1] if how else chain))}))
END
met() {
	report 'sorted((f["rule"], f["matched_names"][0],
	    f["sightings"][0]["index"]) for f in j["findings"]
	    if f["rule"] in ("CTW000", "CTW039"))'
}
notes() {
	report 'sorted({n for f in j["findings"] if f["rule"] == "CTW000"
	    for n in f["notes"]})'
}

# A tile names issuers by digest: its chain cannot be cut.
for kind in rfc6962 static; do
	size=6
	[ $kind = rfc6962 ] || sed -i 4d "$dir/log.jsonl"
	[ $kind = rfc6962 ] || size=5
	logd --only $kind --size $size "$dir/log.jsonl"
	run --state "$dir/state-$kind" --watch .example.com
	exits "$kind" 1
	if [ $kind = rfc6962 ]; then
		is "$kind" "$(met)" "[('CTW000', 'www.example.com', 4), \
('CTW039', 'api.example.com', 3), ('CTW039', 'shop.example.com', 4), \
('CTW039', 'www.example.com', 1)]"
	else
		is "$kind" "$(met)" "[('CTW000', 'www.example.com', 3), \
('CTW039', 'shop.example.com', 3), ('CTW039', 'www.example.com', 1)]"
	fi
	is "$kind: the leaf of both" "$(notes)" "['a log serves a precertificate \
with it that does not match its leaf']"
	run --state "$dir/state-$kind" --watch .example.com
	is "$kind: again" "$(report '{f["status"] for f in j["findings"]}')" \
	    "{'open'}"
	id=$(report "[f['id'] for f in j['findings'] if f['rule'] == 'CTW039'
	    and f['sightings'][0]['index'] == $((size - 2))][0]")
	ctwatch evidence --state "$dir/state-$kind" --format tar \
	    --output "$dir/$kind.tar" "$id"
	exits "$kind: evidence" 0
	tar -xOf "$dir/$kind.tar" --wildcards '*/other-precert-0.der' |
	    cmp - "$dir/shop.der" || fail "$kind: no evidence"
	stop_logd || exit 1
done
