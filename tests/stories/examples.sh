#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# The examples work: the hooks open tickets, the alerts fire on metrics that ctwatch
# writes, and the dashboard shows such metrics.
. "${top_srcdir:-.}/tests/support/story.sh"

# ---- hooks, against a server that keeps what it gets ----

cat >"$dir/server.py" <<'END'
import http.server, json, sys
top = sys.argv[1]
class Handler(http.server.BaseHTTPRequestHandler):
    n = 0
    def answer(self, status, body):
        self.send_response(status)
        self.end_headers()
        self.wfile.write(json.dumps(body).encode())
    def do_GET(self):
        with open(top + "/gets", "a") as f:
            f.write(self.path + "\n")
        try:
            issues = [1] * len(open(top + "/known").read())
        except OSError:
            issues = []
        self.answer(200, {"issues": issues})
    def do_POST(self):
        Handler.n += 1
        body = self.rfile.read(int(self.headers["Content-Length"]))
        with open("%s/ticket.%d" % (top, Handler.n), "w") as f:
            json.dump({"path": self.path, "headers": dict(self.headers),
                       "body": json.loads(body)}, f)
        self.answer(int(open(top + "/status").read()), {"key": "SEC-1"})
    def log_message(self, *a):
        pass
server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
with open(top + "/server-port", "w") as f:
    f.write(str(server.server_port))
server.serve_forever()
END
python3 "$dir/server.py" "$dir" 2>"$dir/server.err" &
background+=($!)
for _ in $(seq 200); do
	[ -s "$dir/server-port" ] && break
	sleep 0.02
done
echo 201 >"$dir/status"
echo tick >"$dir/token"
echo 'me@example.com:secret' >"$dir/jira-token"
export JIRA_URL=http://127.0.0.1:$(cat "$dir/server-port")/ JIRA_PROJECT=SEC
export JIRA_TOKEN_FILE=$dir/jira-token TICKET_URL=${JIRA_URL}tickets
export TICKET_TOKEN_FILE=$dir/token no_proxy=127.0.0.1

key rogue
cert 1-www rogue www.example.com
mkdir "$dir/hooks"
cp "$src/examples/hooks/jira" "$src/examples/hooks/ticket" "$dir/hooks/"
chmod 755 "$dir"/hooks/*
logd --only rfc6962 --size 1 "$dir/certs"
ctwatch run --log-list "$url/log_list.json" --state "$dir/state" --since start \
    --watch .example.com --hooks "$dir/hooks" --format json
exits "the hooks" 1
python3 - "$dir" <<'END' || fail "the tickets: $(cat "$dir"/ticket.*)"
import json, sys
jira, ticket = sorted((json.load(open("%s/ticket.%d" % (sys.argv[1], n)))
                       for n in (1, 2)), key=lambda t: t["path"] == "/tickets")
issue = jira["body"]["fields"]
assert jira["path"] == "/rest/api/2/issue", jira["path"]
# base64 of me@example.com:secret
assert jira["headers"]["Authorization"] == \
    "Basic bWVAZXhhbXBsZS5jb206c2VjcmV0", jira["headers"]
assert issue["project"] == {"key": "SEC"} and "www.example.com" in issue[
    "summary"] and issue["summary"].startswith("medium: certificate-seen: ")
assert "DNS Name = www.example.com" in issue["description"]
assert issue["labels"][0] == "ctwatch" and len(issue["labels"]) == 2
body = ticket["body"]
assert ticket["headers"]["Authorization"] == "Bearer tick"
assert ticket["headers"]["Idempotency-Key"] == body["external_id"]
assert body["priority"] == 3 and body["tags"] == ["ctwatch", "medium", "CTW000"]
END
# An issue that is there is not opened again; a failure is reported.
rm "$dir"/ticket.*
echo 1 >"$dir/known"
ctwatch notify --test --hooks "$dir/hooks"
exits "a test" 0
is "tickets of the test" "$(cat "$dir"/ticket.* | grep -c 'TEST: ')" 1
grep -q 'jql=labels' "$dir/gets" || fail "no search: $(cat "$dir/gets")"
rm "$dir/known"
echo 403 >"$dir/status"
ctwatch notify --test --hooks "$dir/hooks"
exits "refused" 16
says "jira" 'hooks/jira: exit status 1: jira: HTTPError: HTTP Error 403'
says "ticket" 'hooks/ticket: exit status 1: ticket: HTTPError: HTTP Error 403'
unset JIRA_PROJECT
ctwatch notify --test --hooks "$dir/hooks"
says "no project" 'jira: KeyError'

# ---- metrics ----

python3 "$src/tests/support/report_doc.py" 60 >"$dir/doc"
"$bin/tests/support/report_render" prom <"$dir/doc" >"$dir/prom" || fail "prom"
# The names of metrics in the alerts and the dashboard are those of the writer.
python3 - "$src/examples" "$dir/prom" "$dir/panels.yml" <<'END' || fail "metrics"
import json, re, sys
written = set(re.findall("^(ctwatch_[a-z_]+)", open(sys.argv[2]).read(), re.M))
board = json.load(open(sys.argv[1] + "/grafana/ctwatch.json"))
exprs = [t["expr"] for p in board["panels"] for t in p["targets"]]
alerts = open(sys.argv[1] + "/prometheus/ctwatch.rules.yml").read()
used = set(re.findall("ctwatch_[a-z_]+", " ".join(exprs) +
                      " ".join(re.findall("expr: (.*)", alerts))))
assert len(exprs) > 10 and len(used) > 8, (exprs, used)
assert not used - written, used - written
ids = [p["id"] for p in board["panels"]]
assert len(set(ids)) == len(ids), ids
taken = set()
for p in board["panels"]:
    g = p["gridPos"]
    assert g["x"] + g["w"] <= 24, p["title"]
    cells = {(x, y) for x in range(g["x"], g["x"] + g["w"])
             for y in range(g["y"], g["y"] + g["h"])}
    assert not cells & taken, p["title"]
    taken |= cells
# The expressions of the panels as rules, for promtool.
with open(sys.argv[3], "w") as f:
    f.write(json.dumps({"groups": [{"name": "panels", "rules": [
        {"record": "panel:%d" % i, "expr": e}
        for i, e in enumerate(exprs)]}]}))
END
command -v promtool >/dev/null || exit 0 # the rest needs Prometheus
promtool check metrics <"$dir/prom" >"$dir/err" 2>&1 ||
    fail "promtool check metrics"
promtool check rules "$src/examples/prometheus/ctwatch.rules.yml" \
    "$dir/panels.yml" >"$dir/err" 2>&1 || fail "promtool check rules"
sed "s,^  - RULES,  - $(realpath "$src")/examples/prometheus/ctwatch.rules.yml," \
    "$src/tests/support/prometheus_rules.yml" >"$dir/test.yml"
promtool test rules "$dir/test.yml" >"$dir/err" 2>&1 || fail "promtool test rules"
# The alerts are tested: one that never fires is found.
sed 's/ctwatch_operators_behind >= 2/ctwatch_operators_behind >= 3/' \
    "$src/examples/prometheus/ctwatch.rules.yml" >"$dir/wrong.yml"
sed "s,^  - .*rules.yml,  - $dir/wrong.yml," "$dir/test.yml" >"$dir/test2.yml"
promtool test rules "$dir/test2.yml" >/dev/null 2>&1 &&
    fail "promtool test rules accepts a wrong alert"
exit 0
