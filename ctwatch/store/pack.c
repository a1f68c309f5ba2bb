/* SPDX-License-Identifier: Apache-2.0 */
#include <zlib.h>

#include "store/pack.h"
#include <ctwatch/base/mem.h>

/* Bytes of the size before the compressed data, big-endian. */
#define HEAD 4

/* Maximum ratio of deflate. */
#define MAX_RATIO 1032

/* A higher level takes twice the time and saves 4 %.  Bodies have a few
 * kilobytes: with this window deflate clears a quarter of the memory. */
#define LEVEL  1
#define WINDOW 13
#define MEMORY 6

/* What findings have in common (RFC 1950, 2.2: FDICT).  Stored bodies need it:
 * never change it. */
static const char dictionary[] =
    "{\"id\":\"\",\"rule\":\"CTW001\",\"name\":\"unexpected-key\","
    "\"severity\":\"critical\",\"note\",\"low\",\"high\",\"suppressed\","
    "\"closed\",\"reason\":null,\"until\":null,\"revocation\":{\"status\":"
    "\"good\",\"reason\":null,\"date\":null,\"crl\":\"http://\",\"ocsp\":"
    "null,\"crl_sha256\":\"\",\"this_update\":\"2026-01-01T00:00:00Z\","
    "\"checked\":\"2026-01-01T00:00:00Z\",\"why\":null},\"report\":{"
    "\"sent\":\"\",\"ground\":\"\",\"due\":\"\",\"acknowledged\":null},"
    "\"found\":\"2026-01-01T00:00:00Z\","
    "\"rule\":\"CTW000\",\"name\":\"certificate-seen\",\"severity\":"
    "\"medium\",\"status\":\"open\",\"verified\":true,\"first_seen\":\"2026-"
    "01-01T00:00:00Z\",\"last_seen\":\"2026-01-01T00:00:00Z\",\"watched\":["
    "\".example.com\"],\"matched_names\":[\"www.example.com\"],\"message\":"
    "\"www.example.com and 2 more: issued by CN=,O=Let's Encrypt,C=US with "
    "the key sha256/= (EC P-256)\",\"remediation\":\"Ask who ordered it. If "
    "the name has a regular owner, pin its keys or list its issuers in the "
    "pinset: expected certificates are then listed in the inventory and are "
    "no findings.\",\"subject\":\".example.com\",\"matches\":[{\"watch\":"
    "\".example.com\",\"name\":\"www.example.com\",\"how\":\"subtree\","
    "\"kind\":\"CN\"},{\"watch\":\".example.com\",\"name\":"
    "\"www.example.com\",\"how\":\"subtree\",\"kind\":\"DNS\"}],\"notes\":[],"
    "\"matched_count\":1,\"owner\":null,\"owners\":[],\"certificate\":{"
    "\"tbs_sha256\":\"\",\"cert_sha256\":null,\"spki_sha256\":\"=\",\"key\":"
    "\"EC P-256\",\"key\":\"RSA 2048\",\"subject\":\"CN=www.example.com\","
    "\"issuer\":\"CN=,O=Let's Encrypt,C=US\",\"issuer_spki_sha256\":\"=\","
    "\"serial\":\"\",\"not_before\":\"2026-01-01T00:00:00Z\",\"not_after\":"
    "\"2026-01-01T00:00:00Z\",\"names\":[\"www.example.com\"],\"addresses\":"
    "[],\"other_names\":[],\"notes\":[]},\"sightings\":[{\"log_id\":\"\","
    "\"index\":,\"timestamp\":\"2026-01-01T00:00:00Z\",\"kind\":\"final\","
    "\"leaf_hash\":\"=\",\"verified\":true},{\"log_id\":\"\",\"index\":,"
    "\"timestamp\":\"2026-01-01T00:00:00Z\",\"kind\":\"precert\","
    "\"leaf_hash\":\"=\",\"verified\":true}]}";

#define DICTIONARY (const Bytef *)dictionary, (uInt)(sizeof dictionary - 1)

void
pack_close(struct bytes in, bool is_finding, struct buf *out)
{
	z_stream z = { .next_in = (Bytef *)(uintptr_t)in.p,
		.avail_in = (uInt)in.n };
	size_t bound;

	if (deflateInit2(&z, LEVEL, Z_DEFLATED, WINDOW, MEMORY,
	        Z_DEFAULT_STRATEGY) != Z_OK ||
	    (is_finding && deflateSetDictionary(&z, DICTIONARY) != Z_OK))
		mem_out();
	bound = deflateBound(&z, (uLong)in.n);
	for (int shift = 8 * (HEAD - 1); shift >= 0; shift -= 8)
		buf_add_byte(out, (uint8_t)(in.n >> shift));
	if (!buf_reserve(out, bound))
		mem_out();
	z.next_out = out->p + out->n;
	z.avail_out = (uInt)bound;
	if (deflate(&z, Z_FINISH) != Z_STREAM_END)
		mem_out();
	out->n += z.total_out;
	deflateEnd(&z);
}

/* Inflate in to exactly size bytes at out. */
static bool
inflate_to(struct bytes in, uint8_t *out, size_t size)
{
	z_stream z = { .next_in = (Bytef *)(uintptr_t)in.p,
		.avail_in = (uInt)in.n };
	int result;

	if (inflateInit(&z) != Z_OK)
		mem_out();
	z.next_out = out;
	z.avail_out = (uInt)size;
	result = inflate(&z, Z_FINISH);
	if (result == Z_NEED_DICT &&
	    inflateSetDictionary(&z, DICTIONARY) == Z_OK)
		result = inflate(&z, Z_FINISH);
	inflateEnd(&z);
	return result == Z_STREAM_END && z.avail_in == 0 && z.avail_out == 0;
}

bool
pack_open(struct bytes in, struct buf *out)
{
	size_t size = 0;

	if (in.n < HEAD)
		return false;
	for (size_t i = 0; i < HEAD; i++)
		size = size << 8 | in.p[i];
	in.p += HEAD;
	in.n -= HEAD;
	if (size / MAX_RATIO > in.n || !buf_reserve(out, size) ||
	    !inflate_to(in, out->p + out->n, size))
		return false;
	out->n += size;
	return true;
}
