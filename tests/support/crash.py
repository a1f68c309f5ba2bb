# SPDX-License-Identifier: Apache-2.0
"""crash: whatever ends a run, the next carries on, and in the end the store
is that of a run that nothing disturbed.

usage: crash.py kills|disk PROGRAM DEMO URL FOLDER
"""

import json
import os
import random
import signal
import subprocess
import sys

from simulated_runs import LOCAL, Ctwatch, Store, check, control

NOW = "2026-06-01T03:00:00Z"
SIZE, MORE, STEP = 500, 2500, 100  # entries at first, at the end, more each
KILLS = 24
WITH_FINDINGS = 1


def matches(demo):
    """What certspotter finds in the demonstration's log, repeated."""
    with open(os.path.join(demo, "matches.tsv")) as f:
        rows = [line.split() for line in f.readlines()[1:]]
    with open(os.path.join(demo, "entries.jsonl")) as f:
        period = len(f.readlines())
    found = sorted((int(row[0]), bytes.fromhex(row[1])) for row in rows)
    return lambda size: [
        (round + index, tbs) for round in range(0, size, period)
        for index, tbs in found if round + index < size]


def undisturbed(ctwatch, state, out):
    """Two runs: the second closes findings that have expired."""
    for _ in range(2):
        status, said = ctwatch.run(state, out)
        check(status & ~WITH_FINDINGS == 0, "undisturbed", status, said)
    return Store(state)


def kills(ctwatch, url, folder, wanted):
    state, reference = folder + "/killed", folder + "/reference"
    out = folder + "/run"
    chance = random.Random()
    size = SIZE
    killed = 0

    control(url, "size=%d" % MORE)
    undisturbed(ctwatch, reference, out).check_consistent(wanted)

    for i in range(KILLS):
        control(url, "size=%d" % size)
        term = i % 5 == 4
        options = ["--max-entries", "60"] if i % 4 == 3 else []
        killed += ctwatch.kill(
            state, out, chance.uniform(0, 0.35),
            signal.SIGTERM if term else signal.SIGKILL, *options)
        if os.path.exists(state + "/state.db") and i % 2:
            try:
                store = Store(state)
            except Exception as e:
                check("no such table" in str(e), e)  # none was made yet
            else:
                store.check_consistent(wanted)
        size = min(size + STEP, MORE)

    control(url, "size=%d" % MORE)
    store = undisturbed(ctwatch, state, out)
    store.check_consistent(wanted)
    store.check_same(Store(reference))
    print(killed, "runs of", KILLS, "were killed;", len(store.sightings),
          "sightings,", len(store.findings), "findings, as undisturbed")


def reports_failure(store, out, status):
    """The report, unless the disk was full before there was a state
    with a run, gives the reason and contains only what was saved."""
    with open(out + ".json") as f:
        text = f.read()
    if not text:
        return False
    report = json.loads(text)
    check(report["run"]["exit_status"] == status, "status in the report")
    check("full" in report["run"]["error"], "reason in the report")
    for log in report["coverage"]["logs"]:
        _, end, *_ = store.logs[bytes.fromhex(log["log_id"])]
        check(log["next_entry"] == end, "claimed", log, end)
    return True


def disk(ctwatch, url, folder, wanted):
    """In a mount namespace: a state directory that is read-only, and one on
    a disk that is full."""
    mount, out = folder + "/mount", folder + "/run"
    state = mount + "/state"
    os.mkdir(mount)
    do = lambda *command: subprocess.run(command, check=True)
    do("mount", "-t", "tmpfs", "-o", "size=12m", "none", mount)

    control(url, "size=%d" % SIZE)
    status, said = ctwatch.run(state, out)
    check(status == WITH_FINDINGS, "with room", status, said)
    before = Store(state)
    control(url, "size=%d" % MORE)

    do("mount", "-o", "remount,ro", mount)
    status, said = ctwatch.run(state, out)
    check(status & LOCAL and "Read-only file system" in said and
          state in said, "read-only", status, said)
    do("mount", "-o", "remount,rw", mount)
    before.check_same(Store(state))

    reports = 0
    for left in (0, 64 << 10, 128 << 10):
        with open(mount + "/filler", "wb", buffering=0) as f:
            try:
                while f.write(bytes(1 << 12)):
                    pass
            except OSError:
                f.truncate(os.fstat(f.fileno()).st_size - left)
        status, said = ctwatch.run(state, out)
        check(status & LOCAL and state in said and
              ("full" in said or "No space" in said), "full", status, said)
        Store(state).check_consistent(wanted)
        reports += reports_failure(Store(state), out, status)
        os.remove(mount + "/filler")
    check(reports > 0, "full: no report")
    store = undisturbed(ctwatch, state, out)
    store.check_consistent(wanted)
    store.check_same(Store(folder + "/reference"))
    print("read-only and full disks: said, and nothing lost")


def main(story, program, demo, url, folder):
    ctwatch = Ctwatch(
        program, "--no-notify", "--log-list", url + "/log_list.json", "--now",
        NOW,
        "--pinset", demo + "/pinset.json", "--watchlist", demo + "/watchlist")
    {"kills": kills, "disk": disk}[story](
        ctwatch, url, folder, matches(demo))


main(*sys.argv[1:])
