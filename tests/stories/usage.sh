#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# The ways to ask for help, and what a mistyped command or option is answered.
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
ctwatch
exits "no command" 64
is "no command" "$(head -n 1 "$dir/err")" "$(head -n 1 <("$bin/ctwatch/ctwatch" help))"
exit 0
