#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# Limits that only a whole run meets, each at the limit and one past it.
. "${top_srcdir:-.}/tests/support/story.sh"

# value_of NAME: its value, by the preprocessor.
value_of() {
	printf '#include <ctwatch/base/limits.h>\nlong v = %s;\n' "$1" |
	    ${CC:-cc} -E -P -I"$src/include" - |
	    sed -n 's/^long v = \(.*\);/\1/p' |
	    python3 -c 'import re, sys
text = re.sub(r"UINT64_C|(?<=[0-9])[uUlL]+", "", sys.stdin.read())
print(eval(text))'
}

# LIMIT_USER_FILE, LIMIT_WATCH_LIST: a file of that length is read, and
# refused for what is in it; one byte more, and it is refused for that.
for case in pinset:LIMIT_USER_FILE watchlist:LIMIT_WATCH_LIST; do
	option=${case%:*} most=$(value_of "${case#*:}")
	truncate -s "$most" "$dir/$option"
	ctwatch run --state "$dir/never" --log-list "$dir/none" \
	    --watch example.com "--$option" "$dir/$option"
	exits "$option at the limit" 64
	grep -q 'longer than' "$dir/err" &&
	    fail "$option of $most bytes"
	truncate -s $((most + 1)) "$dir/$option"
	ctwatch run --state "$dir/never" --log-list "$dir/none" \
	    --watch example.com "--$option" "$dir/$option"
	exits "$option past the limit" 64
	says "$option past the limit" 'longer than the limit'
	rm "$dir/$option"
done

# LIMIT_ISSUER: of two certificates, one has an issuer that is too long.
key unrelated
cert 1 unrelated www.example.com
cert 2 unrelated api.example.com
python3 - "$dir" "$(value_of LIMIT_ISSUER)" >"$dir/issuers.jsonl" <<'END'
import base64, json, struct, sys
for i, n in enumerate((int(sys.argv[2]), int(sys.argv[2]) + 1)):
    with open("%s/certs/%d.der" % (sys.argv[1], i + 1), "rb") as f:
        der = f.read()
    leaf = (bytes(2) + struct.pack(">QH", 1780000000000, 0) +
            struct.pack(">I", len(der))[1:] + der + bytes(2))
    issuer = struct.pack(">I", n)[1:] + bytes(n)
    extra = struct.pack(">I", len(issuer))[1:] + issuer
    print(json.dumps({"leaf_input": base64.b64encode(leaf).decode(),
                      "extra_data": base64.b64encode(extra).decode()}))
END
logd --only static "$dir/issuers.jsonl"
mkdir "$dir/hooks"
printf '#!/bin/sh\n[ "$EVENT" = discovered_cert ] || exit 0
echo "$ENTRY_INDEX $CHAIN_ERROR" >>"%s/chains"\n' "$dir" \
    >"$dir/hooks/hook"
chmod +x "$dir/hooks/hook"
ctwatch run --log-list "$url/log_list.json" --state "$dir/state" \
    --fail-on high \
    --since start --watch .example.com --hooks "$dir/hooks"
exits "issuers" 2
# The issuers are no certificates: neither chain verifies.
wrong="the log provided no complete chain that verifies the certificate"
is "passed to hooks" "$(sort "$dir/chains")" "0 $wrong
1 $wrong"
is "fetched" "$(python3 - "$dir/state/state.db" <<'END'
import sqlite3, sys
db = sqlite3.connect(sys.argv[1])
print(db.execute("SELECT length(der) FROM issuer").fetchall(),
      sorted(db.execute("SELECT chain_complete FROM cert").fetchall()))
END
)" "[($(value_of LIMIT_ISSUER),)] [(0,), (0,)]"
stop_logd || exit 1

# lacking NAME N FAULT WANTED: a certificate of N issuers, and what goes wrong
# with requests for them: so many are made.
lacking() {
	python3 - "$dir" "$2" >"$dir/lacking.jsonl" <<'END'
import base64, json, struct, sys
with open(sys.argv[1] + "/certs/1.der", "rb") as f:
    der = f.read()
leaf = (bytes(2) + struct.pack(">QH", 1780000000000, 0) +
        struct.pack(">I", len(der))[1:] + der + bytes(2))
chain = b"".join(b"\0\0\1" + bytes([i]) for i in range(int(sys.argv[2])))
extra = struct.pack(">I", len(chain))[1:] + chain
print(json.dumps({"leaf_input": base64.b64encode(leaf).decode(),
                  "extra_data": base64.b64encode(extra).decode()}))
END
	logd --only static "$dir/lacking.jsonl"
	control "log=static&$3&on=issuer"
	run --watch .example.com --state "$dir/$1-$2" --fail-on high
	exits "$2 issuers that are not there" 2
	control 'fault=none'
	is "$2 issuers, requested" "$(json "$dir/control" \
	    'j["logs"]["static"]["hits"]["issuer"]')" "$4"
	stop_logd || exit 1
}
# LIMIT_ISSUER_FAILURES: none of so many issuers is to be had, or of one more.
most=$(value_of LIMIT_ISSUER_FAILURES)
lacking failures "$most" fault=404 "$most"
lacking failures $((most + 1)) fault=404 "$most"
# LIMIT_MISSING_ISSUERS: every other one is, so many in all, or one more.
most=$(value_of LIMIT_MISSING_ISSUERS)
lacking in-all $((2 * most)) 'fault=404&every=2' $((2 * most))
lacking in-all $((2 * most + 2)) 'fault=404&every=2' $((2 * most))

# LIMIT_SKIPS: a log that has lost one entry in three, so many or one more.
most=$(value_of LIMIT_SKIPS)
for n in "$most" $((most + 1)); do
	logd --only rfc6962 --entries $((3 * n)) --max-batch 1000 "$dir/certs"
	control 'fault=lost&at=0&step=3&to=404'
	run --fail-on high --watch .example.com --state "$dir/lost-$n"
	exits "$n lost entries" 2
	is "$n lost entries" "$(report '[(l["next_entry"], len(l["unread"]))
	    for l in j["coverage"]["logs"]]')" "[($((3 * most)), $n)]"
	stop_logd || exit 1
done

# LIMIT_TREE_GROWTH: a log that signs a head of that many entries, and then
# of one more.
key log
cat >"$dir/log.py" <<'END'
import base64, hashlib, http.server, json, os, struct, subprocess, sys, time
top, most = sys.argv[1], int(sys.argv[2])
def openssl(*args, data=None):
    return subprocess.run(["openssl", *args], input=data, check=True,
                          capture_output=True).stdout
der = openssl("pkey", "-in", top + "/log.key", "-pubout", "-outform", "DER")
class Log(http.server.BaseHTTPRequestHandler):
    size = most
    def do_GET(self):
        if not self.path.endswith("/get-sth"):
            return self.send_error(404)
        now, root = int(time.time() * 1000), bytes(32)
        said = struct.pack(">BBQQ", 0, 1, now, Log.size) + root
        sig = openssl("dgst", "-sha256", "-sign", top + "/log.key", data=said)
        sig = b"\4\3" + struct.pack(">H", len(sig)) + sig
        body = json.dumps({
            "tree_size": Log.size, "timestamp": now,
            "sha256_root_hash": base64.b64encode(root).decode(),
            "tree_head_signature": base64.b64encode(sig).decode()}).encode()
        Log.size += 1
        self.send_response(200)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)
    def log_message(self, *a):
        pass
server = http.server.HTTPServer(("127.0.0.1", 0), Log)
with open(top + "/list.new", "w") as f:
    json.dump({"operators": [{"name": "Story", "email": [], "logs": [{
        "description": "Growing", "mmd": 86400,
        "log_id": base64.b64encode(hashlib.sha256(der).digest()).decode(),
        "key": base64.b64encode(der).decode(),
        "url": "http://127.0.0.1:%d/" % server.server_port,
        "state": {"usable": {"timestamp": "2026-01-01T00:00:00Z"}}}],
        "tiled_logs": []}]}, f)
os.rename(top + "/list.new", top + "/list.json")
server.serve_forever()
END
most=$(value_of LIMIT_TREE_GROWTH)
python3 "$dir/log.py" "$dir" "$most" 2>"$dir/log.err" &
background+=($!)
for _ in $(seq 200); do [ -f "$dir/list.json" ] && break; sleep 0.02; done
grow() {
	ctwatch run --log-list "$dir/list.json" --state "$dir/grown" \
	    --fail-on high \
	    --since start --watch .example.com --max-time 1s --no-notify \
	    --format json
}
grow
exits "growth at the limit" 2
is "the head" "$(report 'j["coverage"]["logs"][0]["tree_size"]')" "$most"
grow
exits "growth past the limit" 7
is "why" "$(report 'j["coverage"]["logs"][0]["reason"]')" \
    "a tree head of $((most + 1)) entries is impossible"
