/* SPDX-License-Identifier: Apache-2.0 */
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include <ctwatch/base/mem.h>
#include <ctwatch/base/text.h>
#include <ctwatch/base/time.h>
#include <ctwatch/net/loglist.h>
#include <ctwatch/wire/mimic_log.h>

/* All certificates of a shard have expired when its interval ends.  Read it for
 * some more days, as clocks differ. */
#define EXPIRED_GRACE (30 * TIME_DAY)

/* The longest validity of a certificate issued since 2020 (BR 6.3.2). */
#define MAX_VALIDITY (398 * TIME_DAY)

struct loglist *
loglist_new(void)
{
	return mem_alloc(1, sizeof(struct loglist));
}

void
loglist_log_fini(struct loglist_log *log)
{
	blob_fini(&log->key);
	tree_head_key_free(log->head_key);
	free(log->description);
	free(log->operator);
	free(log->url);
	free(log->submission_url);
	free(log->fault);
	for (size_t i = 0; i < log->n_previous; i++)
		free(log->previous[i].name);
	free(log->previous);
}

struct tree_head_key *
loglist_head_key(const struct loglist_log *log)
{
	return log->head_key != NULL ? tree_head_key_share(log->head_key)
	                             : tree_head_key_new(blob_view(log->key));
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

struct loglist_log *
loglist_find(const struct loglist *l, const uint8_t id[static SHA256_SIZE])
{
	for (size_t i = 0; i < l->n; i++)
		if (memcmp(l->v[i].id, id, SHA256_SIZE) == 0)
			return &l->v[i];
	return NULL;
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

const char *
loglist_operator_at(const struct loglist_log *log, int64_t time)
{
	const struct loglist_operator *found = NULL;

	for (size_t i = 0; i < log->n_previous; i++)
		if (time < log->previous[i].end &&
		    (found == NULL || log->previous[i].end < found->end))
			found = &log->previous[i];
	return found != NULL ? found->name : log->operator;
}

bool
loglist_is_over(enum loglist_state s)
{
	return s == LOGLIST_RETIRED || s == LOGLIST_REJECTED;
}

/* ---- which logs are read ---- */

/* Some operators list a log that does not exist, for programs that refuse an
 * empty array.  Its host is reserved by RFC 2606. */
static bool
is_placeholder(const char *url)
{
	static const char *const reserved[] = { "example.com", "example.net",
		"example.org", "example", "invalid" };
	const char *host = url != NULL ? strstr(url, "://") : NULL;
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

enum loglist_skip
loglist_skip(const struct loglist_log *log, int64_t now, const char **why)
{
	*why = NULL;
	if (mimic_log_is(log->id)) {
		*why = MIMIC_LOG_REASON;
		return LOGLIST_FORBIDDEN;
	}
	if (is_placeholder(log->url)) {
		*why = "placeholder";
		return LOGLIST_FORBIDDEN;
	}
	/* A list may announce a retirement. */
	if (loglist_is_over(log->state) && log->state_since <= now) {
		*why = loglist_state_word(log->state);
		return LOGLIST_OVER;
	}
	if (log->interval_end != 0 && log->interval_end < now - EXPIRED_GRACE) {
		*why = "expired shard";
		return LOGLIST_EXPIRED;
	}
	if (log->is_test) {
		*why = "test log";
		return LOGLIST_TEST;
	}
	*why = log->fault;
	return log->fault != NULL ? LOGLIST_UNUSABLE : LOGLIST_READ;
}

bool
loglist_is_named(
    const struct loglist_log *log, const char *const *names, size_t n)
{
	char id[TEXT_BASE64_LEN(SHA256_SIZE) + 1], hex[2 * SHA256_SIZE + 1];

	text_base64((struct bytes){ log->id, sizeof log->id }, id);
	text_hex((struct bytes){ log->id, sizeof log->id }, hex);
	for (size_t i = 0; i < n; i++)
		if (strcmp(names[i], log->description) == 0 ||
		    strcmp(names[i], id) == 0 || strcmp(names[i], hex) == 0)
			return true;
	return false;
}

int64_t
loglist_ended(const struct loglist_log *log)
{
	int64_t ended = INT64_MAX;

	if (loglist_is_over(log->state) && log->state_since != 0)
		ended = log->state_since;
	if (log->interval_end != 0 && log->interval_end < ended)
		ended = log->interval_end;
	return ended;
}

bool
loglist_is_closed(const struct loglist_log *log, int64_t now)
{
	if (log->interval_end != 0 && log->interval_end <= now)
		return true;
	if (log->state == LOGLIST_READONLY || loglist_is_over(log->state))
		return log->state_since <= now;
	return !log->listed;
}

bool
loglist_holds_valid(const struct loglist_log *log, int64_t now)
{
	if (log->interval_end != 0)
		return log->interval_end > now;
	return !loglist_is_over(log->state) || log->state_since == 0 ||
	    log->state_since > now - MAX_VALIDITY;
}
