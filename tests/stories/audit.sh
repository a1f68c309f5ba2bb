#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# ctwatch audit: the SCTs of certificates in files and at a TLS server, and
# whether their entries are in logs of both kinds.
. "${top_srcdir:-.}/tests/support/story.sh"

python3 -c 'import cryptography' 2>/dev/null || skip "no python3-cryptography"

mkdir -p "$dir/made" "$dir/good"
key rfc
key static
now=$(($(date +%s) * 1000))
day=86400000
old=$((now - 3 * day))
make_scts() {
	python3 "$src/tests/support/make_sct.py" "$dir/made" ||
	    fail "make_sct.py"
}
make_scts <<END_SPEC
{"rfc": "$dir/rfc.key", "static": "$dir/static.key", "certs": [
 {"name": "good.example", "time": $old, "logged": true},
 {"name": "second.example", "time": $((old + 1)), "logged": true},
 {"name": "one.example", "time": $old, "logs": ["rfc"], "logged": true},
 {"name": "long.example", "time": $old, "days": 200, "logged": true},
 {"name": "localhost", "time": $old, "tls": true, "logged": true},
 {"name": "lost.example", "time": $old, "index": 0},
 {"name": "beyond.example", "time": $old, "index": 1000},
 {"name": "fresh.example", "time": $((now - 3600000)), "index": 1000},
 {"name": "future.example", "time": $((now + 2 * day)), "index": 1000},
 {"name": "signature.example", "time": $old, "spoil": "signature"},
 {"name": "list.example", "time": $old, "spoil": "list"},
 {"name": "version.example", "time": $old, "spoil": "version"},
 {"name": "empty.example", "time": $old, "spoil": "empty"},
 {"name": "none.example", "time": $old, "logs": []}]}
END_SPEC
logd --key "$dir/rfc.key" --static-key "$dir/static.key" --operators 2 \
    "$dir/made/entries.jsonl" "$src/data/entries/argon2026h2-1111014090.json"

list=$url/log_list.json

# audit ARG ...: with that list, as JSON.
audit() {
	ctwatch audit --log-list "$list" --state "$dir/state" \
	    --format json "$@"
}

# scts: "SOURCE SIGNATURE STATUS INDEX" of each SCT, by certificate.
scts() {
	report '"; ".join("%s %s %s %s" % (s["source"], s["signature"],
	    s["status"], s["index"]) for c in j["certificates"]
	    for s in c["scts"])'
}

# expect NAME STATUS SCTS [ARG ...]: the certificate of NAME ends so.
expect() {
	audit "$dir/made/$1.pem" "${@:4}"
	is "$1" "$(scts)" "$3"
	exits "$1" "$2"
}
policies() {
	report '[(c["chrome"]["ok"], c["apple"]["ok"])
	    for c in j["certificates"]]'
}

# Entries that are there, and what the policies say.
expect good.example 0 \
    "embedded valid included 0; embedded valid included 0"
is "good.example: policies" "$(policies)" "[(True, True)]"
is "good.example: names" "$(report 'j["certificates"][0]["names"]')" \
    "['good.example']"
is "format" "$(report 'j["format"], j["certificates"][0]["seen"]')" \
    "('ctwatch-audit/1', None)"
expect second.example 0 \
    "embedded valid included 1; embedded valid included 1"
expect one.example 1 "embedded valid included 2"
is "one.example: policies" "$(policies)" "[(False, False)]"
expect long.example 1 "embedded valid included 3; embedded valid included 3"
report 'j["certificates"][0]["chrome"]["why"]' |
    grep -q '2 of 2 embedded SCTs count, but 3 are required' ||
    fail "long.example: $(policies)"

# Entries that are not there: of the static log that is proved.
missing="embedded valid missing None; embedded valid missing"
expect lost.example 4 "$missing 0"
python3 - "$dir" <<'PROOF' || fail "the evidence of lost.example"
import base64, hashlib, json, subprocess, sys
dir = sys.argv[1]
scts = json.load(open(dir + "/out"))["certificates"][0]["scts"]
for s in scts:
    e = {k: base64.b64decode(v) if isinstance(v, str) else v
         for k, v in s["evidence"].items()}
    open(dir + "/key.der", "wb").write(e["log_key"])
    open(dir + "/leaf", "wb").write(e["leaf"])
    sct = e["sct"]
    n = int.from_bytes(sct[41:43], "big")
    open(dir + "/sig", "wb").write(sct[43 + n + 4:])
    # openssl verifies the SCT: the log issued it for this leaf.
    subprocess.run(["openssl", "dgst", "-sha256", "-keyform", "DER",
                    "-verify", dir + "/key.der", "-signature", dir + "/sig",
                    dir + "/leaf"], check=True, stdout=subprocess.DEVNULL)
    assert hashlib.sha256(e["log_key"]).hexdigest() == s["log_id"]
# Another leaf has the index, under the signed root (RFC 9162, 2.1.3.2).
fn, sn, r = e["index"], e["tree_size"] - 1, \
    hashlib.sha256(b"\0" + e["entry"]).digest()
for p in map(base64.b64decode, e["audit_path"]):
    if fn & 1 or fn == sn:
        r = hashlib.sha256(b"\1" + p + r).digest()
        while not fn & 1 and fn:
            fn, sn = fn >> 1, sn >> 1
    else:
        r = hashlib.sha256(b"\1" + r + p).digest()
    fn, sn = fn >> 1, sn >> 1
assert sn == 0 and r == e["root"] and e["entry"] != e["leaf"]
assert base64.b64encode(r) in e["head"]
PROOF
expect beyond.example 4 "$missing 1000"
expect fresh.example 0 \
    "embedded valid pending None; embedded valid pending 1000"
expect future.example 1 \
    "embedded valid pending None; embedded valid pending None"
report 'j["certificates"][0]["scts"][0]["why"]' | grep -q future ||
    fail "future.example: not said"

# SCTs that are not what they must be.
expect signature.example 1 "embedded invalid None None; embedded invalid None None"
expect list.example 1 ""
is "list.example" "$(report 'j["certificates"][0]["malformed_scts"]')" 1
expect version.example 1 ""
is "version.example" "$(report 'j["certificates"][0]["malformed_scts"]')" 2
expect empty.example 1 ""
is "empty.example" "$(report 'j["certificates"][0]["malformed_scts"]')" 1
expect none.example 1 ""

# Without the issuer nothing can be said of an embedded SCT.
openssl x509 -in "$dir/made/good.example.pem" -outform DER \
    -out "$dir/good/alone.der"
audit "$dir/good/alone.der"
exits "no issuer" 2
is "no issuer" "$(scts)" "embedded unchecked None None; embedded unchecked None None"
is "no issuer: policies" "$(policies)" "[(None, None)]"
audit "$dir/good/alone.der" "$dir/made/ca.pem"
exits "the issuer beside it" 0

# A folder, and files that are none.
cp "$dir/made/good.example.key" "$dir/made/second.example.pem" "$dir/good"
mkdir "$dir/good/inner" && cp "$dir/made/good.example.pem" "$dir/good/inner"
audit "$dir/good"
exits "a folder" 0
is "a folder" "$(report 'sorted(c["names"][0]
    for c in j["certificates"])')" "['good.example', 'second.example']"
head -c 300 "$dir/good/alone.der" >"$dir/short.der"
audit "$dir/short.der" "$dir/absent.pem" "$dir/made/good.example.key" \
    "$dir/made/good.example.pem"
exits "files that are none" 2
for f in short.der absent.pem good.example.key; do
	says "$f" "$f: "
done
is "the file that is one" "$(scts)" \
    "embedded valid included 0; embedded valid included 0"
ctwatch audit --state "$dir/state"
exits "nothing to audit" 64
# Without an end certificate nothing is checked, which is no success.
mkdir "$dir/bare"
audit "$dir/bare"
exits "an empty folder" 2
says "an empty folder" "no certificate was checked$"
audit "$dir/made/ca.pem"
exits "a CA alone" 2
says "a CA alone" "no certificate was checked: those of CAs"

# A TLS server that sends its SCTs in the TLS extension, for TLS 1.3 and 1.2.
python3 - "$dir/made/localhost.tls-scts" "$dir/serverinfo" <<'INFO'
import base64, sys
scts = open(sys.argv[1], "rb").read()
# context (ClientHello, TLS 1.2 ServerHello, TLS 1.3 Certificate), type 18
info = bytes.fromhex("00001180" "0012") + len(scts).to_bytes(2, "big") + scts
open(sys.argv[2], "w").write(
    "-----BEGIN SERVERINFOV2 FOR sct-----\n" +
    base64.encodebytes(info).decode() + "-----END SERVERINFOV2 FOR sct-----\n")
INFO
# serve ARG ...: an OpenSSL server: sets $port.
serve() {
	: >"$dir/s_server"
	openssl s_server -www -accept 127.0.0.1:0 -naccept 20 \
	    -cert "$dir/made/localhost.pem" -key "$dir/made/localhost.key" \
	    -cert_chain "$dir/made/ca.pem" "$@" \
	    >"$dir/s_server" 2>&1 </dev/null &
	background+=($!)
	for _ in $(seq 500); do
		port=$(sed -n 's/^ACCEPT .*://p' "$dir/s_server")
		[ -n "$port" ] && return
		sleep 0.02
	done
	fail "s_server: $(cat "$dir/s_server")"
}
for version in tls1_2 tls1_3; do
	serve -$version -serverinfo "$dir/serverinfo"
	audit --host "localhost:$port" --ca-file "$dir/made/ca.pem"
	exits "$version" 0
	is "$version" "$(scts)" "tls valid included 4; tls valid included 4"
	is "$version: policies" "$(policies)" "[(True, True)]"
done
audit --host "localhost:$port"
exits "an untrusted server" 2
says "an untrusted server" "localhost:$port: .*certificate"
serve
audit --host "localhost:$port" --host "localhost:1" \
    --ca-file "$dir/made/ca.pem"
exits "no SCTs, and a closed port" 3
says "a closed port" "localhost:1: "
is "no SCTs" "$(scts)" ""

# With a store that runs fill: seen certificates need no log, and what is
# missing is a finding of the next run.
watch() {
	run --log-list "$list" --watch "$1" --fail-on high
}
watch .example
exits "a run" 0
control "fault=500"
expect good.example 0 \
    "embedded valid included 0; embedded valid included 0"
is "good.example: seen" "$(report 'j["certificates"][0]["seen"]')" True
control "fault=none"
expect lost.example 4 "$missing 0"
is "lost.example: seen" "$(report 'j["certificates"][0]["seen"]')" False
# Why a certificate was not seen.
while read -r name why; do
	audit "$dir/made/$name.pem"
	is "$name: why not seen" \
	    "$(report 'j["certificates"][0]["seen_why"]')" "$why"
done <<'END_WHY'
good.example None
lost.example no log has its entry
fresh.example its entry may not be in a log yet
none.example no valid SCT says which log has its entry
END_WHY
control "fault=500"
audit "$dir/made/lost.example.pem"
is "lost.example: unreachable" \
    "$(report 'j["certificates"][0]["seen_why"]')" \
    "it is unknown whether a log has its entry"
control "fault=none"
audit "$dir/made/none.example.pem" "$dir/made/long.example.pem"
exits "policies" 1
ctwatch audit --from-inventory --log-list "$list" --state "$dir/state" \
    --format json
exits "the inventory, of precertificates alone" 0
is "the inventory, of precertificates alone" "$(report 'j["certificates"]')" "[]"
own() {
	report '[(f["rule"], f["severity"], f["status"]) for f in j["findings"]
	    if f["rule"] in ("CTW053", "CTW054", "CTW055", "CTW075")]'
}
watch .example
exits "a run after audits" 1
is "findings" "$(own)" "[('CTW053', 'critical', 'new'), ('CTW053', 'critical', 'new'), ('CTW055', 'high', 'new'), ('CTW055', 'high', 'new'), ('CTW075', 'low', 'new')]"
is "evidence" "$(report 'sorted(f["sct_evidence"].get("index", -1)
    for f in j["findings"] if f["rule"] == "CTW053")')" "[-1, 0]"
python3 -c '
import json, sys
try:
    import jsonschema
except ImportError:
    sys.exit(0)
jsonschema.validate(json.load(open(sys.argv[2])), json.load(open(sys.argv[1])))
' "$src/data/schema/ctwatch-report-1.schema.json" "$dir/out" || fail "schema"

# The evidence of each as a bundle: by both shells, and one changed byte of any
# file spoils it.  A static-ct-api log proves that another entry is there.
claims=
for id in $(report '" ".join(f["id"] for f in j["findings"]
    if f["rule"] == "CTW053")'); do
	rm -rf "$dir/bundle"
	ctwatch evidence "$id" --state "$dir/state" --output "$dir/bundle"
	exits "a bundle" 0
	for shell in dash bash; do
		command -v $shell >/dev/null || continue
		$shell "$dir/bundle/verify.sh" >"$dir/claims" 2>&1 ||
		    fail "$shell: $(cat "$dir/claims")"
	done
	grep -q '^verified: the log promised this entry' "$dir/claims" ||
	    fail "$(cat "$dir/claims")"
	claims="$claims $(grep -c '^verified: ' "$dir/claims")"
	if [ -f "$dir/bundle/other-leaf.bin" ]; then
		grep -q 'the SCT is of entry 0, which is another' "$dir/claims" ||
		    fail "$(cat "$dir/claims")"
		cp -r "$dir/bundle" "$dir/same" # with a manifest that fits
		cp "$dir/same/leaf.bin" "$dir/same/other-leaf.bin"
		(cd "$dir/same" && cut -c67- MANIFEST | xargs sha256sum >"$dir/m" &&
		    mv "$dir/m" MANIFEST)
		sh "$dir/same/verify.sh" >"$dir/claims" && fail "the same leaf"
		rm -rf "$dir/same"
	fi
	for f in $(cd "$dir/bundle" && find . -type f ! -name verify.sh); do
		cp -r "$dir/bundle" "$dir/spoilt"
		printf x >>"$dir/spoilt/$f"
		sh "$dir/spoilt/verify.sh" >"$dir/claims" 2>&1 &&
		    fail "$f was changed and verifies"
		rm -rf "$dir/spoilt"
	done
done
# Manifest, head, SCT and the time; and that of the other entry and its index.
is "claims" "$(tr ' ' '\n' <<<"$claims" | sort | xargs)" "4 6"
watch .example
is "not new twice" "$(own)" "[('CTW053', 'critical', 'open'), ('CTW053', 'critical', 'open'), ('CTW055', 'high', 'open'), ('CTW055', 'high', 'open'), ('CTW075', 'low', 'open')]"
ctwatch state verify --state "$dir/state"
exits "state verify" 0

# A run that read the entries, and did not watch the name.
rm -rf "$dir/state"
watch other.example
expect good.example 1 \
    "embedded valid included 0; embedded valid included 0"
is "unseen" "$(report 'j["certificates"][0]["seen"]')" False
watch other.example
is "unseen" "$(own)" "[('CTW054', 'high', 'new')]"
rm -rf "$dir/state"
watch .example
expect good.example 0 \
    "embedded valid included 0; embedded valid included 0"
rm -rf "$dir/state"

# Logs that do not answer, or whose answers prove nothing.
control "fault=500"
expect good.example 2 \
    "embedded valid unreachable None; embedded valid unreachable 0"
control "fault=404&on=get-proof-by-hash"
expect good.example 2 \
    "embedded valid unreachable None; embedded valid included 0"
control "fault=badproof"
expect good.example 2 \
    "embedded valid unreachable None; embedded valid included 0"
control "fault=badtile&on=tile"
expect lost.example 6 \
    "embedded valid missing None; embedded valid unreachable 0"
# The hash tiles prove an entry that is there; only another one is fetched.
control "fault=wrongentry&at=0&on=data"
expect good.example 0 \
    "embedded valid included 0; embedded valid included 0"
expect lost.example 6 \
    "embedded valid missing None; embedded valid unreachable 0"
control "fault=stale"
expect lost.example 4 "$missing 0"
control "fault=badsig"
expect good.example 2 \
    "embedded valid unreachable None; embedded valid unreachable 0"
control "fault=none"

# A log that is retired: its SCT counts if it is older; unreachable, it is gone.
curl -sf "$url/log_list.json" >"$dir/list.json"
with_state() {
	python3 -c '
import json, sys
j = json.load(open(sys.argv[1]))
for o in j["operators"]:
    for l in o["logs"]:
        l["state"] = {sys.argv[2]: {"timestamp": sys.argv[3]}}
json.dump(j, open(sys.argv[1] + ".changed", "w"))' "$dir/list.json" "$@"
}
list=$dir/list.json.changed
with_state retired "$(date -u -d '-1 day' +%Y-%m-%dT%H:%M:%SZ)"
expect good.example 0 \
    "embedded valid included 0; embedded valid included 0"
report 'j["certificates"][0]["chrome"]["why"]' | grep -q 'depends on one log' ||
    fail "retired: no warning"
with_state retired "$(date -u -d '-5 days' +%Y-%m-%dT%H:%M:%SZ)"
expect good.example 1 \
    "embedded valid included 0; embedded valid included 0"
with_state retired "$(date -u -d '+9 days' +%Y-%m-%dT%H:%M:%SZ)"
expect good.example 0 \
    "embedded valid included 0; embedded valid included 0"
is "a log retires later" "$(report 'j["certificates"][0]["chrome"]["why"]')" \
    None

# Which SCT does not count, and why.
while IFS=: read -r state when why; do
	with_state "$state" "$(date -u -d "$when" +%Y-%m-%dT%H:%M:%SZ)"
	audit "$dir/made/good.example.pem"
	is "$state since $when" "$(report '[c["chrome"]["why"].split(": ")[1]
	    for c in j["certificates"]]')" "['$why); all are of one operator, \
Loopback operator 2']"
done <<'END_WHY'
pending:-9 days:the log is pending
usable:+1 day:the log is not qualified yet
rejected:-1 day:the log is rejected
retired:-9 days:the log was retired before the earliest SCT
END_WHY
with_state retired "$(date -u -d '+20 days' +%Y-%m-%dT%H:%M:%SZ)"
ctwatch audit --log-list "$list" "$dir/made/good.example.pem"
grep -q "log retired from $(date -u -d '+20 days' +%Y-%m-%d)" "$dir/out" ||
    fail "a retirement to come: $(cat "$dir/out")"
# Both retire: the certificate will stop working.
python3 - "$list" "$(date -u -d '+9 days' +%Y-%m-%dT%H:%M:%SZ)" <<'STATE'
import json, sys
j = json.load(open(sys.argv[1]))
for o in j["operators"]:
    for l in o["logs"] + o["tiled_logs"]:
        l["state"] = {"retired": {"timestamp": sys.argv[2]}}
json.dump(j, open(sys.argv[1], "w"))
STATE
expect good.example 0 "embedded valid included 0; embedded valid included 0"
report 'j["certificates"][0]["chrome"]["why"]' | grep -q '^from 20' ||
    fail "no warning before both logs retire: $(policies)"
ctwatch audit --log-list "$list" --state "$dir/state" "$dir/made/good.example.pem"
exits "text" 0
grep -Eq "embedded SCT of Loopback 'rfc6962' log \(Loopback operator 1\), 20" \
    <(tr -s '\n ' '  ' <"$dir/out") || fail "text: operator: $(cat "$dir/out")"
grep -q "Chrome's policy: met: from 20" "$dir/out" || fail "text: policy"

# Runs look for the entries that SCTs of matched certificates promise: of both
# certificates that are logged, only one has its precertificate in the logs.
rm -rf "$dir/state"
stop_logd || exit
logd --key "$dir/rfc.key" --static-key "$dir/static.key" \
    "$dir/made/entries.jsonl" "$dir/made/good.example.pem" \
    "$dir/made/lost.example.pem"
list=$url/log_list.json
missing='[("lost.example", "CTW053", -1), ("lost.example", "CTW053", 0)]'
promised() {
	report '[(f["certificate"]["names"][0], f["rule"],
	    f["sct_evidence"].get("index", -1)) for f in
	    sorted(j["findings"], key=lambda f: str(f.get("sct_evidence")))
	    if f["rule"] in ("CTW053", "CTW054", "CTW055", "CTW075")]' |
	    python3 -c 'import ast; print(sorted(ast.literal_eval(input())))'
}
watch .example
exits "a run that finds a missing entry" 5
is "a run that finds a missing entry" "$(promised)" "${missing//\"/\'}"
watch .example
exits "it is still missing" 5
is "it is still missing" "$(promised)" "${missing//\"/\'}"
# An entry that the log has, and the store has not: our own fault.
python3 - "$dir/state/state.db" <<'FORGET'
import sqlite3, sys
db = sqlite3.connect(sys.argv[1])
assert db.execute("DELETE FROM sighting WHERE kind = 1 AND idx = 0").rowcount
db.commit()
FORGET
watch .example
exits "an entry that was not matched" 5
is "an entry that was not matched" "$(report '[f["certificate"]["names"]
    for f in j["findings"] if f["rule"] == "CTW054"]')" "[['good.example']]"
control "fault=500&on=get-proof-by-hash,tile"
watch .example
exits "logs that do not answer to that" 1
control "fault=none"
ctwatch state verify --state "$dir/state"
exits "state verify" 0

# Names that were not watched when the entry was read prove nothing.
stop_logd || exit
logd --key "$dir/rfc.key" --static-key "$dir/static.key" --size 5 \
    "$dir/made/entries.jsonl" "$dir/made/good.example.pem"
list=$url/log_list.json
rm -rf "$dir/state"
watch other.example
control "size=6"
watch .example
exits "watched later" 0
is "watched later: certificates" "$(report '[f["certificate"]["names"]
    for f in j["findings"] if f["rule"] == "CTW000"]')" "[['good.example']]"
is "watched later" "$(promised)" "[]"
exit 0
