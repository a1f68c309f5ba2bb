#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# A report that cannot be written sets 16 in the exit status; the findings are
# kept, and the report can be written again.  The same holds for any other failed
# output of a command.  outputs.sh has those that end a run before it begins.
. "${top_srcdir:-.}/tests/support/story.sh"

[ -w /dev/full ] || skip "no /dev/full"
key unrelated
cert 1 unrelated www.example.com
logd --entries 20 "$dir/certs"

# unwritten WHAT PATTERN ARG ...
unwritten() {
	rm -rf "$dir/state"
	run --watch .example.com --fail-on high "${@:3}"
	exits "$1" 16
	says "$1" "$2"
	ctwatch report --state "$dir/state" --format json
	exits "$1: once more" 0
	is "$1: kept" "$(findings)" "CTW000 www.example.com new"
	ctwatch report --state "$dir/state"
	grep -q 'exit status 16' "$dir/out" || fail "$1: not reported"
	run --watch .example.com --fail-on high
	exits "$1: the next run" 0
	is "$1: what the next run knows" "$(findings)" \
	    "CTW000 www.example.com open"
}

unwritten "a full disk" 'No space left' --output /dev/full

# standard output, too
rm -rf "$dir/state"
"$bin/ctwatch/ctwatch" run --no-revocation --log-list "$url/log_list.json" --state \
    "$dir/state" --since start --no-notify --fail-on high --watch .example.com \
    >/dev/full 2>"$dir/err"
status=$?
exits "standard output" 16
says "standard output" 'standard output: No space left'
ctwatch report --state "$dir/state" --format json
is "standard output: kept" "$(findings)" "CTW000 www.example.com new"

# and that of every other command
echo '{"format": "ctwatch-pinset/1", "name": "p", "version": 1}' >"$dir/pins"
for words in --version explain "explain --format json" \
    "eval --host a.example --fail-on critical --pinset $dir/pins $dir/certs/1.der" \
    "findings --state $dir/state" "pins show --pinset $dir/pins"; do
	# shellcheck disable=SC2086
	"$bin/ctwatch/ctwatch" $words >/dev/full 2>"$dir/err"
	status=$?
	exits "$words" 16
	says "$words" 'standard output'
done

# A file that may not grow is an error, not a signal that ends the program.
status=0
(ulimit -f 40 && ctwatch state backup "$dir/backup" --state "$dir/state" &&
    exit "$status") 2>/dev/null || status=$?
exits "a limit on files" 32
says "a limit on files" 'backup.*File too large'
