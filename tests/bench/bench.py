#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""What ctwatch costs, in one run on one machine: bench.py BUILD SRC [BASELINE]

Stages come from the program tests/bench/stages; whole runs go over loopback
against tests/logd, which serves from memory, so that what is measured is the
client: its CPU seconds per million entries and its peak memory, the median of
three runs, as for certspotter where it is installed.  Rows go to
BUILD/bench.json; with a BASELINE (an older bench.json) the change is shown.
Figures of one run compare with each other, not with another machine's.
Set BENCH_QUICK for fewer and smaller runs.
"""
import glob, json, os, shutil, signal, ssl, subprocess, sys, tempfile, time
import urllib.request

BUILD, SRC = os.path.abspath(sys.argv[1]), os.path.abspath(sys.argv[2])
BASELINE = sys.argv[3] if len(sys.argv) > 3 and sys.argv[3] else None
QUICK = bool(os.environ.get("BENCH_QUICK"))
RUNS = 1 if QUICK else 3
CTWATCH, LOGD = BUILD + "/ctwatch/ctwatch", BUILD + "/tests/logd/logd"
rows = []


def show(row):
    rows.append(row)
    f = lambda k, fmt: fmt % row[k] if k in row else ""
    print("%-30s %12s %9s %9s %8s %8s %8s %8s %8s" % (
        row["name"], f("entries_per_second", "%.0f"),
        f("mb_per_second", "%.1f"), f("ns_per_entry", "%.1f"),
        f("ratio_naive", "%.1f x"), f("ratio_limit", "%.2f"),
        f("cpu_seconds_per_million", "%.2f"), f("peak_rss_kib", "%d"),
        f("bytes", "%d")), flush=True)


def make_certificate(tmp):
    """The certificate and key files of a server on this machine."""
    cert, key = tmp + "/server.crt", tmp + "/server.key"
    if not os.path.exists(cert):
        subprocess.run(
            ["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt",
             "ec_paramgen_curve:P-256", "-nodes", "-subj", "/CN=bench",
             "-addext", "subjectAltName=IP:127.0.0.1", "-days", "2",
             "-keyout", key, "-out", cert],
            check=True, stderr=subprocess.DEVNULL)
    return cert, key


class Log:
    """A tests/logd process that serves `entries` entries a log, one of `every`
    from the file `rare`."""

    def __init__(self, tmp, entries, logs=1, secure=False, rare=None,
                 every=1, threads=2):
        self.port_file = os.path.join(tmp, "port")
        if os.path.exists(self.port_file):
            os.remove(self.port_file)
        self.ca = make_certificate(tmp) if secure else None
        more = ["--gzip", "--tls", *self.ca] if secure else []
        if rare:
            more += ["--rare", rare, "--every", str(every)]
        inputs = sorted(glob.glob(SRC + "/data/entries/*.json") +
                        glob.glob(SRC + "/data/demo/*.jsonl"))
        self.p = subprocess.Popen(
            [LOGD, "--port", "0", "--port-file", self.port_file, "--entries",
             str(entries), "--logs", str(logs), "--threads", str(threads),
             *more, *inputs],
            stdout=subprocess.DEVNULL)
        while not os.path.exists(self.port_file) or \
                not open(self.port_file).read().endswith("\n"):
            if self.p.poll() is not None:
                sys.exit("logd ended early")
            time.sleep(0.05)
        self.url = "http%s://127.0.0.1:%s/" % (
            "s" if secure else "", open(self.port_file).read().strip())

    def spoil(self, fault):
        """Have each page come so from now on (see tests/logd/fault.h)."""
        urllib.request.urlopen(
            self.url + "control?on=get-entries,data&fault=" + fault).close()

    def __enter__(self):
        return self

    def __exit__(self, *a):
        self.p.send_signal(signal.SIGTERM)
        self.p.wait()


def spend(p):
    """CPU seconds and peak KiB of a child, watched until it has ended.

    What wait4 says of memory begins with this program's own, of which the
    child is a copy at first; so query the kernel while the child runs.
    """
    peak = 0
    while True:
        pid, status, use = os.wait4(p.pid, os.WNOHANG)
        if pid != 0:
            break
        for line in open("/proc/%d/status" % p.pid):
            if line.startswith("VmHWM:"):
                peak = int(line.split()[1])
        time.sleep(0.005)
    p.returncode = os.waitstatus_to_exitcode(status)
    return use.ru_utime + use.ru_stime, peak


def write_watchlist(tmp, n):
    path = os.path.join(tmp, "watch-%d" % n)
    with open(path, "w") as f:
        for i in range(n):
            f.write(".watched-%d.%s\n" % (i, ("com", "org", "net")[i % 3]))
    return path


def write_list(tmp, log, kind):
    """The server's log list, with the logs of one kind."""
    trust = ssl.create_default_context(cafile=log.ca[0] if log.ca else None)
    listing = json.load(urllib.request.urlopen(log.url + "log_list.json",
                                               context=trust))
    for op in listing["operators"]:
        op["tiled_logs" if kind == "rfc6962" else "logs"] = []
    path = os.path.join(tmp, "list.json")
    json.dump(listing, open(path, "w"))
    return path


def night(tmp, log, listing, items, state, status, entries):
    """CPU seconds, peak KiB and seconds of a run that ends with this status
    and reads so many entries."""
    report = os.path.join(tmp, "report.json")
    more = ["--ca-file", log.ca[0]] if log.ca else []
    t = time.monotonic()
    p = subprocess.Popen(
        [CTWATCH, "run", "--no-revocation", "--log-list", listing, "--state",
         state, "--watchlist", write_watchlist(tmp, items), "--since",
         "start", "--format", "json", "--output", report, "--quiet",
         "--no-notify", *more])
    cpu, rss = spend(p)
    wall = time.monotonic() - t
    read = json.load(open(report))["totals"]["entries"]
    if p.returncode != status or read != entries:
        sys.exit("ctwatch: exit %d, read %d of %d entries" % (
            p.returncode, read, entries))
    return cpu, rss, wall


def figures(runs, entries):
    """The median run, by CPU seconds, as a row's figures."""
    cpu, rss, *wall = sorted(runs)[len(runs) // 2]
    row = {"ns_per_entry": cpu * 1e9 / entries,
           "cpu_seconds_per_million": cpu * 1e6 / entries,
           "peak_rss_kib": rss}
    if wall:
        row["entries_per_second"] = entries / wall[0]
    return row


def ctwatch(tmp, log, kind, items, entries, logs=1):
    """First runs over logs without a match."""
    listing, runs = write_list(tmp, log, kind), []
    for _ in range(RUNS):
        state = tempfile.mkdtemp(dir=tmp)
        runs.append(night(tmp, log, listing, items, state, 0, entries * logs))
        shutil.rmtree(state)
    return figures(runs, entries * logs)


def certspotter(tmp, log, items, entries):
    """The same log read by certspotter, stopped when it has it all."""
    runs = [certspotter_once(tmp, items, entries) for _ in range(RUNS)]
    return figures(runs, entries) if all(runs) else None


def certspotter_once(tmp, items, entries):
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
    shutil.rmtree(state)
    return (cpu, rss) if done else None


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
    more = ["--compressed", "--cacert", log.ca[0]] if log.ca else []
    p = subprocess.Popen(["curl", "-s", *more, "-K", path])
    cpu, rss = spend(p)
    return {"cpu_seconds_per_million": cpu * 1e6 / entries,
            "ns_per_entry": cpu * 1e9 / entries, "peak_rss_kib": rss}


def against_floor(tmp, log, kind, items, entries, floor):
    """A run's figures, and how far they are above curl's."""
    row = ctwatch(tmp, log, kind, items, entries)
    row["ratio_limit"] = (row["cpu_seconds_per_million"] /
                          floor["cpu_seconds_per_million"])
    return row


def plain_runs(tmp, n):
    """One log of each kind, by the number of watched items."""
    with Log(tmp, n) as log:
        for kind in "rfc6962", "static":
            floor = curl(tmp, log, kind, n)
            show(dict(floor, name="curl-" + kind))
            for items in 1, 100, 10000, 1000000:
                row = against_floor(tmp, log, kind, items, n, floor)
                peer = None
                if kind == "rfc6962" and items in (1, 10000) and \
                        shutil.which("certspotter"):
                    peer = certspotter(tmp, log, items, n)
                if peer:
                    show(dict(peer, name="certspotter-rfc6962-%d" % items))
                    row["ratio_naive"] = (peer["cpu_seconds_per_million"] /
                                          row["cpu_seconds_per_million"])
                show(dict(row, name="run-%s-%d" % (kind, items)))


def secure_runs(tmp, n):
    """The same with TLS and gzip, as the public logs have it."""
    with Log(tmp, n, secure=True) as log:
        for kind in "rfc6962", "static":
            floor = curl(tmp, log, kind, n)
            show(dict(floor, name="curl-%s-https-gzip" % kind))
            show(dict(against_floor(tmp, log, kind, 1, n, floor),
                      name="run-%s-https-gzip" % kind))


def hindered_runs(tmp, n):
    """A log 50 ms away, against 16 pages in flight all the time; and one that
    answers every 20th page with HTTP 429 and Retry-After of a second."""
    with Log(tmp, n, threads=32) as log:
        for kind in "rfc6962", "static":
            log.spoil("slow&ms=50")
            row = ctwatch(tmp, log, kind, 1, n)
            row["ratio_limit"] = 16 * 256 / 0.05 / row["entries_per_second"]
            show(dict(row, name="run-%s-50-ms" % kind))
            log.spoil("429&to=1&every=20")
            show(dict(ctwatch(tmp, log, kind, 1, n),
                      name="run-%s-throttled" % kind))


def many_logs(tmp, n):
    """So many entries, in all, of 40 and of 70 logs."""
    for logs, items in (40, 1), (70, 100000):
        with Log(tmp, n // logs, logs) as log:
            for kind in "rfc6962", "static":
                show(dict(ctwatch(tmp, log, kind, items, n // logs, logs),
                          name="run-%s-%d-logs-%d" % (kind, logs, items)))


def idle_logs(tmp, logs):
    """Second nights in which no log has anything new, in CPU time a log, over
    curl, which fetches the heads."""
    heads, runs, floor = os.path.join(tmp, "heads"), [], []
    with Log(tmp, 50, logs) as log:
        listing = write_list(tmp, log, "rfc6962")
        state = tempfile.mkdtemp(dir=tmp)
        with open(heads, "w") as f:
            for op in json.load(open(listing))["operators"]:
                for one in op["logs"]:
                    f.write('url = "%sct/v1/get-sth"\noutput = "/dev/null"\n'
                            % one["url"])
        night(tmp, log, listing, 1, state, 0, 50 * logs)
        for _ in range(3 * RUNS):
            floor.append(spend(subprocess.Popen(["curl", "-s", "-K", heads])))
            runs.append(night(tmp, log, listing, 1, state, 0, 0))
    row, floor = figures(runs, logs), figures(floor, logs)
    show(dict(row, name="idle-%d-logs" % logs,
              ratio_limit=row["ns_per_entry"] / floor["ns_per_entry"]))


def curve(tmp, sizes):
    """Time and memory by the size of the log."""
    for n in sizes:
        with Log(tmp, n) as log:
            for kind in "rfc6962", "static":
                show(dict(ctwatch(tmp, log, kind, 1, n),
                          name="curve-%s-%d" % (kind, n)))


def matching_runs(tmp, n):
    """A first and a second night with 0.2 and 2 % of matches, each another
    certificate; and what one of them costs."""
    try:
        import cryptography
    except ImportError:
        print("no rows with matches: no python3-cryptography")
        return
    rare, items, first = tmp + "/matches.jsonl", 300, []
    subprocess.run([sys.executable, SRC + "/tests/bench/make_matches.py",
                    str(n // 50), rare], check=True)
    for every, percent in (500, "0.2%"), (50, "2%"):
        with Log(tmp, n, rare=rare, every=every) as log:
            listing, nights = write_list(tmp, log, "rfc6962"), ([], [])
            for _ in range(RUNS):
                state = tempfile.mkdtemp(dir=tmp)
                for i, read in enumerate((n, 0)):
                    nights[i].append(night(tmp, log, listing, items, state, 1,
                                           read))
                shutil.rmtree(state)
            row = figures(nights[0], n)
            first.append(row["ns_per_entry"] * n)
            peer = shutil.which("certspotter") and certspotter(
                tmp, log, items, n)
            if peer:
                show(dict(peer, name="certspotter-matches-" + percent))
                row["ratio_naive"] = (peer["cpu_seconds_per_million"] /
                                      row["cpu_seconds_per_million"])
            show(dict(row, name="first-night-matches-" + percent))
            show(dict(figures(nights[1], n),
                      name="second-night-matches-" + percent))
    show({"name": "one-match",
          "ns_per_entry": (first[1] - first[0]) / (n // 50 - n // 500)})


def report_of(state, name, words, n):
    """A command that prints the n findings of a state, in CPU time each."""
    runs = []
    for _ in range(RUNS):
        p = subprocess.Popen([CTWATCH, *words, "--state", state],
                             stdout=subprocess.DEVNULL)
        runs.append(spend(p))
        if p.returncode != 0:
            sys.exit("%s: exit %d" % (name, p.returncode))
    show(dict(figures(runs, n), name="%s-%d-findings" % (name, n)))


def reports(tmp, n):
    """Reports of n findings; and what the state keeps of a certificate with
    its findings and one sighting, and of another sighting."""
    try:
        import cryptography
    except ImportError:
        print("no rows of reports: no python3-cryptography")
        return
    rare, sizes = tmp + "/certificates.jsonl", []
    subprocess.run([sys.executable, SRC + "/tests/bench/make_matches.py",
                    str(n), rare], check=True)
    for entries in n, 3 * n:
        state = tempfile.mkdtemp(dir=tmp)
        with Log(tmp, entries, rare=rare) as log:
            night(tmp, log, write_list(tmp, log, "rfc6962"), 300, state, 1,
                  entries)
        sizes.append(os.path.getsize(state + "/state.db"))
        if entries == n:
            report_of(state, "report-text", ["report"], n)
            report_of(state, "report-sarif", ["report", "--format", "sarif"],
                      n)
            report_of(state, "findings-list", ["findings", "list"], n)
        shutil.rmtree(state)
    show({"name": "state-certificate", "bytes": sizes[0] / n})
    show({"name": "state-sighting", "bytes": (sizes[1] - sizes[0]) / (2 * n)})


def whole_runs(tmp):
    n = 20000 if QUICK else 200000
    plain_runs(tmp, n)
    secure_runs(tmp, n)
    hindered_runs(tmp, n)
    matching_runs(tmp, n)
    reports(tmp, 3000 if QUICK else 30000)
    many_logs(tmp, n)
    idle_logs(tmp, 70)
    curve(tmp, (10000, 100000) if QUICK else
          (10000, 100000, 500000, 2000000))


def read_crl(tmp, entries):
    """A CRL of so many entries, by ctwatch and by openssl: CPU time, and peak
    memory beside the file that ctwatch maps and openssl reads."""
    ca, key, path = tmp + "/ca.crt", tmp + "/ca.key", tmp + "/bench.crl"
    url, serial = "http://ca.example/crl", "d1a2b3c4d5e6f708"
    subprocess.run(
        ["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt",
         "ec_paramgen_curve:P-256", "-nodes", "-subj", "/CN=bench CA", "-days",
         "2", "-keyout", key, "-out", ca], check=True,
        stderr=subprocess.DEVNULL)
    subprocess.run(["openssl", "x509", "-in", ca, "-outform", "DER", "-out",
                    ca + ".der"], check=True)
    subprocess.run([sys.executable, SRC + "/tests/support/make_crl.py", ca,
                    key, str(entries), url, path, serial], check=True)
    size = os.path.getsize(path)
    programs = {
        "ctwatch": [BUILD + "/tests/bench/read_crl", path, ca + ".der", url,
                    "00" + serial],
        "openssl": ["openssl", "crl", "-inform", "DER", "-in", path, "-CAfile",
                    ca, "-noout"]}
    best = {}
    for name in ("openssl", "ctwatch") * (1 if QUICK else 3):
        p = subprocess.Popen(programs[name], stdout=subprocess.DEVNULL,
                             stderr=subprocess.DEVNULL)
        cpu, rss = spend(p)
        if p.returncode != 0:
            sys.exit("%s does not read the CRL" % name)
        best[name] = min(best.get(name, (cpu, rss)), (cpu, rss))
    for name, (cpu, rss) in best.items():
        row = {"name": "crl-%d-%s" % (entries, name),
               "entries_per_second": entries / cpu,
               "mb_per_second": size / cpu / 1e6,
               "ns_per_entry": cpu * 1e9 / entries,
               "cpu_seconds_per_million": cpu * 1e6 / entries,
               "peak_rss_kib": rss - size // 1024}
        if name == "ctwatch":
            row["ratio_naive"] = best["openssl"][0] / cpu
        show(row)


def compare(path):
    old = {r["name"]: r for r in json.load(open(path))["rows"]}
    print("\nagainst %s (ns an entry):" % path)
    for r in rows:
        if r["name"] in old and "ns_per_entry" in r:
            a, b = old[r["name"]]["ns_per_entry"], r["ns_per_entry"]
            print("%-30s %9.1f -> %9.1f  %+6.1f %%" % (
                r["name"], a, b, (b / a - 1) * 100))


def main():
    print("%-30s %12s %9s %9s %8s %8s %8s %8s %8s" % (
        "", "entries/s", "MB/s", "ns/entry", "against", "over", "CPU s",
        "peak", "bytes"))
    print("%-30s %12s %9s %9s %8s %8s %8s %8s %8s" % (
        "", "", "", "", "naive", "limit", "/million", "KiB", "each"))
    env = dict(os.environ, top_srcdir=SRC)
    p = subprocess.Popen([BUILD + "/tests/bench/stages"], env=env,
                         stdout=subprocess.PIPE, text=True)
    for line in p.stdout:
        show(json.loads(line))
    if p.wait() != 0:
        sys.exit("stages failed")
    tmp = tempfile.mkdtemp()
    try:
        read_crl(tmp, 100000 if QUICK else 1000000)
        if os.path.exists(LOGD):
            whole_runs(tmp)
    finally:
        shutil.rmtree(tmp)
    with open(BUILD + "/bench.json", "w") as f:
        json.dump({"format": "ctwatch-bench/1", "rows": rows}, f, indent=1)
    if BASELINE:
        compare(BASELINE)


main()
