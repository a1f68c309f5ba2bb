# SPDX-License-Identifier: Apache-2.0
# ca_story: CAs, certificates, entries and web servers; source it after
# story.sh.

# ca NAME SUBJECT [ARG ...]: make a key and a certificate signed by it:
# $dir/NAME.pem and NAME.der.  The ARGs go to `openssl req'.
ca() {
	key "$1"
	openssl req -x509 -key "$dir/$1.key" -subj "$2" -days 365 "${@:3}" \
	    -out "$dir/$1.pem" 2>"$dir/err" &&
	    openssl x509 -in "$dir/$1.pem" -outform DER -out "$dir/$1.der" ||
	    fail "openssl: CA $1"
}

# issue FILE CA KEY NAME [ARG ...]: a certificate of the CA for the DNS name:
# $dir/FILE.der.
issue() {
	openssl req -x509 -CA "$dir/$2.pem" -CAkey "$dir/$2.key" \
	    -key "$dir/$3.key" -subj "/CN=$4" -addext "subjectAltName=DNS:$4" \
	    -addext basicConstraints=CA:FALSE -days 90 "${@:5}" -outform DER \
	    -out "$dir/$1.der" 2>"$dir/err" || fail "openssl: certificate $1"
}

# entries LEAF:CERT,CERT ... ...: x509_entries of a log with these chains, one
# a line; each name is of a file $dir/NAME.der.
entries() {
	python3 - "$dir" "$@" <<'END' || fail "entries"
import base64, json, struct, sys
folder = sys.argv[1]
read = lambda name: open("%s/%s.der" % (folder, name), "rb").read()
vector = lambda b: struct.pack(">I", len(b))[1:] + b
b64 = lambda b: base64.b64encode(b).decode()
for i, entry in enumerate(sys.argv[2:]):
    leaf, chain = entry.split(":")
    print(json.dumps({
        "leaf_input": b64(bytes(2) + struct.pack(
            ">QH", 1780000000000 + i, 0) + vector(read(leaf)) + bytes(2)),
        "extra_data": b64(vector(b"".join(
            vector(read(name)) for name in chain.split(","))))}))
END
}

# pinset KEY [MEMBER]: write a pinset with this active key for **.example.com;
# MEMBER is more JSON of the domain.
pinset() {
	local pin
	eval "pin=\$pin_$1"
	cat >"$dir/pinset.json" <<END
{"format": "ctwatch-pinset/1", "name": "story", "version": 1,
 "keys": [{"id": "$1", "spki": "sha256/$pin", "state": "active"}],
 "domains": [{"pattern": "**.example.com", "keys": ["$1"]${2:+, $2}}]}
END
}

# wait_for FILE: wait until it has content.
wait_for() {
	for _ in $(seq 500); do
		[ -s "$1" ] && return
		sleep 0.02
	done
	fail "${1##*/} does not appear"
}

# A web server of the folder $dir/www, to be started as
#	python3 -c "$web_server" "$dir" 2>"$dir/web.err" &
# It writes its port to $dir/web-port.
web_server='
import functools, http.server, sys
class Handler(http.server.SimpleHTTPRequestHandler):
    def log_message(self, *_):
        pass
top = sys.argv[1]
handler = functools.partial(Handler, directory=top + "/www")
server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), handler)
open(top + "/web-port", "w").write(str(server.server_port))
server.serve_forever()'

# crl_database [LINE ...]: a database for `openssl ca' with the CA "ca" and the
# configuration $dir/ca.cnf; the LINEs are appended.
crl_database() {
	printf '%s\n' '[ca]' 'default_ca = story' '[story]' \
	    "database = $dir/index.txt" "crlnumber = $dir/crlnumber" \
	    "certificate = $dir/ca.pem" "private_key = $dir/ca.key" \
	    'default_md = sha256' 'default_crl_days = 7' "$@" >"$dir/ca.cnf"
	: >"$dir/index.txt"
	echo 1000 >"$dir/crlnumber"
}

# crl FILE: write the CRL of the database.
crl() {
	openssl ca -config "$dir/ca.cnf" -gencrl -out "$dir/crl.pem" \
	    2>"$dir/err" &&
	    openssl crl -in "$dir/crl.pem" -outform DER -out "$1" ||
	    fail "openssl ca -gencrl"
}
