# SPDX-License-Identifier: Apache-2.0
"""acme_client: order one certificate from an ACME server (RFC 8555), by the
openssl command, for a server that accepts every challenge.

usage: acme_client.py DIRECTORY ROOTS.pem ACCOUNT.key CERT.key NAME ... >CHAIN

Both keys are on P-256; DIRECTORY is a URL.
"""
import base64
import json
import ssl
import subprocess
import sys
import time
import urllib.error
import urllib.request

directory, roots, account, cert_key, *names = sys.argv[1:]
trust = ssl.create_default_context(cafile=roots)


def b64(data):
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()


def openssl(*args, data=b""):
    return subprocess.run(["openssl", *args], input=data, check=True,
                          stdout=subprocess.PIPE,
                          stderr=subprocess.DEVNULL).stdout


def raw_signature(der):
    """r and s, 32 bytes each, of an ECDSA-Sig-Value."""
    at, out = 2, b""
    for _ in range(2):
        n = der[at + 1]
        out += der[at + 2:at + 2 + n].lstrip(b"\0").rjust(32, b"\0")
        at += 2 + n
    return out


def get(url, method="GET", data=None):
    headers = {"Content-Type": "application/jose+json"} if data else {}
    request = urllib.request.Request(url, data, headers, method=method)
    with urllib.request.urlopen(request, context=trust) as r:
        return r.headers, r.read()


class Client:
    def __init__(self):
        self.urls = json.loads(get(directory)[1])
        point = openssl("pkey", "-in", account, "-pubout", "-outform",
                        "DER")[-64:]
        self.identity = {"jwk": {"kty": "EC", "crv": "P-256",
                                 "x": b64(point[:32]), "y": b64(point[32:])}}
        headers, _ = self.post(self.urls["newAccount"],
                               {"termsOfServiceAgreed": True})
        self.identity = {"kid": headers["Location"]}

    def post(self, url, payload=None):
        """A POST, again with a new nonce while the server refuses that."""
        for _ in range(20):
            try:
                return self.post_once(url, payload)
            except urllib.error.HTTPError as e:
                problem = e.read().decode()
                if "badNonce" not in problem:
                    sys.exit("%s: %s" % (url, problem))
        sys.exit("%s: no nonce is accepted" % url)

    def post_once(self, url, payload):
        nonce = get(self.urls["newNonce"], "HEAD")[0]["Replay-Nonce"]
        protected = b64(json.dumps(
            {"alg": "ES256", "nonce": nonce, "url": url,
             **self.identity}).encode())
        body = "" if payload is None else b64(json.dumps(payload).encode())
        signature = raw_signature(openssl(
            "dgst", "-sha256", "-sign", account,
            data=("%s.%s" % (protected, body)).encode()))
        return get(url, "POST", json.dumps(
            {"protected": protected, "payload": body,
             "signature": b64(signature)}).encode())

    def wait(self, url, *states):
        for _ in range(100):
            got = json.loads(self.post(url)[1])
            if got["status"] in states:
                return got
            time.sleep(0.1)
        sys.exit("%s: %s" % (url, got))


client = Client()
headers, order = client.post(
    client.urls["newOrder"],
    {"identifiers": [{"type": "dns", "value": n} for n in names]})
url, order = headers["Location"], json.loads(order)
for authorization in order["authorizations"]:
    got = json.loads(client.post(authorization)[1])
    if got["status"] == "pending":
        client.post(got["challenges"][0]["url"], {})
    client.wait(authorization, "valid")
request = openssl(
    "req", "-new", "-key", cert_key, "-subj", "/", "-outform", "DER",
    "-addext", "subjectAltName=" + ",".join("DNS:" + n for n in names))
client.wait(url, "ready")
client.post(order["finalize"], {"csr": b64(request)})
got = client.wait(url, "valid")
sys.stdout.buffer.write(client.post(got["certificate"])[1])
