/* SPDX-License-Identifier: Apache-2.0 */
/*
 * consumer_notes: name the consumers of a compromised or retired key in the
 * findings about it.
 */
#ifndef CTWATCH_CLI_RUN_CONSUMER_NOTES_H
#define CTWATCH_CLI_RUN_CONSUMER_NOTES_H

#include <ctwatch/policy/pinset.h>
#include <ctwatch/store/store.h>

/* Add to the findings about compromised and retired keys (CTW004, CTW006) the
 * consumers of p (or NULL) and versions that still accept the key.  Return
 * false if the store failed. */
bool consumer_notes_add(struct store *s, const struct pinset *p);

#endif
