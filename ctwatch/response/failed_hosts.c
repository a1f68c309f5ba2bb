/* SPDX-License-Identifier: Apache-2.0 */
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "response/failed_hosts.h"
#include <ctwatch/base/limits.h>
#include <ctwatch/base/mem.h>

/* Return the part between scheme and path. */
static struct bytes
host_of(const char *url)
{
	const char *at = strstr(url, "://");

	at = at != NULL ? at + 3 : url;
	return (struct bytes){ (const uint8_t *)at, strcspn(at, "/?#") };
}

static struct failed_hosts_one *
find(const struct failed_hosts *f, struct bytes host)
{
	for (size_t i = 0; i < f->n; i++)
		if (strlen(f->v[i].host) == host.n &&
		    strncasecmp(f->v[i].host, (const char *)host.p, host.n) ==
		        0)
			return &f->v[i];
	return NULL;
}

void
failed_hosts_add(struct failed_hosts *f, const char *url)
{
	struct bytes host = host_of(url);
	struct failed_hosts_one *one = find(f, host);

	if (one == NULL) {
		f->v = mem_grow(f->v, f->n, sizeof *f->v);
		one = &f->v[f->n++];
		*one = (struct failed_hosts_one){ .host = mem_printf("%.*s",
			                              (int)host.n,
			                              (const char *)host.p) };
	}
	one->failures++;
}

bool
failed_hosts_has(const struct failed_hosts *f, const char *url)
{
	const struct failed_hosts_one *one = find(f, host_of(url));

	return one != NULL && one->failures >= LIMIT_HOST_FAILURES;
}

void
failed_hosts_fini(struct failed_hosts *f)
{
	for (size_t i = 0; i < f->n; i++)
		free(f->v[i].host);
	free(f->v);
	*f = (struct failed_hosts){ NULL, 0 };
}
