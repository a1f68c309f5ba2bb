#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# Every ceiling of bounds.h is used, and named by a test: one that meets it at
# the limit and one past it.
cd "${top_srcdir:-.}" || exit 99
status=0
for name in $(sed -n 's/^#define \(BOUNDS_[A-Z0-9_]*\) .*/\1/p' \
    include/ctwatch/base/bounds.h); do
	if ! grep -rqw "$name" ctwatch; then
		echo "$name: nothing keeps to it"
		status=1
	fi
	if ! grep -qw "$name" tests/test_*.c tests/[0-9]*.sh; then
		echo "$name: no test"
		status=1
	fi
done
exit $status
