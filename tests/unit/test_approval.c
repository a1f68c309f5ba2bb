/* SPDX-License-Identifier: Apache-2.0 */
#include <string.h>

#include <openssl/evp.h>

#include <ctwatch/base/file.h>
#include <ctwatch/base/limits.h>
#include <ctwatch/base/text.h>
#include <ctwatch/rotate/approval.h>

#include "../support/make_signer.h"
#include "../support/test_state.h"

static const char pins[] =
    "{\"format\": \"ctwatch-pinset/1\", \"name\": \"x\", \"version\": 4,"
    "\"keys\": [{\"id\": \"a\", \"state\": \"active\", \"spki\": "
    "\"sha256/2Akhj9P130qc68UUS4ySLScYmEuVDr2XSmThg2SLSSg=\"},"
    "{\"id\": \"b\", \"state\": \"backup\", \"spki\": "
    "\"sha256/kEMbGMqYkCwd4jg7eMa+uuaSFBGLZkfxxNcAjcb6l/o=\"}],"
    "\"domains\": []}";

static struct note_key *keys[2];
static char *public_b64[2];

static void
make_people(void)
{
	for (int i = 0; i < 2; i++)
		keys[i] = make_signer("key",
		    EVP_PKEY_Q_keygen(NULL, NULL, "ED25519"), &public_b64[i]);
}

static void
put(const char *path, const char *text)
{
	struct buf error;

	buf_init(&error, 4096);
	CHECK(file_replace(path, bytes_of(text), &error));
	buf_fini(&error);
}

/* Open what dir has; the pinset is at path. */
static void
open_rotation(struct rotation *r, const char *dir, const char *path)
{
	struct buf error;

	buf_init(&error, 4096);
	if (!rotation_open(r, dir, path, NULL, &error))
		fprintf(stderr, "%s\n", buf_text(&error));
	CHECK(error.n == 0);
	buf_fini(&error);
}

/* A proposal of the pinset with this version, as the store may hold it. */
static struct proposal
crafted(const struct rotation *r, const char *version)
{
	char *text = mem_strdup(pins);
	struct proposal p;

	strstr(text, "version\": ")[10] = *version;
	p = (struct proposal){ .action = mem_strdup("edit"),
		.key = mem_strdup(""),
		.proposer = mem_strdup("dave " PROPOSAL_UNAUTHENTICATED),
		.reason = mem_strdup("test"),
		.created = r->now,
		.base = blob_copy(buf_view(&r->text)),
		.text = { (uint8_t *)text, strlen(text) },
		.lines = mem_strdup("") };
	proposal_name(&p);
	return p;
}

/* Do both sign, and is it put in place?  *error says why not. */
static bool
is_taken(
    struct rotation *r, const char *version, int64_t age, struct buf *error)
{
	struct proposal p = crafted(r, version);
	bool ok;

	buf_clear(error);
	p.created -= age;
	ok = approval_add(r, &p, keys[0], NULL, (struct bytes){ 0 }, error) &&
	    approval_add(r, &p, keys[1], NULL, (struct bytes){ 0 }, error);
	/* Signatures do not help either. */
	if (!ok) {
		struct buf text, lines;

		buf_init(&text, 4096);
		buf_init(&lines, 4096);
		CHECK(approval_note(&p, &text, error));
		for (int i = 0; i < 2; i++)
			CHECK(note_key_sign(keys[i],
			    approvers_key(r->trust, keys[i]), buf_view(&text),
			    &lines));
		free(p.lines);
		p.lines = buf_detach(&lines);
		buf_fini(&text);
	}
	ok = approval_activate(r, &p, error);
	proposal_fini(&p);
	return ok;
}

/* The next version is this one and 1; a proposal expires after 30 days. */
static void
takes_the_next_version_in_time(const char *dir)
{
	const int64_t day = INT64_C(24) * 60 * 60 * 1000;
	char *path = mem_printf("%s/p", dir);
	char *trust = mem_printf("%s/p.trust", dir);
	char *text =
	    mem_printf("{\"format\": \"ctwatch-trust/1\", \"threshold\": "
	               "2, \"keys\": {\"alice\": \"%s\", \"bob\": \"%s\"}}",
	        public_b64[0], public_b64[1]);
	struct rotation r;
	struct buf error;

	buf_init(&error, LIMIT_SMALL_BODY);
	put(path, pins);
	put(trust, text);
	open_rotation(&r, dir, path);
	CHECK(!is_taken(&r, "6", 0, &error));
	CHECK(strstr(buf_text(&error), "version 6 does not follow 4") != NULL);
	CHECK(!is_taken(&r, "4", 0, &error));
	CHECK(!is_taken(&r, "3", 0, &error));
	CHECK(!is_taken(&r, "5", 30 * day + 1, &error));
	CHECK(strstr(buf_text(&error), "older than 30 days") != NULL);
	CHECK(is_taken(&r, "5", 30 * day, &error));
	rotation_close(&r);
	open_rotation(&r, dir, path);
	CHECK(r.p->version == 5 && r.status == PINSET_TRUST_OK);
	rotation_close(&r);
	buf_fini(&error);
	free(path);
	free(trust);
	free(text);
}

int
main(void)
{
	char *dir = tmpdir_new();

	make_people();
	takes_the_next_version_in_time(dir);
	tmpdir_remove(dir);
	for (int i = 0; i < 2; i++) {
		note_key_free(keys[i]);
		free(public_b64[i]);
	}
	return 0;
}
