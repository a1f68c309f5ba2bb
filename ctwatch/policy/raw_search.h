/* SPDX-License-Identifier: Apache-2.0 */
/*
 * raw_search: watched names and addresses in bytes that do not parse.
 *
 * Text is looked for as octets, as UTF-16BE and as UTF-32BE, wherever it may
 * begin: names in letters of any case, as A-labels or, in UTF-8, Latin-1 and
 * the wide forms, as U-labels; and addresses.  What stands before a name must
 * not be part of it; an octet that gives its length is not.  Base64, as
 * in a PEM file, is decoded and searched, too.
 */
#ifndef CTWATCH_POLICY_RAW_SEARCH_H
#define CTWATCH_POLICY_RAW_SEARCH_H

#include "policy/cidr_set.h"
#include "policy/label_index.h"
#include <ctwatch/base/bytes.h>

/*
 * Search for a name of t or an address in a network, also encoded as
 * iPAddress.  True with the item of the first.  Linear in the bytes and
 * independent of the number of items.
 */
bool raw_search(const struct trie *t, const struct cidr_set *networks,
    struct bytes in, uint32_t *item);

#endif
