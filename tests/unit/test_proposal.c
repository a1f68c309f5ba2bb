/* SPDX-License-Identifier: Apache-2.0 */
#include <string.h>

#include <ctwatch/base/buf.h>
#include <ctwatch/rotate/key_input.h>
#include <ctwatch/rotate/proposal.h>

#include "../support/test_state.h"

/* The first of what is in data/pins/NAME; the caller calls key_input_fini. */
static struct key_input_list
load(const char *name)
{
	char *path = mem_printf("pins/%s", name);
	struct bytes text = test_data(path);
	struct key_input_list l;
	struct buf error;

	buf_init(&error, 4096);
	CHECK(key_input_read(text, &l, &error));
	buf_fini(&error);
	free((void *)(uintptr_t)text.p);
	free(path);
	return l;
}

/* Is the leaf's key confirmed by this evidence, "" being a finding? */
static bool
confirmed(const char *const *files, size_t n)
{
	struct key_input_list leaf = load("leaf.der");
	struct proposal p = { 0 };
	uint8_t spki[SHA256_SIZE];
	bool is;

	sha256_digest(blob_view(leaf.v[0].spki), spki);
	for (size_t i = 0; i < n; i++) {
		bool finding = files[i][0] == '\0';
		struct key_input_list l = load(finding ? "leaf.der" : files[i]);

		proposal_add_evidence(&p,
		    finding ? PROPOSAL_FINDING : key_input_word(l.v[0].kind),
		    files[i], blob_view(l.v[0].der));
		key_input_fini(&l);
	}
	is = proposal_confirmed(&p, "x", spki, blob_view(leaf.v[0].spki));
	proposal_fini(&p);
	key_input_fini(&leaf);
	return is;
}

/* Any reader of a log has the certificate and its key. */
static void
a_certificate_alone_is_no_evidence(void)
{
	CHECK(!confirmed(NULL, 0));
	CHECK(!confirmed((const char *[]){ "" }, 1));
	CHECK(!confirmed((const char *[]){ "", "leaf.der" }, 2));
	CHECK(!confirmed((const char *[]){ "leaf.der" }, 1));
	CHECK(!confirmed((const char *[]){ "root.pem" }, 1));
	CHECK(!confirmed((const char *[]){ "", "public.pem" }, 2));
	CHECK(!confirmed((const char *[]){ "public.pem" }, 1));
	CHECK(confirmed((const char *[]){ "", "request.pem" }, 2));
}

/* A request whose signature is another's proves nothing. */
static void
requires_requests_signed_by_their_key(void)
{
	struct key_input_list l = load("request.pem"), bad;
	struct blob der = blob_copy(blob_view(l.v[0].der));
	uint8_t spki[SHA256_SIZE];
	struct proposal p = { 0 };
	struct buf error;

	buf_init(&error, 4096);
	sha256_digest(blob_view(l.v[0].spki), spki);
	CHECK(l.v[0].proof == KEY_INPUT_PROVED);
	der.p[der.n - 1] ^= 1; /* the end of the signature */
	CHECK(key_input_read(blob_view(der), &bad, &error));
	CHECK(bad.v[0].proof == KEY_INPUT_UNSIGNED);
	proposal_add_evidence(
	    &p, "certificate request", "f", blob_view(bad.v[0].der));
	CHECK(!proposal_confirmed(&p, "x", spki, blob_view(l.v[0].spki)));
	CHECK(proposal_unverifiable(&p, spki, blob_view(l.v[0].spki)) == NULL);
	proposal_fini(&p);
	key_input_fini(&l);
	key_input_fini(&bad);
	buf_fini(&error);
	blob_fini(&der);
}

/* An algorithm that libcrypto lacks is not a bad signature. */
static void
distinguishes_unsupported_algorithms(void)
{
	/* ecdsa-with-SHA256, whose last arc becomes one that is not given. */
	static const uint8_t oid[] = { 0x2a, 0x86, 0x48, 0xce, 0x3d, 0x04, 0x03,
		0x02 };
	struct key_input_list l = load("request.pem"), odd;
	struct blob der = blob_copy(blob_view(l.v[0].der));
	uint8_t *at = memmem(der.p, der.n, oid, sizeof oid);
	uint8_t spki[SHA256_SIZE];
	struct proposal p = { 0 };
	struct buf error;

	buf_init(&error, 4096);
	sha256_digest(blob_view(l.v[0].spki), spki);
	CHECK(at != NULL);
	at[sizeof oid - 1] = 0x7f;
	CHECK(key_input_read(blob_view(der), &odd, &error));
	CHECK(odd.v[0].proof == KEY_INPUT_UNVERIFIABLE);
	proposal_add_evidence(
	    &p, "certificate request", "f", blob_view(odd.v[0].der));
	CHECK(!proposal_confirmed(&p, "x", spki, blob_view(l.v[0].spki)));
	CHECK(strcmp(proposal_unverifiable(&p, spki, blob_view(l.v[0].spki)),
	          "f") == 0);
	proposal_fini(&p);
	key_input_fini(&l);
	key_input_fini(&odd);
	buf_fini(&error);
	blob_fini(&der);
}

/* The statement of a person is evidence if the person has a name. */
static void
requires_statements_of_named_persons(void)
{
	static const uint8_t spki[SHA256_SIZE] = { 1 };
	struct proposal p = { 0 };

	proposal_add_evidence(&p, PROPOSAL_STATEMENT, "", bytes_of("ours"));
	CHECK(!proposal_confirmed(&p, "x", spki, (struct bytes){ 0 }));
	proposal_add_evidence(&p, PROPOSAL_STATEMENT, "eve", bytes_of(""));
	CHECK(!proposal_confirmed(&p, "x", spki, (struct bytes){ 0 }));
	proposal_add_evidence(&p, PROPOSAL_STATEMENT, "bob", bytes_of("ours"));
	CHECK(proposal_confirmed(&p, "x", spki, (struct bytes){ 0 }));
	proposal_fini(&p);
}

static void
a_status_expires_after_30_days(void)
{
	const int64_t day = INT64_C(24) * 60 * 60 * 1000;
	struct proposal p = { .created = 1795000000000 };

	CHECK(proposal_is_open(&p, p.created));
	CHECK(proposal_is_open(&p, p.created + 30 * day));
	CHECK(!proposal_is_open(&p, p.created + 30 * day + 1));
	p.done = true;
	CHECK(!proposal_is_open(&p, p.created));
	p.done = false;
	p.rejected = mem_strdup("no");
	CHECK(!proposal_is_open(&p, p.created));
	free(p.rejected);
}

static struct proposal
make(const char *text)
{
	struct proposal p = { .action = mem_strdup("add"),
		.key = mem_strdup("k"),
		.proposer = mem_strdup("dave"),
		.reason = mem_strdup("\"quoted\"\n\xc3\xa4"),
		.created = 1795000000000,
		.base = blob_copy(bytes_of("{}")),
		.text = blob_copy(bytes_of(text)),
		.lines = mem_strdup("") };

	proposal_name(&p);
	proposal_add_evidence(&p, "public key", "f", bytes_of("der"));
	return p;
}

static void
count(void *arg, const struct proposal *p)
{
	size_t *n = arg;

	CHECK(strlen(p->id) == PROPOSAL_ID);
	++*n;
}

static void
keeps_proposals_in_the_store(void)
{
	char *dir = tmpdir_new();
	struct proposal a = make("one"), b = make("two"), got;
	struct buf error;
	struct store *s;
	size_t n = 0;

	buf_init(&error, 4096);
	s = state_open(dir, STORE_WRITE);
	CHECK(!proposal_load(s, a.id, &got, &error) && error.n > 0);
	/* The head of SHA-256("one"), by sha256sum. */
	CHECK(strcmp(a.id, "7692c3ad3540bb80") == 0);
	CHECK(proposal_save(s, &a, &error) && proposal_save(s, &b, &error));
	free(a.lines);
	a.lines = mem_strdup("a line\n");
	CHECK(proposal_save(s, &a, &error) && store_commit(s));
	store_close(s);
	s = state_open(dir, STORE_WRITE);
	CHECK(proposal_each(s, count, &n, &error) && n == 2);
	CHECK(proposal_load(s, "7692", &got, &error));
	CHECK(strcmp(got.lines, a.lines) == 0);
	CHECK(strcmp(got.reason, a.reason) == 0);
	CHECK(bytes_is(blob_view(got.text), "one") &&
	    bytes_is(blob_view(got.base), "{}"));
	CHECK(got.n_evidence == 1 &&
	    bytes_is(blob_view(got.evidence[0].der), "der"));
	CHECK(got.created == a.created && !got.done && !got.forced);
	CHECK(got.rejected == NULL);
	proposal_fini(&got);
	a.rejected = mem_strdup("wrong \"key\"");
	a.forced = true;
	CHECK(proposal_save(s, &a, &error));
	CHECK(proposal_load(s, a.id, &got, &error));
	CHECK(got.forced && strcmp(got.rejected, a.rejected) == 0);
	proposal_fini(&got);
	CHECK(!proposal_load(s, "", &got, &error));
	store_close(s);
	proposal_fini(&a);
	proposal_fini(&b);
	buf_fini(&error);
	tmpdir_remove(dir);
}

/* More of them than a file of the user's may be long, and bytes that a shell
 * hands on and JSON does not take: nothing of the others is lost. */
static void
a_large_proposal_hides_no_other(void)
{
	char *dir = tmpdir_new(), *long_text = mem_alloc((26 << 20) + 1, 1);
	struct proposal a, b = make("two"), got;
	struct buf error;
	struct store *s;
	size_t n = 0;

	memset(long_text, 'x', 26 << 20);
	a = make(long_text);
	blob_fini(&a.base);
	a.base = blob_copy(blob_view(a.text));
	free(b.reason);
	b.reason = mem_strdup("caf\xe9");
	proposal_add_evidence(&b, "public key", "caf\xe9.pem", bytes_of("der"));
	buf_init(&error, 4096);
	s = state_open(dir, STORE_WRITE);
	CHECK(proposal_save(s, &a, &error) && proposal_save(s, &b, &error));
	CHECK(proposal_each(s, count, &n, &error) && n == 2);
	CHECK(proposal_load(s, b.id, &got, &error));
	CHECK(strcmp(got.reason, "caf\\xe9") == 0);
	CHECK(strcmp(got.evidence[1].source, "caf\\xe9.pem") == 0);
	proposal_fini(&got);
	/* What cannot be read is not written over. */
	CHECK(store_value_save(s, "proposals", bytes_of("[")));
	CHECK(!proposal_save(s, &b, &error) && error.n > 0);
	buf_clear(&error);
	CHECK(!proposal_load(s, b.id, &got, &error) &&
	    strstr(buf_text(&error), "damaged") != NULL);
	CHECK(!proposal_each(s, count, &n, &error));
	store_close(s);
	proposal_fini(&a);
	proposal_fini(&b);
	buf_fini(&error);
	free(long_text);
	tmpdir_remove(dir);
}

int
main(void)
{
	a_certificate_alone_is_no_evidence();
	requires_statements_of_named_persons();
	a_status_expires_after_30_days();
	requires_requests_signed_by_their_key();
	distinguishes_unsupported_algorithms();
	keeps_proposals_in_the_store();
	a_large_proposal_hides_no_other();
	return 0;
}
