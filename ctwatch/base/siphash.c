/* SPDX-License-Identifier: Apache-2.0 */
#include <string.h>

#include <ctwatch/base/siphash.h>

/* Load eight bytes, the first one as the least significant. */
static inline uint64_t
load(const uint8_t *p)
{
	uint64_t x;

	memcpy(&x, p, sizeof x);
#if __BYTE_ORDER__ == __ORDER_BIG_ENDIAN__
	x = __builtin_bswap64(x);
#endif
	return x;
}

/* Load the last n % 8 bytes of a text likewise. */
static inline uint64_t
load_rest(struct bytes text)
{
	size_t n = text.n % 8;
	uint64_t x = 0;

	if (n > 0 && text.n >= 8)
		return load(text.p + text.n - 8) >> 8 * (8 - n);
	for (size_t i = 0; i < n; i++)
		x |= (uint64_t)text.p[i] << 8 * i;
	return x;
}

static inline uint64_t
rotate(uint64_t x, unsigned n)
{
	return x << n | x >> (64 - n);
}

/* SipRound (section 2.2), n times. */
static inline void
rounds(struct siphash *s, unsigned n)
{
	uint64_t a = s->v[0], b = s->v[1], c = s->v[2], d = s->v[3];

	for (; n > 0; n--) {
		a += b;
		c += d;
		b = rotate(b, 13) ^ a;
		d = rotate(d, 16) ^ c;
		a = rotate(a, 32);
		c += b;
		a += d;
		b = rotate(b, 17) ^ c;
		d = rotate(d, 21) ^ a;
		c = rotate(c, 32);
	}
	*s = (struct siphash){ { a, b, c, d } };
}

void
siphash_init(struct siphash *s, const uint8_t key[static SIPHASH_KEY])
{
	uint64_t low = load(key), high = load(key + 8);

	/* The constants are "somepseudorandomlygeneratedbytes". */
	s->v[0] = low ^ 0x736f6d6570736575;
	s->v[1] = high ^ 0x646f72616e646f6d;
	s->v[2] = low ^ 0x6c7967656e657261;
	s->v[3] = high ^ 0x7465646279746573;
}

static inline void
add(struct siphash *s, uint64_t word)
{
	s->v[3] ^= word;
	rounds(s, 2);
	s->v[0] ^= word;
}

uint64_t
siphash_of(const struct siphash *key, struct bytes text)
{
	struct siphash s = *key;

	for (size_t i = 0; i + 8 <= text.n; i += 8)
		add(&s, load(text.p + i));
	add(&s, load_rest(text) | (uint64_t)text.n << 56);
	s.v[2] ^= 0xff;
	rounds(&s, 4);
	return s.v[0] ^ s.v[1] ^ s.v[2] ^ s.v[3];
}
