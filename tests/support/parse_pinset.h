/* SPDX-License-Identifier: Apache-2.0 */
/*
 * parse_pinset: parse a pinset written with single quotes.
 */
#ifndef PARSE_PINSET_H
#define PARSE_PINSET_H

#include <string.h>

#include <ctwatch/policy/pinset.h>

#include "test.h"

/* SHA-256 of "one", "two", "three", by Python's hashlib and base64. */
#define ONE   "sha256/dpLDrTVAu4A8Ags67mbNiIcSMjTqDG5xQ8Ct1z/0Me0="
#define TWO   "sha256/P8TM/nRYcOLA2Z9x8w/wZWyN7dQcwdfT03aw2+aF4vM="
#define THREE "sha256/i1udsME9skJWyCmqNkqpDG0uujGLkjKkq5MTuVTTVV8="

#define HEAD "{'format':'ctwatch-pinset/1','name':'example','version':1"
#define KEYS                                                                   \
	"'keys':[{'id':'a','spki':'" ONE "','state':'active'},"                \
	"{'id':'b','spki':'" TWO "','state':'backup'}]"

/* Parse text with ' for "; NULL, and the message in message, or a pinset. */
static inline struct pinset *
parse(const char *text, char message[static 256])
{
	char *json = mem_strdup(text);
	struct buf error;
	struct pinset *p;

	for (char *c = json; *c != '\0'; c++)
		if (*c == '\'')
			*c = '"';
	buf_init(&error, 1024);
	p = pinset_parse(bytes_of(json), "pins.json", &error);
	CHECK((p == NULL) == (error.n > 0));
	snprintf(message, 256, "%s", buf_text(&error));
	buf_fini(&error);
	free(json);
	return p;
}

static inline struct pinset *
must_parse(const char *text)
{
	char message[256];
	struct pinset *p = parse(text, message);

	if (p == NULL)
		fprintf(stderr, "%s\n", message);
	CHECK(p != NULL);
	return p;
}

#endif
