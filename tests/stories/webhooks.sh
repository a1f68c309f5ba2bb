#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# Messages are not too long for a receiver; those for Slack, Teams, PagerDuty and Splunk have the forms and sizes that
# the services document; keys and tokens are sent and never stored.
. "${top_srcdir:-.}/tests/support/story.sh"

export PYTHONDONTWRITEBYTECODE=1
check() { python3 "$src/tests/support/webhook_check.py" "$@" 2>"$dir/err"; }

check --examples || fail "the checkers and the documented examples"

for what in "0" "3 --incomplete" "60 --hostile --incomplete" "700"; do
	# shellcheck disable=SC2086
	python3 "$src/tests/support/report_doc.py" $what >"$dir/doc" ||
	    fail "doc $what"
	for form in ctwatch slack teams pagerduty splunk-hec; do
		"$bin/tests/support/webhook_render" $form <"$dir/doc" \
		    >"$dir/messages" 2>"$dir/err" || fail "$form of $what"
		check $form "$dir/doc" "$dir/messages" || fail "$form of $what"
	done
done

# A run, and what the services get.
key rogue
key good
key spare
cert 1-www rogue www.example.com
cert 2-api rogue '*.example.com'
cat >"$dir/pinset.json" <<END
{"format": "ctwatch-pinset/1", "name": "story", "version": 1,
 "keys": [{"id": "web", "spki": "sha256/$pin_good", "state": "active"},
  {"id": "next", "spki": "sha256/$pin_spare", "state": "backup"}],
 "domains": [{"pattern": "**.example.com", "keys": ["web", "next"]}]}
END
printf 'R0123456789ABCDEF0123456789ABCDEF\n' >"$dir/pagerduty.key"
echo 12345678-1234-1234-1234-1234567890AB >"$dir/splunk.token"
receiver
echo 202 >"$dir/answer"
services="--webhook $hook?slack --webhook $hook?teams --webhook $hook?pd
    --webhook $hook?hec --webhook-format slack --webhook-format teams
    --webhook-format pagerduty --webhook-format splunk-hec
    --webhook-secret $dir/pagerduty.key --webhook-secret $dir/splunk.token"
logd --only rfc6962 --size 2 "$dir/certs"
pass() {
	# shellcheck disable=SC2086 # a list of words
	ctwatch run --log-list "$url/log_list.json" --state "$dir/state" \
	    --since start --pinset "$dir/pinset.json" --format json $services "$@"
}
pass --no-notify
exits "a run that only fills the outbox" 1
grep -rl -e 0123456789ABCDEF -e 12345678-1234 "$dir/state" &&
    fail "a key or token is in the state"
# shellcheck disable=SC2086
ctwatch notify --state "$dir/state" $services
exits "notify" 0
sent() { find "$dir" -name 'post.*' | wc -l; }
is "messages" "$(sent)" 5
python3 - "$dir" <<'END' || fail "what the services got"
import glob, json, sys
alerts = []
for path in glob.glob(sys.argv[1] + "/post.*"):
    body = open(path).read().split("\n", 4)[4]
    headers = json.load(open(path.replace("post.", "headers.")))
    assert headers["Content-Type"] == "application/json", headers
    if '"event_action"' in body:
        alerts.append(json.loads(body))
    elif '"ctwatch:run"' in body:
        assert headers["Authorization"] == \
            "Splunk 12345678-1234-1234-1234-1234567890AB", headers
        assert len(body.splitlines()) == 3, body
    else:
        assert "Authorization" not in headers, headers
        assert "*.example.com" in body and "www.example.com" in body, body
assert len(alerts) == 2 and all(
    a["routing_key"] == "R0123456789ABCDEF0123456789ABCDEF" and
    a["payload"]["severity"] == "critical" for a in alerts), alerts
END
# shellcheck disable=SC2046
grep -h -o '"dedup_key": *"[0-9a-f]*"' "$dir"/post.* | sort >"$dir/alerts"

# A finding that closes resolves its alert; the others are not repeated.
sed -i "s,$pin_spare,$pin_rogue,; s/\"version\": 1/\"version\": 2/" \
    "$dir/pinset.json"
rm "$dir"/post.*
pass --notify-on critical
is "messages about closed findings" "$(sent)" 2
grep -L '"event_action": *"resolve"' "$dir"/post.* | grep . &&
    fail "something else than resolved alerts"
grep -h -o '"dedup_key": *"[0-9a-f]*"' "$dir"/post.* | sort |
    cmp -s - "$dir/alerts" || fail "other alerts are resolved"

# A test reaches every service, marked as one.
rm "$dir"/post.*
# shellcheck disable=SC2086
ctwatch notify --test $services
exits "test" 0
is "messages of the test" "$(sent)" 4
is "marked" "$(grep -l -e 'TEST: ' -e '"test":true' "$dir"/post.* | wc -l)" 4
grep -q '"severity": *"info"' "$dir"/post.* || fail "a test that wakes people"

# A service that refuses keeps its message, and the reason has no token.
echo 400 >"$dir/answer"
# shellcheck disable=SC2086
ctwatch notify --test $services
exits "refused" 16
says "refused" "pagerduty:${hook%/in}/#[0-9a-f]{8}: status 400"
grep -e 0123456789ABCDEF -e 12345678-1234 "$dir/err" && fail "a secret is printed"

# What cannot be used ends a run before it reads.
refused() {
	what=$1 want=$2
	shift 2
	ctwatch run --log-list "$url/log_list.json" --state "$dir/none" \
	    --watch .example.com --webhook "$hook" "$@"
	exits "$what" 64
	says "$what" "$want"
	[ -e "$dir/none" ] && fail "$what: a state was made"
}
: >"$dir/empty"
printf 'a\nInjected: header\n' >"$dir/lines"
refused "unknown format" "unknown format 'slak'; did you mean 'slack'" \
    --webhook-format slak
refused "format of nothing like it" "give one of ctwatch, slack, teams" \
    --webhook-format xyzxyz
refused "more formats than webhooks" 'format is given 2 times' \
    --webhook-format slack --webhook-format teams
refused "no key" 'pagerduty needs --webhook-secret' --webhook-format pagerduty
refused "no token" 'splunk-hec needs --webhook-secret' \
    --webhook-format splunk-hec
refused "an empty key" 'empty: the secret is empty' \
    --webhook-format pagerduty --webhook-secret "$dir/empty"
refused "a missing file" 'missing: No such file' \
    --webhook-format splunk-hec --webhook-secret "$dir/missing"
refused "a header in the token" 'lines: not a key or token' \
    --webhook-format splunk-hec --webhook-secret "$dir/lines"
refused "a secret for Slack" 'secret is given 1 times, but 0 webhooks use' \
    --webhook-format slack --webhook-secret "$dir/splunk.token"
refused "one secret for two services" 'given 1 times, but 2 webhooks use' \
    --webhook "$hook?2" --webhook-format pagerduty \
    --webhook-format splunk-hec --webhook-secret "$dir/splunk.token"
exit 0
