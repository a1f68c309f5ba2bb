#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Check every form of a report against its document and its format's rules.

usage: report_check.py DOCUMENT PREFIX     (the forms are PREFIXjson, ...)

What is published of OCSF and ECS is in data/schema; with CTWATCH_SCHEMAS (a
folder with all of that, and the schema of SARIF) that is used instead.
"""
import base64
import csv
import glob
import hashlib
import html.parser
import io
import json
import os
import re
import sys

from report_wanted import (
    CEF_SEVERITY, about, cef_extension, csv_row, ecs_event, ocsf_event,
    prom_samples, sarif_result, sarif_rule)

TOP = os.environ.get("top_srcdir", ".")
BAD = []


def bad(what):
    BAD.append(what)


def expect(found, want, what):
    if found != want:
        bad("%s: %.200r, not %.200r" % (what, found, want))


def schema_errors(schema, document):
    import jsonschema
    cls = jsonschema.validators.validator_for(schema)
    for e in list(cls(schema).iter_errors(document))[:5]:
        bad("%s: %s" % ("/".join(map(str, e.path)), e.message[:200]))


def events(output):
    out = [json.loads(line) for line in output.splitlines()]
    if not output.endswith("\n") and out:
        bad("the last line has no end")
    return out


# ---- one function for each form ----

def check_json(doc, output, schemas):
    expect(json.loads(output), doc, "document")
    with open(TOP + "/data/schema/ctwatch-report-1.schema.json") as f:
        schema_errors(json.load(f), json.loads(output))


def check_jsonl(doc, output, schemas):
    expect(events(output), doc["findings"], "findings")


def whole(doc):
    """Whether all logs that are not skipped are complete."""
    logs = [l for l in doc["coverage"]["logs"] if l["status"] != "skipped"]
    return logs and all(l["status"] == "complete" for l in logs)


def check_claims(doc, text):
    """Only a whole report without findings says that nothing is wrong, and
    only one without unverified entries that all are verified."""
    unverified = [l for l in doc["coverage"]["logs"]
                  if not l["verified"] and (l["entries_read"] or
                      (l["next_entry"] and l["status"] == "partial"))]
    expect("All entries read are verified" in text, not unverified, "all")
    expect("from %d log" % len(unverified) in text, bool(unverified),
           "unverified")
    if not any(f["status"] in ("new", "open") for f in doc["findings"]):
        expect("Nothing to worry about" in text, whole(doc), "nothing wrong")
        expect("not all entries were read and verified" in text,
               not whole(doc), "unknown")
    if "No log was read" in text or "no log was read" in text:
        bad("logs were read")


def check_text(doc, output, schemas):
    for i, line in enumerate(output.split("\n")):
        if len(line) > 79:
            bad("line %d has %d columns" % (i + 1, len(line)))
        if line.endswith(" "):
            bad("line %d ends with a blank" % (i + 1))
        if re.search(r"[^\x20-\x7e]", line):
            bad("line %d: %r" % (i + 1, line))
    screen = "\n".join(output.split("\n")[:24])
    check_claims(doc, " ".join(output.split()))
    for answer in ("Coverage", "New", "Severity", "Next step"):
        if answer not in screen:
            bad("the first screen does not answer " + answer)
    expect("\n  Not saved  " in output, "error" in doc["run"], "failure")
    expect(" NOT SAVED" in screen, "error" in doc["run"], "failure")
    live = [f for f in doc["findings"] if f["status"] in ("new", "open")]
    kinds = []
    for f in live:
        kind = f["severity"], f["name"]
        if kind not in kinds:
            kinds.append(kind)
    for kind in kinds[:6] if len(live) > 1 else []:
        n = sum((f["severity"], f["name"]) == kind for f in live)
        if not re.search(r"%d %s +%s " % ((n,) + kind), screen):
            bad("the first screen does not count %d %s %s" % ((n,) + kind))
    if doc["coverage"]["operators_behind"]:
        expect("log list is 224 days old" in screen, True, "age of the list")
    for f in live[:40]:
        if f["id"][:16] not in output:
            bad("finding %s is missing" % f["id"][:16])


class Page(html.parser.HTMLParser):
    TAGS = set("html head meta title style body header main footer nav section "
               "h1 h2 h3 h4 p a b i br small span div ul li dl dt dd time "
               "details summary table thead tbody tr th td svg rect path circle "
               "text g code".split())

    def __init__(self):
        super().__init__(convert_charrefs=True)
        self.text, self.style, self.policy, self.now = [], [], "", None

    def handle_starttag(self, tag, attrs):
        self.now = tag
        if tag not in self.TAGS:
            bad("element <%s>" % tag)
        for name, value in attrs:
            if name.startswith("on") or name in ("style", "src", "srcdoc"):
                bad("attribute %s on <%s>" % (name, tag))
            if name == "href" and not re.fullmatch(
                    "#.*|https://crt[.]sh/[?]sha256=[0-9a-f]{64}",
                    value or ""):
                bad("link to %r" % value)
        attrs = dict(attrs)
        if attrs.get("http-equiv") == "Content-Security-Policy":
            self.policy = attrs["content"]

    def handle_data(self, data):
        (self.style if self.now == "style" else self.text).append(data)

    def handle_comment(self, data):
        bad("a comment")

    def handle_endtag(self, tag):
        self.now = None


def check_html(doc, output, schemas):
    page = Page()
    page.feed(output)
    digest = hashlib.sha256("".join(page.style).encode()).digest()
    expect(page.policy.split("; ")[:2],
           ["default-src 'none'", "style-src 'sha256-%s'" %
            base64.b64encode(digest).decode()], "policy")
    text = "".join(page.text)
    check_claims(doc, text)
    expect("new entries read and verified" in text, bool(whole(doc)),
           "verified")
    live = [f for f in doc["findings"] if f["status"] in ("new", "open")]
    for f in live[:500]:
        for part in (f["id"], about(f)[:300], f["message"][:300],
                     f["certificate"]["issuer"][:300]):
            if part not in text:
                bad("not shown: %.100r" % part)
    if doc["run"].get("error", "")[:300] not in text:
        bad("the failure is not shown")
    for f in live[:500]:
        digest = f["certificate"]["cert_sha256"]
        if digest and 'href="https://crt.sh/?sha256=%s"' % digest not in output:
            bad("no link for %s" % digest)
        if "ctwatch findings close %s --reason" % f["id"][:12] not in text:
            bad("no command for %s" % f["id"][:12])
    if "`ctwatch" in text:
        bad("backticks")
    # What is drawn later covers what was drawn before: lane by lane the graver.
    grave = ["expected", "note", "low", "medium", "high", "critical"]
    lanes = re.findall(r'<rect class="valid c-([a-z]+)" x=\S+ y=(\d+)', output)
    for (a, y), (b, z) in zip(lanes, lanes[1:]):
        if y == z and grave.index(a) > grave.index(b):
            bad("%s is drawn over %s" % (b, a))
    for log in doc["coverage"]["logs"]:
        if log["description"][:300] not in text:
            bad("log not shown: %.100r" % log["description"])


def check_csv(doc, output, schemas):
    rows = list(csv.reader(io.StringIO(output, newline="")))
    expect(len(rows), len(doc["findings"]) + 1, "rows")
    for row, f in zip(rows[1:], doc["findings"]):
        for name, cell in zip(rows[0], row):
            if re.match(r"[\s]*[=+\-@|%]", cell):
                bad("%s reads as a formula: %.60r" % (name, cell))
        expect([(name, re.sub("^'", "", cell))
                for name, cell in zip(rows[0], row)], csv_row(f), "row")
        expect(len(row), len(rows[0]), "columns")


def check_cef(doc, output, schemas):
    lines = output.splitlines()
    expect(len(lines), len(doc["findings"]), "lines")
    for line, f in zip(lines, doc["findings"]):
        head = re.match(r"CEF:0\|((?:[^|\\]|\\[|\\])*\|){6}", line)
        if head is None:
            bad("header: " + line[:100])
            continue
        fields = re.split(r"(?<!\\)\|", head.group(0))
        expect(fields[1:7], ["ctwatch", "ctwatch", doc["run"]["version"],
                             f["rule"], f["name"],
                             str(CEF_SEVERITY[f["severity"]])], "header")
        rest = line[head.end():]
        at = [m for m in re.finditer(r"(?:^| )([A-Za-z0-9]+)=", rest)]
        ext = {}
        for m, after in zip(at, at[1:] + [None]):
            value = rest[m.end():after.start() if after else None]
            if re.search(r"(?<!\\)(?:\\\\)*=", value):
                bad("= in %s" % value[:60])
            ext[m.group(1)] = re.sub(r"\\(.)", r"\1", value)
        expect(ext, cef_extension(doc, f), "extension")


def check_prom(doc, output, schemas):
    typed, helped, samples = set(), set(), {}
    sample = re.compile(r'([a-z_]+)(\{(?:[a-z_0-9]+="(?:[^"\\\n]|\\[\\"n])*",?)*'
                        r'\})? (-?[0-9]+)')
    for line in output.splitlines():
        if line.startswith("# TYPE "):
            typed.add(line.split()[2])
        elif line.startswith("# HELP "):
            helped.add(line.split()[2])
        else:
            m = sample.fullmatch(line)
            if m is None or m.group(1) not in typed & helped:
                bad("line: " + line[:100])
                continue
            if m.group(1) + (m.group(2) or "") in samples:
                bad("twice: " + line[:100])
            samples[m.group(1) + (m.group(2) or "")] = int(m.group(3))
    want = prom_samples(doc)
    expect(sorted(set(samples.items()) ^ set(want.items())), [], "samples")


def check_hpkp(doc, output, schemas):
    found = events(output)
    refused = []
    for f in doc["findings"]:
        pins = ['pin-sha256="%s"' % p["spki"][7:] for p in doc["pins"]
                if p["state"] in ("active", "backup")
                and f["watched"][0] in p["patterns"]]
        # RFC 7469, 3: without known pins there is no failure to report.
        if (f["status"] in ("new", "open") and pins and 'pin-sha256="%s"'
                % f["certificate"]["spki_sha256"] not in pins):
            refused.append((f, pins))
    expect(len(found), len(refused), "reports")
    for e, (f, pins) in zip(found, refused):
        expect(e["known-pins"], pins, "known pins")
        expect(sorted(e), sorted([
            "date-time", "hostname", "port", "effective-expiration-date",
            "include-subdomains", "noted-hostname", "served-certificate-chain",
            "validated-certificate-chain", "known-pins"]), "members")
        expect(e["hostname"], about(f), "hostname")
        for pin in e["known-pins"]:
            if not re.fullmatch(r'pin-sha256="[A-Za-z0-9+/]{43}="', pin):
                bad("pin: " + pin)


def github_rules(rules, results):
    """docs.github.com, "SARIF support for code scanning"."""
    def sized(text, most, what):
        if not 1 <= len(text) <= most:
            bad("%s of %d characters" % (what, len(text)))
    if len(results) > 25000 or len(rules) > 25000:
        bad("more results or rules than GitHub accepts")
    for r in rules:
        sized(r["name"], 255, "name")
        for part in ("shortDescription", "fullDescription"):
            sized(r[part]["text"], 1024, part)
        sized(r["help"]["text"], 10 ** 6, "help")
        if not re.fullmatch(r"[A-Z].*[.]", r["shortDescription"]["text"]):
            bad("no sentence: " + r["shortDescription"]["text"])
        if len(r["properties"]["tags"]) > 10:
            bad("tags")
        score = r["properties"].get("security-severity", "0.1")
        if not 0.0 < float(score) <= 10.0:
            bad("security-severity " + score)
        if not r["helpUri"].startswith("https://"):
            bad("helpUri " + r["helpUri"])
    for r in results:
        if r["kind"] != "fail" or "relatedLocations" in r or \
                r["baselineState"] == "absent":
            bad("a result that GitHub takes for an alert")
        sized(r["message"]["text"], 10 ** 6, "message")
        location, = r["locations"]
        place = location["physicalLocation"]
        uri = place["artifactLocation"]["uri"]
        if re.match(r"/|\.|[a-z]+:", uri) or not uri:
            bad("not relative to the repository: " + uri)
        if place["region"]["startLine"] < 1:
            bad("no line")
        if not re.fullmatch("[0-9a-f]{16}:1", r["partialFingerprints"][
                "primaryLocationLineHash"]):
            bad("primaryLocationLineHash")
    hashes = [r["partialFingerprints"]["primaryLocationLineHash"]
              for r in results]
    expect(len(set(hashes)), len(hashes), "fingerprints")


def check_sarif(doc, output, schemas):
    log = json.loads(output)
    run, = log.pop("runs")
    expect(log, {"$schema": "https://docs.oasis-open.org/sarif/sarif/v2.1.0/"
                            "errata01/os/schemas/sarif-schema-2.1.0.json",
                 "version": "2.1.0"}, "log")
    rules, results = run["tool"]["driver"].pop("rules"), run.pop("results")
    first_of = {}
    shown = [f for f in doc["findings"] if f["status"] != "closed"]
    for f in shown:
        first_of.setdefault(f["rule"], f)
    expect(rules, [sarif_rule(first_of[r["id"]], r) for r in rules], "rules")
    expect(sorted(first_of), sorted(r["id"] for r in rules), "rules met")
    at = {r["id"]: i for i, r in enumerate(rules)}
    expect(len(results), len(shown), "results")
    for r, f in zip(results, shown):
        expect(r, sarif_result(doc, f, at[f["rule"]]), "result")
    github_rules(rules, results)
    notes = [("error", doc["run"]["error"])] if "error" in doc["run"] else []
    notes += [("warning", "%s: %s: %s" %
               (log["description"], log["status"], log["reason"]))
              for log in doc["coverage"]["logs"]
              if log["status"] in ("partial", "unreachable", "unusable")]
    expect(run, {
        "tool": {"driver": {"name": "ctwatch",
                            "version": doc["run"]["version"]}},
        "automationDetails": {"id": "ctwatch/nightly/"},
        "invocations": [{
            "executionSuccessful": "error" not in doc["run"],
            "exitCode": doc["run"]["exit_status"],
            "startTimeUtc": doc["run"]["started"],
            "endTimeUtc": doc["run"]["ended"],
            "toolExecutionNotifications": [
                {"level": level, "message": {"text": text}}
                for level, text in notes]}]}, "run")
    if schemas:
        with open(schemas + "/sarif-2.1.0.json") as f:
            schema_errors(json.load(f), json.loads(output))


class Ocsf:
    """The rules of OCSF's own metaschema, as far as they need no compiler."""
    COMPUTED = {"category_uid": 2, "class_uid": 2004}

    def __init__(self, folder):
        self.folder = folder
        self.dictionary = self.read("dictionary.json")["attributes"]

    def read(self, path):
        with open(self.folder + "/" + path) as f:
            return json.load(f)

    def find(self, kind, name):
        for path in glob.glob("%s/%s/**/%s.json" % (self.folder, kind, name),
                              recursive=True):
            with open(path) as f:
                return json.load(f)

    def attributes(self, kind, name):
        j = self.find(kind, name)
        out = self.attributes(kind, j["extends"]) if "extends" in j else {}
        for key, value in j["attributes"].items():
            if key != "$include":
                out[key] = {**out.get(key, {}), **value}
                continue
            for path in value:
                profile = self.read(path)
                for k, v in profile["attributes"].items():
                    out.setdefault(k, dict(v, profile=profile.get("name")))
        return out

    def check(self, value, kind, name, path=""):
        if name == "object":
            return
        known = self.attributes(kind, name)
        for k, v in known.items():
            if v.get("requirement") == "required" and k not in value and \
                    not v.get("profile"):
                bad("%s%s is required" % (path, k))
        for k, v in value.items():
            if k not in known:
                bad("%s%s is not in %s" % (path, k, name))
                continue
            d = {**self.dictionary.get(k, {}), **known[k]}
            if path == "" and k in self.COMPUTED:
                expect(v, self.COMPUTED[k], k)
                continue
            # A label beside the number is the caption of the number.
            label = "activity_name" if k == "activity_id" else k[:-3]
            if label in value and k.endswith("_id") and \
                    str(v) in (d.get("enum") or {}):
                expect(value[label], d["enum"][str(v)]["caption"], label)
            if d.get("is_array") and not isinstance(v, list):
                bad("%s%s must be an array" % (path, k))
            if d.get("enum") and str(v) not in d["enum"] and \
                    (name, k) != ("observable", "type_id"):
                bad("%s%s=%s is no value of it" % (path, k, v))
            for e in v if isinstance(v, list) else [v]:
                if isinstance(e, dict) and self.find("objects", d["type"]):
                    self.check(e, "objects", d["type"], path + k + ".")
                elif d.get("type") in ("timestamp_t", "integer_t", "long_t") \
                        and not isinstance(e, int):
                    bad("%s%s must be a number" % (path, k))
        one_of = ((self.find(kind, name).get("constraints") or {})
                  .get("at_least_one"))
        if one_of and not any(k in value for k in one_of):
            bad("%s needs one of %s" % (path, one_of[:4]))


def check_ocsf(doc, output, schemas):
    found = events(output)
    expect(len(found), len(doc["findings"]), "events")
    ocsf = Ocsf((schemas or TOP + "/data/schema") + "/ocsf")
    for e, f in zip(found, doc["findings"]):
        expect(e, ocsf_event(doc, f), "event")
        ocsf.check(e, "events", "detection_finding")


def flatten(value, path=""):
    for k, v in value.items():
        if isinstance(v, dict):
            yield from flatten(v, path + k + ".")
        else:
            yield path + k, v


def check_ecs(doc, output, schemas):
    found = events(output)
    expect(len(found), len(doc["findings"]), "events")
    table = schemas + "/ecs-fields.csv" if schemas else \
        TOP + "/data/schema/ecs-fields.csv"
    with open(table, newline="") as f:
        fields = {row["Field"]: row for row in csv.DictReader(f)}
    for e, f in zip(found, doc["findings"]):
        expect(e, ecs_event(doc, f), "event")
        for name, value in flatten({k: v for k, v in e.items()
                                    if k != "ctwatch"}):
            if name not in fields:
                bad("%s is no field of ECS" % name)
                continue
            many = "array" in fields[name]["Normalization"]
            if many != isinstance(value, list):
                bad("%s: array or not" % name)
            if fields[name]["Type"] == "long" and not isinstance(value, int):
                bad("%s must be a number" % name)


CHECKS = {"json": check_json, "jsonl": check_jsonl, "text": check_text,
          "html": check_html, "csv": check_csv, "cef": check_cef,
          "prom": check_prom, "hpkp-report": check_hpkp, "sarif": check_sarif,
          "ocsf": check_ocsf, "ecs": check_ecs}

if __name__ == "__main__":
    with open(sys.argv[1]) as f:
        doc = json.load(f)
    schemas = os.environ.get("CTWATCH_SCHEMAS")
    for form, check in CHECKS.items():
        with open(sys.argv[2] + form, encoding="utf-8", newline="") as f:
            check(doc, f.read(), schemas)
        for what in BAD[:10]:
            print("%s: %s" % (form, what), file=sys.stderr)
        if BAD:
            sys.exit(1)
