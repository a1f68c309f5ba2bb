#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# Functions that overflow, that cannot report an error, or that ask a shell;
# and pragmas as functions of an argument, which SQLite 3.46 understands
# otherwise than 3.45 does.
cd "${top_srcdir:-.}" || exit 1
banned='strcpy|strcat|sprintf|vsprintf|strtok|atoi|atol|gets|system|popen'
if find ctwatch include tests -name '*.[ch]' | sort | while IFS= read -r f; do
	sed -e 's,/\*.*\*/,,' -e 's,"[^"]*","",g' -e 's,^[[:space:]]*/\?\*.*,,' "$f" |
	    grep -nE "(^|[^A-Za-z0-9_])($banned)[[:space:]]*\(" |
	    sed "s,^,$f:,"
done | grep .; then
	exit 1
fi
! grep -rnE 'pragma_[a-z_]+\([^)]' ctwatch --include='*.c'
