/* SPDX-License-Identifier: Apache-2.0 */
#include <string.h>

#include <openssl/bn.h>
#include <openssl/err.h>

#include <ctwatch/base/limits.h>
#include <ctwatch/policy/weak_key.h>
#include <ctwatch/wire/der.h>
#include <ctwatch/wire/oid.h>
#include <ctwatch/wire/sha256.h>

/* Baseline Requirements, 7.1.3.1: the whole AlgorithmIdentifiers allowed. */
static const struct bytes allowed[] = {
	OID_INIT("\x30\x0d\x06\x09" OID_RSA_ENCRYPTION "\x05\x00"),
	OID_INIT("\x30\x13\x06\x07" OID_EC_PUBLIC_KEY "\x06\x08" OID_P256),
	OID_INIT("\x30\x10\x06\x07" OID_EC_PUBLIC_KEY "\x06\x05" OID_P384),
	OID_INIT("\x30\x10\x06\x07" OID_EC_PUBLIC_KEY "\x06\x05" OID_P521),
};

/* SHA-256 of the SPKIs of RFC 9500, 2.1 and 2.3. */
static const uint8_t published[][SHA256_SIZE] = {
	/* testRSA1024 */
	{ 0x9a, 0x9e, 0x5b, 0x0f, 0x40, 0x4f, 0x4e, 0x2d, 0x43, 0x86, 0xe3,
	    0x8b, 0x04, 0xac, 0x91, 0xe5, 0x35, 0x94, 0x6d, 0xc2, 0xa7, 0xf8,
	    0xd8, 0x4a, 0x31, 0x40, 0x4b, 0x47, 0x6e, 0x5c, 0x35, 0xe1 },
	/* testRSA2048 */
	{ 0x8f, 0xb6, 0xba, 0xd6, 0x71, 0xcf, 0xe6, 0x98, 0x39, 0x3c, 0x45,
	    0x33, 0x57, 0xda, 0x61, 0xb5, 0x6d, 0x75, 0x7a, 0xb8, 0xc0, 0xf3,
	    0xfb, 0x9c, 0x87, 0xf2, 0x84, 0x9e, 0x63, 0x13, 0x18, 0x78 },
	/* testECCP256 */
	{ 0xb2, 0xb0, 0x43, 0x40, 0xcf, 0xae, 0xe6, 0x16, 0xec, 0x9c, 0x2c,
	    0x62, 0xd2, 0x61, 0xb2, 0x08, 0xe5, 0x4b, 0xb1, 0x97, 0x49, 0x8d,
	    0xf5, 0x2e, 0x8c, 0xad, 0xed, 0xe2, 0x3a, 0xc0, 0xba, 0x5e },
	/* testECCP384 */
	{ 0xc4, 0xc1, 0x01, 0x05, 0xa0, 0xbe, 0x0e, 0xd4, 0xdd, 0x33, 0x54,
	    0x42, 0x8d, 0xc3, 0x8a, 0x9b, 0xfe, 0xe6, 0x4d, 0xa1, 0x41, 0xce,
	    0x16, 0xe7, 0x5c, 0x94, 0xed, 0xa2, 0x72, 0xf9, 0xdd, 0x3a },
	/* testECCP521 */
	{ 0xac, 0xb1, 0xb8, 0x32, 0x7f, 0xef, 0x99, 0x5e, 0x24, 0x58, 0xfd,
	    0xf5, 0xe3, 0xc3, 0x3b, 0x2d, 0xc0, 0x74, 0x9f, 0xea, 0xbd, 0x6a,
	    0x89, 0x4c, 0xb9, 0xbd, 0xa9, 0xd7, 0x0a, 0xc0, 0x6c, 0x24 },
};

struct rsa {
	BIGNUM *n, *e;
};

static void
rsa_fini(struct rsa *r)
{
	BN_free(r->n);
	BN_free(r->e);
}

static bool
is_rsa(struct bytes algorithm)
{
	struct der oid;

	return der_take(&algorithm, DER_OID, &oid) &&
	    (OID_IS(oid.body, OID_RSA_ENCRYPTION) ||
	        OID_IS(oid.body, OID_RSA_PSS));
}

static bool
take_integer(struct bytes *b, BIGNUM **out)
{
	struct der e;

	/* Two more octets: a sign, and one to detect a key that is too long. */
	if (!der_take(b, DER_INTEGER, &e) || e.body.n > LIMIT_RSA_BITS / 8 + 2)
		return false;
	*out = BN_bin2bn(e.body.p, (int)e.body.n, NULL);
	return *out != NULL;
}

/* Parse an SPKI; *key is the content of the BIT STRING. */
static bool
split_spki(struct bytes spki, struct der *algorithm, struct bytes *key)
{
	struct der outer, bits;
	uint8_t unused;

	if (!der_take(&spki, DER_SEQUENCE, &outer) ||
	    !der_take(&outer.body, DER_SEQUENCE, algorithm) ||
	    !der_take(&outer.body, DER_BIT_STRING, &bits))
		return false;
	*key = bits.body;
	return bytes_u8(key, &unused) && unused == 0;
}

/* Read the numbers of an RSA key; the caller frees them also after false. */
static bool
rsa_parse(struct bytes spki, struct rsa *out)
{
	struct der algorithm, numbers;
	struct bytes key;

	*out = (struct rsa){ NULL, NULL };
	return split_spki(spki, &algorithm, &key) && is_rsa(algorithm.body) &&
	    der_take(&key, DER_SEQUENCE, &numbers) &&
	    take_integer(&numbers.body, &out->n) &&
	    take_integer(&numbers.body, &out->e);
}

/* Call f(p) for each prime p below 752 until it returns true. */
static bool
any_small_prime(
    unsigned most, bool (*f)(const BIGNUM *n, unsigned p), const BIGNUM *n)
{
	for (unsigned p = 2; p <= most; p++) {
		unsigned d = 2;

		while (d * d <= p && p % d != 0)
			d++;
		if (d * d > p && f(n, p))
			return true;
	}
	return false;
}

static bool
divides(const BIGNUM *n, unsigned p)
{
	return BN_mod_word(n, p) == 0;
}

/*
 * ROCA: the primes were made as k * M + (65537^a mod M), M the product of
 * the first primes, so that the modulus, too, is a power of 65537 modulo
 * each of them (Nemec et al., "The Return of Coppersmith's Attack", 2017).
 * True when it is not, for the odd prime p.
 */
static bool
is_no_power(const BIGNUM *n, unsigned p)
{
	unsigned want = (unsigned)BN_mod_word(n, p), power = 1 % p;

	do {
		if (power == want)
			return false;
		power = power * (65537 % p) % p;
	} while (power != 1);
	return true;
}

/* The largest r with r * r <= n, by Newton's method from above. */
static void
square_root(BIGNUM *r, const BIGNUM *n, BN_CTX *ctx)
{
	BIGNUM *next;

	BN_CTX_start(ctx);
	next = BN_CTX_get(ctx);
	BN_zero(r);
	BN_set_bit(r, (BN_num_bits(n) + 1) / 2);
	for (;;) {
		BN_div(next, NULL, n, r, ctx);
		BN_add(next, next, r);
		BN_rshift1(next, next);
		if (BN_cmp(next, r) >= 0)
			break;
		BN_copy(r, next);
	}
	BN_CTX_end(ctx);
}

static bool
is_square(const BIGNUM *n, BN_CTX *ctx)
{
	/* A square has one of twelve values modulo 64. */
	static const uint64_t ends = UINT64_C(0x0202021202030213);
	BIGNUM *r;
	bool yes;

	if (BN_is_zero(n))
		return true;
	if ((ends >> BN_mod_word(n, 64) & 1) == 0)
		return false;
	BN_CTX_start(ctx);
	r = BN_CTX_get(ctx);
	square_root(r, n, ctx);
	BN_sqr(r, r, ctx);
	yes = BN_cmp(r, n) == 0;
	BN_CTX_end(ctx);
	return yes;
}

/*
 * Fermat: n = a^2 - b^2 with a just above the root of n.  A hundred steps,
 * as the Baseline Requirements ask in 6.1.1.3.
 */
static bool
is_fermat(const BIGNUM *n, BN_CTX *ctx)
{
	BIGNUM *a, *rest;
	bool found = false;

	BN_CTX_start(ctx);
	a = BN_CTX_get(ctx);
	rest = BN_CTX_get(ctx);
	square_root(a, n, ctx);
	BN_sqr(rest, a, ctx);
	if (BN_cmp(rest, n) < 0)
		BN_add_word(a, 1);
	for (int i = 0; !found && i < 100; i++) {
		BN_sqr(rest, a, ctx);
		BN_sub(rest, rest, n);
		found = is_square(rest, ctx);
		BN_add_word(a, 1);
	}
	BN_CTX_end(ctx);
	return found;
}

static unsigned
check_rsa(const struct rsa *r)
{
	unsigned faults = 0;
	int bits = BN_num_bits(r->n), e_bits = BN_num_bits(r->e);
	BN_CTX *ctx;

	if (bits < 2048 || bits % 8 != 0)
		faults |= WEAK_KEY_SIZE;
	if (!BN_is_odd(r->e) || e_bits < 2)
		faults |= WEAK_KEY_EXPONENT;
	else if (e_bits < 17 || e_bits > 256)
		faults |= WEAK_KEY_RANGE; /* 2^16 + 1 to 2^256 - 1 */
	if (bits > LIMIT_RSA_BITS)
		return faults | WEAK_KEY_SIZE;
	if (any_small_prime(751, divides, r->n))
		return faults | WEAK_KEY_FACTOR;
	if (!any_small_prime(167, is_no_power, r->n))
		faults |= WEAK_KEY_ROCA;
	ctx = BN_CTX_new();
	if (ctx != NULL && is_fermat(r->n, ctx))
		faults |= WEAK_KEY_FERMAT;
	BN_CTX_free(ctx);
	return faults;
}

static bool
is_allowed(struct bytes algorithm)
{
	for (size_t i = 0; i < sizeof allowed / sizeof *allowed; i++)
		if (bytes_equal(algorithm, allowed[i]))
			return true;
	return false;
}

bool
weak_key_is_published(const uint8_t spki_sha256[static SHA256_SIZE])
{
	for (size_t i = 0; i < sizeof published / sizeof *published; i++)
		if (memcmp(published[i], spki_sha256, SHA256_SIZE) == 0)
			return true;
	return false;
}

unsigned
weak_key_spki(struct bytes spki)
{
	struct der algorithm;
	struct bytes key;
	struct rsa rsa;
	unsigned faults = 0;
	uint8_t digest[SHA256_SIZE];

	if (!split_spki(spki, &algorithm, &key))
		return WEAK_KEY_ALGORITHM;
	if (!is_allowed(algorithm.whole))
		faults |= WEAK_KEY_ALGORITHM;
	if (rsa_parse(spki, &rsa))
		faults |= check_rsa(&rsa);
	else if (is_rsa(algorithm.body))
		faults |= WEAK_KEY_ALGORITHM; /* result is not used */
	rsa_fini(&rsa);
	ERR_clear_error();
	sha256_digest(spki, digest);
	if (weak_key_is_published(digest))
		faults |= WEAK_KEY_PUBLISHED;
	return faults;
}

/* Report whether a and b share more than small factors. */
static bool
has_common(const BIGNUM *a, const BIGNUM *b, BN_CTX *ctx)
{
	BIGNUM *gcd;
	bool common;

	BN_CTX_start(ctx);
	gcd = BN_CTX_get(ctx);
	common =
	    gcd != NULL && BN_gcd(gcd, a, b, ctx) == 1 && BN_num_bits(gcd) > 16;
	BN_CTX_end(ctx);
	return common;
}

bool
weak_key_shared(struct bytes spki, struct bytes other)
{
	BN_CTX *ctx = BN_CTX_new();
	struct rsa a, b;
	bool shared = rsa_parse(spki, &a);

	shared = rsa_parse(other, &b) && shared && ctx != NULL &&
	    BN_cmp(a.n, b.n) != 0 && !BN_is_zero(a.n) && !BN_is_zero(b.n) &&
	    has_common(a.n, b.n, ctx);
	rsa_fini(&a);
	rsa_fini(&b);
	BN_CTX_free(ctx);
	ERR_clear_error();
	return shared;
}

/* A modulus shares a factor with an earlier one if it does with their product;
 * this is much cheaper than comparing all pairs. */
void
weak_key_suspect(const struct bytes *spki, size_t n, bool *suspect)
{
	BN_CTX *ctx = BN_CTX_new();
	BIGNUM *before = BN_new(), *rest = BN_new();
	bool ok = ctx != NULL && before != NULL && rest != NULL &&
	    BN_one(before) == 1;

	for (size_t i = 0; i < n; i++) {
		struct rsa key;

		suspect[i] = false;
		if (rsa_parse(spki[i], &key) && !BN_is_zero(key.n)) {
			ok = ok && BN_mod(rest, before, key.n, ctx) == 1;
			suspect[i] = !ok || has_common(rest, key.n, ctx);
			ok = ok && BN_mul(before, before, key.n, ctx) == 1;
		}
		rsa_fini(&key);
	}
	BN_free(before);
	BN_free(rest);
	BN_CTX_free(ctx);
	ERR_clear_error();
}

const char *
weak_key_words(enum weak_key_fault fault)
{
	switch (fault) {
	case WEAK_KEY_SIZE:
		return "the RSA modulus is shorter than 2048 bits or no "
		       "multiple of 8 bits";
	case WEAK_KEY_EXPONENT:
		return "the RSA exponent is even or below 3";
	case WEAK_KEY_RANGE:
		return "the RSA exponent is not from 2^16+1 to 2^256-1";
	case WEAK_KEY_FACTOR:
		return "the RSA modulus has a factor below 752";
	case WEAK_KEY_FERMAT:
		return "the primes of the RSA modulus are so close that "
		       "Fermat's method factors it";
	case WEAK_KEY_ROCA:
		return "the RSA modulus has the fingerprint of ROCA";
	case WEAK_KEY_ALGORITHM:
		return "public CAs may not certify this algorithm, curve or "
		       "encoding";
	case WEAK_KEY_PUBLISHED:
		return "its private key is published in RFC 9500";
	case WEAK_KEY_SOUND:
		break;
	}
	return "no fault";
}
