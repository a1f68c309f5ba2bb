# SPDX-License-Identifier: Apache-2.0
"""The programs that the bench runs: the log server, ctwatch and its peers.

Each function that runs one returns its sample, and ends the bench if the
program failed or did other work than it should: a peer reads the same entries
and finds the same certificates.
"""
import glob, json, os, shutil, signal, ssl, subprocess, tempfile, time
import urllib.request

from measure import fail, spend

PAGE = 256


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

    def __init__(self, bench, entries, logs=1, secure=False, rare=None,
                 every=1, threads=2):
        self.tmp, self.entries = tempfile.mkdtemp(dir=bench.tmp), entries
        port_file = self.tmp + "/port"
        self.ca = make_certificate(bench.tmp) if secure else None
        more = ["--gzip", "--tls", *self.ca] if secure else []
        if rare:
            more += ["--rare", rare, "--every", str(every)]
        inputs = sorted(glob.glob(bench.src + "/data/entries/*.json") +
                        glob.glob(bench.src + "/data/demo/*.jsonl"))
        self.p = subprocess.Popen(
            [bench.build + "/tests/logd/logd", "--port", "0", "--port-file",
             port_file, "--entries", str(entries), "--logs", str(logs),
             "--threads", str(threads), *more, *inputs],
            stdout=subprocess.DEVNULL)
        while not os.path.exists(port_file) or \
                not open(port_file).read().endswith("\n"):
            if self.p.poll() is not None:
                fail("logd ended early")
            time.sleep(0.05)
        self.url = "http%s://127.0.0.1:%s/" % (
            "s" if secure else "", open(port_file).read().strip())

    def fetch(self, path):
        trust = ssl.create_default_context(
            cafile=self.ca[0] if self.ca else None)
        return json.load(urllib.request.urlopen(self.url + path,
                                                context=trust))

    def spoil(self, fault):
        """Have each page come so from now on (see tests/logd/fault.h)."""
        urllib.request.urlopen(
            self.url + "control?on=get-entries,data&fault=" + fault).close()

    def list(self, kind):
        """The file of a log list with the logs of one kind."""
        path = self.tmp + "/" + kind + ".json"
        if not os.path.exists(path):
            listing = self.fetch("log_list.json")
            for op in listing["operators"]:
                op["tiled_logs" if kind == "rfc6962" else "logs"] = []
            with open(path, "w") as f:
                json.dump(listing, f)
        return path

    def pages(self, kind):
        """The URLs of all pages of the first log of a kind."""
        for i in range(0, self.entries, PAGE):
            left = self.entries - i
            if kind == "rfc6962":
                yield self.url + "rfc6962/ct/v1/get-entries?start=%d&end=%d" \
                    % (i, i + min(left, PAGE) - 1)
                continue
            n, path = i // PAGE, "%03d" % (i // PAGE % 1000)
            while n >= 1000:
                n //= 1000
                path = "x%03d/%s" % (n % 1000, path)
            yield self.url + "static/tile/data/" + path + (
                ".p/%d" % left if left < PAGE else "")

    def __enter__(self):
        return self

    def __exit__(self, *a):
        self.p.send_signal(signal.SIGTERM)
        self.p.wait()


class Bench:
    """Where things are, and what is run there."""

    def __init__(self, build, src, tmp):
        self.build, self.src, self.tmp = build, src, tmp
        self.traffic = None  # bytes an entry, of the last run that read any

    def watchlist(self, n):
        path = os.path.join(self.tmp, "watch-%d" % n)
        if not os.path.exists(path):
            with open(path, "w") as f:
                for i in range(n):
                    f.write(".watched-%d.%s\n" % (
                        i, ("com", "org", "net")[i % 3]))
        return path

    def run(self, *words, stdout=subprocess.DEVNULL, status=0, **more):
        """The sample of a program that exits with this status."""
        started = time.monotonic()
        p = subprocess.Popen(words, stdout=stdout, **more)
        sample = spend(p, started)
        if p.returncode != status:
            fail("%s: exit %d" % (" ".join(words[:3]), p.returncode))
        return sample

    def night(self, log, kind, items, state, read, matched, *more):
        """A run that reads and matches so many entries."""
        report = log.tmp + "/report.json"
        if log.ca:
            more += "--ca-file", log.ca[0]
        sample = self.run(
            self.build + "/ctwatch/ctwatch", "run", "--no-revocation",
            "--log-list", log.list(kind), "--state", state, "--watchlist",
            self.watchlist(items), "--since", "start", "--format", "json",
            "--output", report, "--quiet", "--no-notify", *more,
            status=1 if matched else 0)
        with open(report) as f:
            totals = json.load(f)["totals"]
        if totals["entries"] != read or (
                read > 0 and totals["matched"] != matched):
            fail("ctwatch: %s, but %d entries with %d matches expected" % (
                totals, read, matched))
        if read > 0:
            self.traffic = totals["bytes"] / read
        return sample

    def first_night(self, log, kind, items, matched=0, logs=1, more=()):
        """A run on a new state."""
        state = tempfile.mkdtemp(dir=self.tmp)
        sample = self.night(log, kind, items, state, log.entries * logs,
                            matched, *more)
        shutil.rmtree(state)
        return sample

    def certspotter(self, log, items, matched=0):
        """The RFC 6962 log read by certspotter, stopped when it has it all."""
        home = tempfile.mkdtemp(dir=self.tmp)
        started = time.monotonic()
        with open(home + "/out", "w") as out:
            p = subprocess.Popen(
                ["certspotter", "-logs", log.list("rfc6962"), "-state_dir",
                 home + "/state", "-watchlist", self.watchlist(items),
                 "-stdout"], stdout=out, stderr=subprocess.DEVNULL,
                env=dict(os.environ, CERTSPOTTER_CONFIG_DIR=home, HOME=home))

        def is_done():
            if time.monotonic() > started + 600:
                fail("certspotter reads %d entries in no 10 minutes" %
                     log.entries)
            for f in glob.glob(home + "/state/logs/*/state.json"):
                try:
                    with open(f) as state:
                        at = json.load(state)["verified_position"]["size"]
                    return at >= log.entries
                except (ValueError, KeyError, OSError):
                    pass
            return False

        sample = spend(p, started, is_done,
                       lambda: p.send_signal(signal.SIGTERM))
        with open(home + "/out") as out:
            text = out.read()
        found = text.count("\t    Log Entry = ")
        if found != matched or "Unable to determine" in text:
            fail("certspotter found %d certificates of %d" % (found, matched))
        shutil.rmtree(home)
        return sample

    def curl(self, log, kind, *more):
        """curl fetches the same pages and throws them away."""
        path = log.tmp + "/curl-" + kind
        if not os.path.exists(path):
            with open(path, "w") as f:
                for url in log.pages(kind):
                    f.write('url = "%s"\noutput = "/dev/null"\n' % url)
        if log.ca:
            more += "--compressed", "--cacert", log.ca[0]
        return self.run("curl", "-s", "-f", *more, "-K", path,
                        stderr=subprocess.DEVNULL)

    def curl_heads(self, log):
        """curl fetches the head of each RFC 6962 log."""
        path = log.tmp + "/curl-heads"
        with open(log.list("rfc6962")) as f:
            listing = json.load(f)
        with open(path, "w") as f:
            for op in listing["operators"]:
                for one in op["logs"]:
                    f.write('url = "%sct/v1/get-sth"\noutput = "/dev/null"\n'
                            % one["url"])
        return self.run("curl", "-s", "-f", "-K", path,
                        stderr=subprocess.DEVNULL)

    def matches(self, n):
        """A file of n distinct certificates (make_matches.py); most of the
        time that making them takes is for the first call."""
        whole = self.tmp + "/matches.jsonl"
        path = "%s/matches-%d.jsonl" % (self.tmp, n)
        if not os.path.exists(whole):
            self.run("python3", self.src + "/tests/bench/make_matches.py",
                     str(max(n, self.most_matches)), whole)
        if not os.path.exists(path):
            with open(whole) as f, open(path, "w") as out:
                out.writelines(line for _, line in zip(range(n), f))
        return path
