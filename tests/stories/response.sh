#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# From a finding to a revoked certificate: evidence that openssl verifies, a
# problem report, a deadline that passes, and a CRL of `openssl ca -gencrl'.
. "${top_srcdir:-.}/tests/support/story.sh"
. "${top_srcdir:-.}/tests/support/ca_story.sh"

python3 -c '' 2>/dev/null || skip "no python3"
with_crls=yes

# A web server for the CRL: sets $web; its folder is $dir/www.
mkdir -p "$dir/www" "$dir/certs" "$dir/ccadb"
python3 -c "$web_server" "$dir" 2>"$dir/web.err" &
background+=($!)
wait_for "$dir/web-port"
web=http://127.0.0.1:$(cat "$dir/web-port")

# A CA with a database, so that openssl writes its CRLs.
key ours
key rogue
ca ca "/O=Story, Inc./CN=Story CA" -addext subjectKeyIdentifier=hash
crl_database 'crl_extensions = crl_ext' '[crl_ext]' \
    'issuingDistributionPoint = critical,@idp' '[idp]' \
    "fullname = URI:$web/story.crl" 'onlyuser = TRUE'
issue certs/1-rogue ca rogue login.example.com \
    -set_serial 0x00d1a2b3c4d5e6f708 \
    -addext "crlDistributionPoints=URI:$web/story.crl"
pinset ours '"owner": "web team", "contact": "owner@example.com"'
{"format": "ctwatch-pinset/1", "name": "story", "version": 1,
 "keys": [{"id": "ours", "spki": "sha256/$pin_ours", "state": "active"}],
 "domains": [{"pattern": "**.example.com", "keys": ["ours"],
              "owner": "web team", "contact": "owner@example.com"}]}
END
printf '#!/bin/sh\ncat >"%s/mail"\n' "$dir" >"$dir/sendmail"
chmod +x "$dir/sendmail"
finding() {
	report "next(f for f in j['findings'] if f['rule'] == '$1')$2"
}
watch() {
	run --pinset "$dir/pinset.json" --allow-private-crl "$@"
}

for kind in rfc6962 static; do
	rm -rf "$dir/state" "$dir/evidence" "$dir/report"
	: >"$dir/index.txt"
	crl "$dir/www/story.crl"
	logd --only $kind --issuers "$dir/ca.der" "$dir/certs" \
	    "$src/data/entries/argon2026h2-1111014090.json"
	watch
	id=$(finding CTW001 "['id']")
	[ -n "$id" ] || fail "$kind: no finding"

	# The bundle, by both shells; one byte of any file spoils it.
	ctwatch evidence "$id" --state "$dir/state" --offline \
	    --output "$dir/evidence"
	exits "$kind: evidence" 0
	for shell in dash bash; do
		command -v $shell >/dev/null || continue
		$shell "$dir/evidence/verify.sh" >"$dir/out" 2>&1 ||
		    fail "$kind: $shell: $(cat "$dir/out")"
		is "$kind: claims" "$(grep -c '^verified: ' "$dir/out")" 4
	done
	for f in $(cd "$dir/evidence" && find . -type f); do
		cp -r "$dir/evidence" "$dir/spoilt"
		python3 -c '
import random, sys
b = bytearray(open(sys.argv[1], "rb").read())
b[random.randrange(len(b))] ^= 1 << random.randrange(8)
open(sys.argv[1], "wb").write(b)' "$dir/spoilt/$f"
		sh "$dir/evidence/verify.sh" >/dev/null 2>&1 ||
		    fail "$kind: evidence changed"
		cp "$dir/evidence/verify.sh" "$dir/spoilt/check.sh"
		sh "$dir/spoilt/check.sh" >"$dir/out" 2>&1 &&
		    fail "$kind: $f was changed and verifies"
		rm -rf "$dir/spoilt"
	done
	ctwatch evidence "$id" --state "$dir/state" --offline --format tar \
	    --output "$dir/one.tar"
	ctwatch evidence "$id" --state "$dir/state" --offline --format tar \
	    --output "$dir/two.tar"
	cmp -s "$dir/one.tar" "$dir/two.tar" || fail "$kind: two tar files differ"
	mkdir -p "$dir/unpacked" && tar -xf "$dir/one.tar" -C "$dir/unpacked" &&
	    sh "$dir"/unpacked/*/verify.sh >/dev/null || fail "$kind: tar"
	rm -rf "$dir/unpacked"
	ctwatch evidence "$id" --state "$dir/state" --offline \
	    --output "$dir/evidence"
	exits "$kind: a folder that is not empty" 16
	says "$kind: a folder that is not empty" "not an empty folder"
	ctwatch evidence ffff --state "$dir/state" --offline --output "$dir/x"
	exits "$kind: no such finding" 64

	# The report to the CA.
	fingerprint=$(openssl dgst -sha256 -r "$dir/ca.der" | cut -c1-64 |
	    tr a-f A-F)
	printf '%s\n' 'CA Owner,SHA-256 Fingerprint,DV ACME Directory URL(s)' \
	    "\"Story, Inc.\",$fingerprint,https://acme.example/dir" \
	    >"$dir/ccadb/records.csv"
	printf '%s\r\n' 'CA Owner,Problem Reporting Mechanism' \
	    '"Story, Inc.",revoke@ca.example' >"$dir/ccadb/mechanisms.csv"
	ctwatch problem-report "$id" --state "$dir/state" \
	    --ccadb "$dir/ccadb" --contact security@example.com \
	    --output "$dir/report"
	exits "$kind: problem report" 0
	python3 -B - "$dir" <<'END' || fail "$kind: mail"
import email, email.policy, ssl, sys, hashlib
dir = sys.argv[1]
mail = email.message_from_binary_file(open(dir + "/report/mail.txt", "rb"),
                                      policy=email.policy.default)
assert not mail.defects, mail.defects
assert mail["to"] == "revoke@ca.example", mail["to"]
assert mail["from"] == "security@example.com"
assert "d1a2b3c4d5e6f708" in mail["subject"], mail["subject"]
text = mail.get_content()
assert max(map(len, text.splitlines())) <= 78
assert "4.9.1.1 (5)" in text and "(3)" not in text
pem = text[text.index("-----BEGIN"):]
der = ssl.PEM_cert_to_DER_cert(pem)
assert der == open(dir + "/certs/1-rogue.der", "rb").read()
assert hashlib.sha256(der).hexdigest() in text
END
	sh -n "$dir/report/revoke.sh" || fail "$kind: revoke.sh"
	grep -q "'https://acme.example/dir'" "$dir/report/revoke.sh" ||
	    fail "$kind: revoke.sh names no directory"
	sh "$dir/report/evidence/verify.sh" >/dev/null || fail "$kind: evidence"
	ctwatch problem-report "$id" --state "$dir/state" \
	    --key "$dir/ours.key" --output "$dir/other"
	exits "$kind: another key" 64
	says "$kind: another key" "not the key of this certificate"
	ctwatch problem-report "$id" --state "$dir/state" \
	    --key "$dir/rogue.key" --output "$dir/other"
	grep -q '4.9.1.1 (3)' "$dir/other/mail.txt" ||
	    fail "$kind: key compromise with the key"
	rm -rf "$dir/other"

	# Sent, and not revoked in time.
	watch
	is "$kind: not revoked" "$(finding CTW001 "['revocation']['status']")" \
	    good
	ctwatch problem-report "$id" --state "$dir/state" --acknowledged
	exits "$kind: acknowledged before it was sent" 64
	ctwatch problem-report "$id" --state "$dir/state" --sent \
	    "$(date -u -d '-25 hours' +%Y-%m-%dT%H:%M:%SZ)"
	exits "$kind: sent" 0
	ctwatch problem-report "$id" --state "$dir/state" --acknowledged
	exits "$kind: acknowledged" 0
	rm -f "$dir/mail"
	ctwatch run --log-list "$url/log_list.json" --state "$dir/state" \
	    --pinset "$dir/pinset.json" --allow-private-crl --format json \
	    --sendmail "$dir/sendmail" --mail a@example.com
	is "$kind: overdue" "$(finding CTW051 "['severity']")" high
	late=$(finding CTW051 "['id']")
	is "$kind: whose it is" "$(finding CTW051 "['watched']") $(
	    finding CTW051 "['owner']['contact']")" \
	    "['**.example.com'] owner@example.com"
	for line in 'logged  *20' 'first seen *20' 'reported *20' 'answered *20' \
	    'due  *20.*(overdue)' 'revoked *no, by the CRL of 20'; do
		grep -q "^ *$line" "$dir/mail" ||
		    fail "$kind: no '$line' in the mail: $(cat "$dir/mail")"
	done
	for format in html prom; do
		"$bin/ctwatch/ctwatch" report --state "$dir/state" \
		    --format $format >"$dir/$format"
	done
	for step in Logged 'First seen' 'Reported to the CA' \
	    'Acknowledged by the CA' 'Revocation overdue since' \
	    'Not revoked in the CRL of'; do
		grep -q "<li>$step " "$dir/html" || fail "$kind: no step $step"
	done
	is "$kind: metrics" "$(grep '^ctwatch_reports' "$dir/prom" |
	    tr '\n' ' ')" "ctwatch_reports_open 1 ctwatch_reports_overdue 1 "
	is "$kind: the ground" "$(finding CTW001 "['report']['ground']")" \
	    "4.9.1.1 (5)"
	ctwatch findings list --state "$dir/state"
	exits "$kind: findings" 0

	# What to make public then.
	[ -e "$dir/report/escalation.txt" ] && fail "$kind: escalation too early"
	rm -rf "$dir/late"
	ctwatch problem-report "$late" \
	    --state "$dir/state" --ccadb "$dir/ccadb" --output "$dir/late"
	exits "$kind: overdue" 0
	python3 - "$dir/late/escalation.txt" "$web" <<'END' || fail "$kind: escalation"
import re, sys
text = open(sys.argv[1]).read()
assert all(len(l) <= 78 or "http" in l for l in text.splitlines()), text
flat = " ".join(text.split())
for wanted in ("Summary: Story, Inc.: certificate not revoked within 24 hours",
               "on the ground of 4.9.1.1 (5)", "d1a2b3c4d5e6f708",
               "component=CA%20Certificate%20Compliance",
               "not in the CRL %s/story.crl of 20" % sys.argv[2]):
    assert wanted in flat, (wanted, text)
times = [re.search(r"^  %s +(\S+)$" % step, text, re.M)[1] for step in
         ("Logged", "Seen by us", "Reported", "Answered", "Due", "Checked")]
assert times[2] < times[4] and times[4] < times[5], times
assert all(re.match(r"2\d{3}-.*Z$", t) for t in times), times
END
	ctwatch findings list --state "$dir/state" --format json
	other=$(report 'next(f["id"] for f in j["findings"]
	    if not f["certificate"])')
	ctwatch problem-report "$other" --state "$dir/state" --sent
	exits "$kind: no certificate" 64
	says "$kind: no certificate" "about no certificate"

	# A CRL that cannot be had, or is another's.
	cp "$dir/www/story.crl" "$dir/story.crl"
	echo '<html>404</html>' >"$dir/www/story.crl"
	watch
	is "$kind: no CRL" "$(finding CTW052 "['message']")" \
	    "$web/story.crl: not a CRL in DER"
	rm "$dir/www/story.crl"
	watch
	is "$kind: 404" "$(finding CTW052 "['message']")" \
	    "$web/story.crl: status 404"
	run --pinset "$dir/pinset.json"
	case $(finding CTW052 "['message']") in
	*'a port other than 80 or 443'*) ;;
	*) fail "$kind: a local port was asked: $(finding CTW052)" ;;
	esac

	# Revoked for key compromise.
	printf 'R\t300101000000Z\t%s,keyCompromise\t00D1A2B3C4D5E6F708\tunknown\t/CN=login.example.com\n' \
	    "$(date -u -d '-1 hour' +%y%m%d%H%M%SZ)" >"$dir/index.txt"
	crl "$dir/www/story.crl"
	watch
	is "$kind: revoked" "$(finding CTW050 "['revocation']['reason']")" 1
	is "$kind: closed" "$(report '[f["status"] for f in j["findings"]
	    if f["rule"] in ("CTW001", "CTW051", "CTW052")]')" \
	    "['closed', 'closed', 'closed']"
	watch
	is "$kind: its name" "$(finding CTW050 "['matched_names']")" \
	    "['login.example.com']"
	ctwatch findings show "$id" --state "$dir/state" --format json
	is "$kind: stays closed" "$(report "j['status'], j['reason'][:7]")" \
	    "('closed', 'revoked')"
	ctwatch revocation "$id" --state "$dir/state" --allow-private-crl
	exits "$kind: revocation" 0
	grep -q 'revoked .*keyCompromise' "$dir/out" ||
	    fail "$kind: revocation: $(cat "$dir/out")"
	ctwatch problem-report "$id" --state "$dir/state" \
	    --output "$dir/pointless"
	exits "$kind: revoked already" 64
	says "$kind: revoked already" "already revoked"
	[ -e "$dir/pointless" ] && fail "$kind: a folder was made"

	# The number of a CRL does not go back.
	echo 0900 >"$dir/crlnumber"
	: >"$dir/index.txt"
	crl "$dir/www/story.crl"
	ctwatch revocation "$id" --state "$dir/state" --allow-private-crl
	exits "$kind: an older CRL" 2
	grep -q 'by its CRLNumber' "$dir/out" || fail "$kind: number"
	echo 1000 >"$dir/crlnumber"
	stop_logd || fail "logd"
done
exit 0
