/* SPDX-License-Identifier: Apache-2.0 */
/*
 * log_client: heads and proofs of both protocols.  A whole log by the real
 * Sunlight, whose signed checkpoint is the oracle, and answers made here.
 */
#include <string.h>

#include "net/log_rfc6962.h"
#include "net/log_static.h"
#include <ctwatch/base/limits.h>
#include <ctwatch/base/text.h>

#include "../support/test.h"

#define LEAF "AAAAAAAAAAAAAAAAAAAAAQAAAA==" /* parses as far as it goes */

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
	CHECK(l->n == 1 && l->v[0].kind == LOG_KIND_STATIC);
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
		/* Tiles and a consistency proof are proved under the head, but
		 * the proof does not have the root of 2^n entries. */
		CHECK(log_client_consistent(
		          s, &fetch, at[i], &root, &h, &error) ==
		    (s->origin != NULL || at[i] == h.size ||
		                (at[i] & (at[i] - 1)) != 0
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
returns_the_hash_of_an_unreadable_tile(void)
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
returns_the_sibling_hash_of_an_entry(void)
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
	/* A path that does not give the signed root is invalid. */
	log.two.b[0] ^= 1;
	CHECK(s.pages->subtree(&s, &fetch, &h, 1, 0, &got, &error) ==
	    LOG_CLIENT_PROOF_INVALID);
	log.lost = true;
	CHECK(s.pages->subtree(&s, &fetch, &h, 1, 0, &got, &error) ==
	    LOG_CLIENT_FAILED);
	buf_fini(&error);
}

/* ---- limits ---- */

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
takes_answers_up_to_their_limits(void)
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
	proves_ranges_of_a_real_log();
	proves_ranges_of_an_old_log_also_when_read_by_tiles();
	returns_the_hash_of_an_unreadable_tile();
	returns_the_sibling_hash_of_an_entry();
	takes_answers_up_to_their_limits();
	return 0;
}
