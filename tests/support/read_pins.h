/* SPDX-License-Identifier: Apache-2.0 */
/*
 * read_pins: pins for the tests of their formats, and lists of pins as
 * text.
 */
#ifndef READ_PINS_H
#define READ_PINS_H

#include <string.h>

#include <ctwatch/base/limits.h>
#include <ctwatch/base/text.h>
#include <ctwatch/rotate/formats.h>

#include "test.h"

/* By openssl: pkey -pubin -outform DER | dgst -sha256 -binary | base64. */
#define LEAF "2Akhj9P130qc68UUS4ySLScYmEuVDr2XSmThg2SLSSg="
#define ROOT "kEMbGMqYkCwd4jg7eMa+uuaSFBGLZkfxxNcAjcb6l/o="
/* In OkHttp's documentation, and in RFC 7469, 2.1.5. */
#define OKHTTP  "afwiKY3RxoMmLkuRW1l7QsPZTJPwDS2pdDROQjXw8ig="
#define OKHTTP2 "klO23nT2ehFDXCfx3eHTDRESMz3asj1muO+4aIdjiuY="
#define RFC1    "E9CZ9INDbd+2eRQozYqqbQ2yXLVKB9+xcprMF+44U1g="
#define RFC2    "LPJNul+wow4m6DsqxbninhsWHlwfp0JecwQzYpOLmCQ="
#define RFC3    "d6qzRu9zOECb90Uez27xWltNsj0e1Md7GkYYkVoZWmM="

/* A digest whose base64 begins with a slash. */
#define SLASH "/oxXIcg/5D8qWhV7Tsa4AcvD6e03RiH8gkHwWgDK02w="

static inline struct bytes
specimen(const char *name)
{
	char *path = mem_printf("pins/%s", name);
	struct bytes b = test_data(path);

	free(path);
	return b;
}

static inline void
say_pin(const struct pinlist_pin *p, struct buf *out)
{
	char b64[TEXT_BASE64_LEN(PINLIST_DIGEST_MAX) + 1];

	text_base64((struct bytes){ p->digest, p->n }, b64);
	if (p->n != 32)
		buf_printf(out, " (%zu bytes)", p->n);
	else
		buf_printf(out, " %s",
		    strcmp(b64, LEAF) == 0       ? "L"
		        : strcmp(b64, ROOT) == 0 ? "R"
		                                 : b64);
	buf_add_text(out,
	    p->position == PINLIST_LEAF     ? ":leaf"
	        : p->position == PINLIST_CA ? ":ca"
	                                    : "");
	buf_add_text(out, p->of_cert ? ":cert" : "");
	buf_add_text(out, p->forbidden ? ":bad" : "");
}

/* The list in the notation of the table above; the caller frees. */
static inline char *
say(const struct pinlist *l)
{
	struct buf out;

	buf_init(&out, LIMIT_PIN_FILE);
	for (size_t i = 0; i < l->n_hosts; i++) {
		buf_add_text(&out, l->hosts[i].excluded ? "!" : "");
		buf_add_text(&out, l->hosts[i].monitor ? "~" : "");
		pinlist_show_host(&l->hosts[i], &out);
		for (size_t k = 0; k < l->hosts[i].n_pins; k++)
			say_pin(&l->hosts[i].pins[k], &out);
		buf_add_byte(&out, '\n');
	}
	return buf_detach(&out);
}

/* Read text as format (any if NULL); NULL and nothing said if refused. */
static inline char *
read_text(const char *format, struct bytes text, struct pinlist *l)
{
	const struct formats_format *f =
	    format != NULL ? formats_find(format) : NULL;
	struct buf error;
	char *said = NULL;

	*l = (struct pinlist){ 0 };
	buf_init(&error, 4096);
	if (formats_read(f, text, "x", l, &error, NULL)) {
		pinlist_resolve(l);
		said = say(l);
	} else
		CHECK(error.n > 3);
	buf_fini(&error);
	return said;
}

#endif
