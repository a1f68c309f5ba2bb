#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# A CRL with a million entries, 49 MB: the certificate is found in it, by a
# process that needs at most 32 MB of memory beside the file.
. "${top_srcdir:-.}/tests/support/story.sh"
. "${top_srcdir:-.}/tests/support/ca_story.sh"

python3 -c '' 2>/dev/null || skip "no python3"
[ -z "${under-}" ] || skip "not under $under"
sanitized && skip "a sanitizer needs memory of its own"
mkdir -p "$dir/www" "$dir/certs"
python3 -c "$web_server" "$dir" 2>"$dir/web.err" &
background+=($!)
wait_for "$dir/web-port"
web=http://127.0.0.1:$(cat "$dir/web-port")/large.crl
key ours
key rogue
ca ca "/CN=Story CA" -addext subjectKeyIdentifier=hash
issue certs/1-rogue ca rogue login.example.com \
    -set_serial 0x00d1a2b3c4d5e6f708 \
    -addext "crlDistributionPoints=URI:$web"
pinset ours
make_crl() {
	python3 -B "$src/tests/support/make_crl.py" "$dir/ca.pem" \
	    "$dir/ca.key" "$1" "$web" "$dir/www/large.crl" d1a2b3c4d5e6f708 ||
	    fail "make_crl"
}
make_crl 10
openssl crl -inform DER -in "$dir/www/large.crl" -CAfile "$dir/ca.pem" \
    -noout -text >"$dir/crl.txt" 2>&1 || fail "openssl refuses the CRL"
grep -q 'verify OK' "$dir/crl.txt" || fail "$(cat "$dir/crl.txt")"
is "entries" "$(grep -c 'Serial Number' "$dir/crl.txt")" 10
make_crl 1000000

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
