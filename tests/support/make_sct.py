# SPDX-License-Identifier: Apache-2.0
"""make_sct: certificates with embedded SCTs, and the entries that they are for.

usage: make_sct.py DIR <SPEC

SPEC is JSON: {"rfc": KEY, "static": KEY, "certs": [CERT, ...]}, the keys being
PEM files of logs.  A CERT is {"name": host, "time": ms, "days": validity} and
    "logged": true    its precertificate becomes an entry
    "index": n        the leaf_index of its static SCT, if not its own entry's
    "logs": [...]     which of rfc and static sign it; both if absent
    "spoil": "..."    signature, list, version: what is wrong with its SCTs;
                      empty: its list has none
    "tls": true       its SCTs are not embedded but in NAME.tls-scts
    "key": PEM        its key, if not a new one
DIR gets ca.pem, NAME.pem (the chain), NAME.key and entries.jsonl.
It is an implementation of RFC 6962 of its own, by pyca/cryptography.
"""
import base64
import datetime
import hashlib
import json
import os
import sys

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

DIR = sys.argv[1]
SCT_LIST = x509.ObjectIdentifier("1.3.6.1.4.1.11129.2.4.2")


def load_key(path):
    with open(path, "rb") as f:
        return serialization.load_pem_private_key(f.read(), None)


def save_key(path, key):
    with open(path, "wb") as f:
        f.write(key.private_bytes(
            serialization.Encoding.PEM,
            serialization.PrivateFormat.PKCS8,
            serialization.NoEncryption()))


def spki(key):
    return key.public_key().public_bytes(
        serialization.Encoding.DER,
        serialization.PublicFormat.SubjectPublicKeyInfo)


def der(cert):
    return cert.public_bytes(serialization.Encoding.DER)


def pem(cert):
    return cert.public_bytes(serialization.Encoding.PEM)


def u16(b):
    return len(b).to_bytes(2, "big") + b


def u24(b):
    return len(b).to_bytes(3, "big") + b


def octets(b):
    n = len(b)
    head = bytes([n]) if n < 128 else b"\x82" + n.to_bytes(2, "big")
    return b"\x04" + head + b


def leaf(time, entry, extensions):
    return b"\0\0" + time.to_bytes(8, "big") + entry + u16(extensions)


def make_sct(log, time, entry, extensions, spoil):
    message = leaf(time, entry, extensions)
    if spoil == "signature":
        message += b"x"
    signature = log.sign(message, ec.ECDSA(hashes.SHA256()))
    version = b"\1" if spoil == "version" else b"\0"
    return (version + hashlib.sha256(spki(log)).digest() +
            time.to_bytes(8, "big") + u16(extensions) + b"\4\3" +
            u16(signature))


def leaf_index(n):
    return b"\0" + u16(n.to_bytes(5, "big"))


now = datetime.datetime.now(datetime.timezone.utc).replace(microsecond=0)
spec = json.load(sys.stdin)
logs = {name: load_key(spec[name]) for name in ("rfc", "static")}
ca_path = os.path.join(DIR, "ca.key")
if os.path.exists(ca_path):
    ca_key = load_key(ca_path)
else:
    ca_key = ec.generate_private_key(ec.SECP256R1())
    save_key(ca_path, ca_key)
ca_name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "Story CA")])
ca = (x509.CertificateBuilder().subject_name(ca_name).issuer_name(ca_name)
      .public_key(ca_key.public_key()).serial_number(1)
      .not_valid_before(now - datetime.timedelta(days=1000))
      .not_valid_after(now + datetime.timedelta(days=1000))
      .add_extension(x509.BasicConstraints(True, None), True)
      .sign(ca_key, hashes.SHA256()))
with open(os.path.join(DIR, "ca.pem"), "wb") as f:
    f.write(pem(ca))
issuer_hash = hashlib.sha256(spki(ca_key)).digest()

entries = []
for c in spec["certs"]:
    name = c["name"]
    key = load_key(c["key"]) if "key" in c else \
        ec.generate_private_key(ec.SECP256R1())
    save_key(os.path.join(DIR, name + ".key"), key)
    builder = (
        x509.CertificateBuilder()
        .subject_name(x509.Name(
            [x509.NameAttribute(NameOID.COMMON_NAME, name)]))
        .issuer_name(ca_name).public_key(key.public_key())
        .serial_number(c.get("serial", x509.random_serial_number()))
        .not_valid_before(now - datetime.timedelta(days=5))
        .not_valid_after(now + datetime.timedelta(days=c.get("days", 90) - 5))
        .add_extension(x509.BasicConstraints(False, None), True)
        .add_extension(x509.SubjectAlternativeName([x509.DNSName(name)]),
                       False))
    plain = builder.sign(ca_key, hashes.SHA256())
    if c.get("tls"):
        entry = b"\0\0" + u24(der(plain))
    else:
        entry = b"\0\1" + issuer_hash + u24(plain.tbs_certificate_bytes)
    index = c.get("index", len(entries))
    if c.get("logged"):
        precert = builder.add_extension(x509.PrecertPoison(), True).sign(
            ca_key, hashes.SHA256())
        chain = u24(u24(der(ca)))
        extra = chain if c.get("tls") else u24(der(precert)) + chain
        entries.append({
            "leaf_input": base64.b64encode(
                leaf(c["time"], entry, b"")).decode(),
            "extra_data": base64.b64encode(extra).decode()})
    scts = b""
    for log in c.get("logs", ["rfc", "static"]):
        extensions = leaf_index(index) if log == "static" else b""
        scts += u16(make_sct(logs[log], c["time"], entry, extensions,
                             c.get("spoil")))
    listed = u16(scts)
    if c.get("spoil") == "list":
        listed = listed[:-7]
    if c.get("spoil") == "empty":
        listed = u16(b"")
    if c.get("tls"):
        cert = plain
        with open(os.path.join(DIR, name + ".tls-scts"), "wb") as f:
            f.write(listed)
    elif scts:
        cert = builder.add_extension(
            x509.UnrecognizedExtension(SCT_LIST, octets(listed)), False).sign(
            ca_key, hashes.SHA256())
    else:
        cert = plain
    with open(os.path.join(DIR, name + ".pem"), "wb") as f:
        f.write(pem(cert) + pem(ca))

with open(os.path.join(DIR, "entries.jsonl"), "w") as f:
    for entry in entries:
        f.write(json.dumps(entry) + "\n")
