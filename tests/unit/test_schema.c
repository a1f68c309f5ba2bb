/* SPDX-License-Identifier: Apache-2.0 */
/* Migrated states have what the older schema had. */
#include <string.h>

#include <ctwatch/base/text.h>
#include <ctwatch/store/store.h>

#include "../support/test_state.h"

/* Sightings and keys in a state.  Digests are given by their first byte. */
static const struct {
	unsigned log, index, leaf, tbs, time, notes;
} seen[] = {
	/* a forked log served two leaves at index 4 */
	{ 1, 4, 0x09, 0x11, 300, 0 },
	{ 1, 4, 0x05, 0x12, 200, STORE_NOTE_ISSUER },
	{ 1, 15, 0x08, 0x13, 100, 0 }, /* not verified */
	{ 2, 7, 0x06, 0x12, 250, STORE_NOTE_INDEX },
};
static const struct {
	unsigned tbs, spki;
} keys[] = { { 0x11, 0x77 }, { 0x12, 0x77 }, { 0x13, 0x77 }, { 0x13, 0x78 } };

static void
digest(uint8_t first, uint8_t out[static SHA256_SIZE])
{
	memset(out, 7, SHA256_SIZE);
	out[0] = first;
}

/* Two logs, and three certificates with a sighting each. */
static void
make_state(const char *dir)
{
	struct store *s = state_open(dir, STORE_RUN);

	for (uint8_t i = 2; i > 0; i--) {
		struct store_log log = state_log(i, 20, i == 1 ? 10 : 20);

		digest(i, log.id);
		CHECK(store_log_save(s, &log));
	}
	for (uint8_t i = 0x13; i > 0x10; i--) {
		struct store_cert c = { .kind = LEAF_PRECERT,
			.der = bytes_of("tbs") };
		struct store_sighting at = { .index = i };

		digest(i, c.tbs_sha256);
		digest(1, at.log_id);
		CHECK(store_sighting_add(s, &c, &at));
	}
	state_end(s);
}

static bool
is_seen(const struct store_sighting *v, uint8_t log, uint64_t index,
    uint8_t leaf, uint64_t time, unsigned notes)
{
	uint8_t log_id[SHA256_SIZE], leaf_hash[SHA256_SIZE];

	digest(log, log_id);
	digest(leaf, leaf_hash);
	return memcmp(v->log_id, log_id, SHA256_SIZE) == 0 &&
	    memcmp(v->leaf_hash, leaf_hash, SHA256_SIZE) == 0 &&
	    v->index == index && v->timestamp == time && v->notes == notes &&
	    v->kind == LEAF_PRECERT;
}

static void
sightings_are_kept(struct store *s)
{
	uint8_t tbs[SHA256_SIZE];
	struct store_sighting *v;
	size_t n;

	digest(0x11, tbs);
	v = store_sightings(s, tbs, &n);
	CHECK(n == 1 && is_seen(&v[0], 1, 4, 9, 300, 0) && v[0].verified);
	free(v);
	digest(0x12, tbs);
	v = store_sightings(s, tbs, &n);
	CHECK(n == 2 && v[0].verified && v[1].verified);
	CHECK(is_seen(&v[0], 1, 4, 5, 200, STORE_NOTE_ISSUER));
	CHECK(is_seen(&v[1], 2, 7, 6, 250, STORE_NOTE_INDEX));
	free(v);
	digest(0x13, tbs);
	v = store_sightings(s, tbs, &n);
	CHECK(n == 1 && is_seen(&v[0], 1, 15, 8, 100, 0) && !v[0].verified);
	free(v);
}

/* 0x12 has the earliest verified sighting, 0x13 the earliest one. */
static void
keys_are_kept(struct store *s)
{
	uint8_t key[SHA256_SIZE], a[SHA256_SIZE], b[SHA256_SIZE],
	    c[SHA256_SIZE], found[SHA256_SIZE];

	digest(0x77, key);
	digest(0x11, a);
	digest(0x12, b);
	digest(0x13, c);
	CHECK(store_spki_first(s, key, b) && !store_spki_first(s, key, a));
	CHECK(store_spki_other(s, key, b, found) && found[0] == 0x11);
	CHECK(store_spki_other(s, key, c, found) && found[0] == 0x12);
	digest(0x78, key);
	CHECK(store_spki_first(s, key, c));
	CHECK(!store_spki_other(s, key, c, found));
	digest(0x79, key);
	CHECK(!store_spki_other(s, key, c, found));
}

static void
add_chain(void *arg, const struct store_sighting *at, struct bytes issuers)
{
	CHECK(is_seen(at, 1, 4, 5, 200, STORE_NOTE_ISSUER));
	CHECK(issuers.n == SHA256_SIZE);
	++*(int *)arg;
}

static void
missing_issuers_are_kept(struct store *s, struct bytes issuer)
{
	uint8_t log_id[SHA256_SIZE], sha256[SHA256_SIZE];
	int n = 0;

	sha256_digest(issuer, sha256);
	digest(2, log_id);
	CHECK(store_chain_missing(s, log_id) == 0);
	digest(1, log_id);
	CHECK(store_chain_missing(s, log_id) == 1);
	CHECK(store_issuer_save(s, issuer));
	CHECK(store_chain_missing(s, log_id) == 0);
	CHECK(store_chain_each_filled(s, sha256, 9, add_chain, &n) && n == 1);
}

/* A digest in SQL. */
#define DIGEST                                                                 \
	"CAST(x'%02x' || replace(hex(zeroblob(31)), '00', x'07') AS BLOB)"

/* Give the state the rows as schema 22 had them. */
static void
make_older(const char *dir, const uint8_t issuer[static SHA256_SIZE])
{
	char hex[2 * SHA256_SIZE + 1], *sql;

	state_make_older(dir, "DELETE FROM sighting");
	for (size_t i = 0; i < sizeof seen / sizeof *seen; i++) {
		sql = mem_printf("INSERT INTO sighting VALUES (" DIGEST
		                 ", %u, " DIGEST ", " DIGEST ", %u, 1, %u)",
		    seen[i].log, seen[i].index, seen[i].leaf, seen[i].tbs,
		    seen[i].time, seen[i].notes);
		state_change(dir, sql);
		free(sql);
	}
	for (size_t i = 0; i < sizeof keys / sizeof *keys; i++) {
		sql = mem_printf("INSERT INTO key VALUES (" DIGEST ", " DIGEST
		                 ")",
		    keys[i].tbs, keys[i].spki);
		state_change(dir, sql);
		free(sql);
	}
	text_hex((struct bytes){ issuer, SHA256_SIZE }, hex);
	sql = mem_printf("INSERT INTO chain_issuer SELECT log, idx, leaf_hash,"
	                 " 0, x'%s' FROM sighting WHERE notes = %d",
	    hex, STORE_NOTE_ISSUER);
	state_change(dir, sql);
	free(sql);
}

/* Schema 23 has numbers in place of digests. */
static void
sightings_and_keys_get_numbers(void)
{
	const struct bytes issuer = bytes_of("issuer");
	uint8_t sha256[SHA256_SIZE];
	char *dir = tmpdir_new();
	struct store *s;

	make_state(dir);
	sha256_digest(issuer, sha256);
	make_older(dir, sha256);
	s = state_open(dir, STORE_RUN);
	sightings_are_kept(s);
	keys_are_kept(s);
	missing_issuers_are_kept(s, issuer);
	state_end(s);
	CHECK(state_number(dir, "SELECT count(*) FROM key") == 4);
	CHECK(state_number(
	          dir, "SELECT count(*) FROM pragma_foreign_key_check") == 0);
	tmpdir_remove(dir);
}

int
main(void)
{
	sightings_and_keys_get_numbers();
	return 0;
}
