/* SPDX-License-Identifier: Apache-2.0 */
/*
 * judged_certs: certificates in a judged_store, and what evaluate makes of them.
 */
#ifndef JUDGED_CERTS_H
#define JUDGED_CERTS_H

#include <ctwatch/judge/evaluate.h>

#include "judged_store.h"

/* Pin this key in that state, and an active one beside it. */
static inline void
pin(struct fixture *n, EVP_PKEY *key, const char *state)
{
	use_pinset(n, key, state, "active", "");
}

/* A certificate for host, valid from day to day. */
static inline struct bytes
make(EVP_PKEY *key, const char *host, int from, int to)
{
	char *names = mem_printf("DNS:%s", host);
	struct bytes der = make_cert_der(&(struct make_cert){ .key = key,
	    .ca_key = key,
	    .serial = 7,
	    .subject = host,
	    .names = names,
	    .not_before = DAY1 + from * TIME_DAY,
	    .seconds = (to - from) * TIME_DAY / TIME_SECOND });

	free(names);
	return der;
}

/* Store a certificate and a sighting of it. */
static inline void
add(struct fixture *n, struct store_cert *c, const struct cert *cert, int from,
    int day)
{
	struct store_sighting at = { .log_id = { 1 },
		.index = n->entries++,
		.kind = c->kind,
		.timestamp = (uint64_t)(DAY1 + from * TIME_DAY) };

	c->first_seen = c->last_seen = DAY1 + day * TIME_DAY + TIME_HOUR;
	cert_tbs_hash(cert, c->tbs_sha256);
	memcpy(at.tbs_sha256, c->tbs_sha256, SHA256_SIZE);
	CHECK(store_sighting_add(n->s, c, &at));
}

/* Log a precertificate of this CA for these names, logged on a day. */
static inline void
see_of(
    struct fixture *n, EVP_PKEY *key, EVP_PKEY *ca, const char *names, int day)
{
	struct bytes der = make_cert_tbs(&(struct make_cert){ .key = key,
	    .ca_key = ca,
	    .names = names,
	    .not_before = DAY1 + day * TIME_DAY });
	struct store_cert c = { .kind = LEAF_PRECERT, .der = der };
	struct cert cert;

	make_cert_pin(ca, c.issuer_key_hash);
	CHECK(cert_parse_tbs(der, &cert) == CERT_OK);
	add(n, &c, &cert, day, day);
	make_cert_free(der);
}

/* Log a certificate for host, valid from day to day, as seen on a day. */
static inline void
see(struct fixture *n, EVP_PKEY *key, const char *host, int from, int to,
    int day)
{
	struct bytes der = make(key, host, from, to);
	struct store_cert c = { .kind = LEAF_X509, .der = der };
	struct cert cert;

	CHECK(cert_parse(der, &cert) == CERT_OK);
	add(n, &c, &cert, from, day);
	make_cert_free(der);
}

static inline void
describe(void *arg, const struct store_finding *f)
{
	static const char *const words[] = { "new", "open", "suppressed",
		"closed" };

	/* Rules about what a throw-away certificate lacks are not meant. */
	if (strcmp(f->rule, "CTW018") <= 0 || strcmp(f->rule, "CTW039") == 0)
		buf_printf(arg, "%s %s%s%s;", f->rule, words[f->status],
		    f->reason != NULL ? " " : "",
		    f->reason != NULL ? f->reason : "");
}

/* Judge on a day, and hold the findings against "rule status reason;" each. */
static inline void
run(struct fixture *n, int day, const char *want)
{
	int64_t now = DAY1 + day * TIME_DAY;

	time_set(now);
	n->run = store_run_begin(n->s, now);
	CHECK(n->run > 0);
	CHECK(evaluate_all(&(struct evaluate_input){ .store = n->s,
	    .pinset = n->p,
	    .trusted = true,
	    .watch = n->w,
	    .now = now + TIME_HOUR,
	    .run = n->run }));
	CHECK(store_run_end(
	    n->s, n->run, now + 2 * TIME_HOUR, 0, bytes_of("{}")));
	findings_are(n, describe, want);
}

#endif
