/* SPDX-License-Identifier: Apache-2.0 */
/*
 * control: the log list, and the URL at which a test lets the logs grow and
 * fail.
 */
#ifndef LOGD_CONTROL_H
#define LOGD_CONTROL_H

#include "site.h"

/* Answer with a log list (schema v3) of all logs. */
void control_list(const struct site_request *q, struct answer *out);

/*
 * Do as the query says and answer with the state:
 *   size=N               publish N entries
 *   time=MS              sign the next head as of then
 *   fault=NAME|none      make answers fail, or no more
 *   every=K for=N on=PLACE,...    ... every K-th, N times, only these
 *   ms=N at=INDEX to=N step=N date=1 cached=1 ... see struct fault_rule
 *   also=1               ... beside the fault that is set
 *   log=NAME             only of this log ("log-list": of the list)
 */
void control_answer(const struct site_request *q, struct answer *out);

#endif
