#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# Scan the missing parts of a plan on this machine, of each operator as many at
# once as the plan allows, and merge them.
#
# usage: xargs.sh PLAN DIR [OPTION-OF-MERGE ...]
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

ctwatch backfill status --arrays "$plan" "$dir" | {
	while read -r at_once parts operator; do
		echo "$operator: $parts" >&2
		numbers "$parts" | xargs -P "$at_once" -I '{}' \
		    ctwatch backfill scan --part '{}' --output "$dir" "$plan" &
	done
	wait
}
# Merge checks by itself which parts there are.
exec ctwatch backfill merge "$plan" "$dir" "$@"
