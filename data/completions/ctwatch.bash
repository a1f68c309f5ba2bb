# SPDX-License-Identifier: Apache-2.0
# Completion for bash.  Commands and options are asked of ctwatch itself, so
# that there is no second list of them.
_ctwatch() {
	local cur=${COMP_WORDS[COMP_CWORD]} prev=${COMP_WORDS[COMP_CWORD-1]}
	COMPREPLY=()
	if [ "$COMP_CWORD" -eq 1 ]; then
		mapfile -t COMPREPLY < <(compgen -W "$(ctwatch --help |
		    sed -n 's/^  \([a-z]*\) .*/\1/p') --help --version" -- "$cur")
	elif [[ $cur == -* ]]; then
		mapfile -t COMPREPLY < <(compgen -W "$(ctwatch \
		    "${COMP_WORDS[1]}" --help 2>/dev/null |
		    sed -n 's/^ *\(--[a-z-]*\).*/\1/p')" -- "$cur")
	elif [ "$prev" = --fail-on ]; then
		mapfile -t COMPREPLY < <(compgen -W \
		    "note low medium high critical" -- "$cur")
	else
		mapfile -t COMPREPLY < <(compgen -f -- "$cur")
	fi
}
complete -o filenames -F _ctwatch ctwatch
