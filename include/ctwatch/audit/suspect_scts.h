/* SPDX-License-Identifier: Apache-2.0 */
/*
 * suspect_scts: stored certificates with an SCT whose entry the runs must have
 * read, but did not store.
 *
 * Each entry for a watched name is stored with its leaf hash, and an embedded
 * SCT gives the leaf hash of its entry.  So a run that has read a log to a head
 * that was signed after the SCT and the maximum merge delay, and does not have
 * that hash, shows that the log did not include the entry, or that ctwatch has
 * a fault.  A static-ct-api SCT names the index; of another log it must be
 * dated after the first run that read the log and watched for the name, or both
 * from entry 0.
 */
#ifndef CTWATCH_AUDIT_SUSPECT_SCTS_H
#define CTWATCH_AUDIT_SUSPECT_SCTS_H

#include <ctwatch/audit/audit_certs.h>
#include <ctwatch/policy/watch.h>

/*
 * Add at most LIMIT_SUSPECT_CERTS such certificates that are valid at the time
 * now, in ms; if there are more, each run adds others. *n is the number of all.
 * Return false if the store failed.
 */
bool suspect_scts_add(struct audit_certs *a, struct store *s,
    const struct watch *w, int64_t now, int64_t run, size_t *n);

#endif
