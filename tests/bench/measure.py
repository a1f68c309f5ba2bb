# SPDX-License-Identifier: Apache-2.0
"""Measuring child processes in turns, and the table of rows.

The figures of a row are medians, of as many runs for each program that the row
compares; the programs take turns, so that what else the machine does meets all.
"""
import collections, os, statistics, sys, time

# CPU seconds, seconds, and peak memory in KiB.
Sample = collections.namedtuple("Sample", "cpu wall rss")


def spend(p, started, is_done=None, stop=None):
    """The sample of a child, watched until it ends; or until is_done(), when
    stop() ends it and its time is up.

    What wait4 says of memory begins with this program's own, of which the
    child is a copy at first; so query the kernel while the child runs.
    """
    peak, wall = 0, None
    while True:
        pid, status, use = os.wait4(p.pid, os.WNOHANG)
        if pid != 0:
            break
        for line in open("/proc/%d/status" % p.pid):
            if line.startswith("VmHWM:"):
                peak = int(line.split()[1])
        if is_done and wall is None and is_done():
            wall = time.monotonic() - started
            stop()
        time.sleep(0.005)
    p.returncode = os.waitstatus_to_exitcode(status)
    return Sample(use.ru_utime + use.ru_stime,
                  wall or time.monotonic() - started, peak)


def alternate(runs, programs):
    """Call each of programs, {name: function that returns a sample}, in turns;
    return the median sample of each by its name."""
    samples = {name: [] for name in programs}
    for _ in range(runs):
        for name, run in programs.items():
            samples[name].append(run())
    return {name: Sample(*map(statistics.median, zip(*v)))
            for name, v in samples.items()}


def show_head():
    print("%-36s %11s %10s %5s %8s %8s  %s" % (
        "", "CPU s", "entries/s", "cores", "peak", "bytes",
        "ratios in this run"))
    print("%-36s %11s %10s %5s %8s %8s" % (
        "", "/million", "", "", "KiB", "each"))


class Table:
    """The rows, shown as they are added."""

    def __init__(self, runs):
        self.runs, self.rows = runs, []

    def add(self, row):
        self.rows.append(row)
        f = lambda k, fmt: fmt % row[k] if k in row else ""
        ratios = []
        if "peer_ratio" in row:
            ratios.append("%.2f times faster than %s" % (
                row["peer_ratio"], row["peer"]))
        if "floor_ratio" in row:
            ratios.append("%.2f of %s" % (row["floor_ratio"], row["floor"]))
        print("%-36s %11s %10s %5s %8s %8s  %s" % (
            row["name"], f("cpu_seconds_per_million", "%.3f"),
            f("entries_per_second", "%.0f"), f("cores", "%.2f"),
            f("peak_rss_kib", "%d"), f("bytes", "%d"), "; ".join(ratios)),
            flush=True)

    def measured(self, name, sample, entries, peer=None, floor=None, by="cpu",
                 **more):
        """A row of a median sample over so many entries.  peer and floor are
        (what it is, its sample, on the same entries); compare this figure."""
        row = {"name": name, "entries": entries, "runs": self.runs,
               "ns_per_entry": sample.cpu * 1e9 / entries,
               "cpu_seconds_per_million": sample.cpu * 1e6 / entries,
               "entries_per_second": entries / sample.wall,
               "cores": sample.cpu / sample.wall,
               "peak_rss_kib": sample.rss, **more}
        mine = getattr(sample, by)
        if peer and peer[1]:
            row.update(peer=peer[0], peer_ratio=getattr(peer[1], by) / mine)
        if floor and floor[1]:
            row.update(floor=floor[0],
                       floor_ratio=mine / getattr(floor[1], by))
        self.add(row)

    def find(self, name):
        return next(r for r in self.rows if r["name"] == name)


def fail(text):
    sys.exit("bench: " + text)
