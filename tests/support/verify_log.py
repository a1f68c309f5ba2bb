#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Read every log of a log list to its end and prove all that it says.

usage: verify_log.py LOG-LIST-URL-OR-FILE [NAME]

Signatures, roots, consistency and inclusion proofs, tiles, issuers: each by
the text of RFC 6962, RFC 9162 and static-ct-api, with nothing of ctwatch.
NAME restricts it to logs whose URL contains NAME.  Prints a line for each
log; ends with 1 at the first thing that does not hold, 77 where the Python
module cryptography is missing.
"""
import base64, hashlib, json, struct, sys, urllib.parse, urllib.request

try:
    from cryptography.exceptions import InvalidSignature
    from cryptography.hazmat.primitives import hashes, serialization
    from cryptography.hazmat.primitives.asymmetric import ec, padding
except ImportError:
    sys.exit(77)

sha256 = lambda data: hashlib.sha256(data).digest()
leaf_hash = lambda leaf: sha256(b"\0" + leaf)
node_hash = lambda left, right: sha256(b"\1" + left + right)


def check(holds, what):
    if not holds:
        sys.exit("verify_log: " + what)


def decode(text):
    try:
        return base64.b64decode(text, validate=True)
    except ValueError:
        check(False, "not base64")


def get(url, **query):
    if query:
        url += "?" + urllib.parse.urlencode(query)
    with urllib.request.urlopen(url, timeout=20) as answer:
        return answer.read()


class Reader:
    """TLS presentation language, RFC 8446, 3."""

    def __init__(self, data):
        self.data, self.at = data, 0

    def take(self, n):
        check(self.at + n <= len(self.data), "a length runs past the end")
        self.at += n
        return self.data[self.at - n : self.at]

    def number(self, n):
        return int.from_bytes(self.take(n), "big")

    def vector(self, n):
        return self.take(self.number(n))

    def more(self):
        return self.at < len(self.data)


# ---- trees: RFC 6962, 2.1, and the checks of RFC 9162, 2.1.3.2, 2.1.4.2


def root_of(leaves):
    if not leaves:
        return sha256(b"")
    while len(leaves) > 1:
        up = [node_hash(*leaves[i : i + 2]) for i in range(0, len(leaves) - 1, 2)]
        leaves = up + leaves[2 * len(up) :]
    return leaves[0]


def included(index, size, leaf, path, root):
    fn, sn, r = index, size - 1, leaf
    for p in path:
        if sn == 0:
            return False
        if fn & 1 or fn == sn:
            r = node_hash(p, r)
            while fn and not fn & 1:
                fn, sn = fn >> 1, sn >> 1
        else:
            r = node_hash(r, p)
        fn, sn = fn >> 1, sn >> 1
    return sn == 0 and r == root


def consistent(first, second, first_root, second_root, path):
    if first == second:
        return not path and first_root == second_root
    if first & (first - 1) == 0:
        path = [first_root] + path
    if not path:
        return False
    fn, sn = first - 1, second - 1
    while fn & 1:
        fn, sn = fn >> 1, sn >> 1
    fr = sr = path[0]
    for c in path[1:]:
        if sn == 0:
            return False
        if fn & 1 or fn == sn:
            fr, sr = node_hash(c, fr), node_hash(c, sr)
            while fn and not fn & 1:
                fn, sn = fn >> 1, sn >> 1
        else:
            sr = node_hash(sr, c)
        fn, sn = fn >> 1, sn >> 1
    return sn == 0 and fr == first_root and sr == second_root


# ---- heads


def check_head(key, size, timestamp, root, signed):
    message = b"\0\1" + struct.pack(">QQ", timestamp, size) + root
    check(len(signed) - 4 == int.from_bytes(signed[2:4], "big"), "signature length")
    try:
        if isinstance(key, ec.EllipticCurvePublicKey):
            check(signed[:2] == b"\4\3", "not sha256 with ecdsa")
            key.verify(signed[4:], message, ec.ECDSA(hashes.SHA256()))
        else:
            check(signed[:2] == b"\4\1", "not sha256 with rsa")
            key.verify(signed[4:], message, padding.PKCS1v15(), hashes.SHA256())
    except InvalidSignature:
        check(False, "the signature of the head does not verify")


def parse_leaf(leaf):
    r = Reader(leaf)
    check(r.take(2) == b"\0\0", "not a v1 timestamped entry")
    r.number(8)
    kind = r.number(2)
    check(kind in (0, 1), "entry type %d" % kind)
    if kind == 1:
        r.take(32)
    r.vector(3)
    r.vector(2)
    check(not r.more(), "bytes after the leaf")
    return kind


def verify_rfc6962(log, key):
    url = log["url"] + "ct/v1/"
    call = lambda name, **query: json.loads(get(url + name, **query))
    sth = call("get-sth")
    size, root = sth["tree_size"], decode(sth["sha256_root_hash"])
    check_head(key, size, sth["timestamp"], root, decode(sth["tree_head_signature"]))
    leaves = []
    while len(leaves) < size:
        entries = call("get-entries", start=len(leaves), end=size - 1)["entries"]
        check(0 < len(entries) <= size - len(leaves), "entries in an answer")
        for e in entries:
            leaf = decode(e["leaf_input"])
            extra = Reader(decode(e["extra_data"]))
            if parse_leaf(leaf) == 1:
                extra.vector(3)
            chain = Reader(extra.vector(3))
            while chain.more():
                chain.vector(3)
            check(not extra.more(), "bytes after extra_data")
            leaves.append(leaf_hash(leaf))
    check(root_of(leaves) == root, "the entries do not hash to the root")
    for first in {1, 2, size // 3, size // 2, size - 1, size} & set(range(1, size + 1)):
        for second in {first, (first + size) // 2, size}:
            path = call("get-sth-consistency", first=first, second=second)
            path = [decode(p) for p in path["consistency"]]
            check(consistent(first, second, root_of(leaves[:first]),
                             root_of(leaves[:second]), path),
                  "consistency of %d and %d" % (first, second))
    for index in {0, size // 3, size - 1}:
        for tree in {index + 1, size}:
            head = root_of(leaves[:tree])
            entry = call("get-entry-and-proof", leaf_index=index, tree_size=tree)
            check(leaf_hash(decode(entry["leaf_input"])) == leaves[index], "entry")
            proof = call("get-proof-by-hash", tree_size=tree,
                         hash=base64.b64encode(leaves[index]).decode())
            for answer, at in (entry, index), (proof, proof["leaf_index"]):
                path = [decode(p) for p in answer["audit_path"]]
                check(included(at, tree, leaves[index], path, head),
                      "inclusion of %d in %d" % (index, tree))
    for der in call("get-roots")["certificates"]:
        decode(der)
    return size


def tile_path(n, width):
    path = "%03d" % (n % 1000)
    while n >= 1000:
        n //= 1000
        path = "x%03d/%s" % (n % 1000, path)
    return path + (".p/%d" % width if width < 256 else "")


def parse_checkpoint(text, log, key):
    body, lines = text.rsplit("\n\n", 1)
    origin, size, root = body.split("\n")
    check(origin == log["submission_url"].split("://")[1].rstrip("/"), "origin")
    key_id = sha256(origin.encode() + b"\n\5" + decode(log["log_id"]))[:4]
    seen = 0
    for line in lines.splitlines():
        dash, name, signature = line.split(" ")
        signature = decode(signature)
        check(dash == "\u2014", "signature line")
        if name != origin or signature[:4] != key_id:
            continue
        timestamp = int.from_bytes(signature[4:12], "big")
        check_head(key, int(size), timestamp, decode(root), signature[12:])
        seen += 1
    check(seen == 1, "%d signatures by the log's key" % seen)
    return int(size), decode(root)


def read_tile(url, leaves, issuers, width):
    r = Reader(get(url + "tile/data/" + tile_path(len(leaves) // 256, width)))
    for _ in range(width):
        begin = r.at
        r.number(8)
        kind = r.number(2)
        check(kind in (0, 1), "entry type %d" % kind)
        if kind == 1:
            r.take(32)
        r.vector(3)
        extensions = r.vector(2)
        check(extensions == b"\0\0\5" + len(leaves).to_bytes(5, "big"), "leaf_index")
        leaves.append(leaf_hash(b"\0\0" + r.data[begin : r.at]))
        if kind == 1:
            r.vector(3)
        prints = r.vector(2)
        check(len(prints) % 32 == 0, "fingerprints")
        issuers.update(prints[i : i + 32] for i in range(0, len(prints), 32))
    check(not r.more(), "bytes after the tile")


def verify_static(log, key):
    url = log["monitoring_url"]
    size, root = parse_checkpoint(get(url + "checkpoint").decode(), log, key)
    leaves, issuers = [], set()
    while len(leaves) < size:
        read_tile(url, leaves, issuers, min(256, size - len(leaves)))
    check(root_of(leaves) == root, "the tiles do not hash to the root")
    level, hashes_here = 0, leaves
    while hashes_here:
        for n in range(0, len(hashes_here), 256):
            part = hashes_here[n : n + 256]
            tile = get("%stile/%d/%s" % (url, level, tile_path(n // 256, len(part))))
            check(tile == b"".join(part), "hash tile %d/%d" % (level, n // 256))
        whole = len(hashes_here) // 256 * 256
        hashes_here = [root_of(hashes_here[i : i + 256]) for i in range(0, whole, 256)]
        level += 1
    for issuer in issuers:
        check(sha256(get(url + "issuer/" + issuer.hex())) == issuer, "issuer")
    return size


def verify(source, only=""):
    """Prove the logs of a list whose URL contains only: yields URL, size."""
    text = get(source) if "://" in source else open(source, "rb").read()
    for operator in json.loads(text)["operators"]:
        for log in operator["logs"] + operator.get("tiled_logs", []):
            url = log.get("url") or log["monitoring_url"]
            if only not in url:
                continue
            spki = decode(log["key"])
            check(sha256(spki) == decode(log["log_id"]), "log_id")
            key = serialization.load_der_public_key(spki)
            yield url, (verify_rfc6962 if "url" in log else verify_static)(log, key)


if __name__ == "__main__":
    for url, size in verify(*sys.argv[1:]):
        print("%s: %d entries proved" % (url, size), flush=True)
