#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# From an empty root to a report about three domains with three commands; and
# what `ctwatch init' refuses, with nothing written.
. "${top_srcdir:-.}/tests/support/story.sh"

for k in web other shop; do key $k; done
# A certificate of ours with three names, one of them a wildcard.
sans=DNS:www.example.com,DNS:*.example.net,DNS:example.com
openssl req -x509 -key "$dir/web.key" -subj "/CN=www.example.com" -days 90 \
    -addext "subjectAltName=$sans" -addext basicConstraints=CA:FALSE \
    -out "$dir/web.pem" 2>"$dir/err" || fail "openssl"
cert 1-web web www.example.com
cert 2-other other mail.example.org
cert 3-other shop shop.example.com
cert 4-unrelated other www.example.edu
logd --only rfc6962 --size 0 "$dir/certs"
export CONFIGURATION_DIRECTORY=$dir/root/etc STATE_DIRECTORY=$dir/root/state
etc=$CONFIGURATION_DIRECTORY

# ---- three commands ----
ctwatch init example.com example.org example.net --cert "$dir/web.pem" \
    --mail security@example.com --log-list "$url/log_list.json"
exits init 0
grep -q '^next: ctwatch check$' "$dir/out" || fail "no next command"
grep -q 'none that were logged before' "$dir/out" || fail "no word of the past"
grep -q 'pins add --cert FILE --as backup' "$dir/out" || fail "no backup"
is "files" "$(ls "$dir/root/etc" | tr '\n' ' ')" "ctwatch.json pinset.json watchlist "
is "watchlist" "$(grep -v '^#' "$etc/watchlist" | tr '\n' ' ')" \
    ".example.com .example.org .example.net "
year=$(date -u +%Y)
is "pinset" "$(json "$etc/pinset.json" '[j["keys"][0]["id"],
    j["keys"][0]["spki"], j["keys"][0]["state"], "not_after" in j["keys"][0],
    [(d["pattern"], d["keys"]) for d in j["domains"]]]')" \
    "['www.example.com-$year', 'sha256/$pin_web', 'active', False, [('www.example.com', ['www.example.com-$year']), ('*.example.net', ['www.example.com-$year']), ('example.com', ['www.example.com-$year'])]]"
is "configuration" "$(json "$etc/ctwatch.json" 'j')" \
    "{'log-list': '$url/log_list.json', 'watchlist': 'watchlist', 'pinset': 'pinset.json', 'contact': 'security@example.com', 'mail': ['security@example.com']}"

ctwatch check --no-notify
exits check 0
ctwatch run --no-notify --format json
exits "the first run" 0
is "what was logged before" "$(report '{f["name"] for f in j["findings"]}')" \
    "{'backup-missing'}"
control size=4
ctwatch run --no-notify --format json
is "findings" "$(findings)" "CTW000 mail.example.org new
CTW000 shop.example.com new"
is "expected" "$(report '[e["names"] for e in j["expected"]]')" "[['www.example.com']]"
[ -f "$dir/root/state/state.db" ] || fail "the state is elsewhere"

# ---- nothing is overwritten ----
before=$(sha256sum "$etc"/*)
ctwatch init example.com
exits "again" 64
says "again" "$etc/watchlist: exists"
rm "$etc/watchlist" "$etc/ctwatch.json"
ctwatch init example.com
exits "one file is there" 64
says "one file is there" "$etc/pinset.json: exists"
is "files" "$(ls "$etc")" pinset.json
is "pinset" "$(sha256sum "$etc/pinset.json")" "$(grep pinset <<<"$before")"

# ---- refused, with nothing written ----
# refused STATUS PATTERN ARG ...
refused() {
	local status_wanted=$1 pattern=$2
	shift 2
	ctwatch init --dir "$dir/new/etc" --log-list "$url/log_list.json" "$@"
	exits "init $*" "$status_wanted"
	says "init $*" "$pattern"
	[ ! -e "$dir/new" ] || fail "init $*: wrote $(find "$dir/new")"
}
refused 64 "give the names to watch" </dev/null
refused 64 "init: com: a public suffix" example.com com
refused 64 "init: foo\.\.bar: an empty label" foo..bar
refused 64 "init: https://a.example/: .*a URL" https://a.example/
refused 64 "--mail no body: not a mail address" example.com --mail "no body"
refused 64 "/no/file: No such file" example.com --cert /no/file
echo junk >"$dir/junk"
refused 64 "$dir/junk: " example.com --cert "$dir/junk"
refused 64 "a private key" example.com --cert "$dir/web.key"
refused 64 "$dir/ca.pem: not the certificate of a server" example.com --cert "$dir/ca.pem"
refused 64 "127.0.0.1:1: .*[Cc]onnect" example.com --host 127.0.0.1:1
refused 64 "unknown option --certs; did you mean --cert" example.com --certs x
ctwatch init example.com --dir "$dir/junk/etc"
exits "a directory below a file" 32
says "a directory below a file" "$dir/junk/etc/watchlist: Not a directory"
if [ "$(id -u)" != 0 ]; then
	mkdir -m 555 "$dir/closed"
	ctwatch init example.com --dir "$dir/closed/etc"
	exits "a directory that cannot be made" 32
fi

# ---- other inputs ----
ctwatch init .example.com '*.example.org' 192.0.2.0/24 bücher.example \
    --dir "$dir/other" --state "$dir/elsewhere" --log-list "$url/log_list.json"
exits "other items" 0
is "other items" "$(grep -v '^#' "$dir/other/watchlist" | tr '\n' ' ')" \
    ".example.com *.example.org 192.0.2.0/24 .bücher.example "
grep -q "^next: ctwatch check --config $dir/other/ctwatch.json" "$dir/out" ||
    fail "no next command for --dir"
is "an empty pinset" "$(json "$dir/other/pinset.json" '[j["keys"], j["domains"]]')" "[[], []]"
ctwatch check --config "$dir/other/ctwatch.json" --no-notify
exits "check of it" 0
grep -q "^state *$dir/elsewhere" "$dir/out" || fail "the state is not the one of --state"
# curl takes every name below localhost for this host.
cert 5-host other www.localhost
openssl x509 -inform DER -in "$dir/certs/5-host.der" -out "$dir/host.pem"
stop_logd || exit
logd --only rfc6962 --entries 2 --tls "$dir/host.pem" "$dir/other.key" "$dir/certs"
port=${url##*:}
ctwatch init --host "www.localhost:$port" --dir "$dir/host"
exits "a host whose CA is unknown" 64
[ ! -e "$dir/host" ] || fail "a host whose CA is unknown: written"
ctwatch init --host "www.localhost:$port" --ca-file "$dir/ca.pem" --dir "$dir/host"
exits "a host" 0
is "the key of a host" "$(json "$dir/host/pinset.json" '[(k["spki"],
    k["note"]) for k in j["keys"]], [d["pattern"] for d in j["domains"]]')" \
    "([('sha256/$pin_other', 'presented by www.localhost:$port on $(date -u +%F)')], ['www.localhost'])"

# ---- asked on a terminal ----
# A build root may have no terminals to give; the rest has passed then.
python3 -c 'import pty; pty.openpty()' 2>/dev/null || exit 0
python3 - "$bin/ctwatch/ctwatch" "$dir/asked" <<'END' || fail "the terminal"
import os, pty, sys
program, where = sys.argv[1:]
answers = [(b"Names to watch", b"foo..bar\n"), (b"Names to watch", b"example.com .example.org\n"),
           (b"Hosts", b"\n"), (b"Mail addresses", b"x\ty\n"), ]
pid, fd = pty.fork()
if pid == 0:
    os.execv(program, [program, "init", "--dir", where])
seen = b""
for question, answer in answers:
    while question not in seen:
        seen += os.read(fd, 1000)
    seen = b""
    os.write(fd, answer)
try:
    while True:
        data = os.read(fd, 1000)
        if not data:
            break
        seen += data
except OSError:
    pass
assert os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]) == 0, seen
assert b"next: ctwatch check" in seen, seen
items = [l for l in open(where + "/watchlist").read().split("\n") if l[:1] == "."]
assert items == [".example.com", ".example.org"], items
END
is "mail" "$(json "$dir/asked/ctwatch.json" 'j["mail"]')" "['x', 'y']"
exit 0
