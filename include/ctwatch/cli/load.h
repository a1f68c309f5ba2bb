/* SPDX-License-Identifier: Apache-2.0 */
/*
 * load: what several commands read from the files that options name.  What
 * goes wrong is said by msg_error.
 */
#ifndef CTWATCH_CLI_LOAD_H
#define CTWATCH_CLI_LOAD_H

#include <ctwatch/cli/opts.h>
#include <ctwatch/policy/pinset.h>

/*
 * The pinset that common names; NULL after an error, and when none is named
 * (need says whether that is one).  The caller frees.
 */
struct pinset *load_pinset(const struct opts_common *common, bool need);

#endif
