/* SPDX-License-Identifier: Apache-2.0 */
/* Real logs' signed tree heads and proofs: their signatures are the oracle. */
#include <string.h>

#include <jansson.h>

#include <ctwatch/base/blob.h>
#include <ctwatch/base/limits.h>
#include <ctwatch/base/text.h>
#include <ctwatch/wire/tree_head.h>

#include "../support/test.h"

static json_t *
load(const char *name)
{
	struct bytes b = test_data(name);
	json_t *j = json_loadb((const char *)b.p, b.n, 0, NULL);

	CHECK(j != NULL);
	free((void *)b.p);
	return j;
}

static struct bytes
decode(const json_t *j, const char *name)
{
	struct bytes text =
	    bytes_of(json_string_value(json_object_get(j, name)));
	uint8_t *p = mem_alloc(text.n, 1);
	size_t n;

	CHECK(text_unbase64(text, p, &n));
	return (struct bytes){ p, n };
}

static struct tree_head
head_of(const json_t *j)
{
	struct bytes root = decode(j, "sha256_root_hash");
	struct bytes sig = decode(j, "tree_head_signature");
	struct tree_head h = { .size = (uint64_t)json_integer_value(
		                   json_object_get(j, "tree_size")),
		.timestamp = (uint64_t)json_integer_value(
		    json_object_get(j, "timestamp")),
		.n_signature = sig.n };

	CHECK(root.n == 32 && sig.n <= sizeof h.signature);
	memcpy(h.root.b, root.p, 32);
	memcpy(h.signature, sig.p, sig.n);
	free((void *)root.p);
	free((void *)sig.p);
	return h;
}

static struct tree_head_key *
key_of(const json_t *j)
{
	struct bytes der = decode(j, "key");
	struct tree_head_key *key = tree_head_key_new(der);

	CHECK(key != NULL);
	for (size_t n = 0; n < der.n; n++) {
		struct tree_head_key *bad =
		    tree_head_key_new((struct bytes){ der.p, n });

		CHECK(bad == NULL);
	}
	free((void *)der.p);
	return key;
}

/* A head verifies, and with any of its signed parts changed does not. */
static void
holds(const struct tree_head *good, const struct tree_head_key *key)
{
	struct tree_head h = *good;

	CHECK(tree_head_verify(good, key) == TREE_HEAD_OK);
	h.size++;
	CHECK(tree_head_verify(&h, key) == TREE_HEAD_BAD_SIGNATURE);
	h = *good;
	h.timestamp ^= 1;
	CHECK(tree_head_verify(&h, key) == TREE_HEAD_BAD_SIGNATURE);
	h = *good;
	h.root.b[31] ^= 0x80;
	CHECK(tree_head_verify(&h, key) == TREE_HEAD_BAD_SIGNATURE);
	for (size_t n = 0; n < good->n_signature; n++) {
		h = *good;
		h.n_signature = n;
		CHECK(tree_head_verify(&h, key) == TREE_HEAD_BAD_ENCODING);
	}
	h = *good;
	h.signature[h.n_signature++] = 0;
	CHECK(tree_head_verify(&h, key) == TREE_HEAD_BAD_ENCODING);
	h = *good;
	h.signature[0] = 2; /* SHA-1 */
	CHECK(tree_head_verify(&h, key) == TREE_HEAD_WRONG_ALGORITHM);
	h = *good;
	h.signature[1] ^= 2; /* the other of RSA and ECDSA */
	CHECK(tree_head_verify(&h, key) == TREE_HEAD_WRONG_ALGORITHM);
}

static void
real_heads_verify(const char *log, const char *sth)
{
	json_t *l = load(log), *s = load(sth);
	struct tree_head_key *key = key_of(l);
	struct tree_head h = head_of(s);

	holds(&h, key);
	tree_head_key_free(key);
	json_decref(l);
	json_decref(s);
}

static void
real_proof_holds(const char *first, const char *second, const char *proof)
{
	json_t *a = load(first), *b = load(second), *p = load(proof), *e;
	struct tree_head old = head_of(a), new = head_of(b);
	struct merkle_hash path[LIMIT_PROOF];
	size_t i, n = 0;

	json_array_foreach(json_object_get(p, "consistency"), i, e)
		CHECK(text_unbase64_exact(
		    bytes_of(json_string_value(e)), path[n++].b, 32));
	CHECK(n > 2);
	CHECK(merkle_consistent(
	    old.size, &old.root, new.size, &new.root, path, n));
	CHECK(!merkle_consistent(
	    old.size, &old.root, new.size + 1, &new.root, path, n - 1));
	CHECK(!merkle_consistent(
	    old.size, &new.root, new.size, &new.root, path, n));
	json_decref(a);
	json_decref(b);
	json_decref(p);
}

static void
real_inclusion_holds(void)
{
	json_t *s = load("heads/icarus/sth-129721434.json"), *e;
	json_t *p = load("heads/icarus/entry-and-proof-120000000-"
	                 "129721434.json");
	struct bytes leaf_input = decode(p, "leaf_input");
	struct merkle_hash leaf, path[LIMIT_PROOF];
	struct tree_head h = head_of(s);
	size_t i, n = 0;

	json_array_foreach(json_object_get(p, "audit_path"), i, e)
		CHECK(text_unbase64_exact(
		    bytes_of(json_string_value(e)), path[n++].b, 32));
	merkle_leaf_hash(leaf_input, &leaf);
	CHECK(merkle_included(120000000, h.size, &leaf, path, n, &h.root));
	CHECK(!merkle_included(120000001, h.size, &leaf, path, n, &h.root));
	CHECK(!merkle_included(120000000, h.size, &leaf, path, n - 1, &h.root));
	free((void *)leaf_input.p);
	json_decref(s);
	json_decref(p);
}

/* A real signature by Google over a real log list. */
static void
checks_a_bare_signature(void)
{
	struct bytes json = test_data("loglists/google-2025-12-30.json");
	struct bytes other = test_data("loglists/google-2026-04-19.json");
	struct bytes sig = test_data("loglists/google-2025-12-30.sig");
	struct bytes key = test_data("loglists/google-pubkey.pem");
	uint8_t *bad = blob_copy(sig).p;

	CHECK(tree_head_verify_bare(json, sig, key));
	CHECK(!tree_head_verify_bare(other, sig, key));
	for (size_t n = 0; n < sig.n; n++)
		CHECK(!tree_head_verify_bare(
		    json, (struct bytes){ sig.p, n }, key));
	for (size_t i = 0; i < sig.n; i += 17) {
		bad[i] ^= 1;
		CHECK(!tree_head_verify_bare(
		    json, (struct bytes){ bad, sig.n }, key));
		bad[i] ^= 1;
	}
	json.n--;
	CHECK(!tree_head_verify_bare(json, sig, key));
	json.n++;
	CHECK(!tree_head_verify_bare(json, sig, bytes_of("")));
	CHECK(!tree_head_verify_bare(
	    json, sig, (struct bytes){ key.p, key.n / 2 }));
	free(bad);
	free((void *)json.p);
	free((void *)other.p);
	free((void *)sig.p);
	free((void *)key.p);
}

int
main(void)
{
	static const char *const heads[][2] = {
		{ "heads/argon2027h1/log.json",
		    "heads/argon2027h1/sth-384065451.json" },
		{ "heads/argon2027h1/log.json",
		    "heads/argon2027h1/sth-384071894.json" },
		{ "heads/icarus/log.json", "heads/icarus/sth-129596132.json" },
		{ "heads/icarus/log.json", "heads/icarus/sth-129721434.json" },
		{ "heads/rsa-made/log.json", "heads/rsa-made/sth-0.json" },
		{ "heads/trustasia2021/log.json",
		    "heads/trustasia2021/sth-228935.json" },
		{ "heads/trustasia2021/log.json",
		    "heads/trustasia2021/sth-455962.json" },
		{ "heads/yeti2022/log.json",
		    "heads/yeti2022/sth-65551225.json" },
		{ "heads/yeti2022/log.json",
		    "heads/yeti2022/sth-65569149.json" },
	};

	for (size_t i = 0; i < sizeof heads / sizeof heads[0]; i++)
		real_heads_verify(heads[i][0], heads[i][1]);
	real_proof_holds("heads/argon2027h1/sth-384065451.json",
	    "heads/argon2027h1/sth-384071894.json",
	    "heads/argon2027h1/consistency-384065451-384071894.json");
	real_proof_holds("heads/icarus/sth-129596132.json",
	    "heads/icarus/sth-129721434.json",
	    "heads/icarus/consistency-129596132-129721434.json");
	real_inclusion_holds();
	checks_a_bare_signature();
	return 0;
}
