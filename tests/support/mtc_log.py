#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Write an issuance log of a Merkle Tree CA (C2SP mtc-tlog) for the stories.

mtc_log.py vkey NAME
    print the verifier key of a cosigner, Ed25519, made of its name
mtc_log.py write DIR ORIGIN SIZE SECONDS [--sign NAME] [INDEX=HEX ...]
    write checkpoint, hash tiles and bundles of the first SIZE entries of
    data/mtc/example, some of them replaced; an empty HEX makes an entry that
    certifies nothing
mtc_log.py entry INDEX
    print that entry of data/mtc/example in hexadecimal
mtc_log.py cert INDEX SPKI START END [NAME ...]
    print a certificate in PEM of that entry, with the key SPKI in base64, a
    proof in the subtree [START, END), and signatures of it by cosigners with
    the names oid/1.3.6.1.4.1.NUMBER.NUMBER...
mtc_log.py ca URL
    print the CA's certificate of data/mtc/example in PEM with the extension
    that names the URL of its logs (1.3.6.1.4.1.64829.2.1), in which \\0 is a
    zero byte; its signature is that of the certificate without
"""
import base64
import hashlib
import os
import struct
import sys

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import (
    Encoding, PublicFormat)

ORIGIN = b"oid/1.3.6.1.4.1.32473.11.0.1"
SOURCE = os.path.join(os.environ.get("top_srcdir", "."), "data/mtc/example")


def key(name):
    return Ed25519PrivateKey.from_private_bytes(
        hashlib.sha256(name.encode()).digest())


def vkey(name):
    public = b"\x04" + key(name).public_key().public_bytes(
        Encoding.Raw, PublicFormat.Raw)
    ident = hashlib.sha256(name.encode() + b"\n" + public).hexdigest()[:8]
    return "%s+%s+%s" % (name, ident, base64.b64encode(public).decode())


def cosign(name, text, seconds):
    signature = key(name).sign(b"cosignature/v1\ntime %d\n" % seconds + text)
    body = bytes.fromhex(vkey(name).split("+")[1]) + struct.pack(
        ">Q", seconds) + signature
    return "\u2014 %s %s\n" % (name, base64.b64encode(body).decode())


def entries():
    out = []
    for n in range(7):
        path = "%s/tile/entries/%03d%s" % (SOURCE, n, "" if n < 6 else ".p/44")
        data, at = open(path, "rb").read(), 0
        while at < len(data):
            (size,) = struct.unpack(">H", data[at:at + 2])
            out.append(data[at + 2:at + 2 + size])
            at += 2 + size
    return out


def node(left, right):
    return hashlib.sha256(b"\x01" + left + right).digest()


def root(hashes):
    if not hashes:
        return hashlib.sha256().digest()
    if len(hashes) == 1:
        return hashes[0]
    k = 1
    while 2 * k < len(hashes):
        k *= 2
    return node(root(hashes[:k]), root(hashes[k:]))


def write_file(path, data):
    os.makedirs(os.path.dirname(path), exist_ok=True)
    with open(path + "-new", "wb") as f:
        f.write(data)
    os.rename(path + "-new", path)


def write_tiles(folder, level, items, join):
    for n in range(0, len(items), 256):
        part = items[n:n + 256]
        name = "%03d" % (n // 256)
        if len(part) < 256:
            name += ".p/%d" % len(part)
        write_file("%s/tile/%s/%s" % (folder, level, name), join(part))


def write(folder, origin, size, seconds, args):
    names, log = [], entries()[:size]
    while args and args[0] == "--sign":
        names.append(args[1])
        args = args[2:]
    for edit in args:
        index, octets = edit.split("=")
        log[int(index)] = bytes.fromhex(octets or "00000000")
    write_tiles(folder, "entries", log, lambda part: b"".join(
        struct.pack(">H", len(e)) + e for e in part))
    hashes = [hashlib.sha256(b"\x00" + e).digest() for e in log]
    level, above = 0, hashes
    while above:
        write_tiles(folder, str(level), above, b"".join)
        above = [root(above[i:i + 256])
                 for i in range(0, len(above) - 255, 256)]
        level += 1
    text = "%s\n%d\n%s\n" % (origin, size, base64.b64encode(
        root(hashes)).decode())
    lines = "".join(cosign(n, text.encode(), seconds) for n in names)
    write_file(folder + "/checkpoint", (text + "\n" + lines).encode())


def tlv(tag, body):
    n = len(body)
    size = bytes([n]) if n < 128 else (
        lambda b: bytes([128 | len(b)]) + b)(
            n.to_bytes((n.bit_length() + 7) // 8, "big"))
    return bytes([tag]) + size + body


def elements(data):
    out, at = [], 0
    while at < len(data):
        n, head = data[at + 1], 2
        if n >= 128:
            head += n & 127
            n = int.from_bytes(data[at + 2:at + head], "big")
        out.append(data[at:at + head + n])
        at += head + n
    return out


def path(hashes, index):
    if len(hashes) == 1:
        return []
    k = 1
    while 2 * k < len(hashes):
        k *= 2
    if index < k:
        return path(hashes[:k], index) + [root(hashes[k:])]
    return path(hashes[k:], index - k) + [root(hashes[:k])]


def arcs(name):
    out = b""
    for number in name.split(".")[6:]:
        part, n = [int(number) & 127], int(number) >> 7
        while n:
            part.insert(0, n & 127 | 128)
            n >>= 7
        out += bytes(part)
    return out


def cert(index, spki, start, end, names):
    entry = entries()[index]
    hashes = [hashlib.sha256(b"\x00" + e).digest()
              for e in entries()[start:end]]
    fields = elements(entry[4:])
    algorithm = tlv(0x30, bytes.fromhex("060a2b0601040182da4b2f00"))
    serial = (1 << 48 | index).to_bytes(7, "big")
    tbs = tlv(0x30, fields[0] + tlv(2, serial) + algorithm + b"".join(
        fields[1:4]) + spki + b"".join(fields[6:]))
    signatures = b""
    for name in sorted(names, key=lambda n: (len(arcs(n)), arcs(n))):
        message = b"subtree/v1\n\0" + bytes([len(name)]) + name.encode(
            ) + bytes(8)
        message += bytes([len(ORIGIN)]) + ORIGIN + struct.pack(
            ">QQ", start, end) + root(hashes)
        signature = key(name).sign(message)
        signatures += bytes([len(arcs(name))]) + arcs(name) + struct.pack(
            ">H", len(signature)) + signature
    proof = b"".join(path(hashes, index - start))
    value = b"\0\0" + start.to_bytes(6, "big") + end.to_bytes(6, "big")
    value += struct.pack(">H", len(proof)) + proof
    value += struct.pack(">H", len(signatures)) + signatures
    print_pem(tlv(0x30, tbs + algorithm + tlv(3, b"\0" + value)))


def print_pem(der):
    print("-----BEGIN CERTIFICATE-----\n%s-----END CERTIFICATE-----" %
          base64.encodebytes(der).decode())


def contents(element):
    n = element[1]
    return element[2 + (n & 127 if n >= 128 else 0):]


def ca(url):
    with open(SOURCE + "/ca_cert.pem") as f:
        der = base64.b64decode("".join(f.read().split("-----")[2].split()))
    tbs, *rest = elements(contents(der))
    *fields, extensions = elements(contents(tbs))
    added = tlv(0x30, bytes.fromhex("060a2b0601040183fa3d0201") + tlv(
        4, tlv(0x16, url.replace("\\0", "\0").encode())))
    extensions = tlv(0xa3, tlv(0x30, contents(contents(extensions)) + added))
    print_pem(tlv(0x30, tlv(0x30, b"".join(fields) + extensions) + b"".join(
        rest)))


if sys.argv[1] == "ca":
    ca(sys.argv[2])
elif sys.argv[1] == "cert":
    cert(int(sys.argv[2]), base64.b64decode(sys.argv[3]), int(sys.argv[4]),
         int(sys.argv[5]), sys.argv[6:])
elif sys.argv[1] == "vkey":
    print(vkey(sys.argv[2]))
elif sys.argv[1] == "entry":
    print(entries()[int(sys.argv[2])].hex())
else:
    write(sys.argv[2], sys.argv[3], int(sys.argv[4]), int(sys.argv[5]),
          sys.argv[6:])
