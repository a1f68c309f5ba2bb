#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# Certificates that do not parse: one that has a watched name in its readable
# part or in its bytes is a finding, the others are counted, and none stops the
# reading of the log.
. "${top_srcdir:-.}/tests/support/story.sh"

python3 - "$dir" <<'EOF' || fail "no entries"
import base64, json, struct, sys
def entry(n, cert, extra=3):
    leaf = b'\0\0' + struct.pack('>QH', 1700000000000 + n, 0) + \
        len(cert).to_bytes(3, 'big') + cert + b'\0\0'
    return json.dumps({'leaf_input': base64.b64encode(leaf).decode(),
                       'extra_data': base64.b64encode(bytes(extra)).decode()})
def tlv(tag, body):
    return bytes([tag, 0x82]) + struct.pack('>H', len(body)) + body
def cert(names):
    """A certificate in whose subjectAltName a name has no end."""
    san = tlv(0x30, names + b'\x82\x7f')
    return tlv(0x30, tlv(0x30, b'\xa0\3\2\1\2' b'\2\1\1' +
        5 * tlv(0x30, b'') + tlv(0xa3, tlv(0x30, tlv(0x30,
            b'\6\3\x55\x1d\x11' + tlv(4, san))))) +
        tlv(0x30, b'') + b'\3\1\0')
broken = b'\x30\x82\x7f\xff'  # a SEQUENCE longer than what follows
with open(sys.argv[1] + '/in.jsonl', 'w') as f:
    f.write(entry(0, broken + b'nothing of interest') + '\n')
    f.write(entry(1, broken + b'\x82\x0fwww.EXAMPLE.com') + '\n')
    f.write(entry(2, broken + 'pay.example.com'.encode('utf-16-be')) + '\n')
    f.write(entry(3, broken + b'www.example.org') + '\n')
    # names that come before what is broken: in two parts, and redacted
    most = 3 * (256 << 10) // 4  # bytes that are 256 KiB of base64
    f.write(entry(4, cert(b'\xa2\x80\x16\x05www.e\x16\x0axample.com\0\0'),
                  most) + '\n')
    f.write(entry(5, cert(b'\x82\x0d?.example.com'), most + 1) + '\n')
    f.write(entry(6, cert(b'\x82\x0d?.example.net')) + '\n')
EOF
logd --only rfc6962 "$dir/in.jsonl"
mkdir "$dir/hooks"
printf '#!/bin/sh\ncp "$ENTRY_FILENAME" "%s/entry.$ENTRY_INDEX"\n' "$dir" \
    >"$dir/hooks/hook"
chmod +x "$dir/hooks/hook"
# Such an entry is high: it is not sent with --notify-on critical.
ctwatch run --log-list "$url/log_list.json" --state "$dir/calm" \
    --watch .example.com --since start --hooks "$dir/hooks" \
    --notify-on critical
exits "a hook for what is critical" 1
[ -z "$(find "$dir" -name 'entry.*')" ] || fail "sent a finding that is only high"
"$bin/ctwatch/ctwatch" run --no-revocation --log-list "$url/log_list.json" --state \
    "$dir/state" --watch .example.com --since start --format json --quiet \
    --hooks "$dir/hooks" \
    >"$dir/out" 2>"$dir/err"
status=$?
[ $status = 1 ] || fail "exit $status, not 1"
python3 - "$dir/out" <<'EOF' || fail "the report is wrong"
import json, sys
r = json.load(open(sys.argv[1]))
found = [f for f in r['findings'] if f['rule'] == 'CTW060']
assert len(found) == 4 == len(r['findings']), r['findings']
assert all(f['severity'] == 'high' for f in found)
assert all(f['watched'] == ['.example.com'] for f in found), found
assert sorted(e['index'] for e in r['refused']) == list(range(7))
assert [e['index'] for e in r['refused'] if e['possible_match']] == [1, 2, 4, 5]
log, = r['coverage']['logs']
assert (log['status'], log['refused']) == ('complete', 7), log
EOF
# Hooks get those that may concern a watched name, as the log had them: what
# is beside the leaf up to a limit (LIMIT_EXTRA_KEPT).
python3 - "$dir" <<'EOF' || fail "the hook's entries are wrong"
import glob, json, sys
with open(sys.argv[1] + '/in.jsonl') as f:
    want = [json.loads(line) for line in f]
want[5]['extra_data'] = ''
got = {int(name.rsplit('.', 1)[1]): json.load(open(name))
       for name in glob.glob(sys.argv[1] + '/entry.*')}
assert got == {i: want[i] for i in (1, 2, 4, 5)}, sorted(got)
EOF
