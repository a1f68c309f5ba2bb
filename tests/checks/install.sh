#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# make install puts the units where configure says, and the service
# starts the program where it is installed.  make uninstall removes all of it.
. "${top_srcdir:-.}/tests/support/story.sh"

make_it() {
	env -u MAKEFLAGS -u MAKELEVEL "${MAKE:-make}" -s -C "$bin" \
	    DESTDIR="$dir/root" "$@" >"$dir/make.log" 2>&1 ||
	    fail "make $*: $(tail -n 5 "$dir/make.log")"
}
make_it install
program=$(cd "$dir/root" && find . -name ctwatch -type f -perm -u+x -path '*/bin/*')
service=$(cd "$dir/root" && find . -name ctwatch.service)
unit=$(sed -n 's/^unitdir = //p' "$bin/Makefile")
[ -n "$program" ] && [ -n "$service" ] || fail "no program or no service"
grep -qx "ExecStart=${program#.} run --quiet" "$dir/root/$service" ||
    fail "ExecStart is not ${program#.}"
[ -f "$dir/root/${service%/*}/ctwatch.timer" ] || fail "no timer"
case $unit in
*'${datadir}'*) is "units" "${service%/*}" "${service%/*/*}/systemd" ;;
*) is "units" "${service%/*}" ".$unit" ;;
esac
for file in bash-completion/completions/ctwatch zsh/site-functions/_ctwatch \
    man/man1/ctwatch.1 doc/ctwatch/NEWS.md ctwatch/ctwatch-report-1.schema.json; do
	find "$dir/root" -path "*/$file" | grep -q . || fail "no $file"
done
make_it uninstall
left=$(find "$dir/root" -type f)
is "files left by uninstall" "$left" ""
exit 0
