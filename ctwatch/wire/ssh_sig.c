/* SPDX-License-Identifier: Apache-2.0 */
#include <stdlib.h>
#include <string.h>

#include <openssl/bn.h>
#include <openssl/core_names.h>
#include <openssl/ec.h>
#include <openssl/ecdsa.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/param_build.h>
#include <openssl/x509.h>

#include <ctwatch/base/blob.h>
#include <ctwatch/base/limits.h>
#include <ctwatch/base/mem.h>
#include <ctwatch/base/text.h>
#include <ctwatch/wire/sha256.h>
#include <ctwatch/wire/ssh_sig.h>

/* PROTOCOL.u2f: the flag that the user touched the key. */
#define USER_PRESENT 0x01

#define MIN_RSA_BITS 2048

#define BEGIN "-----BEGIN SSH SIGNATURE-----"
#define END   "-----END SSH SIGNATURE-----"

enum kind {
	ED25519,
	ECDSA,
	RSA_KEY
};

static const struct type {
	const char *name;
	enum kind kind;
	bool security;
	const char *curve, *group; /* of ECDSA: names in SSH and in OpenSSL */
	const char *digest;        /* of ECDSA */
} types[] = {
	{ "ssh-ed25519", ED25519, false, NULL, NULL, NULL },
	{ "ecdsa-sha2-nistp256", ECDSA, false, "nistp256", "prime256v1",
	    "SHA256" },
	{ "ecdsa-sha2-nistp384", ECDSA, false, "nistp384", "secp384r1",
	    "SHA384" },
	{ "ecdsa-sha2-nistp521", ECDSA, false, "nistp521", "secp521r1",
	    "SHA512" },
	{ "ssh-rsa", RSA_KEY, false, NULL, NULL, NULL },
	{ "sk-ssh-ed25519@openssh.com", ED25519, true, NULL, NULL, NULL },
	{ "sk-ecdsa-sha2-nistp256@openssh.com", ECDSA, true, "nistp256",
	    "prime256v1", "SHA256" },
};

#define N_TYPES (sizeof types / sizeof *types)

struct ssh_sig_key {
	const struct type *type;
	struct blob blob;
	struct bytes application; /* a view of blob; of security keys */
	EVP_PKEY *key;
};

/* ---- wire form: RFC 4251, 5 ---- */

static bool
take_u32(struct bytes *in, uint32_t *out)
{
	struct bytes b;

	if (!bytes_take(in, 4, &b))
		return false;
	*out = (uint32_t)b.p[0] << 24 | (uint32_t)b.p[1] << 16 |
	    (uint32_t)b.p[2] << 8 | b.p[3];
	return true;
}

static bool
take_string(struct bytes *in, struct bytes *out)
{
	uint32_t n;

	return take_u32(in, &n) && bytes_take(in, n, out);
}

static void
put_string(struct buf *out, struct bytes s)
{
	const uint8_t n[4] = { (uint8_t)(s.n >> 24), (uint8_t)(s.n >> 16),
		(uint8_t)(s.n >> 8), (uint8_t)s.n };

	buf_add(out, (struct bytes){ n, sizeof n });
	buf_add(out, s);
}

/* ---- keys ---- */

/* Make a public key of the OpenSSL type name; consumes bld. */
static EVP_PKEY *
from_params(const char *name, OSSL_PARAM_BLD *bld)
{
	OSSL_PARAM *params = bld != NULL ? OSSL_PARAM_BLD_to_param(bld) : NULL;
	EVP_PKEY_CTX *ctx = EVP_PKEY_CTX_new_from_name(NULL, name, NULL);
	EVP_PKEY *key = NULL;

	if (params == NULL || ctx == NULL || EVP_PKEY_fromdata_init(ctx) != 1 ||
	    EVP_PKEY_fromdata(ctx, &key, EVP_PKEY_PUBLIC_KEY, params) != 1)
		key = NULL;
	EVP_PKEY_CTX_free(ctx);
	OSSL_PARAM_free(params);
	OSSL_PARAM_BLD_free(bld);
	return key;
}

static EVP_PKEY *
take_ecdsa(const struct type *type, struct bytes *in)
{
	OSSL_PARAM_BLD *bld;
	struct bytes curve, point;

	if (!take_string(in, &curve) || !bytes_is(curve, type->curve) ||
	    !take_string(in, &point))
		return NULL;
	bld = OSSL_PARAM_BLD_new();
	if (bld == NULL ||
	    OSSL_PARAM_BLD_push_utf8_string(
	        bld, OSSL_PKEY_PARAM_GROUP_NAME, type->group, 0) != 1 ||
	    OSSL_PARAM_BLD_push_octet_string(
	        bld, OSSL_PKEY_PARAM_PUB_KEY, point.p, point.n) != 1) {
		OSSL_PARAM_BLD_free(bld);
		return NULL;
	}
	return from_params("EC", bld);
}

static EVP_PKEY *
take_rsa(struct bytes *in)
{
	BIGNUM *bn_e = NULL, *bn_n = NULL;
	OSSL_PARAM_BLD *bld = OSSL_PARAM_BLD_new();
	EVP_PKEY *key = NULL;
	struct bytes e, n;
	bool ok = bld != NULL && take_string(in, &e) && take_string(in, &n) &&
	    e.n > 0 && e.n <= 8 && n.n > 0 && n.n <= LIMIT_SSH_STRING;

	if (ok) {
		bn_e = BN_bin2bn(e.p, (int)e.n, NULL);
		bn_n = BN_bin2bn(n.p, (int)n.n, NULL);
		ok = bn_e != NULL && bn_n != NULL &&
		    BN_num_bits(bn_n) >= MIN_RSA_BITS &&
		    OSSL_PARAM_BLD_push_BN(bld, OSSL_PKEY_PARAM_RSA_E, bn_e) ==
		        1 &&
		    OSSL_PARAM_BLD_push_BN(bld, OSSL_PKEY_PARAM_RSA_N, bn_n) ==
		        1;
	}
	if (ok)
		key = from_params("RSA", bld);
	else
		OSSL_PARAM_BLD_free(bld);
	BN_free(bn_e);
	BN_free(bn_n);
	return key;
}

static EVP_PKEY *
take_key(const struct type *type, struct bytes *in)
{
	struct bytes raw;

	if (type->kind == ECDSA)
		return take_ecdsa(type, in);
	if (type->kind == RSA_KEY)
		return take_rsa(in);
	return take_string(in, &raw)
	    ? EVP_PKEY_new_raw_public_key(EVP_PKEY_ED25519, NULL, raw.p, raw.n)
	    : NULL;
}

/* Read a key from its wire form, of the named type if name is not NULL. */
static struct ssh_sig_key *
parse_blob(struct bytes blob, const struct bytes *name)
{
	struct ssh_sig_key *k = mem_alloc(1, sizeof *k);
	struct bytes in, type;

	k->blob = blob_copy(blob);
	in = blob_view(k->blob);
	if (take_string(&in, &type) &&
	    (name == NULL || bytes_equal(type, *name)))
		for (size_t i = 0; i < N_TYPES; i++)
			if (bytes_is(type, types[i].name))
				k->type = &types[i];
	if (k->type != NULL)
		k->key = take_key(k->type, &in);
	ERR_clear_error();
	if (k->key != NULL &&
	    (!k->type->security || take_string(&in, &k->application)) &&
	    in.n == 0)
		return k;
	ssh_sig_key_free(k);
	return NULL;
}

bool
ssh_sig_is_key(struct bytes text)
{
	struct bytes name;

	text = text_trim(text);
	if (!bytes_until(&text, ' ', &name))
		return false;
	for (size_t i = 0; i < N_TYPES; i++)
		if (bytes_is(name, types[i].name))
			return true;
	return false;
}

struct ssh_sig_key *
ssh_sig_key_parse(struct bytes line)
{
	struct ssh_sig_key *k = NULL;
	struct bytes name, b64;
	struct buf blob;

	line = text_trim(line);
	if (!bytes_until(&line, ' ', &name))
		return NULL;
	if (!bytes_until(&line, ' ', &b64))
		b64 = line;
	buf_init(&blob, LIMIT_SSH_STRING);
	if (b64.n <= LIMIT_SSH_STRING && buf_reserve(&blob, b64.n) &&
	    text_unbase64(b64, blob.p, &blob.n))
		k = parse_blob(buf_view(&blob), &name);
	buf_fini(&blob);
	return k;
}

void
ssh_sig_key_free(struct ssh_sig_key *key)
{
	if (key == NULL)
		return;
	EVP_PKEY_free(key->key);
	blob_fini(&key->blob);
	free(key);
}

struct bytes
ssh_sig_key_blob(const struct ssh_sig_key *key)
{
	return blob_view(key->blob);
}

bool
ssh_sig_key_spki(const struct ssh_sig_key *key, struct buf *out)
{
	unsigned char *der = NULL;
	int n = i2d_PUBKEY(key->key, &der);
	bool ok = n > 0 && buf_add(out, (struct bytes){ der, (size_t)n });

	OPENSSL_free(der);
	ERR_clear_error();
	return ok;
}

bool
ssh_sig_key_is_security(const struct ssh_sig_key *key)
{
	return key->type->security;
}

/* ---- signatures ---- */

bool
ssh_sig_unarmor(struct bytes in, struct buf *out)
{
	struct bytes line;
	struct buf b64;
	bool inside = false, ended = false;

	if (in.n > 6 && memcmp(in.p, "SSHSIG", 6) == 0)
		return buf_add(out, in);
	buf_init(&b64, LIMIT_SMALL_BODY);
	while (!ended && text_line(&in, &line)) {
		line = text_trim(line);
		if (bytes_is(line, BEGIN))
			inside = true;
		else if (bytes_is(line, END))
			ended = inside;
		else if (inside)
			buf_add(&b64, line);
	}
	ended = ended && b64.n <= LIMIT_SSH_STRING && buf_reserve(out, b64.n) &&
	    text_unbase64(buf_view(&b64), out->p, &out->n);
	buf_fini(&b64);
	return ended;
}

/* A binary signature (PROTOCOL.sshsig, 2). */
struct parts {
	struct bytes key, space, reserved, hash, signature;
};

static bool
parse_signature(struct bytes in, struct parts *out)
{
	struct bytes magic;
	uint32_t version;

	return bytes_take(&in, 6, &magic) && bytes_is(magic, "SSHSIG") &&
	    take_u32(&in, &version) && version == 1 &&
	    take_string(&in, &out->key) && take_string(&in, &out->space) &&
	    take_string(&in, &out->reserved) && take_string(&in, &out->hash) &&
	    take_string(&in, &out->signature) && in.n == 0;
}

struct ssh_sig_key *
ssh_sig_key_of(struct bytes signature)
{
	struct parts parts;

	return parse_signature(signature, &parts) ? parse_blob(parts.key, NULL)
	                                          : NULL;
}

/* The bytes that are signed (PROTOCOL.sshsig, 3). */
static bool
signed_data(const struct parts *parts, struct bytes text, struct buf *out)
{
	const char *md = bytes_is(parts->hash, "sha512") ? "SHA512"
	    : bytes_is(parts->hash, "sha256")            ? "SHA256"
	                                                 : NULL;
	uint8_t digest[EVP_MAX_MD_SIZE];
	size_t n;

	if (md == NULL ||
	    EVP_Q_digest(NULL, md, NULL, text.p, text.n, digest, &n) != 1)
		return false;
	buf_add_text(out, "SSHSIG");
	put_string(out, parts->space);
	put_string(out, parts->reserved);
	put_string(out, parts->hash);
	put_string(out, (struct bytes){ digest, n });
	return true;
}

/* The bytes that a security key signs (PROTOCOL.u2f, "SSH U2F Signatures");
 * rest has the bytes after the signature: flags and counter. */
static bool
security_data(
    const struct ssh_sig_key *key, struct bytes rest, struct buf *data)
{
	uint8_t application[SHA256_SIZE], message[SHA256_SIZE];

	if (rest.n != 5 || (rest.p[0] & USER_PRESENT) == 0)
		return false;
	sha256_digest(key->application, application);
	sha256_digest(buf_view(data), message);
	buf_clear(data);
	return buf_add(data, (struct bytes){ application, SHA256_SIZE }) &&
	    buf_add(data, rest) &&
	    buf_add(data, (struct bytes){ message, SHA256_SIZE });
}

/* Convert r and s from SSH encoding to DER; the caller frees with
 * OPENSSL_free. */
static int
ecdsa_der(struct bytes blob, unsigned char **der)
{
	ECDSA_SIG *sig = ECDSA_SIG_new();
	struct bytes r, s;
	int n = -1;

	if (sig != NULL && take_string(&blob, &r) && take_string(&blob, &s) &&
	    blob.n == 0 && r.n <= 67 && s.n <= 67 &&
	    ECDSA_SIG_set0(sig, BN_bin2bn(r.p, (int)r.n, NULL),
	        BN_bin2bn(s.p, (int)s.n, NULL)) == 1)
		n = i2d_ECDSA_SIG(sig, der);
	ECDSA_SIG_free(sig);
	return n;
}

/* Return the digest for a signature of that type by key; "" for none, NULL if
 * the type is not the key's. */
static const char *
digest_of(const struct ssh_sig_key *key, struct bytes type)
{
	if (key->type->kind == RSA_KEY)
		return bytes_is(type, "rsa-sha2-512") ? "SHA512"
		    : bytes_is(type, "rsa-sha2-256")  ? "SHA256"
		                                      : NULL;
	if (!bytes_is(type, key->type->name))
		return NULL;
	return key->type->kind == ECDSA ? key->type->digest : "";
}

static bool
verify(const struct ssh_sig_key *key, const char *digest, struct bytes data,
    struct bytes blob)
{
	EVP_MD_CTX *ctx = EVP_MD_CTX_new();
	unsigned char *der = NULL;
	int n = 0;
	bool ok;

	if (key->type->kind == ECDSA) {
		n = ecdsa_der(blob, &der);
		blob = (struct bytes){ der, n > 0 ? (size_t)n : 0 };
	}
	ok = ctx != NULL && n >= 0 &&
	    EVP_DigestVerifyInit_ex(ctx, NULL, *digest != '\0' ? digest : NULL,
	        NULL, NULL, key->key, NULL) == 1 &&
	    EVP_DigestVerify(ctx, blob.p, blob.n, data.p, data.n) == 1;
	EVP_MD_CTX_free(ctx);
	OPENSSL_free(der);
	return ok;
}

bool
ssh_sig_verify(
    const struct ssh_sig_key *key, struct bytes text, struct bytes signature)
{
	struct bytes rest, type, blob;
	const char *digest = NULL;
	struct parts parts;
	struct buf data;
	bool ok;

	if (!parse_signature(signature, &parts) ||
	    !bytes_equal(parts.key, blob_view(key->blob)) ||
	    !bytes_is(parts.space, SSH_SIG_NAMESPACE))
		return false;
	rest = parts.signature;
	if (take_string(&rest, &type) && take_string(&rest, &blob))
		digest = digest_of(key, type);
	if (digest == NULL || (rest.n > 0 && !key->type->security))
		return false;
	buf_init(&data, LIMIT_SMALL_BODY);
	ok = signed_data(&parts, text, &data) &&
	    (!key->type->security || security_data(key, rest, &data)) &&
	    verify(key, digest, buf_view(&data), blob);
	buf_fini(&data);
	ERR_clear_error();
	return ok;
}

bool
ssh_sig_is_foreign(struct bytes in)
{
	struct ssh_sig_key *key = NULL;
	struct bytes rest, type;
	struct parts parts;
	struct buf binary;
	bool is = false;

	buf_init(&binary, LIMIT_SMALL_BODY);
	if (ssh_sig_unarmor(in, &binary) &&
	    parse_signature(buf_view(&binary), &parts)) {
		key = parse_blob(parts.key, NULL);
		rest = parts.signature;
		is = key == NULL || !take_string(&rest, &type) ||
		    digest_of(key, type) == NULL ||
		    !(bytes_is(parts.hash, "sha512") ||
		        bytes_is(parts.hash, "sha256"));
	}
	ssh_sig_key_free(key);
	buf_fini(&binary);
	return is;
}
