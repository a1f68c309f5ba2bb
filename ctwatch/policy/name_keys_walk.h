/* SPDX-License-Identifier: Apache-2.0 */
/*
 * name_keys_walk: the keys of a certificate whose names are walked for another
 * purpose as well.
 */
#ifndef CTWATCH_POLICY_NAME_KEYS_WALK_H
#define CTWATCH_POLICY_NAME_KEYS_WALK_H

#include "policy/dnsname.h"
#include <ctwatch/policy/name_keys.h>

/* Begin a certificate; keys follow those in k. */
void name_keys_begin(struct name_keys *k);

/* Append the keys of a reading of one of its names. */
void name_keys_reading(struct name_keys *k, const struct dnsname_reading *r);

/* Take note of a CERT_PERMITTED name of c: all names below it match, if c is a
 * CA. */
void name_keys_permitted(struct name_keys *k, const struct cert *c);

/* End the certificate whose names were all read; keep the key of
 * name_keys_any alone if they cannot be listed. */
void name_keys_end(struct name_keys *k, const struct cert_names *it);

#endif
