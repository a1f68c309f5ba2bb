/* SPDX-License-Identifier: Apache-2.0 */
/*
 * trustkit_code: TrustKit's dictionary as a literal in Swift or Objective-C.
 */
#ifndef CTWATCH_ROTATE_FORMATS_TRUSTKIT_CODE_H
#define CTWATCH_ROTATE_FORMATS_TRUSTKIT_CODE_H

#include <ctwatch/base/buf.h>

struct json_t;

/* Report whether text contains kTSKPinnedDomains. */
bool trustkit_code_detect(struct bytes text);

/*
 * Read the dictionaries of kTSKPinnedDomains as one JSON object, without the
 * leading k of key names.  Return NULL with *error if a value is not a literal.
 * The caller releases it.
 */
struct json_t *trustkit_code_read(struct bytes text, struct buf *error);

#endif
