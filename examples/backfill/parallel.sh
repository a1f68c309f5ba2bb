#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# Scan the missing parts of a plan on several machines by GNU parallel and ssh,
# and merge them here.  The machines need ctwatch, and no common folder.
#
# usage: HOSTS=HOST,HOST,... parallel.sh PLAN DIR [OPTION-OF-MERGE ...]
#
# PLAN and DIR must be relative paths: they are the same on all machines.
# Without HOSTS, this machine alone is used.
[ $# -ge 2 ] || {
	echo "usage: $0 PLAN DIR [OPTION-OF-MERGE ...]" >&2
	exit 64
}
plan=$1 dir=$2
shift 2

# numbers RANGES: "0-2,7" as a number a line.
numbers() {
	echo "$1" | tr , '\n' | while IFS=- read -r from to; do
		seq "$from" "${to:-$from}"
	done
}

# hosts N: the first N hosts, each with its share of N parts at once, so that
# all together make no more requests than the plan allows.
hosts() {
	echo "${HOSTS:-:}" | tr , '\n' | head -n "$1" | awk -v n="$1" '
	    { host[NR] = $0 }
	    END { for (i = 1; i <= NR; i++)
	        print int((n + NR - i) / NR) "/" host[i] }'
}

ctwatch backfill status --arrays "$plan" "$dir" | {
	while read -r at_once parts operator; do
		echo "$operator: $parts" >&2
		list=$(mktemp) && hosts "$at_once" >"$list" || exit
		{
			numbers "$parts" | parallel --will-cite --retries 2 \
			    --sshloginfile "$list" --basefile "$plan" \
			    --return "$dir/part-{}.ctwpart" --cleanup \
			    ctwatch backfill scan --part '{}' \
			    --output "$dir" "$plan"
			rm "$list"
		} </dev/null &
	done
	wait
}
# Merge checks by itself which parts there are.
exec ctwatch backfill merge "$plan" "$dir" "$@"
