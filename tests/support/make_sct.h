/* SPDX-License-Identifier: Apache-2.0 */
/*
 * make_sct: logs with keys, and certificates with their SCTs.
 */
#ifndef MAKE_SCT_H
#define MAKE_SCT_H

#include <string.h>

#include <openssl/ct.h>

#include "audit/browser_policy.h"
#include <ctwatch/base/text.h>
#include <ctwatch/base/time.h>

#include "make_cert.h"
#include "test_state.h"

#define NOW (INT64_C(20700) * TIME_DAY)

static EVP_PKEY *ca, *key;

/* ---- logs ---- */

enum {
	LOGS = 6
};

static EVP_PKEY *log_key[LOGS];
static struct loglist *lists;

static inline void
make_logs(void)
{
	static const char *const operators[LOGS] = { "A", "A", "B", "B", "C",
		"C" };

	time_set(NOW);
	key = make_cert_key();
	ca = make_cert_key();
	lists = loglist_new();
	lists->v = mem_alloc(LOGS, sizeof *lists->v);
	lists->n = LOGS;
	lists->has[LOGLIST_CHROME] = true;
	for (size_t i = 0; i < LOGS; i++) {
		struct loglist_log *l = &lists->v[i];
		struct bytes spki;

		log_key[i] = make_cert_key();
		spki = make_cert_spki(log_key[i]);
		*l = (struct loglist_log){ .key = blob_copy(spki),
			.description = mem_printf("log %zu", i),
			.operator= mem_strdup(operators[i]),
			.kind = i == 5 ? LOG_KIND_STATIC : LOG_KIND_RFC6962,
			.url = mem_strdup("https://127.0.0.1:1/"),
			.submission_url =
			    i == 5 ? mem_strdup("https://127.0.0.1:1/") : NULL,
			.mmd = TIME_DAY,
			.state = LOGLIST_USABLE,
			.listed = true };
		l->trust[LOGLIST_CHROME] =
		    (struct loglist_trust){ LOGLIST_USABLE, 0 };
		sha256_digest(spki, l->id);
		make_cert_free(spki);
	}
}

static inline void
free_logs(void)
{
	loglist_free(lists);
	for (size_t i = 0; i < LOGS; i++)
		EVP_PKEY_free(log_key[i]);
	EVP_PKEY_free(key);
	EVP_PKEY_free(ca);
}

/* ---- certificates with SCTs ---- */

static inline void
add_number(struct buf *b, uint64_t v, int octets)
{
	for (int shift = 8 * (octets - 1); shift >= 0; shift -= 8)
		buf_add_byte(b, (uint8_t)(v >> shift));
}

/* Append an SCT of a log; spoil: of other bytes than it says. */
static inline void
add_sct(struct buf *out, size_t log, int64_t time, struct bytes tbs,
    struct bytes extensions, bool spoil)
{
	uint8_t issuer[SHA256_SIZE], signature[128];
	size_t n = sizeof signature;
	EVP_MD_CTX *ctx = EVP_MD_CTX_new();
	struct buf m, sct;

	buf_init(&m, 65536);
	buf_init(&sct, 65536);
	make_cert_pin(ca, issuer);
	add_number(&m, 0, 2);
	add_number(&m, (uint64_t)time, 8);
	add_number(&m, 1, 2);
	buf_add(&m, (struct bytes){ issuer, SHA256_SIZE });
	add_number(&m, tbs.n, 3);
	buf_add(&m, tbs);
	add_number(&m, extensions.n, 2);
	buf_add(&m, extensions);
	if (spoil)
		buf_add_byte(&m, 0);
	CHECK(EVP_DigestSignInit(ctx, NULL, EVP_sha256(), NULL, log_key[log]) ==
	    1);
	CHECK(EVP_DigestSign(ctx, signature, &n, m.p, m.n) == 1);
	EVP_MD_CTX_free(ctx);
	add_number(&sct, 0, 1);
	buf_add(&sct, (struct bytes){ lists->v[log].id, SHA256_SIZE });
	add_number(&sct, (uint64_t)time, 8);
	add_number(&sct, extensions.n, 2);
	buf_add(&sct, extensions);
	add_number(&sct, 0x0403, 2);
	add_number(&sct, n, 2);
	buf_add(&sct, (struct bytes){ signature, n });
	add_number(out, sct.n, 2);
	buf_add(out, buf_view(&sct));
	buf_fini(&m);
	buf_fini(&sct);
}

/* Return the certificate m with a list of SCTs. */
static inline struct bytes
with_list(struct make_cert m, struct bytes list)
{
	char *hex = mem_alloc(2 * list.n + 1, 1), *value;
	struct bytes der;

	text_hex(list, hex);
	/* An OCTET STRING of up to 64 KiB around a vector. */
	value = mem_printf("DER:0482%04zx%04zx%s", list.n + 2, list.n, hex);
	m.raw_oid = "1.3.6.1.4.1.11129.2.4.2";
	m.raw_value = value;
	der = make_cert_der(&m);
	free(value);
	free(hex);
	return der;
}

/* A certificate with valid SCTs of two logs, and one spoilt. */
static inline struct bytes
make(long serial, bool spoil)
{
	static const uint8_t index[] = { 0, 0, 5, 0, 0, 0, 0, 7 };
	const struct make_cert m = { .key = key,
		.ca_key = ca,
		.serial = serial,
		.names = "DNS:www.example.com",
		.not_before = NOW - 10 * TIME_DAY };
	struct bytes tbs = make_cert_tbs(&m), der;
	struct buf list;

	buf_init(&list, 65536);
	add_sct(&list, 0, NOW - 9 * TIME_DAY, tbs, (struct bytes){ 0 }, false);
	add_sct(&list, 5, NOW - 9 * TIME_DAY, tbs,
	    (struct bytes){ index, sizeof index }, false);
	if (spoil)
		add_sct(&list, 2, NOW - 9 * TIME_DAY, tbs, (struct bytes){ 0 },
		    true);
	der = with_list(m, buf_view(&list));
	buf_fini(&list);
	make_cert_free(tbs);
	return der;
}

#endif
