/* SPDX-License-Identifier: Apache-2.0 */
#include <stdlib.h>
#include <string.h>

#include <ctwatch/net/loglist.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* The same list twice is one list: its logs are known by their IDs. */
int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct bytes json = { data, size };
	struct loglist *l = loglist_new();
	struct buf error;
	size_t n;

	buf_init(&error, 4096);
	if (loglist_add(l, json, "one", &error)) {
		n = l->n;
		if (!loglist_add(l, json, "two", &error) || l->n != n)
			abort();
		for (size_t i = 0; i < l->n; i++)
			if (l->v[i].url[strlen(l->v[i].url) - 1] != '/' ||
			    l->v[i].description[0] == '\0' ||
			    l->v[i].is_static !=
			        (l->v[i].submission_url != NULL))
				abort();
	} else if (l->n != 0 || error.n == 0)
		abort();
	buf_fini(&error);
	loglist_free(l);
	return 0;
}
