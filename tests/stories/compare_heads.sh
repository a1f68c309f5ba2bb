#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# Two installations exchange the tree heads of their logs as notes: equal heads
# agree, and both detect a log that shows each of them another tree.
. "${top_srcdir:-.}/tests/support/story.sh"

key unrelated
for i in 1 2 3; do
	cert $i unrelated www$i.example.com
done
logd --entries 300 --size 201 "$dir/certs"

# read STATE ARG ...: a run of one installation
read_logs() {
	ctwatch run --log-list "$url/log_list.json" --state "$dir/$1" \
	    --since start --format json --no-notify --fail-on high \
	    --watch .example.com "${@:2}"
}
# notes STATE ARG ...: the heads of one installation, in $dir/STATE.notes
notes() {
	ctwatch logs --heads --format notes --state "$dir/$1" "${@:2}"
	exits "notes of $1" 0
	cp "$dir/out" "$dir/$1.notes"
}
# compare STATE FILE ARG ...: as JSON
compare() {
	ctwatch logs --compare "$2" --log-list "$url/log_list.json" \
	    --state "$dir/$1" --format json "${@:3}"
}
results() {
	report '[n["result"] for n in j["notes"]]'
}

# ---- installations that agree ----
read_logs here
read_logs there
notes there
# Each note verifies by the log's key, in the forms of static-ct-api: OpenSSL
# says so.
curl -sf "$url/log_list.json" >"$dir/list.json"
curl -sf "$url/static/checkpoint" >"$dir/checkpoint"
python3 - "$dir" "$dir/there.notes" <<'END' || fail "notes"
import base64, hashlib, json, struct, subprocess, sys
d, file = sys.argv[1:]
logs = {}
for op in json.load(open(d + "/list.json"))["operators"]:
    for log in op.get("logs", []) + op.get("tiled_logs", []):
        origin = log.get("submission_url", log.get("url")).split("://")[1]
        logs[origin.rstrip("/")] = base64.b64decode(log["key"])
text = open(file, encoding="utf-8").read()
assert open(d + "/checkpoint", encoding="utf-8").read() + "\n" in text, text
notes = text.split("\n\n")
assert notes.pop() == "" and len(notes) == 4, notes
seen = set()
for body, lines in zip(notes[::2], notes[1::2]):
    origin, size, root = body.split("\n")
    key = logs[origin]
    wanted = hashlib.sha256(origin.encode() + b"\n\5" +
        hashlib.sha256(key).digest()).digest()[:4]
    line, = [l for l in (base64.b64decode(v.split(" ")[2])
        for v in lines.splitlines() if v.startswith("\u2014 " + origin + " "))
        if l[:4] == wanted]
    assert line[12:14] == b"\4\3"
    open(d + "/key", "wb").write(key)
    open(d + "/signature", "wb").write(line[16:])
    open(d + "/head", "wb").write(b"\0\1" + line[4:12] +
        struct.pack(">Q", int(size)) + base64.b64decode(root))
    subprocess.run(["openssl", "dgst", "-sha256", "-verify", d + "/key",
        "-keyform", "DER", "-signature", d + "/signature", d + "/head"],
        check=True, stdout=subprocess.DEVNULL)
    seen.add(origin)
assert seen == set(logs), seen
END
compare here "$dir/there.notes"
exits "the same heads" 0
is "the same heads" "$(results)" "['same', 'same']"
compare here - <"$dir/there.notes"
exits "standard input" 0
ctwatch logs --compare "$dir/there.notes" --log-list "$url/log_list.json" \
    --state "$dir/here"
exits "as text" 0
grep -q '^2 notes: 2 agree, 0 contradict ours, 0 not compared$' \
    "$dir/out" || fail "$(cat "$dir/out")"

# One is ahead: proofs of the logs show that it is the same tree.
control size=300
read_logs there
notes there
compare here "$dir/there.notes"
exits "heads ahead" 0
is "heads ahead" "$(results)" "['same', 'newer', 'same', 'newer']"
is "ours" "$(report '{(n["head"]["tree_size"], n["ours"]["tree_size"])
    for n in j["notes"] if n["result"] == "newer"}')" "{(300, 201)}"
notes there --latest
is "the latest" "$(grep -cx 300 "$dir/there.notes")" 2
is "only the latest" "$(grep -cx 201 "$dir/there.notes")" 0

# One that is behind has a prefix of ours.
restart() {
	stop_logd || exit
	logd --entries 300 --size 201 "$dir/certs"
	rm -rf "$dir/there" "$dir/here"
}
restart
read_logs there
notes there
control size=300
read_logs here
compare here "$dir/there.notes"
exits "older heads" 0
is "older heads" "$(results)" "['older', 'older']"

# Without an answer of the log nothing is compared but equal heads.
control 'fault=404&on=get-sth-consistency,tile'
compare here "$dir/there.notes"
exits "no proofs" 2
is "no proofs" "$(results)" "['unreachable', 'unreachable']"
control 'fault=badproof&on=get-sth-consistency'
control 'log=static&fault=badtile&on=tile'
compare here "$dir/there.notes"
exits "bad proofs" 2
is "bad proofs" "$(results)" "['unproved', 'unproved']"
control fault=none

# ---- notes that say nothing ----
cut() {
	python3 - "$dir" "$1" <<'END'
import sys
d, how = sys.argv[1:]
b = open(d + "/there.notes", "rb").read()
exec(how)
open(d + "/odd.notes", "wb").write(b)
END
}
# odd WHAT STATUS RESULTS CODE: CODE in Python changes b, the notes
odd() {
	cut "$4"
	compare here "$dir/odd.notes"
	exits "$1" "$2"
	is "$1" "$(results)" "$3"
}
odd "cut" 2 "['older', 'refused']" 'b = b[:-20]'
odd "cut in the text" 2 "['older', 'refused']" \
    'b = b[:b.index(b"\n\n", b.index(b"\n\n") + 2) + 10]'
odd "cut before the signature" 2 "['older', 'refused']" \
    'b = b[:b.rindex(b"\n\n", 0, -2) + 2]'
# Every proper prefix of a note, each as a note: none of them counts.
cut 'n = [n for n in b.split(b"\n\n127") if b"/rfc6962\n" in n][0].strip()
n = n if n.startswith(b"127") else b"127" + n
b = b"".join(n[:i] + b"\n\n" for i in range(1, len(n)))'
compare here "$dir/odd.notes"
exits "prefixes" 2
is "prefixes" "$(report 'sorted({n["result"] for n in j["notes"]})')" \
    "['refused']"
odd "a NUL" 2 "['refused', 'older']" 'b = b"\0" + b'
odd "carriage returns" 2 "['refused']" 'b = b.replace(b"\n", b"\r\n")'
odd "twice" 0 "['older', 'older', 'older', 'older']" 'b = b + b'
odd "empty lines" 0 "['older', 'older']" \
    'b = b"\n\n" + b + b"\n\n"'
odd "another size" 2 "['refused', 'refused']" 'b = b.replace(b"\n201\n", b"\n202\n")'
odd "another origin" 2 "['unknown-log', 'unknown-log']" \
    'b = b.replace(b"127.0.0.1", b"127.0.0.2")'
odd "text after the head" 2 "['refused', 'older']" \
    'b = b.replace(b"=\n\n", b"=\nmore\n\n", 1)'
odd "unknown lines" 0 "['older', 'older']" \
    'b = b.replace(b"\n\n\xe2", b"\n\n\xe2\x80\x94 x AAAA\n\xe2")'
odd "another log before" 2 "['unknown-log', 'older', 'older']" \
    'b = b"other.example/log\n5\n" + b"A" * 43 + b"=\n\n\xe2\x80\x94 other.example/log AAAAAAAA\n\n" + b'
is "it is named" "$(report '(j["notes"][0]["origin"], j["notes"][0]["line"],
    j["notes"][1]["line"])')" "('other.example/log', 1, 7)"
: >"$dir/odd.notes"
compare here "$dir/odd.notes"
exits "no note" 2
says "no note" 'odd.notes: there is no note in it'
head -c 3000000 /dev/urandom >"$dir/odd.notes"
compare here "$dir/odd.notes"
exits "noise" 2
# LIMIT_COMPARE_NOTES
for n in 100000 100001; do
	yes x | head -$n | sed G >"$dir/odd.notes"
	ctwatch logs --compare "$dir/odd.notes" --log-list "$url/log_list.json" \
	    --state "$dir/here"
	exits "$n notes" 2
	is "$n notes" "$(tail -1 "$dir/out")" \
	    "100000 notes: 0 agree, 0 contradict ours, 100000 not compared"
	is "more of $n" "$(grep -c 'more than 100000 notes' "$dir/err")" \
	    $((n - 100000))
done
compare here "$dir/missing"
exits "no file" 64
compare nothing "$dir/there.notes"
exits "no store" 32
for wrong in '--compare x --heads' --latest '--format notes'; do
	# shellcheck disable=SC2086 # several words
	ctwatch logs --state "$dir/here" $wrong
	exits "$wrong" 64
done

# ---- logs that show each installation another tree ----
restart
read_logs here
control fault=fork
read_logs there
control fault=none
notes here
notes there
for state in here there; do
	other=$([ $state = here ] && echo there || echo here)
	compare $state "$dir/$other.notes"
	exits "a fork, $state" 4
	is "a fork, $state" "$(results)" "['contradiction', 'contradiction']"
	ctwatch logs --heads --state "$dir/$state"
	is "the evidence, $state" "$(python3 -c '
import json, sys
v = [json.loads(line) for line in open(sys.argv[1])]
print(len({(h["log_id"], h["root"]) for h in v if h["state"] == "conflict"}),
    len([h for h in v if h["raw"]]))' "$dir/out")" "4 4"
	ctwatch findings --state "$dir/$state" --format json
	is "the findings, $state" "$(report '["another installation" in
	    f["message"] for f in j["findings"] if f["rule"] == "CTW070"]')" \
	    "[True, True]"
	compare $state "$dir/$other.notes"
	exits "again, $state" 4
	is "again, $state" "$(results)" "['contradiction', 'contradiction']"
	ctwatch state verify --state "$dir/$state"
	exits "the store of $state" 0
done
# The next run reports them, and does not clear the logs.
read_logs here
is "the next run" "$(report '[f["status"] for f in j["findings"]
    if f["rule"] == "CTW070"]')" "['new', 'new']"
# What contradicts is handed on, also with the latest heads.
notes here --latest
is "both heads of both logs" "$(grep -cx 201 "$dir/here.notes")" 4

# Trees of different sizes: their proofs show it.
restart
control fault=fork
read_logs there
notes there
control 'fault=none&size=300'
read_logs here
compare here "$dir/there.notes"
exits "an older fork" 4
is "an older fork" "$(results)" "['contradiction', 'contradiction']"
stop_logd || exit

# ---- as many proofs as one comparison requests (LIMIT_COMPARE_PROOFS) ----
logd --only static --entries 300 --size 1 "$dir/certs"
python3 - "$url" "$dir/many.notes" <<'END' || fail "many heads"
import sys, urllib.request
def get(what):
    return urllib.request.urlopen(sys.argv[1] + what).read()
with open(sys.argv[2], "wb") as f:
    for size in range(100, 202):
        get("/control?size=%d" % size)
        f.write(get("/static/checkpoint") + b"\n")
END
rm -rf "$dir/here"
read_logs here
compare here "$dir/many.notes" # of which one is the same
exits "too many proofs" 2
is "too many proofs" "$(report '[sum(n["result"] == r for n in j["notes"])
    for r in ("same", "older", "skipped")]')" "[1, 100, 1]"
is "the smallest is left" "$(report 'j["notes"][0]["result"]')" skipped
sed -i '1,/^$/d' "$dir/many.notes" # its text; the signatures alone are no note
sed -i '1,/^$/d' "$dir/many.notes"
compare here "$dir/many.notes"
exits "as many proofs as there may be" 0
stop_logd || exit

# ---- a real checkpoint, with cosignatures of witnesses ----
real=$src/data/heads/parcelyard2026h2
mkdir "$dir/log"
cp "$real/checkpoint" "$dir/log"
python3 - "$real/log.json" "$dir/log" <<'END' || fail "no list"
import json, sys
log = json.load(open(sys.argv[1]))
log.update(submission_url=log.pop("url"), mmd=60,
    monitoring_url="file://" + sys.argv[2] + "/")
json.dump({"version": "1", "log_list_timestamp": "2026-10-01T00:00:00Z",
    "operators": [{"name": "Google", "email": [], "logs": [],
        "tiled_logs": [log]}]}, open(sys.argv[2] + "/list.json", "w"))
END
real_log() {
	ctwatch "$@" --log-list "$dir/log/list.json" --state "$dir/real" \
	    --now 2026-10-07T12:00:00Z
}
real_log run --watch example.com --no-notify # it has no tiles here
notes real
{
	cat "$real/checkpoint"
	echo
} | cmp - "$dir/real.notes" || fail "the checkpoint as it was served"
real_log logs --compare "$real/checkpoint"
exits "a real checkpoint" 0
grep -q '1,587,930,800 entries.* the same as ours' <(tr -s '\n ' '  ' <"$dir/out") ||
    fail "$(cat "$dir/out")"
sed 's/^1587930800$/1587930801/' "$real/checkpoint" >"$dir/odd.notes"
real_log logs --compare "$dir/odd.notes"
exits "a real checkpoint of another size" 2
grep -q "signature does not verify" "$dir/out" || fail "$(cat "$dir/out")"
exit 0
