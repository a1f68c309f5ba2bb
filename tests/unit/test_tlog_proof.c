/* SPDX-License-Identifier: Apache-2.0 */
/* The proof of a real Icarus entry, made from the log's own answers. */
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
make(struct buf *checkpoint, struct buf *out)
{
	struct tree_head head;
	struct merkle_hash leaf;
	struct tlog_proof p;
	uint8_t key[1024], id[SHA256_SIZE];
	json_t *j = load("heads/icarus/log.json");
	char *origin = tlog_proof_origin("https://ct.googleapis.com/icarus/");
	size_t n = decode(j, "key", key);

	sha256_digest((struct bytes){ key, n }, id);
	load_head(&head);
	load_proof(&p, &leaf);
	CHECK(merkle_included(
	    p.index, head.size, &leaf, p.path, p.n, &head.root));
	CHECK(tlog_proof_checkpoint(&head, origin, id, checkpoint));
	p.checkpoint = buf_view(checkpoint);
	CHECK(tlog_proof_write(&p, out));
	free(origin);
	json_decref(j);
}

int
main(void)
{
	struct buf checkpoint, file;
	uint8_t digest[SHA256_SIZE];
	char hex[2 * SHA256_SIZE + 1];

	buf_init(&checkpoint, 4096);
	buf_init(&file, 8192);
	make(&checkpoint, &file);
	sha256_digest(buf_view(&file), digest);
	text_hex((struct bytes){ digest, sizeof digest }, hex);
	CHECK(strcmp(hex, WANTED) == 0);
	buf_fini(&checkpoint);
	buf_fini(&file);
	return 0;
}
