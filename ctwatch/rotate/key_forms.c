/* SPDX-License-Identifier: Apache-2.0 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <openssl/bn.h>
#include <openssl/core_names.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/x509.h>

#include "rotate/key_forms.h"
#include <ctwatch/base/limits.h>
#include <ctwatch/base/mem.h>
#include <ctwatch/base/text.h>
#include <ctwatch/wire/der.h>
#include <ctwatch/wire/public_key.h>

/* The next form, empty. */
static struct buf *
add(struct key_forms *f, const char *what)
{
	struct key_form *form = &f->v[f->n++];

	form->what = what;
	buf_init(&form->bytes, LIMIT_PIN_FILE);
	return &form->bytes;
}

/* RFC 4251, 5: a string, its length before it. */
static void
add_string(struct buf *out, struct bytes in)
{
	for (int shift = 24; shift >= 0; shift -= 8)
		buf_add_byte(out, (uint8_t)(in.n >> shift));
	buf_add(out, in);
}

/* RFC 4251, 5: an mpint. */
static void
add_mpint(struct buf *out, const BIGNUM *bn)
{
	int n = BN_num_bytes(bn);
	uint8_t *p = mem_alloc((size_t)n + 1, 1);
	bool pad = BN_num_bits(bn) % 8 == 0;

	BN_bn2bin(bn, p + 1);
	add_string(out,
	    pad ? (struct bytes){ p, (size_t)n + 1 }
	        : (struct bytes){ p + 1, (size_t)n });
	free(p);
}

static void
add_rsa(struct key_forms *f, EVP_PKEY *key)
{
	BIGNUM *n = NULL, *e = NULL;
	struct buf *out;
	char *hex;
	int len;

	if (EVP_PKEY_get_bn_param(key, OSSL_PKEY_PARAM_RSA_N, &n) == 1 &&
	    EVP_PKEY_get_bn_param(key, OSSL_PKEY_PARAM_RSA_E, &e) == 1) {
		len = BN_num_bytes(n);
		out = add(f, "the modulus");
		buf_reserve(out, (size_t)len);
		BN_bn2bin(n, out->p);
		out->n = (size_t)len;
		hex = BN_bn2hex(n);
		buf_add_text(add(f, "the modulus in hexadecimal"), hex);
		buf_printf(
		    add(f, "what openssl -modulus prints"), "Modulus=%s", hex);
		OPENSSL_free(hex);
		out = add(f, "the key in SSH encoding");
		add_string(out, bytes_of("ssh-rsa"));
		add_mpint(out, e);
		add_mpint(out, n);
	}
	BN_free(n);
	BN_free(e);
}

/* 04 X Y as X Y, as a compressed point, and the SPKI with that. */
static void
add_point(struct key_forms *f, struct bytes algorithm, struct bytes point)
{
	struct bytes rest = point, format, xy;
	struct buf *out, small, inner;

	if (point.n % 2 == 0 || !bytes_take(&rest, 1, &format) ||
	    format.p[0] != 4 || rest.n == 0)
		return;
	xy = rest;
	buf_add(add(f, "the bare X and Y of the point"), xy);
	buf_init(&small, 128);
	buf_add_byte(&small, (uint8_t)(2 + (xy.p[xy.n - 1] & 1)));
	bytes_take(&rest, xy.n / 2, &xy);
	buf_add(&small, xy);
	buf_add(add(f, "the compressed point"), buf_view(&small));
	/* Every length is below 128 for the curves of the Web. */
	buf_init(&inner, 256);
	buf_add(&inner, algorithm);
	buf_add_byte(&inner, DER_BIT_STRING);
	buf_add_byte(&inner, (uint8_t)(small.n + 1));
	buf_add_byte(&inner, 0);
	buf_add(&inner, buf_view(&small));
	if (inner.n < 128) {
		out = add(f, "the SPKI with a compressed point");
		buf_add_byte(out, DER_SEQUENCE);
		buf_add_byte(out, (uint8_t)inner.n);
		buf_add(out, buf_view(&inner));
	}
	buf_fini(&small);
	buf_fini(&inner);
}

static void
add_ec(struct key_forms *f, EVP_PKEY *key, struct bytes point)
{
	static const char *const groups[][2] = { { "prime256v1", "nistp256" },
		{ "secp384r1", "nistp384" }, { "secp521r1", "nistp521" } };
	char group[64], type[32];
	size_t n;

	if (EVP_PKEY_get_group_name(key, group, sizeof group, &n) != 1)
		return;
	for (size_t i = 0; i < sizeof groups / sizeof *groups; i++) {
		struct buf *out;

		if (strcmp(group, groups[i][0]) != 0)
			continue;
		out = add(f, "the key in SSH encoding");
		snprintf(type, sizeof type, "ecdsa-sha2-%s", groups[i][1]);
		add_string(out, bytes_of(type));
		add_string(out, bytes_of(groups[i][1]));
		add_string(out, point);
	}
}

void
key_forms_init(struct key_forms *f, struct bytes spki)
{
	EVP_PKEY *key = public_key_decode(spki);
	struct der outer, algorithm, bits;
	uint8_t unused;

	*f = (struct key_forms){ 0 };
	if (der_take(&spki, DER_SEQUENCE, &outer) &&
	    der_take(&outer.body, DER_SEQUENCE, &algorithm) &&
	    der_take(&outer.body, DER_BIT_STRING, &bits) &&
	    bytes_u8(&bits.body, &unused)) {
		buf_add(add(f,
		            "the bare key, without its algorithm (with "
		            "SHA-1, a subject key identifier)"),
		    bits.body);
		if (key != NULL && EVP_PKEY_get_base_id(key) == EVP_PKEY_EC) {
			add_point(f, algorithm.whole, bits.body);
			add_ec(f, key, bits.body);
		}
	}
	if (key != NULL && EVP_PKEY_get_base_id(key) == EVP_PKEY_RSA)
		add_rsa(f, key);
	EVP_PKEY_free(key);
	ERR_clear_error();
}

void
key_forms_fini(struct key_forms *f)
{
	while (f->n > 0)
		buf_fini(&f->v[--f->n].bytes);
}
