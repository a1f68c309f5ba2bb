#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# The history of CAA records, from a real resolver (unbound) on loopback: the
# first run records, later ones report changes and certificates of CAs that were
# not allowed; an answer of SERVFAIL or NXDOMAIN is no change.
. "${top_srcdir:-.}/tests/support/story.sh"

python3 -c '' 2>/dev/null || skip "no python3"
PATH=$PATH:/usr/sbin
command -v unbound >/dev/null || skip "no unbound"
ctwatch run --caa --caa-resolver 127.0.0.1:1 --state "$dir/none"
! grep -q 'built without c-ares' "$dir/err" || skip "built without c-ares"

# ---- the resolver ----

modules=iterator # does not validate
anchor=
# A port that is free for UDP and TCP.
free_port() {
	python3 -c '
import socket
while True:
    u, t = socket.socket(type=socket.SOCK_DGRAM), socket.socket()
    u.bind(("127.0.0.1", 0))
    try:
        t.bind(u.getsockname())
        break
    except OSError:
        pass
print(u.getsockname()[1])'
}

# ask NAME: the CAA records of NAME by a query of our own, sorted; or the error.
cat >"$dir/ask.py" <<'END'
import socket, struct, sys

def skip_name(m, at):
    while m[at] & 0xc0 != 0xc0 and m[at] != 0:
        at += m[at] + 1
    return at + (2 if m[at] & 0xc0 == 0xc0 else 1)

def ask(port, name):
    q = struct.pack(">6H", 7, 0x0100, 1, 0, 0, 0)
    q += b"".join(bytes([len(l)]) + l.encode() for l in name.split("."))
    q += b"\0" + struct.pack(">2H", 257, 1)
    s = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    s.settimeout(5)
    s.sendto(q, ("127.0.0.1", port))
    m = s.recv(65535)
    if m[3] & 15:
        return "error %d" % (m[3] & 15)
    at, out = skip_name(m, 12) + 4, []
    for _ in range(struct.unpack(">H", m[6:8])[0]):
        at = skip_name(m, at)
        kind, _, _, n = struct.unpack(">HHIH", m[at:at + 10])
        data = m[at + 10:at + 10 + n]
        at += 10 + n
        if kind == 257:
            tag = data[2:2 + data[1]].decode()
            value = data[2 + data[1]:].decode()
            out.append('%d %s "%s"' % (data[0], tag, value))
    return "; ".join(sorted(out))

if __name__ == "__main__":
    print(ask(int(sys.argv[1]), sys.argv[2]))
END
ask() {
	python3 -B "$dir/ask.py" "$dns" "$1"
}

# resolver: serve $dir/zone, on the port $dns.
unbound_pid=
resolver() {
	for _ in 1 2 3; do
		start_resolver && return
		dns=$(free_port)
	done
	skip "unbound does not start: $(cat "$dir/unbound.log")"
}

start_resolver() {
	if [ -n "$unbound_pid" ]; then
		kill "$unbound_pid"
		wait "$unbound_pid" 2>/dev/null
	fi
	cat >"$dir/unbound.conf" <<END
server:
  interface: 127.0.0.1@$dns
  username: ""
  chroot: ""
  pidfile: ""
  directory: "$dir"
  use-syslog: no
  module-config: "$modules"
$anchor
  do-daemonize: no
  do-not-query-localhost: no
remote-control:
  control-enable: no
auth-zone:
  name: "example."
  zonefile: "$dir/zone"
  for-downstream: no
  for-upstream: yes
  fallback-enabled: no
END
	unbound -c "$dir/unbound.conf" >"$dir/unbound.log" 2>&1 &
	unbound_pid=$!
	background+=($unbound_pid)
	for _ in $(seq 100); do
		[ "$(ask ready.example 2>/dev/null)" != '0 issue "ready"' ] ||
		    return 0
		kill -0 $unbound_pid 2>/dev/null || return 1
		sleep 0.05
	done
	return 1
}

# zone LINE ...: what the resolver serves.
zone() {
	{
		echo '$ORIGIN example.'
		echo '@ 300 IN SOA ns hostmaster 1 3600 600 86400 300'
		echo '@ 300 IN NS ns'
		echo 'ns 300 IN A 127.0.0.1'
		echo 'ready 300 IN CAA 0 issue "ready"'
		printf '%s\n' "$@"
	} >"$dir/zone"
}
common=(
	'allowed 300 IN CAA 0 issue "ca1.example.net; accounturi=https://a/1"'
	'denied 300 IN CAA 0 issue "ca2.example.org"'
	'denied 300 IN CAA 0 iodef "mailto:caa@example.com"'
	'below 300 IN CAA 0 issue "ca2.example.org"'
	'www.below 300 IN CAA 0 issue "ca1.example.net"'
	'deep 300 IN CAA 0 issue "ca2.example.org"'
	'www.deep 300 IN A 127.0.0.1'
	'none 300 IN A 127.0.0.1'
	'wild 300 IN CAA 0 issue "ca1.example.net"'
	'wild 300 IN CAA 0 issuewild ";"'
	'alias 300 IN CNAME denied'
	'critical 300 IN CAA 128 tbs "x"'
	'long 172800 IN CAA 0 issue ";"'
)
dns=$(free_port)
zone "${common[@]}" 'looser 300 IN CAA 0 issue "ca1.example.net"' \
    'stricter 300 IN A 127.0.0.1' 'broken 300 IN CAA 0 issue ";"' \
    'gone 300 IN CAA 0 issue ";"' \
    'report 300 IN CAA 0 issue "ca1.example.net"'
resolver

# ---- the certificates, of a CA that CCADB knows, and of one that it does not

key leaf
for name in allowed denied www.below www.deep none '*.wild' alias critical long \
    looser stricter broken gone; do
	cert "$name" leaf "$name.example"
done
ca_key_id=$(openssl x509 -in "$dir/ca.pem" -noout -ext subjectKeyIdentifier |
    sed -n 's/^ *\([0-9A-F:]*\)$/\1/p')
mkdir "$dir/ccadb"
cat >"$dir/ccadb/caa.csv" <<END
"Subject","Subject Key Identifier (Hex)","Intermediate Certificate","Recognized CAA Domains"
"CN=Other","00112233","","ca2.example.org"
"CN=Story CA","${ca_key_id//:/}","","CA1.example.net, ca3.example.net"
END
printf '%s.example\n' allowed denied .below .deep none .wild alias critical \
    long looser stricter broken gone report >"$dir/watch"

# Entries are an hour older than the first head.
now=$(date +%s)
logd --timestamp "$((now + 7200))000" --issuers "$dir/ca.pem" --size 1 \
    "$dir/certs"

# look SECONDS ARG ...: a run at that time after now.
look() {
	run --watchlist "$dir/watch" --caa --caa-resolver "127.0.0.1:$dns" \
	    --ccadb "$dir/ccadb" \
	    --now "$(date -u -d "@$((now + $1))" +%Y-%m-%dT%H:%M:%SZ)" "${@:2}"
	[ $status -lt 4 ] || fail "a run ended with $status"
}
# rule RULE: names and severity of its findings that are not closed.
rule() {
	report "'; '.join(sorted('%s %s' % ((f['matched_names'] or
	    f['subject'].split())[0], f['severity']) for f in j['findings']
	    if f['rule'] == '$1' and f['status'] in ('new', 'open')))"
}
caa() {
	report "next(n for n in j['coverage']['caa']['names']
	    if n['name'] == '$1')['$2']"
}

# ---- the first run records ----

look -72000
is "no change yet" "$(rule CTW059)" ""
is "nothing is covered yet" "$(rule CTW014)" ""
is "each name was looked up" "$(report "[n['name'] for n in
    j['coverage']['caa']['names'] if n['status'] not in ('found', 'none')]")" "[]"
# What a query of our own gets is what the store has.
python3 -B - "$dir" "$dns" <<'END' || fail "other records"
import os, sqlite3, sys
sys.path.insert(0, sys.argv[1])
from ask import ask

def records(b):
    out = []
    while b:
        tag = b[2:2 + b[1]].decode()
        n = int.from_bytes(b[2 + b[1]:4 + b[1]], "big")
        value = b[4 + b[1]:4 + b[1] + n].decode()
        out.append('%d %s "%s"' % (b[0], tag, value))
        b = b[4 + b[1] + n:]
    return "; ".join(sorted(out))

db = sqlite3.connect(sys.argv[1] + "/state/state.db")
rows = db.execute("SELECT name, records, first, last, domain FROM caa").fetchall()
assert len(rows) == 14, len(rows)
for name, b, first, last, domain in rows:
    assert first == last, name
    assert records(b) == ask(int(sys.argv[2]), name), (name, b)
    assert domain == (name if b else ""), (name, domain)
assert sum(not r[1] for r in rows) == 2
END
is "records" "$(caa allowed.example "records")" \
    "['0 issue \"ca1.example.net; accounturi=https://a/1\"']"
is "an alias" "$(caa alias.example "records_count")" 2

# ---- the second run judges ----

zone "${common[@]}" 'looser 300 IN CAA 0 issue "ca1.example.net"' \
    'looser 300 IN CAA 0 issue "ca2.example.org"' \
    'stricter 300 IN CAA 0 issue "ca1.example.net"' \
    'report 300 IN CAA 0 issue "ca1.example.net"' \
    'report 300 IN CAA 0 iodef "mailto:caa@example.com"' \
    'broken 300 IN CNAME loop' 'loop 300 IN CNAME broken'
resolver
is "the resolver is broken" "$(ask broken.example)" "error 2"
is "the name is gone" "$(ask gone.example)" "error 3"
control size=13
look 10800
# The set of www.below.example is its own, whose past is not known.
is "not allowed" "$(rule CTW014)" "*.wild.example medium; \
alias.example medium; critical.example medium; denied.example medium; \
www.deep.example medium"
is "changes" "$(rule CTW059)" \
    "looser.example medium; report.example note; stricter.example low"
is "incomplete" "$(report "j['run']['exit_status']") $((status & 2))" "3 2"
is "SERVFAIL" "$(caa broken.example status) $(caa broken.example reason)" \
    "failed SERVFAIL"
is "the last known set" "$(caa broken.example records)" "['0 issue \";\"']"
is "NXDOMAIN" "$(caa gone.example status)" absent
is "the name below" "$(caa www.deep.example "domain")" deep.example
is "its own set" "$(caa www.below.example "domain")" www.below.example
report "next(f for f in j['findings'] if f['rule'] == 'CTW014'
    and f['matched_names'] == ['denied.example'])['message']" >"$dir/message"
grep -qF 'did not allow the CA (ca1.example.net, ca3.example.net) to issue: 0 iodef "mailto:caa@example.com", 0 issue "ca2.example.org"; each look-up' \
    "$dir/message" || fail "message: $(cat "$dir/message")"
python3 - "$src/data/schema/ctwatch-report-1.schema.json" "$dir/out" <<'END' ||
import json, sys
try:
    import jsonschema
except ImportError:
    sys.exit(0)
jsonschema.validate(json.load(open(sys.argv[2])), json.load(open(sys.argv[1])))
END
	fail "schema"
ctwatch report --state "$dir/state"
grep -q 'broken.example: not looked up: SERVFAIL' "$dir/out" ||
    fail "text: $(cat "$dir/out")"
grep -q '0 issuewild ";"' "$dir/out" || fail "text: $(cat "$dir/out")"
ctwatch report --state "$dir/state" --format html
grep -q '<li>broken.example: not looked up: SERVFAIL; on ' "$dir/out" ||
    fail "html"

# ---- the same, repeated; the answer of SERVFAIL has ended ----

sed -i '/^broken\|^loop/d' "$dir/zone"
resolver
look 14400
is "reported once" "$(report "[f for f in j['findings'] if f['rule']
    in ('CTW014', 'CTW059') and f['status'] == 'new']")" "[]"
is "a change that allows no further CA" "$(rule CTW059)" \
    "looser.example medium"
# Now its history covers the certificate, whose registrable name is gone again.
is "the name is absent" "$(caa broken.example status)" absent
zone "${common[@]}" 'broken 300 IN CAA 0 issue ";"'
resolver
look 18000
is "covered later" "$(report "[f['matched_names'] for f in j['findings']
    if f['rule'] == 'CTW014' and f['status'] == 'new']")" \
    "[['broken.example']]"
is "the set is the same" "$(caa broken.example since)" \
    "$(date -u -d "@$((now - 72000))" +%Y-%m-%dT%H:%M:%SZ)"

# CCADB says that the CA may use the other name, too.
sed -i 's/CA1.example.net/&; ca2.example.org/' "$dir/ccadb/caa.csv"
look 21600
is "allowed after all" "$(rule CTW014)" "*.wild.example medium; \
broken.example medium; critical.example medium"

# ---- without the table of CCADB ----

rm "$dir/ccadb/caa.csv"
touch "$dir/ccadb/empty.csv"
rm -rf "$dir/state"
stop_logd || exit 1
logd --timestamp "$((now + 7200))000" --issuers "$dir/ca.pem" --size 1 \
    "$dir/certs"
look -72000
control size=13
look 10800
# No CA at all may issue there.
is "without names of CAs" "$(rule CTW014)" \
    "*.wild.example medium; broken.example medium; critical.example medium"
is "not judged" "$(report "j['coverage']['caa']['not_judged']")" 5
is "the issuer" "$(report "j['coverage']['caa']['issuer']")" "CN=Story CA"
is "why" "$(report "'put CCADB' in j['coverage']['caa']['reason']")" True

# ---- DNSSEC, from a resolver that validates ----

if python3 -c 'import cryptography' 2>/dev/null; then
	modules="validator iterator"
	anchor="  trust-anchor-file: \"$dir/ds\"
  trust-anchor-signaling: no"
	signed() {
		python3 "$src/tests/support/sign_zone.py" example "$dir/zone" \
		    $((now - 86400)) $((now + 86400)) ready:0:issue:ready \
		    "$@" >"$dir/ds" || fail "sign_zone.py"
		resolver
	}
	signed 'chain:0:issue:ca1.example.net' 'forged:0:issue:ca1.example.net' \
	    bare
	is "the resolver validates" "$(ask forged.example)" "error 2"
	printf '%s.example\n' chain forged bare absent >"$dir/watch"
	rm -rf "$dir/state"
	look 0
	is "what is authenticated" "$(report "[(n['name'], n['status'],
	    n['authenticated']) for n in
	    sorted(j['coverage']['caa']['names'], key=lambda n: n['name'])]")" \
	    "[('absent.example', 'absent', False), ('bare.example', 'none', \
True), ('chain.example', 'found', True), ('forged.example', 'failed', False)]"
	signed 'chain:0:issue:ca3.example.net' bare
	look 3600
	is "an authenticated change" "$(report "[f['message'].split('; ')[-1]
	    for f in j['findings'] if f['rule'] == 'CTW059']")" \
	    "['authenticated by DNSSEC']"
fi

# ---- options ----

for bad in nonsense 127.0.0.1:x ''; do
	ctwatch run --caa --caa-resolver "$bad" --state "$dir/s" \
	    --log-list "$url/log_list.json" --watch a.example
	exits "--caa-resolver '$bad'" 64
	says "--caa-resolver '$bad'" "is not an address"
done
