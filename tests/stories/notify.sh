#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# Mail, webhooks and hooks get each message once, also if others fail; a
# message that fails is sent again unchanged by the next run.
. "${top_srcdir:-.}/tests/support/story.sh"

key unrelated
key backup
key spare
cert 1-www unrelated www.example.com
cert 2-api unrelated api.example.com
cert 3-shop unrelated shop.example.com
cat >"$dir/pinset.json" <<END
{"format": "ctwatch-pinset/1", "name": "story", "version": 1,
 "keys": [{"id": "mine", "spki": "sha256/$pin_backup", "state": "active"},
  {"id": "spare", "spki": "sha256/$pin_spare", "state": "backup"}],
 "domains": [
  {"pattern": "api.example.com", "keys": ["mine", "spare"], "owner": "API team",
   "contact": "mailto:api@example.com"},
  {"pattern": "**.example.com", "keys": ["mine", "spare"],
   "contact": "a@example.com"}]}
END

# A sendmail that keeps what it gets, unless \$dir/no-mail says otherwise.
cat >"$dir/sendmail" <<END
#!/bin/bash
[ -f "$dir/no-mail" ] && exit 75
file=\$(mktemp "$dir/mail.XXXXXX")
echo "args: \$*" >"\$file"
cat >>"\$file"
case \$(cat "$dir/kill" 2>/dev/null) in
helper) kill -9 \$PPID ;;
run) kill -9 \$(sed 's/.*) . \([0-9]*\).*/\1/' /proc/\$PPID/stat)
	sleep 0.5 ;; # the helper ends with it, before it can note anything
esac
exit 0
END
mkdir "$dir/hooks"
cat >"$dir/hooks/20-good" <<END
#!/bin/bash
file=\$(mktemp "$dir/hook.XXXXXX")
env >"\$file"
{ openssl x509 -in "\$CERT_FILENAME" -noout -subject; cat "\$TEXT_FILENAME" \
    "\$JSON_FILENAME"; } >"\$file.files"
cat >"\$file.stdin"
END
printf '#!/bin/sh\necho never >>"%s/hidden"\n' "$dir" >"$dir/hooks/.hidden"
echo '#!/bin/sh' >"$dir/hooks/not-executable"
chmod +x "$dir/sendmail" "$dir/hooks/20-good" "$dir/hooks/.hidden"

receiver
echo 500 >"$dir/answer"
echo whsec_c2VjcmV0 >"$dir/secret"
tell() {
	status=0
	{ "$bin/ctwatch/ctwatch" "$@" --state "$dir/state" --sendmail \
	    "$dir/sendmail" --webhook "$hook" --webhook-secret "$dir/secret" \
	    --hooks "$dir/hooks" --notify-time 1s --mail a@example.com \
	    --mail-owners >"$dir/out" 2>"$dir/err" || status=$?; } 2>/dev/null
}
pass() {
	tell run --log-list "$url/log_list.json" --since start \
	    --pinset "$dir/pinset.json" --format json "$@"
}
count() { find "$dir" -maxdepth 1 -name "$1" | wc -l; }
logd --only rfc6962 --size 2 "$dir/certs"

# The webhook answers 500; the others get theirs.
pass --output "$dir/none/report"
exits "nowhere to put the report" 64
grep -q "$dir/none/report cannot be written: No such file" "$dir/err" ||
    fail "the report is not missed"
[ -e "$dir/state" ] && fail "a run that cannot report has begun"
pass
exits "the webhook fails" 17
is "mails" "$(count 'mail.??????')" 2
all=$(grep -l '^args: -i -- a@example.com$' "$dir"/mail.*)
own=$(grep -l '^args: -i -- api@example.com$' "$dir"/mail.*)
for name in www api; do
	grep -q "CTW001 .* $name.example.com" "$all" || fail "$name in digest"
done
grep -q "CTW001 .* api.example.com" "$own" || fail "the owner's finding"
grep -q "CTW001 .* www.example.com" "$own" && fail "another's finding"
python3 - "$all" <<'END' || fail "the mail is no mail"
import email, email.policy, sys
text = open(sys.argv[1], "rb").read().split(b"\n", 1)[1]
m = email.message_from_bytes(text, policy=email.policy.default)
subject = "[ctwatch] critical: unexpected-key for www.example.com and 1 more"
assert m["Subject"] == subject + " new findings", m["Subject"]
assert m["To"] == "a@example.com" and m["Message-ID"] and m["Date"], m.items()
assert not m.defects and m.get_content_charset() == "utf-8", m.defects
assert "Next step" in m.get_content()
END
is "calls of the good hook" "$(count 'hook.??????')" 2
one=$(grep -l '^CTWATCH_NAME=unexpected-key' $(grep -l '^SUBJECT_DN=CN=www' \
    "$dir"/hook.??????))
for want in EVENT=discovered_cert WATCH_ITEM=.example.com "LOG_URI=$url/" \
    CERT_PARSEABLE=yes "PUBKEY_SHA256=$(echo "$pin_unrelated" | base64 -d |
	od -A n -v -t x1 | tr -d ' \n')" CTWATCH_RULE=CTW001 CTWATCH_SEVERITY=critical; do
	grep -q "^$want" "$one" || fail "the hook misses $want"
done
grep -Eq 'CN ?= ?www.example.com' "$one.files" || fail "the hook's certificate"
is "the hook's JSON" "$(python3 -c 'import json, sys
j = json.loads("{" + open(sys.argv[1]).read().split("\n{", 1)[1])
print(j["dns_names"], len(j["pubkey_sha256"]))' "$one.files")" \
    "['www.example.com'] 64"
is "its input" "$(json "$one.stdin" 'j["finding"]["rule"]')" CTW001
[ -e "$dir/hidden" ] && fail "a hidden hook was run"

# A run without findings sends only to channels that failed: the same bytes with
# the same id, signed.
echo 204 >"$dir/answer"
pass
exits "second run" 1
is "mails after it" "$(count 'mail.??????')" 2
is "hooks after it" "$(count 'hook.??????')" 2
is "posts" "$(count 'post.*')" 2
python3 - "$dir" <<'END' || fail "the webhook's message"
import base64, hashlib, hmac, json, sys
first, again = ([part for part in open("%s/post.%d" % (sys.argv[1], n),
                 "rb").read().split(b"\n", 4)] for n in (1, 2))
assert first[1] == again[1] and first[4] == again[4], "another message"
kind, key, time, signature, body = again
assert kind == b"application/json"
want = hmac.new(b"secret", b".".join((key, time, body)), hashlib.sha256)
assert signature == b"v1," + base64.b64encode(want.digest()), signature
j = json.loads(body)
assert j["format"] == "ctwatch-notification/1" and j["id"] == key.decode()
assert len(j["findings"]) == 2 and not j["test"]
END

# Hooks that fail, hang with a child that holds the output, or talk without
# end; a sendmail that says "later"; a webhook that points elsewhere.
cat >"$dir/hooks/10-fails" <<END
#!/bin/sh
echo 'what is \$this' >&2
exit 75
END
printf '#!/bin/sh\nsleep 60 &\nsleep 60\n' >"$dir/hooks/11-hangs"
printf '#!/bin/sh\nhead -c 100000000 /dev/zero\n' >"$dir/hooks/12-talks"
printf '#!/bin/sh\r\nexit 0\r\n' >"$dir/hooks/13-crlf"
printf '#!/bin/sh\nsleep 60 &\nexit 0\n' >"$dir/hooks/14-forks"
chmod +x "$dir"/hooks/1*
control size=3
echo 307 >"$dir/answer"
touch "$dir/no-mail"
pass
exits "everything fails" 17
is "the good hook among bad ones" "$(count 'hook.??????')" 3
is "posts without a redirect" "$(count 'post.*')" 3
for want in "mail:a@example.com: exit status 75" \
    '10-fails: exit status 75: what is $this' \
    '11-hangs: did not end within 1 s' '13-crlf: cannot start' \
    "$hook_name: status 307"; do
	grep -q -F "$want" "$dir/err" || fail "not said: $want"
done
# The path of a webhook's URL is its token.
grep -F "$hook" "$dir/out" "$dir/err" && fail "a webhook's token"
is "what was delivered" "$(json "$dir/out" 'sorted(
    d["channel"].split("/")[-1] for d in j["delivery"] if d["sent"] == 1)')" \
    "['12-talks', '14-forks', '20-good']"

# Killed between the mail and the note that it was sent, the run itself or who
# delivers for it: the same mail again.
rm "$dir/no-mail" "$dir"/hooks/1[0134]* "$dir"/mail.*
echo run >"$dir/kill"
pass
is "killed" "$status" 137
echo helper >"$dir/kill"
pass
exits "the helper killed" 17
says "the helper killed" 'notify: the process was ended by signal 9'
rm "$dir/kill"
echo 200 >"$dir/answer"
tell notify
exits "notify" 0
is "mails after the kills" "$(count 'mail.??????')" 3
is "their bytes" "$(sort -u <(md5sum <"$(ls "$dir"/mail.* | head -1)") \
    <(md5sum <"$(ls "$dir"/mail.* | tail -1)") | wc -l)" 1
tell notify
is "mails when nothing waits" "$(count 'mail.??????')" 3

# Whatever the outbox says, only hooks are run, and only addresses get mail.
ln -s "$dir/hooks" "$dir/hooks/in"
python3 - "$dir" <<'END'
import sqlite3, sys
db = sqlite3.connect(sys.argv[1] + "/state/state.db")
top = sys.argv[1] + "/hooks"
for channel in ("hook:" + top + "/../sendmail", "hook:" + top + "/.hidden",
                "hook:" + top + "/in/20-good", "hook:" + top + "x/20-good",
                "hook:/bin/sh", "mail:-t", "mail:a@example.com,b@example.com"):
    db.execute("INSERT INTO outbox (channel, key, created, payload)"
               " VALUES (?, 'k', 9e15, '{}')", (channel,))
db.commit()
END
before=$(find "$dir" | sort)
tell notify
exits "a strange outbox" 0
is "what it did" "$(find "$dir" | sort)" "$before"

# A test of every channel, marked as such.
rm "$dir"/mail.* "$dir"/hook.* "$dir"/post.*
tell notify --test
exits "test" 0
grep -q '^Subject: \[ctwatch\] TEST: ' "$dir"/mail.* || fail "mail of the test"
python3 - "$(ls "$dir"/mail.* | head -1)" <<'END' || fail "the test mail"
import email, email.policy, re, sys
text = open(sys.argv[1], "rb").read().split(b"\n", 1)[1]
m = email.message_from_bytes(text, policy=email.policy.default)
body = m.get_content()
assert m["Subject"] == \
    "[ctwatch] TEST: critical: unexpected-key for test.example.com", m["Subject"]
assert not m.defects and body.startswith("This is a test of the notification.")
# It is as a mail of a run: nothing is missing in it.
for line in ("Coverage   Yes", "1 of 1 log", "Test log", "CTW001 unexpected-key",
             r"valid +20\d\d-\d\d-\d\d to 20\d\d", "issuer +CN=Test CA,O=Test"):
    assert re.search(line, body), (line, body)
assert not re.search("0 of 0|sha256/$| to $|run 0", body, re.M), body
END
grep -q '^CTWATCH_TEST=1' "$dir"/hook.?????? || fail "hook of the test"
grep -q '"test":true' "$dir"/post.* || fail "post of the test"
status=0
"$bin/ctwatch/ctwatch" notify --test --mail a@example.com --sendmail \
    "$dir/none" 2>"$dir/err" || status=$?
exits "no sendmail" 16
grep -q 'cannot start: No such file' "$dir/err" || fail "sendmail's error"
exit 0
