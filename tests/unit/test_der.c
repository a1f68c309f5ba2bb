/* SPDX-License-Identifier: Apache-2.0 */
#include <ctwatch/base/limits.h>

#include "../support/der_builder.h"

/* Take one element of in, which must be all of it. */
static bool
takes(struct bytes in, uint8_t tag, struct bytes body, unsigned deviations)
{
	struct bytes b = in;
	struct der e;

	return der_any(&b, &e) && b.n == 0 && e.tag == tag &&
	    bytes_equal(e.body, body) && bytes_equal(e.whole, in) &&
	    e.deviations == deviations;
}

static bool
refuses(struct bytes in)
{
	struct bytes b = in;
	struct der e;

	return !der_any(&b, &e) && b.p == in.p && b.n == in.n;
}

static struct bytes
zeros(size_t n)
{
	return build_keep((struct bytes){ mem_alloc(n, 1), n });
}

static void
takes_der_as_strict(void)
{
	CHECK(takes(LIT("\x04\x00"), 0x04, LIT(""), DER_STRICT));
	CHECK(takes(LIT("\x04\x02"
	                "ab"),
	    0x04, LIT("ab"), DER_STRICT));
	for (size_t n = 0x7f; n <= 0x80; n++)
		CHECK(takes(
		    build_tlv(0x04, zeros(n)), 0x04, zeros(n), DER_STRICT));
	for (size_t n = 0xff; n <= 0x100; n++)
		CHECK(takes(
		    build_tlv(0x30, zeros(n)), 0x30, zeros(n), DER_STRICT));
	for (size_t n = 0xffff; n <= 0x10000; n++)
		CHECK(takes(
		    build_tlv(0xa3, zeros(n)), 0xa3, zeros(n), DER_STRICT));
}

static void
accepts_ber(void)
{
	CHECK(takes(LIT("\x04\x81\x01"
	                "a"),
	    0x04, LIT("a"), DER_LONG_LENGTH));
	CHECK(takes(LIT("\x04\x82\x00\x01"
	                "a"),
	    0x04, LIT("a"), DER_LONG_LENGTH));
	CHECK(takes(LIT("\x04\x89\x00\x00\x00\x00\x00\x00\x00\x00\x01"
	                "a"),
	    0x04, LIT("a"), DER_LONG_LENGTH));
	CHECK(takes(LIT("\x30\x80\x05\x00\x00\x00"), 0x30, LIT("\x05\x00"),
	    DER_INDEFINITE));
	CHECK(takes(LIT("\x30\x80\x30\x80\x00\x00\x04\x02\x00\x00\x00\x00"),
	    0x30, LIT("\x30\x80\x00\x00\x04\x02\x00\x00"), DER_INDEFINITE));
	/* a number of several octets, as if in one */
	CHECK(takes(LIT("\x9f\x02\x01x"), 0x82, LIT("x"), DER_HIGH_TAG));
	CHECK(takes(LIT("\xbf\x80\x03\x00"), 0xa3, LIT(""), DER_HIGH_TAG));
	CHECK(takes(LIT("\x9f\x81\x02\x00"), 0x9f, LIT(""), DER_HIGH_TAG));
	CHECK(der_next_is(LIT("\x9f\x02\x00"), 0x82));
	CHECK(!der_next_is(LIT("\x9f\x02\x01"), 0x82));
	CHECK(!der_next_is(LIT(""), 0x00));
}

static void
refuses_elements_that_do_not_end(void)
{
	static const char indefinite[] = "\x30\x80\x30\x80\x04\x01x\x00\x00";

	CHECK(refuses(LIT("")));
	CHECK(refuses(LIT("\x30")));
	CHECK(refuses(LIT("\x30\x01")));
	CHECK(refuses(LIT("\x30\x81")));
	CHECK(refuses(LIT("\x30\x82\x01")));
	CHECK(refuses(LIT("\x30\x81\x80")));
	CHECK(refuses(LIT("\x30\x82\x01\x00")));
	CHECK(refuses(LIT("\x1f")));
	CHECK(refuses(LIT("\x1f\x81")));
	CHECK(refuses(LIT("\x1f\x81\x01")));
	CHECK(refuses(LIT("\x30\xff")));
	CHECK(refuses(LIT("\x30\x88\xff\xff\xff\xff\xff\xff\xff\xff")));
	CHECK(refuses(LIT("\x30\x8a\x01\x00\x00\x00\x00\x00\x00\x00\x00\x00")));
	/* only what is constructed may be indefinite */
	CHECK(refuses(LIT("\x04\x80\x00\x00")));
	for (size_t n = 0; n < sizeof indefinite - 1; n++)
		CHECK(
		    refuses((struct bytes){ (const uint8_t *)indefinite, n }));
}

/* n indefinite elements inside one another. */
static struct bytes
nested(int n)
{
	struct bytes b = LIT("");

	while (n-- > 0)
		b = JOIN(LIT("\x30\x80"), b, LIT("\x00\x00"));
	return b;
}

static void
follows_nesting_to_the_limit(void)
{
	struct bytes b = nested(LIMIT_DER_DEPTH);
	struct der e;

	CHECK(der_any(&b, &e) && b.n == 0);
	CHECK(refuses(nested(LIMIT_DER_DEPTH + 1)));
}

static bool
joins(struct bytes parts, struct bytes whole)
{
	struct buf b;
	bool same;

	buf_init(&b, 1000);
	same = der_join(parts, &b) && bytes_equal(buf_view(&b), whole);
	buf_fini(&b);
	return same;
}

static struct bytes
boxes(int n)
{
	struct bytes b = LIT("\x04\x01x");

	while (n-- > 0)
		b = build_tlv(0x24, b);
	return b;
}

static void
joins_parts(void)
{
	struct buf small;

	CHECK(joins(LIT(""), LIT("")));
	CHECK(joins(LIT("\x04\x01"
	                "a\x04\x02"
	                "bc"),
	    LIT("abc")));
	CHECK(joins(LIT("\x24\x80\x04\x01"
	                "a\x24\x03\x04\x01"
	                "b\x00\x00\x04\x01"
	                "c"),
	    LIT("abc")));
	CHECK(joins(boxes(LIMIT_DER_DEPTH), LIT("x")));
	CHECK(!joins(boxes(LIMIT_DER_DEPTH + 1), LIT("x")));
	CHECK(!joins(LIT("\x04\x02"
	                 "a"),
	    LIT("")));
	buf_init(&small, 1);
	CHECK(!der_join(LIT("\x04\x02"
	                    "ab"),
	    &small));
	buf_fini(&small);
}

static void
writes_headers(void)
{
	struct buf b;

	buf_init(&b, 1000);
	CHECK(der_add_header(&b, 0x30, 0x7f, 0));
	CHECK(der_add_header(&b, 0x30, 0x80, 0));
	CHECK(der_add_header(&b, 0x30, 0x100, 0));
	CHECK(der_add_header(&b, 0x30, 0x10000, 0));
	CHECK(der_add_header(&b, 0x30, 5, 1));
	CHECK(der_add_header(&b, 0x30, 5, 3));
	CHECK(der_add_header(&b, 0x30, 5, 9));
	CHECK(bytes_equal(buf_view(&b),
	    LIT("\x30\x7f\x30\x81\x80\x30\x82\x01\x00\x30\x83\x01\x00\x00"
	        "\x30\x81\x05\x30\x83\x00\x00\x05"
	        "\x30\x89\x00\x00\x00\x00\x00\x00\x00\x00\x05")));
	buf_fini(&b);
}

static void
integers_have_the_fewest_octets(void)
{
	/* Contents, and those that DER has: Python's int.to_bytes(signed=True)
	 * in as few octets as it accepts. */
	CHECK(bytes_equal(der_integer(LIT("\0")), LIT("\0")));
	CHECK(bytes_equal(der_integer(LIT("\0\0\0")), LIT("\0")));
	CHECK(bytes_equal(der_integer(LIT("\0\x7f")), LIT("\x7f")));
	CHECK(bytes_equal(der_integer(LIT("\0\x80")), LIT("\0\x80")));
	CHECK(bytes_equal(der_integer(LIT("\0\0\x80\0")), LIT("\0\x80\0")));
	CHECK(bytes_equal(der_integer(LIT("\x01\0")), LIT("\x01\0")));
	CHECK(der_integer((struct bytes){ 0 }).n == 0);
}

int
main(void)
{
	takes_der_as_strict();
	accepts_ber();
	refuses_elements_that_do_not_end();
	follows_nesting_to_the_limit();
	joins_parts();
	writes_headers();
	integers_have_the_fewest_octets();
	return 0;
}
