#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# A script of certspotter gets from ctwatch what it gets from certspotter: one
# call for each certificate, the same variables, and files with the same content.
# Both read one log, with real certificates and with odd ones.
. "${top_srcdir:-.}/tests/support/story.sh"

command -v certspotter >/dev/null || skip "no certspotter"

key rogue
cert 1-www rogue www.example.com
cat >"$dir/req.cnf" <<'END'
oid_section = oids
[req]
distinguished_name = dn
prompt = no
string_mask = utf8only
utf8 = yes
[oids]
odd = 2.999.17.1
[dn]
C = DE
ST = Bayern
L = München
O = "Example, \"Inc\" + <x>; #1\\"
0.OU = a=b
serialNumber = 1234
odd = odd
1.CN = lead and trail
emailAddress = a@example.com
street = "Main Street 1"
postalCode = 12345
[names]
subjectAltName = DNS:b.example.com,DNS:*.example.com,IP:192.0.2.7,IP:2001:db8::1,DNS:other.test
[none]
basicConstraints = CA:FALSE
END
# odd FILE SECTION SERIAL [SUBJECT]
odd() {
	openssl req -x509 -config "$dir/req.cnf" -extensions "$2" \
	    -CA "$dir/ca.pem" -CAkey "$dir/ca.key" -key "$dir/rogue.key" \
	    -set_serial "$3" -days 90 -outform DER ${4:+-subj "$4"} \
	    -out "$dir/certs/$1.der" 2>"$dir/err" || fail "openssl: $1"
}
odd 2-names names 0x00f3a1
odd 3-negative none -5 /CN=only-cn.example.com
odd 4-zero none 0 /CN=zero.example.com
odd 5-padded none 0x0a0b /CN=padded.example.com

# The script keeps its variables and its files, by certificate.
cat >"$dir/script" <<'END'
#!/bin/bash
[ "$EVENT" = discovered_cert ] || exit 0
call=$(mktemp -d "$KEEP/$TBS_SHA256.XXXXXX") || exit 1
for v in EVENT SUMMARY WATCH_ITEM LOG_URI ENTRY_INDEX TBS_SHA256 CERT_SHA256 \
    PUBKEY_SHA256 NOT_BEFORE NOT_BEFORE_UNIXTIME NOT_BEFORE_RFC3339 NOT_AFTER \
    NOT_AFTER_UNIXTIME NOT_AFTER_RFC3339 VALIDITY_PARSE_ERROR SUBJECT_DN \
    SUBJECT_PARSE_ERROR ISSUER_DN ISSUER_PARSE_ERROR SERIAL SERIAL_PARSE_ERROR \
    CERT_PARSEABLE FINGERPRINT PUBKEY_HASH; do
	[ -z "${!v+set}" ] || printf '%s=%s\n' "$v" "${!v}"
done >"$call/variables"
cp "$CERT_FILENAME" "$call/pem" && cp "$JSON_FILENAME" "$call/json" || exit 1
sleep 0.01 # the files stay until the script ends
sed "s,$CERT_FILENAME,FILE," "$TEXT_FILENAME" | grep -v '^	      Finding = ' \
    >"$call/text"
END
chmod +x "$dir/script"
mkdir "$dir/hooks" "$dir/theirs" "$dir/ours" "$dir/config"
cp "$dir/script" "$dir/hooks/script"
printf '.example.com\n.com\n' >"$dir/watch"
logd --only rfc6962 --size 45 "$dir/certs" \
    "$src/data/entries/argon2026h2-1111014090.json" \
    "$src/data/entries/nimbus2026-4354630040.json"
curl -sf "$url/log_list.json" >"$dir/list.json"

KEEP=$dir/theirs CERTSPOTTER_CONFIG_DIR=$dir/config timeout -k 2 60 \
    certspotter -logs "$dir/list.json" -state_dir "$dir/spot" \
    -watchlist "$dir/watch" -script "$dir/script" -verbose >"$dir/out" \
    2>"$dir/err" &
pid=$!
for _ in $(seq 400); do
	grep -q 'saving state in defer\|error' "$dir/err" && break
	sleep 0.02
done
sleep 0.3 # it says so, and then does it
kill "$pid"
wait "$pid" 2>/dev/null
grep -q 'exited with code' "$dir/err" && fail "certspotter's script"
export KEEP=$dir/ours
run --watchlist "$dir/watch" --hooks "$dir/hooks" --notify-on note
exits "a run without messages" 1
ctwatch notify --state "$dir/state" --hooks "$dir/hooks" --notify-on note
exits "hooks" 0

is "folders that are left" "$(find "${TMPDIR:-/tmp}" -maxdepth 1 -user \
    "$(id -un)" -name 'ctwatch-hook.*' -newer "$dir/list.json" | wc -l)" 0
python3 - "$dir" <<'END' || fail "certspotter and ctwatch differ"
import glob, json, os, sys
top = sys.argv[1]
def calls(who):
    out = {}
    for path in glob.glob("%s/%s/*" % (top, who)):
        name = os.path.basename(path).split(".")[0]
        assert name not in out, "%s: two calls for %s" % (who, name)
        out[name] = {part: open(path + "/" + part).read()
                     for part in ("variables", "text", "pem", "json")}
    return out
theirs, ours = calls("theirs"), calls("ours")
assert len(theirs) > 12, len(theirs)
assert sorted(theirs) == sorted(ours), (sorted(theirs), sorted(ours))
bad = 0
for name in theirs:
    for part in theirs[name]:
        a, b = theirs[name][part], ours[name][part]
        if part == "json":
            a, b = json.loads(a), json.loads(b)
        if a != b:
            bad += 1
            print("%s of %s:\n%s\nnot\n%s" % (part, name, b, a))
sys.exit(bad > 0)
END

# Several findings about a certificate are one call, with all of them.
unset KEEP
cat >"$dir/hooks/script" <<END
#!/bin/sh
echo "\$CTWATCH_RULE: \$CTWATCH_RULES" >>"$dir/calls"
cat >"$dir/stdin.\$CTWATCH_RULE"
END
key good
key spare
cat >"$dir/pinset.json" <<END
{"format": "ctwatch-pinset/1", "name": "story", "version": 1,
 "issuers": [{"id": "other", "spki": "sha256/$pin_spare"}],
 "keys": [{"id": "web", "spki": "sha256/$pin_good", "state": "active"},
  {"id": "next", "spki": "sha256/$pin_spare", "state": "backup"}],
 "domains": [{"pattern": "www.example.com", "keys": ["web", "next"],
  "issuers": ["other"]}]}
END
ctwatch run --log-list "$url/log_list.json" --state "$dir/again" --since start \
    --pinset "$dir/pinset.json" --hooks "$dir/hooks" --format json
[ "$(report 'len([f for f in j["findings"] if f["certificate"]])')" -gt 1 ] ||
    fail "one finding alone: $(report '[f["rule"] for f in j["findings"]]')"
line=$(awk 'NF > 2' "$dir/calls" | head -1)
[ -n "$line" ] || fail "no call with two findings: $(cat "$dir/calls")"
is "calls about it" "$(grep -c "^${line%%:*}:" "$dir/calls")" 1
is "its findings" "$(json "$dir/stdin.${line%%:*}" \
    '" ".join(f["rule"] for f in j["findings"])')" "${line#*: }"
exit 0
