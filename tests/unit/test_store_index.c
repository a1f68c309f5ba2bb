/* SPDX-License-Identifier: Apache-2.0 */
/* Parts of the index in the store, and files that only the store makes
 * valid. */
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <ctwatch/base/limits.h>
#include <ctwatch/base/text.h>
#include <ctwatch/base/time.h>
#include <ctwatch/policy/index_part.h>
#include <ctwatch/store/store_index.h>

#include "../support/test_state.h"

#define BLOCK INDEX_PART_BLOCK

/* The parts as text: "0-5 5-7f " where f is a file. */
static void
parts_are(struct store *s, const uint8_t *log, const char *want)
{
	size_t n;
	struct store_index_part *v =
	    store_index_parts(s, log, 0, UINT64_MAX, &n);
	struct buf got;

	buf_init(&got, 4096);
	for (size_t i = 0; i < n; i++)
		buf_printf(&got, "%u-%u%s ", (unsigned)v[i].from,
		    (unsigned)v[i].to, v[i].in_file ? "f" : "");
	if (strcmp(buf_text(&got), want) != 0)
		fprintf(stderr, "parts %s\n", buf_text(&got));
	CHECK(strcmp(buf_text(&got), want) == 0);
	buf_fini(&got);
	store_index_parts_free(v, n);
}

static char *
path_of(const char *dir, const uint8_t sha256[static SHA256_SIZE])
{
	char hex[2 * SHA256_SIZE + 1];

	text_hex((struct bytes){ sha256, SHA256_SIZE }, hex);
	return mem_printf("%s/index/%s.idx", dir, hex);
}

static void
makes_one_secret_and_keeps_it(void)
{
	char *dir = tmpdir_new();
	struct store *s = state_open(dir, STORE_RUN);
	uint8_t a[NAME_KEYS_SECRET], b[NAME_KEYS_SECRET] = { 0 };

	CHECK(!store_index_secret(s, false, a));
	CHECK(store_index_secret(s, true, a));
	CHECK(memcmp(a, b, sizeof a) != 0);
	CHECK(store_index_secret(s, true, b) && memcmp(a, b, sizeof a) == 0);
	state_end(s);
	s = state_open(dir, STORE_READ);
	CHECK(store_index_secret(s, false, b) && memcmp(a, b, sizeof a) == 0);
	store_close(s);
	tmpdir_remove(dir);
}

/* A store takes another secret as long as it has no index. */
static void
takes_a_secret(void)
{
	char *dir = tmpdir_new();
	struct store *s = state_open(dir, STORE_RUN);
	struct store_log log = state_log(1, 0, 0);
	const uint8_t one[NAME_KEYS_SECRET] = { 1 },
	              two[NAME_KEYS_SECRET] = { 2 };
	uint8_t a[NAME_KEYS_SECRET];

	CHECK(store_log_save(s, &log));
	CHECK(store_index_use_secret(s, one));
	CHECK(store_index_use_secret(s, two));
	CHECK(store_index_secret(s, false, a) && memcmp(a, two, sizeof a) == 0);
	CHECK(store_index_add(s, log.id, 0, 1, bytes_of("x")));
	CHECK(!store_index_use_secret(s, one));
	CHECK(store_index_use_secret(s, two));
	CHECK(store_index_secret(s, false, a) && memcmp(a, two, sizeof a) == 0);
	state_end(s);
	tmpdir_remove(dir);
}

static void
finds_open_blocks_and_forgets(void)
{
	char *dir = tmpdir_new();
	struct store *s = state_open(dir, STORE_RUN);
	struct store_log log = state_log(1, 0, 0), other = state_log(2, 0, 0);
	const uint8_t digest[SHA256_SIZE] = { 1 };
	uint64_t block;

	CHECK(store_log_save(s, &log) && store_log_save(s, &other));
	CHECK(!store_index_open_block(s, log.id, 9 * BLOCK, 0, 0, &block));
	store_index_add(s, log.id, 5, 10, bytes_of("a"));
	store_index_add(s, log.id, 10, BLOCK, bytes_of("b"));
	store_index_add(s, log.id, BLOCK, BLOCK + 7, bytes_of("c"));
	store_index_add(s, other.id, 0, 3, bytes_of("d"));
	parts_are(s, log.id, "5-10 10-65536 65536-65543 ");
	/* Only blocks that were read, and that are all verified or not. */
	CHECK(!store_index_open_block(s, log.id, BLOCK - 1, 0, 0, &block));
	CHECK(store_index_open_block(s, log.id, BLOCK, 0, 0, &block));
	CHECK(block == 0);
	CHECK(!store_index_open_block(s, log.id, BLOCK, 5, 0, &block));
	CHECK(store_index_open_block(s, log.id, BLOCK, BLOCK, 0, &block));
	CHECK(store_index_open_block(s, log.id, 2 * BLOCK, 5, 0, &block));
	CHECK(block == 1);
	CHECK(store_index_open_block(s, log.id, 2 * BLOCK, 0, BLOCK, &block));
	CHECK(block == 1);
	CHECK(store_index_replace(s, log.id, 5, BLOCK, digest, 100));
	parts_are(s, log.id, "5-65536f 65536-65543 ");
	CHECK(!store_index_open_block(s, log.id, BLOCK, 0, 0, &block));
	CHECK(store_index_forget(s, log.id, BLOCK + 7));
	parts_are(s, log.id, "5-65536f 65536-65543 ");
	CHECK(store_index_forget(s, log.id, BLOCK));
	parts_are(s, log.id, "5-65536f ");
	CHECK(store_index_forget(s, log.id, BLOCK - 1));
	parts_are(s, log.id, "");
	parts_are(s, other.id, "0-3 ");
	store_close(s);
	tmpdir_remove(dir);
}

static void
reads_only_whole_files(void)
{
	char *dir = tmpdir_new();
	struct store *s = state_open(dir, STORE_RUN);
	uint8_t *content = mem_alloc(LIMIT_INDEX_FILE + 1, 1);
	struct store_index_part p = { .in_file = true };
	struct buf out, error;
	char *path;

	buf_init(&out, LIMIT_INDEX_FILE + 1);
	buf_init(&error, 4096);
	CHECK(store_index_write(
	    s, bytes_at(content, LIMIT_INDEX_FILE), p.sha256, &error));
	CHECK(store_index_read(s, &p, &out, &error));
	CHECK(out.n == LIMIT_INDEX_FILE);
	path = path_of(dir, p.sha256);
	CHECK(truncate(path, LIMIT_INDEX_FILE - 1) == 0);
	CHECK(!store_index_read(s, &p, &out, &error));
	CHECK(strstr(buf_text(&error), path) != NULL);
	buf_clear(&error);
	CHECK(truncate(path, LIMIT_INDEX_FILE + 1) == 0);
	CHECK(!store_index_read(s, &p, &out, &error) && error.n > 0);
	buf_clear(&error);
	CHECK(unlink(path) == 0);
	CHECK(!store_index_read(s, &p, &out, &error) && error.n > 0);
	CHECK(out.n == LIMIT_INDEX_FILE);
	free(path);
	free(content);
	buf_fini(&out);
	buf_fini(&error);
	store_close(s);
	tmpdir_remove(dir);
}

static bool
exists(const char *path)
{
	return access(path, F_OK) == 0;
}

static void
prunes_by_age_and_removes_what_is_not_named(void)
{
	char *dir = tmpdir_new();
	struct store *s = state_open(dir, STORE_RUN);
	struct store_log log = state_log(1, 0, 0);
	uint8_t named[SHA256_SIZE], other[SHA256_SIZE];
	struct store_index_size size;
	char *path, *stray, *half, *foreign;
	struct buf error;

	buf_init(&error, 4096);
	time_set(1000000);
	CHECK(store_log_save(s, &log));
	CHECK(store_index_write(s, bytes_of("one"), named, &error));
	CHECK(store_index_write(s, bytes_of("two"), other, &error));
	CHECK(store_index_replace(s, log.id, 0, BLOCK, named, 3));
	time_set(2000000);
	CHECK(store_index_add(s, log.id, BLOCK, BLOCK + 5, bytes_of("four")));
	path = path_of(dir, named);
	stray = path_of(dir, other);
	half = mem_printf("%s.0123456789abcdef", path);
	foreign = mem_printf("%s/index/note", dir);
	CHECK(link(path, half) == 0 && link(path, foreign) == 0);
	CHECK(store_index_size(s, &size));
	CHECK(size.logs == 1 && size.entries == BLOCK + 5);
	CHECK(size.files == 1 && size.bytes == 7);
	CHECK(store_index_prune(s, 1000000));
	parts_are(s, log.id, "0-65536f 65536-65541 ");
	CHECK(exists(path) && !exists(stray) && !exists(half));
	CHECK(store_index_prune(s, 1000001));
	parts_are(s, log.id, "65536-65541 ");
	CHECK(!exists(path) && exists(foreign));
	free(path);
	free(stray);
	free(half);
	free(foreign);
	buf_fini(&error);
	store_close(s);
	tmpdir_remove(dir);
}

int
main(void)
{
	makes_one_secret_and_keeps_it();
	takes_a_secret();
	finds_open_blocks_and_forgets();
	reads_only_whole_files();
	prunes_by_age_and_removes_what_is_not_named();
	return 0;
}
