/* SPDX-License-Identifier: Apache-2.0 */
/*
 * evaluate_workers: judge certificates in several threads, and save the results
 * in order.
 *
 * The calling thread saves, so that one thread writes to the store and the
 * results do not depend on the number of threads.  It judges, too, when it
 * comes to a certificate that no other thread has taken.
 */
#ifndef CTWATCH_JUDGE_EVALUATE_WORKERS_H
#define CTWATCH_JUDGE_EVALUATE_WORKERS_H

#include "judge/evaluate_cert.h"

/* Judge the n certificates and save the results, in jobs threads at most.
 * Clear x->ok if the store fails. */
void evaluate_workers_run(struct evaluate_pass *x,
    const uint8_t (*tbs)[SHA256_SIZE], size_t n, unsigned jobs);

#endif
