#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""A DNS server that answers queries for CAA as the first label says.

usage: dns_server.py DIR

It listens on 127.0.0.1 by UDP and TCP, writes the port to DIR/dns-port, and
appends a line for each query to DIR/queries: the name, "ad" and "edns" if the
query has them, and the transport.  While DIR/wait exists, queries beyond the
number in it get no answer.  DIR/issuer is the issuer of ordinary names.
"""
import os
import socket
import struct
import sys
import threading

TOP = sys.argv[1]
LOCK = threading.Lock()
QUERIES = 0


def name_end(m, at):
    while m[at]:
        at += m[at] + 1
    return at + 1


def rdata(tag, value, flags=0):
    return bytes([flags, len(tag)]) + tag + value


def record(data, kind=257, ttl=300, name=b"\xc0\x0c"):
    return name + struct.pack(">HHIH", kind, 1, ttl, len(data)) + data


def answer(q, records, rcode=0, flags=0, count=None):
    end = name_end(q, 12) + 4
    n = len(records) if count is None else count
    return (q[:2] + struct.pack(">5H", 0x8180 | flags | rcode, 1, n, 0, 0) +
            q[12:end] + b"".join(records))


def issuer():
    try:
        return open(TOP + "/issuer", "rb").read().strip()
    except OSError:
        return b"ca.example"


# By the first label: the answers by UDP; by TCP the last of them.
def answers(label, q):
    ok = answer(q, [record(rdata(b"issue", issuer()))])
    edns = q[10:12] != b"\0\0"
    many = [record(rdata(b"issue", b"ca%d.example" % i)) for i in range(100)]
    big = [record(rdata(b"issue", b"c" * 900)) for i in range(1)] + [
        record(rdata(b"iodef", b"%d" % i + b"x" * 900)) for i in range(9)]
    return {
        "tc": [answer(q, [], flags=0x200), answer(q, many)],
        "tctc": [answer(q, [], flags=0x200)],
        "count": [answer(q, [], count=5)],
        "loop": [answer(q, [record(rdata(b"issue", b"x"), name=b"\xc0" +
                        bytes([name_end(q, 12) + 4]))])],
        "badtag": [answer(q, [record(b"\0\0issue")])],
        "big": [answer(q, [], flags=0x200), answer(q, big)],
        "refused": [answer(q, [], rcode=5)],
        "servfail": [answer(q, [], rcode=2)],
        "nxdomain": [answer(q, [], rcode=3)],
        "wrongid": [b"\0\0" + ok[2:] if q[:2] != b"\0\0" else b"\1" + ok[1:],
                    ok],
        "ad": [answer(q, [record(rdata(b"issue", b"ca.example"))],
                      flags=0x20 if q[3] & 0x20 else 0)],
        "control": [answer(q, [record(rdata(b"issue", b"\x1b[2J<b>\0\n"))])],
        "empty": [answer(q, [record(rdata(b"issue", b""))])],
        "formerr": [answer(q, [], rcode=1) if edns else ok],
        "example": [answer(q, [])],
        "none": [answer(q, [])],
    }.get(label, [ok])


def met(q, transport):
    """Note the query; False if it gets no answer."""
    global QUERIES
    labels, at = [], 12
    while q[at]:
        labels.append(q[at + 1:at + 1 + q[at]].decode())
        at += q[at] + 1
    with LOCK:
        QUERIES += 1
        with open(TOP + "/queries", "a") as out:
            print(".".join(labels), "ad" if q[3] & 0x20 else "-",
                  "edns" if q[10:12] != b"\0\0" else "-", transport, file=out)
        try:
            limit = int(open(TOP + "/wait").read())
        except (OSError, ValueError):
            QUERIES, limit = 0, 1 << 30
        return labels[0].rstrip("0123456789") if QUERIES <= limit else None


def serve_connection(s):
    try:
        while True:
            n = struct.unpack(">H", s.recv(2, socket.MSG_WAITALL))[0]
            q = s.recv(n, socket.MSG_WAITALL)
            label = met(q, "tcp")
            if label:
                m = answers(label, q)[-1]
                s.sendall(struct.pack(">H", len(m)) + m)
    except (OSError, struct.error):
        s.close()


def serve_tcp(listener):
    while True:
        threading.Thread(target=serve_connection, args=(listener.accept()[0],),
                         daemon=True).start()


udp = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
udp.bind(("127.0.0.1", 0))
tcp = socket.socket()
tcp.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
tcp.bind(udp.getsockname())
tcp.listen()
threading.Thread(target=serve_tcp, args=(tcp,), daemon=True).start()
with open(TOP + "/dns-port.part", "w") as f:
    f.write(str(udp.getsockname()[1]))
os.rename(TOP + "/dns-port.part", TOP + "/dns-port")
while True:
    query, peer = udp.recvfrom(65535)
    first = met(query, "udp")
    if first:
        replies = answers(first, query)
        for reply in replies if first == "wrongid" else replies[:1]:
            udp.sendto(reply, peer)
