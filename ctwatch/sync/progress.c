/* SPDX-License-Identifier: Apache-2.0 */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "sync/progress.h"
#include <ctwatch/base/text.h>
#include <ctwatch/base/time.h>

/* Averaging time of rates, in ms. */
#define MEMORY (5 * TIME_SECOND)

/* Maximum number of logs shown, so that earlier output stays visible. */
#define SHOWN 8

/* Columns of a line apart from the log's name, and maximum of the name. */
#define FIGURES  56
#define NAME_MAX 40

/* Buffer size of time_left. */
#define LEFT_SIZE 16

/* Rows of the terminal below which there is no heading. */
#define HEADING_ROWS 6

void
progress_tick(struct progress *p, int64_t now)
{
	int64_t since = now - p->began, dt = now - p->last;
	double weight;

	if (dt <= 0)
		return;
	/* Initially the mean, later a moving average. */
	weight = (double)dt / (double)(since < MEMORY ? since : MEMORY);
	if (weight > 1)
		weight = 1;
	for (size_t i = 0; i < p->n; i++) {
		struct progress_log *l = &p->v[i];
		double rate = (double)(l->done - l->before) * 1000 / (double)dt;

		l->rate += (rate - l->rate) * weight;
		l->before = l->done;
	}
	p->last = now;
}

static uint64_t
left_of(const struct progress_log *l)
{
	return l->ended || l->done >= l->goal ? 0 : l->goal - l->done;
}

/* Format the remaining time in its two largest units. */
static void
time_left(const struct progress_log *l, char out[static LEFT_SIZE])
{
	double s = l->rate > 0 ? (double)left_of(l) / l->rate : -1;
	unsigned n = s >= 0 && s < 1e8 ? (unsigned)s : 0;

	if (left_of(l) == 0)
		snprintf(out, LEFT_SIZE, "0s");
	else if (s < 0 || s >= 1e8)
		snprintf(out, LEFT_SIZE, "?");
	else if (n < 60)
		snprintf(out, LEFT_SIZE, "%us", n);
	else if (n < 3600)
		snprintf(out, LEFT_SIZE, "%um%02us", n / 60, n % 60);
	else if (n < 86400)
		snprintf(out, LEFT_SIZE, "%uh%02um", n / 3600, n / 60 % 60);
	else
		snprintf(out, LEFT_SIZE, "%ud%02uh", n / 86400, n / 3600 % 24);
}

/* Add a line of six columns, cut to the width of the terminal. */
static void
add_columns(struct buf *out, unsigned columns, const char *text[static 6])
{
	size_t name = columns > FIGURES + 1 ? columns - FIGURES - 1 : 0;
	char line[FIGURES + NAME_MAX + 6 * TEXT_COUNT];

	if (name > NAME_MAX)
		name = NAME_MAX;
	snprintf(line, sizeof line, "%-*.*s %13s of %-13s %4s %9s %9s",
	    (int)name, (int)name, text[0], text[1], text[2], text[3], text[4],
	    text[5]);
	line[columns - 1 < sizeof line ? columns - 1 : sizeof line - 1] = '\0';
	if (out->n > 0)
		buf_add_byte(out, '\n');
	buf_add_text(out, line);
}

static void
add_heading(struct buf *out, unsigned columns, unsigned rows)
{
	if (rows >= HEADING_ROWS)
		add_columns(out, columns,
		    (const char *[]){
		        "log", "read", "entries", "", "a second", "left" });
}

static void
add_line(struct buf *out, const struct progress_log *l, unsigned columns)
{
	char done[TEXT_COUNT], goal[TEXT_COUNT], rate[TEXT_COUNT];
	char percent[16], left[LEFT_SIZE];

	text_count(l->done, done);
	text_count(l->goal, goal);
	text_count(
	    l->rate > 0 && l->rate < 1e15 ? (uint64_t)(l->rate + 0.5) : 0,
	    rate);
	snprintf(percent, sizeof percent, "%u%%",
	    l->goal > 0 ? (unsigned)((double)l->done * 100 / (double)l->goal)
	                : 0);
	time_left(l, left);
	add_columns(out, columns,
	    (const char *[]){ l->name, done, goal, percent, rate, left });
}

/* Return the log with the most left to read after this one (NULL: of all); the
 * first of equals.  NULL if there is none. */
static const struct progress_log *
next_largest(const struct progress *p, const struct progress_log *after)
{
	const struct progress_log *best = NULL;

	for (const struct progress_log *l = p->v; l < p->v + p->n; l++) {
		uint64_t n = left_of(l);

		if (n == 0 ||
		    (after != NULL &&
		        (n > left_of(after) ||
		            (n == left_of(after) && l <= after))))
			continue;
		if (best == NULL || n > left_of(best))
			best = l;
	}
	return best;
}

static void
add_total(struct buf *out, const struct progress *p, unsigned columns)
{
	struct progress_log all = { 0 };
	size_t ended = 0;
	char name[64];

	for (size_t i = 0; i < p->n; i++) {
		all.done += p->v[i].done;
		all.goal += p->v[i].ended ? p->v[i].done : p->v[i].goal;
		all.rate += p->v[i].rate;
		ended += p->v[i].ended;
	}
	snprintf(name, sizeof name, "%zu of %zu logs read", ended, p->n);
	all.name = name;
	add_line(out, &all, columns);
}

void
progress_lines(
    const struct progress *p, unsigned columns, unsigned rows, struct buf *out)
{
	const struct progress_log *l = NULL;

	if (columns < 2)
		return;
	add_heading(out, columns, rows);
	if (p->n == 1) {
		add_line(out, p->v, columns);
		return;
	}
	for (unsigned i = 0;
	     i < SHOWN && i + (rows >= HEADING_ROWS ? 3 : 2) < rows &&
	     (l = next_largest(p, l)) != NULL;
	     i++)
		add_line(out, l, columns);
	add_total(out, p, columns);
}
