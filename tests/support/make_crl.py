# SPDX-License-Identifier: Apache-2.0
"""make_crl: write a CRL with any number of entries, signed by a CA.

usage: make_crl.py CA.pem CA.key N URL OUT [SERIAL ...]

Entries have 16 random octets as serial number and a reason code, as those of
a large CA do; each SERIAL (hexadecimal, at most 16 octets) is one of them, for
keyCompromise.  OUT gets DER with URL as its issuing distribution point, valid
for a week from now.
"""
import os
import random
import ssl
import subprocess
import sys
import time

ca, key, count, url, out, *serials = sys.argv[1:]


def tlv(tag, *parts):
    body = b"".join(parts)
    n = len(body)
    if n < 128:
        return bytes((tag, n)) + body
    size = n.to_bytes((n.bit_length() + 7) // 8, "big")
    return bytes((tag, 128 | len(size))) + size + body


def element(der, at):
    """The element at an offset, header included, and where its body begins."""
    n, start = der[at + 1], at + 2
    if n >= 128:
        start += n & 127
        n = int.from_bytes(der[at + 2:start], "big")
    return der[at:start + n], start


def subject(der):
    """The subject of a certificate (RFC 5280, 4.1)."""
    at = element(der, element(der, 0)[1])[1]
    for _ in range(5):  # version, serial, algorithm, issuer, validity
        at += len(element(der, at)[0])
    return element(der, at)[0]


def utc(t):
    return tlv(0x17, time.strftime("%y%m%d%H%M%SZ", time.gmtime(t)).encode())


def extension(arc, value, critical=False):
    """Of id-ce, 2.5.29.arc."""
    return tlv(0x30, bytes((6, 3, 0x55, 0x1d, arc)),
               b"\x01\x01\xff" if critical else b"", tlv(4, value))


def entry(serial, reason):
    n = int.from_bytes(serial, "big")
    return tlv(0x30, tlv(2, n.to_bytes(n.bit_length() // 8 + 1, "big")), WHEN,
               tlv(0x30, extension(21, bytes((10, 1, reason)))))


now = int(time.time())
WHEN = utc(now - 86400)
chance = random.Random(1)
entries = [entry(b"\x40" + chance.randbytes(15), (1, 4, 5, 9)[i % 4])
           for i in range(int(count) - len(serials))]
for s in serials:
    entries.insert(chance.randrange(len(entries) + 1),
                   entry(bytes.fromhex(s.zfill(len(s) + len(s) % 2)), 1))
ECDSA_SHA256 = bytes.fromhex("300a06082a8648ce3d040302")
with open(ca) as f:
    issuer = subject(ssl.PEM_cert_to_DER_cert(f.read()))
point = tlv(0x30, tlv(0xa0, tlv(0xa0, tlv(0x86, url.encode()))))
tbs = tlv(0x30, b"\x02\x01\x01", ECDSA_SHA256, issuer, utc(now - 3600),
          utc(now + 7 * 86400), tlv(0x30, *entries),
          tlv(0xa0, tlv(0x30, extension(20, b"\x02\x02\x10\x00"),
                        extension(28, point, True))))
signature = subprocess.run(["openssl", "dgst", "-sha256", "-sign", key],
                           input=tbs, stdout=subprocess.PIPE, check=True)
with open(out + ".new", "wb") as f:
    f.write(tlv(0x30, tbs, ECDSA_SHA256,
                tlv(3, b"\0", signature.stdout)))
os.rename(out + ".new", out)
