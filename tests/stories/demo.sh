#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# The demonstration: ctwatch finds in the log of data/demo what certspotter
# finds in it, and gives each certificate the finding that is due.
. "${top_srcdir:-.}/tests/support/story.sh"

python3 -c '' 2>/dev/null || skip "no python3"
demo=$src/data/demo

run() {
	"$bin/ctwatch/ctwatch" run --no-revocation --log-list "$url/log_list.json" \
	    --log-list "$src/data/loglists/apple-2026-02-19.json" \
	    --log "Loopback 'rfc6962' log" --log "Loopback 'static' log" \
	    --pinset "$demo/pinset.json" --watchlist "$demo/watchlist" \
	    --since start --state "$dir/state" --format json "$@" \
	    >"$dir/report.json" 2>"$dir/err"
	status=$?
}

# What the report says of a type of log: index, TBS hash and key, as
# matches.tsv has them.
found() {
	python3 - "$dir/report.json" "$1" <<'EOF'
import base64, json, sys
report = json.load(open(sys.argv[1]))
log, = [l["log_id"] for l in report["coverage"]["logs"]
        if l["type"] == sys.argv[2] and l["status"] != "skipped"]
certificates = [(e, e["sightings"]) for e in report["expected"]]
certificates += [(f["certificate"], f["sightings"])
                 for f in report["findings"] if f.get("certificate")]
for line in sorted({(s["index"], c["tbs_sha256"],
                     base64.b64decode(c["spki_sha256"]).hex())
                    for c, sightings in certificates
                    for s in sightings if s["log_id"] == log}):
    print(*line, sep="\t")
EOF
}

# The indexes of the certificates that a rule is about.
about() {
	json "$dir/report.json" '" ".join(map(str, sorted({s["index"]
	    for f in j["findings"] if f["rule"] == "'"$1"'"
	    for s in f["sightings"]})))'
}

logd --operators 2 --key-seed demo --timestamp 1780281000000 \
    "$demo/entries.jsonl"
run --now 2026-06-01T03:00:00Z
is "exit status" "$status" 1
is "proved" "$(json "$dir/report.json" \
    'sum(l["verified"] for l in j["coverage"]["logs"])')" 2
for type in rfc6962 static; do
	sed 1d "$demo/matches.tsv" | diff - <(found "$type") >"$dir/err" ||
	    fail "$type: not what certspotter finds"
done
is "unexpected keys" "$(about CTW001)" "0 1 3 8 10 12 15 16 20 22"
is "our key under another name" "$(about CTW003)" 19
is "a compromised key" "$(about CTW004)" 6
is "a backup key" "$(about CTW005)" 18
is "a retired key" "$(about CTW006)" 13
is "seen where nothing is expected" "$(about CTW000)" "2 7 11 21"
is "a new CA where no certificate was before" "$(about CTW015)" ""
# the SCTs of real logs in these certificates verify with their keys
is "wrong SCTs" "$(about CTW037)" ""
is "expected" "$(json "$dir/report.json" 'len(j["expected"])')" 6

# what a finding is about has a file and a line, as these have it
python3 - "$dir/report.json" <<'EOF' || fail "places"
import json, sys
report = json.load(open(sys.argv[1]))
places = {p["pattern"]: p for p in report["places"]}
for f in report["findings"]:
    at = places[f["subject"]]
    line = open(at["file"]).read().split("\n")[at["line"] - 1]
    assert f["subject"] in line, (f["subject"], line)
    if at["file"].endswith("pinset.json"):
        assert '": "%s"' % f["subject"] in line, line
EOF

# what a real run says, also of pins and domains, keeps the schemas
"$bin/ctwatch/ctwatch" report --state "$dir/state" --format ocsf >"$dir/ocsf"
PYTHONPATH=$src/tests/support python3 -B - "$dir" "$src/data/schema" <<'EOF' ||
import json, sys
import report_check
folder, schemas = sys.argv[1:]
try:
    import jsonschema
except ImportError:
    pass
else:
    report_check.schema_errors(
        json.load(open(schemas + "/ctwatch-report-1.schema.json")),
        json.load(open(folder + "/report.json")))
ocsf = report_check.Ocsf(schemas + "/ocsf")
for line in open(folder + "/ocsf"):
    ocsf.check(json.loads(line), "events", "detection_finding")
sys.exit(report_check.BAD[:3] or 0)
EOF
	fail "schemas"

# the README shows what is printed, word for word
"$bin/ctwatch/ctwatch" report --state "$dir/state" >"$dir/text"
python3 - "$dir/text" "$src/README.md" "$url" <<'EOF' || fail "the README"
import sys
text, readme = (open(name).read() for name in sys.argv[1:3])
shown = readme.split("```\n")[1].replace("http://127.0.0.1:43189", sys.argv[3])
# Lines break elsewhere where the path of a log list is longer.
begin, end = (" ".join(part.split()) for part in shown.split(" [...]\n"))
text = " ".join(text.split()).replace(sys.argv[2].removesuffix("README.md"), "")
assert text.startswith(begin) and text.endswith(end), text
EOF

# a minute later there is nothing to read and nothing new
run --now 2026-06-01T03:01:00Z
is "read again" "$(json "$dir/report.json" 'j["totals"]["entries"]')" 0
is "new again" "$(json "$dir/report.json" \
    'sum(f["status"] == "new" for f in j["findings"])')" 0

# what a certificate brought up closes when it ends
control time=$(date -u -d 2026-08-20T03:00:00Z +%s)000
run --now 2026-08-20T03:00:00Z
is "expired, then" "$(json "$dir/report.json" '[(f["status"], f["resolved"],
    f["reason"]) for f in j["findings"] if f["rule"] == "CTW000" and
    f["sightings"][0]["index"] == 21]')" \
    "[('closed', True, 'expired')]"
