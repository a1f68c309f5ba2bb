# SPDX-License-Identifier: Apache-2.0
"""The rows of whole runs: each against a floor, what the same machine takes for
the least that must be done, and a peer, another program that does the same.
"""
import json, os, shutil, subprocess, tempfile

from measure import Sample, alternate, fail
from programs import Log


class Rows:
    def __init__(self, bench, table, has, quick):
        self.bench, self.table, self.has = bench, table, has
        self.runs, self.quick = table.runs, quick
        self.n = 20000 if quick else 100000
        self.findings = 3000 if quick else 30000

    def alternate(self, programs, runs=None):
        """The median samples of those programs that are there."""
        return alternate(runs or self.runs, {
            name: run for name, run in programs.items()
            if self.has(name.split()[0])})

    def floor_of(self, curl, kind):
        """curl's sample, and SHA-256 of as many leaves (row "hash")."""
        row = self.table.find("hash")
        sha256 = row["ns_per_entry"] / row["floor_ratio"] * self.n / 1e9
        return curl and ("curl + SHA-256",
                         curl._replace(cpu=curl.cpu + sha256))

    # ---- reading ----

    def plain(self):
        """One log of each kind, by the number of watched items."""
        b, sizes = self.bench, (1, 100, 10000)
        with Log(b, self.n) as log:
            for kind in "rfc6962", "static":
                programs = {"curl": lambda: b.curl(log, kind)}
                for items in sizes:
                    programs["ctwatch %d" % items] = \
                        lambda items=items: b.first_night(log, kind, items)
                    if kind == "rfc6962" and items in (1, 10000):
                        programs["certspotter %d" % items] = \
                            lambda items=items: b.certspotter(log, items)
                got = self.alternate(programs)
                for name, sample in got.items():
                    who, *items = name.split()
                    if who == "ctwatch":
                        self.table.measured(
                            "run-%s-%s" % (kind, items[0]), sample, self.n,
                            ("certspotter",
                             got.get("certspotter " + items[0])),
                            self.floor_of(got.get("curl"), kind),
                            bytes=b.traffic)

    def many_items(self):
        """A million watched items: the run that meets a new list, and one that
        knows it, without new entries."""
        b, items, n = self.bench, 1000000, 256
        state = tempfile.mkdtemp(dir=b.tmp)
        with Log(b, n) as log:
            first = self.alternate({
                "ctwatch": lambda: b.first_night(log, "rfc6962", items)})
            b.night(log, "rfc6962", items, state, n, 0)
            got = self.alternate({
                "sort": lambda: b.run("sort", "--parallel=1",
                                      b.watchlist(items),
                                      env=dict(os.environ, LC_ALL="C")),
                "ctwatch": lambda: b.night(log, "rfc6962", items, state, 0,
                                           0)})
        shutil.rmtree(state)
        for name, sample in ("first", first["ctwatch"]), \
                ("second", got["ctwatch"]):
            self.table.measured("%s-night-%d-items" % (name, items), sample,
                                items, floor=("sort of the list",
                                              got["sort"]))

    def secure(self):
        """The same with TLS and gzip, as the public logs have it."""
        b = self.bench
        with Log(b, self.n, secure=True) as log:
            for kind in "rfc6962", "static":
                got = self.alternate({
                    "curl": lambda: b.curl(log, kind),
                    "ctwatch": lambda: b.first_night(log, kind, 1)})
                self.table.measured(
                    "run-%s-https-gzip" % kind, got["ctwatch"], self.n,
                    floor=self.floor_of(got.get("curl"), kind),
                    bytes=b.traffic)

    def far(self):
        """A log 50 ms away, against curl with 16 requests at once."""
        b = self.bench
        with Log(b, self.n, threads=32) as log:
            log.spoil("slow&ms=50")
            for kind in "rfc6962", "static":
                got = self.alternate({
                    "curl": lambda: b.curl(log, kind, "-Z", "--parallel-max",
                                           "16"),
                    "ctwatch": lambda: b.first_night(log, kind, 1)})
                self.table.measured(
                    "run-%s-50-ms" % kind, got["ctwatch"], self.n,
                    floor=("the time of curl with 16 requests at once",
                           got.get("curl")), by="wall")

    def throttled(self):
        """100 pages, each 20th request answered with HTTP 429 and
        Retry-After: 1."""
        b, n = self.bench, 25600
        with Log(b, n) as log:
            log.spoil("429&to=1&every=20")
            for kind in "rfc6962", "static":
                programs = {
                    "curl": lambda: b.curl(log, kind, "--retry", "9"),
                    "ctwatch": lambda: b.first_night(log, kind, 1)}
                if kind == "rfc6962":
                    programs["certspotter"] = lambda: b.certspotter(log, 1)
                got = self.alternate(programs)
                self.table.measured(
                    "run-%s-429" % kind, got["ctwatch"], n,
                    ("certspotter (time)", got.get("certspotter")),
                    ("the time of curl --retry", got.get("curl")), by="wall")

    def many_logs(self):
        """As many entries of 40 and of 70 logs as of one."""
        b = self.bench
        for logs, items in (40, 1), (70, 100000):
            n = self.n // logs
            with Log(b, n, logs) as many, Log(b, n * logs) as one:
                for kind in "rfc6962", "static":
                    got = self.alternate({
                        "ctwatch 1": lambda: b.first_night(one, kind, items),
                        "ctwatch": lambda: b.first_night(many, kind, items,
                                                         logs=logs)})
                    self.table.measured(
                        "run-%s-%d-logs-%d" % (kind, logs, items),
                        got["ctwatch"], n * logs,
                        floor=("one log", got["ctwatch 1"]))

    def idle_logs(self):
        """A night in which none of 70 logs has anything new, by log."""
        b, logs, n = self.bench, 70, 50
        state = tempfile.mkdtemp(dir=b.tmp)
        with Log(b, n, logs) as log:
            b.night(log, "rfc6962", 1, state, n * logs, 0)
            got = self.alternate({
                "curl": lambda: b.curl_heads(log),
                "ctwatch": lambda: b.night(log, "rfc6962", 1, state, 0, 0)},
                2 * self.runs)
        shutil.rmtree(state)
        self.table.measured("idle-%d-logs" % logs, got["ctwatch"], logs,
                            floor=("curl of the heads", got.get("curl")))

    def curve(self):
        """Time and memory by the size of the log."""
        b = self.bench
        for n in (10000, 100000) if self.quick else (10000, 500000, 2000000):
            with Log(b, n) as log:
                for kind in "rfc6962", "static":
                    got = self.alternate({
                        "curl": lambda: b.curl(log, kind),
                        "ctwatch": lambda: b.first_night(log, kind, 1)},
                        min(self.runs, 3))
                    self.table.measured(
                        "curve-%s-%d" % (kind, n), got["ctwatch"], n,
                        floor=("curl", got.get("curl")))

    # ---- matches ----

    def matching(self):
        """A first and a second night with 0.2 and 2 % of matches, each another
        certificate."""
        b, items, n = self.bench, 300, self.n
        for every, percent in (500, "0.2%"), (50, "2%"):
            rare, matched = b.matches(n // every), n // every
            with Log(b, n, rare=rare, every=every) as log, Log(b, n) as plain:
                states = {x: tempfile.mkdtemp(dir=b.tmp) for x in (log, plain)}
                got = self.alternate({
                    "ctwatch none": lambda: b.first_night(
                        plain, "rfc6962", items),
                    "ctwatch": lambda: b.first_night(
                        log, "rfc6962", items, matched),
                    "certspotter": lambda: b.certspotter(
                        log, items, matched)})
                self.table.measured(
                    "first-night-matches-" + percent, got["ctwatch"], n,
                    ("certspotter", got.get("certspotter")),
                    ("the run without matches", got["ctwatch none"]))
                b.night(plain, "rfc6962", items, states[plain], n, 0)
                b.night(log, "rfc6962", items, states[log], n, matched)
                got = self.alternate({
                    "ctwatch none": lambda: b.night(
                        plain, "rfc6962", items, states[plain], 0, 0),
                    "ctwatch": lambda: b.night(
                        log, "rfc6962", items, states[log], 0, matched)})
                self.table.measured(
                    "second-night-matches-" + percent, got["ctwatch"], n,
                    floor=("the run without matches", got["ctwatch none"]))
                for state in states.values():
                    shutil.rmtree(state)

    def verify(self, what, path):
        """libcrypto's CPU time for the certificates of a file."""
        t = subprocess.run(
            [self.bench.build + "/tests/bench/verify_matches", what, path],
            check=True, stdout=subprocess.PIPE).stdout
        return Sample(float(t) / 1e9, 0, 0)

    def jobs(self):
        """1.8 % of matches for 10,000 watched domains: of as many certificates,
        and of few that come again and again; on one core and on two."""
        b, items, every = self.bench, 10000, 55
        matched = self.n // every
        n, few = matched * every, 64
        with Log(b, n) as none, \
                Log(b, n, rare=b.matches(matched), every=every) as distinct, \
                Log(b, n, rare=b.matches(few), every=every) as repeated:
            logs = {"no-matches": (none, 0), "repeated": (repeated, matched),
                    "distinct": (distinct, matched)}
            programs = {
                "ctwatch %s %d" % (name, jobs): lambda log=log, m=m, jobs=jobs:
                b.first_night(log, "rfc6962", items, m,
                              more=("--jobs", str(jobs)))
                for name, (log, m) in logs.items() for jobs in (1, 2)}
            programs["libcrypto leaf"] = \
                lambda: self.verify("leaf", b.matches(matched))
            programs["libcrypto chain"] = \
                lambda: self.verify("chain", b.matches(matched))
            got = self.alternate(programs)
        for name in logs:
            one, two = (got["ctwatch %s %d" % (name, jobs)] for jobs in (1, 2))
            plain = None if name == "no-matches" else (
                "the run without matches", got["ctwatch no-matches 1"])
            self.table.measured("matches-%s-jobs-1" % name, one, n,
                                floor=plain)
            self.table.measured("matches-%s-jobs-2" % name, two, n,
                                ("--jobs 1 (time)", one), by="wall")
        self.one_match(got, matched)

    def one_match(self, got, matched):
        """What a match adds to a run, against libcrypto's part of it."""
        for name in "repeated", "distinct":
            cpu = (got["ctwatch %s 1" % name].cpu -
                   got["ctwatch no-matches 1"].cpu)
            row = {"name": "one-match-" + name, "entries": matched,
                   "runs": self.runs, "ns_per_entry": cpu / matched * 1e9,
                   "cpu_seconds_per_million": cpu / matched * 1e6}
            if name == "distinct":
                row.update(
                    peer="parsing and verifying the chain by libcrypto",
                    peer_ratio=got["libcrypto chain"].cpu / cpu,
                    floor="libcrypto for the leaves alone",
                    floor_ratio=cpu / got["libcrypto leaf"].cpu)
            self.table.add(row)

    # ---- reports ----

    def report_of(self, state, name, *words):
        """A command that prints the findings of a state, against sqlite3 that
        prints the table of them."""
        b = self.bench
        got = self.alternate({
            "sqlite3": lambda: b.run("sqlite3", "-json", state + "/state.db",
                                     "SELECT * FROM finding"),
            "ctwatch": lambda: b.run(b.build + "/ctwatch/ctwatch", *words,
                                     "--state", state)})
        self.table.measured("%s-%d-findings" % (name, self.findings),
                            got["ctwatch"], self.findings,
                            floor=("sqlite3 -json", got.get("sqlite3")))

    def reports(self):
        """Reports of so many findings, and a night that finds nothing new; and
        what the state keeps of a certificate with its findings and one
        sighting, and of another sighting."""
        b, n, sizes = self.bench, self.findings, []
        rare = b.matches(n)
        with open(rare) as f:
            entry = sum(len(json.loads(line)["leaf_input"])
                        for line in f) * 3 // 4 / n
        for entries in n, 3 * n:
            state = tempfile.mkdtemp(dir=b.tmp)
            with Log(b, entries, rare=rare) as log:
                first = b.night(log, "rfc6962", 300, state, entries, entries)
                sizes.append(os.path.getsize(state + "/state.db"))
                if entries == n:
                    self.second_night(log, state, first)
            shutil.rmtree(state)
        self.table.add({"name": "state-certificate", "bytes": sizes[0] / n,
                        "floor": "the bytes of its leaf",
                        "floor_ratio": sizes[0] / n / entry})
        self.table.add({"name": "state-sighting",
                        "bytes": (sizes[1] - sizes[0]) / (2 * n),
                        "floor": "a leaf hash and a log ID",
                        "floor_ratio": (sizes[1] - sizes[0]) / (2 * n) / 64})

    def second_night(self, log, state, first):
        b, n = self.bench, self.findings
        self.table.measured("first-night-%d-findings" % n, first, n)
        got = self.alternate({"ctwatch": lambda: b.night(
            log, "rfc6962", 300, state, 0, n)})
        self.table.measured("second-night-%d-findings" % n, got["ctwatch"], n,
                            floor=("the first night", first))
        self.report_of(state, "report-text", "report")
        self.report_of(state, "report-sarif", "report", "--format", "sarif")
        self.report_of(state, "findings-list", "findings", "list")

    # ---- revocation ----

    def crl(self):
        """A CRL by ctwatch and by openssl: CPU time, and peak memory beside the
        file, which ctwatch maps and openssl reads."""
        if not (self.has("openssl") and self.has("matches")):
            return
        b, entries = self.bench, 100000 if self.quick else 1000000
        ca, key, path = (b.tmp + x for x in ("/ca.crt", "/ca.key", "/crl"))
        url, serial = "http://ca.example/crl", "d1a2b3c4d5e6f708"
        subprocess.run(
            ["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt",
             "ec_paramgen_curve:P-256", "-nodes", "-subj", "/CN=bench CA",
             "-days", "2", "-keyout", key, "-out", ca], check=True,
            stderr=subprocess.DEVNULL)
        subprocess.run(["openssl", "x509", "-in", ca, "-outform", "DER",
                        "-out", ca + ".der"], check=True)
        b.run("python3", b.src + "/tests/support/make_crl.py", ca, key,
              str(entries), url, path, serial)
        got = self.alternate({
            "openssl": lambda: b.run(
                "openssl", "crl", "-inform", "DER", "-in", path, "-CAfile", ca,
                "-noout", stderr=subprocess.DEVNULL),
            "ctwatch": lambda: b.run(
                b.build + "/tests/bench/read_crl", path, ca + ".der", url,
                "00" + serial)})
        size = os.path.getsize(path) // 1024
        got = {k: v._replace(rss=v.rss - size) for k, v in got.items()}
        self.table.measured("crl-%d" % entries, got["ctwatch"], entries,
                            ("openssl crl", got["openssl"]))
