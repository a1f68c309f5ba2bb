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
	libexpat1-dev libidn2-dev libjansson-dev libpsl-dev libseccomp-dev
	libsqlite3-dev libssl-dev make pkg-config zlib1g-dev'
demo_packages='libmicrohttpd-dev'
check_packages='libmicrohttpd-dev curl openssl python3 python3-cryptography
	python3-jsonschema sqlite3'
# Tests that need these are skipped where the archive has no such package.
extra_packages='certspotter clang-format-14 cppcheck libdeflate-dev mandoc
	opensc openssh-client softhsm2 strace'

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
# shellcheck disable=SC2086 # lists of words
install_packages() {
	if ! command -v dpkg-query >/dev/null ||
	    ! command -v apt-get >/dev/null; then
		say "neither Debian nor Ubuntu: taking for granted" $1
		return
	fi
	need=$(missing $1)
	extra=$(missing $2)
	[ -n "$need$extra" ] || return 0
	if [ "$(id -u)" -ne 0 ] && ! command -v sudo >/dev/null; then
		[ -z "$need" ] ||
		    fail "neither root nor sudo: install these packages: $need"
		say "neither root nor sudo: tests are skipped without $extra"
		return
	fi
	say "reading the package lists"
	if ! apt update >build/apt-update.log 2>&1 </dev/null; then
		cat build/apt-update.log >&2
		[ -z "$need" ] || fail "failed: reading the package lists"
		say "no package archive: tests are skipped without $extra"
		return
	fi
	for p in $extra; do
		if apt-cache show "$p" >/dev/null 2>&1; then
			need="$need $p"
		else
			say "not in the archive: tests are skipped without $p"
		fi
	done
	[ -z "$need" ] || step apt-install "installing what is missing" \
	    apt install --no-install-recommends $need
}

configure_and_make() {
	step autoreconf "making configure" autoreconf -i
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
		sed -n 's/^\(FAIL\|ERROR\|XPASS\): //p' build/check.log |
		    sort -u | while read -r test; do
			log=build/${test%.*}.log
			say "the end of $log"
			tail -n 40 "$log"
		done >&2
		say "all of it: $suite"
	fi
	awk '/^# (PASS|XFAIL):/ { p += $3 }
	    /^# (FAIL|ERROR|XPASS):/ { f += $3 }
	    /^# SKIP:/ { s += $3 }
	    END { printf "%d passed, %d failed, %d skipped\n", p, f, s }' "$suite"
	return "$status"
}

# Serve the log of the demonstration; its port is written to the file $1.
start_log() {
	build/tests/logd/logd --port-file "$1" --operators 2 --key-seed demo \
	    --timestamp 1780281000000 data/demo/entries.jsonl \
	    >build/logd.log 2>&1 </dev/null &
	log_pid=$!
	trap 'kill "$log_pid" 2>/dev/null || :' EXIT
	tries=0
	until [ -s "$1" ]; do
		if [ "$tries" -eq 100 ] || ! kill -0 "$log_pid" 2>/dev/null; then
			cat build/logd.log >&2
			fail "failed: starting the log (build/logd.log)"
		fi
		tries=$((tries + 1))
		sleep 0.1
	done
}

demo() {
	step logd "building the log of the demonstration" \
	    in_build make -j "$(nproc)" tests/logd/logd
	rm -rf build/demo
	mkdir build/demo
	start_log build/demo/port
	list=http://127.0.0.1:$(cat build/demo/port)/log_list.json
	say "two logs on this machine hold real certificates of 2011 to 2026," \
	    "some misissued;"
	say "reading them as on the night of June 1st, 2026, with Apple's list of" \
	    "real logs at hand:"
	command="build/ctwatch/ctwatch run --log-list $list \\
	--log-list data/loglists/apple-2026-02-19.json \\
	--log \"Loopback 'rfc6962' log\" --log \"Loopback 'static' log\" \\
	--pinset data/demo/pinset.json --watchlist data/demo/watchlist \\
	--since start --now 2026-06-01T03:00:00Z --state build/demo/state"
	printf '   %s\n' "$command"
	status=0
	eval "$command" </dev/null || status=$?
	[ "$status" -eq 1 ] ||
	    fail "failed: the run ended with exit status $status, not 1"
	say "exit status 1: there are findings; what it read is complete and proved"
	say "to look further:"
	for command in 'findings list' 'explain CTW001' \
	    'inventory --pinset data/demo/pinset.json' \
	    'report --format html --output build/demo/report.html'; do
		printf '   build/ctwatch/ctwatch %s --state build/demo/state\n' \
		    "$command"
	done
}

what=${1-}
[ $# -eq 0 ] || shift
case $what in
'')
	exec autoreconf -fi
	;;
demo)
	mkdir -p build
	install_packages "$build_packages $demo_packages" ''
	configure_and_make "$@"
	demo
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
