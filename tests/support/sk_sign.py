# SPDX-License-Identifier: Apache-2.0
"""A security key in software, as OpenSSH's PROTOCOL.u2f and PROTOCOL.sshsig
describe it: sk_sign.py TYPE FILE key makes FILE and FILE.pub; sk_sign.py TYPE
FILE sign signs standard input in the namespace ctwatch-pinset."""
import base64
import hashlib
import struct
import sys

from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, ed25519
from cryptography.hazmat.primitives.asymmetric.utils import (
    decode_dss_signature)

APPLICATION = b"ssh:"
TOUCHED = b"\x01"


def string(b):
    return struct.pack(">I", len(b)) + b


def mpint(n):
    return string(n.to_bytes((n.bit_length() + 8) // 8, "big"))


kind, file, what = sys.argv[1:]
name = {"ed25519": b"sk-ssh-ed25519@openssh.com",
        "ecdsa": b"sk-ecdsa-sha2-nistp256@openssh.com"}[kind]
if what == "key":
    key = (ed25519.Ed25519PrivateKey.generate() if kind == "ed25519"
           else ec.generate_private_key(ec.SECP256R1()))
    with open(file, "wb") as f:
        f.write(key.private_bytes(
            serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8,
            serialization.NoEncryption()))
else:
    with open(file, "rb") as f:
        key = serialization.load_pem_private_key(f.read(), None)
if kind == "ed25519":
    public = string(key.public_key().public_bytes(
        serialization.Encoding.Raw, serialization.PublicFormat.Raw))
else:
    public = string(b"nistp256") + string(key.public_key().public_bytes(
        serialization.Encoding.X962,
        serialization.PublicFormat.UncompressedPoint))
blob = string(name) + public + string(APPLICATION)
if what == "key":
    with open(file + ".pub", "w") as f:
        print(name.decode(), base64.b64encode(blob).decode(), file=f)
    sys.exit()

parts = string(b"ctwatch-pinset") + string(b"") + string(b"sha512")
message = b"SSHSIG" + parts + string(
    hashlib.sha512(sys.stdin.buffer.read()).digest())
tail = TOUCHED + struct.pack(">I", 7)
signed = (hashlib.sha256(APPLICATION).digest() + tail +
          hashlib.sha256(message).digest())
if kind == "ed25519":
    signature = key.sign(signed)
else:
    r, s = decode_dss_signature(key.sign(signed, ec.ECDSA(hashes.SHA256())))
    signature = mpint(r) + mpint(s)
out = (b"SSHSIG" + struct.pack(">I", 1) + string(blob) + parts +
       string(string(name) + string(signature) + tail))
text = base64.b64encode(out).decode()
print("-----BEGIN SSH SIGNATURE-----")
for i in range(0, len(text), 70):
    print(text[i:i + 70])
print("-----END SSH SIGNATURE-----")
