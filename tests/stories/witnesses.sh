#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# Witnesses of a static log: their cosignatures on its checkpoint, and the
# checkpoints that they serve themselves, which show a fork.
. "${top_srcdir:-.}/tests/support/story.sh"

key unrelated
for i in 1 2 3; do
	cert $i unrelated www$i.example.com
done
logd --only static --logs 1 --entries 300 --size 200 "$dir/certs"

# One server is all witnesses: /NAME/HASH/checkpoint is what the file
# $dir/NAME.note has, for the log of $dir/origin; 404 without a file.
cat >"$dir/witness.py" <<'END'
import base64, hashlib, http.server, os, sys
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import (
    Encoding, PublicFormat)
folder = sys.argv[2]
def key(name):
    return Ed25519PrivateKey.from_private_bytes(
        hashlib.sha256(name.encode()).digest())
def vkey(name):
    pub = b"\x04" + key(name).public_key().public_bytes(
        Encoding.Raw, PublicFormat.Raw)
    ident = hashlib.sha256(name.encode() + b"\n" + pub).hexdigest()[:8]
    return "%s+%s+%s" % (name, ident, base64.b64encode(pub).decode())
def cosign(name, note, seconds):
    text = note[:note.rindex(b"\n\n") + 1]
    signature = key(name).sign(b"cosignature/v1\ntime %d\n" % seconds + text)
    return "\u2014 {} {}\n".format(name, base64.b64encode(
        bytes.fromhex(vkey(name).split("+")[1]) + seconds.to_bytes(8, "big") +
        signature).decode()).encode()
class Witness(http.server.BaseHTTPRequestHandler):
    def do_GET(self):
        name, asked = self.path.split("/")[1], self.path.split("/")[2:]
        try:
            note = open("%s/%s.note" % (folder, name), "rb").read()
        except OSError:
            return self.send_error(404)
        origin = open(folder + "/origin", "rb").readline().strip()
        if asked != [hashlib.sha256(origin).hexdigest(), "checkpoint"]:
            return self.send_error(404)
        self.send_response(200)
        self.send_header("Content-Length", str(len(note)))
        self.end_headers()
        self.wfile.write(note)
    def log_message(self, *a):
        pass
if sys.argv[1] == "vkey":
    print(vkey(sys.argv[3]))
elif sys.argv[1] == "cosign": # stdin to stdout
    note = sys.stdin.buffer.read()
    sys.stdout.buffer.write(note + cosign(sys.argv[3], note, int(sys.argv[4])))
else:
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Witness)
    with open(folder + "/witness-new", "w") as f:
        f.write(str(server.server_port))
    os.rename(folder + "/witness-new", folder + "/witness-port")
    server.serve_forever()
END
witness() {
	python3 "$dir/witness.py" "$@"
}
python3 "$dir/witness.py" serve "$dir" 2>"$dir/witness.err" &
background+=($!)
for _ in $(seq 500); do
	[ -s "$dir/witness-port" ] && break
	sleep 0.02
done
at=http://127.0.0.1:$(cat "$dir/witness-port")

# policy [NAME ...]: these witnesses, with their URLs, any two of which are
# enough.
policy() {
	for name; do
		echo "witness $name $(witness vkey "$dir" "$name") $at/$name"
	done >"$dir/policy"
	echo "group all 2 $*" >>"$dir/policy"
	echo "quorum all" >>"$dir/policy"
}
checkpoint() {
	curl -sf "$url/static/checkpoint"
}
checkpoint >"$dir/origin"
# say EXPRESSION: of what the report says of the witnesses of the log
say() {
	report "(lambda w: $1)(j['coverage']['logs'][0]['witnesses'])"
}
watching() {
	run --watch .example.com --fail-on high \
	    --witness-policy "$dir/policy" "$@"
}
now=$(date +%s)

# The other tree of a log that forks, at the first size.
control "fault=fork"
checkpoint >"$dir/fork"
control "fault=none"

# Two of three have seen the head, and one knows nothing of the log.
policy one two three
checkpoint | witness cosign "$dir" one $((now - 60)) >"$dir/one.note"
checkpoint | witness cosign "$dir" two "$now" >"$dir/two.note"
watching
exits "two witnesses" 0
is "they count" "$(say '(w["valid"], w["of"], w["quorum"], w["problem"])')" \
    "(2, 3, True, None)"
is "the newest" "$(say 'w["newest"]')" \
    "$(date -u -d "@$now" +%Y-%m-%dT%H:%M:%SZ)"

# The log grows: a witness's older head is proved to be its prefix; one that is
# not reached is named, and the log is complete all the same.
control "size=300"
rm "$dir/two.note"
sed -i "s,$at/three,http://127.0.0.1:1/three," "$dir/policy"
watching
exits "an older head" 0
is "one is not enough" "$(say '(w["valid"], w["quorum"])')" "(1, False)"
is "the one that is gone" "$(say 'w["problem"].startswith("three: ")')" True
ctwatch run --log-list "$url/log_list.json" --state "$dir/state" --no-notify \
    --watch .example.com --witness-policy "$dir/policy"
grep -q 'witnesses *1 of 3, less than the quorum; the newest' "$dir/out" ||
    fail "text: $(cat "$dir/out")"

# A cosignature that does not verify is CTW058, until it does.
policy one two
sed '/^— one /{s/^\(.\{36\}\)A/\1B/;t;s/^\(.\{36\}\)./\1A/}' "$dir/one.note" \
    >"$dir/bad.note"
cmp -s "$dir/one.note" "$dir/bad.note" && fail "nothing was changed"
mv "$dir/bad.note" "$dir/one.note"
watching
is "a bad cosignature" "$(say '(w["valid"], w["invalid"])')" "(0, 1)"
is "its finding" "$(report '[(f["rule"], f["status"]) for f in j["findings"]
    if f["rule"] == "CTW058"]')" "[('CTW058', 'new')]"
checkpoint | witness cosign "$dir" one "$now" >"$dir/one.note"
watching
is "its end" "$(report '[(f["status"], f["reason"]) for f in j["findings"]
    if f["rule"] == "CTW058"]')" \
    "[('closed', 'all cosignatures of known witnesses verify')]"

# What is no checkpoint of this log is refused, and no accusation.
printf 'not a note\n' >"$dir/one.note"
watching
exits "not a note" 0
is "it is refused" "$(say '"its checkpoint is refused" in w["problem"]')" True
checkpoint | sed 's/^\(— .\{90\}\)./\1A/' |
    witness cosign "$dir" one "$now" >"$dir/one.note"
watching
exits "not signed by the log" 0
is "it is no head" \
    "$(say '"signature on its checkpoint" in w["problem"]')" True

# The log signs another tree for others: a witness has seen it.
control "fault=fork"
checkpoint | witness cosign "$dir" one "$now" >"$dir/one.note"
control "fault=none"
watching
exits "a fork" 7
is "both heads" "$(report '[(f["rule"], "witness one" in f["message"])
    for f in j["findings"] if f["rule"] == "CTW070"]')" "[('CTW070', True)]"
is "the log" "$(report 'j["coverage"]["logs"][0]["status"]')" misbehaving
ctwatch logs --heads --state "$dir/state"
is "the evidence" "$(grep '"conflict"' "$dir/out" | python3 -c '
import base64, json, sys
print(sorted(json.loads(line)["size"] for line in sys.stdin
    if b"\xe2\x80\x94 " in base64.b64decode(json.loads(line)["raw"])))')" \
    "[300, 300]"

# The same, where the witness is behind: a proof shows it.
rm -rf "$dir/state"
witness cosign "$dir" one "$now" <"$dir/fork" >"$dir/one.note"
watching
exits "an older fork" 7
is "both heads, again" "$(report '[(f["rule"], "witness one" in f["message"])
    for f in j["findings"] if f["rule"] == "CTW070"]')" "[('CTW070', True)]"

# Policies that cannot be used.
printf 'witness a b\nquorum a\n' >"$dir/policy"
watching
exits "a bad policy" 64
says "a bad policy" "policy:1: a verifier key is NAME\+KEYID\+BASE64"
rm "$dir/policy"
watching
exits "no policy" 64
