/* SPDX-License-Identifier: Apache-2.0 */
/*
 * label_pattern: labels of certificates that match more than one label.
 *
 * A star matches any characters, a question mark one (a redacted label is "?"
 * alone), and LABEL_PATTERN_UNREADABLE stands for characters that cannot be
 * read: programs may drop them, map them to others, or write the whole label
 * in Punycode (RFC 3492).
 */
#ifndef CTWATCH_POLICY_LABEL_PATTERN_H
#define CTWATCH_POLICY_LABEL_PATTERN_H

#include <ctwatch/base/bytes.h>

#define LABEL_PATTERN_UNREADABLE 0x1a

/* Report whether a label is a pattern. */
bool label_pattern_is(struct bytes label);

/* Report whether a pattern matches a lower-case label.  Letters of the pattern
 * may be of either case. */
bool label_pattern_matches(struct bytes pattern, struct bytes text);

#endif
