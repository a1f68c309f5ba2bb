#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# What cppcheck 2.10 warns of; other versions differ.
cd "${top_srcdir:-.}" || exit 1
if ! cppcheck --version 2>/dev/null | grep -q ' 2\.10'; then
	echo "cppcheck 2.10 is not installed"
	exit 77
fi
# readdir_r, which it would have instead of readdir, is obsolete.
exec cppcheck -q -j "$(nproc)" --error-exitcode=1 --std=c11 \
    --enable=warning,performance,portability --suppress=readdirCalled \
    --library=posix,gnu,libcurl,openssl,sqlite3,zlib,tests/support/jansson.cfg \
    --inline-suppr -Iinclude -D_GNU_SOURCE ctwatch tests
