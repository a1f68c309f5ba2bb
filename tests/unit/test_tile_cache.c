/* SPDX-License-Identifier: Apache-2.0 */
/* A hash tile is fetched once, until a proof fails; all else each time. */
#include <string.h>

#include "audit/tile_cache.h"

#include "../support/test.h"

struct server {
	unsigned asked;
	size_t size; /* of its answers */
	bool down;
	long status;
};

static bool
answer(
    void *arg, const char *url, size_t max, struct buf *body, struct buf *error)
{
	struct server *s = arg;

	(void)error;
	s->asked++;
	s->status = s->down ? 404 : 200;
	body->max = max;
	buf_clear(body);
	while (!s->down && body->n < s->size)
		buf_add_byte(body, (uint8_t)url[strlen(url) - 1]);
	return !s->down;
}

/* Fetch url; the requests that the server got for it. */
static unsigned
ask(struct tile_cache *c, struct server *s, const char *url)
{
	const struct log_client_fetch inner = { answer, s, &s->status };
	struct log_client_fetch fetch = tile_cache_fetch(c, &inner);
	unsigned before = s->asked;
	struct buf body, error;
	bool ok;

	buf_init(&body, 100000);
	buf_init(&error, 100);
	ok = fetch.get(fetch.arg, url, 100000, &body, &error);
	CHECK(ok == (*fetch.status == 200));
	CHECK(!ok || body.n == s->size);
	CHECK(!ok || body.p[body.n - 1] == (uint8_t)url[strlen(url) - 1]);
	buf_fini(&body);
	buf_fini(&error);
	return s->asked - before;
}

int
main(void)
{
	struct tile_cache c = { .next = 0 };
	struct server s = { .size = 8192 };
	char url[] = "https://log.test/tile/0/000";

	CHECK(ask(&c, &s, "https://log.test/tile/0/x00") == 1);
	CHECK(ask(&c, &s, "https://log.test/tile/0/x00") == 0);
	CHECK(ask(&c, &s, "https://log.test/tile/0/x01") == 1);
	CHECK(ask(&c, &s, "https://log.test/tile/data/x00") == 1);
	CHECK(ask(&c, &s, "https://log.test/tile/data/x00") == 1);
	CHECK(ask(&c, &s, "https://log.test/checkpoint") == 1);
	CHECK(ask(&c, &s, "https://log.test/checkpoint") == 1);
	/* An answer is there though the log is not. */
	s.down = true;
	CHECK(ask(&c, &s, "https://log.test/tile/0/x00") == 0);
	CHECK(ask(&c, &s, "https://log.test/tile/0/x07") == 1);
	CHECK(ask(&c, &s, "https://log.test/tile/0/x07") == 1);
	s.down = false;
	/* The oldest is replaced. */
	for (int i = 0; i < TILE_CACHE_TILES; i++) {
		url[strlen(url) - 1] = (char)('A' + i);
		CHECK(ask(&c, &s, url) == 1);
	}
	CHECK(ask(&c, &s, url) == 0);
	CHECK(ask(&c, &s, "https://log.test/tile/0/x00") == 1);
	tile_cache_clear(&c);
	CHECK(ask(&c, &s, url) == 1);
	/* No hash tile is larger. */
	s.size = 8193;
	CHECK(ask(&c, &s, "https://log.test/tile/1/x00") == 1);
	CHECK(ask(&c, &s, "https://log.test/tile/1/x00") == 1);
	tile_cache_clear(&c);
	return 0;
}
