/* SPDX-License-Identifier: Apache-2.0 */
/* revoke_sh: the script of a problem report, revoke.sh of this folder. */
#ifndef CTWATCH_RESPONSE_REVOKE_SH_H
#define CTWATCH_RESPONSE_REVOKE_SH_H

#include <ctwatch/base/bytes.h>

/* The text of the script; static. */
struct bytes revoke_sh(void);

#endif
