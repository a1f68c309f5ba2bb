/* SPDX-License-Identifier: Apache-2.0 */
/*
 * judged_store: a store with one log, and the watch list and pinset by
 * which its certificates are judged.
 */
#ifndef JUDGED_STORE_H
#define JUDGED_STORE_H

#include <string.h>

#include <ctwatch/base/time.h>
#include <ctwatch/policy/watch.h>
#include <ctwatch/store/store.h>

#include "make_cert.h"
#include "make_pinset.h"
#include "test_state.h"

#define DAY1 (INT64_C(20000) * TIME_DAY)

static const uint8_t log_id[SHA256_SIZE] = { 1 };

/* ---- runs over one store ---- */

/* A store with one log, and the watch list and pinset that judge it. */
struct fixture {
	char *dir;
	struct store *s;
	struct watch *w;
	struct pinset *p;
	int64_t run;
	uint64_t entries;
	uint8_t last_tbs[SHA256_SIZE]; /* of see_with */
};

static inline void
watch_only(struct fixture *n, const char *item)
{
	struct buf error;

	buf_init(&error, 4096);
	watch_free(n->w);
	n->w = watch_new();
	CHECK(watch_add(n->w, bytes_of(item), &error));
	watch_build(n->w);
	buf_fini(&error);
}

static inline struct fixture
begin(void)
{
	struct fixture n = { .dir = tmpdir_new() };
	struct store_log log = {
		.added = DAY1, .next = 1000, .verified = 1000
	};

	n.s = state_open(n.dir, STORE_RUN);
	memcpy(log.id, log_id, SHA256_SIZE);
	CHECK(store_log_save(n.s, &log));
	watch_only(&n, ".example.com");
	return n;
}

static inline void
end(struct fixture *n)
{
	state_end(n->s);
	watch_free(n->w);
	pinset_free(n->p);
	tmpdir_remove(n->dir);
}

/* Use a pinset of two keys, "web", which is the one given, and "spare", in
 * these states; rest is of its domain. */
static inline void
use_pinset(struct fixture *n, EVP_PKEY *key, const char *state,
    const char *spare, const char *rest)
{
	bool is_lost = strcmp(state, "compromised") == 0;
	char text[PINSET_PIN_TEXT];
	uint8_t spki[SHA256_SIZE];

	make_cert_pin(key, spki);
	pinset_pin_format(spki, text);
	pinset_free(n->p);
	n->p = pins_parse(mem_printf(
	    "{'format': 'ctwatch-pinset/1', 'name': 't', 'version': 1,"
	    " 'keys': [{'id': 'web', 'spki': '%s', 'state': '%s'},"
	    " {'id': 'spare', 'state': '%s', 'spki':"
	    " 'sha256/AQIDBAUGBwgJCgsMDQ4PEBESExQVFhcYGRobHB0eHyA='}],"
	    " 'domains': [{'pattern': '**.example.com',"
	    " 'keys': ['spare'%s]%s}]}",
	    text, state, spare, is_lost ? "" : ", 'web'", rest));
}

/* Compare the findings, each described by a function, with want. */
static inline void
findings_are(struct fixture *n,
    void (*describe)(void *, const struct store_finding *), const char *want)
{
	struct buf got;

	buf_init(&got, 4096);
	CHECK(store_findings_each(n->s, describe, &got));
	if (strcmp(buf_text(&got), want) != 0)
		fprintf(stderr, "%s\n", buf_text(&got));
	CHECK(strcmp(buf_text(&got), want) == 0);
	buf_fini(&got);
}

#endif
