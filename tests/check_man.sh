#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# The manual pages are sound mdoc, and name every command and every option
# that --help names.
pages=("$top_srcdir"/ctwatch/*.[1-8])
program=$top_builddir/ctwatch/ctwatch
bad=0

for command in $("$program" --help | sed -n 's/^  \([a-z]*\) .*/\1/p'); do
	grep -qE "^\.(It|Ss|Nm ctwatch|It Nm ctwatch)( .*)? $command( |\$)" \
	    "${pages[@]}" || {
		echo "ctwatch.1 has no command $command"
		bad=1
	}
	for option in $("$program" "$command" --help |
	    grep -oE -- '--[a-z][a-z-]*' | sort -u); do
		grep -qE "Fl ${option#-}( |\$)" "${pages[@]}" || {
			echo "ctwatch.1 lacks $option of ctwatch $command"
			bad=1
		}
	done
done
[ "$bad" -eq 0 ] || exit 1
if ! command -v mandoc >/dev/null; then
	echo "mandoc is not installed"
	exit 77
fi
mandoc -T lint -W warning "${pages[@]}"
