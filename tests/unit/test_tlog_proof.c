/* SPDX-License-Identifier: Apache-2.0 */
/* The proof of a real Icarus entry, made from the log's own answers, and
 * every way of spoiling it. */
#include <string.h>

#include <jansson.h>

#include "../support/test.h"
#include <ctwatch/base/text.h>
#include <ctwatch/wire/tlog_proof.h>

/* SHA-256 of the file that an independent program (Python) made of the same
 * answers, as the reference of this vector says. */
#define WANTED                                                                 \
	"aa8bb031edb3580f7a90ee6719650787ee4f90ccbde52a817b36d61bd2606fec"

static json_t *
load(const char *name)
{
	struct bytes b = test_data(name);
	json_t *j = json_loadb((const char *)b.p, b.n, 0, NULL);

	CHECK(j != NULL);
	free((void *)b.p);
	return j;
}

static size_t
decode(const json_t *j, const char *name, uint8_t *out)
{
	struct bytes text =
	    bytes_of(json_string_value(json_object_get(j, name)));
	size_t n;

	CHECK(text_unbase64(text, out, &n));
	return n;
}

static void
load_head(struct tree_head *h)
{
	json_t *j = load("heads/icarus/sth-129721434.json");

	h->size = (uint64_t)json_integer_value(json_object_get(j, "tree_size"));
	h->timestamp =
	    (uint64_t)json_integer_value(json_object_get(j, "timestamp"));
	decode(j, "sha256_root_hash", h->root.b);
	h->n_signature = decode(j, "tree_head_signature", h->signature);
	json_decref(j);
}

/* The leaf and its path; the leaf's hash into *leaf. */
static void
load_proof(struct tlog_proof *p, struct merkle_hash *leaf)
{
	static uint8_t input[65536];
	json_t *j =
	    load("heads/icarus/entry-and-proof-120000000-129721434.json");
	json_t *path = json_object_get(j, "audit_path"), *one;
	size_t i;

	p->index = 120000000;
	json_array_foreach(path, i, one)
		CHECK(text_unbase64_exact(bytes_of(json_string_value(one)),
		    p->path[i].b, SHA256_SIZE));
	p->n = json_array_size(path);
	merkle_leaf_hash(
	    (struct bytes){ input, decode(j, "leaf_input", input) }, leaf);
	json_decref(j);
}

static void
make(struct buf *checkpoint, struct buf *out, struct merkle_hash *leaf,
    struct tree_head *head)
{
	struct tlog_proof p;
	uint8_t key[1024], id[SHA256_SIZE];
	json_t *j = load("heads/icarus/log.json");
	char *origin = tlog_proof_origin("https://ct.googleapis.com/icarus/");
	size_t n = decode(j, "key", key);

	sha256_digest((struct bytes){ key, n }, id);
	load_head(head);
	load_proof(&p, leaf);
	CHECK(tlog_proof_checkpoint(head, origin, id, checkpoint));
	p.checkpoint = buf_view(checkpoint);
	CHECK(tlog_proof_write(&p, out));
	free(origin);
	json_decref(j);
}

static bool
verifies(struct bytes file, const struct merkle_hash *leaf,
    const struct tree_head *head)
{
	struct tlog_proof p;

	return tlog_proof_parse(file, &p) &&
	    merkle_included(
	        p.index, head->size, leaf, p.path, p.n, &head->root);
}

static bool
parses(const char *text)
{
	struct tlog_proof p;

	return tlog_proof_parse(bytes_of(text), &p);
}

int
main(void)
{
	struct buf checkpoint, file;
	struct merkle_hash leaf;
	struct tree_head head;
	struct tlog_proof p;
	uint8_t digest[SHA256_SIZE], *copy;
	char hex[2 * SHA256_SIZE + 1];

	buf_init(&checkpoint, 4096);
	buf_init(&file, 8192);
	make(&checkpoint, &file, &leaf, &head);
	sha256_digest(buf_view(&file), digest);
	text_hex((struct bytes){ digest, sizeof digest }, hex);
	CHECK(strcmp(hex, WANTED) == 0);
	CHECK(verifies(buf_view(&file), &leaf, &head));
	CHECK(tlog_proof_parse(buf_view(&file), &p));
	CHECK(p.index == 120000000 && p.n == 27);
	CHECK(bytes_equal(p.checkpoint, buf_view(&checkpoint)));

	/* No prefix that ends before the checkpoint is a proof; no bit of what
	 * stands before it can change. */
	for (size_t n = 0; n < file.n - checkpoint.n + 1; n++)
		CHECK(!tlog_proof_parse((struct bytes){ file.p, n }, &p));
	copy = mem_alloc(file.n, 1);
	for (size_t i = 0; i < 8 * (file.n - checkpoint.n); i++) {
		memcpy(copy, file.p, file.n);
		copy[i / 8] ^= (uint8_t)(1u << i % 8);
		CHECK(!verifies((struct bytes){ copy, file.n }, &leaf, &head));
	}
	free(copy);

	CHECK(parses("c2sp.org/tlog-proof@v1\nextra YQ==\nindex 0\n\nx\n"));
	CHECK(parses("c2sp.org/tlog-proof@v1\nindex 0\n\nx\n"));
	CHECK(!parses("c2sp.org/tlog-proof@v2\nindex 0\n\nx\n"));
	CHECK(!parses("c2sp.org/tlog-proof@v1\nindex 00\n\nx\n"));
	CHECK(!parses("c2sp.org/tlog-proof@v1\nindex -1\n\nx\n"));
	CHECK(!parses(
	    "c2sp.org/tlog-proof@v1\nindex 18446744073709551616\n\nx\n"));
	CHECK(!parses("c2sp.org/tlog-proof@v1\nindex 0\nYQ==\n\nx\n"));
	CHECK(!parses("c2sp.org/tlog-proof@v1\nindex 0\n\n"));
	buf_fini(&checkpoint);
	buf_fini(&file);
	return 0;
}
