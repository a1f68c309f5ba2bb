#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Sign a zone with CAA records for a validating resolver (RFC 4034, RFC 6605).

usage: sign_zone.py ZONE FILE INCEPTION EXPIRATION NAME:FLAGS:TAG:VALUE ...

NAME is below ZONE; a record with only NAME is an address.  FILE gets the zone
with its signatures, and standard output the DS record of its key.  A name that
begins with "forged" gets another record than the one that was signed.
"""
import hashlib
import struct
import sys

from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, utils

A, NS, SOA, DS, RRSIG, NSEC, DNSKEY, CAA = 1, 2, 6, 43, 46, 47, 48, 257
TTL = 300
zone, path, inception, expiration = sys.argv[1:5]


def wire(name):
    return b"".join(bytes([len(x)]) + x.encode()
                    for x in name.split(".")) + b"\0"


def caa(flags, tag, value):
    return bytes([int(flags), len(tag)]) + tag.encode() + value.encode()


def bitmap(kinds):
    out = b""
    for window in sorted({k >> 8 for k in kinds}):
        bits = bytearray(32)
        for k in kinds:
            if k >> 8 == window:
                bits[(k & 255) >> 3] |= 0x80 >> (k & 7)
        bits = bytes(bits).rstrip(b"\0")
        out += bytes([window, len(bits)]) + bits
    return out


def key_tag(rdata):
    n = sum(b << 8 if i % 2 == 0 else b for i, b in enumerate(rdata))
    return (n + (n >> 16)) & 0xffff


key = ec.generate_private_key(ec.SECP256R1())
point = key.public_key().public_numbers()
dnskey = struct.pack(">HBB", 257, 3, 13) + point.x.to_bytes(
    32, "big") + point.y.to_bytes(32, "big")
sets = {
    (zone, SOA): [wire("ns." + zone) + wire("hostmaster." + zone) +
                  struct.pack(">5I", 1, 3600, 600, 86400, TTL)],
    (zone, NS): [wire("ns." + zone)],
    (zone, DNSKEY): [dnskey],
    ("ns." + zone, A): [bytes([127, 0, 0, 1])],
}
for text in sys.argv[5:]:
    name, *rest = text.split(":", 3)
    name += "." + zone
    if rest:
        sets.setdefault((name, CAA), []).append(caa(*rest))
    else:
        sets[name, A] = [bytes([127, 0, 0, 2])]
# Canonical order (RFC 4034, 6.1): by labels, from the last one.
names = sorted({n for n, _ in sets}, key=lambda n: n.split(".")[::-1])
for i, name in enumerate(names):
    kinds = [k for n, k in sets if n == name] + [RRSIG, NSEC]
    sets[name, NSEC] = [wire(names[(i + 1) % len(names)]) + bitmap(kinds)]


def sign(name, kind, rdatas):
    head = struct.pack(">HBBIIIH", kind, 13, len(name.split(".")), TTL,
                       int(expiration), int(inception), key_tag(dnskey))
    head += wire(zone)
    message = head + b"".join(
        wire(name) + struct.pack(">HHIH", kind, 1, TTL, len(r)) + r
        for r in sorted(rdatas))
    r, s = utils.decode_dss_signature(
        key.sign(message, ec.ECDSA(hashes.SHA256())))
    return head + r.to_bytes(32, "big") + s.to_bytes(32, "big")


with open(path, "w") as f:
    for (name, kind), rdatas in sets.items():
        signature = sign(name, kind, rdatas)
        if name.startswith("forged"):
            rdatas = [r.replace(b"ca1", b"ca2") for r in rdatas]
        for k, r in [(kind, r) for r in rdatas] + [(RRSIG, signature)]:
            f.write("%s. %d IN TYPE%d \\# %d %s\n" %
                    (name, TTL, k, len(r), r.hex()))
print("%s. IN DS %d 13 2 %s" % (zone, key_tag(dnskey), hashlib.sha256(
    wire(zone) + dnskey).hexdigest()))
