#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# Every fault of logd does what its name says, exactly as often as requested.
. "${top_srcdir:-.}/tests/support/story.sh"

python3 -c 'import cryptography' 2>/dev/null || skip "no python3-cryptography"

logd --size 300 --entries 310 --timestamp 1790000000000 \
    "$src/data/entries/argon2026h2-1111014090.json"
sth=$url/rfc6962/ct/v1/get-sth
entries=$url/rfc6962/ct/v1/get-entries

# ask FAULT QUERY WANTED CURL-ARG ...: what curl -w says under a fault.
ask() {
	control "fault=$1$2"
	wanted=$3
	shift 3
	is "answer" "$(curl -s -o "$dir/body" "$@")" "$wanted"
}
code='%{http_code}'

for fault in 500 503 404; do
	ask $fault '' $fault -w "$code" "$sth"
done
ask 429 '' '429 1' -w "$code %header{retry-after}" "$sth"
ask 429 '&to=7' '429 7' -w "$code %header{retry-after}" "$sth"
control 'fault=429&to=60&date=1'
date=$(curl -s -o /dev/null -w '%header{retry-after}' "$sth")
ahead=$(($(date -d "$date" +%s) - $(date +%s)))
[ $ahead -ge 58 ] && [ $ahead -le 60 ] || fail "Retry-After: $date"
ask redirect '' "302 $url/elsewhere" -w "$code %{redirect_url}" "$sth"
ask html '' '200 text/html' -w "$code %{content_type}" "$sth"
grep -q '<title>' "$dir/body" || fail "html"
ask badjson '' 200 -w "$code" "$sth"
json "$dir/body" j >/dev/null 2>&1 && fail "badjson is JSON"

# every third; two times; only there; only that log; and then stops
codes() {
	for _ in 1 2 3 4 5 6; do
		curl -s -o /dev/null -w "$code " "$sth"
	done
}
control 'fault=500&every=3'
is "every third" "$(codes)" "200 200 500 200 200 500 "
control 'fault=500&for=2'
is "two times" "$(codes)" "500 500 200 200 200 200 "
control 'fault=500&on=get-entries,checkpoint'
is "elsewhere" "$(codes)" "200 200 200 200 200 200 "
is "checkpoint" "$(curl -s -o /dev/null -w "$code" "$url/static/checkpoint")" 500
control 'fault=none'
control 'fault=500&log=static'
is "another log" "$(codes)" "200 200 200 200 200 200 "
control 'fault=500&log=log-list'
is "list" "$(curl -s -o /dev/null -w "$code" "$url/log_list.json")" 500
control 'fault=none'
is "list" "$(curl -s -o /dev/null -w "$code" "$url/log_list.json")" 200

# what happens on the way
took() {
	start=$(date +%s%N)
	curl -s -o "$dir/body" "$@"
	status=$?
	ms=$((($(date +%s%N) - start) / 1000000))
}
control 'fault=slow&ms=300'
took "$sth"
[ $ms -ge 300 ] || fail "slow took $ms ms"
control 'fault=drip&ms=100'
took --max-time 0.5 "$sth"
is "drip: curl" $status 28
control 'fault=cut'
took "$sth"
is "cut: curl" $status 18
control 'fault=reset'
took "$sth"
[ $status = 56 ] || [ $status = 52 ] || fail "reset: curl ended with $status"
control 'fault=gzip'
is "gzip" "$(curl -s "$entries?start=0&end=9" | gunzip |
    python3 -c 'import json, sys; print(len(json.load(sys.stdin)["entries"]))')" 10
control 'fault=gzipbomb'
is "gzip bomb" "$(curl -s "$sth" | tee "$dir/body" | gunzip 2>/dev/null |
    head -c 70000000 | wc -c)" 70000000
[ "$(wc -c <"$dir/body")" -lt 2000000 ] || fail "the bomb is large"
for fault in hugebody endless; do
	control "fault=$fault"
	is "$fault" "$(curl -s "$sth" | head -c 70000000 | wc -c)" 70000000
done

# heads
head_is() {
	control "fault=$1"
	curl -sf "$sth" >"$dir/body"
	is "$1: size" "$(json "$dir/body" 'j["tree_size"]')" "$2"
	is "$1: time" "$(json "$dir/body" 'j["timestamp"]')" "$3"
}
head_is none 300 1790000000000
root=$(json "$dir/body" 'j["sha256_root_hash"]')
head_is shrink 199 1789996400000
head_is 'shrink&to=7' 7 1789996400000
head_is stale 300 1789827200000
control size=310
head_is frozen 300 1790000000000
head_is none 310 1790000001000
control size=300
head_is fork 300 1790000002000
[ "$(json "$dir/body" 'j["sha256_root_hash"]')" != "$root" ] || fail "no fork"

# What an honest reader complains of first, under each fault.
cat >"$dir/complaints" <<'END'
none rfc6962
none static
fork rfc6962
fork static
fewer rfc6962
shrink rfc6962
shrink static
stale static
badsig rfc6962 the signature of the head does not verify
badsig static the signature of the head does not verify
badroot rfc6962 the entries do not hash to the root
badroot static the tiles do not hash to the root
wrongentry rfc6962 the entries do not hash to the root
wrongentry&at=299 rfc6962 the entries do not hash to the root
wrongentry static the tiles do not hash to the root
trailing rfc6962 bytes after the leaf
trailing&at=299 static bytes after the tile
unknown-type rfc6962 entry type 2
unknown-type static entry type 2
empty rfc6962 entries in an answer
empty static a length runs past the end
more&every=2 rfc6962 entries in an answer
more static bytes after the tile
fewer static a length runs past the end
badproof&on=get-sth-consistency rfc6962 consistency of 1 and 300
badproof&on=get-proof-by-hash rfc6962 inclusion of 0 in 300
badproof&on=get-entry-and-proof rfc6962 inclusion of 0 in 300
badbase64 rfc6962 not base64
noindex static leaf_index
badindex static leaf_index
badtile&on=tile static hash tile 0/0
partial404 static 404
badissuer static issuer
END
curl -sf "$url/log_list.json" >"$dir/list.json"
PYTHONDONTWRITEBYTECODE=1 PYTHONPATH=$src/tests/support python3 - "$url" "$dir" \
    <<'END' || fail "complaints"
import sys, urllib.error, verify_log
url, folder = sys.argv[1:]
bad = 0
for line in open(folder + "/complaints"):
    fault, log, wanted = (line.rstrip("\n") + " ").split(" ", 2)
    verify_log.get(url + "/control?fault=none")
    verify_log.get(url + "/control?fault=" + fault)
    got = ""
    try:
        list(verify_log.verify(folder + "/list.json", "/%s/" % log))
    except SystemExit as e:
        got = str(e).removeprefix("verify_log: ")
    except urllib.error.HTTPError as e:
        got = str(e.code)
    if got != wanted.strip():
        print("%s of %s: got '%s', not '%s'" % (fault, log, got, wanted))
        bad = 1
sys.exit(bad)
END

# a certificate that is none, and a leaf that is none: logged all the same
printf 'not a certificate' >"$dir/none.der"
printf '{"leaf_input":"%s","extra_data":"AAAA"}\n' AAAA >"$dir/none.jsonl"
stop_logd || exit
logd "$dir/none.der"
is "no certificate" "$(python3 "$src/tests/support/verify_log.py" \
    "$url/log_list.json" | wc -l)" 2
stop_logd || exit
logd "$dir/none.jsonl" "$dir/none.der"
is "no leaf" "$(curl -sf "$url/rfc6962/ct/v1/get-sth" | grep -c '"tree_size":2')" 1
is "no static form" \
    "$(curl -s -o /dev/null -w "$code" "$url/static/checkpoint")" 404
