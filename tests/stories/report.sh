#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# Every form of the report, of reports that are empty, ordinary, hostile and
# long, keeps the rules of its format; and where a report is written to.
. "${top_srcdir:-.}/tests/support/story.sh"

export PYTHONDONTWRITEBYTECODE=1
forms="text json jsonl html csv sarif ocsf ecs cef hpkp-report prom"
render() { "$bin/tests/support/report_render" "$@"; }

python3 -c 'import jsonschema' 2>/dev/null ||
    skip "python3 with jsonschema is not here"

for what in "0" "0 --incomplete" "3 --incomplete" "60 --hostile --incomplete"; do
	# shellcheck disable=SC2086
	python3 "$src/tests/support/report_doc.py" $what >"$dir/doc" || fail "doc $what"
	for form in $forms; do
		render $form <"$dir/doc" >"$dir/out.$form" 2>"$dir/err" ||
		    fail "$form of $what"
	done
	python3 "$src/tests/support/report_check.py" "$dir/doc" "$dir/out." \
	    2>"$dir/err" || fail "report of $what"
done

# Places are relative to the repository, and no more results than GitHub accepts.
uri() {
	sed "s,pins/pinset 1.json,$1," "$dir/places" >"$dir/moved"
	render sarif <"$dir/moved" >"$dir/sarif" || fail "sarif of $1"
	json "$dir/sarif" 'j["runs"][0]["results"][0]["locations"][0][
	    "physicalLocation"]["artifactLocation"]["uri"]'
}
python3 "$src/tests/support/report_doc.py" 1 >"$dir/places"
is "an absolute path" "$(uri /etc/ctwatch/pinset.json)" etc/ctwatch/pinset.json
is "a path upwards" "$(uri ../../pins.json)" pins.json
is "a colon" "$(uri ./a:b.json)" a%3Ab.json
python3 - >"$dir/many" <<'END'
import json
print(json.dumps({"format": "ctwatch-report/1", "run": {
    "version": "1", "started": "", "ended": ""}, "findings": [
        {"id": "%064x" % i, "rule": "CTW001", "severity": "high",
         "status": "open", "message": "x", "verified": True, "watched": [],
         "certificate": None, "sightings": [], "owner": None}
        for i in range(25001)]}))
END
render sarif <"$dir/many" >"$dir/sarif" || fail "sarif of many"
is "results of 25001" "$(json "$dir/sarif" 'len(j["runs"][0]["results"])')" 25000
is "what is left out" "$(json "$dir/sarif" 'j["runs"][0]["invocations"][0][
    "toolExecutionNotifications"][0]["message"]["text"]')" \
    "1 finding is left out: a service accepts 25000 results"

# The same document gives the same bytes.
render html <"$dir/doc" >"$dir/again" && render html <"$dir/doc" |
    cmp -s - "$dir/again" || fail "html differs from itself"

# Colours: on a terminal, unless NO_COLOR is set; never in a file.
coloured() {
	python3 -c 'import pty, sys; sys.exit(pty.spawn(sys.argv[1:]) != 0)' \
	    bash -c "'$bin/tests/support/report_render' text <'$dir/doc'" >"$dir/tty" &&
	    grep -q $'\033\[' "$dir/tty"
}
# A bare chroot has no terminals to give.
if python3 -c 'import pty; pty.openpty()' 2>/dev/null; then
	(unset NO_COLOR && TERM=xterm coloured) ||
	    fail "no colours on a terminal"
	TERM=xterm NO_COLOR=1 coloured && fail "colours in spite of NO_COLOR"
	(unset NO_COLOR && TERM=dumb coloured) &&
	    fail "colours on a dumb terminal"
fi

# A file is replaced whole, or left alone.
echo old >"$dir/report"
render json "$dir/report" <"$dir/doc" || fail "report into a file"
cmp -s "$dir/report" "$dir/doc" && fail "report was not indented"
grep -q '"format": "ctwatch-report/1"' "$dir/report" || fail "old report"
ls "$dir"/report.* 2>/dev/null && fail "a temporary file is left"
if [ -w /dev/full ]; then
	render json /dev/full <"$dir/doc" 2>"$dir/err"
	[ $? -eq 16 ] || fail "a full device is no error"
	grep -q 'No space left' "$dir/err" || fail "the reason is not said"
fi
render json "$dir/none/report" <"$dir/doc" 2>"$dir/err"
[ $? -eq 16 ] || fail "a folder that is not there is no error"
grep -q "cannot write the report: $dir/none/report: " "$dir/err" ||
    fail "the file is not named"
exit 0
