/* SPDX-License-Identifier: Apache-2.0 */
/*
 * report_cover: whether the logs that are read show every certificate that
 * browsers accept, and what that rests on.
 */
#ifndef CTWATCH_REPORT_REPORT_COVER_H
#define CTWATCH_REPORT_REPORT_COVER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Certificates that expire in a half-year. */
struct report_cover_window {
	const char *name; /* 2027-H1 */
	int64_t from, to; /* ms */
	size_t operators, unread, read;
	const char *only_log; /* the only one that is read, or NULL */
};

/* All is borrowed. */
struct report_cover {
	const char *operator; /* the one that is left out; or NULL */
	size_t left_out;      /* logs of it that are not read */
	bool complete;        /* by the two-operator rule */
	const char *rests_on; /* assumptions and exceptions, each a line */
	const struct report_cover_window *windows;
	size_t n_windows;
};

/* Return the object "cover" of the report; the caller owns it. */
struct json_t *report_cover_json(const struct report_cover *c);

#endif
