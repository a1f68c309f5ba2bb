#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
#
# autogen.sh        make ./configure
# autogen.sh demo   install what is missing, build, show ctwatch at work
# autogen.sh check  install what is missing, build, pass all tests
#
# Words after demo or check go to configure.  Packages are installed on Debian
# and Ubuntu only, with apt-get, and only those that are missing.  The build
# is in build/; what the steps said is in build/*.log.
set -eu
cd "$(dirname "$0")"

# Packages of Debian 12: to build; for the demo's log; for the tests.
build_packages='autoconf automake gcc libc6-dev libcurl4-openssl-dev
	libidn2-dev libjansson-dev libpsl-dev libsqlite3-dev libssl-dev make
	pkg-config zlib1g-dev'
demo_packages='libmicrohttpd-dev'
check_packages='libmicrohttpd-dev curl openssl python3 python3-cryptography
	python3-jsonschema sqlite3'
# Tests that need these are skipped where the archive has no such package.
extra_packages='certspotter clang-format-14 libdeflate-dev mandoc'

say() {
	printf '%s\n' "== $*"
}

fail() {
	printf '%s\n' "autogen.sh: $*" >&2
	exit 1
}

# step LOG WHAT COMMAND ...: run a command quietly; if it fails, say which
# and show the end of what it said.
step() {
	log=build/$1.log
	what=$2
	shift 2
	say "$what"
	"$@" >"$log" 2>&1 </dev/null || {
		tail -n 40 "$log" >&2
		fail "failed: $what (all of it: $log)"
	}
}

as_root() {
	if [ "$(id -u)" -eq 0 ]; then
		"$@"
	else
		sudo "$@"
	fi
}

# The packages of the words given that are not installed.
missing() {
	for p; do
		dpkg-query -W -f '${Status}\n' "$p" 2>/dev/null |
		    grep -q ' installed$' || printf '%s ' "$p"
	done
}

apt() {
	as_root env DEBIAN_FRONTEND=noninteractive apt-get -q -y \
	    -o DPkg::Lock::Timeout=600 "$@"
}

# install_packages PACKAGES EXTRA: EXTRA only as far as the archive has them.
install_packages() {
	command -v dpkg-query >/dev/null && command -v apt-get >/dev/null ||
	    { say "not Debian: taking for granted what is needed:" $1; return; }
	# shellcheck disable=SC2086
	need=$(missing $1 $2)
	[ -n "$need" ] || return 0
	[ "$(id -u)" -eq 0 ] || command -v sudo >/dev/null ||
	    fail "neither root nor sudo: install these packages: $need"
	step apt-update "reading the package lists" apt update
	for p in $(missing $2); do
		apt-cache show "$p" >/dev/null 2>&1 || {
			say "not in this archive, its tests are skipped: $p"
			need=$(printf '%s\n' $need | grep -vx "$p" || :)
		}
	done
	# shellcheck disable=SC2086
	step apt-install "installing" apt install --no-install-recommends $need
}

configure_and_make() {
	[ configure -nt configure.ac ] && [ Makefile.in -nt Makefile.am ] ||
	    step autoreconf "making configure" autoreconf -fi
	step configure "configuring" in_build ../configure -q "$@"
	step make "building" in_build make -j "$(nproc)"
}

in_build() {
	(cd build && "$@")
}

check() {
	suite=build/test-suite.log
	rm -f "$suite"
	say "testing"
	status=0
	in_build make -j "$(nproc)" check >build/check.log 2>&1 </dev/null ||
	    status=$?
	if ! [ -f "$suite" ]; then
		tail -n 40 build/check.log >&2
		fail "failed: building the tests (all of it: build/check.log)"
	fi
	grep -E '^(FAIL|ERROR|XPASS|SKIP):' build/check.log || :
	if [ "$status" -ne 0 ]; then
		sed -n '/^\(FAIL\|ERROR\|XPASS\): /,/^$/p' "$suite" >&2
		say "all of it: $suite"
	fi
	awk '/^# (PASS|XFAIL):/ { p += $3 }
	    /^# (FAIL|ERROR|XPASS):/ { f += $3 }
	    /^# SKIP:/ { s += $3 }
	    END { printf "%d passed, %d failed, %d skipped\n", p, f, s }' "$suite"
	return "$status"
}

what=${1-}
[ $# -eq 0 ] || shift
case $what in
'')
	exec autoreconf -fi
	;;
check)
	mkdir -p build
	install_packages "$build_packages $check_packages" "$extra_packages"
	configure_and_make "$@"
	check
	;;
*)
	fail "usage: autogen.sh [demo|check [CONFIGURE-OPTION ...]]"
	;;
esac
