/* SPDX-License-Identifier: Apache-2.0 */
/*
 * pinset_roots: the member "roots" of a domain, a bundle of CA certificates
 * in a file beside the pinset.  For pinset_parse_domains.c alone.
 */
#ifndef CTWATCH_POLICY_PINSET_ROOTS_H
#define CTWATCH_POLICY_PINSET_ROOTS_H

#include "policy/pinset_read.h"

/*
 * Read v, a file name or {"file", "sha256"}, into out, a domain whose kind,
 * position and keys are there: the CAs of the bundle become keys of the pinset
 * and of the domain.
 */
bool pinset_roots_read(struct json_table *r, const struct json_t *v, void *out);

#endif
