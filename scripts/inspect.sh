#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# inspect.sh SOURCE [STEP ...]: look for faults with all the tools there are,
# one after the other, each in a folder of its own that is removed if it finds
# nothing.  Each step says clean, or what is wrong; the exit status is 0 if
# none found anything.  What is not installed is skipped, and named.
set -u
src=$(cd "$1" && pwd) || exit 1
shift
work=$(mktemp -d "${TMPDIR:-/tmp}/ctwatch-inspect.XXXXXX") || exit 1
jobs=-j$(nproc)

# The tests that start threads, and runs with everything that they do.
threads='tests/unit/test_http_network tests/unit/test_http_queue tests/unit/test_rate_limit tests/unit/test_loglist_load tests/unit/test_buf_pool
	tests/unit/test_log_client tests/stories/run.sh tests/stories/interrupted.sh
	tests/stories/unreliable_logs.sh tests/stories/misbehaving_logs.sh tests/stories/notify.sh'
# Whole runs for valgrind: reading, judging, reporting, the rotation of keys.
runs='tests/stories/run.sh tests/stories/findings.sh tests/stories/report.sh
	tests/stories/pin_rotation.sh'

configure() {
	"$src/configure" -q --disable-hardening "$@"
}

# need COMMAND ...: or skip the step.
need() {
	for tool; do
		command -v "$tool" >/dev/null || {
			echo "$tool is not installed"
			exit 77
		}
	done
}

# Memory and undefined behaviour: every test.
asan() {
	configure --enable-sanitize CFLAGS='-O1 -g' && make $jobs check
}

# Races, locks in the wrong order.
tsan() {
	configure CFLAGS='-O1 -g -fsanitize=thread' &&
	    make $jobs check TESTS="$(echo $threads)"
}

# Memory that is read before it is written, in the libraries as well.  Not for
# what valgrind does not do: spawn that reports a failed exec (test_child),
# kills at a given moment (test_crash), Landlock (test_sandbox), speed
# (test_search).
valgrind() {
	need valgrind
	memcheck='valgrind -q --error-exitcode=99 --leak-check=full'
	configure CFLAGS='-O1 -g' && make $jobs all || return
	tests=$(make -s --eval='unit-tests: ; @echo $(unit_tests)' unit-tests |
	    tr ' ' '\n' | grep -vE '_(child|crash|sandbox|search)$' | tr '\n' ' ')
	make $jobs check TESTS="$tests" LOG_COMPILER="$memcheck" &&
	    under=$memcheck make $jobs check TESTS="$(echo $runs)"
}

gcc() {
	need gcc
	configure CC=gcc --enable-werror CFLAGS='-O1 -g -fanalyzer' &&
	    make $jobs -k all
}

clang() {
	need scan-build
	scan-build "$src/configure" -q --disable-hardening CFLAGS='-O1 -g' &&
	    scan-build --status-bugs -o report make $jobs all
}

cppcheck() {
	top_srcdir=$src bash "$src/tests/checks/cppcheck.sh"
}

bad=0
[ $# -gt 0 ] || set -- asan tsan valgrind gcc clang cppcheck
for step; do
	mkdir "$work/$step" || exit 1
	printf '%s: ' "$step"
	(cd "$work/$step" && $step) >"$work/$step.log" 2>&1 </dev/null
	case $? in
	0)
		echo clean
		rm -rf "${work:?}/$step" "$work/$step.log"
		;;
	77) echo "skipped: $(tail -n 1 "$work/$step.log")" ;;
	*)
		echo "NOT CLEAN: $work/$step.log ends so:"
		grep -E '^(FAIL|ERROR):|(warning|error|SUMMARY):' \
		    "$work/$step.log" | tail -n 40
		tail -n 5 "$work/$step.log"
		bad=1
		;;
	esac
done
[ $bad = 1 ] || rm -rf "$work"
exit $bad
