# SPDX-License-Identifier: Apache-2.0
# lib: what the stories share.  A story sources it and has
#   $dir      a folder of its own, removed at the end
#   $src      the top of the source tree, $bin the build's
#   logd, control, run, keys_and_certs and others: see below
# $under, from the environment, is what ctwatch runs under, such as valgrind.
# Whatever logd a story started is stopped when it ends.

set -u
src=${top_srcdir:-.}
bin=${top_builddir:-.}
dir=$(mktemp -d "${TMPDIR:-/tmp}/ctwatch-story.XXXXXX") || exit 99
logd_pid=
url=

fail() {
	echo "FAIL: $*" >&2
	[ -f "$dir/err" ] && sed 's/^/  stderr: /' "$dir/err" >&2
	exit 1
}

# sanitized: whether the program has a sanitizer in it, whose allocator is its
# own and takes several times the memory.
sanitized() {
	grep -q '__[at]san_init' "$bin/ctwatch/ctwatch"
}

skip() {
	echo "SKIP: $*" >&2
	exit 77
}

# stop_logd: stop it; it must have been well until now.
stop_logd() {
	[ -n "$logd_pid" ] || return 0
	kill "$logd_pid"
	wait "$logd_pid"
	logd_status=$?
	logd_pid=
	[ $logd_status = 0 ] && return
	echo "FAIL: logd ended with $logd_status:" >&2
	cat "$dir/logd.err" >&2
	return 1
}

# Processes to end with the story.
background=()

at_end() {
	story_status=$?
	[ ${#background[@]} -eq 0 ] || kill "${background[@]}" 2>/dev/null
	stop_logd || story_status=1
	rm -rf "$dir"
	exit "$story_status"
}
trap at_end EXIT
trap 'exit 143' TERM INT

# logd ARG ...: start logs on a free port and wait for them: sets $url.
# Keys come from a seed, so that a log that is started again is the same log.
logd() {
	[ -x "$bin/tests/logd/logd" ] || skip "tests/logd/logd is not built"
	rm -f "$dir/port"
	"$bin/tests/logd/logd" --key-seed story --port-file "$dir/port" "$@" \
	    >"$dir/logd.out" 2>"$dir/logd.err" &
	logd_pid=$!
	while [ ! -f "$dir/port" ]; do
		kill -0 "$logd_pid" 2>/dev/null ||
		    fail "logd $*: $(cat "$dir/logd.err")"
		sleep 0.02
	done
	url=http://127.0.0.1:$(cat "$dir/port")
}

# receiver: start one that takes POSTs (see receiver.py): sets $hook, and
# $hook_name, which is how reports name that channel.
receiver() {
	python3 "$src/tests/support/receiver.py" "$dir" 2>"$dir/receiver.err" &
	background+=($!)
	for _ in $(seq 200); do
		[ -s "$dir/hook-port" ] && break
		sleep 0.02
	done
	hook=http://127.0.0.1:$(cat "$dir/hook-port")/in
	hook_name=webhook:${hook%/in}/#$(printf %s "$hook" | sha256sum |
	    cut -c1-8)
}

# control QUERY: publish, or make fail (see tests/logd/control.h).
control() {
	curl -sf "$url/control?$1" >"$dir/control" || fail "control $1"
}

# json FILE EXPRESSION: the value of a Python expression over j, the document.
json() {
	python3 -c 'import json, sys
j = json.load(open(sys.argv[1]))
print(eval(sys.argv[2]))' "$1" "$2"
}

# is WHAT GOT WANTED
is() {
	[ "$2" = "$3" ] || fail "$1: got '$2', not '$3'"
}

# ctwatch ARG ...: sets $status; $dir/out and $dir/err hold what it said.  A run
# asks for CRLs, which certificates of the data name on the Internet, only in a
# story that sets $with_crls.
ctwatch() {
	[ "${1-}" != run ] || [ -n "${with_crls-}" ] || set -- "$@" --no-revocation
	${under-} "$bin/ctwatch/ctwatch" "$@" >"$dir/out" 2>"$dir/err"
	status=$?
}

# run ARG ...: a pass over the logs of $url from their first entries on.
run() {
	ctwatch run --log-list "$url/log_list.json" --state "$dir/state" \
	    --since start --format json --no-notify "$@"
}

# exits WHAT STATUS: the last ctwatch ended so.
exits() {
	[ "$status" = "$2" ] || fail "$1: exit status $status, not $2"
}

# says WHAT PATTERN: the last ctwatch said so on standard error.
says() {
	grep -Eq -- "$2" "$dir/err" || fail "$1: nothing said of '$2'"
}

# report EXPRESSION: as json, of the report that the last run printed.
report() {
	json "$dir/out" "$1"
}

# findings: "RULE NAME STATUS" of each finding that is about a certificate.
findings() {
	report '"\n".join(sorted("%s %s %s" % (f["rule"],
	    f["certificate"]["names"][0], f["status"])
	    for f in j["findings"] if f.get("certificate")))'
}

# key NAME: make a key and set pin_NAME to its pin.
key() {
	openssl ecparam -name prime256v1 -genkey -noout -out "$dir/$1.key" &&
	    pin=$(openssl pkey -in "$dir/$1.key" -pubout -outform DER |
	        openssl dgst -sha256 -binary | base64) || fail "openssl"
	eval "pin_$1=\$pin"
}

# cert FILE KEY NAME: a certificate for NAME, by the story's own CA, goes into
# $dir/certs/FILE.der.
cert() {
	mkdir -p "$dir/certs"
	if [ ! -f "$dir/ca.pem" ]; then
		key ca
		openssl req -x509 -key "$dir/ca.key" -subj "/CN=Story CA" \
		    -days 365 -out "$dir/ca.pem" 2>"$dir/err" || fail "openssl"
	fi
	openssl req -x509 -CA "$dir/ca.pem" -CAkey "$dir/ca.key" \
	    -key "$dir/$2.key" -subj "/CN=$3" -addext "subjectAltName=DNS:$3" \
	    -addext basicConstraints=CA:FALSE -days 90 -outform DER \
	    -out "$dir/certs/$1.der" 2>"$dir/err" || fail "openssl"
}
