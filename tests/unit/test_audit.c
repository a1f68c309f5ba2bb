/* SPDX-License-Identifier: Apache-2.0 */
/* The audit of own certificates: signatures of SCTs as OpenSSL's CT API judges
 * them, and browsers' policies. */
#include <string.h>

#include <openssl/ct.h>

#include "audit/browser_policy.h"
#include <ctwatch/audit/audit.h>
#include <ctwatch/base/text.h>
#include <ctwatch/base/time.h>

#include "../support/make_cert.h"
#include "../support/make_sct.h"
#include "../support/test_state.h"

/* ---- signatures ---- */

/* The result of OpenSSL for each embedded SCT. */
static void
ask_openssl(struct bytes der, EVP_PKEY *issuer_key, int *status, size_t *n)
{
	const uint8_t *p = der.p;
	X509 *x = d2i_X509(NULL, &p, (long)der.n);
	X509 *issuer = make_cert_x509(&(struct make_cert){ .key = issuer_key,
	    .ca_key = issuer_key,
	    .subject = "Test CA",
	    .basic = "CA:TRUE" });
	CT_POLICY_EVAL_CTX *ctx = CT_POLICY_EVAL_CTX_new();
	CTLOG_STORE *store = CTLOG_STORE_new();
	char *dir = tmpdir_new(), *path = mem_printf("%s/logs.cnf", dir);
	FILE *f = fopen(path, "w");
	STACK_OF(SCT) * scts;

	CHECK(f != NULL);
	fputs("enabled_logs=l0,l1,l2,l3,l4,l5\n", f);
	for (size_t i = 0; i < LOGS; i++) {
		char b64[256];

		text_base64(blob_view(lists->v[i].key), b64);
		fprintf(f, "[l%zu]\ndescription=log\nkey=%s\n", i, b64);
	}
	fclose(f);
	CHECK(CTLOG_STORE_load_file(store, path) == 1);
	free(path);
	tmpdir_remove(dir);
	CT_POLICY_EVAL_CTX_set_shared_CTLOG_STORE(ctx, store);
	CT_POLICY_EVAL_CTX_set1_cert(ctx, x);
	CT_POLICY_EVAL_CTX_set1_issuer(ctx, issuer);
	CT_POLICY_EVAL_CTX_set_time(ctx, (uint64_t)NOW);
	scts = X509_get_ext_d2i(x, NID_ct_precert_scts, NULL, NULL);
	SCT_LIST_validate(scts, ctx);
	*n = (size_t)sk_SCT_num(scts);
	for (size_t i = 0; i < *n; i++)
		status[i] =
		    (int)SCT_get_validation_status(sk_SCT_value(scts, (int)i));
	SCT_LIST_free(scts);
	CT_POLICY_EVAL_CTX_free(ctx);
	CTLOG_STORE_free(store);
	X509_free(x);
	X509_free(issuer);
}

static struct http *
no_network(void)
{
	const struct http_options o = { .user_agent = "test" };
	struct buf error;
	struct http *h;

	buf_init(&error, 1000);
	h = http_new(&o, &error);
	CHECK(h != NULL);
	buf_fini(&error);
	return h;
}

/* Audit der, whose issuer is ca; the deadline has passed, so that no log is
 * queried. */
static void
audit(struct bytes der, struct audit_certs *a)
{
	const struct audit_options o = {
		.http = no_network(), .lists = lists, .now = NOW, .deadline = 1
	};
	struct store_cert c = { .kind = LEAF_X509, .der = der };
	struct audit_result r;

	*a = (struct audit_certs){ .n = 0 };
	make_cert_pin(ca, c.issuer_key_hash);
	audit_certs_add_cert(a, &c);
	audit_run(a, &o, &r);
	http_free(o.http);
}

static void
signatures_are_as_openssl_says(void)
{
	struct bytes der = make(1, true);
	struct audit_certs a;
	int status[8];
	size_t n;

	ask_openssl(der, ca, status, &n);
	audit(der, &a);
	CHECK(a.n == 1 && a.v[0].n_scts == n && n == 3);
	for (size_t i = 0; i < n; i++)
		CHECK(a.v[0].scts[i].signature ==
		    (status[i] == SCT_VALIDATION_STATUS_VALID
		            ? AUDIT_SCT_VALID
		            : AUDIT_SCT_INVALID));
	CHECK(status[2] == SCT_VALIDATION_STATUS_INVALID);
	CHECK(a.v[0].scts[0].status == AUDIT_SCT_UNREACHABLE);
	CHECK(a.v[0].scts[1].has_index && a.v[0].scts[1].index == 7);
	audit_certs_fini(&a);
	/* With another issuer's key, no SCT signature verifies. */
	ask_openssl(der, key, status, &n);
	CHECK(status[0] == SCT_VALIDATION_STATUS_INVALID);
	make_cert_free(der);
}

static void
a_mimic_log_proves_nothing(void)
{
	struct bytes der = make(2, false);
	struct bytes spki = test_data("loglists/mimic-1.spki.der");
	struct audit_certs a;
	uint8_t id[SHA256_SIZE], *at;

	sha256_digest(spki, id);
	at = memmem(der.p, der.n, lists->v[0].id, SHA256_SIZE);
	CHECK(at != NULL);
	memcpy(at, id, SHA256_SIZE);
	at = memmem(der.p, der.n, lists->v[5].id, SHA256_SIZE);
	CHECK(at != NULL);
	at[0] ^= 1;
	audit(der, &a);
	CHECK(a.v[0].scts[0].signature == AUDIT_SCT_INVALID);
	CHECK(strstr(a.v[0].scts[0].why, "private key is public") != NULL);
	CHECK(a.v[0].scts[1].signature == AUDIT_SCT_UNKNOWN_LOG);
	CHECK(a.v[0].scts[1].status == AUDIT_SCT_NOT_ASKED);
	CHECK(a.v[0].chrome.known && !a.v[0].chrome.ok);
	audit_certs_fini(&a);
	free((void *)(uintptr_t)spki.p);
	make_cert_free(der);
}

/* ---- policies ---- */

/* Make a certificate valid for this number of days (0: unreadable dates), with
 * valid SCTs of these logs, "e0 e2 t1". */
static void
policy(const char *scts, int days, int64_t dated, bool chrome, bool apple)
{
	struct audit_cert c = { .not_before = NOW - 10 * TIME_DAY };
	struct audit_sct v[8] = { { .index = 0 } };

	c.not_after = c.not_before + days * TIME_DAY - TIME_SECOND;
	if (days == 0) {
		c.not_before = INT64_MIN;
		c.not_after = NOW + TIME_DAY;
	}
	c.scts = v;
	for (const char *p = scts; *p != '\0'; p += p[2] == ' ' ? 3 : 2) {
		struct audit_sct *s = &v[c.n_scts++];

		s->source = *p == 'e' ? AUDIT_SCT_EMBEDDED
		    : *p == 't'       ? AUDIT_SCT_TLS
		                      : AUDIT_SCT_OCSP;
		s->log = &lists->v[p[1] - '0'];
		s->sct.timestamp = (uint64_t)dated;
		s->signature = AUDIT_SCT_VALID;
	}
	browser_policy_check(&c, lists, NOW);
	if (c.chrome.ok != chrome || c.apple.ok != apple)
		fprintf(stderr, "%s: %d %s, %d %s\n", scts, c.chrome.ok,
		    c.chrome.why, c.apple.ok, c.apple.why);
	CHECK(c.chrome.ok == chrome && c.apple.ok == apple);
	free(c.chrome.why);
	free(c.apple.why);
}

static void
set_state(size_t log, enum loglist_state state, int64_t since)
{
	lists->v[log].state = state;
	lists->v[log].state_since = since;
	lists->v[log].trust[LOGLIST_CHROME] =
	    (struct loglist_trust){ state, since };
}

static void
policies_are_met(void)
{
	const int64_t dated = NOW - 9 * TIME_DAY;
	char *name = mem_strdup("A");
	struct loglist_operator before = { name, NOW - TIME_DAY };

	/* Logs 0 and 1 are of operator A, 2 and 3 of B, 4 and 5 of C. */
	policy("e0 e2", 90, dated, true, true);
	policy("e0", 90, dated, false, false);
	policy("e0 e1", 90, dated, false, false);
	policy("e0 e0", 90, dated, false, false);
	policy("e0 e2", 180, dated, true, true);
	policy("e0 e2", 181, dated, false, false);
	policy("e0 e2 e4", 181, dated, true, true);
	policy("e0 e1 e2", 181, dated, true, true);
	policy("e0 e1 e1", 181, dated, false, false);
	policy("e0 e2", 0, dated, false, false);
	policy("e0 e2 e4", 0, dated, true, true);
	policy("t0 t2", 397, dated, true, true);
	policy("t0 t1", 90, dated, false, false);
	policy("t0 e2", 90, dated, false, false);
	policy("o0 o2", 90, dated, false, true);
	/* An SCT dated in the future does not count. */
	policy("e0 e2", 90, NOW + TIME_DAY, false, false);
	/* A retired log counts for older SCTs, beside one that is not. */
	set_state(0, LOGLIST_RETIRED, NOW - 2 * TIME_DAY);
	policy("e0 e2", 90, dated, true, true);
	policy("e0 e2", 90, NOW - TIME_DAY, false, false);
	policy("t0 t2", 90, dated, false, false);
	set_state(2, LOGLIST_RETIRED, NOW - 2 * TIME_DAY);
	policy("e0 e2", 90, dated, false, false);
	set_state(2, LOGLIST_READONLY, NOW - 2 * TIME_DAY);
	policy("e0 e2", 90, dated, true, true);
	set_state(2, LOGLIST_REJECTED, NOW - 2 * TIME_DAY);
	policy("e4 e2", 90, dated, false, false);
	set_state(2, LOGLIST_PENDING, 0);
	policy("e4 e2", 90, dated, false, false);
	set_state(0, LOGLIST_USABLE, 0);
	set_state(2, LOGLIST_USABLE, 0);
	/* The operator at the time of the SCT counts. */
	lists->v[2].previous = &before;
	lists->v[2].n_previous = 1;
	policy("e0 e2", 90, dated, false, false);
	policy("e0 e2", 90, NOW - TIME_HOUR, true, true);
	lists->v[2].previous = NULL;
	lists->v[2].n_previous = 0;
	free(name);
	/* Apple uses its own list, and intervals. */
	lists->v[2].interval_start = NOW;
	lists->v[2].interval_end = NOW + 30 * TIME_DAY;
	policy("e0 e2", 90, dated, true, false);
	lists->v[2].interval_end = NOW + 90 * TIME_DAY;
	policy("e0 e2", 90, dated, true, true);
	lists->has[LOGLIST_APPLE] = true;
	lists->v[0].trust[LOGLIST_APPLE] =
	    (struct loglist_trust){ LOGLIST_USABLE, 0 };
	policy("e0 e2", 90, dated, true, false);
	lists->has[LOGLIST_APPLE] = false;
}

int
main(void)
{
	make_logs();
	signatures_are_as_openssl_says();
	a_mimic_log_proves_nothing();
	policies_are_met();
	free_logs();
	return 0;
}
