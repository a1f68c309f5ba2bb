/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Real bodies of both protocols, and a whole log by the real Sunlight whose
 * signed checkpoint is the oracle.
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
	if (log_client_open(r, s, body, &error))
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
	CHECK(log_client_open(r, &rfc6962, body, &error));
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
says_what_is_wrong_in_plain_characters(void)
{
	static const char *const bodies[] = { "{\x1b[31m", "{\"a\":\x1b}",
		"{\"a\" \xc2\x9b}", "\x1b[31m", "<\x1b>" };

	for (size_t i = 0; i < sizeof bodies / sizeof *bodies; i++) {
		struct log_client_reader *r = log_client_reader_new();
		struct buf error;

		buf_init(&error, 1000);
		CHECK(
		    !log_client_open(r, &rfc6962, bytes_of(bodies[i]), &error));
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
asks_for_tiles_so_wide(void)
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
	CHECK(log_client_open(r, &tiled, tile, &error));
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

/* ---- the Sunlight log, from disk ---- */

static bool
get_file(
    void *arg, const char *url, size_t max, struct buf *body, struct buf *error)
{
	FILE *f = fopen(url, "rb");
	int c;

	(void)arg;
	(void)error;
	if (f == NULL)
		return false;
	buf_clear(body);
	while ((c = getc(f)) != EOF && body->n < max)
		buf_add_byte(body, (uint8_t)c);
	fclose(f);
	return true;
}

static bool
get_nothing(
    void *arg, const char *url, size_t max, struct buf *body, struct buf *error)
{
	(void)arg;
	(void)url;
	(void)max;
	(void)body;
	(void)error;
	return false;
}

static struct log_client *
sunlight(void)
{
	struct bytes json = test_data("static/sunlight-0.8.1/log_list.json");
	const char *dir = getenv("top_srcdir");
	struct loglist *l = loglist_new();
	struct log_client *s;
	struct buf error;

	buf_init(&error, 1000);
	CHECK(loglist_merge(l, json, "list", &error));
	CHECK(l->n == 1 && l->v[0].is_static);
	free(l->v[0].url);
	l->v[0].url = mem_printf(
	    "%s/data/static/sunlight-0.8.1/", dir != NULL ? dir : ".");
	s = log_client_new(&l->v[0], false);
	CHECK(s != NULL && strcmp(s->origin, "127.0.0.1/sun2026") == 0);
	loglist_free(l);
	free((void *)json.p);
	return s;
}

static void
proves_ranges_of_a_real_log(void)
{
	static const uint64_t at[] = { 1, 2, 3, 255, 256, 257, 1000, 4095, 4096,
		4097, 4199, 4200 };
	const struct log_client_fetch fetch = { .get = get_file };
	const struct log_client_fetch none = { .get = get_nothing,
		.arg = NULL };
	struct log_client *s = sunlight();
	struct buf raw, error;
	struct tree_head h, lie;

	buf_init(&raw, LIMIT_SMALL_BODY);
	buf_init(&error, 1000);
	CHECK(log_client_head(s, &fetch, &h, &raw, &error) == LOG_CLIENT_OK);
	CHECK(h.size == 4200);
	lie = h;
	lie.root.b[5] ^= 1;
	for (size_t i = 0; i < sizeof at / sizeof at[0]; i++) {
		struct merkle_range r;
		struct merkle_hash root;

		CHECK(s->heads->range(s, &fetch, &h, at[i], &r, &error) ==
		    LOG_CLIENT_OK);
		CHECK(r.begin == 0 && r.end == at[i]);
		merkle_range_root(&r, &root);
		CHECK(log_client_consistent(s, &fetch, at[i], &root, &h,
		          &error) == LOG_CLIENT_OK);
		root.b[0] ^= 1;
		/* Tiles are proved under the head; a consistency proof that
		 * does not hold says nothing of the log. */
		CHECK(log_client_consistent(
		          s, &fetch, at[i], &root, &h, &error) ==
		    (s->origin != NULL || at[i] == h.size
		            ? LOG_CLIENT_ROOT_DIFFERS
		            : LOG_CLIENT_PROOF_INVALID));
		CHECK(s->heads->range(s, &fetch, &lie, at[i], &r, &error) ==
		    LOG_CLIENT_PROOF_INVALID);
		CHECK(s->heads->range(s, &none, &h, at[i], &r, &error) ==
		    LOG_CLIENT_FAILED);
	}
	buf_fini(&raw);
	buf_fini(&error);
	log_client_free(s);
}

/* As get_file, of a log that has lost its hash tiles above level 0. */
static bool
get_file_of_level_0(
    void *arg, const char *url, size_t max, struct buf *body, struct buf *error)
{
	return strstr(url, "/tile/1/") == NULL &&
	    get_file(arg, url, max, body, error);
}

/* The hash of a tile's entries is in the tile above, and follows from its own
 * hash tile. */
static void
knows_the_hash_of_a_lost_tile(void)
{
	const struct log_client_fetch both[] = { { .get = get_file },
		{ .get = get_file_of_level_0 } };
	const struct log_client_fetch none = { .get = get_nothing,
		.arg = NULL };
	struct log_client *s = sunlight();
	struct tree_head h;
	struct buf raw, error;

	buf_init(&raw, LIMIT_SMALL_BODY);
	buf_init(&error, 1000);
	CHECK(log_client_head(s, &both[0], &h, &raw, &error) == LOG_CLIENT_OK);
	for (uint64_t at = 0; at + 256 <= h.size; at += 256) {
		char *name = mem_printf(
		    "static/sunlight-0.8.1/tile/0/%03u", (unsigned)(at / 256));
		struct bytes level0 = test_data(name);
		struct merkle_range r;
		struct merkle_hash want, got;

		merkle_range_init(&r, 0);
		for (size_t i = 0; i < 256; i++) {
			memcpy(want.b, level0.p + 32 * i, 32);
			merkle_range_add(&r, &want);
		}
		merkle_range_root(&r, &want);
		for (int i = 0; i < 2; i++) {
			CHECK(s->pages->subtree(s, &both[i], &h, 8, at, &got,
			          &error) == LOG_CLIENT_OK);
			CHECK(merkle_equal(&got, &want) && error.n == 0);
		}
		CHECK(s->pages->subtree(s, &none, &h, 8, at, &got, &error) ==
		    LOG_CLIENT_FAILED);
		buf_clear(&error);
		free(name);
		free((void *)level0.p);
	}
	buf_fini(&raw);
	buf_fini(&error);
	log_client_free(s);
}

/* A log of three entries that has all of RFC 6962, 4, but its newest part,
 * get-entry-and-proof. */
struct old_log {
	struct merkle_hash two, leaf; /* of entries 0 and 1, of entry 2 */
	bool lost;                    /* nothing is answered */
};

static bool
ask_old_log(
    void *arg, const char *url, size_t max, struct buf *body, struct buf *error)
{
	const struct old_log *log = arg;
	char b64[TEXT_BASE64_LEN(SHA256_SIZE) + 1], hash[160] = "";

	(void)max;
	buf_clear(body);
	if (log->lost)
		return false;
	if (strcmp(url, "https://x.test/ct/v1/get-entries?start=2&end=2") == 0)
		return buf_printf(body,
		    "{\"entries\":[{\"leaf_input\":\"%s\","
		    "\"extra_data\":\"\"}]}",
		    LEAF);
	/* RFC 3986, 2.2: in a query these three mean something else. */
	text_base64((struct bytes){ log->leaf.b, SHA256_SIZE }, b64);
	for (size_t i = 0; b64[i] != '\0'; i++)
		snprintf(hash + strlen(hash), sizeof hash - strlen(hash),
		    strchr("+/=", b64[i]) != NULL ? "%%%02X" : "%c", b64[i]);
	text_base64((struct bytes){ log->two.b, SHA256_SIZE }, b64);
	if (strncmp(url, "https://x.test/ct/v1/get-proof-by-hash?", 39) == 0 &&
	    strstr(url, "tree_size=3") != NULL && strstr(url, hash) != NULL)
		return buf_printf(
		    body, "{\"leaf_index\":2,\"audit_path\":[\"%s\"]}", b64);
	buf_printf(error, "%s: 404", url);
	return false;
}

static void
proves_ranges_of_an_old_log_also_when_read_by_tiles(void)
{
	struct old_log log = { .two = { { 7 } } };
	const struct log_client_fetch fetch = { .get = ask_old_log,
		.arg = &log };
	const struct log_client_pages *const pages[] = { &log_rfc6962_pages,
		&log_static_pages };
	uint8_t leaf[32];
	struct buf error;
	size_t n;

	CHECK(text_unbase64(bytes_of(LEAF), leaf, &n));
	merkle_leaf_hash((struct bytes){ leaf, n }, &log.leaf);
	buf_init(&error, 1000);
	for (size_t i = 0; i < 2; i++) {
		struct log_client s = { .heads = &log_rfc6962_heads,
			.pages = pages[i],
			.url = (char *)(uintptr_t) "https://x.test/" };
		struct tree_head h = { .size = 3 };
		struct merkle_range r;

		merkle_node_hash(&log.two, &log.leaf, &h.root);
		CHECK(s.heads->range(&s, &fetch, &h, 3, &r, &error) ==
		    LOG_CLIENT_OK);
		CHECK(r.end == 3 && error.n == 0);
		h.root.b[0] ^= 1;
		CHECK(s.heads->range(&s, &fetch, &h, 3, &r, &error) ==
		    LOG_CLIENT_PROOF_INVALID);
		buf_clear(&error);
	}
	buf_fini(&error);
}

/* The audit path of entry 2 is the hash of entries 0 and 1. */
static void
knows_the_hash_beside_an_entry(void)
{
	struct old_log log = { .two = { { 7 } } };
	const struct log_client_fetch fetch = { .get = ask_old_log,
		.arg = &log };
	struct log_client s = { .heads = &log_rfc6962_heads,
		.pages = &log_rfc6962_pages,
		.url = (char *)(uintptr_t) "https://x.test/" };
	struct tree_head h = { .size = 3 };
	struct merkle_hash got;
	uint8_t leaf[32];
	struct buf error;
	size_t n;

	buf_init(&error, 1000);
	CHECK(text_unbase64(bytes_of(LEAF), leaf, &n));
	merkle_leaf_hash((struct bytes){ leaf, n }, &log.leaf);
	merkle_node_hash(&log.two, &log.leaf, &h.root);
	CHECK(s.pages->subtree(&s, &fetch, &h, 1, 0, &got, &error) ==
	    LOG_CLIENT_OK);
	CHECK(merkle_equal(&got, &log.two));
	/* The last entry has no neighbour yet. */
	CHECK(s.pages->subtree(&s, &fetch, &h, 0, 2, &got, &error) ==
	    LOG_CLIENT_FAILED);
	/* A path that does not lead to the signed root proves nothing. */
	log.two.b[0] ^= 1;
	CHECK(s.pages->subtree(&s, &fetch, &h, 1, 0, &got, &error) ==
	    LOG_CLIENT_PROOF_INVALID);
	log.lost = true;
	CHECK(s.pages->subtree(&s, &fetch, &h, 1, 0, &got, &error) ==
	    LOG_CLIENT_FAILED);
	buf_fini(&error);
}

/* ---- ceilings ---- */

/* An answer with blanks behind it, up to a length. */
struct long_answer {
	const char *text;
	size_t length;
};

static bool
get_long(
    void *arg, const char *url, size_t max, struct buf *body, struct buf *error)
{
	const struct long_answer *a = arg;

	(void)url;
	(void)error;
	buf_clear(body);
	buf_add_text(body, a->text);
	while (body->n < a->length)
		if (body->n == max || !buf_add_byte(body, ' '))
			return false;
	return true;
}

static const struct log_client old = { .heads = &log_rfc6962_heads,
	.pages = &log_rfc6962_pages,
	.url = (char *)(uintptr_t) "https://x.test/" };

static enum log_client_result
head_of_length(size_t length)
{
	struct long_answer a = {
		"{\"tree_size\":1,\"timestamp\":1,\"sha256_root_hash\":"
		"\"AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=\","
		"\"tree_head_signature\":\"AAAA\"}",
		length
	};
	const struct log_client_fetch fetch = { .get = get_long, .arg = &a };
	enum log_client_result r;
	struct buf raw, error;
	struct tree_head h;

	buf_init(&raw, LIMIT_SMALL_BODY);
	buf_init(&error, 1000);
	r = old.heads->head(&old, &fetch, &h, &raw, &error);
	buf_fini(&raw);
	buf_fini(&error);
	return r;
}

static enum log_client_result
page_of_length(size_t length)
{
	struct bytes real = test_data("entries/argon2026h2-1111014090.json");
	char *text = mem_printf("%.*s", (int)real.n, (const char *)real.p);
	struct long_answer a = { text, length };
	const struct log_client_fetch fetch = { .get = get_long, .arg = &a };
	enum log_client_result r;
	struct buf error;
	int64_t time;

	buf_init(&error, 1000);
	r = log_client_timestamp(
	    &old, &fetch, &(struct tree_head){ .size = 3 }, 2, &time, &error);
	buf_fini(&error);
	free(text);
	free((void *)real.p);
	return r;
}

static enum log_client_result
proof_of_steps(size_t n)
{
	static const char hash[] =
	    "\"AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=\"";
	struct long_answer a = { .length = 0 };
	const struct log_client_fetch fetch = { .get = get_long, .arg = &a };
	enum log_client_result r;
	struct buf text, error;

	buf_init(&text, LIMIT_SMALL_BODY);
	buf_init(&error, 1000);
	buf_add_text(&text, "{\"consistency\":[");
	for (size_t i = 0; i < n; i++)
		buf_printf(&text, "%s%s", i > 0 ? "," : "", hash);
	buf_add_text(&text, "]}");
	a.text = buf_text(&text);
	r = log_client_consistent(&old, &fetch, 1,
	    &(struct merkle_hash){ { 1 } }, &(struct tree_head){ .size = 3 },
	    &error);
	buf_fini(&text);
	buf_fini(&error);
	return r;
}

static void
takes_answers_up_to_their_ceilings(void)
{
	CHECK(head_of_length(0) == LOG_CLIENT_OK);
	CHECK(head_of_length(LIMIT_SMALL_BODY) == LOG_CLIENT_OK);
	CHECK(head_of_length(LIMIT_SMALL_BODY + 1) == LOG_CLIENT_FAILED);
	CHECK(page_of_length(0) == LOG_CLIENT_OK);
	CHECK(page_of_length(LIMIT_ENTRY_BODY) == LOG_CLIENT_OK);
	CHECK(page_of_length(LIMIT_ENTRY_BODY + 1) == LOG_CLIENT_FAILED);
	/* A proof that is none, and what is not read as one. */
	CHECK(proof_of_steps(LIMIT_PROOF) == LOG_CLIENT_PROOF_INVALID);
	CHECK(proof_of_steps(LIMIT_PROOF + 1) == LOG_CLIENT_FAILED);
}

int
main(void)
{
	reads_real_answers_as_jansson_does(
	    "entries/argon2026h2-1111014090.json");
	reads_real_answers_as_jansson_does(
	    "entries/nimbus2026-4354630040.json");
	judges_forms_as_jansson_does();
	says_what_is_wrong_in_plain_characters();
	asks_for_aligned_pages();
	names_tiles_as_tlog_tiles_does();
	asks_for_tiles_so_wide();
	hashes_a_real_tile_as_its_log_does("static/navigli2025h2/tile/data/000",
	    "static/navigli2025h2/tile/0/000", 0, 256);
	hashes_a_real_tile_as_its_log_does(
	    "static/navigli2025h2/tile/data/003.p/10",
	    "static/navigli2025h2/tile/0/003.p/10", 768, 10);
	hashes_a_real_tile_as_its_log_does(
	    "static/sunlight-0.8.1/tile/data/003",
	    "static/sunlight-0.8.1/tile/0/003", 768, 256);
	proves_ranges_of_a_real_log();
	proves_ranges_of_an_old_log_also_when_read_by_tiles();
	knows_the_hash_of_a_lost_tile();
	knows_the_hash_beside_an_entry();
	takes_answers_up_to_their_ceilings();
	return 0;
}
