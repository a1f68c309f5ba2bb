#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# Each external symbol of foo.o is foo or foo_*.  The name of its folder or of
# its layer may precede it (cli/run/finish.o: run_finish; cli/run.o:
# cli_run), and foo may be in the plural (store_log.o: store_logs).
cd "${top_builddir:-.}" || exit 1
n=0
bad=0
while read -r o _ _ symbol; do
	o=${o%%:*}
	file=${o##*/}
	file=${file%.o}
	folder=${o%/*}
	folder=${folder##*/}
	layer=${o#ctwatch/}
	layer=${layer%%/*}
	n=$((n + 1))
	case $symbol in
	_*) ;; # the compiler's own
	"$file" | "$file"_* | "$file"s | "$file"s_* | "${folder}_$file" | "${folder}_${file}"_* | "${layer}_$file" | "${layer}_${file}"_*) ;;
	*)
		echo "$o exports $symbol"
		bad=1
		;;
	esac
done < <("${NM:-nm}" -A -g --defined-only $objects | sed 's/:/: /')
if [ "$n" -eq 0 ]; then
	echo "no symbols found with ${NM:-nm}"
	exit 1
fi
exit $bad
