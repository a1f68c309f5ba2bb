# SPDX-License-Identifier: Apache-2.0
"""simulated_runs: what tests of many runs share: to run ctwatch and to kill it, and
to hold what its store has against what the logs served."""

import collections
import json
import os
import shutil
import signal
import sqlite3
import subprocess
import tempfile
import time
import urllib.request

LOCAL = 32  # in the exit status: a local failure
CLOSED = 3  # status of a finding

Finding = collections.namedtuple(
    "Finding", "id rule severity tbs subject message detail status")


def check(ok, *what):
    if not ok:
        raise SystemExit("FAIL: " + " ".join(map(str, what)))


def control(url, query):
    with urllib.request.urlopen(url + "/control?" + query, timeout=30) as f:
        return f.read()


class Ctwatch:
    """ctwatch run, with the options that all runs of a test share."""

    def __init__(self, program, *options):
        self.command = [program, "run", "--no-revocation", "--since", "start", "--format",
                        "json", "--jobs", "2", *options]

    def start(self, state, out, *options):
        with open(out + ".json", "wb") as report, \
                open(out + ".err", "wb") as err:
            return subprocess.Popen(
                [*self.command, "--state", state, *options],
                stdin=subprocess.DEVNULL, stdout=report, stderr=err)

    def run(self, state, out, *options):
        """Run it to its end: the exit status, and what it said."""
        status = self.start(state, out, *options).wait(120)
        with open(out + ".err", errors="replace") as f:
            return status, f.read()

    def kill(self, state, out, after, how, *options):
        """Run it and send it a signal: True if it was killed."""
        child = self.start(state, out, *options)
        try:
            child.wait(after)
        except subprocess.TimeoutExpired:
            child.send_signal(how)
        status = child.wait(120)
        check(status == -how or (status >= 0 and not status & LOCAL),
              "ended with", status)
        return status == -signal.SIGKILL


class Store:
    """What a state directory holds.  A copy is read, so that what a killed
    run left behind is for the next run alone to mend."""

    def __init__(self, state):
        with tempfile.TemporaryDirectory() as copy:
            for name in os.listdir(state):
                if name.startswith("state.db"):
                    shutil.copy(os.path.join(state, name), copy)
            db = sqlite3.connect(os.path.join(copy, "state.db"))
            ask = lambda sql: db.execute(sql).fetchall()
            check(ask("PRAGMA integrity_check") == [("ok",)], "corrupt")
            check(not ask("PRAGMA foreign_key_check"), "a foreign key")
            self.logs = {
                bytes(row[0]): row[1:] for row in ask(
                    "SELECT id, first, next, verified, nodes FROM log")}
            self.sightings = ask(
                "SELECT n.log, x.idx, c.tbs, x.leaf_hash, x.timestamp, x.kind,"
                " x.notes FROM sighting x JOIN log_number n"
                " ON n.number = x.log JOIN cert c ON c.id = x.cert"
                " ORDER BY n.log, x.idx")
            self.certs = ask(
                "SELECT tbs, kind, issuer_key_hash, chain_complete, content,"
                " (SELECT issuers FROM path WHERE number = cert.path)"
                " FROM cert ORDER BY tbs")
            self.findings = [Finding(*row) for row in ask(
                "SELECT id, rule, severity, tbs, subject, message, detail,"
                " status FROM finding"
                # The entries of tests keep the dates of real certificates,
                # so those of a log that grows look as if merged late.
                " WHERE rule <> 'CTW056' ORDER BY id")]
            self.waiting = ask("SELECT channel, tries, error FROM outbox")
            self.reports, = ask("SELECT count(report) FROM run")[0]
            self.keys = ask("SELECT k.hash, c.tbs FROM key k JOIN cert c"
                            " ON c.id = k.cert ORDER BY 1, 2")
            self.issuers = ask("SELECT sha256 FROM issuer ORDER BY sha256")
            self.refused = ask("SELECT log, idx FROM refused")
            self.gaps = ask("SELECT log, start, stop, unproved FROM gap")
            # Digests of findings: one for each transaction, as many as a
            # run was interrupted.
            self.journal = sorted(
                (r["action"], r["object"]) for r in (
                    json.loads(row[0]) for row in
                    ask("SELECT record FROM journal"))
                if r["action"] != "findings-recorded")
            db.close()

    def seen(self, log):
        return [(idx, bytes(tbs)) for of, idx, tbs, *_ in self.sightings
                if of == log]

    def check_consistent(self, wanted):
        """Every log is at its cursor: what wanted names before it is
        there once, and nothing else is.  wanted(size): [(index, tbs)]."""
        check(not self.gaps, "gaps", self.gaps)
        for log, (first, end, verified, _) in self.logs.items():
            check(first == 0 and verified <= end, "cursor", first, end)
            check(self.seen(log) == wanted(end), "missed or doubled before",
                  end)
        check({tbs for tbs, *_ in self.certs} ==
              {tbs for _, _, tbs, *_ in self.sightings}, "certificates")

    def check_same(self, other):
        for name in ("logs", "sightings", "certs", "findings", "keys",
                     "issuers", "refused", "gaps", "journal"):
            check(getattr(self, name) == getattr(other, name),
                  name, "differ from those of the undisturbed run")
