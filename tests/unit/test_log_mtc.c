/* SPDX-License-Identifier: Apache-2.0 */
/*
 * log_mtc: checkpoints and bundles of an issuance log.  The log that the
 * working group's generator wrote is read whole, and spoilt in every way.
 */
#include <string.h>

#include <jansson.h>
#include <openssl/evp.h>

#include "net/log_mtc.h"
#include <ctwatch/base/limits.h>
#include <ctwatch/base/text.h>
#include <ctwatch/net/mtc_cosigners.h>
#include <ctwatch/net/mtc_list.h>
#include <ctwatch/wire/mtc_entry.h>

#include "../support/test.h"

#define SIZE 1580

/* A verifier key of a witness that has not signed that
 * checkpoint. */
#define UNRELATED                                                              \
	"witness.stagemole.eu+67f7aea0+"                                       \
	"BEqSG3yu9YrmcM3BHvQYTxwFj3uSWakQepafafpUqklv"

static const char *
top(void)
{
	const char *dir = getenv("top_srcdir");

	return dir != NULL ? dir : ".";
}

/* Serves files; a checkpoint instead of the file's if arg has one. */
static bool
get(void *arg, const char *url, size_t max, struct buf *body, struct buf *error)
{
	const struct bytes *checkpoint = arg;
	const char *end = strrchr(url, '/');
	struct bytes file;

	buf_clear(body);
	body->max = max;
	if (checkpoint != NULL && strcmp(end, "/checkpoint") == 0)
		return buf_add(body, *checkpoint);
	file = test_file(url);
	if (!buf_add(body, file))
		buf_printf(error, "too large");
	free((void *)(uintptr_t)file.p);
	return body->n > 0;
}

/* The example log with some of its cosigners. */
static struct log_client *
example(const char *const *vkeys, size_t n, size_t quorum)
{
	char *url = mem_printf("%s/data/mtc/example/", top());
	struct loglist_log log = { .kind = LOG_KIND_MTC,
		.url = url,
		.submission_url =
		    (char *)(uintptr_t) "oid/1.3.6.1.4.1.32473.11.0.1" };
	struct log_client *s;
	struct buf key;

	buf_init(&key, 100000);
	buf_printf(&key, "%zu\n", quorum);
	for (size_t i = 0; i < n; i++)
		buf_printf(&key, "%s\n", vkeys[i]);
	log.key = blob_take(&key);
	s = log_client_new(&log, false);
	blob_fini(&log.key);
	free(url);
	return s;
}

/* The verifier keys of truth.json: of the mirror, and of the CA. */
static const char *keys[2];
static json_t *truth;

static void
load_truth(void)
{
	struct bytes text = test_data("mtc/example/truth.json");

	truth = json_loadb((const char *)text.p, text.n, 0, NULL);
	for (size_t i = 0; i < 2; i++)
		keys[i] = json_string_value(
		    json_array_get(json_object_get(truth, "vkeys"), i));
	free((void *)(uintptr_t)text.p);
}

static bool
has_ml_dsa(void)
{
	EVP_PKEY_CTX *ctx = EVP_PKEY_CTX_new_from_name(NULL, "ML-DSA-44", NULL);

	EVP_PKEY_CTX_free(ctx);
	return ctx != NULL;
}

/* Ask s for its head, with this checkpoint if it is not NULL; *error has the
 * reason. */
static enum log_client_result
head(const struct log_client *s, const struct bytes *checkpoint,
    struct tree_head *out, struct buf *error)
{
	const struct log_client_fetch fetch = { get,
		(void *)(uintptr_t)checkpoint, NULL };
	enum log_client_result r;
	struct buf raw;

	buf_clear(error);
	buf_init(&raw, LIMIT_SMALL_BODY);
	r = log_client_head(s, &fetch, out, &raw, error);
	buf_fini(&raw);
	return r;
}

static void
cosigners_make_a_head(void)
{
	static const char *const unrelated[] = { UNRELATED };
	const char *both[] = { keys[0], keys[1] };
	const char *reversed[] = { keys[1] };
	struct log_client *s;
	struct tree_head h;
	struct buf error;

	buf_init(&error, 4096);
	s = example(both, 2, 2);
	CHECK(s != NULL && s->number == 1);
	CHECK(head(s, NULL, &h, &error) == LOG_CLIENT_OK);
	CHECK(h.size == SIZE && h.n_signature == 0);
	CHECK(h.timestamp == UINT64_C(1795824000) * 1000);
	log_client_free(s);
	/* ML-DSA-44 alone */
	s = example(reversed, 1, 1);
	CHECK(head(s, NULL, &h, &error) ==
	    (has_ml_dsa() ? LOG_CLIENT_OK : LOG_CLIENT_UNCHECKED));
	CHECK(h.size == SIZE && (has_ml_dsa() || h.timestamp == 0));
	CHECK(has_ml_dsa() ||
	    strstr(buf_text(&error), "this OpenSSL has no ML-DSA-44") != NULL);
	log_client_free(s);
	/* none that is known */
	s = example(unrelated, 1, 1);
	CHECK(head(s, NULL, &h, &error) == LOG_CLIENT_UNSIGNED);
	CHECK(strstr(buf_text(&error), "none is by one of the 1 cosigners") !=
	    NULL);
	log_client_free(s);
	CHECK(example(both, 2, 3) == NULL);
	CHECK(example(both, 2, 0) == NULL);
	CHECK(example(both, 0, 1) == NULL);
	buf_fini(&error);
}

static void
quorums_are_counted(void)
{
	struct bytes raw = test_data("mtc/example/checkpoint");
	struct mtc_cosigners_result r;
	struct mtc_cosigners *c;
	struct note note;
	char *text;

	CHECK(note_parse(raw, &note) == NOTE_OK);
	text = mem_printf("2\n%s\n%s\n%s\n", keys[0], keys[1], UNRELATED);
	c = mtc_cosigners_new(bytes_of(text));
	CHECK(c != NULL && mtc_cosigners_quorum(c) == 2);
	mtc_cosigners_verify(c, &note, &r);
	CHECK(r.of == 3 && r.invalid == 0);
	CHECK(r.valid == (has_ml_dsa() ? 2 : 1));
	CHECK(r.unchecked == (has_ml_dsa() ? 0 : 1));
	CHECK(r.met == has_ml_dsa());
	CHECK(has_ml_dsa() ||
	    strstr(r.problem,
	        "oid/1.3.6.1.4.1.32473.11: its cosignature is "
	        "not checked") != NULL);
	mtc_cosigners_free(c);
	free(text);
	free((void *)(uintptr_t)raw.p);
}

/* Any change of a checkpoint makes it another's or unsigned. */
static void
no_changed_checkpoint_is_a_head(void)
{
	struct bytes raw = test_data("mtc/example/checkpoint"), changed;
	struct log_client *s = example(keys, 1, 1);
	const char *end = strstr((const char *)raw.p, "\n\n");
	size_t text = (size_t)(end - (const char *)raw.p) + 1;
	uint8_t *copy = mem_alloc(raw.n, 1);
	struct tree_head h;
	struct buf error;

	buf_init(&error, 4096);
	changed = bytes_at(copy, raw.n);
	for (size_t i = 0; i < text; i++) {
		memcpy(copy, raw.p, raw.n);
		copy[i] ^= 1;
		CHECK(head(s, &changed, &h, &error) != LOG_CLIENT_OK);
		CHECK(error.n > 0);
	}
	/* another log of the CA */
	memcpy(copy, raw.p, raw.n);
	copy[strlen("oid/1.3.6.1.4.1.32473.11.0.")] = '2';
	CHECK(head(s, &changed, &h, &error) == LOG_CLIENT_FAILED);
	CHECK(strstr(buf_text(&error), "another log's checkpoint") != NULL);
	/* the mirror's line, last but for its newline and padding */
	memcpy(copy, raw.p, raw.n);
	copy[raw.n - 20] ^= 1;
	CHECK(head(s, &changed, &h, &error) == LOG_CLIENT_UNSIGNED);
	CHECK(
	    strstr(buf_text(&error),
	        "mirror.example/mtc: its cosignature does not verify") != NULL);
	for (size_t n = 0; n < raw.n; n += n < text + 4 ? 1 : 211) {
		changed = bytes_at(raw.p, n);
		CHECK(head(s, &changed, &h, &error) != LOG_CLIENT_OK);
	}
	free(copy);
	buf_fini(&error);
	log_client_free(s);
	free((void *)(uintptr_t)raw.p);
}

/* ---- bundles ---- */

/* Read all entries of the log: the root of their hashes is the signed one. */
static void
all_entries_hash_to_the_signed_root(void)
{
	struct log_client *s = example(keys, 1, 1);
	struct log_client_reader *r = log_client_reader_new();
	struct merkle_range range;
	struct merkle_hash hash;
	struct log_client_page page;
	struct log_client_entry e;
	struct tree_head h;
	size_t nulls = 0, certs = 0;
	struct buf error;

	buf_init(&error, 4096);
	CHECK(log_client_is_tiled(s) && !log_client_has_index(s));
	CHECK(head(s, NULL, &h, &error) == LOG_CLIENT_OK);
	merkle_range_init(&range, 0);
	for (uint64_t at = 0; at < SIZE; at += LIMIT_TILE_WIDTH) {
		struct bytes body;
		uint64_t index = at;

		log_client_page(s, at, SIZE, 1, &page);
		CHECK(page.whole && page.first == at);
		CHECK((page.fallback != NULL) == (page.count < 256));
		body = test_file(page.url);
		CHECK(log_client_open(r, s, body, page.first, &error));
		while (log_client_next(r, &e, &error) == LOG_CLIENT_ENTRY) {
			struct cert c;
			struct mtc_entry entry;
			uint8_t serial[MTC_ENTRY_SERIAL];

			CHECK(e.error == LEAF_OK && e.leaf.kind == LEAF_MTC);
			sha256_parts(e.hashed, 2, hash.b);
			merkle_range_add(&range, &hash);
			CHECK(mtc_entry_parse(e.leaf_input[1], &entry) ==
			    LEAF_OK);
			mtc_entry_serial(1, index++, serial);
			if (e.leaf.cert.n == 0) {
				nulls++;
				continue;
			}
			certs++;
			CHECK(
			    memcmp(e.leaf.cert.p, serial, sizeof serial) == 0);
			CHECK(leaf_parse_cert(LEAF_MTC, e.leaf.cert, &c) ==
			    CERT_OK);
		}
		CHECK(error.n == 0 && index == at + page.count);
		free((void *)(uintptr_t)body.p);
		log_client_page_fini(&page);
	}
	merkle_range_root(&range, &hash);
	CHECK(merkle_equal(&hash, &h.root));
	CHECK(nulls == 22 && certs == SIZE - 22);
	buf_fini(&error);
	log_client_reader_free(r);
	log_client_free(s);
}

/* Count the entries of a body; *reason has why it is lost, or is empty. */
static size_t
count(const struct log_client *s, struct bytes body, struct buf *reason)
{
	struct log_client_reader *r = log_client_reader_new();
	struct log_client_entry e;
	enum log_client_step step;
	size_t n = 0;

	buf_clear(reason);
	CHECK(log_client_open(r, s, body, 0, reason));
	while ((step = log_client_next(r, &e, reason)) == LOG_CLIENT_ENTRY)
		n++;
	CHECK((step == LOG_CLIENT_LOST) == (reason->n > 0));
	log_client_reader_free(r);
	return n;
}

static void
bundles_are_cut_at_their_faults(void)
{
	struct bytes whole = test_data("mtc/example/tile/entries/000"), body;
	struct log_client *s = example(keys, 1, 1);
	uint8_t *longer = mem_alloc(whole.n + 6, 1);
	struct buf why;

	buf_init(&why, 4096);
	CHECK(count(s, whole, &why) == 256 && why.n == 0);
	/* cut at any place, unless between entries */
	for (size_t n = 1, entries = 0; n < whole.n; n += 97) {
		size_t got = count(s, bytes_at(whole.p, n), &why);

		CHECK(got >= entries && got < 256);
		entries = got;
	}
	CHECK(count(s, bytes_at(whole.p, 7), &why) == 1);
	CHECK(strcmp(buf_text(&why), "bundle: entry 1 runs past the end") == 0);
	CHECK(count(s, bytes_at("<html>", 6), &why) == 0);
	CHECK(strstr(buf_text(&why), "<html>") != NULL);
	/* one entry too many */
	memcpy(longer, whole.p, whole.n);
	memcpy(longer + whole.n, "\0\4\0\0\0\0", 6);
	CHECK(count(s, bytes_at(longer, whole.n + 6), &why) == 256);
	CHECK(strcmp(buf_text(&why), "bundle: more than 256 entries") == 0);
	/* unknown types and extensions are entries with an error */
	body = bytes_at("\0\5\0\0\0\7x\0\7\0\4\0\1\0\0\0\0\0", 17);
	CHECK(count(s, body, &why) == 2 && why.n > 0);
	free(longer);
	buf_fini(&why);
	log_client_free(s);
	free((void *)(uintptr_t)whole.p);
}

/* The proof of an entry, and that of an older size, from the hash tiles. */
static void
proofs_come_from_the_tiles(void)
{
	const struct log_client_fetch fetch = { get, NULL, NULL };
	struct log_client *s = example(keys, 1, 1);
	struct merkle_hash path[LIMIT_PROOF], leaf, root;
	struct merkle_range range;
	struct tree_head h;
	struct buf error, body;
	size_t n;

	buf_init(&error, 4096);
	buf_init(&body, LIMIT_PAGE);
	CHECK(head(s, NULL, &h, &error) == LOG_CLIENT_OK);
	CHECK(log_client_leaf(s, &fetch, &h, 702, &body, &error) ==
	    LOG_CLIENT_OK);
	merkle_leaf_hash(buf_view(&body), &leaf);
	CHECK(log_client_prove(s, &fetch, &h, 702, &leaf, path, &n, &error) ==
	    LOG_CLIENT_OK);
	CHECK(merkle_included(702, SIZE, &leaf, path, n, &h.root));
	leaf.b[0] ^= 1;
	CHECK(log_client_prove(s, &fetch, &h, 702, &leaf, path, &n, &error) ==
	    LOG_CLIENT_PROOF_INVALID);
	CHECK(s->heads->range(s, &fetch, &h, 1000, &range, &error) ==
	    LOG_CLIENT_OK);
	merkle_range_root(&range, &root);
	CHECK(log_client_consistent(s, &fetch, 1000, &root, &h, &error) ==
	    LOG_CLIENT_OK);
	root.b[0] ^= 1;
	CHECK(log_client_consistent(s, &fetch, 1000, &root, &h, &error) ==
	    LOG_CLIENT_ROOT_DIFFERS);
	buf_fini(&body);
	buf_fini(&error);
	log_client_free(s);
}

int
main(void)
{
	load_truth();
	cosigners_make_a_head();
	quorums_are_counted();
	no_changed_checkpoint_is_a_head();
	all_entries_hash_to_the_signed_root();
	bundles_are_cut_at_their_faults();
	proofs_come_from_the_tiles();
	json_decref(truth);
	return 0;
}
