/* SPDX-License-Identifier: Apache-2.0 */
/* Proofs of a real Sunlight log, fetched from disk into a store, and the
 * bounds of what is fetched and kept. */
#include <limits.h>
#include <string.h>

#include "../support/test_state.h"
#include <ctwatch/base/limits.h>
#include <ctwatch/net/http.h>
#include <ctwatch/net/loglist.h>
#include <ctwatch/response/proofs.h>
#include <ctwatch/wire/note.h>

static const uint8_t tbs[SHA256_SIZE] = { 7 };

/* The log, its head as proved, and the first n entries as sightings of one
 * certificate. */
static void
fill(struct store *s, size_t n)
{
	struct bytes list = test_data("static/sunlight-0.8.1/log_list.json");
	struct bytes raw = test_data("static/sunlight-0.8.1/checkpoint");
	const char *top = getenv("top_srcdir");
	struct loglist *l = loglist_new();
	struct store_log log = { .kind = LOG_KIND_STATIC };
	struct store_head head = { .state = STORE_HEAD_PROVED, .raw = raw };
	struct store_cert cert = { .kind = LEAF_X509, .der = bytes_of("x") };
	char folder[PATH_MAX], *url, *origin;
	struct buf error;

	buf_init(&error, 1000);
	CHECK(loglist_merge(l, list, "list", &error));
	CHECK(realpath(top != NULL ? top : ".", folder) != NULL);
	url = mem_printf("file://%s/data/static/sunlight-0.8.1/", folder);
	memcpy(log.id, l->v[0].id, SHA256_SIZE);
	store_log_describe(&log, "sunlight", "operator", url,
	    l->v[0].submission_url, blob_view(l->v[0].key));
	origin = tlog_proof_origin(l->v[0].submission_url);
	CHECK(note_checkpoint(raw, origin, log.id, &head.head) == NOTE_OK);
	log.next = log.verified = head.head.size;
	CHECK(store_log_save(s, &log));
	memcpy(head.log_id, log.id, SHA256_SIZE);
	CHECK(store_head_save(s, &head));
	memcpy(cert.tbs_sha256, tbs, SHA256_SIZE);
	for (size_t i = 0; i < n; i++) {
		struct store_sighting at = { .index = i };
		char *path =
		    mem_printf("static/sunlight-0.8.1/tile/0/%03zu", i / 256);
		struct bytes tile = test_data(path);

		memcpy(at.log_id, log.id, SHA256_SIZE);
		memcpy(at.tbs_sha256, tbs, SHA256_SIZE);
		memcpy(
		    at.leaf_hash, tile.p + i % 256 * SHA256_SIZE, SHA256_SIZE);
		CHECK(store_sighting_add(s, &cert, &at));
		free((void *)tile.p);
		free(path);
	}
	CHECK(store_commit(s));
	store_log_fini(&log);
	loglist_free(l);
	free((void *)list.p);
	free((void *)raw.p);
	free(origin);
	free(url);
	buf_fini(&error);
}

static void
a_run_fetches_as_many_proofs_as_the_limit(void)
{
	const struct http_options http = { .user_agent = "test",
		.allow_file = true };
	char *dir = tmpdir_new();
	struct store *s = state_open(dir, STORE_RUN);
	struct proofs_options options = { .severity = 0 };
	struct proofs_result r;
	struct store_sighting *v;
	struct store_proof p;
	struct buf error;
	size_t n;

	buf_init(&error, 4096);
	options.http = http_new(&http, &error);
	CHECK(options.http != NULL);
	fill(s, LIMIT_PROOFS_RUN + 1);
	CHECK(proofs_fetch_cert(s, tbs, &options, &r));
	CHECK(r.fetched == LIMIT_PROOFS_RUN && r.failed == 1);
	CHECK(strstr(r.error, "limit of a run") != NULL);
	/* The next run fetches the rest and nothing twice. */
	CHECK(proofs_fetch_cert(s, tbs, &options, &r));
	CHECK(r.fetched == 1 && r.failed == 0);
	v = store_sightings(s, tbs, &n);
	CHECK(n == LIMIT_PROOFS_RUN + 1);
	for (size_t i = 0; i < n; i++) {
		struct merkle_hash leaf;

		memcpy(leaf.b, v[i].leaf_hash, SHA256_SIZE);
		CHECK(store_proof_load(
		    s, v[i].log_id, v[i].index, v[i].leaf_hash, &p));
		CHECK(merkle_included(v[i].index, p.head.size, &leaf,
		    p.proof.path, p.proof.n, &p.head.root));
		store_proof_fini(&p);
	}
	free(v);
	http_free(options.http);
	state_end(s);
	buf_fini(&error);
	tmpdir_remove(dir);
}

/* A head that is not proved, or a proof of another root, is no evidence. */
static void
unproved_entries_are_counted(void)
{
	const struct http_options http = { .user_agent = "test",
		.allow_file = true };
	char *dir = tmpdir_new();
	struct store *s = state_open(dir, STORE_RUN);
	struct proofs_options options = { .severity = 0 };
	struct proofs_result r;
	struct buf error;

	buf_init(&error, 4096);
	options.http = http_new(&http, &error);
	fill(s, 3);
	store_close(s);
	state_change(dir, "UPDATE head SET root = zeroblob(32)");
	s = state_open(dir, STORE_RUN);
	CHECK(proofs_fetch_cert(s, tbs, &options, &r));
	CHECK(r.fetched == 0 && r.failed == 3);
	CHECK(strstr(r.error, "does not give the signed root") != NULL);
	store_close(s);
	state_change(dir, "UPDATE head SET state = 0");
	s = state_open(dir, STORE_RUN);
	CHECK(proofs_fetch_cert(s, tbs, &options, &r));
	CHECK(r.fetched == 0 && r.failed == 3);
	CHECK(strstr(r.error, "no verified head") != NULL);
	http_free(options.http);
	state_end(s);
	buf_fini(&error);
	tmpdir_remove(dir);
}

static void
proofs_are_kept_up_to_the_limit(void)
{
	char *dir = tmpdir_new();
	struct store *s = state_open(dir, STORE_RUN);
	struct store_proof p = { .raw = blob_copy(bytes_of("raw")) }, got;

	for (uint64_t i = 0; i <= LIMIT_PROOFS; i++) {
		p.index = i;
		CHECK(store_proof_save(s, &p));
	}
	CHECK(!store_proof_load(s, p.log_id, 0, p.leaf_hash, &got));
	CHECK(store_proof_load(s, p.log_id, 1, p.leaf_hash, &got));
	CHECK(bytes_is(blob_view(got.raw), "raw"));
	store_proof_fini(&got);
	store_proof_fini(&p);
	state_end(s);
	CHECK(state_number(dir, "SELECT count(*) FROM proof") == LIMIT_PROOFS);
	tmpdir_remove(dir);
}

int
main(void)
{
	a_run_fetches_as_many_proofs_as_the_limit();
	unproved_entries_are_counted();
	proofs_are_kept_up_to_the_limit();
	return 0;
}
