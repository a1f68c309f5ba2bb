/* SPDX-License-Identifier: Apache-2.0 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "sync/progress.h"

#include "../support/test.h"

/* The lines for a terminal of that size; each within its width. */
static char *
shown(const struct progress *p, unsigned columns, unsigned rows)
{
	struct buf out;
	size_t width = 0;

	buf_init(&out, PROGRESS_BYTES);
	progress_lines(p, columns, rows, &out);
	for (size_t i = 0; i < out.n; i++) {
		width = out.p[i] == '\n' ? 0 : width + 1;
		CHECK(width < columns);
		CHECK(out.p[i] == '\n' || (out.p[i] >= ' ' && out.p[i] < 127));
	}
	return buf_detach(&out);
}

static size_t
count_lines(const char *text)
{
	size_t n = *text != '\0';

	for (; *text != '\0'; text++)
		n += *text == '\n';
	return n;
}

static void
shows_the_progress_of_one_log(void)
{
	struct progress_log log = { "Xenon2026h1", 0, 40000, false, 0, 0 };
	struct progress p = { &log, 1, 1000, 1000 };
	char *text;

	log.done = 10000;
	progress_tick(&p, 3000);
	text = shown(&p, 80, 24);
	CHECK(strcmp(text,
	          "log                              read of"
	          " entries             a second      left\n"
	          "Xenon2026h1                    10,000 of"
	          " 40,000         25%     5,000        6s") == 0);
	free(text);
}

static void
forgets_the_rate_of_earlier(void)
{
	struct progress_log log = { "x", 100000, 200000, false, 0, 0 };
	struct progress p = { &log, 1, 0, 0 };

	progress_tick(&p, 1000);
	CHECK(log.rate == 100000);
	for (int s = 2; s < 60; s++) {
		log.done += 10;
		progress_tick(&p, s * 1000);
	}
	CHECK(log.rate > 9.9 && log.rate < 11);
	/* Without time there is no rate. */
	log.done += 10;
	progress_tick(&p, 59000);
	CHECK(log.rate > 9.9 && log.rate < 11);
}

static void
shows_durations_in_two_units(void)
{
	static const struct {
		uint64_t left;
		double rate;
		const char *end;
	} cases[] = {
		{ 0, 0, "     0s" },
		{ 1, 0, "       ?" },
		{ 59, 1, "    59s" },
		{ 60, 1, " 1m00s" },
		{ 3599, 1, " 59m59s" },
		{ 3600, 1, " 1h00m" },
		{ 86399, 1, " 23h59m" },
		{ 90000, 1, " 1d01h" },
		{ 100000000, 1, "       ?" },
	};

	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		struct progress_log log = { "x", 5, 5 + cases[i].left, false, 5,
			cases[i].rate };
		struct progress p = { &log, 1, 0, 0 };
		char *text = shown(&p, 80, 24);
		size_t n = strlen(text), k = strlen(cases[i].end);

		CHECK(n > k && strcmp(text + n - k, cases[i].end) == 0);
		free(text);
	}
}

static void
shows_of_many_logs_those_with_the_most_left(void)
{
	struct progress_log v[70] = { 0 };
	struct progress p = { v, 70, 0, 0 };
	char name[70][8], *text, *first, *third;

	for (unsigned i = 0; i < 70; i++) {
		snprintf(name[i], sizeof name[i], "log-%u", i);
		v[i] = (struct progress_log){ name[i], 10, 100 + i / 2, false,
			10, 1 };
	}
	v[69].ended = true;
	text = shown(&p, 80, 24);
	CHECK(count_lines(text) == 10);
	CHECK(strncmp(text, "log ", 4) == 0);
	first = strchr(text, '\n') + 1;
	/* 68; then those that have the same left, in their order */
	CHECK(strncmp(first, "log-68 ", 7) == 0);
	third = strchr(strchr(first, '\n') + 1, '\n') + 1;
	CHECK(strncmp(strchr(first, '\n') + 1, "log-66 ", 7) == 0);
	CHECK(strncmp(third, "log-67 ", 7) == 0);
	CHECK(strstr(text, "log-69") == NULL);
	CHECK(strstr(text, "\n1 of 70 logs read ") != NULL);
	free(text);
	/* What would scroll is left out; the total never is. */
	text = shown(&p, 80, 4);
	CHECK(count_lines(text) == 3);
	free(text);
	text = shown(&p, 80, 1);
	CHECK(count_lines(text) == 1 && strncmp(text, "1 of 70", 7) == 0);
	free(text);
}

static void
is_never_wider_than_the_terminal(void)
{
	struct progress_log v[2] = {
		{ "a name that has no end, nor shall it ever come to one",
		    UINT64_MAX, UINT64_MAX, false, 0, 1e30 },
		{ "x", 1, UINT64_MAX, false, 0, 1e-30 },
	};
	struct progress p = { v, 2, 0, 0 };

	for (unsigned columns = 2; columns < 300; columns++)
		free(shown(&p, columns, 24)); /* checks each character */
	p.n = 1;
	for (unsigned columns = 2; columns < 300; columns++)
		free(shown(&p, columns, 24));
}

int
main(void)
{
	shows_the_progress_of_one_log();
	forgets_the_rate_of_earlier();
	shows_durations_in_two_units();
	shows_of_many_logs_those_with_the_most_left();
	is_never_wider_than_the_terminal();
	return 0;
}
