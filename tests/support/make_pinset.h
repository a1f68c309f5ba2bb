/* SPDX-License-Identifier: Apache-2.0 */
/* make_pinset: pinsets of tests. */
#ifndef MAKE_PINSET_H
#define MAKE_PINSET_H

#include <ctwatch/policy/pinset.h>

#include "test.h"

/* The pinset that json is, in which ' means "; json is consumed. */
static inline struct pinset *
pins_parse(char *json)
{
	struct pinset *p;
	struct buf error;

	for (char *c = json; *c != '\0'; c++)
		if (*c == '\'')
			*c = '"';
	buf_init(&error, 4096);
	p = pinset_parse(bytes_of(json), "pins.json", &error);
	if (p == NULL)
		fprintf(stderr, "%s\n", buf_text(&error));
	CHECK(p != NULL);
	buf_fini(&error);
	free(json);
	return p;
}

#endif
