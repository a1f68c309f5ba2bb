/* SPDX-License-Identifier: Apache-2.0 */
/* What a failed comparison with the root changes is committed as one. */
#include <string.h>

#include "sync/log_reader.h"

#include "../support/make_cert.h"
#include "../support/test_state.h"

#define ENTRIES 10

static const uint8_t log_id[SHA256_SIZE] = { 1 };

/* A log of which all entries are read and none is proved, under a head of
 * another root; a file that is not there answers for it. */
struct scene {
	char *dir;
	struct sync_options options;
	struct sync_result result;
	struct loglist_log log;
	struct coverage cover;
	struct log_reader_shared shared;
	struct log_reader r;
};

static void
begin(struct scene *s)
{
	struct store_sighting at = { .index = 3 };
	struct store_cert cert = { .kind = LEAF_X509 };
	struct merkle_hash leaf = { { 0 } };

	*s = (struct scene){ .dir = tmpdir_new() };
	s->options.store = state_open(s->dir, STORE_RUN);
	s->log.description = (char *)(uintptr_t) "a log";
	memcpy(s->log.id, log_id, SHA256_SIZE);
	s->shared.options = &s->options;
	s->shared.result = &s->result;
	pthread_mutex_init(&s->shared.lock, NULL);
	pthread_cond_init(&s->shared.ended, NULL);
	s->r.shared = &s->shared;
	s->r.log = &s->log;
	s->r.coverage = &s->cover;
	memcpy(s->r.state.id, log_id, SHA256_SIZE);
	merkle_range_init(&s->r.state.range, 0);
	s->r.state.proved = s->r.state.range;
	for (int i = 0; i < ENTRIES; i++)
		merkle_range_add(&s->r.state.range, &leaf);
	s->r.state.has_range = true;
	s->r.state.next = s->r.head.size = s->r.largest = ENTRIES;
	memcpy(at.log_id, log_id, SHA256_SIZE);
	CHECK(store_log_save(s->options.store, &s->r.state));
	CHECK(store_sighting_add(s->options.store, &cert, &at));
	CHECK(store_commit(s->options.store));
}

static void
end(struct scene *s)
{
	store_close(s->options.store);
	free(s->result.findings);
	pthread_mutex_destroy(&s->shared.lock);
	pthread_cond_destroy(&s->shared.ended);
	tmpdir_remove(s->dir);
}

static void
entries_read_again_are_deleted_with_the_cursor(void)
{
	struct scene s;

	begin(&s);
	CHECK(verify_root(&s.r) == VERIFY_READ_AGAIN);
	CHECK(s.r.state.next == 0);
	CHECK(state_number(s.dir, "SELECT count(*) FROM sighting") == 0);
	CHECK(state_number(s.dir, "SELECT next FROM log") == 0);
	CHECK(state_number(s.dir, "SELECT mismatches FROM log") == 1);
	end(&s);
}

static void
unproved_entries_are_dropped_with_the_cursor(void)
{
	const struct http_options files = { .user_agent = "test",
		.allow_file = true };
	EVP_PKEY *key = make_cert_key();
	struct bytes spki;
	struct buf error;
	struct scene s;

	begin(&s);
	buf_init(&error, 4096);
	s.options.http = http_new(&files, &error);
	s.r.queue = http_queue(s.options.http, "");
	s.log.kind = LOG_KIND_STATIC;
	spki = make_cert_spki(key);
	s.log.key = blob_copy(spki);
	s.log.url = s.log.submission_url =
	    (char *)(uintptr_t) "file:///not/there/";
	s.r.client = log_client_new(&s.log, false);
	s.r.state.mismatches = 1;
	CHECK(verify_root(&s.r) == VERIFY_CONTRADICTS);
	CHECK(s.cover.status == COVERAGE_MISBEHAVING);
	CHECK(state_number(s.dir, "SELECT unproved FROM gap") == 1);
	CHECK(state_number(s.dir, "SELECT stop - start FROM gap") == ENTRIES);
	CHECK(state_number(s.dir, "SELECT mismatches FROM log") == 2);
	CHECK(state_number(s.dir, "SELECT nodes IS NULL FROM log") == 1);
	CHECK(state_number(s.dir, "SELECT next FROM log") == ENTRIES);
	log_client_free(s.r.client);
	http_free(s.options.http);
	make_cert_free(spki);
	blob_fini(&s.log.key);
	EVP_PKEY_free(key);
	buf_fini(&error);
	end(&s);
}

int
main(void)
{
	entries_read_again_are_deleted_with_the_cursor();
	unproved_entries_are_dropped_with_the_cursor();
	return 0;
}
