/* SPDX-License-Identifier: Apache-2.0 */
/* The audit of own certificates: signatures of SCTs as OpenSSL's CT API judges
 * them, browsers' policies, and the certificates that a run suspects. */
#include <string.h>

#include <openssl/ct.h>

#include "../support/make_cert.h"
#include "../support/test_state.h"
#include "audit/browser_policy.h"
#include <ctwatch/audit/audit.h>
#include <ctwatch/audit/audit_findings.h>
#include <ctwatch/audit/suspect_scts.h>
#include <ctwatch/base/limits.h>
#include <ctwatch/base/text.h>
#include <ctwatch/base/time.h>

#define NOW (INT64_C(20700) * TIME_DAY)

static EVP_PKEY *ca, *key;

/* ---- logs ---- */

enum {
	LOGS = 6
};

static EVP_PKEY *log_key[LOGS];
static struct loglist *lists;

static void
make_logs(void)
{
	static const char *const operators[LOGS] = { "A", "A", "B", "B", "C",
		"C" };

	lists = loglist_new();
	lists->v = mem_alloc(LOGS, sizeof *lists->v);
	lists->n = LOGS;
	lists->has[LOGLIST_CHROME] = true;
	for (size_t i = 0; i < LOGS; i++) {
		struct loglist_log *l = &lists->v[i];
		struct bytes spki;

		log_key[i] = mint_key();
		spki = mint_spki(log_key[i]);
		*l = (struct loglist_log){ .key = blob_copy(spki),
			.description = mem_printf("log %zu", i),
			.operator= mem_strdup(operators[i]),
			.is_static = i == 5,
			.url = mem_strdup("https://127.0.0.1:1/"),
			.submission_url =
			    i == 5 ? mem_strdup("https://127.0.0.1:1/") : NULL,
			.mmd = TIME_DAY,
			.state = LOGLIST_USABLE,
			.listed = true };
		l->trust[LOGLIST_CHROME] =
		    (struct loglist_trust){ LOGLIST_USABLE, 0 };
		sha256_digest(spki, l->id);
		mint_free(spki);
	}
}

static void
free_logs(void)
{
	loglist_free(lists);
	for (size_t i = 0; i < LOGS; i++)
		EVP_PKEY_free(log_key[i]);
}

/* ---- certificates with SCTs ---- */

static void
add_number(struct buf *b, uint64_t v, int octets)
{
	for (int shift = 8 * (octets - 1); shift >= 0; shift -= 8)
		buf_add_byte(b, (uint8_t)(v >> shift));
}

/* Append an SCT of a log; spoil: of other bytes than it says. */
static void
add_sct(struct buf *out, size_t log, int64_t time, struct bytes tbs,
    struct bytes extensions, bool spoil)
{
	uint8_t issuer[SHA256_SIZE], signature[128];
	size_t n = sizeof signature;
	EVP_MD_CTX *ctx = EVP_MD_CTX_new();
	struct buf m, sct;

	buf_init(&m, 65536);
	buf_init(&sct, 65536);
	mint_pin(ca, issuer);
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
static struct bytes
with_list(struct mint m, struct bytes list)
{
	char *hex = mem_alloc(2 * list.n + 1, 1), *value;
	struct bytes der;

	text_hex(list, hex);
	/* An OCTET STRING of up to 64 KiB around a vector. */
	value = mem_printf("DER:0482%04zx%04zx%s", list.n + 2, list.n, hex);
	m.raw_oid = "1.3.6.1.4.1.11129.2.4.2";
	m.raw_value = value;
	der = mint_cert(&m);
	free(value);
	free(hex);
	return der;
}

/* A certificate with valid SCTs of two logs, and one spoilt. */
static struct bytes
make(long serial, bool spoil)
{
	static const uint8_t index[] = { 0, 0, 5, 0, 0, 0, 0, 7 };
	const struct mint m = { .key = key,
		.ca_key = ca,
		.serial = serial,
		.names = "DNS:www.example.com",
		.not_before = NOW - 10 * TIME_DAY };
	struct bytes tbs = mint_tbs(&m), der;
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
	mint_free(tbs);
	return der;
}

/* ---- signatures ---- */

/* The result of OpenSSL for each embedded SCT. */
static void
ask_openssl(struct bytes der, EVP_PKEY *issuer_key, int *status, size_t *n)
{
	const uint8_t *p = der.p;
	X509 *x = d2i_X509(NULL, &p, (long)der.n);
	X509 *issuer = mint_x509(&(struct mint){ .key = issuer_key,
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
	mint_pin(ca, c.issuer_key_hash);
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
	mint_free(der);
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
	mint_free(der);
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

/* ---- suspects of a run ---- */

static const char *
item_at(const void *arg, size_t i)
{
	(void)i;
	return arg;
}

/* Make a store that has read log 0 from entry 0 to a tree head of two days
 * ago. */
static struct store *
read_log(const char *dir, struct watch **w)
{
	struct store *s = state_open(dir, STORE_RUN);
	struct store_log log = { .next = 1000,
		.verified = 1000,
		.mmd = TIME_DAY,
		.added = NOW - 20 * TIME_DAY };
	struct store_head head = { .state = STORE_HEAD_PROVED,
		.head = { .size = 1000,
		    .timestamp = (uint64_t)(NOW - 2 * TIME_DAY) },
		.raw = bytes_of("head") };
	const uint8_t set[SHA256_SIZE] = { 1 };
	struct buf error;
	int64_t run;

	buf_init(&error, 1000);
	*w = watch_new();
	CHECK(watch_add(*w, bytes_of(".example.com"), &error));
	watch_build(*w);
	run = store_run_begin(s, NOW - 20 * TIME_DAY);
	CHECK(store_watched_begin(s, run, set, 1, item_at, ".example.com"));
	CHECK(store_run_end(s, run, NOW - 20 * TIME_DAY, 0, bytes_of("{}")));
	for (size_t i = 0; i < 2; i++) {
		/* Another log, which has the certificates. */
		if (i == 0)
			memcpy(log.id, lists->v[0].id, SHA256_SIZE);
		else
			memset(log.id, 9, SHA256_SIZE);
		memcpy(head.log_id, log.id, SHA256_SIZE);
		CHECK(store_log_save(s, &log));
		CHECK(store_head_save(s, &head));
	}
	buf_fini(&error);
	return s;
}

/* Store the certificate as an entry of the other log. */
static void
see(struct store *s, struct bytes der, uint64_t index)
{
	struct store_cert c = { .kind = LEAF_X509,
		.der = der,
		.first_seen = NOW,
		.last_seen = NOW };
	struct store_sighting at = {
		.index = index, .timestamp = (uint64_t)NOW, .kind = LEAF_X509
	};
	struct cert cert;

	memset(at.log_id, 9, SHA256_SIZE);
	mint_pin(ca, c.issuer_key_hash);
	CHECK(cert_parse(der, &cert) == CERT_OK);
	cert_tbs_hash(&cert, c.tbs_sha256);
	memcpy(at.tbs_sha256, c.tbs_sha256, SHA256_SIZE);
	memset(at.leaf_hash, (int)index, SHA256_SIZE);
	CHECK(store_sighting_add(s, &c, &at));
}

/* The sighting of the entry of log 0's SCT. */
static void
see_promised(struct store *s, struct bytes der)
{
	struct store_cert c;
	struct store_sighting at = { .index = 5, .kind = LEAF_PRECERT };
	enum sct_list_result r;
	struct merkle_hash hash;
	struct bytes list;
	struct cert cert;
	struct leaf leaf;
	struct buf tbs, b;
	struct sct sct;
	bool trailing;

	buf_init(&tbs, 65536);
	buf_init(&b, 65536);
	CHECK(cert_parse(der, &cert) == CERT_OK);
	cert_tbs_hash(&cert, at.tbs_sha256);
	CHECK(store_cert_load(s, at.tbs_sha256, &c));
	CHECK(sct_list_embedded(&cert, &list, &trailing) == SCT_LIST_OK);
	r = sct_list_next(&list, &sct);
	CHECK(r == SCT_LIST_OK);
	cert_tbs_add(&cert, &tbs);
	sct_list_leaf(
	    &sct, LEAF_PRECERT, buf_view(&tbs), c.issuer_key_hash, &leaf);
	CHECK(leaf_add(&leaf, &b));
	merkle_leaf_hash(buf_view(&b), &hash);
	memcpy(at.leaf_hash, hash.b, SHA256_SIZE);
	memcpy(at.log_id, lists->v[0].id, SHA256_SIZE);
	at.timestamp = sct.timestamp;
	CHECK(store_sighting_add(s, &c, &at));
	store_cert_fini(&c);
	buf_fini(&tbs);
	buf_fini(&b);
}

static size_t
suspects(struct store *s, const struct watch *w, int64_t now, int64_t run,
    size_t *all)
{
	struct audit_certs a = { .n = 0 };
	size_t n;

	CHECK(suspect_scts_add(&a, s, w, now, run, all));
	n = a.n;
	audit_certs_fini(&a);
	return n;
}

static void
a_promise_that_was_not_kept_is_suspect(void)
{
	char *dir = tmpdir_new();
	struct bytes der = make(3, false);
	struct watch *w;
	struct store *s = read_log(dir, &w);
	struct store_gap gap = { .from = 3, .to = 4, .reason = "lost" };
	size_t all;

	see(s, der, 1);
	CHECK(suspects(s, w, NOW, 1, &all) == 1 && all == 1);
	/* It has ended; an entry was not read; the entry is there. */
	CHECK(suspects(s, w, NOW + 90 * TIME_DAY, 1, &all) == 0);
	CHECK(store_gap_add(s, lists->v[0].id, &gap));
	CHECK(suspects(s, w, NOW, 1, &all) == 0);
	CHECK(store_gap_remove(s, lists->v[0].id, 0, 1000));
	CHECK(suspects(s, w, NOW, 1, &all) == 1);
	see_promised(s, der);
	CHECK(suspects(s, w, NOW, 1, &all) == 0 && all == 0);
	mint_free(der);
	watch_free(w);
	state_end(s);
	tmpdir_remove(dir);
}

static void
so_many_are_looked_up(void)
{
	char *dir = tmpdir_new();
	struct watch *w;
	struct store *s = read_log(dir, &w);
	size_t all;

	for (uint64_t i = 0; i <= LIMIT_SUSPECT_CERTS; i++) {
		struct bytes der = make((long)(100 + i), false);

		if (i == LIMIT_SUSPECT_CERTS)
			CHECK(suspects(s, w, NOW, 1, &all) ==
			        LIMIT_SUSPECT_CERTS &&
			    all == LIMIT_SUSPECT_CERTS);
		see(s, der, i);
		mint_free(der);
	}
	CHECK(suspects(s, w, NOW, 1, &all) == LIMIT_SUSPECT_CERTS &&
	    all == LIMIT_SUSPECT_CERTS + 1);
	watch_free(w);
	state_end(s);
	tmpdir_remove(dir);
}

int
main(void)
{
	time_set(NOW);
	key = mint_key();
	ca = mint_key();
	make_logs();
	signatures_are_as_openssl_says();
	a_mimic_log_proves_nothing();
	policies_are_met();
	a_promise_that_was_not_kept_is_suspect();
	so_many_are_looked_up();
	free_logs();
	EVP_PKEY_free(key);
	EVP_PKEY_free(ca);
	return 0;
}
