/* SPDX-License-Identifier: Apache-2.0 */
#include <string.h>

#include "config.h"

#ifdef HAVE_LIBDEFLATE
#include <libdeflate.h>
#endif
#define OPENSSL_SUPPRESS_DEPRECATED /* as in wire/sha256 */
#include <openssl/sha.h>
#include <zlib.h>

#include "stages.h"

#include "../support/test.h"

static void
copy(struct data *d, const uint8_t *p, size_t n)
{
	memcpy(d->sink, p, n);
	result += d->sink[n / 2];
}

void
limit_json(struct data *d)
{
	copy(d, d->json.p, d->json.n);
}

void
limit_base64(struct data *d)
{
	for (int i = 0; i < ENTRIES; i++)
		copy(d, d->leaf_b64[i].p, d->leaf_b64[i].n);
}

/* What is hashed behind a message of n bytes: up to 64 that fill its last
 * block, and eight of length (FIPS 180-4, 5.1.1). */
static size_t
padding(size_t n)
{
	return 64 - (n + 8) % 64 + 8;
}

/* The same blocks in one message, so that none is begun or ended. */
void
limit_hash(struct data *d)
{
	static const uint8_t other[1 + 72];
	const size_t node = 1 + 2 * SHA256_SIZE;
	uint8_t out[SHA256_SIZE];
	SHA256_CTX c;

	SHA256_Init(&c);
	for (int i = 0; i < ENTRIES; i++) {
		SHA256_Update(&c, d->leaf[i].p, d->leaf[i].n);
		SHA256_Update(&c, other, 1 + padding(1 + d->leaf[i].n));
		SHA256_Update(&c, d->leaf[i].p, node + padding(node));
	}
	SHA256_Final(out, &c);
	result += out[0];
}

/* The deflate stream alone, by the configured library: no checksum. */
static void
raw_inflate(struct data *d, struct bytes gz, size_t n)
{
	enum {
		HEADER = 10, /* without options, as deflate writes it */
		TRAILER = 8
	};
	const uint8_t *p = gz.p + HEADER;
	size_t most = gz.n - HEADER - TRAILER;
#ifdef HAVE_LIBDEFLATE
	static struct libdeflate_decompressor *z;

	if (z == NULL)
		z = libdeflate_alloc_decompressor();
	CHECK(libdeflate_deflate_decompress(z, p, most, d->sink, n, NULL) ==
	    LIBDEFLATE_SUCCESS);
#else
	static z_stream z;

	if (z.state == NULL)
		CHECK(inflateInit2(&z, -MAX_WBITS) == Z_OK);
	CHECK(inflateReset(&z) == Z_OK);
	z.next_in = (Bytef *)p;
	z.avail_in = (uInt)most;
	z.next_out = d->sink;
	z.avail_out = (uInt)n;
	CHECK(inflate(&z, Z_FINISH) == Z_STREAM_END);
#endif
	result += d->sink[n / 2];
}

void
limit_inflate_tile(struct data *d)
{
	raw_inflate(d, d->tile_gz, d->tile.n);
}

void
limit_inflate_json(struct data *d)
{
	raw_inflate(d, d->json_gz, d->json.n);
}

void
limit_parse(struct data *d)
{
	for (int i = 0; i < ENTRIES; i++)
		copy(d, d->der[i].p, d->der[i].n);
}
