#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Check every form of a report against its document and its format's rules.

usage: report_check.py DOCUMENT PREFIX     (the forms are PREFIXjson, ...)

With CTWATCH_SCHEMAS (a folder with the published SARIF, OCSF and ECS schemas)
their own rules are checked as well as those written down here.
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


def first(values):
    return values[0] if values else None


def about(finding):
    return first(finding["matched_names"]) or first(finding["watched"])


# ---- one function for each form ----

def check_json(doc, output, schemas):
    expect(json.loads(output), doc, "document")
    with open(TOP + "/data/schema/ctwatch-report-1.schema.json") as f:
        schema_errors(json.load(f), json.loads(output))


def check_jsonl(doc, output, schemas):
    expect(events(output), doc["findings"], "findings")


def check_text(doc, output, schemas):
    for i, line in enumerate(output.split("\n")):
        if len(line) > 79:
            bad("line %d has %d columns" % (i + 1, len(line)))
        if line.endswith(" "):
            bad("line %d ends with a blank" % (i + 1))
        if re.search(r"[^\x20-\x7e]", line):
            bad("line %d: %r" % (i + 1, line))
    screen = "\n".join(output.split("\n")[:24])
    for answer in ("Covered?", "New?", "How bad?", "Do what?"):
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
            if name == "href" and not (value or "").startswith("#"):
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
    live = [f for f in doc["findings"] if f["status"] in ("new", "open")]
    for f in live[:500]:
        for part in (f["id"], about(f)[:300], f["message"][:300],
                     f["certificate"]["issuer"][:300]):
            if part not in text:
                bad("not shown: %.100r" % part)
    if doc["run"].get("error", "")[:300] not in text:
        bad("the failure is not shown")
    for log in doc["coverage"]["logs"]:
        if log["description"][:300] not in text:
            bad("log not shown: %.100r" % log["description"])


def check_csv(doc, output, schemas):
    rows = list(csv.reader(io.StringIO(output, newline="")))
    expect(len(rows), len(doc["findings"]) + 1, "rows")
    for row, f in zip(rows[1:], doc["findings"]):
        expect(len(row), len(rows[0]), "columns")
        cells = dict(zip(rows[0], row))
        for name, cell in cells.items():
            if re.match(r"[\s]*[=+\-@|%]", cell):
                bad("%s reads as a formula: %.60r" % (name, cell))
        for name, value in (("id", f["id"]), ("severity", f["severity"]),
                            ("message", f["message"]),
                            ("names", " ".join(f["certificate"]["names"]))):
            expect(re.sub("^'", "", cells[name]), value, name)


CEF_SEVERITY = {"critical": 10, "high": 8, "medium": 6, "low": 3, "note": 1}


def check_cef(doc, output, schemas):
    lines = output.splitlines()
    expect(len(lines), len(doc["findings"]), "lines")
    for line, f in zip(lines, doc["findings"]):
        head = re.match(r"CEF:0\|((?:[^|\\]|\\[|\\])*\|){6}", line)
        if head is None:
            bad("header: " + line[:100])
            continue
        fields = re.split(r"(?<!\\)\|", head.group(0))
        expect(fields[4:7], [f["rule"], f["name"],
                             str(CEF_SEVERITY[f["severity"]])], "header")
        rest = line[head.end():]
        at = [m for m in re.finditer(r"(?:^| )([A-Za-z0-9]+)=", rest)]
        ext = {}
        for m, after in zip(at, at[1:] + [None]):
            value = rest[m.end():after.start() if after else None]
            if re.search(r"(?<!\\)(?:\\\\)*=", value):
                bad("= in %s" % value[:60])
            ext[m.group(1)] = re.sub(r"\\(.)", r"\1", value)
        expect(ext.get("dhost"), about(f)[:1023], "dhost")
        expect(ext.get("externalId"), f["id"][:40], "externalId")
        expect(ext.get("cs1"), f["certificate"]["spki_sha256"], "cs1")
        for key in ext:
            if re.fullmatch("c[sn][0-9]", key) and key + "Label" not in ext:
                bad("%s has no label" % key)


def check_prom(doc, output, schemas):
    typed, samples = set(), {}
    sample = re.compile(r'([a-z_]+)(\{(?:[a-z_0-9]+="(?:[^"\\\n]|\\[\\"n])*",?)*'
                        r'\})? (-?[0-9]+)')
    for line in output.splitlines():
        if line.startswith("# TYPE "):
            typed.add(line.split()[2])
        elif not line.startswith("# HELP "):
            m = sample.fullmatch(line)
            if m is None or m.group(1) not in typed:
                bad("line: " + line[:100])
                continue
            if m.group(1) + (m.group(2) or "") in samples:
                bad("twice: " + line[:100])
            samples[m.group(1) + (m.group(2) or "")] = int(m.group(3))
    for status in ("new", "open"):
        for severity in CEF_SEVERITY:
            expect(samples.get('ctwatch_findings{severity="%s",status="%s"}' %
                               (severity, status)),
                   sum(f["severity"] == severity and f["status"] == status
                       for f in doc["findings"]), severity)
    expect(samples.get("ctwatch_run_exit_status"), doc["run"]["exit_status"],
           "exit status")
    expect("ctwatch_success_timestamp_seconds" in samples,
           doc["run"]["exit_status"] & 38 == 0, "last success")


def check_hpkp(doc, output, schemas):
    found = events(output)
    expect(len(found), len(doc["findings"]), "reports")
    for e, f in zip(found, doc["findings"]):
        expect(sorted(e), sorted([
            "date-time", "hostname", "port", "effective-expiration-date",
            "include-subdomains", "noted-hostname", "served-certificate-chain",
            "validated-certificate-chain", "known-pins"]), "members")
        expect(e["hostname"], about(f), "hostname")
        for pin in e["known-pins"]:
            if not re.fullmatch(r'pin-sha256="[A-Za-z0-9+/]{43}="', pin):
                bad("pin: " + pin)


def check_sarif(doc, output, schemas):
    log = json.loads(output)
    expect(log["version"], "2.1.0", "version")
    run, = log["runs"]
    rules = run["tool"]["driver"]["rules"]
    expect(len(run["results"]), len(doc["findings"]), "results")
    expect(sorted(r["id"] for r in rules),
           sorted({f["rule"] for f in doc["findings"]}), "rules")
    levels = {"critical": "error", "high": "error", "medium": "warning",
              "low": "note", "note": "note"}
    for r, f in zip(run["results"], doc["findings"]):
        expect(rules[r["ruleIndex"]]["id"], f["rule"], "ruleIndex")
        expect(r["level"], levels[f["severity"]], "level")
        expect(r["partialFingerprints"], {"ctwatch/v1": f["id"]}, "fingerprint")
        expect(r["message"]["text"], f["message"], "message")
        expect("suppressions" in r, f["status"] == "suppressed", "suppressed")
        at, = r["locations"]
        expect(at.get("physicalLocation"), {
            "artifactLocation": {"uri": "pins/pinset%201.json"},
            "region": {"startLine": 17}} if doc["places"] else None, "place")
        expect([l["fullyQualifiedName"] for l in at["logicalLocations"]],
               f["matched_names"], "names")
        for at in r["relatedLocations"]:
            uri = at["physicalLocation"]["artifactLocation"]["uri"]
            if re.search(r"[^A-Za-z0-9\-._~:/?#@!$&'()*+,;=%]", uri):
                bad("uri: " + uri[:80])
    notes = run["invocations"][0]["toolExecutionNotifications"]
    expect(len(notes), sum(l["status"] not in ("complete", "skipped")
                           for l in doc["coverage"]["logs"]), "notifications")
    if schemas:
        with open(schemas + "/sarif-2.1.0.json") as f:
            schema_errors(json.load(f), log)


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
    activity = {"new": 1, "open": 2, "suppressed": 2, "closed": 3}
    severity = ["note", "low", "medium", "high", "critical"]
    ocsf = Ocsf(schemas + "/ocsf") if schemas else None
    for e, f in zip(found, doc["findings"]):
        expect(e["type_uid"], 200400 + activity[f["status"]], "type_uid")
        expect(e["type_uid"], e["class_uid"] * 100 + e["activity_id"], "uids")
        expect(e["severity_id"], severity.index(f["severity"]) + 1, "severity")
        expect(e["finding_info"]["uid"], f["id"], "uid")
        expect(e["evidences"][0]["data"], f["certificate"], "evidence")
        if not isinstance(e["time"], int) or not e["metadata"]["version"] or \
                not e["metadata"]["product"]["name"]:
            bad("time or metadata")
        if ocsf:
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
        expect(e["event"]["id"], f["id"], "event.id")
        expect(e["event"]["code"], f["rule"], "event.code")
        expect(e["threat"]["indicator"]["x509"]["serial_number"],
               f["certificate"]["serial"].upper(), "serial number")
        if not e["@timestamp"] or not e["ecs"]["version"]:
            bad("@timestamp or ecs.version")


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
