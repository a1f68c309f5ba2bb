/* SPDX-License-Identifier: Apache-2.0 */
/*
 * trustkit_code: TrustKit's dictionary as a literal in Swift or Objective-C.
 */
#ifndef CTWATCH_ROTATE_FORMATS_TRUSTKIT_CODE_H
#define CTWATCH_ROTATE_FORMATS_TRUSTKIT_CODE_H

#include <ctwatch/base/buf.h>

struct json_t;

/* Report whether text names kTSKPinnedDomains. */
bool trustkit_code_detect(struct bytes text);

/*
 * Read the dictionaries behind kTSKPinnedDomains as one JSON object, the k of
 * the keys' names removed.  NULL with *error for anything that is not a
 * literal.  The caller releases it.
 */
struct json_t *trustkit_code_read(struct bytes text, struct buf *error);

#endif
