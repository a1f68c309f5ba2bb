/* SPDX-License-Identifier: Apache-2.0 */
#include <stdlib.h>
#include <string.h>

#include <jansson.h>

#include "cli/cmd_util.h"
#include "cli/logs/roots.h"
#include <ctwatch/base/escape.h>
#include <ctwatch/base/mem.h>
#include <ctwatch/base/text.h>
#include <ctwatch/net/log_fetch.h>
#include <ctwatch/net/log_roots.h>
#include <ctwatch/report/collect.h>
#include <ctwatch/sync/cover.h>

/* One root that a log accepts. */
struct accepted {
	uint8_t sha256[SHA256_SIZE];
	size_t log;     /* its number in the list */
	bool is_shared; /* by a log of another operator */
};

struct all {
	const struct loglist *logs;
	struct accepted *v; /* owned */
	size_t n;
};

static void
fetch_one(struct all *x, size_t i, struct http *http, struct buf *unknown)
{
	const struct loglist_log *log = &x->logs->v[i];
	struct log_fetch requests = { .http = http,
		.queue = http_queue(http, log->operator) };
	const struct log_client_fetch fetch = log_fetch_of(&requests);
	struct bytes rest, digest;
	struct buf roots, error;

	buf_init(&roots, SIZE_MAX / 2);
	buf_init(&error, 4096);
	if (!log_roots_fetch(log, &fetch, &roots, &error)) {
		buf_printf(unknown, "%s: ", log->description);
		escape_line(unknown, buf_view(&error), 0);
		buf_add_byte(unknown, '\n');
	}
	for (rest = buf_view(&roots);
	     bytes_take(&rest, SHA256_SIZE, &digest);) {
		x->v = mem_grow(x->v, x->n, sizeof *x->v);
		x->v[x->n] = (struct accepted){ .log = i };
		memcpy(x->v[x->n++].sha256, digest.p, SHA256_SIZE);
	}
	buf_fini(&roots);
	buf_fini(&error);
}

/* By root, then by log, which are sorted by operator. */
static int
by_root(const void *a, const void *b)
{
	const struct accepted *x = a, *y = b;
	int order = memcmp(x->sha256, y->sha256, SHA256_SIZE);

	if (order != 0)
		return order;
	return x->log < y->log ? -1 : x->log > y->log;
}

/* Count the operators of the n logs at v that accept one root. */
static void
count_root(const struct all *x, struct accepted *v, size_t n, const char *skip,
    struct roots *out)
{
	const char *last = "";
	size_t operators = 0;
	bool by_skip = false;

	for (size_t i = 0; i < n; i++) {
		const char *operator= x->logs->v[v[i].log].operator;

		if (strcmp(operator, last) == 0)
			continue;
		last = operator;
		operators++;
		by_skip |= skip != NULL && strcmp(operator, skip) == 0;
	}
	for (size_t i = 0; i < n; i++)
		v[i].is_shared = operators > 1;
	out->n++;
	out->by[operators > 2 ? 2 : operators - 1]++;
	out->one_left += by_skip && operators == 2;
}

static void
find_apart(const struct all *x, struct buf *apart)
{
	for (size_t log = 0; log < x->logs->n; log++) {
		size_t roots = 0, shared = 0;

		for (size_t i = 0; i < x->n; i++) {
			roots += x->v[i].log == log;
			shared += x->v[i].log == log && x->v[i].is_shared;
		}
		if (roots > 0 && shared == 0)
			buf_printf(apart, "%s\n", x->logs->v[log].description);
	}
}

void
roots_fetch(const struct loglist *logs, struct http *http, int64_t now,
    const char *skip, struct roots *out)
{
	struct all x = { .logs = logs };
	struct buf unknown, apart;
	size_t end;

	*out = (struct roots){ .n = 0 };
	buf_init(&unknown, SIZE_MAX / 2);
	buf_init(&apart, SIZE_MAX / 2);
	for (size_t i = 0; i < logs->n; i++)
		if (cover_counts(&logs->v[i], now))
			fetch_one(&x, i, http, &unknown);
	if (x.n > 0)
		qsort(x.v, x.n, sizeof *x.v, by_root);
	for (size_t i = 0; i < x.n; i = end) {
		for (end = i + 1; end < x.n &&
		     memcmp(x.v[end].sha256, x.v[i].sha256, SHA256_SIZE) == 0;
		     end++)
			;
		count_root(&x, &x.v[i], end - i, skip, out);
	}
	find_apart(&x, &apart);
	out->unknown = buf_detach(&unknown);
	out->apart = buf_detach(&apart);
	free(x.v);
}

void
roots_fini(struct roots *r)
{
	free(r->unknown);
	free(r->apart);
	*r = (struct roots){ .n = 0 };
}

/* ---- output ---- */

/* Append each line of text, wrapped, with words before it. */
static void
add_lines(struct buf *out, const char *words, const char *text)
{
	struct bytes rest = bytes_of(text), line;

	while (text_line(&rest, &line)) {
		char *s = mem_printf(
		    "%s%.*s", words, (int)line.n, (const char *)line.p);

		cmd_util_wrap(out, 0, s);
		free(s);
	}
}

void
roots_text(const struct roots *r, const char *skip, struct buf *out)
{
	char *line = mem_printf("Accepted roots: %zu; by logs of one operator "
	                        "alone %zu, of two %zu, of more %zu.",
	    r->n, r->by[0], r->by[1], r->by[2]);

	cmd_util_wrap(out, 0, line);
	free(line);
	if (skip != NULL && r->one_left > 0) {
		line = mem_printf("Of these, %zu only by %s and one other "
		                  "operator, whose logs alone then show their "
		                  "certificates.",
		    r->one_left, skip);
		cmd_util_wrap(out, 0, line);
		free(line);
	}
	add_lines(out,
	    *r->unknown == '\0'
	        ? "Accepts no root that a log of another operator accepts, so "
	          "that only cross-signed CAs may have certificates in it that "
	          "browsers accept: "
	        : "Accepts no root that a log of another operator is known to "
	          "accept: ",
	    r->apart);
	add_lines(out, "Roots unknown: ", r->unknown);
}

json_t *
roots_json(const struct roots *r)
{
	return json_pack("{sI sI sI sI sI so so}", "roots", (json_int_t)r->n,
	    "of_one_operator", (json_int_t)r->by[0], "of_two_operators",
	    (json_int_t)r->by[1], "of_more_operators", (json_int_t)r->by[2],
	    "of_skipped_and_one", (json_int_t)r->one_left,
	    "logs_without_shared_root", collect_lines(r->apart), "unknown",
	    collect_lines(r->unknown));
}
