/* SPDX-License-Identifier: Apache-2.0 */
/*
 * witness_policy: the witnesses whose cosignatures count, and how many of them
 * (C2SP tlog-policy).
 */
#ifndef CTWATCH_POLICY_WITNESS_POLICY_H
#define CTWATCH_POLICY_WITNESS_POLICY_H

#include <ctwatch/wire/cosignature.h>

struct witness {
	struct cosignature_key *key;
	char *url; /* its monitoring prefix, which ends in /; or NULL */
};

struct witness_policy;

/*
 * Parse text, the content of file.  Its log lines are read and not used, since
 * the log lists have the keys of logs.  Return NULL, with file, line and
 * reason in *error, when it is malformed.  The caller frees.
 */
struct witness_policy *witness_policy_parse(
    struct bytes text, const char *file, struct buf *error);
void witness_policy_free(struct witness_policy *p);

/* Return the witnesses, *n of them, in their order; borrowed. */
const struct witness *witness_policy_witnesses(
    const struct witness_policy *p, size_t *n);

/* Report whether the quorum has cosigned, when valid[i] says whether witness i
 * has.  Without a quorum ("none") it always has. */
bool witness_policy_is_met(const struct witness_policy *p, const bool *valid);

#endif
