/* SPDX-License-Identifier: Apache-2.0 */
/* make_loglist: log lists of tests, real ones and some of one log or two. */
#ifndef MAKE_LOGLIST_H
#define MAKE_LOGLIST_H

#include <string.h>

#include <ctwatch/net/loglist.h>

#include "test.h"

/* A real log: Google's Argon2026h1, as Chrome's list has it. */
#define ID "DleUvPOuqT4zGyyZB7P3kN+bwj1xMiXdIaklrGHFTiE="
#define KEY                                                                    \
	"MFkwEwYHKoZIzj0CAQYIKoZIzj0DAQcDQgAEB/we6GOO/xwxivy4HhkrYFAAPo6e2nc"  \
	"346Wo2o2U+GvoPWSPJz91s/xrEvA3Bk9kWHUUXVZS5morFEzsgdHqPg=="
#define WHO "\"log_id\":\"" ID "\",\"key\":\"" KEY "\""
#define AT  "\"url\":\"https://ct.example.test/a/\",\"mmd\":86400"
/* Another: Argon2026h2. */
#define WHO2                                                                   \
	"\"log_id\":\"1219ENGn9XfCx+lf1wC/+YLJM1pl4dCzAXMXwMjFaXc=\","         \
	"\"key\":\"MFkwEwYHKoZIzj0CAQYIKoZIzj0DAQcDQgAEKjpni/66DIYr"           \
	"SlGK6Rf+e6F2c/28ZUvDJ79N81+gyimAESAyeNZ++TRgjHWg9TVQnKHT"             \
	"SU0T1TtqDupFnSQTIg==\""
#define LIST(operators)      "{\"version\":\"1.0\",\"operators\":[" operators "]}"
#define OPERATOR(name, logs) "{\"name\":\"" name "\",\"logs\":[" logs "]}"
#define LOG(members)         LIST(OPERATOR("Op", "{" members "}"))
/* A list whose second log is the one asked about, so that the list is valid. */
#define SECOND(members) LIST(OPERATOR("Op", "{" WHO2 "," AT "},{" members "}"))

static inline bool
loglists_add(struct loglist *l, const char *name, const char *json)
{
	struct buf error;
	bool ok;

	buf_init(&error, 4096);
	ok = loglist_merge(l, bytes_of(json), name, &error);
	CHECK(ok == (error.n == 0));
	buf_fini(&error);
	return ok;
}

static inline struct loglist *
loglists_load(const char *const *names, size_t n)
{
	struct loglist *l = loglist_new();
	struct buf error;

	buf_init(&error, 4096);
	for (size_t i = 0; i < n; i++) {
		char *path = mem_printf("loglists/%s", names[i]);
		struct bytes json = test_data(path);

		CHECK(loglist_merge(l, json, names[i], &error));
		free((void *)json.p);
		free(path);
	}
	buf_fini(&error);
	return l;
}

static inline const struct loglist_log *
loglists_find(const struct loglist *l, const char *description)
{
	for (size_t i = 0; i < l->n; i++)
		if (strcmp(l->v[i].description, description) == 0)
			return &l->v[i];
	fprintf(stderr, "no log %s\n", description);
	exit(1);
}

/* Whether some warning holds text. */
static inline bool
loglists_warns(const struct loglist *l, const char *text)
{
	for (size_t i = 0; i < l->n_warnings; i++)
		if (strstr(l->warnings[i], text) != NULL)
			return true;
	return false;
}

#endif
