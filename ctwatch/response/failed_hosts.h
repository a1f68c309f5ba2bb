/* SPDX-License-Identifier: Apache-2.0 */
/*
 * failed_hosts: hosts of CAs that gave no answer in one run of lookups.
 *
 * A host that is down costs a time limit for each of its CRLs; after
 * LIMIT_HOST_FAILURES it is asked no more.
 */
#ifndef CTWATCH_RESPONSE_FAILED_HOSTS_H
#define CTWATCH_RESPONSE_FAILED_HOSTS_H

#include <ctwatch/base/bytes.h>

struct failed_hosts {
	struct failed_hosts_one {
		char *host; /* owned: with the port as it stands in URLs */
		unsigned failures;
	} * v;
	size_t n;
};

/* Note that the host of url gave no answer. */
void failed_hosts_add(struct failed_hosts *f, const char *url);

/* Report whether the host of url failed too often to be asked again. */
bool failed_hosts_has(const struct failed_hosts *f, const char *url);

void failed_hosts_fini(struct failed_hosts *f);

#endif
