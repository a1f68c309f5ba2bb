#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# check.sh [CONFIGURE-OPTION ...]: build and run all tests.  The last line is
# "N passed, N failed, N skipped".
. "$(dirname "$0")/lib.sh"

check_packages='libmicrohttpd-dev curl openssl python3 python3-cryptography
	python3-jsonschema sqlite3'
# Tests that need these are skipped where the archive has no such package.
extra_packages='certspotter clang-format-14 cppcheck libdeflate-dev mandoc
	munge opensc openssh-client parallel pebble slurm-client slurmctld slurmd
	softhsm2 strace unbound'

check() {
	suite=build/test-suite.log
	rm -f "$suite"
	say "testing"
	status=0
	in_build make -j "$(nproc)" check >build/check.log 2>&1 </dev/null ||
	    status=$?
	if ! [ -f "$suite" ]; then
		tail -n 40 build/check.log >&2
		fail "failed: building the tests (whole output: build/check.log)"
	fi
	grep -E '^(FAIL|ERROR|XPASS|SKIP):' build/check.log || :
	if [ "$status" -ne 0 ]; then
		sed -n 's/^\(FAIL\|ERROR\|XPASS\): //p' build/check.log |
		    sort -u | while read -r test; do
			log=build/${test%.*}.log
			say "the end of $log"
			tail -n 40 "$log"
		done >&2
		say "whole output: $suite"
	fi
	awk '/^# (PASS|XFAIL):/ { p += $3 }
	    /^# (FAIL|ERROR|XPASS):/ { f += $3 }
	    /^# SKIP:/ { s += $3 }
	    END { printf "%d passed, %d failed, %d skipped\n", p, f, s }' "$suite"
	return "$status"
}

mkdir -p build
install_packages "$build_packages $check_packages" "$extra_packages"
configure_and_make "$@"
check
