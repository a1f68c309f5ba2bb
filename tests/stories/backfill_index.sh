#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# plan --index: the parts have an index of names, and the state gets it by merge:
# search finds a name that was not watched, and reads only the tiles that may
# have it.  A false or damaged index of a part is refused.  The tiles with a name
# are found by Python in the log's data tiles.
. "${top_srcdir:-.}/tests/support/story.sh"

python3 -c 'import sqlite3' 2>/dev/null || skip "no python3 with sqlite3"
edit() {
	python3 "$src/tests/support/backfill_check.py" edit "$@"
}
sql() {
	python3 -c 'import sqlite3, sys
print(sqlite3.connect(sys.argv[1] + "/state.db").execute(
    sys.argv[2]).fetchall())' "$@"
}
data=$src/data/static/sunlight-0.8.1
cp -R "$data" "$dir/log" && chmod -R u+w "$dir/log" || fail "no log"
log=$(realpath "$dir/log")
sed "s|\"submission_url\"|\"monitoring_url\": \"file://$log/\", &|; \
    s|\"monitoring_url\": \"http[^\"]*\",||" "$data/log_list.json" \
    >"$dir/disk.json"
lists=(--log-list "$dir/disk.json" --now 2026-11-21T07:40:00Z)
names=(--watch nothing.example.net)
plan() {
	ctwatch backfill plan "${lists[@]}" "${names[@]}" --since start \
	    --part-entries 1024 "$@"
}
# scan_all PLAN DIR
scan_all() {
	for i in $(seq 0 "$(json "$1" 'j["parts"] - 1')"); do
		ctwatch backfill scan --part "$i" --output "$2" "$1"
		exits "part $i" 0
	done
}
# merge STATE PARTS OPTION...
merge() {
	ctwatch backfill merge "$dir/plan" "$2" --state "$1" "${lists[@]}" \
	    "${names[@]}" --no-notify --no-revocation --format json "${@:3}"
}
# tile_of NAME: the tiles that have these bytes.
tile_of() {
	python3 - "$log" "$1" <<'END'
import glob, gzip, re, sys
for path in sorted(glob.glob(sys.argv[1] + "/tile/data/**/[0-9]*", recursive=True)):
    if re.search(r"/\d+(\.p/\d+)?$", path) and not path.endswith(".p"):
        data = open(path, "rb").read()
        data = gzip.decompress(data) if data[:2] == b"\x1f\x8b" else data
        if sys.argv[2].encode() in data:
            print(int(re.search(r"data/(\d+)", path)[1]))
END
}
# finds STATE NAME: search finds the name or one below it, of which there is one
# certificate, in its tile.  Which other tiles are read by chance depends on the
# random secret: their number is judged once, over all searches.
searches=0
tiles_read=0
finds() {
	ctwatch search --state "$1" --format json ".$2"
	exits "search $2" 0
	is "$2: tile" "$(json "$dir/out" \
	    'sorted({s["index"] // 256 for s in j["sightings"]})')" "[$(tile_of "$2")]"
	is "$2: searched" "$(json "$dir/out" \
	    '[l["searched"] for l in j["logs"]]')" "[[[0, 4200]]]"
	searches=$((searches + 1))
	tiles_read=$((tiles_read + $(json "$dir/out" 'j["logs"][0]["tiles_read"]')))
}
some=$(sed 1d "$data/matches.tsv" | cut -f3 | sort | uniq -u | head -5)

# ---- the plan ----
plan --state "$dir/state" --output "$dir/plain"
exits "a plan without an index" 0
is "no secret" "$(json "$dir/plain" '"index_secret" in j')" False
[ -e "$dir/state" ] && fail "a plan without an index wrote to the state"
plan --state "$dir/state" --output "$dir/plan" --index
exits "a plan with an index" 0
is "the mode of the plan" "$(stat -c %a "$dir/plan")" 600
is "the state's secret" "$(json "$dir/plan" 'j["index_secret"]')" \
    "$(sql "$dir/state" "SELECT lower(hex(value)) FROM value
        WHERE name = 'index-secret'" | tr -d "[]()',")"
cp "$dir/plan" "$dir/first"
plan --state "$dir/state" --output "$dir/plan" --index
is "one secret" "$(json "$dir/plan" 'j["index_secret"]')" \
    "$(json "$dir/first" 'j["index_secret"]')"

# ---- scan, merge, search ----
scan_all "$dir/plan" "$dir/parts"
grep -c '^{"index"' "$dir"/parts/* | grep -qv ':1$' && fail "index lines"
scan_all "$dir/plan" "$dir/again"
diff -r "$dir/parts" "$dir/again" || fail "two scans differ"
merge "$dir/state" "$dir/parts"
exits "merge" 0
for name in $some; do
	finds "$dir/state" "$name"
done
ctwatch search --state "$dir/state" --format json absent.example.org
exits "a name that is in no entry" 0
is "a name that is in no entry" "$(json "$dir/out" \
    '(j["sightings"], j["logs"][0]["searched"])')" "([], [[0, 4200]])"
rows="SELECT start, stop, file, hex(part) FROM name_index ORDER BY start"
sql "$dir/state" "$rows" >"$dir/rows"
merge "$dir/state" "$dir/parts"
exits "merged again" 0
sql "$dir/state" "$rows" | cmp - "$dir/rows" || fail "merged again: another index"
ctwatch state verify --state "$dir/state"
exits "state verify" 0

# Another state: without an index it takes the plan's secret; else its index
# stays as it is.
merge "$dir/fresh" "$dir/parts" --index
exits "a state without an index" 0
finds "$dir/fresh" "$name"
ctwatch run --state "$dir/other" --since start "${lists[@]}" "${names[@]}" \
    --no-notify --no-revocation --index --format json
exits "a run with an index" 0
sql "$dir/other" "$rows" >"$dir/rows"
merge "$dir/other" "$dir/parts"
says "another secret" "secret of another state, and is not stored"
sql "$dir/other" "$rows" | cmp - "$dir/rows" || fail "another secret: stored"
finds "$dir/other" "$name"

# ---- false and damaged indexes ----
# lie WHAT STATE EXPRESSION: a part 1 that status and merge refuse.
lie() {
	rm -rf "$dir/lies" "$dir/lie-state"
	cp -R "$dir/parts" "$dir/lies"
	edit "$dir/plan" "$dir/parts/part-1.ctwpart" \
	    "$dir/lies/part-1.ctwpart" "x = next((l for l in lines
	    if 'index' in l), None); b = bytearray(decode(x['index'])); $3;
	    x['index'] = base64.b64encode(b).decode()" || fail "edit: $1"
	ctwatch backfill status "$dir/plan" "$dir/lies"
	exits "$1" 2
	grep -q "^part 1: $2: .*index" "$dir/out" ||
	    fail "$1: $(cat "$dir/out")"
}
lie "another hash" false 'b[40] ^= 1'
merge "$dir/lie-state" "$dir/lies"
exits "another hash: merge" 2
says "another hash: merge" "part 1: false: .*index"
is "another hash: nothing is stored" "$(sql "$dir/lie-state" \
    "SELECT start FROM name_index ORDER BY start")" "[(0,), (2048,), (3072,), (4096,)]"
lie "no index" false 'lines.remove(x)'
lie "an index twice" damaged 'lines.append(dict(x))'
lie "cut short" damaged 'b.pop()'
lie "longer" damaged 'b.append(0)'
lie "other rules" damaged 'b[4] += 1'
lie "another block" damaged 'b[11] += 4; b[19] += 4'
lie "fewer entries" damaged 'b[5:21] = (1024).to_bytes(8, "big") +
    (1280).to_bytes(8, "big"); b[69:165] = b""'
lie "keys that are none" damaged 'b[165:] = b[165:169] + b"\xff" * 200'
lie "no bytes" damaged 'b = b""'
edit "$dir/plan" "$dir/parts/part-1.ctwpart" "$dir/lies/part-1.ctwpart" \
    'next(l for l in lines if "index" in l)["index"] = 1' || fail "edit"
ctwatch backfill status "$dir/plan" "$dir/lies"
exits "no text" 2
# A plan without an index takes none.
ctwatch backfill scan --part 1 --output "$dir/without" "$dir/plain"
exits "without an index" 0
edit "$dir/plain" "$dir/without/part-1.ctwpart" \
    "$dir/without/part-1.ctwpart" 'lines.append({"index": "AAAA"})'
ctwatch backfill status "$dir/plain" "$dir/without"
grep -q "^part 1: damaged: .*the plan asks for none" "$dir/out" ||
    fail "asked for none: $(cat "$dir/out")"
for secret in 1 '"00"' "\"$(printf '0%.0s' $(seq 34))\"" \
    "\"$(printf 'x%.0s' $(seq 32))\""; do
	python3 - "$dir" "$secret" <<'END' || fail "edit"
import json, sys
j = json.load(open(sys.argv[1] + "/plan"))
j["index_secret"] = json.loads(sys.argv[2])
json.dump(j, open(sys.argv[1] + "/bad", "w"))
END
	ctwatch backfill status "$dir/bad" "$dir/parts"
	exits "the secret $secret" 64
	says "the secret $secret" "index_secret is malformed"
done

# ---- a tile that cannot be read ----
# It is a candidate of each search, so its names are found later.
for name in $some; do
	[ "$(tile_of "$name")" != 16 ] && break
done
file=$log/tile/data/$(printf '%03d' "$(tile_of "$name")")
mv "$file" "$dir/away"
scan_all "$dir/plan" "$dir/gaps"
grep -q '^{"gap"' "$dir"/gaps/* || fail "no gap"
merge "$dir/gap-state" "$dir/gaps"
exits "a gap" 2
ctwatch search --state "$dir/gap-state" --format json ".$name"
exits "a tile that cannot be read" 2
is "a tile that cannot be read" "$(json "$dir/out" \
    '[(r["from"] // 256, r["to"] - r["from"])
        for r in j["logs"][0]["not_searched"]]')" \
    "[($((10#$(basename "$file"))), 256)]"
mv "$dir/away" "$file"
finds "$dir/gap-state" "$name"

# The log has 17 tiles, of which each search needs one.
[ "$tiles_read" -le $((searches * 3)) ] ||
    fail "$searches searches read $tiles_read tiles"

# ---- whole blocks ----
# Parts of more than one block, from answers of different sizes: the same bytes;
# the state has a file for each whole block.
for k in web; do key $k; done
for i in $(seq 1 9); do cert "$i" web "host$i.example.com"; done
entries=(--entries 66500 --spacing 1000 --timestamp "$(date +%s)000")
logd "${entries[@]}" "$dir/certs"
lists=(--log-list "$url/log_list.json")
plan --state "$dir/blocks" --output "$dir/plan" --index --rate 1000 \
    --part-entries 131072
exits "a plan of whole blocks" 0
scan_all "$dir/plan" "$dir/large"
port=${url##*:}
stop_logd || fail "logd"
logd "${entries[@]}" --port "$port" --max-batch 300 "$dir/certs"
scan_all "$dir/plan" "$dir/small"
diff -r "$dir/large" "$dir/small" || fail "the parts depend on the answers"
is "blocks" "$(cat "$dir"/large/* | grep -c '^{"index"')" 4
merge "$dir/blocks" "$dir/large"
exits "merge of whole blocks" 0
is "parts in files and in the state" "$(sql "$dir/blocks" "SELECT start, stop,
    file IS NULL FROM name_index ORDER BY start, file IS NULL")" \
    "[(0, 65536, 0), (0, 65536, 0), (65536, 66500, 1), (65536, 66500, 1)]"
ctwatch search --state "$dir/blocks" --format json host3.example.com
exits "a search of whole blocks" 0
# Every ninth entry is of that certificate.
is "a search of whole blocks" "$(json "$dir/out" \
    '[(v[0] < 9, v == list(range(v[0], 66500, 9))) for l in j["logs"]
        for v in [sorted(s["index"] for s in j["sightings"]
            if s["log"] == l["description"])]]')" \
    "[(True, True), (True, True)]"
exit 0
