#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# Mail by SMTP: the same mail as by sendmail, in a form that any server accepts;
# a refused mail stays in the outbox; passwords and plain text stay on this host.
. "${top_srcdir:-.}/tests/support/story.sh"

python3 "$src/tests/support/smtp_receiver.py" "$dir" 2>"$dir/receiver.err" &
background+=($!)
for _ in $(seq 500); do
	[ -s "$dir/smtp-port" ] && break
	sleep 0.02
done
port=$(cat "$dir/smtp-port") || fail "no receiver: $(cat "$dir/receiver.err")"

printf '#!/bin/sh\ncat >"%s/by-sendmail"\n' "$dir" >"$dir/sendmail"
chmod +x "$dir/sendmail"
test_mail() {
	ctwatch notify --test --now 2026-06-01T03:00:00Z --mail a@example.com \
	    --mail-from w@example.com "$@"
}

# The same mail, by both ways.
test_mail --sendmail "$dir/sendmail"
exits "by sendmail" 0
test_mail --smtp "smtp://127.0.0.1:$port"
exits "by SMTP" 0
is "the envelope" "$(head -n 1 "$dir/smtp.1")" "<w@example.com> <a@example.com> -"
python3 - "$dir" <<'END' || fail "the mail"
import email, email.policy, sys
def read(name, skip):
    data = open(sys.argv[1] + "/" + name, "rb").read()
    return data.split(b"\n", skip)[skip]
smtp, sendmail = read("smtp.1", 1), read("by-sendmail", 0)
assert max(smtp) < 0x80, "8-bit bytes"
assert smtp.count(b"\n") == smtp.count(b"\r\n") == smtp.count(b"\r")
assert max(map(len, smtp.split(b"\r\n"))) <= 998
a, b = (email.message_from_bytes(m, policy=email.policy.default)
        for m in (smtp, sendmail))
for name in ("From", "To", "Subject", "Auto-Submitted"):
    assert a[name] and a[name] == b[name], name
for name in ("Date", "Message-ID", "MIME-Version"):
    assert len(a.get_all(name)) == 1, name
body = a.get_body(("plain",))
assert body["Content-Transfer-Encoding"] == "quoted-printable"
assert not a.defects and not body.defects, (a.defects, body.defects)
assert len(list(a.iter_parts())) == 1
def text(part):
    return part.get_content().strip().splitlines()
assert text(body) == text(b) and "TEST" in a["Subject"]
END

# With a password, and without the sandbox.
echo secret >"$dir/password"
test_mail --smtp "smtp://user@127.0.0.1:$port" --smtp-password "$dir/password" \
    --no-sandbox
exits "with a password" 0
is "the credentials" "$(head -n 1 "$dir/smtp.2")" \
    "<w@example.com> <a@example.com> :user:secret"
echo "AUTH 535 5.7.8 wrong" >"$dir/smtp-refuse"
test_mail --smtp "smtp://user@127.0.0.1:$port" --smtp-password "$dir/password"
exits "a wrong password" 16
says "a wrong password" 'mail:a@example.com: .*enied'

# Refused at any step: in the outbox until the next time.
printf 'RCPT 550 5.1.1 \033[31mno such user' >"$dir/smtp-refuse"
test_mail --smtp "smtp://127.0.0.1:$port"
exits "a recipient refused" 16
says "a recipient refused" '550 5\.1\.1 .*x1b\[31mno such user'
key unrelated
cert 1 unrelated www.example.com
logd --only rfc6962 "$dir/certs"
deliver() {
	ctwatch "$@" --state "$dir/state" --mail a@example.com \
	    --mail-from w@example.com --smtp "smtp://127.0.0.1:$port"
}
deliver run --log-list "$url/log_list.json" --since start \
    --watch .example.com --fail-on critical
exits "a run whose mail is refused" 16
rm "$dir/smtp-refuse"
[ -e "$dir/smtp.3" ] && fail "a mail in spite of the refusal"
deliver notify
exits "the next delivery" 0
grep -q '^Subject: .*www.example.com' "$dir/smtp.3" || fail "the late mail"
deliver notify
[ -e "$dir/smtp.4" ] && fail "a second mail"

# A server elsewhere must offer TLS.  (The address is 127.0.0.1, but not
# written as a loopback address.)
if [ -e /proc/net/if_inet6 ]; then
	elsewhere="smtp://[::ffff:127.0.0.1]:$port"
	test_mail --smtp "$elsewhere"
	exits "no TLS" 16
	says "no TLS" 'does not offer STARTTLS: use smtps:// or --allow-http'
	[ -e "$dir/smtp.4" ] && fail "a mail in plain text"
	test_mail --smtp "$elsewhere" --allow-http
	exits "no TLS, allowed" 0
fi

# Usage.
for bad in http://127.0.0.1 127.0.0.1 smtp://user:secret@127.0.0.1; do
	test_mail --smtp "$bad"
	exits "$bad" 64
	says "$bad" "^ctwatch: --smtp: '$bad': it"
done
ctwatch notify --test --mail a@example.com --smtp smtp://127.0.0.1
exits "no sender" 64
says "no sender" '--smtp: .*--mail-from'
exit 0
