/* SPDX-License-Identifier: Apache-2.0 */
/*
 * pinset_read: state shared by the readers of a pinset's parts: the ids that
 * other parts refer to.  For pinset_parse.c and pinset_parse_domains.c alone.
 */
#ifndef CTWATCH_POLICY_PINSET_READ_H
#define CTWATCH_POLICY_PINSET_READ_H

#include "policy/json_table.h"
#include <ctwatch/policy/pinset.h>

/* The pinset being read, and the ids that domains may refer to. */
struct pinset_read {
	struct pinset *p;
	const char *path; /* of the pinset; NULL: do not read bundles */
	struct json_table_index keys, issuers, consumers;
};

#define PINSET_READ(r) ((struct pinset_read *)(r)->arg)

/* Read v, the list of domains, into out, a struct pinset whose issuers, keys
 * and consumers are there. */
bool pinset_parse_domains(
    struct json_table *r, const struct json_t *v, void *out);

#endif
