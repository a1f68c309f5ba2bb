/* SPDX-License-Identifier: Apache-2.0 */
/*
 * host_pattern: the notation for names in a pinset.
 *
 * "host" is that name alone, "*.host" the names one label below it, "**.host"
 * the host and everything below it.  A pattern on a public suffix is refused,
 * since unrelated owners share it.
 */
#ifndef CTWATCH_POLICY_HOST_PATTERN_H
#define CTWATCH_POLICY_HOST_PATTERN_H

#include <ctwatch/base/bytes.h>

/* How many labels below the host a name may be. */
enum host_pattern_reach {
	HOST_PATTERN_HOST,
	HOST_PATTERN_ONE_LABEL,
	HOST_PATTERN_SUBTREE
};

/*
 * Parse a pattern in UTF-8: the host in A-label form, lower case (UTS 46,
 * non-transitional), which the caller frees, and its reach.  NULL with what
 * is wrong in *fault (static storage).
 */
char *host_pattern_parse(
    const char *text, enum host_pattern_reach *reach, const char **fault);

/* As host_pattern_parse, for a host without stars. */
char *host_pattern_host(const char *text, const char **fault);

/* Report whether a host pattern covers a name, both in A-label form. */
bool host_pattern_covers(
    const char *host, enum host_pattern_reach reach, const char *name);

/*
 * Report whether a wildcard name ("*.example.com", "w*.example.com") is valid
 * for the host of the pattern.
 */
bool host_pattern_served(
    const char *host, enum host_pattern_reach reach, const char *wildcard);

/* Report whether the Public Suffix List knows an A-label in lower case as a
 * top-level domain of the public DNS. */
bool host_pattern_is_tld(struct bytes label);

/*
 * The registrable domain of a name in A-label form, a part of it: its public
 * suffix (of those that ICANN delegates) and one label more.  NULL if it has
 * none.
 */
const char *host_pattern_registrable(const char *name);

#endif
