#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# Wrong input of the user is refused with a message that names file and line.
. "${top_srcdir:-.}/tests/support/story.sh"

key active
key spare
cert 1 active www.example.com
logd "$dir/certs"
curl -sf "$url/log_list.json" >"$dir/list"
good='{"format": "ctwatch-pinset/1", "name": "x", "version": 1,
 "keys": [{"id": "a", "spki": "sha256/'$pin_active'", "state": "active"},
  {"id": "c", "spki": "sha256/'$pin_spare'", "state": "backup"}],
 "domains": [{"pattern": "**.example.com", "keys": ["c", "a"]}]}'
printf '%s\n' "$good" >"$dir/pinset"

# refused STATUS PATTERN ARG ...: ctwatch run ARG ... ends so and says so.
refused() {
	wanted=$1
	pattern=$2
	shift 2
	ctwatch run --state "$dir/state" --format json --no-notify "$@"
	exits "$*" "$wanted"
	says "$*" "$pattern"
	[ -s "$dir/out" ] && fail "$*: a report all the same"
}

# with FILE TEXT: $dir/bad/FILE holds TEXT.
with() {
	mkdir -p "$dir/bad"
	printf '%s' "$2" >"$dir/bad/$1"
}

list="--log-list $dir/list"
pins="--pinset $dir/pinset"

# that this is how it works when nothing is wrong
ctwatch run --state "$dir/state" --since start --no-notify $list $pins
exits "good input" 0

# files
refused 64 "$dir/none: No such file" $list --pinset "$dir/none"
refused 64 "$dir/none: No such file" --log-list "$dir/none" $pins
refused 64 "$dir/none: No such file" $list --watchlist "$dir/none"
refused 64 "$dir/none: No such file" --config "$dir/none" $list $pins
refused 64 "$dir: Is a directory" $list --pinset "$dir"

# the log list
with list 'not json'
refused 64 'bad/list:1' --log-list "$dir/bad/list" $pins
head -c 300 "$dir/list" >"$dir/bad/list"
refused 64 'bad/list:[0-9]+' --log-list "$dir/bad/list" $pins
with list '[]'
refused 64 'bad/list.*(object|operators)' --log-list "$dir/bad/list" $pins
with list '{"operators": 7}'
refused 64 'bad/list.*operators' --log-list "$dir/bad/list" $pins
sed 's,"key": "M,"key": "N,' "$dir/list" >"$dir/bad/list"
refused 64 'bad/list.*operators\[0\]' --log-list "$dir/bad/list" $pins
sed 's,"log_id": ".,"log_id": "+,' "$dir/list" >"$dir/bad/list"
refused 64 'log_id.*(hash|SHA-256|not.*key)' --log-list "$dir/bad/list" $pins

# the pinset
with pins '{'
refused 64 'bad/pins:1' $list --pinset "$dir/bad/pins"
printf '%s' "$good" | head -c 100 >"$dir/bad/pins"
refused 64 'bad/pins:[0-9]+' $list --pinset "$dir/bad/pins"
with pins '[]'
refused 64 'bad/pins.*object' $list --pinset "$dir/bad/pins"
with pins "${good/\"name\"/\"surprise\": 1, \"name\"}"
refused 64 'bad/pins.*surprise' $list --pinset "$dir/bad/pins"
with pins "${good/\"state\"/\"sate\"}"
refused 64 'bad/pins.*keys\[0\].*sate' $list --pinset "$dir/bad/pins"
with pins "${good/sha256\/${pin_active:0:4}/sha256\/}"
refused 64 'bad/pins.*keys\[0\]' $list --pinset "$dir/bad/pins"
with pins "${good/\"a\"]/\"b\"]}"
refused 64 'bad/pins.*domains\[0\].*b' $list --pinset "$dir/bad/pins"

# the configuration and the command line
with config '{"log-lists": []}'
refused 64 'bad/config.*log-lists' --config "$dir/bad/config" $list $pins
# ... which other commands read, too, for what they take of it
for member in log-lists config help; do
	with config "{\"$member\": true}"
	ctwatch inventory --config "$dir/bad/config" --state "$dir/state"
	exits "$member" 64
	says "$member" "bad/config: unknown member .$member.(;|$)"
done
with config '{"max-entries": "many"}'
refused 64 'bad/config.*max-entries' --config "$dir/bad/config" $list $pins
refused 64 'max-time' --max-time soon $list $pins
refused 64 'no-such-option' --no-such-option $list $pins
refused 64 'format.*runes.*give one of text, .*html.*, prom' $list $pins \
    --format runes
refused 64 'fail-on.*bad.*is not note, .*critical' $list $pins --fail-on bad
refused 64 'nothing is watched' $list
ctwatch run --state "$dir/idle" --no-notify $pins --log-list \
    "$src/data/loglists/google-2026-04-19.json" --now 2040-01-01T00:00:00Z
exits "logs that are all over" 3 # CTW057: no log of today
grep -q 'NO LOG WAS READ' "$dir/out" || fail "all logs have ended: not reported"
refused 64 'log: no log has the name nope' $list $pins --log nope
refused 64 'by-tiles: no log has the name nope' $list $pins --by-tiles nope
with watch 'www.example.com
foo..bar
'
refused 64 'bad/watch:2' $list --watchlist "$dir/bad/watch"
with watch 'https://example.com/'
refused 64 'bad/watch:1' $list --watchlist "$dir/bad/watch"

# the state directory
with file ''
refused 32 'bad/file' --state "$dir/bad/file" $list $pins
mkdir "$dir/bad/state"
printf 'this is no database, and long enough to be taken for one at first' \
    >"$dir/bad/state/$(cd "$dir/state" && ls | grep -v lock | head -n 1)"
refused 32 'bad/state' --state "$dir/bad/state" $list $pins
if [ "$(id -u)" -ne 0 ]; then
	mkdir -m 555 "$dir/bad/readonly"
	refused 32 'bad/readonly' --state "$dir/bad/readonly" $list $pins
fi
