#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# What bash and zsh complete is what --help of every command says: commands,
# verbs and options, no fewer and no more.
. "${top_srcdir:-.}/tests/support/story.sh"

# Completions call ctwatch by its name; lib's function is another.
unset -f ctwatch
mkdir "$dir/bin"
ln -s "$(realpath "$bin/ctwatch/ctwatch")" "$dir/bin/ctwatch"
PATH=$dir/bin:$PATH
cd "$dir" && touch a-file || fail "no folder"
top=$(cd "$OLDPWD" && realpath "$src")

# What ctwatch WORD ... can be followed by, by its help; as the line to
# complete, a bar and the words.
python3 - >"$dir/cases" <<'END' || fail "no cases"
import re, subprocess
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
top = commands(say())
assert len(top) > 8
case("", top + ["--help", "--version"])
case("pi", ["pins"])
for command in top:
    text = say(command)
    if command == "pins":
        verbs = commands(text)
        assert len(verbs) > 10
        case("pins ", verbs + ["--help"])
        for verb in verbs:
            case("pins %s --" % verb, options(say("pins", verb)))
        continue
    case(command + " --", options(text))
    usage = text.split("\n")[0].partition("] ")[2]
    verbs = [v.split()[0] for v in usage.split("|") if v.strip()]
    verbs = [v for v in verbs if v.islower()]
    case(command + " ", verbs or ["a-file", "bin", "cases"])
case("run --fail-on ", "note low medium high critical".split())
case("findings list --severity c", ["critical"])
case("pins lint a", ["a-file"])
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
		[[ $line == *[a-z-] ]] || typed+=("")
		got=$("complete_$shell" "${typed[@]}" |
		    grep -v complete.zsh | LC_ALL=C sort | tr '\n' ' ')
		is "$shell: ctwatch $line" "${got% }" "$want"
	done <"$dir/cases"
done
exit 0
