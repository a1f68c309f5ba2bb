/* SPDX-License-Identifier: Apache-2.0 */
/*
 * evaluate_save: store the findings about a certificate, with the names and
 * notes that the report shows beside the message.
 */
#ifndef CTWATCH_JUDGE_EVALUATE_SAVE_H
#define CTWATCH_JUDGE_EVALUATE_SAVE_H

#include "judge/evaluate_cert.h"

/* Return the names and notes for a finding about j, as JSON; the caller frees
 * it. */
char *evaluate_save_detail(const struct evaluate_pass *x,
    const struct evaluate_subject *j, const struct verdict_finding *from);

/*
 * Store what was found about a certificate, and that it was judged.  A finding
 * of an ended certificate is stored as closed, see evaluate.h.  Clear x->ok if
 * the store fails.
 */
void evaluate_save(struct evaluate_pass *x, const struct evaluate_result *r);

#endif
