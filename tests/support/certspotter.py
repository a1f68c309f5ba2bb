#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Where certspotter and ctwatch differ over one log.

usage: certspotter.py ROWS SPOT REPORT
ROWS is what test_tricks printed, whose rows are the entries of the log; SPOT
what certspotter -stdout printed, REPORT the JSON report of ctwatch.  Prints
"WHO place name", between tabs, of each entry that one alone reports: certspotter
as a match or, unable to tell, as malformed; or ctwatch.
"""

import json
import re
import sys


def spotted(text):
    """The entries that match, and those of which certspotter cannot tell."""
    found, unsure = set(), set()
    for block in text.split("\n\n"):
        entry = re.search(r"Log Entry = (\d+) @", block)
        if entry:
            known = not block.lstrip().startswith("Unable to determine")
            (found if known else unsure).add(int(entry[1]))
    return found, unsure


def main():
    rows, spot, report = sys.argv[1:]
    with open(spot) as f:
        found, unsure = spotted(f.read())
    with open(report) as f:
        report = json.load(f)
    assert not report["refused"], report["refused"]
    ours = {s["index"] for finding in report["findings"]
            for s in finding["sightings"]}
    with open(rows) as f:
        for row in f:
            number, place, name = row.rstrip("\n").split("\t")
            n = int(number)
            who = ("match" if n in found - ours else
                   "malformed" if n in unsure - ours else
                   "ctwatch" if n in ours - found - unsure else None)
            if who:
                print(who, place, name, sep="\t")


main()
