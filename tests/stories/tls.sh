#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# A server without a valid certificate for the log's host is not used: the log
# is reported as unreachable, and read when its server has one again.
. "${top_srcdir:-.}/tests/support/story.sh"

key unrelated
cert 1 unrelated www.example.com
key server
key other

# identity NAME KEY ADDRESS DAYS: a certificate that signs itself and ends in
# DAYS days.  OpenSSL 3.4 and later refuse to make one that has expired.
identity() {
	python3 - "$dir/$2.key" "$3" "$4" >"$dir/$1.pem" <<'END' ||
import datetime, ipaddress, sys
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
with open(sys.argv[1], "rb") as f:
    key = serialization.load_pem_private_key(f.read(), None)
name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "localhost")])
now = datetime.datetime.now(datetime.timezone.utc)
days = datetime.timedelta(days=int(sys.argv[3]))
cert = (x509.CertificateBuilder().subject_name(name).issuer_name(name)
        .public_key(key.public_key()).serial_number(x509.random_serial_number())
        .not_valid_before(now - datetime.timedelta(days=3))
        .not_valid_after(now + days)
        .add_extension(x509.SubjectAlternativeName(
            [x509.IPAddress(ipaddress.ip_address(sys.argv[2]))]), False)
        .sign(key, hashes.SHA256()))
sys.stdout.buffer.write(cert.public_bytes(serialization.Encoding.PEM))
END
		fail "cannot make the certificate $1"
}
identity good server 127.0.0.1 2
identity other other 127.0.0.1 2
identity elsewhere server 127.0.0.2 2
identity expired server 127.0.0.1 -1

# serve CERT KEY: the log, as whom the certificate says; $dir/list names it.
serve() {
	stop_logd || exit
	logd --only rfc6962 --entries 20 --tls "$dir/$1.pem" "$dir/$2.key" \
	    "$dir/certs"
	url=https${url#http}
	curl -sfk "$url/log_list.json" >"$dir/list" || fail "no list"
}

# one_run WANTED NEXT ARG ...: a run; its status, and how far the log was read.
one_run() {
	ctwatch run --log-list "$dir/list" --state "$dir/state" --since start \
	    --fail-on high \
	    --format json --no-notify --watch .example.com \
	    "${@:3}"
	exits "$last" "$1"
	is "$last: coverage" "$(report '[(l["status"], l["next_entry"])
	    for l in j["coverage"]["logs"]]')" "$2"
}
unread="[('unreachable', 0)]"

# refused WHAT PATTERN ARG ...: it is not heard, and the report says why.
refused() {
	last=$1
	one_run 2 "$unread" --max-time 3s "${@:3}"
	report 'j["coverage"]["logs"][0]["reason"]' | grep -Eqi "$2" ||
	    fail "$last: $(report 'j["coverage"]["logs"][0]["reason"]')"
}

serve good server
refused "an unknown authority" 'certificate|self.signed'
serve other other
refused "another's key" 'certificate|self.signed' --ca-file "$dir/good.pem"
serve elsewhere server
refused "another's name" 'subject|name|match' --ca-file "$dir/elsewhere.pem"
serve expired server
refused "an old certificate" 'expired' --ca-file "$dir/expired.pem"
stop_logd || exit
logd --only rfc6962 --entries 20 "$dir/certs"
curl -sf "$url/log_list.json" | sed 's,http://,https://,' >"$dir/list"
refused "no TLS" 'SSL|TLS|wrong version' --ca-file "$dir/good.pem"

serve good server
last="itself again"
one_run 0 "[('complete', 20)]" --ca-file "$dir/good.pem"
is "what was there all the time" "$(findings)" "CTW000 www.example.com new"
