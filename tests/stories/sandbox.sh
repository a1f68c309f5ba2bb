#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# The process that reads untrusted data has dropped its rights, and does its work
# without them; --no-sandbox leaves them.
. "${top_srcdir:-.}/tests/support/story.sh"

key unrelated
cert 1 unrelated www.example.com
mkdir "$dir/hooks" "$dir/sent" "$dir/reports"
printf '#!/bin/sh\ncat >>"%s/sent/mail"\n' "$dir" >"$dir/sendmail"
printf '#!/bin/sh\ncat "$TEXT_FILENAME" >>"%s/sent/hook"\n' "$dir" \
    >"$dir/hooks/tell"
chmod +x "$dir/sendmail" "$dir/hooks/tell"
logd --entries 300 --max-batch 10 "$dir/certs"

# field NAME PID: what all threads of a process have in their status.
field() {
	sed -n "s/^$1:[[:space:]]*//p" "/proc/$2/task/"*/status | sort -u
}

# reading ARG ...: start a run and look at it while it reads: sets $held to
# its NoNewPrivs, Seccomp and limit of core files.
reading() {
	control "log=rfc6962&fault=slow&ms=300&on=get-entries"
	"$bin/ctwatch/ctwatch" run --no-revocation --log-list "$url/log_list.json" --since start \
	    --state "$dir/watched" --watch .example.com --no-notify "$@" \
	    >"$dir/first" 2>"$dir/first.err" &
	run_pid=$!
	for _ in $(seq 250); do
		curl -sf "$url/control" >"$dir/control"
		[ "$(json "$dir/control" 'j["logs"]["rfc6962"]["seen"]')" \
		    -ge 1 ] && break
		sleep 0.02
	done
	held="$(field NoNewPrivs $run_pid) $(field Seccomp $run_pid) $(sed -n \
	    's/^Max core file size *\([^ ]*\).*/\1/p' /proc/$run_pid/limits)"
	kill -KILL $run_pid
	wait $run_pid 2>/dev/null
	control fault=none
	rm -r "$dir/watched"
}
own="$(field NoNewPrivs self) $(field Seccomp self) $(ulimit -H -c)"
ctwatch logs --verbose --log-list "$src/data/loglists/google-2026-04-19.json"
exits "logs" 0
sandbox=$(sed -n 's/^ctwatch: sandbox: //p' "$dir/err")
case $sandbox in
'no new privileges, few capabilities, limits, '*', seccomp')
	reading
	is "what holds" "$held" "1 2 0" ;;
*)
	echo "only: $sandbox" >&2 ;;
esac
reading --no-sandbox
[ "${held% *}" = "${own% *}" ] || fail "--no-sandbox: $held, not $own"

# whole NAME ARG ...: a run that notifies every channel and keeps its report.
whole() {
	name=$1
	shift
	rm -f "$dir/sent"/*
	ctwatch run --log-list "$url/log_list.json" --state "$dir/$name" \
	    --since start --format json --watch .example.com --fail-on medium \
	    --sendmail "$dir/sendmail" --mail a@example.com --webhook \
	    http://127.0.0.1:1/hook --hooks "$dir/hooks" \
	    --output "$dir/reports/$name" --verbose "$@"
	exits "$name" 17
	sed "s,ctwatch-hook\.[^/]*,ctwatch-hook," "$dir/sent/hook" | sort >"$dir/$name.hook"
	grep '^Subject:\| CTW' "$dir/sent/mail" >"$dir/$name.mail"
	json "$dir/reports/$name" '[
	    [(f["rule"], f["matched_names"]) for f in j["findings"]],
	    [(l["next_entry"], l["root_hash"]) for l in j["coverage"]["logs"]],
	    sorted((d["channel"].split(":")[0], d["sent"], d["error"] is None)
	    for d in j["delivery"])]' >"$dir/$name.result"
}
whole confined
is "sandboxes" "$(grep -c 'ctwatch: sandbox: ' "$dir/err")" 2
whole free --no-sandbox
is "sandboxes without one" "$(grep -c 'ctwatch: sandbox: ' "$dir/err")" 0
for what in hook mail result; do
	[ -s "$dir/confined.$what" ] || fail "no $what"
	cmp "$dir/confined.$what" "$dir/free.$what" || fail "$what differs"
done
is "messages" "$(sed 's/.*\], \[//' "$dir/confined.result")" \
    "('hook', 1, True), ('mail', 1, True), ('webhook', 0, False)]]"

# A report goes where a link leads, and the link stays.
mkdir "$dir/public"
echo old >"$dir/public/report"
ln -s "$dir/public/report" "$dir/reports/link"
ctwatch run --log-list "$url/log_list.json" --state "$dir/confined" \
    --watch .example.com --no-notify --output "$dir/reports/link"
is "to a link" "$status $(readlink "$dir/reports/link")" \
    "1 $dir/public/report"
grep -q COVERED "$dir/public/report" || fail "no report behind the link"
is "beside it" "$(ls "$dir/public")" report

# A log on this machine's disk, which only its list names.
for file in checkpoint tile/0/000 tile/0/001.p/44 tile/1/000.p/1 \
    tile/data/000 tile/data/001.p/44; do
	curl -sf --create-dirs -o "$dir/a disk/$file" "$url/static/$file" ||
	    fail "$file"
done
curl -sf "$url/log_list.json" |
    sed "s,\(\"monitoring_url\": *\"\)[^\"]*,\1file://$dir/a%20disk/," \
        >"$dir/list.json"
ctwatch run --log-list "$dir/list.json" --log "Loopback 'static' log" \
    --state "$dir/disk-state" --since start --watch .example.com \
    --offline-issuers --no-notify --fail-on critical
exits "a log on disk" 0
grep -q "Loopback 'static' log  *300  *300  complete" "$dir/out" ||
    fail "the log on disk was not read: $(cat "$dir/out")"

# What leads out of the state directory is out of reach.
case $sandbox in
*' Landlock '[0-9]*) ;;
*) exit 0 ;;
esac
mkdir "$dir/elsewhere"
for state in confined free; do
	rm -r "$dir/$state/lists"
	ln -s ../elsewhere "$dir/$state/lists"
done
ctwatch run --log-list "$url/log_list.json" --state "$dir/confined" \
    --watch .example.com --no-notify
says "confined" 'cannot save a copy of the log list: .*: Permission denied'
is "copies" "$(ls "$dir/elsewhere")" ""
ctwatch run --log-list "$url/log_list.json" --state "$dir/free" \
    --watch .example.com --no-notify --no-sandbox
[ -n "$(ls "$dir/elsewhere")" ] || fail "no copy without a sandbox"
