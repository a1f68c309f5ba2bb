#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# Every fuzz target survives its seeds.
bad=0
for target in $fuzz_targets; do
	seeds=$top_srcdir/data/fuzz/${target##*/fuzz_}
	if ! [ -d "$seeds" ]; then
		echo "$target has no seeds in $seeds"
		bad=1
	elif ! "$top_builddir/$target" "$seeds"/*; then
		echo "$target fails over $seeds"
		bad=1
	fi
done
exit $bad
