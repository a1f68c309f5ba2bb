#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# The progress of a run on a terminal fits its size, whatever the names of the
# logs; without a terminal nothing of it is printed.
. "${top_srcdir:-.}/tests/support/story.sh"

python3 -c 'import pty; pty.openpty()' 2>/dev/null ||
    skip "no terminals to give here"

# on_terminal COLUMNS ROWS ARG ...: ctwatch with its standard error on such a
# terminal; what it wrote there goes to $dir/tty, and is held to the size.
cat >"$dir/terminal.py" <<'END'
import fcntl, os, pty, re, struct, subprocess, sys, termios
columns, rows = int(sys.argv[2]), int(sys.argv[3])
ours, theirs = pty.openpty()
fcntl.ioctl(theirs, termios.TIOCSWINSZ,
            struct.pack("HHHH", rows, columns, 0, 0))
p = subprocess.Popen(sys.argv[4:], stderr=theirs, stdout=subprocess.DEVNULL)
os.close(theirs)
got = b""
try:
    while True:
        more = os.read(ours, 65536)
        if not more:
            break
        got += more
except OSError:  # Linux says so when the other end is closed
    pass
open(sys.argv[1], "wb").write(got)
text = got.decode("ascii")
for line in re.sub("\033\\[[0-9]*[AJ]", "\n", text).split("\n"):
    line = line.rstrip("\r")
    assert all(" " <= c <= "~" for c in line.lstrip("\r")), line
    assert len(line) < columns or line.startswith("ctwatch: "), line
# each time as many lines are taken away as had been written
shown = text.split("\r\033[J")
for before, after in zip(shown, shown[1:]):
    up = re.search("\033\\[([0-9]+)A$", before)
    lines = re.sub("\033\\[[0-9]+A$", "", before)
    assert lines.count("\n") == (int(up[1]) if up else 0), before
    assert lines.count("\n") < rows, before
sys.exit(p.wait())
END
export TERM=xterm
on_terminal() {
	local columns=$1 rows=$2
	shift 2
	rm -rf "$dir/state"
	python3 "$dir/terminal.py" "$dir/tty" "$columns" "$rows" \
	    "$bin/ctwatch/ctwatch" run --no-revocation --log-list "$dir/list" --state \
	    "$dir/state" --since start --no-notify --watch .example.com "$@" \
	    2>"$dir/err" || fail "on a terminal of $columns x $rows"
}

logd --only rfc6962 --logs 12 --entries 40 --max-batch 10 "$src/data/entries"
control 'fault=slow&ms=250&on=get-entries'
curl -sf "$url/log_list.json" >"$dir/plain" || fail "no list"
python3 - "$dir/plain" >"$dir/list" <<'END' || fail "no list"
import json, sys
j = json.load(open(sys.argv[1]))
for i, log in enumerate(j["operators"][0]["logs"]):
    log["description"] = "\033]0;log %d\a\xe9" % i + "long" * i
print(json.dumps(j))
END

on_terminal 80 24
[ "$(grep -ac '\\x1b\]0;log 1\\x07.* of 40 .*[0-9]% .*[0-9s?]' "$dir/tty")" -gt 0 ] ||
    fail "no line of a log"
grep -aq '^log *read of entries *a second *left' "$dir/tty" || fail "no heading"
grep -aq 'of 12 logs read .* of 480 .*%' "$dir/tty" || fail "no total"
tail -c 4 "$dir/tty" | grep -aq $'\r\033\[J' || fail "progress was left behind"

one='\x1b]0;log 0\x07\xc3\xa9' # as the log list is read
on_terminal 80 24 --log "$one"
grep -aq ' of 40 ' "$dir/tty" || fail "nothing of a single log"
grep -aq 'logs read' "$dir/tty" && fail "a total of one log"
on_terminal 30 3 --log "$one"
[ -s "$dir/tty" ] || fail "nothing on a small terminal"
on_terminal 80 24 --log "$one" --quiet
[ -s "$dir/tty" ] && fail "--quiet shows progress"
TERM=dumb on_terminal 80 24 --log "$one"
grep -aq ' of 40 ' "$dir/tty" && fail "progress on a dumb terminal"

rm -rf "$dir/state"
ctwatch run --log-list "$dir/list" --state "$dir/state" --since start \
    --no-notify --watch .example.com --log "$one" --verbose
exits "to a file" 0
says "where time went" '^ctwatch: 40 entries: answers of the logs took [0-9]+ ms in all; CPU: inflating [0-9]+ ms, decoding [0-9]+ ms, hashing [0-9]+ ms, matching [0-9]+ ms, saving [0-9]+ ms$'
grep -aq ' of 40 ' "$dir/err" && fail "progress where there is no terminal"
exit 0
