#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# An independent implementation of the standards accepts the answers of logd.
. "${top_srcdir:-.}/tests/support/story.sh"

python3 -c 'import cryptography' 2>/dev/null || skip "no python3-cryptography"

verify() {
	python3 "$src/tests/support/verify_log.py" "$url/log_list.json" "$@" \
	    >"$dir/out" 2>"$dir/err"
}

inputs="$src/data/entries/argon2026h2-1111014090.json
	$src/data/entries/loose-2013-2020.jsonl $src/data/certs/valid"

# every size of tree around the first powers of two, both protocols
logd --size 1 --entries 20 $inputs
for size in 1 2 3 4 5 7 8 9 16 17; do
	control "size=$size"
	verify || fail "size $size"
	is "logs at size $size" "$(wc -l <"$dir/out")" 2
done
stop_logd || exit

# several logs; pages cut short and compressed
logd --entries 2001 --logs 2 --max-batch 300 --align --gzip $inputs
verify || fail "2001 entries"
is "logs" "$(wc -l <"$dir/out")" 4
stop_logd || exit

# one of three entries from another input
rare=$src/data/entries/loose-2013-2020.jsonl
logd --entries 400 --every 3 --rare "$rare" "$src/data/demo"
verify || fail "rare entries"
got=$(curl -s "$url/rfc6962/ct/v1/get-entries?start=0&end=8" | python3 -c '
import json, sys
rare = {json.loads(l)["leaf_input"][16:] for l in open(sys.argv[1])}
for e in json.load(sys.stdin)["entries"]:
    print(end="x" if e["leaf_input"][16:] in rare else ".")' "$rare")
is "rare entries" "$got" "x..x..x.."
stop_logd || exit

# a tree with whole tiles of the second level
logd --only static --entries 66000 "$src/data/entries/loose-2013-2020.jsonl"
verify || fail "66000 entries"
stop_logd || exit

# over TLS
openssl req -x509 -newkey rsa:2048 -nodes -keyout "$dir/key.pem" -out \
    "$dir/cert.pem" -days 2 -subj /CN=localhost \
    -addext subjectAltName=IP:127.0.0.1 2>"$dir/err" || fail "openssl"
logd --tls "$dir/cert.pem" "$dir/key.pem" $inputs
url=https${url#http}
SSL_CERT_FILE=$dir/cert.pem verify || fail "TLS"
stop_logd || exit

# an RSA key
logd --only rfc6962 --key "$dir/key.pem" $inputs
verify || fail "RSA"
stop_logd || exit

# the same seed makes the same logs
logd $inputs
curl -s "$url/log_list.json" >"$dir/first"
stop_logd || exit
logd $inputs
curl -s "$url/log_list.json" >"$dir/second"
keys='[l["key"] for o in j["operators"] for l in o["logs"]+o["tiled_logs"]]'
is "keys" "$(json "$dir/first" "$keys")" "$(json "$dir/second" "$keys")"

# the list differs from an older one
etag=$(curl -s -o /dev/null -w '%header{etag}' "$url/log_list.json")
is "same list" "$(curl -s -o /dev/null -w '%{http_code}' \
    -H "If-None-Match: $etag" "$url/log_list.json")" 304
is "another list" "$(curl -s -o /dev/null -w '%{http_code}' \
    -H 'If-None-Match: "0"' "$url/log_list.json")" 200

# what is asked amiss is refused
for path in rfc6962/ct/v1/get-entries 'rfc6962/ct/v1/get-entries?start=1&end=0' \
    'rfc6962/ct/v1/get-entries?start=-1&end=2' \
    'rfc6962/ct/v1/get-entries?start=999999&end=999999' \
    'rfc6962/ct/v1/get-sth-consistency?first=2&second=999999' \
    'rfc6962/ct/v1/get-proof-by-hash?hash=AAAA&tree_size=1' \
    'rfc6962/ct/v1/get-entry-and-proof?leaf_index=5&tree_size=5' \
    rfc6962/ct/v1/add-chain static/tile/data/1 static/tile/data/x000/000 \
    static/tile/0/000.p/0 static/tile/0/000.p/256 static/tile/6/000 \
    static/tile/data/999 static/issuer/00 nowhere; do
	code=$(curl -s -o /dev/null -w '%{http_code}' "$url/$path")
	[ "$code" = 400 ] || [ "$code" = 404 ] || fail "$path: $code"
done
