#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# The main job, by both protocols: what is found, expected and covered; a
# second run reads and reports nothing again; only added entries are read.
. "${top_srcdir:-.}/tests/support/story.sh"

for k in active backup retired stolen other unrelated; do
	key $k
done
cert 1-good active www.example.com
cert 2-rogue unrelated login.example.com
cert 3-backup backup app.example.com
cert 4-retired retired old.example.com
cert 5-stolen stolen api.example.com
cert 6-elsewhere active shop.example.net
cert 7-watched other www.example.org
cert 8-foreign unrelated www.example.edu
cat >"$dir/pinset.json" <<END
{"format": "ctwatch-pinset/1", "name": "story", "version": 1,
 "keys": [
  {"id": "active", "spki": "sha256/$pin_active", "state": "active"},
  {"id": "backup", "spki": "sha256/$pin_backup", "state": "backup"},
  {"id": "retired", "spki": "sha256/$pin_retired", "state": "retired"},
  {"id": "stolen", "spki": "sha256/$pin_stolen", "state": "compromised"}],
 "domains": [{"pattern": "**.example.com",
  "keys": ["active", "backup", "retired", "stolen"]}]}
END

found='CTW000 shop.example.net new
CTW000 www.example.org new
CTW001 login.example.com new
CTW003 shop.example.net new
CTW004 api.example.com new
CTW005 app.example.com new
CTW006 old.example.com new'

for kind in rfc6962 static; do
	rm -rf "$dir/state"
	logd --only $kind --size 48 --entries 58 --max-batch 10 --gzip \
	    "$dir/certs" "$src/data/entries/argon2026h2-1111014090.json" \
	    "$src/data/entries/loose-2013-2020.jsonl"
	log="j['coverage']['logs'][0]"
	pages=get-entries
	[ $kind = static ] && pages=data

	run --pinset "$dir/pinset.json" --watch .example.net --watch .example.org
	exits "$kind: first run" 1
	is "$kind: found" "$(findings)" "$found"
	# the backup was seen, and no other is left
	is "$kind: of the pinset" "$(report '[f["rule"] for f in j["findings"]
	    if "CTW020" <= f["rule"] <= "CTW028"]')" "['CTW027']"
	is "$kind: expected" \
	    "$(report 'sorted(c["names"][0] for c in j["expected"])')" \
	    "['app.example.com', 'www.example.com']"
	is "$kind: the rogue's key" \
	    "$(report 'next(f["certificate"]["spki_sha256"] for f in
	        j["findings"] if f["rule"] == "CTW001")')" "$pin_unrelated"
	is "$kind: coverage" "$(report "[$log[m] for m in ('status', 'verified',
	    'first_entry', 'next_entry', 'tree_size', 'lag_entries',
	    'entries_read')]")" "['complete', True, 0, 48, 48, 0, 48]"
	curl -sf "$url/control" >"$dir/control"
	hits="j['logs']['$kind']['hits']['$pages']"
	before=$(json "$dir/control" "$hits")

	run --pinset "$dir/pinset.json" --watch .example.net --watch .example.org
	is "$kind: read again" "$(report "$log['entries_read']")" 0
	is "$kind: new again" "$(findings | grep -c new)" 0
	curl -sf "$url/control" >"$dir/control"
	is "$kind: pages asked for again" "$(json "$dir/control" "$hits")" "$before"

	control size=58
	run --pinset "$dir/pinset.json" --watch .example.net --watch .example.org
	is "$kind: growth" "$(report "[$log[m] for m in ('status', 'verified',
	    'next_entry', 'entries_read')]")" "['complete', True, 58, 10]"
	stop_logd || exit
done
