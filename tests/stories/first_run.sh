#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# A first run with 5,000 findings: one mail that is read to its end, POSTs that
# have them all, each below a megabyte, in bounded memory; and nothing in the
# second run.
. "${top_srcdir:-.}/tests/support/story.sh"

key unrelated
# A CA certificate, which is two findings.
openssl req -x509 -key "$dir/unrelated.key" -subj "/CN=n00000.watched.example" \
    -addext "subjectAltName=DNS:n00000.watched.example" -days 90 \
    -outform DER -out "$dir/cert.der" 2>"$dir/err" || fail "openssl"
python3 - "$dir/cert.der" >"$dir/many.jsonl" <<'END'
import base64, json, struct, sys
template = open(sys.argv[1], "rb").read()
assert b"n00000" in template
for i in range(2500):
    der = template.replace(b"n00000", b"n%05d" % i)
    leaf = (bytes(2) + struct.pack(">QH", 1780000000000, 0) +
            struct.pack(">I", len(der))[1:] + der + bytes(2))
    print(json.dumps({"leaf_input": base64.b64encode(leaf).decode(),
                      "extra_data": base64.b64encode(bytes(3)).decode()}))
END
cat >"$dir/sendmail" <<END
#!/bin/sh
cat >"\$(mktemp "$dir/mail.XXXXXX")"
END
chmod +x "$dir/sendmail"
echo 200 >"$dir/answer"
receiver
count() { find "$dir" -maxdepth 1 -name "$1" | wc -l; }
pass() {
	ctwatch run --log-list "$url/log_list.json" --state "$dir/state" \
	    --since start --format json --watch .watched.example \
	    --mail a@example.com --sendmail "$dir/sendmail" --webhook "$hook"
}
logd --only rfc6962 "$dir/many.jsonl"

pass
exits "the first run" 1
is "findings" "$(report 'len(j["findings"])')" 5000
is "mails" "$(count 'mail.??????')" 1
posts=$(count 'post.*')
python3 - "$dir"/mail.* "$dir"/post.* <<'END' || fail "the messages"
import email, email.policy, json, sys
with open(sys.argv[1], "rb") as f:
    text = f.read()
m = email.message_from_bytes(text, policy=email.policy.default)
body = m.get_content()
assert "and 4999 more new findings" in m["Subject"], m["Subject"]
assert len(text) < 20000 and body.count("\n") < 300, len(text)
assert "2500 medium    certificate-seen" in body.split("\nFINDINGS")[0]
assert "and 4950 more; see ctwatch report" in body
assert "COVERAGE" in body and max(map(len, body.split("\n"))) < 80
posts = []
for name in sys.argv[2:]:
    with open(name, "rb") as f:
        body = f.read().split(b"\n", 4)[4]
    assert len(body) < 1000000, len(body)
    posts.append(json.loads(body))
posts.sort(key=lambda p: p["part"])
assert [p["more"] for p in posts] == [True] * (len(posts) - 1) + [False]
assert len({f["id"] for p in posts for f in p["findings"]}) == 5000
assert sum(len(p["findings"]) for p in posts) == 5000
END
pass
exits "the second run" 1
is "mails after it" "$(count 'mail.??????')" 1
is "posts after it" "$(count 'post.*')" "$posts"
