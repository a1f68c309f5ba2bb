/* SPDX-License-Identifier: Apache-2.0 */
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include <openssl/err.h>
#include <openssl/evp.h>

#include <ctwatch/base/mem.h>
#include <ctwatch/base/text.h>
#include <ctwatch/wire/cosignature.h>

/* tlog-cosignature, "Format". */
#define TYPE_ED25519   0x04
#define TYPE_ML_DSA_44 0x06

#define ED25519_KEY   32
#define ML_DSA_44_KEY 1312

/* The latest time in s that milliseconds in an int64_t can express. */
#define MAX_TIME ((uint64_t)INT64_MAX / 1000)

/* What an ML-DSA-44 cosignature signs begins with this and a NUL. */
#define SUBTREE_LABEL "subtree/v1\n"

struct cosignature_key {
	char *name;
	uint8_t type;
	uint8_t id[4];
	size_t n_key;
	uint8_t key[ML_DSA_44_KEY];
	EVP_PKEY *pkey; /* NULL: libcrypto does not implement the algorithm */
};

/* Decode the part of a verifier key behind the key ID: a type, then a key. */
static bool
decode_key(struct cosignature_key *c, struct bytes base64, struct buf *error)
{
	uint8_t raw[1 + ML_DSA_44_KEY + 2]; /* base64 is decoded by threes */
	size_t n;

	if (base64.n / 4 * 3 > sizeof raw || !text_unbase64(base64, raw, &n) ||
	    n == 0) {
		buf_printf(error, "its key is not base64, or is too long");
		return false;
	}
	c->type = raw[0];
	c->n_key = n - 1;
	if (c->type != TYPE_ED25519 && c->type != TYPE_ML_DSA_44) {
		buf_printf(error,
		    "signature type %u is not a cosignature's (4 or 6)",
		    c->type);
		return false;
	}
	if (c->n_key !=
	    (c->type == TYPE_ED25519 ? ED25519_KEY : ML_DSA_44_KEY)) {
		buf_printf(error, "a key of %zu bytes does not fit type %u",
		    c->n_key, c->type);
		return false;
	}
	memcpy(c->key, raw + 1, c->n_key);
	c->pkey = EVP_PKEY_new_raw_public_key_ex(NULL,
	    c->type == TYPE_ED25519 ? "ED25519" : "ML-DSA-44", NULL, c->key,
	    c->n_key);
	ERR_clear_error();
	return true;
}

static bool
parse(struct cosignature_key *c, struct bytes vkey, struct buf *error)
{
	struct bytes name, id;
	char hex[2 * sizeof c->id + 1];

	if (!bytes_until(&vkey, '+', &name) || name.n == 0 ||
	    !bytes_until(&vkey, '+', &id)) {
		buf_printf(error, "a verifier key is NAME+KEYID+BASE64");
		return false;
	}
	c->name = mem_text(name);
	if (!decode_key(c, vkey, error))
		return false;
	note_key_id(name, c->type, bytes_at(c->key, c->n_key), c->id);
	text_hex(bytes_at(c->id, sizeof c->id), hex);
	if (!bytes_is(id, hex)) {
		buf_printf(error, "its key ID is not that of its name and key");
		return false;
	}
	return true;
}

struct cosignature_key *
cosignature_key_new(struct bytes vkey, struct buf *error)
{
	struct cosignature_key *c = mem_alloc(1, sizeof *c);

	if (parse(c, vkey, error))
		return c;
	cosignature_key_free(c);
	return NULL;
}

void
cosignature_key_free(struct cosignature_key *c)
{
	if (c == NULL)
		return;
	EVP_PKEY_free(c->pkey);
	free(c->name);
	free(c);
}

const char *
cosignature_key_name(const struct cosignature_key *c)
{
	return c->name;
}

bool
cosignature_key_same(
    const struct cosignature_key *a, const struct cosignature_key *b)
{
	return a->type == b->type &&
	    bytes_equal(bytes_at(a->key, a->n_key), bytes_at(b->key, b->n_key));
}

static void
add_u64(struct buf *out, uint64_t v)
{
	for (int shift = 56; shift >= 0; shift -= 8)
		buf_add_byte(out, (uint8_t)(v >> shift));
}

/* A string behind its length in one byte. */
static bool
add_string(struct buf *out, struct bytes s)
{
	if (s.n > UINT8_MAX)
		return false;
	buf_add_byte(out, (uint8_t)s.n);
	return buf_add(out, s);
}

/* What an Ed25519 cosignature signs: the whole text of the note. */
static bool
ed25519_message(const struct note *note, uint64_t seconds, struct buf *out)
{
	return buf_printf(out, "cosignature/v1\ntime %" PRIu64 "\n", seconds) &&
	    buf_add(out, note->text);
}

/* The binary message of a signature over the subtree [start, end). */
static bool
subtree_message(const struct cosignature_key *c, uint64_t seconds,
    struct bytes origin, uint64_t start, uint64_t end,
    const struct merkle_hash *root, struct buf *out)
{
	if (!buf_add(out, bytes_at(SUBTREE_LABEL, sizeof SUBTREE_LABEL)) ||
	    !add_string(out, bytes_of(c->name)))
		return false;
	add_u64(out, seconds);
	if (!add_string(out, origin))
		return false;
	add_u64(out, start);
	add_u64(out, end);
	return buf_add(out, bytes_at(root->b, sizeof root->b));
}

/* What an ML-DSA-44 cosignature signs: the tree as the subtree [0, size). */
static bool
ml_dsa_message(const struct cosignature_key *c, const struct note *note,
    uint64_t seconds, struct buf *out)
{
	struct note_body body;

	return note_body(note->text, &body) == NOTE_OK &&
	    subtree_message(
	        c, seconds, body.origin, 0, body.size, &body.root, out);
}

static bool
is_signed(EVP_PKEY *key, struct bytes message, struct bytes signature)
{
	EVP_MD_CTX *ctx = EVP_MD_CTX_new();
	bool ok = ctx != NULL &&
	    EVP_DigestVerifyInit_ex(ctx, NULL, NULL, NULL, NULL, key, NULL) ==
	        1 &&
	    EVP_DigestVerify(
	        ctx, signature.p, signature.n, message.p, message.n) == 1;

	EVP_MD_CTX_free(ctx);
	ERR_clear_error();
	return ok;
}

enum cosignature
cosignature_verify(
    const struct cosignature_key *c, const struct note *note, int64_t *time)
{
	struct note_signature line;
	struct bytes signature;
	struct buf message;
	uint64_t seconds;
	bool ok;

	if (note_find(note, c->name, c->id, &line) != NOTE_OK)
		return COSIGNATURE_ABSENT;
	if (c->pkey == NULL)
		return COSIGNATURE_UNSUPPORTED;
	signature = bytes_at(line.body, line.n);
	if (!bytes_u64(&signature, &seconds) || seconds > MAX_TIME)
		return COSIGNATURE_INVALID;
	buf_init(&message, note->text.n + 1024);
	ok = (c->type == TYPE_ED25519
	             ? ed25519_message(note, seconds, &message)
	             : ml_dsa_message(c, note, seconds, &message)) &&
	    is_signed(c->pkey, buf_view(&message), signature);
	buf_fini(&message);
	if (!ok)
		return COSIGNATURE_INVALID;
	*time = (int64_t)seconds * 1000;
	return COSIGNATURE_VALID;
}

enum cosignature
cosignature_verify_subtree(const struct cosignature_key *c, struct bytes origin,
    uint64_t start, uint64_t end, const struct merkle_hash *root,
    struct bytes signature)
{
	struct buf message;
	bool ok;

	if (c->pkey == NULL)
		return COSIGNATURE_UNSUPPORTED;
	buf_init(&message, 1024);
	ok = subtree_message(c, 0, origin, start, end, root, &message) &&
	    is_signed(c->pkey, buf_view(&message), signature);
	buf_fini(&message);
	return ok ? COSIGNATURE_VALID : COSIGNATURE_INVALID;
}
