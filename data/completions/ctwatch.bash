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

# Words that an option of a command can have: `--format text|json', or what the
# command says of a wrong one.
_ctwatch_values() {
	local option=$1 choices
	shift
	case $option in
	--fail-on | --notify-on | --severity)
		echo note low medium high critical ;;
	--evidence)
		echo note low medium high critical none ;;
	--webhook-format)
		echo ctwatch slack teams pagerduty splunk-hec ;;
	*)
		choices=$(ctwatch "$@" --help 2>/dev/null | sed -n \
		    "s/^  $option \([a-z][a-z-]*|[a-z|-]*\) .*/\1/p")
		if [ -n "$choices" ]; then
			tr '|' ' ' <<<"$choices"
		elif [ "$option" = --format ]; then
			ctwatch report --format '' 2>&1 |
			    sed -n 's/.*give one of //p' | tr -d ,
		fi ;;
	esac
}

# What can follow a command: rules, and the IDs of findings and proposals.
_ctwatch_operands() {
	case $* in
	explain | 'explain '*)
		ctwatch explain 2>/dev/null | sed -n 's/^\(CTW[0-9]*\) .*/\1/p' ;;
	'findings '[a-z]* | evidence | problem-report | revocation | 'revocation '*)
		ctwatch findings list --format json 2>/dev/null | sed -n \
		    's/^ *"id": "\([0-9a-f]\{16\}\)[0-9a-f]*".*/\1/p' ;;
	'pins review' | 'pins approve' | 'pins activate' | 'pins reject')
		ctwatch pins review 2>/dev/null |
		    sed -n 's/^\([0-9a-f][0-9a-f]*\) .*/\1/p' ;;
	esac
}

_ctwatch() {
	local cur=${COMP_WORDS[COMP_CWORD]} prev=${COMP_WORDS[COMP_CWORD-1]}
	local -a command=("${COMP_WORDS[@]:1:1}")
	local words=
	case ${command[0]} in
	pins | backfill)
		[ "$COMP_CWORD" -lt 3 ] || command=("${COMP_WORDS[@]:1:2}") ;;
	esac
	COMPREPLY=()
	if [ "$COMP_CWORD" -eq 1 ]; then
		words="$(_ctwatch_commands) --help --version"
	elif [ "${command[*]}" = pins ] || [ "${command[*]}" = backfill ]; then
		words="$(_ctwatch_commands "${command[0]}") --help"
	elif [[ $cur == -* ]]; then
		words=$(_ctwatch_options "${command[@]}")
	else
		case $prev in
		--*)
			words=$(_ctwatch_values "$prev" "${command[@]}") ;;
		"${command[0]}")
			words=$(_ctwatch_verbs "${command[@]}") ;;&
		*)
			[ -n "$words" ] || words=$(_ctwatch_operands \
			    "${COMP_WORDS[@]:1:COMP_CWORD-1}") ;;
		esac
	fi
	if [ -n "$words" ]; then
		mapfile -t COMPREPLY < <(compgen -W "$words" -- "$cur")
	else
		mapfile -t COMPREPLY < <(compgen -f -- "$cur")
	fi
}
complete -o filenames -F _ctwatch ctwatch
