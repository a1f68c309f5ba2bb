/* SPDX-License-Identifier: Apache-2.0 */
/* Evidence of each entry of a real Sunlight log: its leaf rebuilt from the
 * stored certificate, its inclusion proof from hash tiles; and bundles. */
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "../support/test_state.h"
#include "net/log_static.h"
#include <ctwatch/base/file.h>
#include <ctwatch/base/limits.h>
#include <ctwatch/net/inflate.h>
#include <ctwatch/net/log_client.h>
#include <ctwatch/response/evidence.h>
#include <ctwatch/wire/cert.h>

static bool
get_file(
    void *arg, const char *url, size_t max, struct buf *body, struct buf *error)
{
	(void)arg;
	buf_clear(body);
	body->max = max;
	return file_read(url, false, body, error) == FILE_OK &&
	    inflate_body(body, max, error);
}

static const struct log_client_fetch fetch = { .get = get_file };

static struct log_client *
sunlight(void)
{
	struct bytes json = test_data("static/sunlight-0.8.1/log_list.json");
	const char *dir = getenv("top_srcdir");
	struct loglist *l = loglist_new();
	struct log_client *s;
	struct buf error;

	buf_init(&error, 1000);
	CHECK(loglist_merge(l, json, "list", &error));
	free(l->v[0].url);
	l->v[0].url = mem_printf(
	    "%s/data/static/sunlight-0.8.1/", dir != NULL ? dir : ".");
	s = log_client_new(&l->v[0], false);
	CHECK(s != NULL);
	loglist_free(l);
	free((void *)json.p);
	return s;
}

/* Check that the stored form of an entry gives its leaf back. */
static void
check_leaf(
    const struct log_client_entry *e, uint64_t index, struct merkle_hash *leaf)
{
	struct store_cert c = { .kind = e->leaf.kind, .der = e->leaf.cert };
	struct store_sighting at = { .index = index,
		.timestamp = e->leaf.timestamp,
		.kind = e->leaf.kind };
	struct buf out;
	uint64_t wrong = at.timestamp ^ 1;

	sha256_parts(e->hashed, 2, leaf->b);
	memcpy(at.leaf_hash, leaf->b, SHA256_SIZE);
	if (e->leaf.issuer_key_hash.n > 0)
		memcpy(
		    c.issuer_key_hash, e->leaf.issuer_key_hash.p, SHA256_SIZE);
	buf_init(&out, 1 << 20);
	CHECK(evidence_leaf(&c, &at, &out));
	CHECK(out.n == e->leaf_input[0].n + e->leaf_input[1].n);
	CHECK(memcmp(out.p + 2, e->leaf_input[1].p, out.n - 2) == 0);
	at.timestamp = wrong;
	buf_clear(&out);
	CHECK(!evidence_leaf(&c, &at, &out) && out.n == 0);
	buf_fini(&out);
}

/* The proof holds, and fails for another index, cut, or of another size. */
static void
check_proof(const struct log_client *s, const struct tree_head *h,
    uint64_t index, const struct merkle_hash *leaf)
{
	struct merkle_hash path[LIMIT_PROOF];
	struct buf error;
	size_t n;

	buf_init(&error, 1000);
	CHECK(log_client_prove(s, &fetch, h, index, leaf, path, &n, &error) ==
	    LOG_CLIENT_OK);
	CHECK(!merkle_included(index ^ 1, h->size, leaf, path, n, &h->root));
	CHECK(!merkle_included(index, h->size, leaf, path, n - 1, &h->root));
	CHECK(
	    !merkle_included(index, h->size, leaf, path + 1, n - 1, &h->root));
	CHECK(!merkle_included(
	    index + h->size, h->size, leaf, path, n, &h->root));
	CHECK(!merkle_included(index, 0, leaf, path, n, &h->root));
	CHECK(!merkle_included(index, 1, leaf, path, n, &h->root));
	path[index % n].b[index % SHA256_SIZE] ^= (uint8_t)(1 << index % 8);
	CHECK(!merkle_included(index, h->size, leaf, path, n, &h->root));
	buf_fini(&error);
}

static void
each_entry_is_proved(void)
{
	struct log_client *s = sunlight();
	struct log_client_reader *r = log_client_reader_new();
	struct buf raw, body, error;
	struct tree_head h;
	uint64_t index = 0;

	buf_init(&raw, LIMIT_SMALL_BODY);
	buf_init(&body, LIMIT_PAGE);
	buf_init(&error, 1000);
	CHECK(log_client_head(s, &fetch, &h, &raw, &error) == LOG_CLIENT_OK);
	while (index < h.size) {
		struct log_client_page page;
		struct log_client_entry e;

		log_client_page(s, index, h.size, 256, &page);
		CHECK(get_file(NULL, page.url, LIMIT_PAGE, &body, &error));
		CHECK(log_client_open(r, s, buf_view(&body), 0, &error));
		while (log_client_next(r, &e, &error) == LOG_CLIENT_ENTRY) {
			struct merkle_hash leaf;

			check_leaf(&e, index, &leaf);
			check_proof(s, &h, index, &leaf);
			index++;
		}
		CHECK(index % 256 == 0 || index == h.size);
		log_client_page_fini(&page);
	}
	CHECK(index == 4200);
	/* Beyond the tree there is nothing to prove. */
	{
		struct merkle_hash path[LIMIT_PROOF], leaf = { { 0 } };
		size_t n;

		CHECK(log_client_prove(s, &fetch, &h, h.size, &leaf, path, &n,
		          &error) == LOG_CLIENT_FAILED);
		CHECK(log_client_prove(s, &fetch, &h, 17, &leaf, path, &n,
		          &error) == LOG_CLIENT_PROOF_INVALID);
	}
	buf_fini(&raw);
	buf_fini(&body);
	buf_fini(&error);
	log_client_reader_free(r);
	log_client_free(s);
}

/* A precertificate's leaf is rebuilt from the final certificate that took its
 * place in the store: only the SCT list differs. */
static void
a_leaf_is_rebuilt_from_the_final_certificate(void)
{
	struct bytes der =
	    test_data("certs/valid/nimbus2025-27632033-leaf.der");
	struct store_cert c = { .kind = LEAF_X509, .der = der };
	struct store_sighting at = { .kind = LEAF_PRECERT };
	struct leaf leaf = { .kind = LEAF_PRECERT };
	struct merkle_hash hash;
	struct buf tbs, out;
	struct cert parsed;

	CHECK(cert_parse(der, &parsed) == CERT_OK);
	buf_init(&tbs, der.n);
	buf_init(&out, 1 << 20);
	CHECK(cert_tbs_add(&parsed, &tbs));
	leaf.cert = buf_view(&tbs);
	leaf.issuer_key_hash = (struct bytes){ c.issuer_key_hash, SHA256_SIZE };
	CHECK(leaf_add(&leaf, &out));
	merkle_leaf_hash(buf_view(&out), &hash);
	memcpy(at.leaf_hash, hash.b, SHA256_SIZE);
	buf_clear(&out);
	CHECK(evidence_leaf(&c, &at, &out));
	buf_fini(&tbs);
	buf_fini(&out);
	free((void *)der.p);
}

/* ---- bundles ---- */

static void
a_bundle_is_written_whole_or_not(void)
{
	char *dir = tmpdir_new(), *sub = mem_printf("%s/new", dir);
	char *file = mem_printf("%s/x", sub);
	struct bundle b = { NULL, 0 };
	struct buf error, text, one, two;

	buf_init(&error, 1000);
	buf_init(&text, 1000);
	buf_init(&one, 1 << 20);
	buf_init(&two, 1 << 20);
	bundle_add_bytes(&b, "x", bytes_of("abc"));
	bundle_add_bytes(&b, "chain/0.der", bytes_of(""));
	bundle_add_manifest(&b);
	CHECK(bundle_write(&b, sub, &error));
	CHECK(file_read(file, false, &text, &error) == FILE_OK);
	CHECK(bytes_is(buf_view(&text), "abc"));
	/* FIPS 180-2's digest of "abc", and that of nothing. */
	CHECK(strcmp(buf_text(&b.v[2].content),
	          "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852"
	          "b855  chain/0.der\n"
	          "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f200"
	          "15ad  x\n") == 0);
	CHECK(!bundle_write(&b, sub, &error));
	CHECK(strstr(buf_text(&error), "not an empty folder") != NULL);
	bundle_tar(&b, "top", 0, &one);
	bundle_tar(&b, "top", 0, &two);
	CHECK(one.n % 512 == 0);
	CHECK(bytes_equal(buf_view(&one), buf_view(&two)));
	CHECK(chmod(dir, 0700) == 0);
	bundle_fini(&b);
	/* A name that cannot be made: what was written goes again. */
	bundle_add_bytes(&b, "a", bytes_of("1"));
	bundle_add_bytes(&b, "a/b", bytes_of("2"));
	free(sub);
	sub = mem_printf("%s/half", dir);
	CHECK(!bundle_write(&b, sub, &error));
	CHECK(access(sub, F_OK) != 0);
	bundle_fini(&b);
	buf_fini(&error);
	buf_fini(&text);
	buf_fini(&one);
	buf_fini(&two);
	free(file);
	free(sub);
	tmpdir_remove(dir);
}

int
main(void)
{
	each_entry_is_proved();
	a_leaf_is_rebuilt_from_the_final_certificate();
	a_bundle_is_written_whole_or_not();
	return 0;
}
