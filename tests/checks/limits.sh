#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# Every limit of limits.h is used, and a test names it: the test meets it at
# the limit and one past it.
cd "${top_srcdir:-.}" || exit 99
status=0
names=$(sed -n 's/^#define \(LIMIT_[A-Z0-9_]*\) .*/\1/p' \
    include/ctwatch/base/limits.h)
if [ -z "$names" ]; then
	echo "no limits found in include/ctwatch/base/limits.h"
	status=1
fi
for name in $names; do
	if ! grep -rqw "$name" ctwatch; then
		echo "$name: no code uses it"
		status=1
	fi
	if ! grep -qw "$name" tests/unit/*.c tests/stories/*.sh; then
		echo "$name: no test names it"
		status=1
	fi
done
exit $status
