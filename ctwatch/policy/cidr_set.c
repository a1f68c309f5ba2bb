/* SPDX-License-Identifier: Apache-2.0 */
#include <arpa/inet.h>
#include <stdlib.h>
#include <string.h>

#include "policy/cidr_set.h"
#include <ctwatch/base/mem.h>

static const uint8_t mapped[12] = { [10] = 0xff, [11] = 0xff };

static bool
as_ipv6(struct bytes address, uint8_t out[static 16])
{
	if (address.n != 4 && address.n != 16)
		return false;
	memcpy(out, mapped, sizeof mapped);
	memcpy(out + 16 - address.n, address.p, address.n);
	return true;
}

static void
clear_tail(uint8_t address[static 16], unsigned bits)
{
	for (unsigned i = 0; i < 16; i++)
		if (bits <= 8 * i)
			address[i] = 0;
		else if (bits < 8 * i + 8)
			address[i] &= (uint8_t)(0xff << (8 * i + 8 - bits));
}

/* Take a decimal number of at most three digits, all of b. */
static bool
parse_bits(struct bytes b, unsigned *out)
{
	*out = 0;
	if (b.n == 0 || b.n > 3)
		return false;
	for (size_t i = 0; i < b.n; i++) {
		if (b.p[i] < '0' || b.p[i] > '9')
			return false;
		*out = *out * 10 + b.p[i] - '0';
	}
	return true;
}

size_t
cidr_set_address(struct bytes text, uint8_t out[static 16])
{
	char s[CIDR_SET_TEXT];
	char *zone;

	if (text.n > 2 && text.p[0] == '[' && text.p[text.n - 1] == ']') {
		text.p++;
		text.n -= 2;
	}
	if (text.n >= sizeof s || (text.n > 0 && memchr(text.p, 0, text.n)))
		return 0;
	memcpy(s, text.p, text.n);
	s[text.n] = '\0';
	if (inet_pton(AF_INET, s, out) == 1)
		return 4;
	zone = strchr(s, '%'); /* RFC 4007, 11 */
	if (zone != NULL)
		*zone = '\0';
	return inet_pton(AF_INET6, s, out) == 1 ? 16 : 0;
}

enum cidr_set_error
cidr_set_parse(struct bytes text, struct cidr *out)
{
	struct bytes rest = text, host;
	unsigned bits, most;
	uint8_t address[16];
	size_t n;

	*out = (struct cidr){ 0 };
	/* An IPv4 address begins with a digit, an IPv6 address has a colon. */
	if (text.n == 0 ||
	    ((*text.p < '0' || *text.p > '9') &&
	        memchr(text.p, ':', text.n) == NULL))
		return CIDR_SET_NOT_ONE;
	if (!bytes_until(&rest, '/', &host))
		host = text;
	n = host.n > 0 && *host.p != '[' ? cidr_set_address(host, address) : 0;
	if (n == 0)
		return CIDR_SET_NOT_ONE;
	bits = most = (unsigned)(8 * n);
	if (host.n < text.n && (!parse_bits(rest, &bits) || bits > most))
		return CIDR_SET_BAD_BITS;
	as_ipv6((struct bytes){ address, n }, out->prefix);
	out->bits = (uint8_t)(bits + 128 - most);
	clear_tail(out->prefix, out->bits);
	return CIDR_SET_OK;
}

void
cidr_set_format(struct bytes address, char out[static CIDR_SET_TEXT])
{
	inet_ntop(
	    address.n == 4 ? AF_INET : AF_INET6, address.p, out, CIDR_SET_TEXT);
}

bool
cidr_set_network(struct bytes address, unsigned bits, struct cidr *out)
{
	*out = (struct cidr){ .bits = (uint8_t)bits };
	if (!as_ipv6(address, out->prefix))
		return false;
	clear_tail(out->prefix, bits);
	return true;
}

/* Order by length, longest first. */
static int
compare(const void *a, const void *b)
{
	const struct cidr *x = a, *y = b;

	if (x->bits != y->bits)
		return y->bits - x->bits;
	return memcmp(x->prefix, y->prefix, sizeof x->prefix);
}

void
cidr_set_add(struct cidr_set *s, const struct cidr *one)
{
	s->v = mem_grow(s->v, s->n, sizeof *s->v);
	s->v[s->n++] = *one;
}

/* Order by length, address, and order of addition. */
static int
compare_all(const void *a, const void *b)
{
	const struct cidr *x = a, *y = b;
	int c = compare(a, b);

	return c != 0 ? c : (x->item > y->item) - (x->item < y->item);
}

void
cidr_set_build(struct cidr_set *s)
{
	size_t n = 0;

	if (s->n > 0)
		qsort(s->v, s->n, sizeof *s->v, compare_all);
	s->n_bits = 0;
	for (size_t i = 0; i < s->n; i++) {
		if (n > 0 && compare(&s->v[i], &s->v[n - 1]) == 0)
			continue;
		s->v[n++] = s->v[i];
		if (n == 1 || s->v[n - 1].bits != s->v[n - 2].bits)
			s->bits[s->n_bits++] = s->v[n - 1].bits;
	}
	s->n = n;
}

void
cidr_set_fini(struct cidr_set *s)
{
	free(s->v);
	*s = (struct cidr_set){ 0 };
}

bool
cidr_set_match(const struct cidr_set *s, struct bytes address,
    bool (*meet)(void *arg, uint32_t item), void *arg)
{
	struct cidr want;

	if (!as_ipv6(address, want.prefix))
		return false;
	for (size_t i = 0; i < s->n_bits; i++) {
		const struct cidr *found;

		/* ::/0 has all of IPv6 and no IPv4 address. */
		want.bits = s->bits[i];
		if (want.bits < 96 && address.n == 4)
			break;
		clear_tail(want.prefix, want.bits);
		found = bsearch(&want, s->v, s->n, sizeof *s->v, compare);
		if (found != NULL && (meet == NULL || meet(arg, found->item)))
			return true;
	}
	return false;
}
