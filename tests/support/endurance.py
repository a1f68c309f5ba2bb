# SPDX-License-Identifier: Apache-2.0
"""endurance: a thousand runs in a row, most of them bad.

usage: endurance.py BUILD SOURCE

Four logs grow on a simulated clock, one run a day: heads are signed as of
that day, and --now sets the clock of the run.  What waits within a run, as for a log
that is slow, waits in earnest.  In most runs one log fails in a way of
tests/logd/fault.h, or the log list is an old one that names half of the logs,
and in some the run is killed.  Two of the logs only fail; the other two lie as
well, so that what they served is reported and part of it can never be proved.
A hook fails now and then, and mail for a third of a year, so that it is
dropped in the end.  Certificates live for 90 days, the
pinset for 19 months, reports of runs for 400 runs.

In the end every entry that matches must be in the store, once; each finding
sent, and closed once its certificate has expired; and memory, open files and
the size of the state must have stayed within bounds all the time.

NIGHTS (1000), SEED (a random one, printed) and BEST_BEFORE (seconds after
which the last run is brought forward) come from the environment.
"""

import base64
import collections
import hashlib
import json
import os
import random
import signal
import struct
import subprocess
import sys
import tempfile
import time
import urllib.request

from simulated_runs import CLOSED, LOCAL, Ctwatch, Store, check, control

FAILURES = """500 503 429 404 status redirect slow drip cut reset html badjson
    gzip gzipbomb hugebody endless shrink stale frozen empty more fewer large
    lost partial404 partial403 badissuer badproof swapentry""".split()
STATUSES = 400, 403, 404, 410, 413, 414, 416, 500, 502, 504
LIES = """badsig badroot fork trailing unknown-type badbase64 wrongentry
    noindex badindex badtile""".split()
FROZEN = "an old log list"
HONEST, LIARS = ["rfc6962", "static"], ["rfc6962-2", "static-2"]

FIRST_NIGHT = 1780281000  # 2026-06-01
DAY = 86400
AT_FIRST, MAX_A_NIGHT = 300, 40  # entries
LIFETIME = 90                     # days of a certificate
OUTAGE = 120                      # runs without mail: it is kept for 90
MAX_TIME = 60                    # seconds of a run, with 1 s of --max-time

# The bounds.  A log that sends without end may fill one page of 64 MiB, and 8
# MiB of each of six that are under way; what quiet runs need must not grow.
# Reports of runs are kept up to 64 MiB, 400 of them.  Besides, a run leaves a
# head of each log, a sighting some 80 bytes in its table and index, a finding
# its text and the certificate that it is about.
MAX_MEMORY = 160 << 20
MAX_GROWTH = 6 << 20
MAX_FILES = 64
REPORTS, MAX_REPORTS = 64 << 20, 400


def most_state(runs, sightings, findings):
    return (REPORTS + (8 << 20) + runs * 4000 + sightings * 200 +
            findings * 8000)


# ---- what the logs hold ----

def template(folder):
    """A certificate for n00000.watched.example; names and times of the same
    length put in their places make others."""
    key, der = folder + "/key.pem", folder + "/cert.der"
    subprocess.run(
        ["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt",
         "ec_paramgen_curve:prime256v1", "-nodes", "-keyout", key, "-days",
         "30", "-subj", "/CN=n00000.watched.example", "-addext",
         "subjectAltName=DNS:n00000.watched.example", "-addext",
         "basicConstraints=critical,CA:FALSE", "-outform", "DER", "-out",
         der], check=True, stderr=subprocess.DEVNULL)
    with open(der, "rb") as f:
        return f.read()


def ends(i):
    """When the certificate of entry i expires: it is issued in about the
    run in which the logs have grown to it."""
    began = max(i - AT_FIRST, 0) * 4 // MAX_A_NIGHT
    return FIRST_NIGHT + (began + LIFETIME) * DAY


def make_der(template, i):
    times = b"".join(
        b"\x17\x0d" + time.strftime("%y%m%d%H%M%SZ", time.gmtime(t)).encode()
        for t in (ends(i) - LIFETIME * DAY, ends(i)))
    at = template.index(b"\x30\x1e\x17\x0d") + 2  # RFC 5280, 4.1.2.5
    return (template[:at] + times + template[at + len(times):]).replace(
        b"n00000", b"n%05d" % i)


def tbs_hash(der):
    """SHA-256 of the first element of a certificate; both have lengths of
    two bytes."""
    check(der[:2] == der[4:6] == b"\x30\x82", "not such a certificate")
    length, = struct.unpack(">H", der[6:8])
    return hashlib.sha256(der[4:8 + length]).digest()


def make_corpus(path, demo, template, n, chance):
    """Write n entries to path: the matches among them, [(index, tbs)], and
    those of them that are found in no other place, {tbs: index}."""
    with open(demo + "/entries.jsonl") as f:
        lines = [line.rstrip("\n") for line in f]
    with open(demo + "/matches.tsv") as f:
        known = {int(row[0]): bytes.fromhex(row[1])
                 for row in (line.split() for line in f.readlines()[1:])}
    foreign = [line for i, line in enumerate(lines) if i not in known]
    wanted, own = [], {}
    with open(path, "w") as f:
        for i in range(n):
            luck = chance.random()
            if luck < 0.01:
                which = chance.choice(list(known))
                wanted.append((i, known[which]))
                line = lines[which]
            elif luck < 0.03:
                der = make_der(template, i)
                own[tbs_hash(der)] = i
                wanted.append((i, tbs_hash(der)))
                leaf = (bytes(2) + struct.pack(">QH", FIRST_NIGHT * 1000, 0) +
                        struct.pack(">I", len(der))[1:] + der + bytes(2))
                line = json.dumps({
                    "leaf_input": base64.b64encode(leaf).decode(),
                    "extra_data": base64.b64encode(bytes(3)).decode()})
            else:
                line = chance.choice(foreign)
            f.write(line + "\n")
    return wanted, own


# ---- the runs ----

class Figures:
    memory = files = state = runs = killed = dropped = frozen = 0

    def __init__(self):
        self.quiet = []  # bytes of memory, of each quiet run


def sample(pid, figures):
    """The most memory that a run has had so far; 0 once it has ended."""
    try:
        figures.files = max(
            figures.files, len(os.listdir("/proc/%d/fd" % pid)))
        with open("/proc/%d/status" % pid) as f:
            return next((int(line.split()[1]) << 10 for line in f
                         if line.startswith("VmHWM:")), 0)
    except OSError:
        return 0


def watch(child, figures, after, how):
    """Wait for a run, and send it a signal at a time: its exit status and the
    memory it took."""
    began = time.monotonic()
    memory = 0
    while child.poll() is None:
        memory = max(memory, sample(child.pid, figures))
        age = time.monotonic() - began
        if how is not None and age > after:
            child.send_signal(how)
            how = None
        if age > MAX_TIME:
            child.kill()
            child.wait()
            raise SystemExit("FAIL: a run took %d s" % MAX_TIME)
        time.sleep(0.005)
    figures.memory = max(figures.memory, memory)
    figures.runs += 1
    return child.returncode, memory


def state_size(state):
    return sum(os.path.getsize(os.path.join(at, name))
               for at, _, names in os.walk(state) for name in names)


def stir(url, size, chance):
    """Let one log fail, or none: what was done."""
    control(url, "fault=none")
    luck = chance.random()
    if luck < 0.3:
        return "no fault"
    if luck < 0.35:
        control(url, "log=log-list&fault=frozen")
        return FROZEN
    log = chance.choice(HONEST + LIARS)
    fault = chance.choice(FAILURES + (LIES if log in LIARS else []))
    query = "log=%s&fault=%s&every=%d&for=%d&ms=%d&to=1" % (
        log, fault, chance.randint(1, 4), chance.randint(1, 30),
        300 if fault == "slow" else 5)
    if fault == "shrink":
        query = query.replace("&to=1", "")
    if fault in ("status", "lost"):
        query = query.replace("&to=1", "&to=%d" % chance.choice(STATUSES))
    if fault == "lost": # one entry, or its tile, all the run
        query = "log=%s&fault=lost&at=%d&to=%d" % (
            log, chance.randrange(size), chance.choice(STATUSES))
    control(url, query)
    return query


def programs(folder):
    """A hook and a sendmail that record what they get; they fail while
    the file hook-off or mail-off is there."""
    os.mkdir(folder + "/hooks")
    for name, line in (("hooks/hook", "$CTWATCH_RULE $CTWATCH_FINDING"),
                       ("sendmail", "$(grep -i ^Message-ID:)")):
        path = folder + "/" + name
        base = folder + "/" + os.path.basename(name)
        with open(path, "w") as f:
            f.write("#!/bin/sh\n[ -f %s-off ] && exit 75\n"
                    "echo \"%s\" >>%s-calls\n" % (base, line, base))
        os.chmod(path, 0o755)


def switch(path, off):
    if off:
        open(path, "w").close()
    elif os.path.exists(path):
        os.remove(path)


def calls_in(path):
    with open(path) as f:
        return collections.Counter(tuple(line.split()) for line in f)


def one_run(number, size, ctwatch, url, folder, chance, figures, last=False):
    now = FIRST_NIGHT + number * DAY
    control(url, "size=%d&time=%d" % (size, now * 1000))
    what = stir(url, size, chance) if not last else control(url, "fault=none")
    luck = chance.random()
    how = (None if last else signal.SIGKILL if luck < 0.12
           else signal.SIGTERM if luck < 0.16 else None)
    options = ["--now", time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(now)),
               "--max-time", "30s" if last else "1s"]
    if not last and chance.random() < 0.1:
        options += ["--max-entries", "25"]
    status, memory = watch(
        ctwatch.start(folder + "/state", folder + "/run", *options), figures,
        chance.uniform(0, 0.4), how)
    if what == "no fault":
        figures.quiet.append(memory)
    # By then there is a good copy of the list to compare with.
    figures.frozen += what == FROZEN and how is None and number > 9
    figures.killed += status == -signal.SIGKILL
    figures.state = max(figures.state, state_size(folder + "/state"))
    with open(folder + "/run.err", errors="replace") as f:
        said = f.read()
    check((status >= 0 and not status & LOCAL) or status == -(how or 0),
          "run", number, what, "ended with", status, said)
    figures.dropped += "could not be delivered in" in said
    return said


# ---- the morning after ----

def names_of_logs(url):
    with urllib.request.urlopen(url + "/log_list.json", timeout=30) as f:
        listed = json.load(f)
    return {base64.b64decode(log["log_id"]): log["description"].split("'")[1]
            for operator in listed["operators"]
            for log in operator["logs"] + operator["tiled_logs"]}


def judge(store, logs, wanted, said, size):
    """Hold the store against the first size entries of the corpus."""
    truth = {tbs for _, tbs in wanted}
    check(len(store.logs) == len(logs), "logs", store.logs)
    for log, (first, end, verified, _) in store.logs.items():
        name = logs[log]
        check((first, end) == (0, size), name, "was read to", end, said)
        gaps = [g for g in store.gaps if g[0] == log]
        if name in HONEST:
            check(verified == size and not gaps, name, verified, gaps)
            check(store.seen(log) == wanted, name, "missed or doubled")
            continue
        seen = set(store.seen(log))
        refused = {idx for of, idx in store.refused if of == log}
        for index, tbs in wanted:
            check((index, tbs) in seen or index in refused or
                  any(a <= index < b for _, a, b, unproved in gaps
                      if not unproved), name, "missed", index)
    honest = {tbs for log, name in logs.items() if name in HONEST
              for _, tbs in store.seen(log)}
    check(honest == truth, "certificates")


def judge_findings(store, own, folder, now, figures):
    """Each of the own certificates is a finding, once; it was sent, and sent
    again only where a run was killed in between; and it is closed if the
    certificate has expired."""
    seen = [f for f in store.findings if f.rule == "CTW000" and f.tbs in own]
    check(sorted(f.tbs for f in seen) == sorted(own),
          "findings: not one of each certificate")
    calls = calls_in(folder + "/hook-calls")
    unsent = [f for f in seen if (f.rule, f.id) not in calls]
    check(not unsent, "findings that were not sent:", unsent[:3])
    again = sum(calls[f.rule, f.id] - 1 for f in seen)
    check(again <= figures.killed, "sent again", again, figures.killed)
    check(max(calls_in(folder + "/sendmail-calls").values()) <=
          1 + figures.killed, "the same mail again and again")
    check(not store.waiting, "messages that wait", store.waiting)
    frozen = [f for f in store.findings if f.rule == "CTW057"]
    check(len(frozen) == 1 or not figures.frozen, "CTW057", len(frozen))
    check(all(f.status == CLOSED for f in frozen), "CTW057 is open")
    for f in seen:
        expired = ends(own[f.tbs]) < now
        check((f.status == CLOSED) == expired, "finding", f, "expired",
              expired)
    return sum(f.status == CLOSED for f in seen)


def main(build, source):
    runs = int(os.environ.get("NIGHTS", 1000))
    seed = int(os.environ.get("SEED", random.randrange(1 << 32)))
    limit = float(os.environ.get("BEST_BEFORE", "inf"))
    chance = random.Random(seed)
    demo = source + "/data/demo"
    figures = Figures()
    began = time.monotonic()

    print("seed", seed, flush=True)
    with tempfile.TemporaryDirectory() as folder:
        n = AT_FIRST + runs * MAX_A_NIGHT // 2
        wanted, own = make_corpus(
            folder + "/corpus.jsonl", demo, template(folder), n, chance)
        logd = subprocess.Popen(
            [build + "/tests/logd/logd", "--key-seed", "endurance", "--logs",
             "2", "--operators", "2", "--max-batch", "64", "--size", "0",
             "--timestamp", str(FIRST_NIGHT * 1000), "--port-file",
             folder + "/port", folder + "/corpus.jsonl"],
            stdout=subprocess.DEVNULL)
        try:
            while not os.path.exists(folder + "/port"):
                check(logd.poll() is None, "logd", logd.returncode)
                time.sleep(0.05)
            with open(folder + "/port") as f:
                url = "http://127.0.0.1:" + f.read().strip()
            ctwatch = Ctwatch(
                build + "/ctwatch/ctwatch", "--log-list",
                url + "/log_list.json", "--pinset", demo + "/pinset.json",
                "--watchlist", demo + "/watchlist", "--watch",
                ".watched.example", "--hooks", folder + "/hooks", "--mail",
                "a@example.com", "--sendmail", folder + "/sendmail")
            programs(folder)
            size = AT_FIRST
            for i in range(runs):
                switch(folder + "/hook-off", chance.random() < 0.1)
                switch(folder + "/sendmail-off",
                       runs // 5 <= i < runs // 5 + OUTAGE)
                one_run(i, size, ctwatch, url, folder, chance, figures)
                if chance.random() < 0.5:
                    size = min(n, size + chance.randint(1, MAX_A_NIGHT))
                if i % 50 == 49:
                    print("run %d of %d: %d entries, %d killed, %d MB of"
                          " memory, %d files, %d KB of state, %d s" %
                          (i + 1, runs, size, figures.killed,
                           figures.memory >> 20, figures.files,
                           figures.state >> 10, time.monotonic() - began),
                          flush=True)
                if time.monotonic() - began > limit:
                    break
            switch(folder + "/hook-off", False)
            switch(folder + "/sendmail-off", False)
            done = i + 1
            for i in range(done, done + 3):
                said = one_run(i, size, ctwatch, url, folder, chance, figures,
                             last=True)
            store = Store(folder + "/state")
            wanted = [w for w in wanted if w[0] < size]
            own = {tbs: index for tbs, index in own.items() if index < size}
            judge(store, names_of_logs(url), wanted, said, size)
            closed = judge_findings(
                store, own, folder, FIRST_NIGHT + i * DAY, figures)
        finally:
            logd.terminate()
            check(logd.wait() == 0, "logd", logd.returncode)

    tenth = len(figures.quiet) // 10
    early = max(figures.quiet[tenth:2 * tenth + 1])
    late = max(figures.quiet[-tenth - 1:])
    check(figures.memory <= MAX_MEMORY, "memory", figures.memory)
    check(late <= early + MAX_GROWTH, "memory grew", figures.quiet)
    check(figures.files <= MAX_FILES, "open files", figures.files)
    check(store.reports <= MAX_REPORTS, "reports", store.reports)
    most = most_state(done, len(store.sightings), len(store.findings))
    check(figures.state <= most, "state", figures.state, "of", most)
    if done == runs > runs // 5 + OUTAGE:
        check(figures.dropped > 0, "mail was kept for ever")
    print("%d runs, %d killed: %d matching entries in %d of each log,"
          " %d sightings, %d findings, %d of them closed as expired; mail"
          " dropped in %d runs; an old log list in %d; %d reports kept; at"
          " most %d MB of memory,"
          " in quiet runs %d MB early and %d MB late; %d open files; %d KB"
          " of state (of %d allowed); %d s" %
          (done, figures.killed, len(wanted), size, len(store.sightings),
           len(store.findings), closed, figures.dropped, figures.frozen, store.reports,
           figures.memory >> 20, early >> 20, late >> 20, figures.files,
           figures.state >> 10, most >> 10, time.monotonic() - began))


main(*sys.argv[1:])
