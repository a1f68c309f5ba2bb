/* SPDX-License-Identifier: Apache-2.0 */
/* The parser of log lists. */
#include <string.h>

#include <ctwatch/net/loglist.h>

#include "fuzz.h"

/* The same list twice is one list: its logs are known by their IDs. */
int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct bytes json = { data, size };
	struct loglist *l = loglist_new();
	struct buf error;
	size_t n;

	buf_init(&error, 4096);
	if (loglist_merge(l, json, "one", &error)) {
		n = l->n;
		ASSERT(loglist_merge(l, json, "two", &error) && l->n == n);
		for (size_t i = 0; i < l->n; i++) {
			const struct loglist_log *log = &l->v[i];

			ASSERT(log->url[strlen(log->url) - 1] == '/');
			ASSERT(log->description[0] != '\0');
			ASSERT((log->kind == LOG_KIND_STATIC) ==
			    (log->submission_url != NULL));
		}
	} else
		ASSERT(l->n == 0 && error.n > 0);
	buf_fini(&error);
	loglist_free(l);
	return 0;
}
