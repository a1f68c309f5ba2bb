#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# demo.sh [CONFIGURE-OPTION ...]: build, serve two logs of real certificates
# from this machine, and read them.
. "$(dirname "$0")/lib.sh"

# start_log FILE: serve the logs of the demonstration, and write the port to FILE.
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
	step logd "building the log server" \
	    in_build make -j "$(nproc)" tests/logd/logd
	rm -rf build/demo
	mkdir build/demo
	start_log build/demo/port
	list=http://127.0.0.1:$(cat build/demo/port)/log_list.json
	say "two logs on this machine have real certificates of 2011 to 2026," \
	    "some misissued;"
	say "a run of June 1st, 2026, with their list and Apple's list of real logs:"
	command="build/ctwatch/ctwatch run --log-list $list \\
	--log-list data/loglists/apple-2026-02-19.json \\
	--log \"Loopback 'rfc6962' log\" --log \"Loopback 'static' log\" \\
	--pinset data/demo/pinset.json --watchlist data/demo/watchlist \\
	--since start --now 2026-06-01T03:00:00Z --no-revocation \\
	--state build/demo/state"
	printf '   %s\n' "$command"
	status=0
	eval "$command" </dev/null || status=$?
	[ "$status" -eq 1 ] ||
	    fail "failed: the run ended with exit status $status, not 1"
	say "exit status 1: findings; both logs were read and verified completely"
	say "next commands:"
	for command in 'findings list' 'explain CTW001' \
	    'inventory --pinset data/demo/pinset.json' \
	    'report --format html --output build/demo/report.html'; do
		printf '   build/ctwatch/ctwatch %s --state build/demo/state\n' \
		    "$command"
	done
}

mkdir -p build
install_packages "$build_packages libmicrohttpd-dev" ''
configure_and_make "$@"
demo
