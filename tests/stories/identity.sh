#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# Entries with the same TBS hash are one certificate.  Only the leaf is
# authenticated: data beside it that is malformed, missing or of another entry
# is reported, and hides no finding.
. "${top_srcdir:-.}/tests/support/story.sh"

python3 - "$dir/in.jsonl" <<'EOF' || fail "no entries"
import base64, hashlib, json, struct, sys
def tlv(tag, *parts):
    body = b''.join(parts)
    n = len(body)
    size = n.to_bytes((n.bit_length() + 7) // 8, 'big')
    return (bytes([tag, n]) if n < 128 else
            bytes([tag, 0x80 | len(size)]) + size) + body
def oid(text):
    return b'\6' + bytes([len(text) // 2]) + bytes.fromhex(text)
def seq(*parts):
    return tlv(0x30, *parts)
def name(cn):
    return seq(tlv(0x31, seq(oid('550403'), tlv(12, cn))))
def key(n):
    return seq(seq(oid('2a864886f70d010101'), b'\5\0'),
               tlv(3, b'\0', seq(tlv(2, n * 64), b'\2\1\3')))
def tbs(host, more=b'', serial=b'\x11', issuer=b'CA', spki=key(b'k')):
    san = seq(oid('551d11'), tlv(4, seq(tlv(0x82, host))))
    return seq(b'\xa0\3\2\1\2', tlv(2, serial), seq(oid('2a03')),
               name(issuer), seq(tlv(23, b'260101000000Z'),
                                 tlv(24, b'20990101000000Z')), seq(), spki,
               tlv(0xa3, seq(san, more)))
def cert(t):
    return seq(t, seq(oid('2a03')), tlv(3, b'\0sig'))
def vec(b):
    return len(b).to_bytes(3, 'big') + b
CT = '2b06010401d6790204'
poison = seq(oid(CT + '03'), b'\1\1\xff', tlv(4, b'\5\0'))
scts = seq(oid(CT + '02'), tlv(4, tlv(4, b'\0\0')))
usage = seq(oid('551d25'), tlv(4, seq(oid(CT + '04'))))
ca_key, signer_key = key(b'c'), key(b's')
ca = cert(tbs(b'ca.test', spki=ca_key))
signer = cert(tbs(b'signer.test', usage, spki=signer_key))
def write(f, kind, c, extra):
    leaf = b'\0\0' + struct.pack('>QH', 1790000000000, kind)
    if kind:
        leaf += hashlib.sha256(ca_key).digest()
    leaf += vec(c) + b'\0\0'
    f.write(json.dumps({'leaf_input': base64.b64encode(leaf).decode(),
                        'extra_data': base64.b64encode(extra).decode()})
            + '\n')
def precert(f, host, pre, chain):
    write(f, 1, tbs(host), vec(pre) + vec(b''.join(map(vec, chain))))
with open(sys.argv[1], 'w') as f:
    # 0 and 1: a precertificate and its final certificate
    host = b'one.example.com'
    precert(f, host, cert(tbs(host, poison)), [ca])
    write(f, 0, cert(tbs(host, scts)), vec(vec(ca)))
    # 2: another key under the same serial number and issuer
    write(f, 0, cert(tbs(host, scts, spki=key(b'x'))), vec(vec(ca)))
    # 3: extra_data that does not parse; 4: none at all
    write(f, 1, tbs(b'broken.example.com'), b'\0\xff\xff')
    write(f, 1, tbs(b'absent.example.com'), b'')
    # 5: the precertificate of another certificate
    precert(f, b'other.example.com', cert(tbs(b'x.test', poison)), [ca])
    # 6: one by a precertificate signing CA; 7: the same key without its right
    host = b'signer.example.com'
    precert(f, host, cert(tbs(host, poison, issuer=b'Signer')), [signer, ca])
    host = b'unfit.example.com'
    precert(f, host, cert(tbs(host, poison, issuer=b'Signer')),
            [cert(tbs(b'signer.test', spki=signer_key)), ca])
    # 8: a chain that does not begin with the issuer; 9: no chain
    host = b'chain.example.com'
    precert(f, host, cert(tbs(host, poison)), [cert(tbs(b'z.test'))])
    host = b'bare.example.com'
    precert(f, host, cert(tbs(host, poison)), [])
    # 10: poison in a final certificate; 11: an SCT list in a precertificate
    write(f, 0, cert(tbs(b'poisoned.example.com', poison)), vec(vec(ca)))
    write(f, 1, tbs(b'scts.example.com', scts), vec(cert(
        tbs(b'scts.example.com', poison + scts))) + vec(vec(ca)))
    # 12 to 14: poison that is not critical, is no NULL, is there twice
    lax = seq(oid(CT + '03'), tlv(4, b'\5\0'))
    odd = seq(oid(CT + '03'), b'\1\1\xff', tlv(4, b'poison'))
    for host, bad in ((b'lax.example.com', lax), (b'odd.example.com', odd),
                      (b'twice.example.com', poison + poison)):
        precert(f, host, cert(tbs(host, bad)), [ca])
    # 15: the same in a leaf, which must not have any
    write(f, 1, tbs(b'inside.example.com', odd), vec(cert(
        tbs(b'inside.example.com', odd))) + vec(vec(ca)))
    # 16: a certificate of 1 MB; 17: one whose issuer's name has 10 MB
    write(f, 0, cert(tbs(b'large.example.com', seq(
        oid('2a03'), tlv(4, bytes(1 << 20))))), vec(vec(ca)))
    write(f, 0, cert(tbs(b'issuer.example.com', issuer=b'x' * 10000000)),
          vec(vec(ca)))
EOF
logd --only rfc6962 "$dir/in.jsonl"
run --watch .example.com --quiet
[ "$status" -le 1 ] || fail "exit status $status"
python3 - "$dir/out" <<'EOF' || fail "the report is wrong"
import json, sys
r = json.load(open(sys.argv[1]))
assert not r['refused'], r['refused']
seen = [f for f in r['findings'] if f['rule'] == 'CTW000']
got = {tuple((s['index'], s['kind']) for s in f['sightings']): f for f in seen}
assert len(got) == len(seen), 'two findings of one certificate'
broken = "a log's chain for it cannot be parsed"
other = 'a log serves a precertificate with it that does not match its leaf'
unfit = "a log's chain for it does not begin with its issuer"
bad = ('the poison extension of its precertificate is malformed: clients may '
       'accept that as a certificate')
# No key verifies the final certificates: they have no chain.
want = {((0, 'precert'), (1, 'final')): [unfit], ((2, 'final'),): [unfit],
        ((3, 'precert'),): [broken], ((4, 'precert'),): [broken],
        ((5, 'precert'),): [other], ((6, 'precert'),): [],
        ((7, 'precert'),): [other, unfit], ((8, 'precert'),): [unfit],
        ((9, 'precert'),): [], ((10, 'final'),): [unfit], ((11, 'precert'),): [],
        ((12, 'precert'),): [bad], ((13, 'precert'),): [bad],
        ((14, 'precert'),): [bad], ((15, 'precert'),): [bad],
        ((16, 'final'),): [unfit], ((17, 'final'),): [unfit]}
assert set(got) == set(want), set(got) ^ set(want)
for where, notes in want.items():
    assert got[where]['notes'] == notes, (where, got[where]['notes'])
certs = {f['sightings'][0]['index']: f['certificate'] for f in seen}
one, two = certs[0], certs[2]
assert one['serial'] == two['serial'] and one['issuer'] == two['issuer']
assert one['spki_sha256'] != two['spki_sha256']
assert certs[10]['notes'] == ['it has the poison extension of a precertificate']
assert certs[15]['notes'] == certs[10]['notes']
assert certs[11]['notes'] == ['a precertificate has an SCT list']
# The issuer's key is known by the leaf, and by a chain only if it verifies.
keys = {i: c['issuer_spki_sha256'] for i, c in certs.items()}
assert len({k for i, k in keys.items() if i not in (2, 10, 16, 17)}) == 1, keys
assert None not in (keys[0], keys[6]), keys
assert {keys[i] for i in (2, 10, 16, 17)} == {None}, keys
# libcrypto reads no name above a megabyte; it is found for all that.
assert certs[17]['issuer'] == '?'
assert certs[17]['notes'] == ['the issuer cannot be decoded']
EOF

# A state that was lost is made again with the same findings under the same
# ids, by which their receivers know them.
ids='sorted(f["id"] for f in j["findings"])'
known=$(report "$ids")
rm -r "$dir/state"
run --watch .example.com --quiet
is "the findings" "$(report "$ids")" "$known"
