#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Recall: a watch list with the names of a certificate finds it.

usage: recall.py WATCHDUMP FOLDER ...

Lists, with Python alone, the names in all certificates below the folders (DER
files, tars of them, get-entries answers, lines of entries, data tiles), lets
watchdump watch them all, and holds its answer against what was listed: each
name of each certificate must be among its matches.  Then the same with names
that no certificate has: nothing may match.  Where the `cryptography` package
reads a certificate, its TBS hash and SPKI digest are compared as well.
"""

import base64
import collections
import gzip
import hashlib
import ipaddress
import json
import os
import re
import subprocess
import sys
import tarfile
import tempfile

from cryptography import x509
from cryptography.hazmat.primitives import serialization

HOST = re.compile(rb"(\*\.)?([a-z0-9_]([a-z0-9_-]*)\.)*[a-z0-9_][a-z0-9_-]*\.?",
                  re.I)


def take(b):
    """One element of DER: tag, contents, rest."""
    n, at = b[1], 2
    if n & 0x80:
        at += n & 0x7F
        n = int.from_bytes(b[2:at], "big")
    if n > len(b) - at or at > len(b) or b[1] == 0x80:
        raise ValueError("not DER")
    return b[0], b[at:at + n], b[at + n:]


def elements(b):
    while b:
        tag, body, b = take(b)
        yield tag, body


def raw_names(tbs):
    """(kind, bytes) of each CN and GeneralName of a TBSCertificate."""
    fields = list(elements(take(tbs)[1]))
    if fields[0][0] == 0xA0:
        fields.pop(0)
    for _, rdn in elements(fields[4][1]):
        for _, attribute in elements(rdn):
            _, oid, rest = take(attribute)
            if oid == b"\x55\x04\x03":
                tag, value, _ = take(rest)
                if tag == 0x1E:
                    value = value.decode("utf-16-be").encode()
                if tag == 0x1C:
                    value = value.decode("utf-32-be").encode()
                yield "cn", value
    for tag, body in fields[6:]:
        if tag != 0xA3:
            continue
        for _, extension in elements(take(body)[1]):
            parts = list(elements(extension))
            if parts[0][1] == b"\x55\x1d\x11":
                for tag, value in elements(take(parts[-1][1])[1]):
                    yield {0x82: "dns", 0x87: "ip"}.get(tag, "other"), value


def items(tbs):
    """What to watch so as to find this certificate, a name each."""
    for kind, value in raw_names(tbs):
        if kind == "ip" and len(value) in (4, 16):
            yield address(value)
        elif kind in ("cn", "dns"):
            yield from host_items(value)


def address(value):
    """One text for an address; IPv4 in IPv6 is IPv4."""
    a = ipaddress.ip_address(value)
    return str(getattr(a, "ipv4_mapped", None) or a)


def host_items(value):
    if not HOST.fullmatch(value):
        return
    name = value.decode().lower().rstrip(".")
    try:
        yield address(name)
        return
    except ValueError:
        pass
    last = name.rpartition(".")[2]
    if last.isdigit() or len(name) > 250 or name == "*":
        return
    if any(len(label) > 63 for label in name.split(".")):
        return
    yield "any" + name[1:] if name.startswith("*.") else name


def entries_of(path, data):
    """(what, DER) of each certificate in a file."""
    base = os.path.basename(path)
    if path.endswith((".tar.gz", ".tar")):
        with tarfile.open(path) as tar:
            for m in tar.getmembers():
                if m.isfile():
                    yield "cert", tar.extractfile(m).read()
    elif path.endswith(".der"):
        yield "cert", data
    elif base.startswith("get-entries") or path.endswith(".jsonl") or (
            path.endswith(".json") and b'"leaf_input"' in data):
        docs = ([json.loads(x) for x in data.splitlines() if x.strip()]
                if path.endswith(".jsonl") else [json.loads(data)])
        for doc in docs:
            for e in doc.get("entries", [doc]):
                if "leaf_input" in e:
                    yield from leaf(base64.b64decode(e["leaf_input"])[2:])[0]
                    yield from extra(base64.b64decode(e["leaf_input"]),
                                     base64.b64decode(
                                         e.get("extra_data") or ""))
    elif "/tile/data/" in path:
        if data[:2] == b"\x1f\x8b":
            data = gzip.decompress(data)
        while data:
            found, data = leaf(data)
            yield from found
            if found[0][0] == "tbs":
                n = int.from_bytes(data[:3], "big")
                yield "cert", data[3:3 + n]
                data = data[3 + n:]
            data = data[2 + int.from_bytes(data[:2], "big"):]


def leaf(b):
    """The certificate of a TimestampedEntry, and what follows it."""
    precert = b[8:10] == b"\0\1"
    b = b[10 + 32 * precert:]
    n = int.from_bytes(b[:3], "big")
    rest = b[3 + n:]
    rest = rest[2 + int.from_bytes(rest[:2], "big"):]
    return [("tbs" if precert else "cert", b[3:3 + n])], rest


def extra(leaf_input, data):
    """The precertificate of extra_data."""
    if leaf_input[10:12] == b"\0\1" and len(data) > 3:
        yield "cert", data[3:3 + int.from_bytes(data[:3], "big")]


def corpus(folders):
    seen = set()
    for folder in folders:
        for where, _, files in os.walk(folder):
            for f in sorted(files):
                path = os.path.join(where, f)
                with open(path, "rb") as handle:
                    data = handle.read()
                for what, der in entries_of(path, data):
                    if (what, der) not in seen:
                        seen.add((what, der))
                        yield what, der


def watch(program, names, paths, where):
    lists = os.path.join(where, "watchlist")
    with open(lists, "w") as f:
        f.writelines(n + "\n" for n in sorted(names))
    out = subprocess.run([program, lists], input="".join(
        p + "\n" for p in paths), capture_output=True, text=True, check=True)
    return [json.loads(line) for line in out.stdout.splitlines()]


def check_hashes(what, der, got, n):
    """TBS hash and pin by another implementation."""
    if what == "tbs":
        n["TBS hashes of leaves"] += (
            got["tbs"] == hashlib.sha256(der).hexdigest())
        return
    try:
        c = x509.load_der_x509_certificate(der)
        tbs = c.tbs_certificate_bytes
        if b"\xd6\x79\x02\x04\x03" in tbs:
            return  # a precertificate: its leaf is compared
        try:
            tbs = c.tbs_precertificate_bytes
        except ValueError:
            pass  # neither
    except Exception:
        return
    if got["error"] == "ok":
        if tbs.endswith(b"\xa3\x02\x30\x00"):
            n["of empty extensions, which count as none"] += 1
            return
        same = got["tbs"] == hashlib.sha256(tbs).hexdigest()
        n["TBS hashes by cryptography"] += same
        if not same:
            n["TBS hashes that differ"] += 1
            print("TBS hash differs:", hashlib.sha256(der).hexdigest(),
                  "deviations:", got["deviations"])
    try:
        spki = c.public_key().public_bytes(
            serialization.Encoding.DER,
            serialization.PublicFormat.SubjectPublicKeyInfo)
    except Exception:
        return
    same = got["pin"] == hashlib.sha256(spki).hexdigest()
    n["pins" if same else "pins of keys written another way"] += 1


def main():
    program, folders = sys.argv[1], sys.argv[2:]
    n = collections.Counter()
    with tempfile.TemporaryDirectory() as where:
        paths, wanted, ders = [], [], []
        for what, der in corpus(folders):
            path = os.path.join(where, "%d.der" % len(paths))
            with open(path, "wb") as f:
                f.write(der)
            paths.append(("tbs " if what == "tbs" else "") + path)
            ders.append((what, der))
            try:
                tbs = der
                if what == "cert":
                    inner = take(der)[1]
                    tbs = inner[:len(inner) - len(take(inner)[2])]
                wanted.append(set(items(tbs)))
            except (ValueError, IndexError, UnicodeDecodeError):
                wanted.append(set())
                n["not read by Python"] += 1
        names = set().union(*wanted)
        missed = []
        for want, (what, der), got in zip(
                wanted, ders, watch(program, names, paths, where)):
            n["certificates"] += 1
            n["refused"] += got["error"] != "ok"
            n["with names"] += bool(want)
            n["names"] += len(want)
            found = {item for item, _, _ in got["items"]}
            if not got["more"] and want - found:
                missed.append((got["file"], want - found))
            if want and not got["match"]:
                missed.append((got["file"], "no match"))
            # the bytes alone give away that a certificate matters
            if want and not got["raw"]:
                n["not found raw"] += 1
            check_hashes(what, der, got, n)
        n["watched"] = len(names)
        others = {"x-%d.unrelated-%d.com" % (i, i) for i in range(1000)}
        others |= {".unrelated.net", ".unused.org", "198.51.100.77",
                   "2001:db8:dead:beef::/64"}
        for got in watch(program, others - names, paths, where):
            n["matched by unrelated names"] += got["match"]
            n["found raw by unrelated names"] += got["raw"]
            for item, how, name in got["items"][:1]:
                n["unrelated: " + how] += 1
                print("unrelated:", item, how, name[:70])
    for key, value in n.items():
        print("%s: %d" % (key, value))
    for path, what in missed[:10]:
        print("missed:", path, what)
    # Only what cannot be determined, or a wildcard over a whole top-level domain,
    # may match names that have nothing to do with it.
    sys.exit(bool(missed or n["unrelated: exact"] or n["unrelated: subtree"] or
                  n["unrelated: network"]))


main()
