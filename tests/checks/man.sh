#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# The manual pages are sound mdoc, and name every command and every option
# that --help names, every option of `run' in ctwatch(1), every rule with its
# severity, and every member that the configuration file may have.
pages=("$top_srcdir"/ctwatch/*.[1-8])
program=$top_builddir/ctwatch/ctwatch
bad=0

# verbs WORD ...: what the --help of a command, or of all, lists.
verbs() {
	"$program" "$@" --help | sed -n 's/^  \([a-z]*\) .*/\1/p'
}

# options WORD ...: hold the options of a command against the pages, and its
# help against the width of a terminal.
options() {
	if "$program" "$@" --help | grep -E '.{80}'; then
		bad=1
	fi
	for option in $("$program" "$@" --help |
	    sed -n 's/^  \(--[a-z-]*\).*/\1/p'); do
		grep -qE "Fl ${option#-}( |\$)" "${pages[@]}" || {
			echo "no page has $option of ctwatch $*"
			bad=1
		}
	done
}

# named WORD: some page has an entry for it.
named() {
	grep -qE "^\.(It )?Cm ([a-z]+ )?$1( |\$)" \
	    "${pages[@]}" || {
		echo "no page has an entry for $1"
		bad=1
	}
}

[ -n "$(verbs)" ] || bad=1
for command in $(verbs); do
	named "$command"
	options "$command"
	[ "$command" = pins ] || [ "$command" = backfill ] || continue
	for verb in $(verbs "$command"); do
		named "$verb"
		options "$command" "$verb"
	done
done

# The options of `run', which the configuration file may have but for itself.
run=$("$program" run --help | sed -n 's/^  --\([a-z-]*\).*/\1/p')
[ -n "$run" ] || bad=1
for option in $run; do
	grep -qE "^\.It Fl -$option( |\$)" "$top_srcdir/ctwatch/ctwatch.1" || {
		echo "ctwatch.1 lacks --$option of run"
		bad=1
	}
	case $option in
	config | help) continue ;;
	esac
	grep -qE "^\.(It )?Li $option( ,)?\$" \
	    "$top_srcdir/ctwatch/ctwatch.conf.5" || {
		echo "ctwatch.conf.5 lacks $option"
		bad=1
	}
	case $option in
	now | pinset | quiet | state | verbose) continue ;; # of every command
	esac
	"$program" explain --config <(echo "{\"$option\": 0}") CTW001 \
	    >/dev/null || bad=1
done

# And the other way round: nothing may be named there that no command takes.
members=$(sed -n 's/^\.It Li \([a-z-]*\).*/\1/p' \
    "$top_srcdir/ctwatch/ctwatch.conf.5"
    sed -n '/ members\[\] = {/,/};/s/"/\n/gp' "$top_srcdir/ctwatch/cli/opts.c" |
        grep '^[a-z-]*$')
for member in $members; do
	grep -qx -- "$member" <<<"$run" || {
		echo "the configuration may have $member, which run lacks"
		bad=1
	}
done

rules=$("$program" explain | awk '{ print ".It " $1 " Ta " $2 " Ta " $3 }')
listed=$(grep '^\.It CTW' "$top_srcdir/ctwatch/ctwatch-findings.7")
[ -n "$rules" ] || bad=1
[ "$rules" = "$listed" ] || {
	echo "ctwatch-findings.7 and ctwatch explain differ:"
	diff <(echo "$rules") <(echo "$listed")
	bad=1
}
[ "$bad" -eq 0 ] || exit 1
if ! command -v mandoc >/dev/null; then
	echo "mandoc is not installed"
	exit 77
fi
mandoc -T lint -W warning "${pages[@]}"
