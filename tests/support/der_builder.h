/* SPDX-License-Identifier: Apache-2.0 */
/*
 * der_builder: certificates for tests, made byte by byte.
 *
 * The result is valid until the test ends, so that calls can be nested.
 */
#ifndef DER_BUILDER_H
#define DER_BUILDER_H

#include <string.h>

#include <ctwatch/base/buf.h>
#include <ctwatch/wire/cert.h>
#include <ctwatch/wire/der.h>

#include "test.h"

#define BUILD_MAX (64u << 20)

/* Bytes of a literal, NULs in it included. */
#define LIT(s) ((struct bytes){ (const uint8_t *)(s), sizeof(s) - 1 })

static void **build_kept;
static size_t build_n_kept;

static inline void
build_free(void)
{
	while (build_n_kept > 0)
		free(build_kept[--build_n_kept]);
	free(build_kept);
}

/* b, in memory of its own that is freed when the test ends. */
static inline struct bytes
build_keep(struct bytes b)
{
	if (build_n_kept == 0)
		CHECK(atexit(build_free) == 0);
	build_kept = mem_grow(build_kept, build_n_kept, sizeof *build_kept);
	build_kept[build_n_kept++] = (void *)b.p;
	return b;
}

/* The parts one after the other. */
static inline struct bytes
build_join(size_t n, const struct bytes *part)
{
	struct buf b;

	buf_init(&b, BUILD_MAX);
	buf_reserve(&b, 1);
	for (size_t i = 0; i < n; i++)
		CHECK(buf_add(&b, part[i]));
	return build_keep(buf_view(&b));
}
#define JOIN(...)                                                              \
	build_join(                                                            \
	    sizeof((struct bytes[]){ __VA_ARGS__ }) / sizeof(struct bytes),    \
	    (struct bytes[]){ __VA_ARGS__ })

/* An element of DER. */
static inline struct bytes
build_tlv(unsigned tag, struct bytes body)
{
	struct buf b;

	buf_init(&b, BUILD_MAX);
	CHECK(der_add_header(&b, (uint8_t)tag, body.n, 0) && buf_add(&b, body));
	return build_keep(buf_view(&b));
}
#define TLV(tag, ...) build_tlv(tag, JOIN(__VA_ARGS__))
#define SEQ(...)      TLV(DER_SEQUENCE, __VA_ARGS__)

/* A Name of one CN of the given string type. */
static inline struct bytes
build_cn(unsigned tag, struct bytes value)
{
	return SEQ(TLV(
	    DER_SET, SEQ(LIT("\x06\x03\x55\x04\x03"), build_tlv(tag, value))));
}

/* A subjectAltName extension around the bytes of a GeneralNames. */
static inline struct bytes
build_san(struct bytes names)
{
	return SEQ(LIT("\x06\x03\x55\x1d\x11"), TLV(DER_OCTETS, names));
}

/* A TBSCertificate with this subject and these Extensions, one or more. */
static inline struct bytes
build_tbs(struct bytes subject, struct bytes extensions)
{
	struct bytes algorithm =
	    LIT("\x30\x0a\x06\x08\x2a\x86\x48\xce\x3d\x04\x03\x02");
	struct bytes spki = LIT("\x30\x13\x30\x0d\x06\x09\x2a\x86\x48\x86\xf7"
	                        "\x0d\x01\x01\x01\x05\x00\x03\x02\x00\x00");

	return SEQ(LIT("\xa0\x03\x02\x01\x02\x02\x02\x12\x34"), algorithm,
	    build_cn(DER_UTF8, LIT("Test CA")),
	    SEQ(TLV(DER_UTC_TIME, LIT("260101000000Z")),
	        TLV(DER_UTC_TIME, LIT("260401000000Z"))),
	    subject, spki,
	    extensions.n > 0 ? TLV(0xa3, SEQ(extensions))
	                     : (struct bytes){ 0 });
}

/* A Certificate around a TBSCertificate. */
static inline struct bytes
build_cert(struct bytes tbs)
{
	return SEQ(tbs, LIT("\x30\x0a\x06\x08\x2a\x86\x48\xce\x3d\x04\x03\x02"),
	    LIT("\x03\x02\x00\x00"));
}

/* GeneralNames: the dNSName example.com. */
static inline struct bytes
build_example_name(void)
{
	return SEQ(LIT("\x82\x0b"
	               "example.com"));
}

#endif
