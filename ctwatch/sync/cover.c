/* SPDX-License-Identifier: Apache-2.0 */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include <ctwatch/base/guess.h>
#include <ctwatch/base/time.h>
#include <ctwatch/sync/cover.h>

/* The longest validity of a certificate that is valid now (BR 6.3.2). */
#define MAX_VALIDITY (398 * TIME_DAY)

bool
cover_counts(const struct loglist_log *log, int64_t now)
{
	const char *why;

	switch (loglist_skip(log, now, &why)) {
	case LOGLIST_FORBIDDEN:
	case LOGLIST_EXPIRED:
	case LOGLIST_TEST:
		return false;
	case LOGLIST_READ:
	case LOGLIST_OVER:
	case LOGLIST_UNUSABLE:
		break;
	}
	/* Of a retired log, SCTs from before its retirement still count; an
	 * issuance log gives none. */
	return log->listed && log->kind != LOG_KIND_MTC &&
	    log->state != LOGLIST_PENDING && log->state != LOGLIST_REJECTED;
}

/* ---- windows ---- */

/* Return the beginning of the half-year after the one of t. */
static int64_t
next_half(int64_t t)
{
	char date[TIME_TEXT];
	int year = 1970, month = 1;

	time_format_date(t, date);
	sscanf(date, "%d-%d", &year, &month);
	return (month < 7 ? time_days(year, 7, 1) : time_days(year + 1, 1, 1)) *
	    TIME_DAY;
}

static bool
overlaps(const struct loglist_log *log, const struct cover_window *w)
{
	bool closed =
	    log->state == LOGLIST_READONLY || log->state == LOGLIST_RETIRED;

	/* It has only certificates that were issued before. */
	if (closed && log->state_since != 0 &&
	    log->state_since + MAX_VALIDITY <= w->from)
		return false;
	if (log->interval_end == 0)
		return true;
	return log->interval_start < w->to && log->interval_end > w->from;
}

static void
judge_window(
    const struct cover_log *v, size_t n, int64_t now, struct cover_window *w)
{
	const char *operator= "", *unread = "";

	for (size_t i = 0; i < n; i++) {
		const struct loglist_log *log = v[i].log;

		if (!cover_counts(log, now) || !overlaps(log, w))
			continue;
		if (strcmp(operator, log->operator) != 0)
			w->operators++;
		operator= log->operator;
		if (v[i].state == COVER_READ) {
			w->read++;
			w->read_log = log;
		} else if (v[i].state == COVER_UNREAD &&
		    strcmp(unread, log->operator) != 0) {
			w->unread++;
			unread = log->operator;
		}
	}
}

void
cover_judge(const struct cover_log *v, size_t n, int64_t now, struct cover *out)
{
	int64_t from = now, end = now + MAX_VALIDITY;

	*out = (struct cover){ .complete = true };
	while (from < end && out->n < COVER_WINDOWS) {
		struct cover_window w = { .from = from, .to = next_half(from) };

		if (w.to > end)
			w.to = end;
		judge_window(v, n, now, &w);
		out->complete &= w.unread <= 1;
		if (w.operators > 0)
			out->v[out->n++] = w;
		from = w.to;
	}
}

void
cover_window_name(const struct cover_window *w, char out[static COVER_NAME])
{
	char date[TIME_TEXT];
	int year = 1970, month = 1;

	time_format_date(w->from, date);
	sscanf(date, "%d-%d", &year, &month);
	snprintf(out, COVER_NAME, "%04d-H%d", year, month < 7 ? 1 : 2);
}

/* ---- leaving an operator out ---- */

bool
cover_leaves_out(const struct loglist_log *log, const char *operator)
{
	return operator!= NULL && log->kind != LOG_KIND_MTC &&
	    strcmp(log->operator, operator) == 0 &&
	    log->n_previous == 0 &&
	    (log->url == NULL || strncmp(log->url, "file:", 5) != 0);
}

const char *
cover_find_operator(const struct loglist *logs, const char *name, int64_t now,
    struct buf *error)
{
	struct guess g = { .typed = name };
	const char *found = NULL, *last = "";
	size_t others = 0;

	for (size_t i = 0; i < logs->n; i++) {
		const char *operator= logs->v[i].operator;

		if (!cover_counts(&logs->v[i], now) ||
		    strcmp(operator, last) == 0)
			continue;
		last = operator;
		guess_offer(&g, operator);
		if (strcmp(operator, name) == 0)
			found = operator;
		else
			others++;
	}
	if (found == NULL && g.word != NULL)
		buf_printf(error,
		    "no log that browsers accept is of the operator %s; did "
		    "you mean %s?",
		    name, g.word);
	else if (found == NULL)
		buf_printf(error,
		    "no log that browsers accept is of the operator %s; see "
		    "ctwatch logs --cover",
		    name);
	else if (others < 2) {
		buf_printf(error,
		    "without %s the logs of %zu operator%s remain, and two "
		    "are required",
		    name, others, others == 1 ? "" : "s");
		found = NULL;
	}
	return found;
}

void
cover_explain(const struct cover *c, const char *operator, struct buf * out)
{
	char name[COVER_NAME];

	if (operator!= NULL)
		buf_printf(out,
		    "The logs of %s are left out. Browsers accept a "
		    "certificate only with SCTs of two operators, so each "
		    "that they accept is also in a log that is read, if that "
		    "log keeps its promise.\n"
		    "Not found: certificates that only logs of %s have, and "
		    "certificates with SCTs of one operator; clients that do "
		    "not check SCTs accept them.\n",
		    operator, operator);
	for (size_t i = 0; i < c->n; i++) {
		const struct cover_window *w = &c->v[i];

		cover_window_name(w, name);
		if (w->unread > 1)
			buf_printf(out,
			    "Not complete for certificates that expire in %s: "
			    "%zu of %zu operators have a log that is not read "
			    "to its end.\n",
			    name, w->unread, w->operators);
		else if (w->unread == 1 && w->read == 1)
			buf_printf(out,
			    "Certificates that expire in %s are then found in "
			    "one log alone, %s.\n",
			    name, w->read_log->description);
	}
}
