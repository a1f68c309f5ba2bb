/* SPDX-License-Identifier: Apache-2.0 */
/*
 * evaluate_cert: judge one stored certificate, for evaluate.
 *
 * A pass calls evaluate_cert_note for every certificate before it calls
 * evaluate_cert_judge for one: which certificate is the first of its name and
 * key must be known of all.  evaluate_cert_judge only reads the store, so that
 * any thread may call it.
 */
#ifndef CTWATCH_JUDGE_EVALUATE_CERT_H
#define CTWATCH_JUDGE_EVALUATE_CERT_H

#include <pthread.h>

#include "judge/close_findings.h"
#include <ctwatch/policy/verdict.h>
#include <ctwatch/store/store.h>
#include <ctwatch/wire/cert.h>

/* One evaluation of the stored certificates.  While threads judge, they change
 * only the pool. */
struct evaluate_pass {
	struct store *s;
	const struct pinset *p;
	const struct watch *w;
	int64_t now, run;
	int64_t last;              /* start of the last complete run; 0: none */
	uint8_t base[SHA256_SIZE]; /* see evaluate_select.h */
	struct signature_cache *signatures;
	bool trusted; /* the approvers signed p, or there is no trust file */
	bool changed; /* pinset, watch list or rules are others than before */
	struct sct_log *logs;
	size_t n_logs;
	pthread_mutex_t pool_lock;
	struct ca_pool *pool;            /* NULL until first use */
	struct close_findings_judged *v; /* in the order of tbs */
	size_t n;
	bool *matched; /* of each watched item: a certificate matches it */
	bool again;    /* evaluate_cert_note marked others as not judged */
	bool ok;       /* the store did not fail */
};

/* The state of one certificate in this pass. */
struct evaluate_subject {
	const struct store_cert *c;
	struct parsed_cert leaf;
	bool parsed;                 /* without an error */
	uint8_t spki[SHA256_SIZE];   /* of its key */
	uint8_t issuer[SHA256_SIZE]; /* of the issuer's key, if has_issuer */
	bool has_issuer;
	const uint8_t *issuer_key_hash; /* from the leaf, or NULL */
	struct watch_hits hits;
	uint64_t logged; /* ms, the earliest; 0: in no log */
	unsigned notes;
};

/* A finding about a certificate, and the JSON that the report shows beside its
 * message. */
struct evaluate_finding {
	struct verdict_finding from;
	char *detail; /* owned */
};

/* The result for one certificate. */
struct evaluate_result {
	struct close_findings_judged judged;
	uint8_t digest[SHA256_SIZE]; /* see evaluate_select.h */
	int64_t end;                 /* ms, when the certificate ends */
	struct evaluate_finding *v;  /* owned */
	size_t n;
	size_t *items; /* owned: the watched items that match */
	size_t n_items;
};

/* Store when the key, and each watched name of the certificate, was logged.
 * Clear x->ok if the store fails. */
void evaluate_cert_note(
    struct evaluate_pass *x, const uint8_t tbs[static SHA256_SIZE]);

/* Judge a certificate.  Free the result with evaluate_cert_fini. */
void evaluate_cert_judge(struct evaluate_pass *x,
    const uint8_t tbs[static SHA256_SIZE], struct evaluate_result *out);
void evaluate_cert_fini(struct evaluate_result *r);

/* Return when the last complete run before `time` began, in ms; 0 if there is
 * none. */
int64_t evaluate_cert_last_run(struct store *s, int64_t time);

#endif
