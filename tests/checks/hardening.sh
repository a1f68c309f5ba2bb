#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# The program has the hardening that compiler and linker offer, and its service
# is sandboxed, but lets the program enter a sandbox of its own.
program=$top_builddir/ctwatch/ctwatch
unit=$top_srcdir/data/systemd/ctwatch.service
bad=0

fault() {
	echo "$*"
	bad=1
}

# The usual sets of systemd lack the calls by which the program enters its own
# sandbox (base/sandbox, and libseccomp for base/seccomp).
calls=$(sed -n 's/.*SYS_\(landlock[a-z_]*\).*/\1/p' \
    "$top_srcdir"/ctwatch/base/sandbox.c | sort -u)
[ -n "$calls" ] || fault "no calls found"
for call in $calls seccomp; do
	grep -q "^SystemCallFilter=[^~]*\<$call\>" "$unit" ||
	    fault "$unit: refuses $call"
done
# The directory is root's, and DynamicUser is another user.
grep -q '^ConfigurationDirectoryMode=.*[0-4]$' "$unit" &&
    fault "$unit: may not read its configuration"
# 1.1 of 10, as the README says, and exposed is 10.
if command -v systemd-analyze >/dev/null &&
    systemd-analyze --help | grep -q -- --threshold; then
	systemd-analyze security --offline=true --threshold=11 "$unit" \
	    >/dev/null 2>&1 || fault "$unit: exposed more than it was"
fi
[ "$bad" -eq 0 ] || exit 1

grep -q '^HARDEN_LDFLAGS = .*-pie' "$top_builddir/Makefile" || {
	echo "built without hardening"
	exit 77
}
command -v readelf >/dev/null || {
	echo "readelf is not installed"
	exit 77
}
# Map file names: the program must not depend on the folder of the build.
if grep -q '^MAP_CFLAGS = .' "$top_builddir/Makefile" &&
    grep -qF "$(cd "$top_builddir" && pwd -P)" "$program"; then
	fault "the program contains the name of the build folder"
fi
# has WHAT PATTERN OPTION ...: readelf with these options shows it.
has() {
	what=$1
	pattern=$2
	shift 2
	readelf -W "$@" "$program" | grep -q "$pattern" || fault "no $what"
}
has "position-independent program" 'Type: *DYN' -h
has "relocations that are read only" GNU_RELRO -l
has "immediate binding" 'FLAGS_1.* NOW' -d
has "stack that does not execute" 'GNU_STACK .* RW ' -l
has "stack protector" __stack_chk_fail --dyn-syms
# 3 is more than 2, and looks the same.
has "fortified function" '__[a-z]*printf_chk' --dyn-syms
grep -q '^HARDEN_CFLAGS = .*-fstack-clash-protection' \
    "$top_builddir/Makefile" || fault "stack clashes are not looked for"
readelf -W -l "$program" | grep -q 'LOAD .* RWE ' &&
    fault "a segment that is written and executed"
case $(uname -m) in
x86_64) grep -q '^HARDEN_CFLAGS = .*-fcf-protection' "$top_builddir/Makefile" ||
	fault "branches may go anywhere" ;;
esac
exit $bad
