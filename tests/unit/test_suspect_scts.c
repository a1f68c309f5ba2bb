/* SPDX-License-Identifier: Apache-2.0 */
/* suspect_scts: SCTs of stored certificates whose entries the runs did not
 * find. */
#include <string.h>

#include <ctwatch/audit/audit.h>
#include <ctwatch/audit/suspect_scts.h>
#include <ctwatch/base/limits.h>
#include <ctwatch/base/time.h>

#include "../support/make_cert.h"
#include "../support/make_sct.h"
#include "../support/test_state.h"

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
	make_cert_pin(ca, c.issuer_key_hash);
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
an_sct_without_its_entry_is_suspect(void)
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
	make_cert_free(der);
	watch_free(w);
	state_end(s);
	tmpdir_remove(dir);
}

static void
certificates_are_looked_up_to_the_limit(void)
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
		make_cert_free(der);
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
	make_logs();
	an_sct_without_its_entry_is_suspect();
	certificates_are_looked_up_to_the_limit();
	free_logs();
	return 0;
}
