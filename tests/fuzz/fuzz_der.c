/* SPDX-License-Identifier: Apache-2.0 */
/*
 * ASN.1 elements: each element is inside the input, the sizes add up, and what
 * is called strict is what OpenSSL reads and we would write.
 */
#include <openssl/asn1.h>

#include <ctwatch/wire/der.h>

#include "fuzz.h"

static void
check_strict(const struct der *e)
{
	struct buf b;

	buf_init(&b, e->whole.n);
	ASSERT(der_add_header(&b, e->tag, e->body.n, 0));
	ASSERT(buf_add(&b, e->body));
	ASSERT(bytes_equal(buf_view(&b), e->whole));
	buf_fini(&b);
}

static void
check_openssl(struct bytes before, bool taken, const struct der *e)
{
	const uint8_t *p = before.p;
	long len;
	int tag, class, r;

	if (before.n == 0 || before.n > 1 << 20)
		return;
	r = ASN1_get_object(&p, &len, &tag, &class, (long)before.n);
	if ((r & 0x80) != 0) {
		ASSERT(!taken || e->deviations != DER_STRICT);
		return;
	}
	if (r == (V_ASN1_CONSTRUCTED | 1)) /* indefinite: its end not sought */
		return;
	ASSERT(taken && e->body.p == p && e->body.n == (size_t)len);
	if (tag < 0x1f)
		ASSERT((e->tag & 0x1f) == tag && (e->tag & 0xc0) == class);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct bytes all = { data, size }, b = all;
	struct buf joined;

	for (;;) {
		struct bytes before = b;
		struct der e;
		bool taken = der_any(&b, &e);

		check_openssl(before, taken, &e);
		if (!taken) {
			ASSERT(b.p == before.p && b.n == before.n);
			break;
		}
		ASSERT(e.whole.p == before.p && b.p == before.p + e.whole.n);
		ASSERT(b.n + e.whole.n == before.n && e.whole.n >= 2);
		ASSERT(e.body.p > e.whole.p &&
		    e.body.p + e.body.n <= e.whole.p + e.whole.n);
		ASSERT(der_next_is(before, e.tag));
		if (e.deviations == DER_STRICT)
			check_strict(&e);
	}
	buf_init(&joined, size);
	der_join(all, &joined);
	ASSERT(joined.n <= size);
	buf_fini(&joined);
	return 0;
}
