#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# A run ended by a kill, a signal, or a disk that is full or read-only loses no
# commit and counts nothing twice: tests/support/crash.py.
. "${top_srcdir:-.}/tests/support/story.sh"

python3 -c 'import sqlite3' 2>/dev/null || skip "no python3 with sqlite3"
demo=$src/data/demo
crash=("$src/tests/support/crash.py")
with=("$bin/ctwatch/ctwatch" "$demo")

logd --size 500 --entries 2500 --timestamp 1780281000000 --max-batch 64 \
    "$demo/entries.jsonl"
export PYTHONDONTWRITEBYTECODE=1
python3 "$crash" kills "${with[@]}" "$url" "$dir" || fail "kills"
mkdir "$dir/probe"
if unshare -rm mount -t tmpfs none "$dir/probe" 2>/dev/null; then
	unshare -rm python3 "$crash" disk "${with[@]}" "$url" "$dir" ||
	    fail "disk"
else
	echo "not tried: no mounts here, so no full or read-only disk"
fi
