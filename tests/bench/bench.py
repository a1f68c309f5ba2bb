#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""What ctwatch costs, in one run on one machine: bench.py BUILD SRC HISTORY

Stages come from the program tests/bench/stages; whole runs go over loopback
against tests/logd, which serves from memory, so that what is measured is the
client.  A row has medians, and their ratio to other programs that take turns
with it on the same data (see rows.py).  Ratios compare with those of another
run or machine, figures only with those of the same run.

Appends one line of JSON to HISTORY, and names the rows whose ratios are others
than in the last line.  Set BENCH_QUICK for fewer and smaller runs.
"""
import datetime, json, os, shutil, signal, subprocess, sys, tempfile, time

from measure import Table, fail, show_head
from programs import Bench
from rows import Rows

BUILD, SRC, HISTORY = map(os.path.abspath, sys.argv[1:4])
QUICK = bool(os.environ.get("BENCH_QUICK"))

# Programs that rows need or are compared with, and their Debian packages.
PACKAGES = {"certspotter": "certspotter", "curl": "curl", "openssl": "openssl",
            "sqlite3": "sqlite3", "matches": "python3-cryptography",
            "logd": "libmicrohttpd-dev"}

# Rows whose ratio changed by less are not named.
NOISE = 0.15


def find_missing():
    """The names of PACKAGES that are not there."""
    missing = [x for x in ("certspotter", "curl", "openssl", "sqlite3")
               if not shutil.which(x)]
    try:
        import cryptography
    except ImportError:
        missing.append("matches")
    if not os.path.exists(BUILD + "/tests/logd/logd"):
        missing.append("logd")
    return missing


def say_missing(missing):
    if not missing:
        return
    print("\nNOT MEASURED: rows and ratios that need %s; install them:\n"
          "    apt-get install %s" % (", ".join(
              "the log server of the tests" if x == "logd" else
              "certificates to match" if x == "matches" else x
              for x in missing), " ".join(PACKAGES[x] for x in missing)))
    if "logd" in missing:
        print("and configure again")


def output(*words, **more):
    """The first line that a program prints; empty if it fails."""
    try:
        text = subprocess.run(words, stdout=subprocess.PIPE, text=True,
                              stderr=subprocess.DEVNULL, **more).stdout
    except OSError:
        return ""
    return text.partition("\n")[0].strip()


def describe(missing):
    """What was measured, and where."""
    cc = os.environ.get("CC", "cc").split()
    with open("/proc/cpuinfo") as f:
        models = [line.partition(":")[2].strip() for line in f
                  if line.startswith("model name")]
    return {
        "format": "ctwatch-bench/2",
        "time": datetime.datetime.now(datetime.timezone.utc).isoformat(
            timespec="seconds"),
        "commit": output("git", "-C", SRC, "rev-parse", "HEAD"),
        "changed": bool(output("git", "-C", SRC, "status", "--porcelain",
                               "--untracked-files=no")),
        "version": output(BUILD + "/ctwatch/ctwatch", "--version"),
        "compiler": "%s %s" % (output(*cc, "--version"),
                               os.environ.get("CFLAGS", "")),
        "cores": len(os.sched_getaffinity(0)),
        "cpu": models[0] if models else "",
        "load": os.getloadavg()[0],
        "quick": QUICK,
        "peers": {"certspotter": output("dpkg-query", "-W", "-f",
                                        "${Version}", "certspotter"),
                  "curl": output("curl", "--version"),
                  "openssl": output("openssl", "version"),
                  "sqlite3": output("sqlite3", "--version")},
        "missing": missing,
    }


def last_of(history):
    """The last line of the history of runs of this size, or None."""
    last = None
    if os.path.exists(history):
        with open(history) as f:
            for line in f:
                run = json.loads(line)
                if run["quick"] == QUICK:
                    last = run
    return last


def compare(last, rows):
    old = {r["name"]: r for r in last["rows"]}
    print("\nRatios that differ by more than %d %% from those of %s (%s):" % (
        NOISE * 100, last["time"], last["commit"][:12]))
    for r in rows:
        for key in "peer", "floor":
            before = old.get(r["name"], {})
            if r.get(key) is None or before.get(key) != r[key]:
                continue
            a, b = before[key + "_ratio"], r[key + "_ratio"]
            if abs(b / a - 1) > NOISE:
                print("%-36s %8.2f -> %8.2f  %s" % (r["name"], a, b, r[key]))


def stages(table):
    p = subprocess.Popen([BUILD + "/tests/bench/stages"],
                         env=dict(os.environ, top_srcdir=SRC),
                         stdout=subprocess.PIPE, text=True)
    for line in p.stdout:
        table.add(json.loads(line))
    if p.wait() != 0:
        fail("stages failed")


def whole_runs(table, missing, tmp):
    bench = Bench(BUILD, SRC, tmp)
    rows = Rows(bench, table, lambda x: x not in missing, QUICK)
    bench.most_matches = rows.findings
    rows.crl()
    if "logd" in missing:
        return
    rows.plain()
    rows.many_items()
    if "openssl" not in missing:
        rows.secure()
    rows.far()
    rows.throttled()
    rows.many_logs()
    rows.idle_logs()
    if "matches" not in missing:
        rows.matching()
        rows.jobs()
        rows.reports()
    rows.curve()


def main():
    missing, last = find_missing(), last_of(HISTORY)
    say_missing(missing)
    run, started = describe(missing), time.monotonic()
    table = Table(1 if QUICK else 5)
    show_head()
    # End the log server and remove the files in this case, too.
    signal.signal(signal.SIGTERM, lambda *ignored: fail("terminated"))
    tmp = tempfile.mkdtemp()
    try:
        stages(table)
        whole_runs(table, missing, tmp)
    finally:
        shutil.rmtree(tmp)
    run.update(seconds=round(time.monotonic() - started), rows=table.rows)
    with open(HISTORY, "a") as f:
        f.write(json.dumps(run) + "\n")
    if last:
        compare(last, table.rows)
    say_missing(missing)


main()
