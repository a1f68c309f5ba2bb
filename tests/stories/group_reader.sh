#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# A user who may only read the state directory prints findings and reports; other
# users do not.  Needs root, who starts programs as other users.
. "${top_srcdir:-.}/tests/support/story.sh"

[ "$(id -u)" = 0 ] && command -v setpriv >/dev/null || skip "needs root and setpriv"
key web
cert 1 web www.example.com
logd --only rfc6962 "$dir/certs"
chmod 755 "$dir"
cp "$bin/ctwatch/ctwatch" "$dir/program" || fail "no program"
# as UID GROUP ARG ...: ctwatch as that user, in that group alone.
as() {
	setpriv --reuid="$1" --regid=60001 --groups="$2" "$dir/program" "${@:3}" \
	    --state "$dir/state" >"$dir/out" 2>"$dir/err"
	status=$?
}
install -d -o 60002 -g 60003 -m 750 "$dir/state"
as 60002 60003 run --log-list "$url/log_list.json" --since start --watch \
    .example.com --no-notify --no-revocation
exits "the run" 1
chgrp 60003 "$dir/state"/state.db*
for when in "after a run" "again"; do
	as 60004 60003 findings list
	exits "$when" 0
	grep -q CTW000 "$dir/out" || fail "$when: no finding"
done
finding=$(sed -n "s,.* id *\([0-9a-f]*\).*,\1,p" "$dir/out" | head -n 1)
as 60004 60003 report
exits "report" 0
as 60004 60003 findings close "$finding" --reason no
exits "a reader may not close" 32
as 60004 60005 findings list
exits "another user" 32
says "another user" "Permission denied"
exit 0
