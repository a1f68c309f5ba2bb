#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# The index misses no item: Python makes certificates with names of every kind
# and says which tile each item must be found in.  NAME_INDEX_NAMES=1000000 is
# for a release.
. "${top_srcdir:-.}/tests/support/story.sh"

python3 "$src/tests/support/name_index.py" "$bin/tests/support/index_search" \
    "${NAME_INDEX_NAMES:-30000}" >"$dir/out" || fail "$(cat "$dir/out")"
cat "$dir/out"
