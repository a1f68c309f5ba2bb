#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# The layout is what clang-format 14 makes of it; other versions differ.
cd "${top_srcdir:-.}" || exit 1
for tool in clang-format-14 clang-format; do
	if "$tool" --version 2>/dev/null | grep -q 'version 14\.'; then
		find ctwatch include tests -name '*.[ch]' -print0 | sort -z |
		    xargs -0 "$tool" --dry-run -Werror
		exit
	fi
done
echo "clang-format 14 is not installed"
exit 77
