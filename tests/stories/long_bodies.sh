#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# Bodies of many megabytes are read one after the other where a log needs them;
# logs that send without end do not fill the memory.
. "${top_srcdir:-.}/tests/support/story.sh"

key unrelated
cert 1 unrelated www.example.com
# Entries with a megabyte of chain each, so that a page is far over 8 MiB.
python3 - "$src/data/entries/argon2026h2-1111014090.json" >"$dir/long.jsonl" \
    <<'END'
import base64, json, sys
entry = json.load(open(sys.argv[1]))["entries"][0]
n = 1 << 20
chain = (n + 3).to_bytes(3, "big") + n.to_bytes(3, "big") + bytes(n)
leaf = base64.b64decode(entry["leaf_input"])
if leaf[11]: # a precertificate precedes its chain
    chain = (3).to_bytes(3, "big") + b"\x30\x01\x00" + chain
entry["extra_data"] = base64.b64encode(chain).decode()
for i in range(9):
    print(json.dumps(entry))
END
logd --only rfc6962 --logs 2 --operators 2 "$dir/long.jsonl"
run --watch .example.com --fail-on high
exits "long pages" 0
is "all of it" "$(json "$dir/out" '{(l["status"], l["next_entry"], l["verified"])
    for l in j["coverage"]["logs"]}')" "{('complete', 9, True)}"
# Each page twice: first aborted, then alone.
control ms=0
is "requests for pages" "$(json "$dir/control" 'max(
    l["hits"].get("get-entries", 0) for l in j["logs"].values())')" 2
stop_logd || exit 1

logd --logs 3 --operators 6 --entries 1000 --max-batch 100 "$dir/certs"
for log in rfc6962 rfc6962-2 rfc6962-3 static static-2 static-3; do
	control "log=$log&fault=endless&on=get-entries,data"
done
rm -r "$dir/state"
# peak WHAT STATUS URL ARG ...: a run over the logs of URL ends so, and its
# memory stays below the limit that ctwatch(1) gives with --max-memory.
most=256 # MiB
sanitized && most=$((4 * most))
peak() {
	python3 - "$most" "$2" "$bin/ctwatch/ctwatch" run --no-revocation --fail-on high \
	    --log-list "$3/log_list.json" --state "$dir/state" --since start \
	    --format json --no-notify --watch .example.com "${@:4}" \
	    >"$dir/out" 2>"$dir/err" <<'END' || fail "$1: $(tail -1 "$dir/err")"
import subprocess, sys, time
most, status = int(sys.argv[1]), int(sys.argv[2])
child = subprocess.Popen(sys.argv[3:])
peak = 0
while child.poll() is None:
    try:
        with open("/proc/%d/status" % child.pid) as f:
            for line in f:
                if line.startswith("VmHWM:"):
                    peak = max(peak, int(line.split()[1]) >> 10)
    except OSError:
        pass # it has just ended
    time.sleep(0.005)
if child.returncode != status or peak > most:
    sys.exit("exit %d, %d MiB" % (child.returncode, peak))
END
}
peak "endless bodies" 2 "$url" --max-time 2s
is "none of it" "$(json "$dir/out" 'sum(l["entries_read"]
    for l in j["coverage"]["logs"])')" 0
stop_logd || exit 1

# Answers that take much more memory parsed than sent, or that never end, in
# place of get-entries: all else comes from logd.
logd --only rfc6962 --logs 12 --operators 12 --entries 40 "$dir/certs"
cat >"$dir/hostile.py" <<'END'
import base64, gzip, http.server, os, sys, urllib.error, urllib.request
above, folder, kind = sys.argv[1:]
# 30 MB in 0.7 MB: the rest is of random bytes, to stay below the ratio
raw = (b'{"pad":"' + base64.b64encode(os.urandom(500000)) + b'","entries":[' +
       10000000 * b"[]," + b"[]]}")
bodies = {"arrays": raw, "escapes": b'{"entries":[{"extra_data":"' +
          5000000 * b"\\u0041" + b'","leaf_input":"' + 8 * b"A" + b'"}]}'}
class Proxy(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    def do_GET(self):
        if "/get-entries" not in self.path:
            try:
                with urllib.request.urlopen(above + self.path) as f:
                    status, body = 200, f.read()
            except urllib.error.HTTPError as e:
                status, body = e.code, e.read()
            return self.give(status, body.replace(
                above.encode(), b"http://127.0.0.1:%d" % server.server_port))
        if kind != "trailers":
            return self.give(200, packed, "gzip")
        self.wfile.write(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n"
                         b"\r\n2\r\n{}\r\n0\r\n")
        while True:
            self.wfile.write(5000 * b"X: 1\r\n")
    def give(self, status, body, encoding=None):
        self.send_response(status)
        if encoding:
            self.send_header("Content-Encoding", encoding)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)
    def handle(self):
        try:
            super().handle()
        except OSError:
            pass # hung up on
    def log_message(self, *a):
        pass
if kind != "trailers":
    packed = gzip.compress(bodies[kind], 9 if kind == "escapes" else 6)
server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Proxy)
with open(folder + "/hostile-new", "w") as f:
    f.write(str(server.server_port))
os.rename(folder + "/hostile-new", folder + "/hostile-port")
server.serve_forever()
END
for kind in arrays escapes trailers; do
	rm -rf "$dir/state" "$dir/hostile-port"
	python3 "$dir/hostile.py" "$url" "$dir" $kind 2>"$dir/hostile.err" &
	hostile=$!
	background+=("$hostile")
	for _ in $(seq 500); do
		[ -s "$dir/hostile-port" ] && break
		sleep 0.02
	done
	peak "$kind" 2 "http://127.0.0.1:$(cat "$dir/hostile-port")" \
	    --max-time 4s
	kill $hostile
	wait $hostile 2>/dev/null
	trap at_end EXIT
done
