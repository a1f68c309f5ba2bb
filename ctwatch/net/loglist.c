/* SPDX-License-Identifier: Apache-2.0 */
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include <ctwatch/base/mem.h>
#include <ctwatch/base/time.h>
#include <ctwatch/net/loglist.h>

/* A shard takes certificates that end in its interval: after it they have
 * all expired, but clocks and late submissions deserve some days. */
#define EXPIRED_GRACE (30 * TIME_DAY)

struct loglist *
loglist_new(void)
{
	return mem_alloc(1, sizeof(struct loglist));
}

void
loglist_log_fini(struct loglist_log *log)
{
	free((void *)log->key.p);
	free(log->description);
	free(log->operator);
	free(log->url);
	free(log->submission_url);
}

void
loglist_free(struct loglist *l)
{
	if (l == NULL)
		return;
	for (size_t i = 0; i < l->n; i++)
		loglist_log_fini(&l->v[i]);
	for (size_t i = 0; i < l->n_warnings; i++)
		free(l->warnings[i]);
	free(l->v);
	free(l->warnings);
	free(l);
}

void
loglist_warn(struct loglist *l, char *warning)
{
	l->warnings = mem_grow(l->warnings, l->n_warnings, sizeof *l->warnings);
	l->warnings[l->n_warnings++] = warning;
}

const char *
loglist_state_word(enum loglist_state s)
{
	static const char *const words[LOGLIST_STATE_MAX] = {
		[LOGLIST_UNKNOWN] = "unknown",
		[LOGLIST_PENDING] = "pending",
		[LOGLIST_QUALIFIED] = "qualified",
		[LOGLIST_USABLE] = "usable",
		[LOGLIST_READONLY] = "readonly",
		[LOGLIST_RETIRED] = "retired",
		[LOGLIST_REJECTED] = "rejected",
	};

	return s < LOGLIST_STATE_MAX ? words[s] : "unknown";
}

bool
loglist_is_over(enum loglist_state s)
{
	return s == LOGLIST_RETIRED || s == LOGLIST_REJECTED;
}

/* ---- which logs are read ---- */

/* Some operators list a log that is none, for programs that would stumble
 * over an empty array; its host is one that RFC 2606 reserves. */
static bool
is_placeholder(const char *url)
{
	static const char *const reserved[] = { "example.com", "example.net",
		"example.org", "example", "invalid" };
	const char *host = strstr(url, "://");
	size_t n, m;

	if (host == NULL)
		return false;
	host += strlen("://");
	n = strcspn(host, "/:");
	for (size_t i = 0; i < sizeof reserved / sizeof *reserved; i++) {
		m = strlen(reserved[i]);
		if (n >= m && strncasecmp(host + n - m, reserved[i], m) == 0 &&
		    (n == m || host[n - m - 1] == '.'))
			return true;
	}
	return false;
}

const char *
loglist_skip(const struct loglist_log *log, int64_t now)
{
	if (is_placeholder(log->url))
		return "placeholder";
	if (loglist_is_over(log->state))
		return loglist_state_word(log->state);
	if (log->interval_end != 0 && log->interval_end < now - EXPIRED_GRACE)
		return "expired shard";
	if (log->is_test)
		return "test log";
	return NULL;
}
