/* SPDX-License-Identifier: Apache-2.0 */
/*
 * idna: names in UTF-8 as A-labels.
 */
#ifndef CTWATCH_POLICY_IDNA_H
#define CTWATCH_POLICY_IDNA_H

#include <ctwatch/base/bytes.h>
#include <ctwatch/base/limits.h>

/*
 * Write the A-label form, lower case, of a name in UTF-8, and a NUL.  False
 * when IDNA (UTS 46, non-transitional) has none.
 */
bool idna_to_ascii(struct bytes name, char out[static LIMIT_READING]);

/* As idna_to_ascii, by the mapping of IDNA 2003 (UTS 46, transitional). */
bool idna_to_ascii_2003(struct bytes name, char out[static LIMIT_READING]);

#endif
