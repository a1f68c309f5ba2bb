#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""The index of names against what Python expects: no item is missed.

usage: name_index.py INDEX_SEARCH NAMES

Makes certificates with NAMES names in all, of each kind and notation, with the
items that must find each, by Python alone; then has index_search index the
certificates and search for the items.  Each tile with a certificate of an item
must be among those found.  Prints the size of an entry and how many tiles
without the item were found.
"""

import collections
import ipaddress
import os
import random
import subprocess
import sys
import tempfile

TILE = 256


def tlv(tag, body):
    n = len(body)
    if n < 0x80:
        return bytes([tag, n]) + body
    length = n.to_bytes((n.bit_length() + 7) // 8, "big")
    return bytes([tag, 0x80 | len(length)]) + length + body


def cn(value, tag=0x0C):
    return tlv(0x30, tlv(0x31, tlv(0x30, tlv(6, b"\x55\x04\x03") +
                                   tlv(tag, value))))


ALGORITHM = tlv(0x30, tlv(6, bytes.fromhex("2a8648ce3d040302")))
SPKI = tlv(0x30, tlv(0x30, tlv(6, bytes.fromhex("2a864886f70d010101")) +
                     tlv(5, b"")) + tlv(3, b"\0\0\0"))
DATES = tlv(0x30, tlv(0x17, b"260101000000Z") + tlv(0x17, b"260401000000Z"))
ISSUER = cn(b"Test CA")


def tbs(names, subject):
    """A TBSCertificate of these GeneralNames."""
    san = tlv(0x30, tlv(6, b"\x55\x1d\x11") + tlv(4, tlv(0x30, b"".join(names))))
    return tlv(0x30, b"\xa0\x03\x02\x01\x02" + tlv(2, b"\x12\x34") + ALGORITHM +
               ISSUER + DATES + subject + SPKI + tlv(0xA3, tlv(0x30, san)))


RANDOM = random.Random(1)
TOPS = ["com", "net", "org", "de", "co.uk", "io", "example", "xn--p1ai"]
LETTERS = "abcdefghijklmnopqrstuvwxyz0123456789"


def label():
    return "x" + "".join(RANDOM.choices(LETTERS, k=RANDOM.randint(2, 12)))


def domain():
    return label() + "." + RANDOM.choice(TOPS)


def any_case(name):
    return "".join(RANDOM.choice((c, c.upper())) for c in name)


# Each kind: the GeneralName or CN of it, and the items that must find it.

def plain():
    labels = [label() for _ in range(RANDOM.choice((0, 0, 1, 1, 2, 3)))]
    host = ".".join(labels + [domain()])
    return tlv(0x82, any_case(host).encode()), items_of(host)


def items_of(host):
    """The host, and each name above it but its top-level domain."""
    parts = host.split(".")
    out = [host]
    if len(parts) > 2:
        out.append("*." + ".".join(parts[1:]))
    for i in range(len(parts) - 1):
        out.append("." + ".".join(parts[i:]))
    return out


def star():
    name = domain()
    host = RANDOM.choice((name, label() + "." + name))
    return tlv(0x82, b"*." + host.encode()), [
        label() + "." + host, "*." + host, "." + host,
        "." + label() + "." + host]


def partial_star():
    host = domain()
    return tlv(0x82, b"x*." + host.encode()), [label() + "." + host]


def inner_star():
    a, b = label(), RANDOM.choice(("com", "net"))
    return tlv(0x82, f"{a}.*.{b}".encode()), [f"{a}.{label()}.{b}"]


def dotted():
    host = domain()
    return tlv(0x82, host.encode() + b"."), items_of(host)


def unicode_name():
    word = "".join(RANDOM.choices("äöüéèßñœ日本語例中文", k=RANDOM.randint(2, 6)))
    word = word.replace("ß", "s")
    a_label = "xn--" + word.encode("punycode").decode()
    return tlv(0x82, f"{word}.example".encode()), [
        f"{a_label}.example", f".{word}.example"]


def email():
    host = label() + "." + domain()
    return tlv(0x81, f"{label()}@{any_case(host)}".encode()), items_of(host)


def uri():
    host = domain()
    return tlv(0x86, f"https://u@{host}:8443/{label()}?q".encode()), \
        items_of(host)


def srv():
    host = domain()
    name = tlv(6, bytes.fromhex("2b06010505070807")) + tlv(
        0xA0, tlv(0x16, f"_https.{host}".encode()))
    return tlv(0xA0, name), items_of(host)


def upn():
    host = domain()
    name = tlv(6, bytes.fromhex("2b060104018237140203")) + tlv(
        0xA0, tlv(0x0C, f"{label()}@{host}".encode()))
    return tlv(0xA0, name), items_of(host)


def one_label():
    host = label()
    return tlv(0x82, host.encode()), [host]


def redacted():
    host = domain()
    return tlv(0x82, b"?." + host.encode()), [label() + "." + host]


def with_nul():
    host, other = domain(), domain()
    return tlv(0x82, f"{host}\0{other}".encode()), [host, other]


def address():
    six = RANDOM.random() < 0.5
    a = ipaddress.ip_address(RANDOM.getrandbits(128 if six else 32) |
                             1 << (127 if six else 31))
    bits = [128, 96, 64, 48, 33, 32, 20, 16] if six else [32, 25, 24, 17, 16, 8]
    return tlv(0x87, a.packed), [str(a)] + [
        str(ipaddress.ip_network((a, n), strict=False)) for n in bits]


def address_text():
    a = ipaddress.ip_address(RANDOM.getrandbits(32) | 1 << 31)
    return tlv(0x82, str(a).encode()), [
        str(a), str(ipaddress.ip_network((a, 24), strict=False))]


ODD = [star, partial_star, dotted, unicode_name, email, uri, srv,
       upn, one_label, redacted, with_nul, address, address_text]


def certificate():
    """A TBSCertificate, how many names it has, and the items that find it."""
    if RANDOM.random() < 0.0005:
        return b"\x30\x03\x02\x01", 1, None  # does not parse: found by any
    names, items = [], []
    for _ in range(RANDOM.choice((1, 2, 2, 3))):
        kind = plain if RANDOM.random() < 0.9 else RANDOM.choice(ODD)
        # Each of these is a candidate of all names below one label.
        if RANDOM.random() < 0.0002:
            kind = inner_star
        name, more = kind()
        names.append(name)
        items += more
    subject = tlv(0x30, b"")
    if RANDOM.random() < 0.2:
        host = domain()
        items += items_of(host)
        if RANDOM.random() < 0.5:
            subject = cn(any_case(host).encode("utf-16-be"), 0x1E)
        else:
            subject = cn(host.encode())
    return tbs(names, subject), len(names), items


def main():
    program, count = sys.argv[1], int(sys.argv[2])
    expected = collections.defaultdict(set)
    unreadable, searched = set(), []
    with tempfile.TemporaryDirectory() as folder:
        entries = os.path.join(folder, "entries")
        index = 0
        with open(entries, "wb") as out:
            while count > 0:
                der, n, items = certificate()
                out.write(len(der).to_bytes(3, "big") + der)
                tile = index // TILE
                if items is None:
                    unreadable.add(tile)
                for item in items or ():
                    expected[item].add(tile)
                count -= n
                index += 1
        searched = sorted(expected) + [domain() for _ in range(2000)]
        # The search of each item reads the whole index: a sample of many.
        most = int(os.environ.get("INDEX_ITEMS", 4000))
        if len(searched) > most:
            searched = RANDOM.sample(searched, most)
        listed = os.path.join(folder, "items")
        with open(listed, "w", encoding="utf-8") as out:
            out.writelines(i + "\n" for i in searched)
        with open(entries, "rb") as f:
            lines = subprocess.run([program, listed], stdin=f, check=True,
                                   capture_output=True,
                                   text=True).stdout.splitlines()
    missed = found_wrong = chances = 0
    tiles = (index + TILE - 1) // TILE
    for item, line in zip(searched, lines, strict=False):
        if line == "all":
            continue
        found = {int(t) for t in line.split()}
        want = expected[item] | unreadable
        if want - found:
            missed += 1
            print(f"{item}: missed in tiles {sorted(want - found)[:5]}")
        found_wrong += len(found - want)
        chances += tiles - len(want)
    n, keys, size = (int(w.split()[0]) for w in lines[-1].split(","))
    print(f"{n} entries, {keys / n:.2f} keys and {size / n:.2f} bytes each; "
          f"{len(searched)} items, {missed} missed; of {chances} tiles without "
          f"the item {found_wrong} found")
    if missed or n != index or len(lines) != len(searched) + 1:
        sys.exit(1)


main()
