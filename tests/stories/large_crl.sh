#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# A CRL with a million entries, 49 MB: the certificate is found in it, by a
# process that needs at most 32 MB of memory beside the file.
. "${top_srcdir:-.}/tests/support/story.sh"

python3 -c '' 2>/dev/null || skip "no python3"
[ -z "${under-}" ] || skip "not under $under"
sanitized && skip "a sanitizer needs memory of its own"
mkdir -p "$dir/www" "$dir/certs"
python3 -c '
import functools, http.server, sys
class Handler(http.server.SimpleHTTPRequestHandler):
    def log_message(self, *_):
        pass
handler = functools.partial(Handler, directory=sys.argv[1])
server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), handler)
open(sys.argv[2], "w").write(str(server.server_port))
server.serve_forever()' "$dir/www" "$dir/web-port" 2>"$dir/web.err" &
background+=($!)
for _ in $(seq 500); do
	[ -s "$dir/web-port" ] && break
	sleep 0.02
done
web=http://127.0.0.1:$(cat "$dir/web-port")/large.crl
key ca
key ours
key rogue
openssl req -x509 -key "$dir/ca.key" -subj "/CN=Story CA" -days 365 \
    -addext "subjectKeyIdentifier=hash" -out "$dir/ca.pem" 2>"$dir/err" ||
    fail "CA"
openssl x509 -in "$dir/ca.pem" -outform DER -out "$dir/ca.der"
openssl req -x509 -CA "$dir/ca.pem" -CAkey "$dir/ca.key" \
    -key "$dir/rogue.key" -subj "/CN=login.example.com" -days 90 \
    -set_serial 0x00d1a2b3c4d5e6f708 \
    -addext "subjectAltName=DNS:login.example.com" \
    -addext basicConstraints=CA:FALSE \
    -addext "crlDistributionPoints=URI:$web" -outform DER \
    -out "$dir/certs/1-rogue.der" 2>"$dir/err" || fail "certificate"
cat >"$dir/pinset.json" <<END
{"format": "ctwatch-pinset/1", "name": "story", "version": 1,
 "keys": [{"id": "ours", "spki": "sha256/$pin_ours", "state": "active"}],
 "domains": [{"pattern": "**.example.com", "keys": ["ours"]}]}
END
crl() {
	python3 -B "$src/tests/support/make_crl.py" "$dir/ca.pem" \
	    "$dir/ca.key" "$1" "$web" "$dir/www/large.crl" d1a2b3c4d5e6f708 ||
	    fail "make_crl"
}
crl 10
openssl crl -inform DER -in "$dir/www/large.crl" -CAfile "$dir/ca.pem" \
    -noout -text >"$dir/crl.txt" 2>&1 || fail "openssl refuses the CRL"
grep -q 'verify OK' "$dir/crl.txt" || fail "$(cat "$dir/crl.txt")"
is "entries" "$(grep -c 'Serial Number' "$dir/crl.txt")" 10
crl 1000000

logd --only rfc6962 --issuers "$dir/ca.der" "$dir/certs"
run --pinset "$dir/pinset.json"
python3 - "$bin/ctwatch/ctwatch" "$dir" <<'END' || fail "the lookup"
import os, subprocess, sys, time
program, top = sys.argv[1:]
size = os.path.getsize(top + "/www/large.crl") // 1024
p = subprocess.Popen([program, "revocation", "--state", top + "/state",
                      "--allow-private-crl"], stdout=open(top + "/out", "w"))
peak = 0
while p.poll() is None:
    try:
        with open("/proc/%d/status" % p.pid) as f:
            for line in f:
                if line.startswith("VmHWM:"):
                    peak = int(line.split()[1])
    except OSError:
        pass
    time.sleep(0.002)
said = open(top + "/out").read()
assert p.returncode == 0, (p.returncode, said)
assert "revoked" in said and "keyCompromise" in said, said
print("%d KiB beside the file of %d KiB" % (peak - size, size))
# Without the file mapped the peak would have been missed.
assert peak > size, (peak, size)
assert peak - size <= 32 << 10, (peak, size)
END
stop_logd || exit 1
exit 0
