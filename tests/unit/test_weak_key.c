/* SPDX-License-Identifier: Apache-2.0 */
#include <string.h>

#include <openssl/ec.h>

#include <ctwatch/base/blob.h>
#include <ctwatch/base/limits.h>
#include <ctwatch/base/text.h>
#include <ctwatch/policy/weak_key.h>

#include "../support/make_cert.h"

/*
 * Made by a Python script with its own arithmetic: p, q and r are primes of
 * 1024 bits; roca is a product of two primes k * M + 65537^a mod M, with M
 * the product of the first 126 primes; fermat_99 and _100 are products of
 * factors without a divisor below 752 that Fermat's method finds after that
 * many steps beyond the first.
 */
static const char p_hex[] =
    "D7CD5A98B785CFCA51F930D529254E921DBF7C09284AA4F57D5CD556C5DA735B"
    "F4C4A57DFDFDE1E8AC34B1177D0C4B9DC10231E568991C541B4B5F4057F81680"
    "224B8A6FC394A9E194943CBBC7C17D1E0A946BEB4DE8AA4BFE7C702972D86862"
    "8AC9CC63D9597C4EE544B67FA6B4D7C657FB6BBE6E7A3C15C0634905D4A7192B";
static const char q_hex[] =
    "ED627738287841E23A294CF253F705072CE9AB594BC909292E9A00F56CE93659"
    "EDBF40E2D9E46D5C553B06E3CF6779CF5750D82F08AD31BF3822CACC9EA60CB7"
    "A05D12289935EE3159367B376378259278FA0DD91889A5F09B244ECE7E2D7576"
    "C4DE9F068F2F6EE62744182E248312E5F4BD2756D44E71F9045E6CD34D38FBFD";
static const char r_hex[] =
    "FDECACAFEB236F1C307C0A16A3DE73665BA76D0B752F2AA5D09581E3DFD8341F"
    "0C662EAF88A7F8E7C2B3DBA2E4F04DC8049B7A3FBF16D6A1E71E93D38A24A40A"
    "89681E15842F1C6E27DBCF8B16C79B28D54CE9DEA0B5EABC52C9A33E9C4646C5"
    "76952C9B14A0F09FF238D0D338E748DF9690C0C27545E6DDC20361F7A93F1BA9";
static const char roca_hex[] =
    "8591ED655745B2F9F437B154E51C464AC78E19CAD130BB5D3D1C81F50A637EFC"
    "98341EE3619721E81C6EAE8A9EE83B17E607FB8ACF63345674963A9DFD4D1E83"
    "12F68D416E6B2E834E8B7003F49E9482053949ACE85039C53D9D7EE547685356"
    "863A9F7F9E82D523F32AA281232D13B71EDF217CB435A1169B67E935945FFC17"
    "29062D782B3B582F9027440BA0532A82013243835FC7D68C22B4F458EF97A86C"
    "BE686BF35CDBE715F4A4ADDD4CDA806CBE153938AC98AF9297EB8720DC0184F0"
    "0D9EC89C018949E00E9D7EFA0D773742338AAD6976A30A16B1B266ACCC2B5BF5"
    "0E6D7577AC8037E62E00D3A95A2FA6C522EBCB6A53C801E527C7EBEB1A9645ED";
static const char fermat_99_hex[] =
    "CD9E9CE266F9611A70D155C2A436D3541D6B480606601029171A575D3DEA67F5"
    "834A67E53E6E38F9BFD4B0461D0374F7B180DB4CE9CE32DDE3D1ADC51F81F2A1"
    "424453F8A870766F11160F5202E6729EC86477749BE7946B1D6B70D875DD89E2"
    "2AF55B942ADA53714C712AA6059F00948EA1605E8AB2BFA0E862A0A20032B153"
    "573B198B1161524B27AB9A3A31BE9D9CF0231EA0C8997FC6FCA5E6C345358E00"
    "911E96E1F3F77EAE5AE5FEE681ABDF1031AE6633500060B1EAAE7EA641CE4D8D"
    "F37330D85DB4B4CD2A4EF8D8C4F47AE5504C5A94275996010C101A6FF92A5A06"
    "0D544DA653E2CF395ECBB545E57648A96E1BD98B2BF312D95F486C78D2D25B61";
static const char fermat_100_hex[] =
    "985FF06F107BA4A39BFE7AAC1A9C39284E1E82924C761AB56FEF04943E41574C"
    "3F31258AF2BE537BDC715F51AC41D463F8A2BB1B2F045F7609CB7A12E35D3887"
    "864C93D4D961C3A455D7612DD35E39C436BAA154197F96C0AA2AA361FD8484CC"
    "44A97D6D2AA7748DB5AE01B23682C29650802A4E68EE25BF19401DDA607F5EF6"
    "B6CBA1B30C26C014FEAB92ECF29489B7FA70CD029228C01B010F0843DF4EC129"
    "9D5E358AE2608C44E3052005CECFEAB4E1E730F7DCF82A25C05071ADC8B99A73"
    "FA4759D4C76D24D185DFFF01B0101CFE79AED3EA0F57742AEE8420B10AB5D4A4"
    "067829AD45A3D13214E08B520C95BFEBD9B83F3FCBFD5CB99056A9F049D0BFB1";

/* SPKIs of the private keys that RFC 9500 prints, by pyca/cryptography. */
static const char *const published[] = {
	/* testRSA1024 */
	"MIGfMA0GCSqGSIb3DQEBAQUAA4GNADCBiQKBgQCw0YNSqI9T1VFvRsIOejZ9feiK"
	"z1SgGfbe9Xq5tEzt2yJCsbyg+xtcuCswNhdqY5A1ZN7G60HbL4/Hh/TlLhFJ4zNH"
	"Vylz9mDDx3yp4IIcK2lb566dfTD0B5EQ9Iqub4twLUdLKQCBfyhmJJvsEqKxm4J4"
	"QWgI+Brh/Pm3d4piPwIDAQAB",
	/* testRSA2048 */
	"MIIBIjANBgkqhkiG9w0BAQEFAAOCAQ8AMIIBCgKCAQEAsPnoGUOnrpiSqt4XynxA"
	"+HRP7S+BSObI6qJ7fQAVSPtRkqsotWxQYLEYzNEx5ZSHTGypibVsJylvCfuToDTf"
	"Mul8b/CZjP2Ob0LdpYrNH6l5hvFE89FU1nZQF15oVLOpUgA7wGiHuEVawrGfey92"
	"UE68mOyUVXGweJIVDdxqdMoPvNNUl86BU02vlBiESxOuox+dWmuVV7vfYZ79Toh/"
	"LUK43YvJh+rhv4nKuF7iHjVjBd9sB6iDjj70HFldzOQ9r8SRI+9NirupPTkF5AKN"
	"e6kUhKJ1luB7S27ZkvB3tSTT3P593VVJvnzOjaA1z6Cz+4+eRvcysqhrRgFlwI9T"
	"EwIDAQAB",
	/* testECCP256 */
	"MFkwEwYHKoZIzj0CAQYIKoZIzj0DAQcDQgAEQiVI+I+3gv+17KN0RFLHKh5Vj71v"
	"c75eSOkyMsxFxbFsTNEMTLjVuKFxOelIgsiZJXKZNCX0FBmrfpCkKklCcg==",
	/* testECCP384 */
	"MHYwEAYHKoZIzj0CAQYFK4EEACIDYgAEWwkBuIUjKW65GdUP+hqcs3S8TUCVhigr"
	"/soRsdla27VHNK9XC/grcijPImvPTCXdvP47GjrTlDDv92Ph1o0uFR2Rcgt3lbWN"
	"prNGOWE6j7m1qNpIxnRxF/mRnoQk837I",
	/* testECCP521 */
	"MIGbMBAGByqGSM49AgEGBSuBBAAjA4GGAAQB0P1yV6hMdH9WJXXAc4Xb6/L1K+pY"
	"CD24L90VMdiq48yHX/Av9/otomDY62LW0vXWSSeOMhc2oGKMu7MDCLbmGNsA9irS"
	"BMZGA1m8gYq4lhvw8PwOxaropCgXPOVvAN6bFXweXILGT1Yvyt78Skwo9tNCzz72"
	"FvyC0ztyhckh8r82/dg=",
};

/* The product of two numbers in hexadecimal, and a small one. */
static BIGNUM *
product(const char *a, const char *b, unsigned long factor)
{
	BIGNUM *x = NULL, *y = NULL;
	BN_CTX *ctx = BN_CTX_new();

	CHECK(BN_hex2bn(&x, a) > 0 && BN_hex2bn(&y, b) > 0);
	CHECK(BN_mul(x, x, y, ctx) == 1 && BN_mul_word(x, factor) == 1);
	BN_free(y);
	BN_CTX_free(ctx);
	return x;
}

static unsigned
faults_of(BIGNUM *n, unsigned long exponent)
{
	struct bytes spki = make_cert_rsa(n, exponent);
	unsigned faults = weak_key_spki(spki);

	make_cert_free(spki);
	BN_free(n);
	return faults;
}

static void
sound_keys_are_sound(void)
{
	static const char *const curves[] = { "P-256", "P-384", "P-521" };

	CHECK(faults_of(product(p_hex, q_hex, 1), 65537) == WEAK_KEY_SOUND);
	CHECK(faults_of(product(p_hex, r_hex, 1), 65539) == WEAK_KEY_SOUND);
	for (size_t i = 0; i < 3; i++) {
		EVP_PKEY *key = EVP_EC_gen(curves[i]);
		struct bytes spki = make_cert_spki(key);

		CHECK(weak_key_spki(spki) == WEAK_KEY_SOUND);
		make_cert_free(spki);
		EVP_PKEY_free(key);
	}
}

static void
exponents_are_odd_and_in_range(void)
{
	static const struct {
		unsigned long e;
		unsigned want;
	} t[] = {
		{ 0, WEAK_KEY_EXPONENT },
		{ 1, WEAK_KEY_EXPONENT },
		{ 2, WEAK_KEY_EXPONENT },
		{ 3, WEAK_KEY_RANGE },
		{ 65535, WEAK_KEY_RANGE },
		{ 65536, WEAK_KEY_EXPONENT },
		{ 65537, WEAK_KEY_SOUND },
	};

	for (size_t i = 0; i < sizeof t / sizeof *t; i++)
		CHECK(faults_of(product(p_hex, q_hex, 1), t[i].e) == t[i].want);
}

static void
moduli_have_their_size(void)
{
	BIGNUM *n;

	/* 1024 bits; then 2048 bits and two, three, eight more */
	CHECK((faults_of(product(p_hex, "1", 1), 65537) & WEAK_KEY_SIZE) != 0);
	n = product(p_hex, q_hex, 1009);
	CHECK(BN_num_bits(n) % 8 != 0);
	CHECK(faults_of(n, 65537) == WEAK_KEY_SIZE);
	n = product(p_hex, q_hex, 1);
	BN_lshift(n, n, 8);
	BN_add_word(n, 1);
	CHECK(BN_num_bits(n) == 2056);
	CHECK((faults_of(n, 65537) & WEAK_KEY_SIZE) == 0);
}

static void
small_factors_are_found_below_752(void)
{
	static const struct {
		unsigned long factor;
		bool found;
	} t[] = { { 2, true }, { 3, true }, { 743, true }, { 751, true },
		{ 757, false }, { 761, false } };

	for (size_t i = 0; i < sizeof t / sizeof *t; i++)
		CHECK(((faults_of(product(p_hex, q_hex, t[i].factor), 65537) &
		           WEAK_KEY_FACTOR) != 0) == t[i].found);
}

static void
close_primes_are_found_in_a_hundred_steps(void)
{
	CHECK(faults_of(product(fermat_99_hex, "1", 1), 65537) ==
	    WEAK_KEY_FERMAT);
	CHECK(faults_of(product(fermat_100_hex, "1", 1), 65537) ==
	    WEAK_KEY_SOUND);
	/* a square */
	CHECK(faults_of(product(p_hex, p_hex, 1), 65537) == WEAK_KEY_FERMAT);
}

static void
roca_is_recognised(void)
{
	CHECK(faults_of(product(roca_hex, "1", 1), 65537) == WEAK_KEY_ROCA);
}

static void
a_modulus_over_the_limit_is_not_factored(void)
{
	BIGNUM *n = BN_new();

	BN_set_bit(n, LIMIT_RSA_BITS - 1);
	CHECK(BN_num_bits(n) == LIMIT_RSA_BITS);
	CHECK(faults_of(n, 65537) == WEAK_KEY_FACTOR); /* it is even */
	n = BN_new();
	BN_set_bit(n, LIMIT_RSA_BITS + 7);
	CHECK(faults_of(n, 65537) == WEAK_KEY_SIZE);
	n = BN_new();
	BN_set_bit(n, 8 * LIMIT_RSA_BITS);
	CHECK(faults_of(n, 65537) == WEAK_KEY_ALGORITHM);
}

static void
other_algorithms_and_encodings_are_refused(void)
{
	static const char *const names[] = { "ED25519", "X25519", "ED448" };
	struct bytes spki;
	EVP_PKEY *key;
	uint8_t *copy;
	BIGNUM *n;

	for (size_t i = 0; i < 3; i++) {
		key = EVP_PKEY_Q_keygen(NULL, NULL, names[i]);
		spki = make_cert_spki(key);
		CHECK(weak_key_spki(spki) == WEAK_KEY_ALGORITHM);
		make_cert_free(spki);
		EVP_PKEY_free(key);
	}
	key = EVP_EC_gen("secp256k1");
	spki = make_cert_spki(key);
	CHECK(weak_key_spki(spki) == WEAK_KEY_ALGORITHM);
	make_cert_free(spki);
	EVP_PKEY_free(key);
	/* A curve spelled out instead of named. */
	key = EVP_EC_gen("P-256");
	CHECK(EVP_PKEY_set_utf8_string_param(key, OSSL_PKEY_PARAM_EC_ENCODING,
	          OSSL_PKEY_EC_ENCODING_EXPLICIT) == 1);
	spki = make_cert_spki(key);
	CHECK(weak_key_spki(spki) == WEAK_KEY_ALGORITHM);
	make_cert_free(spki);
	EVP_PKEY_free(key);
	/* RSA with another parameter than NULL: still looked into. */
	n = product(p_hex, q_hex, 751);
	spki = make_cert_rsa(n, 65537);
	copy = blob_copy(spki).p;
	CHECK(copy[17] == 0x05 && copy[18] == 0x00);
	copy[17] = 0x04;
	CHECK((weak_key_spki((struct bytes){ copy, spki.n }) &
	          (WEAK_KEY_ALGORITHM | WEAK_KEY_FACTOR)) ==
	    (WEAK_KEY_ALGORITHM | WEAK_KEY_FACTOR));
	free(copy);
	make_cert_free(spki);
	BN_free(n);
}

static void
published_keys_are_recognised(void)
{
	for (size_t i = 0; i < sizeof published / sizeof *published; i++) {
		uint8_t der[512];
		struct bytes text = bytes_of(published[i]);
		size_t n;

		CHECK(text.n <= sizeof der / 3 * 4);
		CHECK(text_unbase64(text, der, &n));
		CHECK((weak_key_spki((struct bytes){ der, n }) &
		          WEAK_KEY_PUBLISHED) != 0);
		der[n - 1] ^= 1;
		CHECK((weak_key_spki((struct bytes){ der, n }) &
		          WEAK_KEY_PUBLISHED) == 0);
	}
}

static void
a_shared_prime_is_found(void)
{
	BIGNUM *pq = product(p_hex, q_hex, 1), *pr = product(p_hex, r_hex, 1);
	BIGNUM *rr = product(r_hex, r_hex, 1);
	struct bytes a = make_cert_rsa(pq, 65537), b = make_cert_rsa(pr, 65537);
	struct bytes c = make_cert_rsa(rr, 65537), d = make_cert_rsa(pq, 3);
	BIGNUM *zero = BN_new();
	struct bytes none = make_cert_rsa(zero, 65537);
	EVP_PKEY *key = make_cert_key();
	struct bytes ec = make_cert_spki(key);

	CHECK(weak_key_shared(a, b) && weak_key_shared(b, a));
	CHECK(weak_key_shared(b, c));
	CHECK(!weak_key_shared(a, c));
	CHECK(!weak_key_shared(a, a) && !weak_key_shared(a, d));
	CHECK(!weak_key_shared(a, ec) && !weak_key_shared(ec, a));
	CHECK(!weak_key_shared(a, none) && !weak_key_shared(none, a));
	{
		const struct bytes v[] = { ec, none, c, a, ec, b, d };
		bool suspect[7];

		/* b shares one prime with c and one with a; d has a's modulus,
		 * and with b it shares a prime. */
		weak_key_suspect(v, 7, suspect);
		for (size_t i = 0; i < 7; i++)
			CHECK(suspect[i] == (i >= 5));
	}
	make_cert_free(a);
	make_cert_free(b);
	make_cert_free(c);
	make_cert_free(d);
	make_cert_free(ec);
	make_cert_free(none);
	EVP_PKEY_free(key);
	BN_free(zero);
	BN_free(pq);
	BN_free(pr);
	BN_free(rr);
}

static void
every_prefix_is_refused(void)
{
	BIGNUM *n = product(p_hex, q_hex, 1);
	struct bytes spki = make_cert_rsa(n, 65537);

	for (size_t i = 0; i < spki.n; i++)
		CHECK(weak_key_spki((struct bytes){ spki.p, i }) ==
		    WEAK_KEY_ALGORITHM);
	make_cert_free(spki);
	BN_free(n);
}

static void
every_fault_has_words(void)
{
	for (unsigned f = 1; f <= WEAK_KEY_PUBLISHED; f *= 2)
		CHECK(strcmp(weak_key_words((enum weak_key_fault)f),
		          weak_key_words(WEAK_KEY_SOUND)) != 0);
}

int
main(void)
{
	sound_keys_are_sound();
	exponents_are_odd_and_in_range();
	moduli_have_their_size();
	small_factors_are_found_below_752();
	close_primes_are_found_in_a_hundred_steps();
	roca_is_recognised();
	a_modulus_over_the_limit_is_not_factored();
	other_algorithms_and_encodings_are_refused();
	published_keys_are_recognised();
	a_shared_prime_is_found();
	every_prefix_is_refused();
	every_fault_has_words();
	return 0;
}
