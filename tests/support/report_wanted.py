# SPDX-License-Identifier: Apache-2.0
"""report_wanted: what each form of a report should say, by its document.

A second writer of every form, member for member, beside the one in C: what
either leaves out, the other has.
"""
import datetime


def seconds(text):
    return int(datetime.datetime.strptime(
        text, "%Y-%m-%dT%H:%M:%S%z").timestamp())


def first(values):
    return values[0] if values else None


def about(finding):
    return first(finding["matched_names"]) or first(finding["watched"])


def csv_row(f):
    """Column by column; lists are words, and sightings are counted."""
    cert, owner = f["certificate"], f["owner"] or {"name": "", "contact": ""}
    plain = lambda of, *names: [(n, of[n]) for n in names]
    row = plain(f, "id", "rule", "name", "severity", "status", "verified",
                "first_seen", "last_seen", "watched", "matched_names",
                "message")
    row += [("owner", owner["name"]), ("contact", owner["contact"])]
    row += plain(cert, "key", "spki_sha256", "subject", "issuer", "serial",
                 "not_before", "not_after", "names", "addresses", "tbs_sha256",
                 "cert_sha256") + [("sightings", str(len(f["sightings"])))]
    return [(name, "" if v is None else "true" if v is True else
             "false" if v is False else v if isinstance(v, str) else
             " ".join(v)) for name, v in row]


CEF_SEVERITY = {"critical": 10, "high": 8, "medium": 6, "low": 3, "note": 1}


def cef_extension(doc, f):
    cert, seen = f["certificate"], f["sightings"][0]
    log, = [log for log in doc["coverage"]["logs"]
            if log["log_id"] == seen["log_id"]]
    custom = {"cs1": ("spki", cert["spki_sha256"]),
              "cs2": ("issuer", cert["issuer"]),
              "cs3": ("tbs", cert["tbs_sha256"]),
              "cs4": ("watch", f["watched"][0]),
              "cs5": ("pinset", doc["run"]["pinset"]["name"]),
              "cs6": ("log", log["description"]),
              "cn1": ("index", str(seen["index"]))}
    out = {"rt": "%d000" % seconds(doc["run"]["ended"]),
           "start": "%d000" % seconds(f["first_seen"]),
           "end": "%d000" % seconds(f["last_seen"]), "cat": f["name"],
           "act": "alert", "externalId": f["id"][:40], "outcome": f["status"],
           "dhost": about(f), "request": log["url"],
           "fileHash": cert["cert_sha256"], "msg": f["message"]}
    for key, (label, value) in custom.items():
        out[key], out[key + "Label"] = value, label
    return {k: v.encode()[:1023].decode(errors="ignore")
            for k, v in out.items() if v}


def prom_samples(doc):
    """What the report says, by the name of the metric and its labels."""
    quote = lambda text: text.replace("\\", "\\\\").replace('"', '\\"')
    run, out = doc["run"], {}

    def put(name, value, **labels):
        text = ",".join('%s="%s"' % (k, quote(str(v)))
                        for k, v in labels.items())
        out["ctwatch_" + name + ("{%s}" % text if text else "")] = value

    put("info", 1, version=run["version"], pinset=run["pinset"]["name"],
        pinset_version=run["pinset"]["version"])
    put("run_timestamp_seconds", seconds(run["ended"]))
    put("run_exit_status", run["exit_status"])
    if run["exit_status"] & (2 | 4 | 32) == 0:
        put("success_timestamp_seconds", seconds(run["ended"]))
    put("read_entries", doc["totals"]["entries"])
    put("expected_certificates", len(doc["expected"]))
    status = [f["status"] for f in doc["findings"]]
    for severity in CEF_SEVERITY:
        for word in ("new", "open"):
            put("findings", sum((f["severity"], f["status"]) ==
                                (severity, word) for f in doc["findings"]),
                severity=severity, status=word)
    put("findings_suppressed", status.count("suppressed"))
    reports = [f["report"] for f in doc["findings"]
               if f.get("report") and f["status"] in ("new", "open")]
    put("reports_open", len(reports))
    put("reports_overdue", sum(bool(r["due"]) and
                               r["due"] < doc["run"]["ended"]
                               for r in reports))
    logs = doc["coverage"]["logs"]
    for word in ("complete", "partial", "unreachable", "misbehaving",
                 "unusable", "skipped"):
        put("logs", sum(log["status"] == word for log in logs), status=word)
    put("operators_behind", doc["coverage"]["operators_behind"])
    for log in logs:
        if log["status"] == "skipped":
            continue
        head = log["sth_timestamp"] and seconds(log["sth_timestamp"])
        for name, value in (("lag_entries", log["lag_entries"]),
                            ("read_entries", log["entries_read"]),
                            ("refused_entries", log["refused"]),
                            ("verified", int(log["verified"])),
                            ("head_timestamp_seconds", head)):
            if value is not None:
                put("log_" + name, value, log=log["description"],
                    operator=log["operator"], log_id=log["log_id"])
    for pin in doc["pins"]:
        ends = [seconds(c["not_after"]) for c in doc["expected"]
                if "sha256/" + c["spki_sha256"] == pin["spki"]]
        if ends:
            put("pin_expiry_timestamp_seconds", max(ends), pin=pin["id"],
                state=pin["state"])
    put("pinset_expiry_timestamp_seconds", seconds(run["pinset"]["expires"]))
    return out


SARIF_LEVEL = {"critical": "error", "high": "error", "medium": "warning",
               "low": "note", "note": "note"}
SARIF_SCORE = {"critical": "9.5", "high": "8.0", "medium": "5.5", "low": "3.0"}

# The first sentence of `ctwatch explain', written here once more.
TITLE = {
    "CTW000": "A certificate was logged for a watched name that has no pinned "
              "keys.",
    "CTW001": "A certificate for a pinned name has a key that is not in the "
              "pinset.",
    "CTW002": "The CA key that issued this certificate is not among the "
              "issuers listed for the domain.",
    "CTW004": "A certificate has a key whose private key is known to others: "
              "the pinset marks it compromised (in any encoding of the key), "
              "or it is published, such as the test keys of RFC 9500.",
    "CTW006": "A certificate was issued with a key after that key was "
              "retired.",
    "CTW013": "A new certificate with an expected key from an expected issuer, "
              "for a name that had one with this key before.",
    "CTW015": "A certificate for a watched name without pinned keys was issued "
              "with a CA key that issued none of the earlier certificates for "
              "that name.",
    "CTW030": "The certificate is valid for longer than the Baseline "
              "Requirements allowed on its first day.",
}
BR_URL = ("https://cabforum.org/working-groups/server/baseline-requirements/"
          "documents/")
RFC = "https://www.rfc-editor.org/rfc/rfc"
HELP_URI = {
    "CTW000": RFC + "6962#section-1", "CTW001": RFC + "7469#section-2.6",
    "CTW002": RFC + "8659", "CTW004": BR_URL,
    "CTW006": RFC + "7469#section-4.3", "CTW013": RFC + "7469#section-2.4",
    "CTW015": RFC + "8659", "CTW030": BR_URL}


def sarif_rule(f, rule):
    """What is said of a rule; its texts are those of `ctwatch explain'."""
    texts = {name: {"text": rule.get(name, {}).get("text") or "missing"}
             for name in ("fullDescription", "help")}
    texts["help"]["markdown"] = rule.get("help", {}).get("markdown") or "none"
    score = {"security-severity": SARIF_SCORE[f["severity"]]} \
        if f["severity"] in SARIF_SCORE else {}
    return {"id": f["rule"], "name": f["name"],
            "shortDescription": {"text": TITLE[f["rule"]]}, **texts,
            "helpUri": HELP_URI[f["rule"]],
            "defaultConfiguration": {"level": SARIF_LEVEL[f["severity"]]},
            "properties": {"tags": ["security", "certificate-transparency"],
                           **score}}


def sarif_result(doc, f, index):
    place = {"artifactLocation": {"uri": "pins/pinset%201.json"},
             "region": {"startLine": 17}} if doc["places"] else \
        {"artifactLocation": {"uri": "ctwatch.json"},
         "region": {"startLine": 1}}
    suppressed = {"suppressions": [
        {"kind": "external", "status": "accepted",
         "justification": f["reason"]}]} if f["status"] == "suppressed" else {}
    return {"ruleId": f["rule"], "ruleIndex": index, "kind": "fail",
            "level": SARIF_LEVEL[f["severity"]],
            "message": {"text": TITLE[f["rule"]] + " " + f["message"]},
            "locations": [{"logicalLocations": [
                {"fullyQualifiedName": name, "kind": "resource"}
                for name in f["matched_names"]], "physicalLocation": place}],
            "partialFingerprints": {
                "ctwatch/v1": f["id"],
                "primaryLocationLineHash": f["id"][:16] + ":1"},
            "baselineState": "new" if f["status"] == "new" else "unchanged",
            "properties": {k: f[k] for k in (
                "severity", "verified", "watched", "certificate", "sightings",
                "owner")}, **suppressed}


def ocsf_captions(severity, activity, status):
    word = {1: "Create", 2: "Update", 3: "Close"}[activity]
    return {"activity_name": word, "category_name": "Findings",
            "class_name": "Detection Finding",
            "type_name": "Detection Finding: " + word,
            "severity": {"note": "Informational"}.get(
                severity, severity.capitalize()),
            "status": {"suppressed": "Suppressed", "closed": "Resolved"}.get(
                status, "New")}


def ocsf_event(doc, f):
    cert = f["certificate"]
    activity = {"new": 1, "open": 2, "suppressed": 2, "closed": 3}[f["status"]]
    hashes = [("evidences.data." + k, 8, cert[k])
              for k in ("tbs_sha256", "cert_sha256") if cert[k]]
    return {
        "activity_id": activity, "category_uid": 2, "class_uid": 2004,
        "type_uid": 200400 + activity,
        **ocsf_captions(f["severity"], activity, f["status"]),
        "time": seconds(doc["run"]["ended"]) * 1000,
        "severity_id": ["note", "low", "medium", "high", "critical"].index(
            f["severity"]) + 1,
        "status_id": {"suppressed": 3, "closed": 4}.get(f["status"], 1),
        "message": f["message"],
        "metadata": {"version": "1.3.0", "log_name": "Certificate Transparency",
                     "product": {"name": "ctwatch", "vendor_name": "ctwatch",
                                 "version": doc["run"]["version"]}},
        "finding_info": {
            "uid": f["id"], "title": TITLE[f["rule"]], "types": [f["rule"]],
            "analytic": {"type_id": 1, "type": "Rule", "name": f["name"],
                         "uid": f["rule"]},
            "desc": f["message"],
            "first_seen_time": seconds(f["first_seen"]) * 1000,
            "last_seen_time": seconds(f["last_seen"]) * 1000},
        "remediation": {"desc": f["remediation"]},
        "evidences": [{"data": cert}],
        "resources": [{"name": n, "type": "domain"}
                      for n in f["matched_names"]],
        "observables": [
            {"name": name, "type_id": kind, "value": value,
             "type": {1: "Hostname", 8: "Hash"}[kind]} for
            name, kind, value in [("resources.name", 1, n)
                                  for n in f["matched_names"]] + hashes],
        "unmapped": {k: f[k] for k in ("watched", "sightings", "verified",
                                       "owner")}}


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
            "created": doc["run"]["ended"], "reason": TITLE[f["rule"]]},
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
                    "remediation": f["remediation"],
                    "watched": f["watched"], "sightings": f["sightings"],
                    "spki_sha256": cert["spki_sha256"], "owner": f["owner"]}}
