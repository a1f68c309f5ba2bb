/* SPDX-License-Identifier: Apache-2.0 */
/* The file `landmarks' of an issuance log, and the hashes of its subtrees from
 * the tiles of the log that the working group's generator wrote. */
#include <string.h>

#include <ctwatch/base/mem.h>
#include <ctwatch/net/mtc_landmarks.h>

#include "../support/test.h"

#define SIZE 1580

static const struct {
	const char *file, *why; /* NULL: good */
	size_t n;
} files[] = {
	{ "0 0\n0\n", NULL, 1 },
	{ "3 3\n1580\n1024\n7\n0\n", NULL, 4 },
	{ "200 2\n1580\n1024\n7\n", NULL, 3 },
	{ "", "line 1 is not", 0 },
	{ "3\n", "line 1 is not", 0 },
	{ "2 3\n9\n8\n7\n0\n", "line 1 is not", 0 },
	{ "03 1\n9\n8\n", "line 1 is not", 0 },
	{ "3  1\n9\n8\n", "line 1 is not", 0 },
	{ "-3 1\n9\n8\n", "line 1 is not", 0 },
	{ "99999999999999999999 1\n9\n8\n", "line 1 is not", 0 },
	{ "3 1\n9\n9\n", "line 3 is not a tree size below", 0 },
	{ "3 1\n9\n10\n", "line 3 is not a tree size below", 0 },
	{ "3 1\n9\n", "line 3 is not a tree size below", 0 },
	{ "3 1\n9\n8", "line 3 is not a tree size below", 0 },
	{ "3 1\n9\r\n8\n", "line 2 is not a tree size below", 0 },
	{ "3 1\n9\n8\n7\n", "more than 3 lines", 0 },
	{ "1 1\n9\n8\n", "line 3: landmark 0 is not the empty tree", 0 },
};

static void
files_are_read_or_refused(void)
{
	struct mtc_landmarks *l = mem_alloc(1, sizeof *l);
	struct buf error;

	buf_init(&error, 1024);
	for (size_t i = 0; i < sizeof files / sizeof *files; i++) {
		bool ok;

		buf_clear(&error);
		ok = mtc_landmarks_parse(bytes_of(files[i].file), l, &error);
		CHECK(ok == (files[i].why == NULL));
		if (ok)
			CHECK(l->n == files[i].n && error.n == 0);
		else
			CHECK(strstr(buf_text(&error), files[i].why) != NULL);
	}
	buf_fini(&error);
	free(l);
}

static void
no_proper_prefix_is_a_file(void)
{
	struct mtc_landmarks *l = mem_alloc(1, sizeof *l);
	const struct bytes all = bytes_of(files[1].file);
	struct buf error;

	buf_init(&error, 64u << 10);
	for (size_t n = 0; n < all.n; n++)
		CHECK(!mtc_landmarks_parse(bytes_at(all.p, n), l, &error));
	buf_fini(&error);
	free(l);
}

static void
many_landmarks_are_refused(void)
{
	struct mtc_landmarks *l = mem_alloc(1, sizeof *l);
	struct buf file, error;

	buf_init(&error, 1024);
	buf_init(&file, LIMIT_SMALL_BODY);
	for (uint64_t n = LIMIT_MTC_LANDMARKS; n <= LIMIT_MTC_LANDMARKS + 1;
	     n++) {
		buf_clear(&file);
		buf_printf(&file, "%d %d\n", (int)n, (int)n);
		for (uint64_t i = 0; i <= n; i++)
			buf_printf(&file, "%d\n", (int)(n - i));
		CHECK(mtc_landmarks_parse(buf_view(&file), l, &error) ==
		    (n == LIMIT_MTC_LANDMARKS));
	}
	CHECK(strstr(buf_text(&error), "4097 active landmarks") != NULL);
	buf_fini(&file);
	buf_fini(&error);
	free(l);
}

/* ---- hashes ---- */

/* Serves files, and counts them. */
static bool
get(void *arg, const char *url, size_t max, struct buf *body, struct buf *error)
{
	struct bytes file = test_file(url);

	(void)error;
	++*(unsigned *)arg;
	buf_clear(body);
	body->max = max;
	CHECK(buf_add(body, file));
	free((void *)(uintptr_t)file.p);
	return true;
}

static struct merkle_hash leaf[SIZE];

/* RFC 6962, 2.1. */
static struct merkle_hash
mth(uint64_t start, uint64_t end)
{
	struct merkle_hash left, right;
	uint64_t k = 1;

	if (end - start == 1)
		return leaf[start];
	while (2 * k < end - start)
		k *= 2;
	left = mth(start, start + k);
	right = mth(start + k, end);
	merkle_node_hash(&left, &right, &left);
	return left;
}

static void
check(struct bytes records, uint64_t start, uint64_t end)
{
	const struct merkle_hash want = mth(start, end);
	struct merkle_hash have;

	CHECK(mtc_landmarks_find(records, start, end, &have));
	CHECK(merkle_equal(&have, &want));
}

static void
subtrees_have_the_hashes_of_the_log(void)
{
	const char *dir = getenv("top_srcdir");
	char *url = mem_printf("%s/data/mtc/example/", dir != NULL ? dir : ".");
	const struct log_client s = { .url = url };
	struct mtc_landmarks l = { .n = 5, .size = { 1581, 1580, 1500, 7, 0 } };
	struct tree_head head = { .size = SIZE };
	struct buf out, again, error;
	struct merkle_hash unused;
	unsigned asked = 0;
	const struct log_client_fetch fetch = { get, &asked, NULL };

	for (size_t i = 0; i < SIZE; i++) {
		char *path = mem_printf("mtc/example/tile/0/%03d%s",
		    (int)(i / 256), i >= 1536 ? ".p/44" : "");
		struct bytes tile = test_data(path);

		memcpy(leaf[i].b, tile.p + i % 256 * SHA256_SIZE, SHA256_SIZE);
		free((void *)(uintptr_t)tile.p);
		free(path);
	}
	head.root = mth(0, SIZE);
	buf_init(&out, MTC_LANDMARKS_RECORDS);
	buf_init(&again, MTC_LANDMARKS_RECORDS);
	buf_init(&error, 1024);
	CHECK(mtc_landmarks_hash(
	    &s, &fetch, &head, &l, (struct bytes){ 0 }, &out, &error));
	/* The last landmark is beyond the head. */
	CHECK(mtc_landmarks_count(buf_view(&out)) == 6);
	check(buf_view(&out), 0, 4);
	check(buf_view(&out), 4, 7);
	check(buf_view(&out), 0, 1024);
	check(buf_view(&out), 1024, 1500);
	check(buf_view(&out), 1472, 1536);
	check(buf_view(&out), 1536, 1580);
	CHECK(!mtc_landmarks_find(buf_view(&out), 0, 1580, &unused));
	/* What is known is not computed again. */
	asked = 0;
	CHECK(mtc_landmarks_hash(
	    &s, &fetch, &head, &l, buf_view(&out), &again, &error));
	CHECK(asked == 0 && again.n == out.n);
	check(buf_view(&again), 4, 7);
	check(buf_view(&again), 1472, 1536);
	/* Tiles of another tree than the signed one give nothing. */
	head.root.b[0] ^= 1;
	CHECK(!mtc_landmarks_hash(
	    &s, &fetch, &head, &l, (struct bytes){ 0 }, &out, &error));
	CHECK(out.n == 0 && strstr(buf_text(&error), "signed root") != NULL);
	buf_fini(&out);
	buf_fini(&again);
	buf_fini(&error);
	free(url);
}

int
main(void)
{
	files_are_read_or_refused();
	no_proper_prefix_is_a_file();
	many_landmarks_are_refused();
	subtrees_have_the_hashes_of_the_log();
	return 0;
}
