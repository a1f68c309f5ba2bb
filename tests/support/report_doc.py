#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Print a ctwatch-report/1 document with N findings, for tests of writers.

usage: report_doc.py N [--hostile] [--incomplete]

The same arguments print the same bytes.  --hostile puts an attack into every
member whose value a log, a CA, a colleague or a log list controls.
"""
import base64
import hashlib
import json
import sys

ATTACKS = [
    "<script>alert(1)</script>", "\"'><img src=x onerror=alert(2)>",
    "</title></style><svg/onload=alert(3)>", "javascript:alert(4)",
    "=HYPERLINK(\"http://x.example\",\"x\")", "a|b=c\\d", "{{7*7}}${7*7}`id`",
    "\\x1b[2J\\x1b]0;x\\x07", "\\u{202E}gro.elpmaxe", "x" * 10000,
    "&lt;b&gt;", "]]>--><!--", "b\u00fccher.example", "\u6771\u4eac\u90fd",
    "%00%0d%0aSet-Cookie:x", "@SUM(1+1)*cmd|' /C calc'!A0",
]
RULES = [
    ("CTW001", "unexpected-key", "critical"),
    ("CTW004", "compromised-key-seen", "critical"),
    ("CTW002", "unexpected-issuer", "high"),
    ("CTW006", "retired-pin-used", "high"),
    ("CTW000", "certificate-seen", "medium"),
    ("CTW030", "validity-too-long", "medium"),
    ("CTW015", "new-issuer-first-seen", "low"),
    ("CTW013", "renewed-same-key", "note"),
]
ORDER = ["critical", "high", "medium", "low", "note"]
HOSTS = ["www", "api", "login", "mail", "shop", "vpn", "status", "cdn"]
CAS = ["CN=R11,O=Let's Encrypt,C=US", "CN=WE1,O=Google Trust Services,C=US",
       "CN=DigiCert TLS RSA SHA256 2020 CA1,O=DigiCert Inc,C=US",
       "CN=Sectigo RSA Domain Validation Secure Server CA,O=Sectigo Limited"]
OPERATORS = [("Google", "Argon", "static"), ("Cloudflare", "Nimbus", "rfc6962"),
             ("Let's Encrypt", "Willow", "static"),
             ("Sectigo", "Elephant", "static"), ("DigiCert", "Wyvern", "rfc6962"),
             ("TrustAsia", "HETU", "static"), ("Geomys", "Tuscolo", "static")]


def sha(text):
    return hashlib.sha256(text.encode()).digest()


def b64(text):
    return base64.b64encode(sha(text)).decode()


def day(n):
    """Day n of 2026, also beyond it."""
    import datetime
    t = datetime.datetime(2026, 1, 1) + datetime.timedelta(days=n)
    return t.strftime("%Y-%m-%dT02:14:09Z")


class Maker:
    def __init__(self, hostile, incomplete):
        self.hostile, self.incomplete, self.turn = hostile, incomplete, 0

    def text(self, plain):
        """Plain text, or the next attack."""
        if not self.hostile:
            return plain
        self.turn += 1
        return ATTACKS[self.turn % len(ATTACKS)]

    def logs(self):
        out = []
        for year in ("2026h2", "2027h1"):
            for i, (operator, name, kind) in enumerate(OPERATORS):
                size = 10 ** 9 + i * 12345678
                behind = self.incomplete and i in (3, 4) and year == "2026h2"
                gone = behind and i == 3
                out.append({
                    "log_id": sha(name + year).hex(),
                    "description": self.text("%s '%s%s'" % (operator, name, year)),
                    "operator": self.text(operator), "type": kind,
                    "url": self.text("https://%s%s.example/" % (name.lower(), year)),
                    "state": "usable", "first_entry": size - 4000000,
                    "next_entry": size - (54321 if behind else 0),
                    "tree_size": None if gone else size,
                    "root_hash": None if gone else sha(name).hex(),
                    "sth_timestamp": None if gone else day(323),
                    "verified": not behind,
                    "lag_entries": None if gone else 54321 if behind else 0,
                    "lag_seconds": 5400 if behind and not gone else None,
                    "status": "unreachable" if gone else "partial" if behind
                    else "complete",
                    "reason": self.text("timed out after 30 s" if gone else
                                        "time budget ended") if behind else None,
                    "entries_read": 1234567 // (i + 1),
                    "bytes_read": 123456789, "refused": 1 if i == 0 else 0,
                    "issuers_missing": 0,
                    "unread": [[size - 54321, size]] if behind else []})
        out.append(dict(out[0], log_id=sha("old").hex(), status="skipped",
                        description=self.text("Google 'Xenon2025h2'"),
                        reason="its certificates have expired", entries_read=0,
                        tree_size=None, root_hash=None, sth_timestamp=None,
                        lag_entries=None, refused=0))
        if self.incomplete and not self.hostile:
            out.append(dict(out[-1], log_id=sha("odd").hex(), url=None,
                            status="unusable", verified=False,
                            description=self.text("Odd '2026h2'"),
                            reason=self.text("key: not base64")))
        return out

    def certificate(self, i, key):
        host = HOSTS[i % len(HOSTS)]
        start = 323 - i % 300
        return {
            "tbs_sha256": sha("tbs%d" % i).hex(),
            "cert_sha256": sha("cert%d" % i).hex() if i % 3 else None,
            "spki_sha256": b64(key), "key": ["EC P-256", "RSA 2048"][i % 2],
            "subject": self.text("CN=%s.example.com" % host),
            "issuer": self.text(CAS[i % len(CAS)]),
            "issuer_spki_sha256": b64(CAS[i % len(CAS)]),
            "serial": sha("serial%d" % i).hex()[:32] * (4 if self.hostile else 1),
            "not_before": day(start), "not_after": day(start + 90),
            "names": [self.text("%s.example.com" % host)] +
                     [self.text("%s%d.example.com" % (host, k))
                      for k in range(i % 12)],
            "addresses": ["192.0.2.%d" % (i % 256)] if i % 7 == 0 else [],
            "other_names": [],
            "notes": [self.text("two subjectAltName extensions")]
            if i % 5 == 4 else []}

    def sightings(self, i, logs):
        return [{"log_id": logs[(i + k) % 14]["log_id"], "index": 10 ** 9 + i + k,
                 "timestamp": day(323 - i % 300),
                 "kind": "precert" if k % 2 == 0 else "final",
                 "leaf_hash": b64("leaf%d.%d" % (i, k)), "verified": True}
                for k in range(1 + i % 4)]

    def finding(self, i, n, logs):
        rule, name, severity = RULES[min(i * len(RULES) // max(n, 8) if n > 3
                                         else i * 2, len(RULES) - 1)]
        host = HOSTS[i % len(HOSTS)]
        status = ["new", "open", "new", "suppressed"][i % 4] if n > 3 else "new"
        if n > 3 and i % 16 == 15:
            status = "closed"
        pattern = self.text("**.example.com")
        out = {
            "id": sha("finding%d" % i).hex(), "rule": rule, "name": name,
            "severity": severity, "status": status, "verified": i % 50 != 49,
            "first_seen": day(323 - i % 300), "last_seen": day(323),
            "watched": [pattern],
            "matched_names": [self.text("%s.example.com" % host)],
            "matched_count": 1,
            "message": self.text(
                "%s.example.com: a certificate carries a key that is not in "
                "the pinset" % host),
            "remediation": "Ask who requested this certificate. If it is yours, "
                           "add it with `ctwatch pins propose`. If no one did, "
                           "ask the CA to revoke it.",
            "subject": pattern,
            "matches": [{"watch": pattern, "name": self.text(
                "%s.example.com" % host), "how": "subtree", "kind": "dns"}],
            "notes": [self.text("the issuer is on the list of the domain")],
            "owners": [{"pattern": pattern, "name": self.text("platform"),
                        "contact": self.text("platform@example.com")}]
            if i % 2 == 0 else [],
            "certificate": self.certificate(
                i, "pin2026" if i % 17 == 16 else "key%d" % (i % 17)),
            "sightings": self.sightings(i, logs)}
        out["owner"] = out["owners"][0] if out["owners"] else None
        if status == "suppressed":
            out["reason"], out["until"] = self.text("known CDN"), day(400)
        return out

    def document(self, n):
        logs = self.logs()
        findings = [self.finding(i, n, logs) for i in range(n)]
        findings.sort(key=lambda f: (ORDER.index(f["severity"]),
                                     f["first_seen"], f["rule"], f["id"]))
        pins = [{"id": self.text("web-%d" % y), "state": state,
                 "spki": "sha256/" + b64("pin%d" % y), "not_before": None,
                 "not_after": day(400) if state == "active" else None,
                 "retire_after": day(380) if state == "active" else None,
                 "patterns": [self.text("**.example.com")]}
                for y, state in ((2025, "retired"), (2026, "active"),
                                 (2027, "backup"))]
        expected = []
        for i in range(12):
            cert = self.certificate(1000 + 23 * i, "pin2026")
            cert["pin"] = {"id": pins[1]["id"], "state": "active"}
            cert["sightings"] = self.sightings(1000 + 23 * i, logs)
            expected.append(cert)
        status = (1 if any(f["severity"] in ORDER[:2] and
                           f["status"] in ("new", "open") for f in findings)
                  else 0) | (2 | 32 if self.incomplete else 0)
        failure = {"error": self.text("state.db: database or disk is full")} \
            if self.incomplete else {}
        return {
            "format": "ctwatch-report/1",
            "run": {"id": 17, "started": day(324), "ended": day(324),
                    "version": "0.1.0", "exit_status": status,
                    "outcome": "failed" if status & 32 else
                    "findings" if status & 1 else "clean", **failure,
                    "pinset": {"name": self.text("example"), "version": 42,
                               "sha256": sha("pinset").hex(),
                               "expires": day(397)},
                    "watched": 14, "fail_on": "high",
                    "lists": [{"source": self.text(
                        "https://www.gstatic.com/ct/log_list/v3/log_list.json"),
                        "fetched": day(323), "dated":
                        day(100 if self.incomplete else 322), "logs": 64, "error": None}]},
            "coverage": {"operators_behind": 2 if self.incomplete else 0,
                         "new_items": [], "new_items_count": 0,
                         "doubtful_items": [], "doubtful_items_count": 0,
                         "logs": logs},
            "pins": pins,
            "owners": [{"pattern": self.text("**.example.com"),
                        "name": self.text("platform"),
                        "contact": self.text("platform@example.com")}],
            "places": [] if self.hostile else
            [{"pattern": "**.example.com", "file": "pins/pinset 1.json",
              "line": 17}],
            "findings": findings, "expected": expected,
            "refused": [{"log_id": logs[0]["log_id"], "index": 987654321,
                         "reason": "trailing-bytes",
                         "possible_match": self.text(".example.com")}],
            "totals": {"entries": 7654321, "bytes": 9876543210,
                       "matched": n + 12, "seconds": 372.5}}


if __name__ == "__main__":
    maker = Maker("--hostile" in sys.argv, "--incomplete" in sys.argv)
    json.dump(maker.document(int(sys.argv[1])), sys.stdout)
