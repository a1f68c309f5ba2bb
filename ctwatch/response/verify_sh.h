/* SPDX-License-Identifier: Apache-2.0 */
/* verify_sh: the script of an evidence bundle, verify.sh of this folder. */
#ifndef CTWATCH_RESPONSE_VERIFY_SH_H
#define CTWATCH_RESPONSE_VERIFY_SH_H

#include <ctwatch/base/bytes.h>

/* The whole script; static. */
struct bytes verify_sh(void);

#endif
