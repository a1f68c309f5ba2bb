#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Check every form of a report against its document and its format's rules.

usage: report_check.py DOCUMENT PREFIX     (the forms are PREFIXjson, ...)

What is published of OCSF and ECS is in data/schema; with CTWATCH_SCHEMAS (a
folder with all of that, and the schema of SARIF) that is used instead.
"""
import base64
import csv
import datetime
import glob
import hashlib
import html.parser
import io
import json
import os
import re
import sys
import urllib.parse

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


SARIF_LEVEL = {"critical": "error", "high": "error", "medium": "warning",
               "low": "note", "note": "note"}
SARIF_SCORE = {"critical": "9.5", "high": "8.0", "medium": "5.5", "low": "3.0",
               "note": "0.0"}


def sarif_rule(f, rule):
    """What is said of a rule; its texts are those of `ctwatch explain'."""
    texts = {name: {"text": rule.get(name, {}).get("text") or "missing"}
             for name in ("fullDescription", "help")}
    return {"id": f["rule"], "name": f["name"],
            "shortDescription": {"text": f["name"]}, **texts,
            "defaultConfiguration": {"level": SARIF_LEVEL[f["severity"]]},
            "properties": {"security-severity": SARIF_SCORE[f["severity"]],
                           "tags": ["security", "certificate-transparency"]}}


def sarif_result(doc, f, index):
    logs = {log["log_id"]: log for log in doc["coverage"]["logs"]}
    place = {"physicalLocation": {
        "artifactLocation": {"uri": "pins/pinset%201.json"},
        "region": {"startLine": 17}}} if doc["places"] else {}
    related = []
    for seen in f["sightings"]:
        log, n = logs[seen["log_id"]], seen["index"]
        # Whatever is no character of a URI (RFC 3986) is encoded.
        uri = urllib.parse.quote(log["url"], "-._~:/?#@!$&'()*+,;=")
        uri += "ct/v1/get-entries?start=%d&end=%d" % (n, n) \
            if log["type"] == "rfc6962" else "#entry-%d" % n
        related.append({"physicalLocation": {"artifactLocation": {"uri": uri}},
                        "message": {"text": "the entry in the log"}})
    suppressed = {"suppressions": [
        {"kind": "external", "status": "accepted",
         "justification": f["reason"]}]} if f["status"] == "suppressed" else {}
    return {"ruleId": f["rule"], "ruleIndex": index, "kind": "fail",
            "level": SARIF_LEVEL[f["severity"]],
            "message": {"text": f["message"]},
            "locations": [{"logicalLocations": [
                {"fullyQualifiedName": name, "kind": "resource"}
                for name in f["matched_names"]], **place}],
            "partialFingerprints": {"ctwatch/v1": f["id"]},
            "baselineState": {"new": "new", "closed": "absent"}.get(
                f["status"], "unchanged"),
            "relatedLocations": related,
            "properties": {k: f[k] for k in (
                "severity", "verified", "watched", "certificate", "sightings",
                "owner")}, **suppressed}


def check_sarif(doc, output, schemas):
    log = json.loads(output)
    run, = log.pop("runs")
    expect(log, {"$schema": "https://docs.oasis-open.org/sarif/sarif/v2.1.0/"
                            "errata01/os/schemas/sarif-schema-2.1.0.json",
                 "version": "2.1.0"}, "log")
    rules, results = run["tool"]["driver"].pop("rules"), run.pop("results")
    first_of = {}
    for f in doc["findings"]:
        first_of.setdefault(f["rule"], f)
    expect(rules, [sarif_rule(first_of[r["id"]], r) for r in rules], "rules")
    expect(sorted(first_of), sorted(r["id"] for r in rules), "rules met")
    at = {r["id"]: i for i, r in enumerate(rules)}
    expect(len(results), len(doc["findings"]), "results")
    for r, f in zip(results, doc["findings"]):
        expect(r, sarif_result(doc, f, at[f["rule"]]), "result")
    notes = [("error", doc["run"]["error"])] if "error" in doc["run"] else []
    notes += [("warning", "%s: %s: %s" %
               (log["description"], log["status"], log["reason"]))
              for log in doc["coverage"]["logs"]
              if log["status"] in ("partial", "unreachable")]
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


def ocsf_event(doc, f):
    ms = lambda text: int(datetime.datetime.strptime(
        text, "%Y-%m-%dT%H:%M:%S%z").timestamp() * 1000)
    cert = f["certificate"]
    activity = {"new": 1, "open": 2, "suppressed": 2, "closed": 3}[f["status"]]
    hashes = [("evidences.data." + k, 8, cert[k])
              for k in ("tbs_sha256", "cert_sha256") if cert[k]]
    return {
        "activity_id": activity, "category_uid": 2, "class_uid": 2004,
        "type_uid": 200400 + activity, "time": ms(doc["run"]["ended"]),
        "severity_id": ["note", "low", "medium", "high", "critical"].index(
            f["severity"]) + 1,
        "status_id": {"suppressed": 3, "closed": 4}.get(f["status"], 1),
        "message": f["message"],
        "metadata": {"version": "1.3.0", "log_name": "Certificate Transparency",
                     "product": {"name": "ctwatch", "vendor_name": "ctwatch",
                                 "version": doc["run"]["version"]}},
        "finding_info": {
            "uid": f["id"], "title": f["name"], "types": [f["rule"]],
            "analytic": {"type_id": 1, "name": f["name"], "uid": f["rule"]},
            "desc": f["message"], "first_seen_time": ms(f["first_seen"]),
            "last_seen_time": ms(f["last_seen"])},
        "remediation": {"desc": f["remediation"]},
        "evidences": [{"data": cert}],
        "resources": [{"name": n, "type": "domain"}
                      for n in f["matched_names"]],
        "observables": [
            {"name": name, "type_id": kind, "value": value} for
            name, kind, value in [("resources.name", 1, n)
                                  for n in f["matched_names"]] + hashes],
        "unmapped": {k: f[k] for k in ("watched", "sightings", "verified",
                                       "owner")}}


def check_ocsf(doc, output, schemas):
    found = events(output)
    expect(len(found), len(doc["findings"]), "events")
    ocsf = Ocsf((schemas or TOP + "/data/schema") + "/ocsf")
    for e, f in zip(found, doc["findings"]):
        expect(e, ocsf_event(doc, f), "event")
        ocsf.check(e, "events", "detection_finding")


def ecs_key(key):
    kind, _, of = key.partition(" ")
    return {"public_key_algorithm": "RSA", "public_key_size": int(of)} \
        if kind == "RSA" else {"public_key_algorithm": "ECDSA",
                               "public_key_curve": of}


def ecs_event(doc, f):
    cert, version = f["certificate"], doc["run"]["version"]
    return {
        "@timestamp": doc["run"]["ended"], "ecs": {"version": "8.11.0"},
        "message": f["message"],
        "event": {
            "kind": "alert" if f["status"] in ("new", "open") else "state",
            "category": ["threat"], "type": ["indicator"], "module": "ctwatch",
            "dataset": "ctwatch.finding", "id": f["id"], "code": f["rule"],
            "severity": {"note": 1, "low": 21, "medium": 47, "high": 73,
                         "critical": 99}[f["severity"]],
            "created": doc["run"]["ended"], "reason": f["remediation"]},
        "rule": {"id": f["rule"], "name": f["name"], "ruleset": "ctwatch",
                 "version": version},
        "observer": {"vendor": "ctwatch", "product": "ctwatch",
                     "version": version, "type": "ct-monitor"},
        "threat": {"indicator": {
            "type": "x509-certificate",
            "confidence": "High" if f["verified"] else "Medium",
            "first_seen": f["first_seen"], "last_seen": f["last_seen"],
            "x509": {
                "issuer": {"distinguished_name": cert["issuer"]},
                "subject": {"distinguished_name": cert["subject"]},
                "serial_number": cert["serial"].upper(),
                "alternative_names": cert["names"],
                "not_before": cert["not_before"],
                "not_after": cert["not_after"], **ecs_key(cert["key"])}}},
        "related": {"hosts": f["matched_names"], "hash": [
            cert[k] for k in ("tbs_sha256", "cert_sha256") if cert[k]]},
        "ctwatch": {"severity": f["severity"], "status": f["status"],
                    "watched": f["watched"], "sightings": f["sightings"],
                    "spki_sha256": cert["spki_sha256"], "owner": f["owner"]}}


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
