#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Certificates that a watch list matches: make_matches.py COUNT FILE

Writes COUNT entries as get-entries has them, one a line, each of another
certificate and key for hN.watched-M.com (see write_watchlist of bench.py).
Half are precertificates.  Their CAs are as the public ones: an intermediate
and a root each, with RSA and with EC keys.
"""
import base64, datetime, json, sys

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

COUNT, PATH = int(sys.argv[1]), sys.argv[2]
START = datetime.datetime.now() - datetime.timedelta(days=1)
DAY = datetime.timedelta(days=1)


def name(text):
    return x509.Name([x509.NameAttribute(NameOID.COUNTRY_NAME, "DE"),
                      x509.NameAttribute(NameOID.ORGANIZATION_NAME, "Bench"),
                      x509.NameAttribute(NameOID.COMMON_NAME, text)])


def der(cert):
    return cert.public_bytes(serialization.Encoding.DER)


def builder(subject, issuer, key, days):
    return (x509.CertificateBuilder().subject_name(subject)
            .issuer_name(issuer).public_key(key)
            .not_valid_before(START).not_valid_after(START + days * DAY))


class Authority:
    """An intermediate CA and its root."""

    def __init__(self, text, root_key, key):
        self.key, self.name = key, name(text)
        root = name(text + " Root")
        self.root = self.ca(root, root, root_key, root_key)
        self.cert = self.ca(self.name, root, key, root_key)
        self.chain = [der(self.cert), der(self.root)]

    @staticmethod
    def ca(subject, issuer, key, signer):
        return (builder(subject, issuer, key.public_key(), 3650)
                .serial_number(x509.random_serial_number())
                .add_extension(x509.BasicConstraints(True, None), True)
                .add_extension(x509.SubjectKeyIdentifier.from_public_key(
                    key.public_key()), False)
                .sign(signer, hashes.SHA256()))

    def leaf(self, number, key, poisoned):
        host = "h%d.watched-%d.com" % (number, number % 100 * 3)
        b = (builder(x509.Name([x509.NameAttribute(
                NameOID.COMMON_NAME, host)]), self.name, key, 90)
             .serial_number(0x1000000000000000 + number)
             .add_extension(x509.SubjectAlternativeName(
                 [x509.DNSName(host), x509.DNSName("www." + host)]), False)
             .add_extension(x509.ExtendedKeyUsage(
                 [ExtendedKeyUsageOID.SERVER_AUTH]), False)
             .add_extension(x509.CRLDistributionPoints(
                 [x509.DistributionPoint([x509.UniformResourceIdentifier(
                     "http://crl.example/1.crl")], None, None, None)]), False)
             .add_extension(x509.AuthorityKeyIdentifier
                 .from_issuer_public_key(self.key.public_key()), False))
        if poisoned:
            b = b.add_extension(x509.PrecertPoison(), True)
        return b.sign(self.key, hashes.SHA256())


def vector(data, n=3):
    return len(data).to_bytes(n, "big") + data


def entry(authority, number):
    """RFC 6962, 3.4 and 4.6: the leaf, and what get-entries adds."""
    chain = vector(b"".join(vector(c) for c in authority.chain))
    head = bytes(2) + (1700000000000 + number).to_bytes(8, "big")
    key = ec.generate_private_key(ec.SECP256R1()).public_key()
    cert = authority.leaf(number, key, False)
    if number % 2:
        spki = authority.cert.public_key().public_bytes(
            serialization.Encoding.DER,
            serialization.PublicFormat.SubjectPublicKeyInfo)
        digest = hashes.Hash(hashes.SHA256())
        digest.update(spki)
        leaf = (head + b"\0\1" + digest.finalize() +
                vector(cert.tbs_certificate_bytes) + bytes(2))
        extra = vector(der(authority.leaf(number, key, True))) + chain
    else:
        leaf = head + b"\0\0" + vector(der(cert)) + bytes(2)
        extra = chain
    text = lambda b: base64.b64encode(b).decode()
    return json.dumps({"leaf_input": text(leaf), "extra_data": text(extra)})


def main():
    new_rsa = lambda bits: rsa.generate_private_key(65537, bits)
    new_ec = ec.generate_private_key
    authorities = [
        Authority("R10", new_rsa(4096), new_rsa(2048)),
        Authority("E5", new_rsa(4096), new_ec(ec.SECP384R1())),
        Authority("WE1", new_ec(ec.SECP384R1()), new_ec(ec.SECP256R1())),
        Authority("DV", new_rsa(2048), new_rsa(2048))]
    with open(PATH, "w") as f:
        for i in range(COUNT):
            f.write(entry(authorities[i // 2 % len(authorities)], i) + "\n")


main()
