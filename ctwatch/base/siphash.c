/* SPDX-License-Identifier: Apache-2.0 */
#include <ctwatch/base/siphash.h>

/* Load n bytes, at most 8, the first one as the least significant. */
static inline uint64_t
load(const uint8_t *p, size_t n)
{
	uint64_t x = 0;

	for (size_t i = 0; i < n; i++)
		x |= (uint64_t)p[i] << 8 * i;
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
	uint64_t low = load(key, 8), high = load(key + 8, 8);

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
	size_t i = 0;

	for (; text.n - i >= 8; i += 8)
		add(&s, load(text.p + i, 8));
	add(&s, load(text.p + i, text.n - i) | (uint64_t)text.n << 56);
	s.v[2] ^= 0xff;
	rounds(&s, 4);
	return s.v[0] ^ s.v[1] ^ s.v[2] ^ s.v[3];
}
