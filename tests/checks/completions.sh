#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# What bash and zsh complete is what --help of every command says: commands,
# verbs and options exactly.
. "${top_srcdir:-.}/tests/support/story.sh"

# Completions call ctwatch by its name; lib's function is another.
unset -f ctwatch
mkdir "$dir/bin"
ln -s "$(realpath "$bin/ctwatch/ctwatch")" "$dir/bin/ctwatch"
PATH=$dir/bin:$PATH
logd_program=$(realpath "$bin/tests/logd/logd")
cd "$dir" && touch a-file || fail "no folder"
top=$(cd "$OLDPWD" && realpath "$src")

# A state with a proposal, in the places that ctwatch looks at.
export XDG_CONFIG_HOME=$dir/home STATE_DIRECTORY=$dir/home/state
home=$XDG_CONFIG_HOME/ctwatch
mkdir -p "$home"
unset CONFIGURATION_DIRECTORY
echo '{"pinset": "pinset.json"}' >"$home/ctwatch.json"
echo '{"format": "ctwatch-pinset/1", "name": "p", "version": 1, "keys": [],
    "domains": []}' >"$home/pinset.json"
openssl req -x509 -newkey rsa:2048 -nodes -keyout "$home/key" \
    -subj /CN=www.example.com -out "$home/cert" 2>"$home/err"
mkdir "$dir/home/certs"
openssl x509 -in "$home/cert" -outform DER -out "$dir/home/certs/1.der"
ctwatch pins add --cert "$home/cert" --by a --reason r >"$home/proposed" 2>&1
# A finding, if there is a log server.
: >"$dir/home/report"
if [ -x "$logd_program" ]; then
	"$logd_program" --only rfc6962 --port-file "$dir/home/port" \
	    "$dir/home/certs" >"$dir/home/logd" 2>&1 &
	background+=($!)
	for _ in $(seq 250); do
		[ -s "$dir/home/port" ] && break
		sleep 0.02
	done
	ctwatch run --no-revocation --since start --watch www.example.com \
	    --log-list "http://127.0.0.1:$(cat "$dir/home/port")/log_list.json" \
	    --format json >"$dir/home/report" 2>"$home/err"
	[ -s "$dir/home/report" ] || fail "no report: $(cat "$home/err")"
fi

# What ctwatch WORD ... can be followed by, by its help; as the line to
# complete, a bar and the words.
python3 - >"$dir/cases" <<'END' || fail "no cases"
import json, re, subprocess
def say(*words):
    return subprocess.run(["ctwatch", *words, "--help"], check=True,
                          capture_output=True, text=True).stdout
def commands(text):
    return [line.split()[0] for line in text.split("\n")
            if re.match("  [a-z]", line)]
def options(text):
    return [line.split()[0] for line in text.split("\n")
            if line.startswith("  --")]
def case(line, words):
    assert words, line
    print(line, " ".join(sorted(words)), sep="|")
rules = [line.split()[0] for line in subprocess.run(["ctwatch", "explain"],
    check=True, capture_output=True, text=True).stdout.split("\n")
    if line.startswith("CTW")]
assert len(rules) > 30
ids = [f["id"][:16] for f in json.loads(open("home/report").read() or
                                        '{"findings": []}')["findings"]]
top = commands(say())
assert len(top) > 8
case("", top + ["--help", "--version"])
case("pi", ["pins"])
for command in top:
    text = say(command)
    if command in ("pins", "backfill"):
        verbs = commands(text)
        assert len(verbs) > (10 if command == "pins" else 3)
        case(command + " ", verbs + ["--help"])
        for verb in verbs:
            case("%s %s --" % (command, verb), options(say(command, verb)))
        continue
    case(command + " --", options(text))
    usage = text.split("\n")[0].partition("] ")[2]
    verbs = [v.split()[0] for v in usage.split("|") if v.strip()]
    verbs = [v for v in verbs if v.islower()]
    case(command + " ", verbs or (rules if command == "explain" else ids if command in
        ("evidence", "problem-report", "revocation") else
        ["a-file", "bin", "cases", "home"]))
case("run --fail-on ", "note low medium high critical".split())
case("findings list --severity c", ["critical"])
case("pins lint a", ["a-file"])
case("run --evidence n", ["none", "note"])
case("logs --format ", ["json", "notes", "text"])
case("evidence --format ", ["folder", "tar"])
case("report --format js", ["json", "jsonl"])
case("explain CTW", rules)
proposal = re.search("^proposal ([0-9a-f]+)", open("home/ctwatch/proposed").read(), re.M)
case("pins review ", [proposal[1]])
case("pins approve ", [proposal[1]])
if ids:
    case("findings close ", ids)
    case("evidence " + ids[0][:4], [ids[0]])
END

# complete_bash WORD ...: the last one is to be completed.
complete_bash() {
	COMP_WORDS=(ctwatch "$@")
	COMP_CWORD=$#
	_ctwatch
	printf '%s\n' "${COMPREPLY[@]}"
}
. "$top/data/completions/ctwatch.bash"

# The words that zsh's completion offers; zsh itself would leave out those
# that do not begin as what was typed.
cat >"$dir/complete.zsh" <<'END'
_describe() { print -rl -- ${${(P)2}%%:*} }
_files() { print -rl -- *(N) }
script=$1 words=(ctwatch "${@:2}") CURRENT=$#
offer() { source $script }
offer | while read -r word; do
	[[ $word == $words[-1]* ]] && print -r -- $word
done
END
complete_zsh() {
	zsh -f "$dir/complete.zsh" "$top/data/completions/_ctwatch" "$@"
}

shells=bash
command -v zsh >/dev/null && shells="bash zsh"
for shell in $shells; do
	while IFS='|' read -r line want; do
		read -ra typed <<<"$line"
		[[ $line == *[A-Za-z0-9-] ]] || typed+=("")
		got=$("complete_$shell" "${typed[@]}" |
		    grep -v complete.zsh | LC_ALL=C sort | tr '\n' ' ')
		is "$shell: ctwatch $line" "${got% }" "$want"
	done <"$dir/cases"
done
exit 0
