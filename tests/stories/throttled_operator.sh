#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# An operator that throttles uses no memory for answers while a page waits for
# its Retry-After, and other operators are read.
. "${top_srcdir:-.}/tests/support/story.sh"

key unrelated
cert 1 unrelated www.example.com
logd --only rfc6962 --logs 2 --operators 2 --entries 600 --max-batch 100 \
    "$dir/certs" "$src/data/entries/argon2026h2-1111014090.json"
control 'log=rfc6962&fault=429&to=60&on=get-entries'
# Later, when the other one's page waits.
control 'log=rfc6962-2&fault=slow&ms=1500&on=get-sth'
# Room for one page whose size is not known yet.
run --watch .example.com --fail-on high --max-memory 1M --max-time 8s
exits "a throttled operator" 2
is "both" "$(report '[(l["status"], l["next_entry"])
    for l in sorted(j["coverage"]["logs"], key=lambda l: l["url"])]')" \
    "[('complete', 600), ('partial', 0)]"
