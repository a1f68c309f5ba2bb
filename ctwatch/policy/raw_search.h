/* SPDX-License-Identifier: Apache-2.0 */
/*
 * raw_search: find watched names and addresses in bytes that do not parse.
 *
 * Text is searched as octets, UTF-16BE and UTF-32BE at any offset: addresses,
 * and names in any case, as A-labels or, in UTF-8, Latin-1 and the wide forms,
 * as U-labels.  The character before a match must not belong to a name, unless
 * it is the octet with the length.  Base64, as in a PEM file, is also decoded
 * and searched.
 */
#ifndef CTWATCH_POLICY_RAW_SEARCH_H
#define CTWATCH_POLICY_RAW_SEARCH_H

#include "policy/cidr_set.h"
#include "policy/label_index.h"
#include <ctwatch/base/bytes.h>

/*
 * Search for a name of t or an address in a network, also encoded as iPAddress.
 * Return true and the item of the first match.  Linear in the bytes and
 * independent of the number of items.
 */
bool raw_search(const struct label_index *t, const struct cidr_set *networks,
    struct bytes in, uint32_t *item);

#endif
