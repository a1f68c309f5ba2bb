#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# Every file of data/ has its row in data/PROVENANCE.tsv with a licence, and
# the bytes it had when the row was written.  A row that ends in / is for
# a folder.
cd "${top_srcdir:-.}/data" || exit 1
bad=0
awk -F '\t' 'NR > 1 && $1 !~ /\/$/ { print $5 "  " $1 }' PROVENANCE.tsv |
    sha256sum --quiet -c - || bad=1
find . -type f ! -name PROVENANCE.tsv ! -name README.md | sed 's,^\./,,' |
    sort | awk -F '\t' '
	NR == FNR && FNR > 1 {
		if ($4 == "") { print $1 " has no licence"; bad = 1 }
		if ($1 ~ /\/$/) folders[$1]; else files[$1]
		next
	}
	NR == FNR { next }
	{
		known = $0 in files
		for (folder in folders) known += index($0, folder) == 1
		if (!known) {
			print "data/" $0 " has no row in data/PROVENANCE.tsv"
			bad = 1
		}
	}
	END { exit bad }' PROVENANCE.tsv - || bad=1
exit $bad
