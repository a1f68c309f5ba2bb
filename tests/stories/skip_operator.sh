#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# The logs of one operator are left out: what is also in another operator's log
# is found, what is not is not, and the report says what that rests on.
. "${top_srcdir:-.}/tests/support/story.sh"
[ -x "$bin/tests/logd/logd" ] || skip "tests/logd/logd is not built"

key unrelated
cert 1 unrelated both.example.com
cert 2 unrelated alone.example.com
cert 3 unrelated www.example.net
cert 4 unrelated other.example.com
mkdir "$dir/alpha" "$dir/beta" "$dir/gamma"
cp "$dir/certs/"[123].der "$dir/alpha"
cp "$dir/certs/"[13].der "$dir/beta"
cp "$dir/certs/"[34].der "$dir/gamma"

# The roots that the logs of each accept: logd names those of its entries.
mkdir "$dir/delta"
for i in 1 2 3 4; do
	openssl req -x509 -newkey rsa:2048 -nodes -keyout "$dir/root.key" \
	    -subj "/CN=Root $i" -days 30 -out "$dir/root.pem" 2>"$dir/err" &&
	    openssl req -x509 -CA "$dir/root.pem" -CAkey "$dir/root.key" \
	        -key "$dir/unrelated.key" -subj "/CN=r$i.example.net" -days 20 \
	        -addext "subjectAltName=DNS:r$i.example.net" \
	        -outform DER -out "$dir/leaf.der" 2>"$dir/err" || fail "openssl"
	case $i in
	1 | 2) set -- alpha gamma ;;
	3) set -- alpha ;;
	4) set -- delta ;;
	esac
	for name; do
		mkdir -p "$dir/roots-$name"
		cp "$dir/root.pem" "$dir/roots-$name/$i.pem"
		cp "$dir/leaf.der" "$dir/$name/r$i.der"
	done
done

# One server for each operator, with its own entries.
ms() { date -ud "$1" +%s%3N; }
serve() {
	"$bin/tests/logd/logd" --key-seed "$1" --port-file "$dir/$1.port" \
	    --timestamp "$(ms "2 hours ago")" --entries 600 --size 100 \
	    "${@:2}" "$dir/$1" >"$dir/$1.out" 2>"$dir/$1.err" &
	background+=($!)
}
serve alpha --only rfc6962 --logs 2 --issuers "$dir/roots-alpha"
serve beta --only static
serve gamma --only rfc6962 --issuers "$dir/roots-gamma"
serve delta --only rfc6962 --issuers "$dir/roots-delta"
for name in alpha beta gamma delta; do
	for _ in $(seq 500); do
		[ -s "$dir/$name.port" ] && break
		sleep 0.02
	done
	eval "$name=http://127.0.0.1:\$(cat \"\$dir/$name.port\")"
done
grow() { # OPERATOR SIZE TIME
	curl -sf "${!1}/control?size=$2&time=$(ms "$3")" >"$dir/control" ||
	    fail "grow $*"
}
fault() { # OPERATOR FAULT
	curl -sf "${!1}/control?fault=$2" >"$dir/control" || fail "fault $*"
}
hits() { # OPERATOR: requests for entries and heads
	curl -sf "${!1}/control" >"$dir/control" || fail "hits $1"
	json "$dir/control" 'sum(sum(l["hits"].values())
	    for name, l in j["logs"].items() if name != "log-list")'
}

# relist CODE: the list of all three, changed by CODE in Python
# shellcheck disable=SC2154 # alpha and others are set by eval
relist() {
	for name in alpha beta gamma delta; do
		curl -sf "${!name}/log_list.json" >"$dir/$name.json" ||
		    fail "no list of $name"
	done
	python3 - "$dir" "$src/data/static/sunlight-0.8.1" "$1" <<'END' ||
import json, sys
d, disk, how = sys.argv[1:]
operators = {}
for name in ("alpha", "beta", "gamma"):
    j = json.load(open("%s/%s.json" % (d, name)))
    operators[name] = o = j["operators"][0]
    o["name"] = name.title()
    for l in o["logs"] + o["tiled_logs"]:
        l["description"] = name.title() + " " + l["description"]
alpha, beta, gamma = operators.values()
delta = json.load(open(d + "/delta.json"))["operators"][0]
j["operators"] = list(operators.values())
exec(how)
json.dump(j, open(d + "/list.json", "w"))
END
		fail "relist $1"
}
relist ''
all=(--log-list "$dir/list.json" --no-notify --fail-on high --format json)
reading() { # STATE ARG ...
	ctwatch run "${all[@]}" --state "$dir/$1" --since start \
	    --watch .example.com "${@:2}"
}
# names: what was found
names() {
	report 'sorted(n for f in j["findings"] if f.get("certificate")
	    for n in f["certificate"]["names"])'
}
cover() {
	report "(lambda c: $1)(j['coverage']['cover'])"
}

# ---- one operator is left out ----
before=$(hits alpha)
reading some --skip-operator Alpha
exits "without Alpha" 0
is "Alpha is not asked" "$(hits alpha)" "$before"
is "what is in another log, and what is not" "$(names)" \
    "['both.example.com', 'other.example.com']"
is "its logs" "$(report 'sorted((l["operator"], l["status"], l["reason"])
    for l in j["coverage"]["logs"] if l["operator"] == "Alpha")[0]')" \
    "('Alpha', 'skipped', 'left out with its operator (--skip-operator)')"
is "the plan" "$(cover '(c["skipped_operator"], c["logs_left_out"],
    c["complete"])')" "('Alpha', 2, True)"
is "operators" "$(report 'j["coverage"]["operators_behind"]')" 1
is "the half-years" "$(cover '{(w["operators"], w["operators_unread"],
    w["logs_read"], w["only_log"]) for w in c["windows"]}')" "{(3, 1, 2, None)}"
cover '"\n".join(c["rests_on"])' >"$dir/rests"
grep -q 'only with SCTs of two operators' "$dir/rests" || fail "the rule"
grep -q '^Not found: certificates that only logs of Alpha have' "$dir/rests" ||
    fail "what is not found"
python3 - "$dir/out" "$src/data/schema/ctwatch-report-1.schema.json" <<'END' ||
import json, sys
try:
    import jsonschema
except ImportError:
    sys.exit(0)
jsonschema.validate(json.load(open(sys.argv[1])), json.load(open(sys.argv[2])))
END
	fail "the schema"
ctwatch report --state "$dir/some"
grep -q 'COVERED BY THE TWO-OPERATOR RULE' "$dir/out" || fail "the banner"
grep -q 'EVERYTHING COVERED' "$dir/out" && fail "not everything"
grep -q 'Coverage *By the two-operator rule. 2 logs read' "$dir/out" ||
    fail "$(cat "$dir/out")"
grep -q 'left out *2 logs of Alpha (--skip-operator)' "$dir/out" ||
    fail "$(cat "$dir/out")"
tr -s '\n ' '  ' <"$dir/out" | grep -q 'SCTs of one operator' ||
    fail "what is not found"
ctwatch report --state "$dir/some" --format html
grep -q 'only with SCTs of two operators' "$dir/out" || fail "html"
grep -q 'say good">Yes' "$dir/out" && fail "html says yes"

# With all operators nothing of this is said, and what was missing is found.
reading some
exits "with Alpha" 0
is "all names" "$(names)" \
    "['alone.example.com', 'both.example.com', 'other.example.com']"
is "no plan" "$(report '"cover" in j["coverage"]')" False
is "from the first entry" "$(report '[l["first_entry"]
    for l in j["coverage"]["logs"]]')" "[0, 0, 0, 0]"

# A second operator that is behind is one too many.
fault beta 404
reading few --skip-operator Alpha
exits "without Beta, too" 2
is "not complete" "$(cover '(c["complete"], c["windows"][0]["only_log"] is None,
    any(l.startswith("Not complete") for l in c["rests_on"]))')" \
    "(False, False, True)"
is "its finding" "$(report '[f["subject"] for f in j["findings"]
    if f["rule"] == "CTW071"]')" "['two operators']"
fault beta none
reading few --skip-operator Alpha
is "it is closed" "$(report '[f["status"] for f in j["findings"]
    if f["rule"] == "CTW071"]')" "['closed']"

# ---- what cannot be left out ----
wrong() { # WHAT PATTERN ARG ...
	reading wrong "${@:3}"
	exits "$1" 64
	says "$1" "$2"
}
wrong "a typo" 'operator Alhpa; did you mean Alpha\?' --skip-operator Alhpa
wrong "none of this name" 'operator Quebec; see ctwatch logs --cover' \
    --skip-operator Quebec
wrong "two" 'give one operator' --skip-operator Alpha --skip-operator Beta
wrong "with --log" 'cannot be given with --log' --skip-operator Alpha \
    --log "Beta Loopback 'static' log"
relist 'j["operators"].remove(gamma)'
wrong "one that remains" 'the logs of 1 operator remain, and two are' \
    --skip-operator Alpha
relist ''
printf '{"skip-operator": ["Alpha", "Beta"]}' >"$dir/two.json"
wrong "two in the configuration" 'give one operator' --config "$dir/two.json"
ctwatch check --log-list "$dir/list.json" --state "$dir/wrong" --skip-operator \
    Alhpa --watch .example.com
exits "check" 64
says "check" 'did you mean Alpha'

# ---- logs that are read anyway ----
# One on disk costs no traffic, and one that another operator ran before has
# SCTs of that one.
python3 - "$dir" "$src/data/static/sunlight-0.8.1" <<'END' || fail "a copy"
import shutil, sys
shutil.copytree(sys.argv[2], sys.argv[1] + "/disk")
END
disk='o = json.load(open(disk + "/log_list.json"))["operators"][0]
l = o["tiled_logs"][0]
l["monitoring_url"] = "file://" + d + "/disk/"
l["state"] = {"retired": {"timestamp": "2026-11-25T00:00:00Z"}}
alpha["tiled_logs"] = [l]'
relist "$disk"
reading disk --skip-operator Alpha
exits "a log on disk" 0
is "it is read" "$(report '[(l["status"], l["next_entry"])
    for l in j["coverage"]["logs"] if l["url"].startswith("file:")]')" \
    "[('complete', 4200)]"
is "others are not" "$(cover 'c["logs_left_out"]')" 2
relist 'alpha["logs"][0]["previous_operators"] = [{"name": "Delta",
    "end_time": "2026-01-01T00:00:00Z"}]'
reading previous --skip-operator Alpha
is "a log that was another's" "$(cover 'c["logs_left_out"]')" 1
relist ''

# ---- the cost, and the cheapest set ----
plan() { # STATE ARG ...
	ctwatch logs --cover --log-list "$dir/list.json" --state "$dir/$1" \
	    --format json "${@:2}"
}
plan nothing
exits "without a state" 2
is "without a state" "$(report '(j["cheapest"], j["cover"]["complete"],
    [o["entries_per_day"] for o in j["operators"]])')" \
    "(None, False, [None, None, None])"
reading costs --skip-operator cheapest
exits "the first run" 0
says "the first run" 'no operator is left out: the growth of the logs is not'
is "all are read" "$(report '"cover" in j["coverage"]')" False
# In two hours Alpha's logs grow by 400 entries, the others' by 20 and 40.
grow alpha 300 now
grow beta 120 now
grow gamma 140 now
reading costs --skip-operator cheapest
plan costs
exits "a plan" 0
is "growth" "$(report '[(o["operator"], o["logs"],
    round(o["entries_per_day"], -2)) for o in j["operators"]]')" \
    "[('Alpha', 2, 4800), ('Beta', 1, 200), ('Gamma', 1, 500)]"
is "the most expensive" "$(report 'j["cheapest"]')" Alpha
# Bytes and requests: those of the log's answers, by the report.
is "measured" "$(report '[o["estimated"] for o in j["operators"]]')" \
    "[False, False, False]"
ctwatch report --state "$dir/costs" --format json
sent=$(report '{l["operator"]: l["bytes_read"] / l["entries_read"]
    for l in j["coverage"]["logs"] if l["operator"] == "Beta"}["Beta"]')
plan costs
is "bytes" "$(report 'all(0.3 < o["bytes_per_day"] / o["entries_per_day"] /
    '"$sent"' < 3 for o in j["operators"] if o["operator"] == "Beta")')" True
# Beta has given 100 entries in one partial tile, and 20 in another.
is "requests" "$(report '[abs(o["requests_per_day"] -
    o["entries_per_day"] * 2 / 120) <= 1 for o in j["operators"]
    if o["operator"] == "Beta"]')" "[True]"
before=$(hits alpha)
reading costs --skip-operator cheapest
is "the next run" "$(cover 'c["skipped_operator"]')" Alpha
is "Alpha is not asked" "$(hits alpha)" "$before"
plan costs --skip-operator cheapest
exits "a plan without it" 0
is "a plan without it" "$(report '(j["cover"]["skipped_operator"],
    [o["logs_left_out"] for o in j["operators"]])')" "('Alpha', [2, 0, 0])"

# Roots: two are accepted by Alpha and Gamma, one by Alpha alone.  Delta's logs
# accept none of these, and the server of Beta's static log has no answer.
roots() {
	report "(lambda r: $1)(j['roots'])"
}
relist 'delta["name"] = "Delta"
delta["logs"][0]["description"] = "Delta log"
j["operators"].append(delta)'
plan costs --roots --skip-operator Alpha
is "roots" "$(roots '(r["roots"], r["of_one_operator"], r["of_two_operators"],
    r["of_more_operators"], r["of_skipped_and_one"])')" "(4, 2, 2, 0, 2)"
is "a log apart" "$(roots 'r["logs_without_shared_root"]')" "['Delta log']"
is "no answer" "$(roots '[l.split(": ")[0] for l in r["unknown"]]')" \
    "[\"Beta Loopback 'static' log\"]"
fault gamma '404&on=get-roots'
plan costs --roots
is "without Gamma's" "$(roots '(r["roots"], r["of_one_operator"],
    r["of_skipped_and_one"], len(r["unknown"]))')" "(4, 4, 0, 2)"
fault gamma none
ctwatch logs --cover --roots --log-list "$dir/list.json" --state "$dir/costs"
tr -s '\n ' '  ' <"$dir/out" | grep -q \
    'Accepted roots: 4; by logs of one operator alone 2, of two 2, of more 0\.' ||
    fail "$(cat "$dir/out")"
# A log that gave no roots may share them.
tr -s '\n ' '  ' <"$dir/out" | grep -q \
    'of another operator is known to accept: Delta log' ||
    fail "roots are said to be shared by none: $(cat "$dir/out")"
ctwatch logs --roots --log-list "$dir/list.json" --state "$dir/costs"
exits "--roots alone" 64
relist ''

ctwatch logs --cover --log-list "$dir/list.json" --state "$dir/costs"
exits "as text" 0
grep -Eq '^  Alpha +2 +4,[78][0-9]{2} +[1-9] +[0-9]+ +0 +0  read$' "$dir/out" ||
    fail "$(cat "$dir/out")"
grep -q '^Complete: at most one operator is behind' "$dir/out" ||
    fail "$(cat "$dir/out")"
tr -s '\n ' '  ' <"$dir/out" | grep -Eq 'all operators but Alpha, which takes [0-9]+ % of the bytes' ||
    fail "$(cat "$dir/out")"
exit 0
