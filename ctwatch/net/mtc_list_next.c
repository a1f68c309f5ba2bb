/* SPDX-License-Identifier: Apache-2.0 */
/* The logs that a Merkle Tree CA has begun after the configured ones. */
#include <stdlib.h>
#include <string.h>

#include <ctwatch/base/limits.h>
#include <ctwatch/base/mem.h>
#include <ctwatch/net/mtc_list.h>
#include <ctwatch/wire/note.h>

/* The CA ID and the number of a log, from its origin, as a prefix length. */
static size_t
ca_length(const struct loglist_log *log, unsigned *number)
{
	const char *dot = strrchr(log->submission_url, '.');

	*number = (unsigned)strtoul(dot + 1, NULL, 10);
	return (size_t)(dot - log->submission_url);
}

/* Report whether a CA has a log of a higher number in l. */
static bool
is_last(const struct loglist *l, const struct loglist_log *log)
{
	unsigned number, other;
	size_t n = ca_length(log, &number);

	for (size_t i = 0; i < l->n; i++)
		if (l->v[i].kind == LOG_KIND_MTC &&
		    ca_length(&l->v[i], &other) == n && other > number &&
		    memcmp(l->v[i].submission_url, log->submission_url, n) == 0)
			return false;
	return true;
}

/* Report whether there is a checkpoint with this origin below url. */
static bool
has_checkpoint(
    struct http *http, const char *queue, const char *url, const char *origin)
{
	char *whole = mem_printf("%scheckpoint", url);
	const struct http_request request = { .url = whole,
		.queue = http_queue(http, queue),
		.max_body = LIMIT_SMALL_BODY };
	struct http_response response;
	struct note_body body;
	struct note note;
	bool ok;

	http_fetch(http, &request, &response);
	ok = response.result == HTTP_OK &&
	    note_parse(buf_view(&response.body), &note) == NOTE_OK &&
	    note_body(note.text, &body) == NOTE_OK &&
	    bytes_is(body.origin, origin);
	http_response_fini(&response);
	free(whole);
	return ok;
}

/* Add the log that follows number at prefix, if it has a checkpoint. */
static bool
find_one(struct loglist *l, struct http *http, const struct loglist_log *from,
    unsigned number, size_t prefix)
{
	unsigned first;
	size_t ca = ca_length(from, &first);
	char *origin =
	    mem_printf("%.*s.%u", (int)ca, from->submission_url, number);
	struct loglist_log log = { .kind = LOG_KIND_MTC,
		.mmd = from->mmd,
		.state = LOGLIST_USABLE,
		.listed = true,
		.operator= from->operator,
		.submission_url = origin,
		.key = from->key };
	bool found;

	log.url = mem_printf("%.*s%u/", (int)prefix, from->url, number);
	log.description =
	    mem_printf("%s (next log, %u)", from->operator, number);
	sha256_digest(bytes_of(origin), log.id);
	found = has_checkpoint(http, from->operator, log.url, origin);
	if (found) {
		loglist_warn(l,
		    mem_printf("%s: the CA has begun log %u after log %u; it "
		               "is read, too: find out why, and add it to the "
		               "--mtc file",
		        log.description, number, first));
		loglist_merge_log(l, &log);
	}
	free(log.url);
	free(log.description);
	free(origin);
	return found;
}

void
mtc_list_next(struct loglist *l, struct http *http)
{
	size_t n = l->n;
	struct loglist_log *v = mem_alloc(n, sizeof *v);

	/* Copies of the views: adding a log moves them. */
	for (size_t i = 0; i < n; i++)
		v[i] = l->v[i];
	for (size_t i = 0; i < n; i++) {
		unsigned number;
		char *end;
		size_t prefix;

		if (v[i].kind != LOG_KIND_MTC || !v[i].listed ||
		    !is_last(l, &v[i]))
			continue;
		ca_length(&v[i], &number);
		end = mem_printf("/%u/", number);
		prefix = strlen(v[i].url) - strlen(end) + 1;
		if (strlen(v[i].url) > strlen(end) &&
		    strcmp(v[i].url + prefix - 1, end) == 0)
			for (unsigned k = 1;
			     k <= LIMIT_MTC_NEXT && number + k <= UINT16_MAX &&
			     find_one(l, http, &v[i], number + k, prefix);
			     k++)
				;
		free(end);
	}
	free(v);
}
