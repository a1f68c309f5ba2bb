#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# One run writes several reports; an output that cannot be written ends it before
# it reads; --quiet prints nothing; links of others are not followed.
. "${top_srcdir:-.}/tests/support/story.sh"

key rogue
cert 1-www rogue www.example.com
logd --only rfc6962 --size 1 "$dir/certs"
pass() {
	ctwatch run --log-list "$url/log_list.json" --state "$dir/state" \
	    --since start --watch .example.com --no-notify "$@"
}

# Each in its format; standard output is one of them.
pass --output html:"$dir/a.html" --output "$dir/b" --output sarif:- \
    --format json
exits "three outputs" 1
grep -q '<!DOCTYPE html>' "$dir/a.html" || fail "html: $(head -c 99 "$dir/a.html")"
is "json" "$(json "$dir/b" 'j["format"]')" ctwatch-report/1
is "sarif" "$(report 'j["version"]')" 2.1.0
ctwatch report --state "$dir/state" --output csv:"$dir/c.csv" --output -
exits "report" 0
grep -q '^"\?id' "$dir/c.csv" || fail "csv: $(head -1 "$dir/c.csv")"
grep -q 'Coverage' "$dir/out" || fail "text: $(cat "$dir/out")"

# In the configuration a path begins at its file, after the format.
mkdir "$dir/etc"
cat >"$dir/etc/ctwatch.json" <<END
{"log-list": "$url/log_list.json", "watch": ".example.com", "no-revocation": true,
 "no-notify": true, "state": "$dir/state", "output": ["prom:m.prom", "json:r.json"]}
END
ctwatch run --config "$dir/etc/ctwatch.json"
exits "two outputs of the configuration" 1
is "standard output" "$(cat "$dir/out")" ""
grep -q '^ctwatch_info' "$dir/etc/m.prom" || fail "no metrics"
is "its report" "$(json "$dir/etc/r.json" 'j["format"]')" ctwatch-report/1

# --quiet is silent, unless a report is asked for.
pass --quiet
exits "quiet" 1
is "what quiet prints" "$(cat "$dir/out" "$dir/err")" ""
pass --quiet --format json
is "quiet with a format" "$(report 'j["format"]')" ctwatch-report/1
pass --quiet --output text:"$dir/quiet"
is "quiet with a file" "$(cat "$dir/out" "$dir/err")" ""
grep -q Coverage "$dir/quiet" || fail "no report of a quiet run"

# What cannot be written ends the run before it reads.
refused() {
	what=$1 want=$2
	shift 2
	ctwatch run --log-list "$url/log_list.json" --state "$dir/none" \
	    --watch .example.com "$@"
	exits "$what" 64
	says "$what" "$want"
	[ -e "$dir/none" ] && fail "$what: a run has begun"
	return 0
}
refused "no folder" "no/report cannot be written: No such file" \
    --output "$dir/a.html" --output json:"$dir/no/report"
refused "a folder" "$dir/etc cannot be written: Is a directory" \
    --output "$dir/etc"
refused "unknown format" "unknown format 'htlm'" --output htlm:"$dir/x"
refused "a hint" "write a file of that name as ./htlm:x" --output htlm:x
refused "no file" "'html:' names no file" --output html:
refused "one place twice" "two reports go to $dir/x" --output "$dir/x" \
    --output json:"$dir/x"
refused "standard output twice" "two reports go to standard output" \
    --output - --output json:-
ctwatch report --state "$dir/state" --output "$dir/no/report"
exits "report to nowhere" 16
is "nothing is left" "$(find "$dir" -name 'a.html.*' -o -name 'x*')" ""
if [ "$(id -u)" != 0 ]; then
	mkdir -m 500 "$dir/locked"
	refused "a locked folder" "cannot be written: Permission denied" \
	    --output "$dir/locked/report"
fi

# A link in a folder where others may write is replaced, whatever it points to.
mkdir -m 1777 "$dir/shared"
echo kept >"$dir/victim"
mkfifo "$dir/pipe"
for target in "$dir/victim" "$dir/pipe" /dev/null "$dir/absent"; do
	ln -sfn "$target" "$dir/shared/report"
	pass --output "$dir/shared/report"
	exits "a link to $target" 1
	[ -L "$dir/shared/report" ] && fail "the link to $target is there"
	grep -q Coverage "$dir/shared/report" || fail "no report for $target"
done
is "the victim" "$(cat "$dir/victim")" kept
[ -e "$dir/absent" ] && fail "a file was made through a link"
# In a folder of the user's own it is followed.
echo old >"$dir/mine"
ln -s "$dir/mine" "$dir/link"
pass --output "$dir/link"
[ -L "$dir/link" ] && grep -q Coverage "$dir/mine" || fail "the user's link"
exit 0
