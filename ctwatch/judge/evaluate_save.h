/* SPDX-License-Identifier: Apache-2.0 */
/*
 * evaluate_save: store one finding about a certificate, with the names and
 * notes that the report shows beside the message.
 */
#ifndef CTWATCH_JUDGE_EVALUATE_SAVE_H
#define CTWATCH_JUDGE_EVALUATE_SAVE_H

#include "judge/evaluate_cert.h"

/*
 * Store a finding.  end is when its certificate ends, in ms.  A finding of an
 * ended certificate is stored as closed, see evaluate.h.  Clear x->ok if the
 * store fails.
 */
void evaluate_save(struct evaluate_pass *x, const struct evaluate_subject *j,
    const struct verdict_finding *from, int64_t end);

#endif
