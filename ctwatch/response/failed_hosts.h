/* SPDX-License-Identifier: Apache-2.0 */
/*
 * failed_hosts: hosts of CAs that did not answer in one run of lookups.
 *
 * A host that is down costs a time limit for each of its CRLs; skip it after
 * LIMIT_HOST_FAILURES.
 */
#ifndef CTWATCH_RESPONSE_FAILED_HOSTS_H
#define CTWATCH_RESPONSE_FAILED_HOSTS_H

#include <ctwatch/base/bytes.h>

struct failed_hosts {
	struct failed_hosts_one {
		char *host; /* owned: with the port, as in URLs */
		unsigned failures;
	} * v;
	size_t n;
};

/* Record that the host of url did not answer. */
void failed_hosts_add(struct failed_hosts *f, const char *url);

/* Report whether to skip the host of url because of its failures. */
bool failed_hosts_has(const struct failed_hosts *f, const char *url);

void failed_hosts_fini(struct failed_hosts *f);

#endif
