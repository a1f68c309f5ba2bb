/* SPDX-License-Identifier: Apache-2.0 */
/* Certificates, the sightings of them, and their keys. */
#include <string.h>

#include <ctwatch/store/store.h>

#include "../support/test_state.h"

static struct store_cert
a_cert(uint8_t id, enum leaf_kind kind)
{
	return (struct store_cert){ .tbs_sha256 = { id },
		.kind = kind,
		.der = bytes_of(kind == LEAF_X509 ? "certificate" : "tbs"),
		.first_seen = 100,
		.last_seen = 100 };
}

static struct store_sighting
a_sighting(uint8_t log, uint64_t index, uint8_t cert)
{
	return (struct store_sighting){ .log_id = { log },
		.index = index,
		.timestamp = index + 1000,
		.leaf_hash = { 5, cert },
		.notes = STORE_NOTE_INDEX };
}

static void
a_final_certificate_replaces_its_precertificate(void)
{
	char *dir = tmpdir_new();
	struct store *s = state_open(dir, STORE_RUN);
	struct store_log log = state_log(1, 13, 8);
	struct store_cert c = a_cert(3, LEAF_PRECERT), got;
	struct store_sighting at = a_sighting(1, 4, 3), *v;
	static const struct store_gap unproved = { 9, 11, true, "root" },
	                              unread = { 4, 5, false, "html" };
	uint8_t stamp[SHA256_SIZE] = { 42 }, unknown[SHA256_SIZE] = { 4 };
	size_t n;

	CHECK(store_log_save(s, &log));
	c.precert = bytes_of("pre");
	CHECK(store_sighting_add(s, &c, &at));
	CHECK(store_cert_judged(s, c.tbs_sha256, stamp));
	CHECK(store_cert_load(s, c.tbs_sha256, &got));
	CHECK(got.kind == LEAF_PRECERT && bytes_is(got.der, "tbs"));
	CHECK(bytes_is(got.precert, "pre") && got.chain.n == 0);
	CHECK(got.judged[0] == 42);
	store_cert_fini(&got);

	/* The same sighting again is none. */
	CHECK(store_sighting_add(s, &c, &at));
	CHECK(store_cert_load(s, c.tbs_sha256, &got) && got.judged[0] == 42);
	store_cert_fini(&got);

	c = a_cert(3, LEAF_X509);
	c.chain = bytes_of("chain");
	c.chain_complete = true;
	c.issuer_key_hash[0] = 9;
	c.first_seen = c.last_seen = 200;
	at = a_sighting(1, 12, 3);
	CHECK(store_sighting_add(s, &c, &at));
	CHECK(store_cert_load(s, c.tbs_sha256, &got));
	CHECK(got.kind == LEAF_X509 && bytes_is(got.der, "certificate"));
	CHECK(bytes_is(got.precert, "pre") && bytes_is(got.chain, "chain"));
	CHECK(got.chain_complete && got.issuer_key_hash[0] == 9);
	CHECK(got.first_seen == 100 && got.last_seen == 200);
	CHECK(got.judged[0] == 0); /* there is something new to judge */
	store_cert_fini(&got);

	/* A precertificate that comes later takes nothing away. */
	c = a_cert(3, LEAF_PRECERT);
	at = a_sighting(1, 9, 3);
	CHECK(store_sighting_add(s, &c, &at));
	CHECK(store_cert_load(s, c.tbs_sha256, &got));
	CHECK(got.kind == LEAF_X509 && bytes_is(got.der, "certificate"));
	CHECK(bytes_is(got.chain, "chain") && got.chain_complete);
	store_cert_fini(&got);
	CHECK(!store_cert_load(s, unknown, &got));

	CHECK(store_gap_add(s, log.id, &unproved));
	CHECK(store_gap_add(s, log.id, &unread));
	v = store_sightings(s, c.tbs_sha256, &n);
	CHECK(n == 3);
	CHECK(v[0].index == 4 && v[0].verified);
	CHECK(v[1].index == 9 && !v[1].verified);
	CHECK(v[2].index == 12 && !v[2].verified);
	CHECK(v[2].timestamp == 1012 && v[2].leaf_hash[1] == 3);
	CHECK(v[2].notes == STORE_NOTE_INDEX && v[2].log_id[0] == 1);
	free(v);
	log = state_log(1, 13, 13);
	CHECK(store_log_save(s, &log));
	v = store_sightings(s, c.tbs_sha256, &n);
	CHECK(n == 3 && v[0].verified && !v[1].verified && v[2].verified);
	free(v);
	CHECK(store_commit(s));
	store_close(s);
	tmpdir_remove(dir);
}

/* Report whether the store has these bytes of a certificate. */
static bool
has_content(struct store *s, uint8_t cert, const char *der, const char *precert,
    struct bytes chain)
{
	const uint8_t tbs[SHA256_SIZE] = { cert };
	struct store_cert got;
	bool same;

	CHECK(store_cert_load(s, tbs, &got));
	same = bytes_is(got.der, der) && bytes_is(got.precert, precert) &&
	    bytes_equal(got.chain, chain);
	store_cert_fini(&got);
	return same;
}

/* Two u24 vectors, which name a path; and bytes that are none. */
#define CHAIN "\0\0\1a\0\0\2bc"
#define ODD   "\0\0\1a\0\0\2b"

static void
chains_are_stored_once(void)
{
	const struct bytes chain = bytes_at(CHAIN, sizeof CHAIN - 1);
	const struct bytes odd = bytes_at(ODD, sizeof ODD - 1);
	char *dir = tmpdir_new();
	struct store *s = state_open(dir, STORE_RUN);
	struct store_log log = state_log(1, 20, 20);

	CHECK(store_log_save(s, &log));
	for (uint8_t i = 1; i <= 3; i++) {
		struct store_cert c = a_cert(i, LEAF_X509);
		struct store_sighting at = a_sighting(1, i, i);

		c.chain = i < 3 ? chain : odd;
		CHECK(store_sighting_add(s, &c, &at));
	}
	CHECK(has_content(s, 1, "certificate", "", chain));
	CHECK(has_content(s, 2, "certificate", "", chain));
	CHECK(has_content(s, 3, "certificate", "", odd));
	CHECK(store_commit(s));
	store_close(s);
	CHECK(state_number(dir, "SELECT count(*) FROM path") == 1);

	/* Up to schema 19 each certificate had its bytes and its chain. */
	state_make_older(dir,
	    "DROP TABLE caa_judged; DROP TABLE caa;" STATE_DROP_BRIEF
	        STATE_DROP_CONTENT "UPDATE cert SET der = CAST('old' AS BLOB),"
	    " precert = CAST('pre' AS BLOB),"
	    " chain = iif(substr(tbs, 1, 1) = x'03', x'000001610000026263',"
	    "  x'0000016100000262'); PRAGMA user_version = 19");
	s = state_open(dir, STORE_RUN);
	CHECK(has_content(s, 1, "old", "pre", odd));
	CHECK(has_content(s, 3, "old", "pre", chain));
	CHECK(state_number(dir, "SELECT count(*) FROM path") == 1);
	store_close(s);

	/* Damaged bytes are none. */
	state_change(dir, "UPDATE cert SET content = substr(content, 1, 9)");
	s = state_open(dir, STORE_READ);
	CHECK(has_content(s, 1, "", "", bytes_of("")));
	store_close(s);
	tmpdir_remove(dir);
}

static void
add_id(void *arg, const struct store_cert *c)
{
	int *ids = arg;

	CHECK(bytes_is(c->der, "certificate"));
	*ids = *ids * 10 + c->tbs_sha256[0];
}

/* Mark a certificate as not judged, while stepping through them. */
static void
forget_judgement(void *arg, const struct store_cert *c)
{
	CHECK(store_cert_judge_again(arg, c->tbs_sha256));
}

/* Judge those that are not; return their numbers as digits. */
static int
judge_new(struct store *s)
{
	const uint8_t stamp[SHA256_SIZE] = { 1 };
	int ids = 0;
	size_t n;
	uint8_t(*v)[SHA256_SIZE] = store_certs_unjudged(s, &n);

	for (size_t i = 0; i < n; i++) {
		ids = ids * 10 + v[i][0];
		CHECK(store_cert_judged(s, v[i], stamp));
	}
	free(v);
	return ids;
}

static void
final_certificates_are_found(void)
{
	char *dir = tmpdir_new();
	struct store *s = state_open(dir, STORE_RUN);
	struct store_log log = state_log(1, 0, 0);
	int ids = 0;

	CHECK(store_log_save(s, &log));
	for (uint8_t i = 5; i > 0; i--) {
		struct store_cert c =
		    a_cert(i, i == 3 ? LEAF_PRECERT : LEAF_X509);
		struct store_sighting at = a_sighting(1, i, i);

		c.issuer_key_hash[31] = i != 2; /* else its key is unknown */
		CHECK(store_sighting_add(s, &c, &at));
	}
	CHECK(store_certs_final_each(s, add_id, &ids) && ids == 145);
	CHECK(store_commit(s));
	store_close(s);
	tmpdir_remove(dir);
}

static void
each_certificate_is_judged_once(void)
{
	char *dir = tmpdir_new();
	struct store *s = state_open(dir, STORE_RUN);
	struct store_log log = state_log(1, 0, 0);
	struct store_cert c;
	struct store_sighting at;
	int ids = 0;

	CHECK(store_log_save(s, &log));
	for (uint8_t i = 3; i > 0; i--) {
		c = a_cert(i, LEAF_X509);
		at = a_sighting(1, i, i);
		CHECK(store_sighting_add(s, &c, &at));
	}
	CHECK(judge_new(s) == 123);
	CHECK(judge_new(s) == 0);
	at.log_id[0] = 1;
	at.index = 77;
	CHECK(store_sighting_add(s, &c, &at)); /* the last one, again */
	CHECK(judge_new(s) == 1);
	CHECK(store_cert_judge_again(s, c.tbs_sha256));
	CHECK(judge_new(s) == 1);
	CHECK(store_certs_each(s, forget_judgement, s));
	CHECK(judge_new(s) == 123);
	CHECK(store_certs_each(s, add_id, &ids) && ids == 123);
	CHECK(store_commit(s));
	store_close(s);
	tmpdir_remove(dir);
}

static void
a_sighting_needs_its_log(void)
{
	char *dir = tmpdir_new();
	struct store *s = state_open(dir, STORE_RUN);
	struct store_cert c = a_cert(1, LEAF_X509);
	struct store_sighting at = a_sighting(1, 1, 1);

	CHECK(store_sighting_add(s, &c, &at));
	CHECK(!store_commit(s));
	CHECK(strstr(store_error(s), "FOREIGN KEY") != NULL);
	store_close(s);
	tmpdir_remove(dir);
}

/* A forked log serves two leaves at one index: both are sightings, which the
 * certificate of either has. */
static void
each_leaf_at_an_index_is_a_sighting(void)
{
	char *dir = tmpdir_new();
	struct store *s = state_open(dir, STORE_RUN);
	struct store_log log = state_log(1, 20, 10);
	struct store_cert c = a_cert(1, LEAF_X509),
	                  other = a_cert(2, LEAF_X509);
	struct store_sighting at = a_sighting(1, 4, 1), *v;
	size_t n;

	CHECK(store_log_save(s, &log));
	CHECK(store_sighting_add(s, &c, &at));
	at.leaf_hash[0] = 9;
	CHECK(store_sighting_add(s, &other, &at));
	CHECK(store_sighting_add(s, &other, &at));
	at.leaf_hash[0] = 3;
	CHECK(store_sighting_add(s, &c, &at));
	v = store_sightings(s, c.tbs_sha256, &n);
	CHECK(n == 2 && v[0].leaf_hash[0] == 3 && v[1].leaf_hash[0] == 5);
	CHECK(v[0].index == 4 && v[1].index == 4);
	free(v);
	v = store_sightings(s, other.tbs_sha256, &n);
	CHECK(n == 1 && v[0].leaf_hash[0] == 9 && v[0].index == 4);
	free(v);
	CHECK(store_commit(s));
	store_close(s);
	tmpdir_remove(dir);
}

/* Store certificate tbs, seen in log 1 at index, with the key of that number. */
static void
add_seen(struct store *s, uint8_t tbs, uint8_t key, uint64_t index,
    uint64_t timestamp)
{
	const uint8_t spki[SHA256_SIZE] = { key };
	struct store_cert c = a_cert(tbs, LEAF_X509);
	struct store_sighting at = a_sighting(1, index, tbs);

	at.timestamp = timestamp;
	CHECK(store_sighting_add(s, &c, &at));
	CHECK(store_spki_note(s, spki, c.tbs_sha256));
}

static bool
is_verified(struct store *s, uint8_t tbs)
{
	const uint8_t id[SHA256_SIZE] = { tbs };
	struct store_cert c;
	bool verified;

	CHECK(store_cert_load(s, id, &c));
	verified = c.verified;
	store_cert_fini(&c);
	return verified;
}

static void
a_certificate_is_verified_if_a_sighting_is(void)
{
	const struct store_gap gap = { 3, 6, true, "no root" };
	char *dir = tmpdir_new();
	struct store *s = state_open(dir, STORE_RUN);
	struct store_log log = state_log(1, 20, 10);

	CHECK(store_log_save(s, &log));
	add_seen(s, 1, 1, 4, 100);
	add_seen(s, 2, 2, 10, 100); /* read and not proved */
	CHECK(is_verified(s, 1) && !is_verified(s, 2));
	CHECK(store_gap_add(s, log.id, &gap));
	CHECK(!is_verified(s, 1));
	add_seen(s, 1, 1, 7, 100);
	CHECK(is_verified(s, 1));
	store_close(s);
	tmpdir_remove(dir);
}

static void
only_verified_sightings_say_which_is_the_first_of_a_key(void)
{
	const uint8_t key[SHA256_SIZE] = { 1 };
	const uint8_t a[SHA256_SIZE] = { 1 }, b[SHA256_SIZE] = { 2 },
	              c[SHA256_SIZE] = { 3 };
	char *dir = tmpdir_new();
	struct store *s = state_open(dir, STORE_RUN);
	struct store_log log = state_log(1, 20, 10);

	CHECK(store_spki_first(s, key, a)); /* nothing is known */
	CHECK(store_log_save(s, &log));
	add_seen(s, 1, 1, 4, 200);
	add_seen(s, 2, 1, 5, 200);
	CHECK(store_spki_first(s, key, a) && !store_spki_first(s, key, b));
	add_seen(s, 2, 1, 6, 199);
	CHECK(!store_spki_first(s, key, a) && store_spki_first(s, key, b));
	add_seen(s, 3, 1, 15, 1); /* earliest, and not proved */
	CHECK(store_spki_first(s, key, b) && store_spki_first(s, key, c));
	log = state_log(1, 20, 16);
	CHECK(store_log_save(s, &log));
	CHECK(!store_spki_first(s, key, b) && store_spki_first(s, key, c));
	store_close(s);
	tmpdir_remove(dir);
}

static void
a_certificate_without_sightings_is_deleted(void)
{
	struct store_rejected refused = {
		.log_id = { 1 }, .index = 12, .reason = "not-der"
	};
	char *dir = tmpdir_new();
	struct store *s = state_open(dir, STORE_RUN);
	struct store_log log = state_log(1, 20, 10);
	struct store_cert c;
	struct buf faults;
	const uint8_t a[SHA256_SIZE] = { 1 };

	CHECK(store_log_save(s, &log));
	add_seen(s, 1, 1, 11, 100); /* only in what is forgotten */
	add_seen(s, 2, 2, 12, 100); /* also before it */
	add_seen(s, 2, 2, 4, 100);
	add_seen(s, 3, 3, 15, 100); /* only behind it */
	CHECK(store_rejected_add(s, &refused));
	refused.index = 9;
	CHECK(store_rejected_add(s, &refused));
	CHECK(store_sightings_forget(s, log.id, 10, 14));
	CHECK(!store_cert_load(s, a, &c));
	CHECK(is_verified(s, 2) && !is_verified(s, 3));
	CHECK(store_commit(s));
	CHECK(state_number(dir, "SELECT count(*) FROM key") == 2);
	CHECK(state_number(dir, "SELECT idx FROM refused") == 9);
	CHECK(state_number(dir, "SELECT count(*) FROM sighting") == 2);
	store_close(s);
	/* A key without certificate is a fault. */
	state_change(dir, "INSERT INTO key VALUES (x'00', 77)");
	s = state_open(dir, STORE_READ);
	buf_init(&faults, 4096);
	CHECK(!store_check(s, &faults));
	CHECK(strstr(buf_text(&faults), "a certificate 77 that is") != NULL);
	buf_fini(&faults);
	store_close(s);
	tmpdir_remove(dir);
}

static void
proved_certificates_are_judged_again(void)
{
	char *dir = tmpdir_new();
	struct store *s = state_open(dir, STORE_RUN);
	struct store_log log = state_log(1, 20, 10);

	CHECK(store_log_save(s, &log));
	add_seen(s, 1, 1, 4, 100);
	add_seen(s, 2, 2, 12, 100);
	CHECK(judge_new(s) == 12);
	CHECK(store_sightings_proved(s, log.id, 10, 20));
	CHECK(judge_new(s) == 2);
	store_close(s);
	tmpdir_remove(dir);
}

int
main(void)
{
	a_final_certificate_replaces_its_precertificate();
	chains_are_stored_once();
	final_certificates_are_found();
	each_certificate_is_judged_once();
	a_sighting_needs_its_log();
	each_leaf_at_an_index_is_a_sighting();
	a_certificate_is_verified_if_a_sighting_is();
	only_verified_sightings_say_which_is_the_first_of_a_key();
	a_certificate_without_sightings_is_deleted();
	proved_certificates_are_judged_again();
	return 0;
}
