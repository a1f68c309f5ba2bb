#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# Every fuzz target survives its seeds; those of the pin formats are the
# specimens of each.
bad=0
for target in $fuzz_targets; do
	seeds=$top_srcdir/data/fuzz/${target##*/fuzz_}
	[ "${target##*/}" = fuzz_formats ] && seeds=$top_srcdir/data/pins
	if ! [ -d "$seeds" ]; then
		echo "$target has no seeds in $seeds"
		bad=1
	elif ! "$top_builddir/$target" "$seeds"/*; then
		echo "$target fails over $seeds"
		bad=1
	fi
done
exit $bad
