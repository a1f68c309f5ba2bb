#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""What ctwatch costs, in one run on one machine: bench.py BUILD SRC [BASELINE]

Stages come from the program tests/bench/stages; whole runs go over loopback
against tests/logd, which serves from memory, so that what is measured is the
client: its CPU seconds per million entries and its peak memory.  Rows go to
BUILD/bench.json; with a BASELINE (an older bench.json) the change is shown.
Figures of one run compare with each other, not with another machine's.
"""
import glob, json, os, shutil, signal, subprocess, sys, tempfile, time
import urllib.request

BUILD, SRC = os.path.abspath(sys.argv[1]), os.path.abspath(sys.argv[2])
BASELINE = sys.argv[3] if len(sys.argv) > 3 and sys.argv[3] else None
QUICK = bool(os.environ.get("BENCH_QUICK"))
CTWATCH, LOGD = BUILD + "/ctwatch/ctwatch", BUILD + "/tests/logd/logd"
rows = []


def show(row):
    rows.append(row)
    f = lambda k, fmt: fmt % row[k] if k in row else ""
    print("%-30s %12s %9s %9s %8s %8s %8s %8s" % (
        row["name"], f("entries_per_second", "%.0f"),
        f("mb_per_second", "%.1f"), f("ns_per_entry", "%.1f"),
        f("ratio_naive", "%.1f x"), f("ratio_limit", "%.2f"),
        f("cpu_seconds_per_million", "%.2f"), f("peak_rss_kib", "%d")),
        flush=True)


class Log:
    """A tests/logd process that serves `entries` entries a log."""

    def __init__(self, tmp, entries, logs=1, *more):
        self.port_file = os.path.join(tmp, "port")
        if os.path.exists(self.port_file):
            os.remove(self.port_file)
        inputs = sorted(glob.glob(SRC + "/data/entries/*.json") +
                        glob.glob(SRC + "/data/demo/*.jsonl"))
        self.p = subprocess.Popen(
            [LOGD, "--port", "0", "--port-file", self.port_file, "--entries",
             str(entries), "--logs", str(logs), *more, *inputs],
            stdout=subprocess.DEVNULL)
        while not os.path.exists(self.port_file) or \
                not open(self.port_file).read().endswith("\n"):
            if self.p.poll() is not None:
                sys.exit("logd ended early")
            time.sleep(0.05)
        self.url = "http://127.0.0.1:%s/" % open(self.port_file).read().strip()

    def __enter__(self):
        return self

    def __exit__(self, *a):
        self.p.send_signal(signal.SIGTERM)
        self.p.wait()


def spend(p):
    """CPU seconds and peak KiB of a child that has ended or will."""
    _, status, use = os.wait4(p.pid, 0)
    p.returncode = os.waitstatus_to_exitcode(status)
    return use.ru_utime + use.ru_stime, use.ru_maxrss


def write_watchlist(tmp, n):
    path = os.path.join(tmp, "watch-%d" % n)
    with open(path, "w") as f:
        for i in range(n):
            f.write(".watched-%d.%s\n" % (i, ("com", "org", "net")[i % 3]))
    return path


def ctwatch(tmp, log, kind, items, entries, logs=1):
    """The best of three whole runs, as a row's figures."""
    listing = json.load(urllib.request.urlopen(log.url + "log_list.json"))
    for op in listing["operators"]:
        if kind == "rfc6962":
            op["tiled_logs"] = []
        else:
            op["logs"] = []
    path = os.path.join(tmp, "list.json")
    json.dump(listing, open(path, "w"))
    best = None
    for _ in range(1 if QUICK else 3):
        state = tempfile.mkdtemp(dir=tmp)
        t = time.monotonic()
        p = subprocess.Popen(
            [CTWATCH, "run", "--log-list", path, "--state", state,
             "--watchlist", write_watchlist(tmp, items), "--since", "start",
             "--format", "json", "--quiet", "--no-notify"],
            stdout=subprocess.PIPE)
        report = p.stdout.read()
        cpu, rss = spend(p)
        wall = time.monotonic() - t
        read = json.loads(report)["totals"]["entries"]
        if p.returncode != 0 or read != entries * logs:
            sys.exit("ctwatch: exit %d, read %d of %d entries" % (
                p.returncode, read, entries * logs))
        shutil.rmtree(state)
        if best is None or cpu < best[0]:
            best = cpu, rss, wall
    cpu, rss, wall = best
    n = entries * logs
    return {"entries_per_second": n / wall, "ns_per_entry": cpu * 1e9 / n,
            "cpu_seconds_per_million": cpu * 1e6 / n, "peak_rss_kib": rss}


def certspotter(tmp, log, items, entries):
    """The same log read by certspotter, stopped when it has it all."""
    state, config = tempfile.mkdtemp(dir=tmp), tempfile.mkdtemp(dir=tmp)
    p = subprocess.Popen(
        ["certspotter", "-logs", os.path.join(tmp, "list.json"), "-state_dir",
         state, "-watchlist", write_watchlist(tmp, items), "-stdout"],
        stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
        env=dict(os.environ, CERTSPOTTER_CONFIG_DIR=config, HOME=tmp))
    done = False
    end = time.monotonic() + 600
    while not done and time.monotonic() < end:
        time.sleep(0.2)
        for f in glob.glob(state + "/logs/*/state.json"):
            try:
                j = json.load(open(f))
                done = j["download_position"]["size"] >= entries
            except (ValueError, KeyError, OSError):
                pass
    p.send_signal(signal.SIGTERM)
    cpu, rss = spend(p)
    if not done:
        return None
    return {"cpu_seconds_per_million": cpu * 1e6 / entries,
            "ns_per_entry": cpu * 1e9 / entries, "peak_rss_kib": rss}


def curl(tmp, log, kind, entries):
    """The floor: curl fetches the same pages and throws them away."""
    path = os.path.join(tmp, "curl")
    with open(path, "w") as f:
        for i in range(0, entries, 256):
            if kind == "rfc6962":
                u = "rfc6962/ct/v1/get-entries?start=%d&end=%d" % (
                    i, min(i + 255, entries - 1))
            else:
                n, p = i // 256, "%03d" % (i // 256 % 1000)
                while n >= 1000:
                    n //= 1000
                    p = "x%03d/%s" % (n % 1000, p)
                left = entries - i
                u = "static/tile/data/" + p + (
                    ".p/%d" % left if left < 256 else "")
            f.write('url = "%s%s"\noutput = "/dev/null"\n' % (log.url, u))
    p = subprocess.Popen(["curl", "-s", "-K", path])
    cpu, rss = spend(p)
    return {"cpu_seconds_per_million": cpu * 1e6 / entries,
            "ns_per_entry": cpu * 1e9 / entries, "peak_rss_kib": rss}


def whole_runs(tmp):
    n = 20000 if QUICK else 200000
    cs = {}
    with Log(tmp, n) as log:
        for kind in "rfc6962", "static":
            floor = curl(tmp, log, kind, n)
            show(dict(floor, name="curl-" + kind))
            for items in 1, 100, 10000, 1000000:
                row = ctwatch(tmp, log, kind, items, n)
                row["ratio_limit"] = (row["cpu_seconds_per_million"] /
                                      floor["cpu_seconds_per_million"])
                if kind == "rfc6962" and items in (1, 10000) and \
                        shutil.which("certspotter"):
                    cs[items] = certspotter(tmp, log, items, n)
                    if cs[items]:
                        show(dict(cs[items],
                                  name="certspotter-rfc6962-%d" % items))
                        row["ratio_naive"] = (
                            cs[items]["cpu_seconds_per_million"] /
                            row["cpu_seconds_per_million"])
                show(dict(row, name="run-%s-%d" % (kind, items)))
    per_log = n // 40
    with Log(tmp, per_log, 40) as log:
        for kind in "rfc6962", "static":
            show(dict(ctwatch(tmp, log, kind, 100000, per_log, 40),
                      name="run-%s-40-logs" % kind))
    for n in (10000, 100000) if QUICK else (10000, 100000, 500000, 2000000):
        with Log(tmp, n) as log:
            for kind in "rfc6962", "static":
                show(dict(ctwatch(tmp, log, kind, 1, n),
                          name="curve-%s-%d" % (kind, n)))


def compare(path):
    old = {r["name"]: r for r in json.load(open(path))["rows"]}
    print("\nagainst %s (ns an entry):" % path)
    for r in rows:
        if r["name"] in old:
            a, b = old[r["name"]]["ns_per_entry"], r["ns_per_entry"]
            print("%-30s %9.1f -> %9.1f  %+6.1f %%" % (
                r["name"], a, b, (b / a - 1) * 100))


def main():
    print("%-30s %12s %9s %9s %8s %8s %8s %8s" % (
        "", "entries/s", "MB/s", "ns/entry", "against", "over", "CPU s",
        "peak"))
    print("%-30s %12s %9s %9s %8s %8s %8s %8s" % (
        "", "", "", "", "naive", "limit", "/million", "KiB"))
    env = dict(os.environ, top_srcdir=SRC)
    p = subprocess.Popen([BUILD + "/tests/bench/stages"], env=env,
                         stdout=subprocess.PIPE, text=True)
    for line in p.stdout:
        show(json.loads(line))
    if p.wait() != 0:
        sys.exit("stages failed")
    if os.path.exists(LOGD):
        tmp = tempfile.mkdtemp()
        try:
            whole_runs(tmp)
        finally:
            shutil.rmtree(tmp)
    with open(BUILD + "/bench.json", "w") as f:
        json.dump({"format": "ctwatch-bench/1", "rows": rows}, f, indent=1)
    if BASELINE:
        compare(BASELINE)


main()
