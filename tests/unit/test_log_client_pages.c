/* SPDX-License-Identifier: Apache-2.0 */
/*
 * log_client: pages of entries of both protocols.  The oracles of real bodies
 * are jansson and the hash tiles of their logs.
 */
#include <string.h>

#include <jansson.h>

#include "net/log_rfc6962.h"
#include "net/log_static.h"
#include <ctwatch/base/limits.h>
#include <ctwatch/base/text.h>
#include <ctwatch/net/inflate.h>

#include "../support/test.h"

static const struct log_client rfc6962 = { .pages = &log_rfc6962_pages };
static const struct log_client tiled = { .pages = &log_static_pages };

/* ---- get-entries ---- */

/* Step through body; the number of entries, or -1 when it is refused. */
static int
count(struct bytes body, const struct log_client *s)
{
	struct log_client_reader *r = log_client_reader_new();
	struct log_client_entry e;
	enum log_client_step step = LOG_CLIENT_LOST;
	struct buf error;
	int n = 0;

	buf_init(&error, 1000);
	if (log_client_open(r, s, body, 0, &error))
		while (
		    (step = log_client_next(r, &e, &error)) == LOG_CLIENT_ENTRY)
			n++;
	CHECK(step == LOG_CLIENT_END || error.n > 0); /* a reason is given */
	buf_fini(&error);
	log_client_reader_free(r);
	return step == LOG_CLIENT_END ? n : -1;
}

static void
reads_real_answers_as_jansson_does(const char *name)
{
	struct bytes body = test_data(name);
	struct log_client_reader *r = log_client_reader_new();
	struct log_client_entry e;
	struct buf error;
	json_t *j = json_loadb((const char *)body.p, body.n, 0, NULL), *one;
	size_t i;

	buf_init(&error, 1000);
	CHECK(j != NULL);
	CHECK(log_client_open(r, &rfc6962, body, 0, &error));
	json_array_foreach(json_object_get(j, "entries"), i, one) {
		const char *b64 =
		    json_string_value(json_object_get(one, "leaf_input"));
		uint8_t *bin = mem_alloc(strlen(b64), 1);
		struct bytes precert, chain, cert;
		size_t n, certs = 0;

		CHECK(text_unbase64(bytes_of(b64), bin, &n));
		CHECK(log_client_next(r, &e, &error) == LOG_CLIENT_ENTRY);
		CHECK(e.error == LEAF_OK && e.leaf_input[0].n == 0);
		CHECK(bytes_equal(e.leaf_input[1], (struct bytes){ bin, n }));
		CHECK(e.hashed[0].n == 0 && e.hashed[1].n == 1 + n);
		CHECK(e.hashed[1].p[0] == 0 &&
		    memcmp(e.hashed[1].p + 1, bin, n) == 0);
		CHECK(rfc6962.pages->extra(r, &e, &precert, &chain));
		CHECK((precert.n > 0) == (e.leaf.kind == LEAF_PRECERT));
		while (leaf_next_cert(&chain, &cert))
			certs++;
		CHECK(certs > 0);
		free(bin);
	}
	CHECK(i > 0 && log_client_next(r, &e, &error) == LOG_CLIENT_END);
	for (size_t n = 0; n < body.n; n += n < 200 ? 1 : 997)
		if (n < body.n - 2) /* white space may follow the end */
			CHECK(
			    count((struct bytes){ body.p, n }, &rfc6962) == -1);
	json_decref(j);
	buf_fini(&error);
	log_client_reader_free(r);
	free((void *)body.p);
}

#define LEAF "AAAAAAAAAAAAAAAAAAAAAQAAAA==" /* parses as far as it goes */

static void
judges_forms_as_jansson_does(void)
{
	static const struct {
		const char *body;
		int want; /* entries, or -1 */
	} table[] = {
		{ "{\"entries\":[]}", 0 },
		{ " {\t\"entries\"\r:\n[ ] } ", 0 },
		{ "{\"entries\":[{\"leaf_input\":\"" LEAF
		  "\",\"extra_data\":\"\"}]}",
		    1 },
		{ "{\"entries\":[{\"extra_data\":\"\",\"leaf_input\":\"" LEAF
		  "\"}]}",
		    1 },
		{ "{\"entries\":[{\"leaf_input\":\"" LEAF "\"}]}", 1 },
		{ "{\"entries\":[{\"leaf_input\":\"" LEAF
		  "\",\"extra_data\":null}]}",
		    1 },
		{ "{\"entries\":[{\"leaf_input\":\"" LEAF
		  "\",\"extra_data\":\"\",\"more\":{\"a\":[1]}}]}",
		    1 },
		{ "{\"more\":1,\"entries\":[{\"leaf_input\":\"" LEAF
		  "\",\"extra_data\":\"\"}]}",
		    1 },
		{ "{\"entries\":[{\"leaf_input\":\"\\u0041AAAAAAAAAAAAAAAAAAA"
		  "AQAAAA==\",\"extra_data\":\"\"}]}",
		    1 },
		{ "{\"entries\":[{\"leaf_input\":\"" LEAF
		  "\",\"extra_data\":\"\"},{\"leaf_input\":\"\\u0041AAAAAAAAA"
		  "AAAAAAAAAAAQAAAA==\",\"extra_data\":\"\"}]}",
		    2 },
		{ "{\"entries\":[{\"leaf_input\":\"" LEAF
		  "\",\"extra_data\":\"\\/\\/\\/\\/\"}]}",
		    1 },
		{ "{\"entr\\u0069es\":[{\"leaf\\u005finput\":\"" LEAF
		  "\",\"a\":{\"b\":[[],{}]},\"extra_data\":1}],\"z\":[{},[]]}",
		    1 },
		/* refused */
		{ "{\"entries\":[{\"leaf_input\":\"" LEAF
		  "\",\"extra_data\":\"\",\"extra_data\":\"\"}]}",
		    -1 },
		{ "{\"entries\":[{\"leaf_input\":\"" LEAF "\",\"more\":nul}]}",
		    -1 },
		{ "{\"entries\":[],\"more\":[}", -1 },
		{ "{\"entries\":[],\"entr\\u0069es\":[]}", -1 },
		{ "{\"entries\":[[],[],[]]}", -1 },
		{ "", -1 },
		{ "<html>502 Bad Gateway</html>", -1 },
		{ "[]", -1 },
		{ "{}", -1 },
		{ "{\"entries\":{}}", -1 },
		{ "{\"entries\":null}", -1 },
		{ "{\"entries\":[]", -1 },
		{ "{\"entries\":[]}x", -1 },
		{ "{\"entries\":[]}{\"entries\":[]}", -1 },
		{ "{\"entries\":[],\"entries\":[]}", -1 },
		{ "\xef\xbb\xbf{\"entries\":[]}", -1 },
		{ "{\"entries\":[,]}", -1 },
		{ "{\"entries\":[1]}", -1 },
		{ "{\"entries\":[{}]}", -1 },
		{ "{\"entries\":[{\"leaf_input\":1,\"extra_data\":\"\"}]}",
		    -1 },
		{ "{\"entries\":[{\"leaf_input\":\"\",\"extra_data\":\"\"}]}",
		    -1 },
		{ "{\"entries\":[{\"leaf_input\":\"AAA\",\"extra_data\":\"\""
		  "}]}",
		    -1 },
		{ "{\"entries\":[{\"leaf_input\":\"AAAA\\nAAAA\","
		  "\"extra_data\":\"\"}]}",
		    -1 },
		{ "{\"entries\":[{\"leaf_input\":\"AA-_\",\"extra_data\":\"\""
		  "}]}",
		    -1 },
		{ "{\"entries\":[{\"leaf_input\":\"AA\nAA\","
		  "\"extra_data\":\"\"}]}",
		    -1 },
		{ "{\"entries\":[{\"leaf_input\":\"" LEAF
		  "\",\"leaf_input\":\"" LEAF "\",\"extra_data\":\"\"}]}",
		    -1 },
		/* an escape must not bring structure in */
		{ "{\"entries\":[{\"leaf_input\":\"AAAA\\\",\\\"extra_data\\\""
		  ":\\\"AAAA\",\"extra_data\":\"\"}]}",
		    -1 },
		{ "{\"entries\":[{\"leaf_input\":\"" LEAF
		  "\",\"extra_data\":\"\\\"},{\"}]}",
		    1 },
	};

	for (size_t i = 0; i < sizeof table / sizeof table[0]; i++) {
		int n = count(bytes_of(table[i].body), &rfc6962);

		if (n != table[i].want)
			fprintf(stderr, "row %zu: %d\n", i, n);
		CHECK(n == table[i].want);
	}
}

/* jansson quotes what it stumbles over. */
static void
escapes_its_messages(void)
{
	static const char *const bodies[] = { "{\x1b[31m", "{\"a\":\x1b}",
		"{\"a\" \xc2\x9b}", "\x1b[31m", "<\x1b>" };

	for (size_t i = 0; i < sizeof bodies / sizeof *bodies; i++) {
		struct log_client_reader *r = log_client_reader_new();
		struct buf error;

		buf_init(&error, 1000);
		CHECK(!log_client_open(
		    r, &rfc6962, bytes_of(bodies[i]), 0, &error));
		CHECK(error.n > 0);
		for (size_t j = 0; j < error.n; j++)
			CHECK(error.p[j] >= ' ' && error.p[j] <= '~');
		buf_fini(&error);
		log_client_reader_free(r);
	}
}

static void
asks_for_aligned_pages(void)
{
	static const struct {
		uint64_t index, size;
		uint32_t most;
		const char *query;
	} table[] = {
		{ 0, 5000, 1000, "start=0&end=999" },
		{ 1037, 5000, 1000, "start=1037&end=1999" },
		{ 4999, 5000, 1000, "start=4999&end=4999" },
		{ 256, 300, 256, "start=256&end=299" },
		{ 0, 9000, LIMIT_PAGE_ENTRIES, "start=0&end=4095" },
		{ 0, 9000, LIMIT_PAGE_ENTRIES + 1, "start=0&end=4095" },
	};
	struct log_client s = { .pages = &log_rfc6962_pages, .url = "u/" };

	for (size_t i = 0; i < sizeof table / sizeof table[0]; i++) {
		struct log_client_page page;
		char *want =
		    mem_printf("u/ct/v1/get-entries?%s", table[i].query);

		log_client_page(
		    &s, table[i].index, table[i].size, table[i].most, &page);
		CHECK(strcmp(page.url, want) == 0);
		log_client_page_fini(&page);
		free(want);
	}
}

/* ---- tiles ---- */

static void
names_tiles_as_tlog_tiles_does(void)
{
	static const struct {
		uint64_t n;
		uint32_t wide;
		const char *path;
	} table[] = {
		{ 0, 256, "tile/data/000" },
		{ 999, 256, "tile/data/999" },
		{ 1000, 256, "tile/data/x001/000" },
		{ 1050, 256, "tile/data/x001/050" },
		{ 52123, 256, "tile/data/x052/123" },
		{ 999001, 256, "tile/data/x999/001" },
		{ 1234067, 256, "tile/data/x001/x234/067" },
		{ 1999001, 256, "tile/data/x001/x999/001" },
		{ 15999001, 256, "tile/data/x015/x999/001" },
		{ 0, 1, "tile/data/000.p/1" },
		{ 1234067, 255, "tile/data/x001/x234/067.p/255" },
	};

	for (size_t i = 0; i < sizeof table / sizeof table[0]; i++) {
		char *path = log_static_path("data", table[i].n, table[i].wide);

		CHECK(strcmp(path, table[i].path) == 0);
		free(path);
	}
}

static void
requests_tiles_of_the_width_in_the_tree(void)
{
	static const struct {
		uint64_t size;
		uint32_t count;
		const char *url;
	} table[] = {
		{ LIMIT_TILE_WIDTH - 1, 255, "u/tile/data/000.p/255" },
		{ LIMIT_TILE_WIDTH, 256, "u/tile/data/000" },
		{ LIMIT_TILE_WIDTH + 1, 256, "u/tile/data/000" },
	};
	struct log_client s = { .pages = &log_static_pages, .url = "u/" };

	for (size_t i = 0; i < sizeof table / sizeof table[0]; i++) {
		struct log_client_page page;

		log_client_page(&s, 3, table[i].size, 1, &page);
		CHECK(page.first == 0 && page.count == table[i].count);
		CHECK(strcmp(page.url, table[i].url) == 0);
		log_client_page_fini(&page);
	}
}

static struct bytes
inflated(const char *name)
{
	struct bytes raw = test_data(name);
	struct inflate *z;
	struct buf out;

	if (!inflate_is_gzip(raw))
		return raw;
	z = inflate_new();
	buf_init(&out, LIMIT_PAGE);
	CHECK(inflate_gzip(z, raw, &out) == INFLATE_OK);
	inflate_free(z);
	free((void *)raw.p);
	return (struct bytes){ out.p, out.n };
}

/* The log's own hash tile says what each leaf must hash to. */
static void
hashes_a_real_tile_as_its_log_does(
    const char *data, const char *hashes, uint64_t first, int want)
{
	struct bytes tile = inflated(data), level0 = test_data(hashes);
	struct log_client_reader *r = log_client_reader_new();
	struct log_client_entry e;
	struct buf error;
	int n = 0;

	buf_init(&error, 1000);
	CHECK(log_client_open(r, &tiled, tile, 0, &error));
	while (log_client_next(r, &e, &error) == LOG_CLIENT_ENTRY) {
		const struct bytes parts[] = { { (const uint8_t *)"", 1 },
			e.leaf_input[0], e.leaf_input[1] };
		struct merkle_hash h, same;
		uint64_t index;
		bool found;

		sha256_parts(parts, 3, h.b);
		sha256_parts(e.hashed, 2, same.b);
		CHECK(merkle_equal(&h, &same));
		CHECK((size_t)(n + 1) * 32 <= level0.n);
		CHECK(memcmp(h.b, level0.p + n * 32, 32) == 0);
		CHECK(leaf_index(&e.leaf, &found, &index) == LEAF_OK);
		CHECK(found && index == first + (uint64_t)n);
		n++;
	}
	CHECK(n == want && error.n == 0);
	for (size_t cut = 1; cut < tile.n; cut += 509) {
		int got = count((struct bytes){ tile.p, cut }, &tiled);

		CHECK(got < want); /* refused, or cut between two entries */
	}
	buf_fini(&error);
	log_client_reader_free(r);
	free((void *)tile.p);
	free((void *)level0.p);
}

int
main(void)
{
	reads_real_answers_as_jansson_does(
	    "entries/argon2026h2-1111014090.json");
	reads_real_answers_as_jansson_does(
	    "entries/nimbus2026-4354630040.json");
	judges_forms_as_jansson_does();
	escapes_its_messages();
	asks_for_aligned_pages();
	names_tiles_as_tlog_tiles_does();
	requests_tiles_of_the_width_in_the_tree();
	hashes_a_real_tile_as_its_log_does("static/navigli2025h2/tile/data/000",
	    "static/navigli2025h2/tile/0/000", 0, 256);
	hashes_a_real_tile_as_its_log_does(
	    "static/navigli2025h2/tile/data/003.p/10",
	    "static/navigli2025h2/tile/0/003.p/10", 768, 10);
	hashes_a_real_tile_as_its_log_does(
	    "static/sunlight-0.8.1/tile/data/003",
	    "static/sunlight-0.8.1/tile/0/003", 768, 256);
	return 0;
}
