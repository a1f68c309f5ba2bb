/* SPDX-License-Identifier: Apache-2.0 */
/*
 * emergency_change: a change of the pinset for which one signature is enough.
 */
#ifndef CTWATCH_ROTATE_EMERGENCY_CHANGE_H
#define CTWATCH_ROTATE_EMERGENCY_CHANGE_H

#include <ctwatch/policy/pinset.h>

/*
 * Report whether text, which is p, equals base except for keys marked
 * compromised, with one version for each of them.
 */
bool emergency_change_is(const struct pinset *base, struct bytes base_text,
    const struct pinset *p, struct bytes text);

#endif
