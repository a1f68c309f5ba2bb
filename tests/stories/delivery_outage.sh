#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# A receiver that fails for a week gets all messages after it.  Messages that
# fail for LIMIT_OUTBOX_DAYS are dropped, and the report counts them.
. "${top_srcdir:-.}/tests/support/story.sh"

key unrelated
for name in one two; do
	cert "$name" unrelated "$name.example.com"
done
receiver
count() { find "$dir" -maxdepth 1 -name "$1" | wc -l; }
# one_run DAY [SECONDS]: a run so long after the first, its report in $dir/out.
first=$(date +%s)
one_run() {
	now=$((first + $1 * 86400 + ${2:-0}))
	control "time=${now}000"
	ctwatch run --log-list "$url/log_list.json" --state "$dir/state" \
	    --fail-on high \
	    --since start --watch .example.com --webhook "$hook" \
	    --notify-time 1s --format "${format:-text}" \
	    --now "$(date -u -d "@$now" +%FT%TZ)"
}
# undelivered CHANNEL TEXT: the line of the report about it.
undelivered() {
	tr -s '\n ' ' ' <"$dir/out" | grep -q "Undelivered $1: $2" ||
	    fail "not in the report: $1: $2"
}
logd --only rfc6962 --size 1 "$dir/certs"

# A channel that cannot work is refused before anything is read, or it would not
# be new the next time.
touch "$dir/empty"
mkdir "$dir/hooks-of-all" "$dir/open-hooks"
chmod 777 "$dir/hooks-of-all"
printf '#!/bin/sh\n' >"$dir/open-hooks/hook"
chmod 775 "$dir/open-hooks/hook"
echo secret >"$dir/open-secret"
chmod 666 "$dir/open-secret"
for wrong in "--mail a,b@example.com" "--mail -t" "--hooks $dir/none" \
    "--mail-from -t" "--hooks $dir/empty" "--webhook-secret $dir/empty" \
    "--hooks $dir/hooks-of-all" "--hooks $dir/open-hooks" \
    "--webhook-secret $dir/open-secret"; do
	ctwatch run --log-list "$url/log_list.json" --state "$dir/state" \
	    --fail-on high \
	    --watch .example.com --webhook "$hook" $wrong
	exits "$wrong" 64
	[ ! -e "$dir/state" ] || fail "$wrong: something was read"
done

echo 500 >"$dir/answer"
for day in 0 1 2 3 4 5 6; do
	one_run $day
	exits "day $day" 16
	undelivered "$hook_name" '1 not delivered: status 500; kept for the next run'
done
echo 200 >"$dir/answer"
one_run 7
exits "day 7" 0
is "posts" "$(count 'post.*')" 8
is "their messages" "$(for f in "$dir"/post.*; do
	sed -n '2p;5p' "$f" | md5sum
done | sort -u | wc -l)" 1
one_run 8
is "posts when all are delivered" "$(count 'post.*')" 8

# Slow, for longer than it may be; kept until the last of 90 days
# (LIMIT_OUTBOX_DAYS), and then dropped.
control size=2
echo slow >"$dir/answer"
one_run 10
exits "slow" 16
undelivered "$hook_name" '1 not delivered: .*; kept for the next run'
echo 500 >"$dir/answer"
one_run 100
exits "after 90 days" 16
undelivered "$hook_name" '1 not delivered: status 500; kept for the next run'
echo 200 >"$dir/answer"
one_run 100 120
exits "after more than 90 days" 16
undelivered "$hook_name" '1 not delivered; 1 dropped after 90 days'
says "dropped" 'could not be delivered in 90 days and were dropped'
is "posts of dropped messages" "$(count 'post.*')" 10
format=json one_run 101
exits "nothing waits" 0
is "delivery" "$(report 'j["delivery"]')" "[]"
