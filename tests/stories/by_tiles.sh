#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# One log by the real Sunlight, read by static-ct-api and, with --by-tiles, as an
# RFC 6962 log that also serves tiles: its head is then from get-sth, and all
# else is the same.  Without --by-tiles this log gives no entries.
. "${top_srcdir:-.}/tests/support/story.sh"

log=$src/data/static/sunlight-0.8.1
mkdir -p "$dir/static" "$dir/api/ct/v1" || fail mkdir
for i in static api; do
	cp -R "$log/tile" "$log/issuer" "$dir/$i" || fail cp
done
cp "$log/checkpoint" "$dir/static"

# The two lists, and get-sth: a head of RFC 6962, 4.3, is what the signature
# of a checkpoint is over.
python3 - "$log" "$dir" <<'END_OF_PYTHON' || fail "no lists"
import base64, json, sys
log, folder = sys.argv[1:]
with open(log + "/log_list.json") as f:
    listed = json.load(f)
operator = listed["operators"][0]
entry = operator["tiled_logs"][0]
entry["monitoring_url"] = "file://%s/static/" % folder
with open(folder + "/static.json", "w") as f:
    json.dump(listed, f)
del entry["monitoring_url"], entry["submission_url"]
entry["url"] = "file://%s/api/" % folder
operator["logs"], operator["tiled_logs"] = [entry], []
with open(folder + "/api.json", "w") as f:
    json.dump(listed, f)
with open(log + "/checkpoint") as f:
    lines = f.read().split("\n")
# Of those in the log's name, the one that is ECDSA over SHA-256 after its time.
signatures = [base64.b64decode(line.split()[-1]) for line in lines[4:]
              if line.split()[1:2] == [lines[0]]]
signature = next(s for s in signatures if s[12:14] == b"\4\3")
with open(folder + "/api/ct/v1/get-sth", "w") as f:
    json.dump({"tree_size": int(lines[1]),
               "timestamp": int.from_bytes(signature[4:12], "big"),
               "sha256_root_hash": lines[2],
               "tree_head_signature":
                   base64.b64encode(signature[12:]).decode()}, f)
END_OF_PYTHON

# Domains of the log's pool of names, of which matches.tsv says what is there.
sed 's/^/./' "$log/watch100.txt" >"$dir/watch"

# pass LIST ARG ...: a run over the log of a list.
pass() {
	ctwatch run --log-list "$dir/$1.json" --state "$dir/$1-state" \
	    --fail-on high \
	    --watchlist "$dir/watch" --since start --format json \
	    --no-notify --now 2026-11-21T07:40:00Z "${@:2}"
}

# what was found, and how far the log was read
found() {
	report '[(f["rule"], f["verified"], f["subject"], [s["index"]
	    for s in f["sightings"]]) for f in j["findings"]
	    if f.get("certificate")]'
	report '[(l["status"], l["verified"], l["next_entry"], l["root_hash"],
	    l["refused"], l["unread"]) for l in j["coverage"]["logs"]]'
}

pass static
exits "by its checkpoint" 1
found >"$dir/static-found"
is "sightings" "$(report 'sum(len(f["sightings"]) for f in j["findings"]
    if f["rule"] == "CTW000")')" \
    "$(grep -cwFf "$log/watch100.txt" <(cut -f3 "$log/matches.tsv"))"
grep -q "'complete', True, 4200" "$dir/static-found" || fail "not read"

pass api --by-tiles 127.0.0.1/sun2026
exits "by get-sth" 1
found >"$dir/api-found"
cmp "$dir/static-found" "$dir/api-found" || fail "not the same"

pass api --state "$dir/another" --max-time 1s
exits "without tiles" 2

# Once a full tile is there, the partial one may be gone: servers say 404, object
# stores 403.  The full tile's first entries are the partial one's.
cat >"$dir/store.py" <<'END_OF_PYTHON'
import gzip, http.server, os, sys
folder = sys.argv[1]
class Store(http.server.BaseHTTPRequestHandler):
    def do_GET(self):
        path = folder + self.path
        if ".p/" in path:
            return self.send_error(int(open(folder + "/status").read()))
        try:
            with open(path, "rb") as f:
                body = f.read()
        except OSError:
            return self.send_error(404)
        self.send_response(200)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)
    def log_message(self, *a):
        pass
server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Store)
def read(path):
    with open(path, "rb") as f:
        body = f.read()
    return gzip.decompress(body) if body[:2] == b"\x1f\x8b" else body
for where in "data", "0", "1":
    top = "%s/static/tile/%s/" % (folder, where)
    for partial in [n for n in os.listdir(top) if n.endswith(".p")]:
        width, = os.listdir(top + partial)
        body = read(top + partial + "/" + width)
        # After its first entries: any others.
        body += (read(top + "000") if where == "data"
                 else bytes(32 * (256 - int(width))))
        with open(top + partial[:-2], "wb") as f:
            f.write(body)
with open(folder + "/static.json") as f:
    listed = f.read().replace("file://%s/" % folder,
                              "http://127.0.0.1:%d/" % server.server_port)
with open(folder + "/http-new", "w") as f:
    f.write(listed)
os.rename(folder + "/http-new", folder + "/http.json")
server.serve_forever()
END_OF_PYTHON
python3 "$dir/store.py" "$dir" 2>"$dir/store.err" &
store=$!
background+=("$store")
for _ in $(seq 500); do [ -f "$dir/http.json" ] && break; sleep 0.02; done
for code in 403 404 410; do
	echo $code >"$dir/status"
	rm -rf "$dir/http-state"
	pass http
	exits "partial tiles answered by $code" 1
	found >"$dir/http-found"
	cmp "$dir/static-found" "$dir/http-found" || fail "not the same: $code"
done
kill $store
wait $store 2>/dev/null
trap at_end EXIT
