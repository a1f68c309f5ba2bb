/* SPDX-License-Identifier: Apache-2.0 */
/*
 * evaluate_select: choose the certificates to judge.
 *
 * Each certificate is stored with the digest of what its verdict was based on:
 * the rules, and the part of pinset and watch list that concerns it.
 */
#ifndef CTWATCH_JUDGE_EVALUATE_SELECT_H
#define CTWATCH_JUDGE_EVALUATE_SELECT_H

#include "judge/evaluate_cert.h"

/* Set x->base, the digest of what all verdicts are based on. */
void evaluate_select_begin(struct evaluate_pass *x);

/* Digest what the verdict on a certificate is based on; hits are of c. */
void evaluate_select_digest(const struct evaluate_pass *x,
    const uint8_t tbs[static SHA256_SIZE], const struct cert *c,
    const struct watch_hits *hits, uint8_t out[static SHA256_SIZE]);

/*
 * Return the TBS hashes of the certificates to judge, sorted; the caller frees
 * them.  If pinset, watch list or rules changed (x->changed), these are the
 * certificates whose digest differs, and all others with their keys: a finding
 * about a key may come from any of them.  Else these are new certificates and
 * those with a new sighting.
 */
uint8_t (
    *evaluate_select_certs(struct evaluate_pass *x, size_t *n))[SHA256_SIZE];

#endif
