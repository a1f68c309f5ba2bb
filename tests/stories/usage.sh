#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# The forms of --help, and the messages about a mistyped command or option.
. "${top_srcdir:-.}/tests/support/story.sh"

ctwatch --help
exits "--help" 0
cp "$dir/out" "$dir/usage"
is "the first command" "$(sed -n 's/^  \([a-z]*\) .*/\1/p' "$dir/usage" | head -n 1)" run
for words in help -h; do
	ctwatch $words
	exits "$words" 0
	cmp "$dir/out" "$dir/usage" || fail "$words differs from --help"
done
ctwatch --version
version=$(cat "$dir/out")
is "-V" "$(ctwatch -V; cat "$dir/out")" "$version"
[[ $version == "ctwatch "[0-9]* ]] || fail "version: $version"

ctwatch findings --help
cp "$dir/out" "$dir/usage"
ctwatch help findings
exits "help findings" 0
cmp "$dir/out" "$dir/usage" || fail "help findings"
ctwatch findings -h
exits "findings -h" 0
cmp "$dir/out" "$dir/usage" || fail "findings -h"

# wrong WANTED ARG ...: exit status 64, and exactly this message.
wrong() {
	wanted=$1
	shift
	ctwatch "$@"
	exits "ctwatch $*" 64
	is "ctwatch $*" "$(head -n 1 "$dir/err")" "ctwatch: $wanted"
}
wrong "unknown command 'rnu'; did you mean 'run'? See ctwatch --help." rnu
wrong "unknown command 'x\x1b'; see ctwatch --help" "x$(printf '\033')"
wrong "unknown command 'finding'; did you mean 'findings'? See ctwatch --help." \
    help finding
wrong "run: unknown option --fial-on; did you mean --fail-on? See ctwatch run --help." \
    run --fial-on low
wrong "run: unknown option --xyz; see ctwatch run --help" run --xyz=1
wrong "run: unknown option -x; see ctwatch run --help" run -x
echo '{"watchlst": "w"}' >"$dir/ctwatch.json"
wrong "$dir/ctwatch.json: unknown member \"watchlst\"; did you mean \"watchlist\"?" \
    run --config "$dir/ctwatch.json"
echo '{"frobnicate": "w"}' >"$dir/ctwatch.json"
wrong "$dir/ctwatch.json: unknown member \"frobnicate\"" \
    run --config "$dir/ctwatch.json"

# config JSON MESSAGE: the configuration file is refused with this message.
config() {
	echo "$1" >"$dir/ctwatch.json"
	wrong "$dir/ctwatch.json: $2" run --config "$dir/ctwatch.json"
}
config '{"max-time": 90}' \
    '"max-time" must be a duration such as "90s" or "7d", not a number'
config '{"max-time": "90"}' "\"max-time\": '90' is not a duration such as 90s or 7d"
config '{"fail-on": "hihg"}' "\"fail-on\": 'hihg' is not note, low, medium, high or critical; did you mean high?"
config '{"watch": {}}' \
    '"watch" must be a string or an array of strings, each NAME|ADDRESS|CIDR, not an object'
config '{"watch": ["a.example", 7]}' '"watch"[1] is not a string'
config '{"heartbeat": "yes"}' '"heartbeat" must be true or false, not a string'
config '{"max-memory": -1}' '"max-memory" must be a size such as "64M", not a number'
config '{"jobs": "many"}' "\"jobs\": 'many' is not a whole number below 2^64"
config '{"contact": null}' '"contact" must be a string, EMAIL|URL, not null'
wrong "run: --fail-on: 'severe' is not note, low, medium, high or critical" \
    run --fail-on severe

# A relative path in the file starts at its folder, one on the command line at
# the working directory.
mkdir -p "$dir/etc" "$dir/work"
echo '{"watchlist": "list", "log-list": ["https://logs.example/l.json", "l.json"]}' \
    >"$dir/etc/ctwatch.json"
program=$(realpath "$bin/ctwatch/ctwatch")
in_work() { (cd "$dir/work" && "$program" run --state "$dir/state" "$@" 2>"$dir/err"); }
in_work --config ../etc/ctwatch.json
says "from the file" "^ctwatch: ../etc/list: No such file"
in_work --config "$dir/etc/ctwatch.json" --watchlist list
says "from the command line" "^ctwatch: list: No such file"
(cd "$dir/etc" && "$program" run --config ctwatch.json 2>"$dir/err")
says "in the folder" "^ctwatch: list: No such file"

ctwatch
exits "no command" 64
is "no command" "$(head -n 1 "$dir/err")" "$(head -n 1 <("$bin/ctwatch/ctwatch" help))"
exit 0
