#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Check the plan and the parts of a backfill by the text of RFC 6962.

usage: backfill_check.py plan PLAN
       backfill_check.py parts PLAN DIR
       backfill_check.py same STATE STATE
       backfill_check.py sightings STATE
       backfill_check.py edit PLAN FROM TO EXPRESSION

plan: the hashes of each log's parts give the root of the head in the plan.
parts: each match hashes to its part, and the text of its names is printed.
same: two stores hold the same, but for the times and sizes of requests.
sightings: print a digest of all certificates and sightings of a store.
edit: read the part FROM, run EXPRESSION, in one line, over its lines, and write it as TO
with a valid digest.
"""
import base64, hashlib, json, os, sqlite3, sys

sha256 = lambda data: hashlib.sha256(data).digest()
node_hash = lambda left, right: sha256(b"\1" + left + right)
decode = base64.b64decode


def subtrees(begin, end):
    """The perfect subtrees of [begin, end), left to right."""
    while begin < end:
        size = begin & -begin if begin else 1 << 62
        while size > end - begin:
            size //= 2
        yield begin, size
        begin += size


def root(begin, end, known):
    """RFC 6962, 2.1, over subtrees whose hashes are known."""
    n = end - begin
    if (begin, n) in known:
        return known[begin, n]
    k = 1
    while 2 * k < n:
        k *= 2
    return node_hash(root(begin, begin + k, known),
                     root(begin + k, end, known))


def head(text):
    """Size and root of a get-sth answer or a checkpoint."""
    if text.startswith("{"):
        sth = json.loads(text)
        return sth["tree_size"], decode(sth["sha256_root_hash"])
    lines = text.split("\n")
    return int(lines[1]), decode(lines[2])


def check_plan(path):
    with open(path) as f:
        plan = json.load(f)
    for log in plan["logs"]:
        size, wanted = head(decode(log["head"]).decode())
        ranges = [(0, log["parts"][0]["from"], log["before"])]
        ranges += [(p["from"], p["to"], p["hashes"]) for p in log["parts"]]
        ranges.append((log["parts"][-1]["to"], size, log["after"]))
        known = {}
        for begin, end, hashes in ranges:
            places = list(subtrees(begin, end))
            assert len(places) == len(hashes), "number of hashes"
            known.update(zip(places, map(decode, hashes)))
        assert root(0, size, known) == wanted, "root"
        print(log["description"], size)


def check_parts(path, folder):
    with open(path, "rb") as f:
        raw = f.read()
    plan = json.loads(raw)
    matches = 0
    for i in range(plan["parts"]):
        with open("%s/part-%d.ctwpart" % (folder, i), "rb") as f:
            lines = f.readlines()
        last = json.loads(lines[-1])
        assert last["sha256"] == hashlib.sha256(
            b"".join(lines[:-1])).hexdigest(), "digest"
        first = json.loads(lines[0])
        assert first["plan_sha256"] == hashlib.sha256(raw).hexdigest()
        places = dict(zip(subtrees(first["from"], first["to"]),
                          map(decode, first["hashes"])))
        for line in map(json.loads, lines[1:-1]):
            if "match" not in line:
                continue
            m = line["match"]
            at = m["index"]
            h = sha256(b"\0" + decode(m["leaf"]))
            for level, sibling in enumerate(map(decode, m["path"])):
                pair = (sibling, h) if at >> level & 1 else (h, sibling)
                h = node_hash(*pair)
            size = 1 << len(m["path"])
            assert places[at // size * size, size] == h, "path"
            matches += 1
    print(matches)


# What the numbers in a row of the table t stand for: they are given in the order
# of insertion.
LOG = "(SELECT log FROM log_number WHERE number = t.log)"
NUMBERS = {
    "sighting": {"log": LOG, "cert": "(SELECT tbs FROM cert WHERE id = t.cert)"},
    "key": {"cert": "(SELECT tbs FROM cert WHERE id = t.cert)"},
    "chain_issuer": {"log": LOG, "fork": "(SELECT leaf_hash FROM sighting x WHERE"
                     " (x.log, x.idx, x.fork) = (t.log, t.idx, t.fork))"}}


def dump(path):
    db = sqlite3.connect(path + "/state.db")
    out = {}
    tables = [row[0] for row in db.execute(
        "SELECT name FROM sqlite_master WHERE type = 'table'")]
    for table in tables:
        names = [row[1] for row in db.execute(
            "PRAGMA table_info(%s)" % table)]
        # Reports and measurements are of the run, numbers of the order.
        skip = {"log": {"page", "progress"}, "run": {"report"},
                "cert": {"id"}, "refused": {"id"}, "head": {"id"},
                "log_number": {"number"},
                "sighting": {"fork"}}.get(table, set())
        keep = [NUMBERS.get(table, {}).get(name, '"%s"' % name)
                for name in names if name not in skip]
        rows = map(repr, db.execute(
            "SELECT %s FROM %s t" % (", ".join(keep), table)))
        out[table] = sorted(r for r in rows if "cover-traffic/" not in r)
    return out


def same(one, two):
    a, b = dump(one), dump(two)
    assert a.keys() == b.keys()
    for table in sorted(a):
        if a[table] != b[table]:
            print(table, "differs:")
            for row in set(a[table]) ^ set(b[table]):
                print(" ", "first" if row in a[table] else "second",
                      row[:300])
            sys.exit(1)
    print(len(a["sighting"]), len(a["cert"]))


def sightings(path):
    tables = dump(path)
    print(hashlib.sha256("\n".join(
        tables["cert"] + tables["sighting"]).encode()).hexdigest())


def edit(plan, source, target, expression):
    with open(source) as f:
        lines = [json.loads(line) for line in f][:-1]
    exec(" ".join(expression.split()))
    body = "".join(json.dumps(line, separators=(",", ":")) + "\n"
                   for line in lines)
    digest = hashlib.sha256(body.encode()).hexdigest()
    with open(target, "w") as f:
        f.write(body + '{"sha256":"%s"}\n' % digest)


if __name__ == "__main__":
    {"plan": check_plan, "parts": check_parts, "same": same, "sightings": sightings,
     "edit": edit}[sys.argv[1]](*sys.argv[2:])
