# SPDX-License-Identifier: Apache-2.0
# Completion for bash.  Commands, their verbs and their options are asked of
# ctwatch itself, so that there is no second list of them.

# Commands of ctwatch, or of one command that has such: `  name  purpose'.
_ctwatch_commands() {
	ctwatch "$@" --help 2>/dev/null | sed -n 's/^  \([a-z][a-z-]*\) .*/\1/p'
}

# Verbs in the usage line: `usage: ctwatch findings [OPTION ...] list | ...'.
_ctwatch_verbs() {
	ctwatch "$@" --help 2>/dev/null |
	    sed -n '1s/^usage: [^]]*\] //p' | tr '|' '\n' |
	    sed -n 's/^ *\([a-z][a-z]*\).*/\1/p'
}

_ctwatch_options() {
	ctwatch "$@" --help 2>/dev/null |
	    sed -n 's/^  \(--[a-z0-9-]*\).*/\1/p'
}

_ctwatch() {
	local cur=${COMP_WORDS[COMP_CWORD]} prev=${COMP_WORDS[COMP_CWORD-1]}
	local -a command=("${COMP_WORDS[@]:1:1}")
	local words=
	[ "${command[0]}" != pins ] || [ "$COMP_CWORD" -lt 3 ] ||
	    command=("${COMP_WORDS[@]:1:2}")
	COMPREPLY=()
	if [ "$COMP_CWORD" -eq 1 ]; then
		words="$(_ctwatch_commands) --help --version"
	elif [ "${command[*]}" = pins ]; then
		words="$(_ctwatch_commands pins) --help"
	elif [[ $cur == -* ]]; then
		words=$(_ctwatch_options "${command[@]}")
	else
		case $prev in
		--fail-on | --notify-on | --severity)
			words="note low medium high critical" ;;
		"${command[0]}")
			words=$(_ctwatch_verbs "${command[@]}") ;;
		esac
	fi
	if [ -n "$words" ]; then
		mapfile -t COMPREPLY < <(compgen -W "$words" -- "$cur")
	else
		mapfile -t COMPREPLY < <(compgen -f -- "$cur")
	fi
}
complete -o filenames -F _ctwatch ctwatch
