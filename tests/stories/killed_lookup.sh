#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# A run looks the certificate of a new finding up in its CRL before it reports
# the finding.  Kill it while it waits for the CRL: the finding is saved, and
# the next run reports it as a new one, once.
. "${top_srcdir:-.}/tests/support/story.sh"
. "${top_srcdir:-.}/tests/support/ca_story.sh"

python3 -c '' 2>/dev/null || skip "no python3"
with_crls=yes

# A web server that touches asked, then waits as long as the file wait exists.
mkdir -p "$dir/certs"
touch "$dir/wait"
python3 -c '
import http.server, os, sys, time
top = sys.argv[1]
class Handler(http.server.BaseHTTPRequestHandler):
    def log_message(self, *_):
        pass
    def do_GET(self):
        open(top + "/asked", "a").write(self.path + "\n")
        while os.path.exists(top + "/wait"):
            time.sleep(0.05)
        body = open(top + "/story.crl", "rb").read()
        try:
            self.send_response(200)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)
        except OSError:
            pass
server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
open(top + "/web-port", "w").write(str(server.server_port))
server.serve_forever()' "$dir" 2>"$dir/web.err" &
background+=($!)
wait_for "$dir/web-port"
web=http://127.0.0.1:$(cat "$dir/web-port")

key ours
key rogue
ca ca "/CN=Story CA" -addext subjectKeyIdentifier=hash
crl_database
crl "$dir/story.crl"
issue certs/1-rogue ca rogue login.example.com \
    -addext "crlDistributionPoints=URI:$web/story.crl"
pinset ours
# An entry that does not parse, and may be for a watched name.
python3 - "$dir" <<'END' || fail "no entries"
import base64, json, sys
der = b"\x30\x20 not a certificate login.example.com"
leaf = (b"\0\0" + (1790000000000).to_bytes(8, "big") + b"\0\0" +
        len(der).to_bytes(3, "big") + der + b"\0\0")
print(json.dumps({"leaf_input": base64.b64encode(leaf).decode(),
                  "extra_data": base64.b64encode(b"\0\0\0").decode()}),
      file=open(sys.argv[1] + "/bad.json", "w"))
END
mkdir "$dir/hooks"
printf '#!/bin/sh\necho "$EVENT" >>"%s/hooked"\n' "$dir" >"$dir/hooks/count"
chmod +x "$dir/hooks/count"
echo 200 >"$dir/answer"
receiver
logd --only rfc6962 --issuers "$dir/ca.der" "$dir/certs" "$dir/bad.json"
watch=(run --log-list "$url/log_list.json" --state "$dir/state" --since start
    --pinset "$dir/pinset.json" --allow-private-crl --format json
    --webhook "$hook" --hooks "$dir/hooks")
posts() {
	find "$dir" -maxdepth 1 -name 'post.*' | wc -l
}
hooked() {
	[ ! -e "$dir/hooked" ] || sort "$dir/hooked" | tr '\n' ' '
}

# interrupt SIGNAL: start a run, and end it while it waits for the CRL.
interrupt() {
	rm -f "$dir/asked"
	"$bin/ctwatch/ctwatch" "${watch[@]}" >"$dir/out" 2>"$dir/err" &
	pid=$!
	for _ in $(seq 1000); do
		[ -s "$dir/asked" ] && break
		sleep 0.02
	done
	[ -s "$dir/asked" ] || fail "the CRL was not asked for in the first run"
	kill "-$1" "$pid"
	wait "$pid"
	status=$?
}
interrupt KILL 2>/dev/null
exits "killed" 137
is "nothing was sent" "$(posts)" 0
is "no hook was run" "$(hooked)" ""
ctwatch findings list --state "$dir/state" --format json
is "the findings are saved" "$(json "$dir/out" \
    'sorted(f["rule"] for f in j["findings"] if f["rule"] in ("CTW001", "CTW060"))')" \
    "['CTW001', 'CTW060']"

# Killed again: still nothing is lost.
interrupt KILL 2>/dev/null
exits "killed twice" 137
is "nothing was sent" "$(posts)" 0

rm "$dir/wait"
ctwatch "${watch[@]}"
[ $((status & ~3)) = 0 ] || fail "the run after it: $status"
is "new, and looked up" "$(report '[(f["status"],
    f["revocation"]["status"]) for f in j["findings"]
    if f["rule"] == "CTW001"]')" "[('new', 'good')]"
is "the refused entry" "$(report '[f["status"] for f in j["findings"]
    if f["rule"] == "CTW060"], len(j["refused"])')" "(['new'], 1)"
is "one message" "$(posts)" 1
is "its findings" "$(sed 1,4d "$dir/post.1" | python3 -c '
import json, sys
print(sorted(f["rule"] for f in json.load(sys.stdin)["findings"]
             if f["rule"] in ("CTW001", "CTW060")))')" "['CTW001', 'CTW060']"
is "the hooks" "$(hooked)" "discovered_cert error malformed_cert "

ctwatch "${watch[@]}"
is "open" "$(report '[f["status"] for f in j["findings"]
    if f["rule"] == "CTW001"]')" "['open']"
is "no second message" "$(posts)" 1
is "no second hook" "$(hooked)" "discovered_cert error malformed_cert "

# SIGTERM ends the wait at once, and the run in order: it reports what it
# judged, and the status of the certificate stays what it was.
touch "$dir/wait"
began=$(date +%s)
interrupt TERM
[ $(($(date +%s) - began)) -lt 30 ] || fail "SIGTERM: the run went on"
is "SIGTERM" "$(report '[(f["status"], f["revocation"]["status"])
    for f in j["findings"] if f["rule"] == "CTW001"]')" "[('open', 'good')]"
is "no CTW052" "$(report '[f["rule"] for f in j["findings"]
    if f["rule"] == "CTW052"]')" "[]"
rm "$dir/wait"
stop_logd || exit 1
exit 0
