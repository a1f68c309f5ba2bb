/* SPDX-License-Identifier: Apache-2.0 */
/* Which CRLs are asked for which certificate; the CRLs themselves are tested
 * by test_crl and the story response. */
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "../support/make_cert.h"
#include "../support/test_server.h"
#include "../support/test_state.h"
#include <ctwatch/base/file.h>
#include <ctwatch/base/limits.h>
#include <ctwatch/base/text.h>
#include <ctwatch/response/revocation.h>
#include <ctwatch/wire/cert.h>

static struct server server;
static atomic_bool silent; /* the server gives no answer */
static const struct http_options http = { .user_agent = "test" };

static bool
answer(struct server *s, int fd, const char *request)
{
	(void)s;
	if (strncmp(request, "GET /junk ", 10) == 0)
		server_say(
		    fd, "HTTP/1.1 200 x\r\nContent-Length: 4\r\n\r\njunk");
	else if (!silent)
		server_say(fd, "HTTP/1.1 404 x\r\nContent-Length: 0\r\n\r\n");
	return false;
}

/* Store a certificate of ca for name; its TBS hash into tbs. */
static void
put(struct store *s, const struct make_cert *m, struct bytes ca, uint8_t *tbs)
{
	struct bytes der = make_cert_der(m);
	struct store_log log = { .next = 0 };
	struct store_cert c = { .kind = LEAF_X509, .der = der };
	struct store_sighting at = { .index = (uint64_t)m->serial };
	struct buf chain;
	struct cert parsed;

	CHECK(cert_parse(der, &parsed) == CERT_OK);
	cert_tbs_hash(&parsed, c.tbs_sha256);
	buf_init(&chain, 65536);
	for (int shift = 16; shift >= 0; shift -= 8)
		buf_add_byte(&chain, (uint8_t)(ca.n >> shift));
	buf_add(&chain, ca);
	c.chain = buf_view(&chain);
	store_log_describe(&log, "log", "operator", "https://log.example/",
	    NULL, bytes_of("key"));
	CHECK(store_log_save(s, &log));
	memcpy(at.tbs_sha256, c.tbs_sha256, SHA256_SIZE);
	CHECK(store_sighting_add(s, &c, &at));
	memcpy(tbs, c.tbs_sha256, SHA256_SIZE);
	store_log_fini(&log);
	buf_fini(&chain);
	make_cert_free(der);
}

/* The certificate's status and why. */
static enum store_revocation_status
look_up(struct store *s, const char *dir, const uint8_t *tbs, const char *ccadb,
    bool allow_private, const char *why)
{
	const struct revocation_options options = { .http = &http,
		.dir = dir,
		.ccadb = ccadb,
		.allow_private = allow_private,
		.now = make_cert_day("2026-10-20") };
	struct revocation_result r;
	struct store_revocation got;
	enum store_revocation_status status;

	CHECK(revocation_check(
	    s, (const uint8_t(*)[SHA256_SIZE])tbs, 1, &options, &r));
	CHECK(r.n == 1);
	CHECK(store_revocation_load(s, tbs, &got));
	status = got.status;
	if (got.why == NULL || strstr(got.why, why) == NULL)
		fprintf(stderr, "%s\n", got.why != NULL ? got.why : "(none)");
	CHECK(got.why != NULL && strstr(got.why, why) != NULL);
	store_revocation_fini(&got);
	return status;
}

/* CCADB's record of the CA with n CRLs. */
static void
write_ccadb(const char *dir, struct bytes ca, int n)
{
	uint8_t digest[SHA256_SIZE];
	char hex[2 * SHA256_SIZE + 1];
	char *path = mem_printf("%s/records.csv", dir);
	struct buf text, error;

	sha256_digest(ca, digest);
	text_hex((struct bytes){ digest, sizeof digest }, hex);
	buf_init(&text, 1 << 20);
	buf_init(&error, 4096);
	buf_printf(&text,
	    "CA Owner,SHA-256 Fingerprint,JSON Array of Partitioned CRLs\n"
	    "CA,%s,\"[",
	    hex);
	for (int i = 0; i < n; i++)
		buf_printf(&text, "%s\"\"http://127.0.0.1:%d/%d\"\"",
		    i > 0 ? "," : "", server.port, i);
	buf_add_text(&text, "]\"\n");
	CHECK(file_replace(path, buf_view(&text), &error));
	buf_fini(&text);
	buf_fini(&error);
	free(path);
}

/* One finding and a certificate that nothing was learned of yet. */
static void
put_finding(struct store *s, uint32_t number, enum store_status status)
{
	struct store_finding f = { .rule = (char *)(uintptr_t) "CTW001",
		.severity = 4,
		.status = status,
		.subject = (char *)(uintptr_t) "s",
		.message = (char *)(uintptr_t) "m",
		.detail = (char *)(uintptr_t) "{}" };

	snprintf(f.id, sizeof f.id, "%064x", number);
	memcpy(f.tbs_sha256, &number, sizeof number);
	CHECK(store_finding_save(s, &f));
}

/* Look one up when there is no time left, or a signal came: nothing is asked,
 * and what is stored stays. */
static bool
yes(void)
{
	return true;
}

static void
what_there_is_no_time_for_stays(
    struct store *s, const char *dir, const uint8_t *tbs)
{
	struct revocation_options options = { .http = &http,
		.dir = dir,
		.ccadb = dir,
		.allow_private = true,
		.now = make_cert_day("2026-10-21") };
	int requests = server.requests;
	struct store_revocation got;
	struct revocation_result r;

	for (int i = 0; i < 2; i++) {
		options.deadline = i == 0 ? 1 : 0;
		options.stopped = i == 0 ? NULL : yes;
		CHECK(revocation_check(
		    s, (const uint8_t(*)[SHA256_SIZE])tbs, 1, &options, &r));
		CHECK(r.n == 0 && r.left == 1);
		CHECK(store_revocation_load(s, tbs, &got));
		CHECK(got.checked == make_cert_day("2026-10-20"));
		store_revocation_fini(&got);
	}
	CHECK(server.requests == requests);
}

/* Two certificates of one CA key, 0x100 and 0x101, the second below another
 * certificate of the CA, name the same CRL: it is fetched once. */
static void
issuers_share_a_crl(struct store *s, const char *dir, struct make_cert leaf,
    struct make_cert ca, struct bytes ca_der)
{
	const struct revocation_options options = { .http = &http,
		.dir = dir,
		.allow_private = true,
		.now = make_cert_day("2026-10-20") };
	char *url = mem_printf("URI:http://127.0.0.1:%d/junk", server.port);
	struct bytes cross = make_cert_der(&ca);
	uint8_t tbs[2][SHA256_SIZE];
	int requests = server.requests;
	struct revocation_result r;

	CHECK(!bytes_equal(cross, ca_der));
	leaf.crl = url;
	for (int i = 0; i < 2; i++) {
		leaf.serial = 0x100 + i;
		put(s, &leaf, i == 0 ? ca_der : cross, tbs[i]);
	}
	CHECK(revocation_check(
	    s, (const uint8_t(*)[SHA256_SIZE])tbs, 2, &options, &r));
	CHECK(r.n == 2 && r.unknown == 2 && r.fetched == 1);
	CHECK(server.requests == requests + 1);
	make_cert_free(cross);
	free(url);
}

static void
put_file(const char *dir, const char *name, int64_t time)
{
	char *path = mem_printf("%s/crl/%s", dir, name);
	struct timespec t[2] = { { .tv_sec = (time_t)(time / TIME_SECOND) } };
	struct buf error;

	t[1] = t[0];
	buf_init(&error, 4096);
	CHECK(file_replace(path, bytes_of("x"), &error));
	CHECK(utimensat(AT_FDCWD, path, t, 0) == 0);
	buf_fini(&error);
	free(path);
}

/* A CRL that no certificate has asked for in 30 days is not kept. */
static void
old_files_are_removed(struct store *s, const char *dir, const uint8_t *tbs)
{
	int64_t now = make_cert_day("2026-10-20");
	char *young = mem_printf("%s/crl/young.crl", dir);
	char *old = mem_printf("%s/crl/old.crl", dir);

	put_file(dir, "young.crl", now - 30 * TIME_DAY);
	put_file(dir, "old.crl", now - 30 * TIME_DAY - TIME_SECOND);
	look_up(s, dir, tbs, NULL, false, "names neither a CRL");
	CHECK(access(young, F_OK) == 0);
	CHECK(access(old, F_OK) != 0);
	free(young);
	free(old);
}

/* So many are chosen, those looked up longest ago first, and none that is
 * revoked or whose findings are closed. */
static void
the_oldest_status_comes_first(void)
{
	char *dir = tmpdir_new();
	struct store *s = state_open(dir, STORE_RUN);
	struct store_revocation r = { .checked = 5 };
	uint8_t(*tbs)[SHA256_SIZE];
	uint32_t first;

	for (uint32_t i = 1; i <= LIMIT_REVOCATIONS_RUN + 3; i++)
		put_finding(s, i, i == 1 ? STORE_CLOSED : STORE_NEW);
	first = 2;
	memcpy(r.tbs_sha256, &first, sizeof first);
	r.status = STORE_REVOCATION_REVOKED;
	CHECK(store_revocation_save(s, &r));
	first = 3;
	memcpy(r.tbs_sha256, &first, sizeof first);
	r.status = STORE_REVOCATION_GOOD;
	CHECK(store_revocation_save(s, &r));
	/* What is left: 1,001, of which the third was looked up. */
	CHECK(revocation_choose(s, &tbs) == LIMIT_REVOCATIONS_RUN);
	for (size_t i = 0; i < LIMIT_REVOCATIONS_RUN; i++) {
		memcpy(&first, tbs[i], sizeof first);
		CHECK(first > 3);
	}
	free(tbs);
	first = 4;
	memcpy(r.tbs_sha256, &first, sizeof first);
	r.checked = 6;
	CHECK(store_revocation_save(s, &r));
	CHECK(revocation_choose(s, &tbs) == LIMIT_REVOCATIONS_RUN);
	memcpy(&first, tbs[LIMIT_REVOCATIONS_RUN - 1], sizeof first);
	CHECK(first == 3);
	free(tbs);
	state_end(s);
	tmpdir_remove(dir);
}

int
main(void)
{
	char *dir = tmpdir_new();
	struct store *s = state_open(dir, STORE_RUN);
	EVP_PKEY *key = make_cert_key(), *other = make_cert_key();
	struct make_cert ca = { .key = key,
		.ca_key = key,
		.subject = "Test CA",
		.basic = "critical,CA:TRUE" };
	struct make_cert leaf = { .key = other,
		.ca_key = key,
		.serial = 1,
		.names = "DNS:a.example",
		.crl = "" };
	struct bytes ca_der = make_cert_der(&ca);
	/* "URI:", LIMIT_URL characters, one more and NUL. */
	char url[4 + LIMIT_URL + 2] = "";
	struct store_revocation got;
	uint8_t tbs[SHA256_SIZE];

	the_oldest_status_comes_first();
	server_start(&server, answer);
	put(s, &leaf, ca_der, tbs);
	CHECK(look_up(s, dir, tbs, NULL, false, "names neither a CRL") ==
	    STORE_REVOCATION_UNKNOWN);
	write_ccadb(dir, ca_der, 3);
	CHECK(look_up(s, dir, tbs, dir, true, "status 404") ==
	    STORE_REVOCATION_UNKNOWN);
	CHECK(server.requests == 3);
	CHECK(look_up(s, dir, tbs, dir, false, "a port other than") ==
	    STORE_REVOCATION_UNKNOWN);
	CHECK(server.requests == 3);
	what_there_is_no_time_for_stays(s, dir, tbs);
	old_files_are_removed(s, dir, tbs);
	/* A host that gives no answer is asked no more. */
	silent = true;
	write_ccadb(dir, ca_der, LIMIT_HOST_FAILURES + 5);
	look_up(s, dir, tbs, dir, true, "its host did not answer before");
	CHECK(server.requests == 3 + LIMIT_HOST_FAILURES);
	write_ccadb(dir, ca_der, LIMIT_HOST_FAILURES);
	server.requests = 0;
	look_up(s, dir, tbs, dir, true, "/2: ");
	CHECK(server.requests == LIMIT_HOST_FAILURES);
	silent = false;
	server.requests = 3;
	/* At most this number of CRLs of an issuer is requested. */
	write_ccadb(dir, ca_der, LIMIT_CRL_URLS + 1);
	look_up(s, dir, tbs, dir, true, "status 404");
	CHECK(server.requests == 3 + LIMIT_CRL_URLS);

	leaf.serial = 2;
	leaf.seconds = 7 * 86400 - 1;
	leaf.not_before = make_cert_day("2026-10-19");
	put(s, &leaf, ca_der, tbs);
	CHECK(look_up(s, dir, tbs, NULL, false, "at most 7 days") ==
	    STORE_REVOCATION_NOT_APPLICABLE);
	leaf.serial = 3;
	leaf.not_before = make_cert_day("2026-10-01");
	put(s, &leaf, ca_der, tbs);
	CHECK(look_up(s, dir, tbs, NULL, false, "has expired") ==
	    STORE_REVOCATION_NOT_APPLICABLE);
	/* An issuer that did not sign it is none. */
	leaf.serial = 4;
	leaf.ca_key = other;
	leaf.seconds = 0;
	leaf.crl = "URI:http://127.0.0.1/x";
	put(s, &leaf, ca_der, tbs);
	CHECK(look_up(s, dir, tbs, NULL, true, "no issuer certificate") ==
	    STORE_REVOCATION_UNKNOWN);
	CHECK(store_revocation_load(s, tbs, &got));
	CHECK(strcmp(got.url, "http://127.0.0.1/x") == 0);
	store_revocation_fini(&got);
	/* A URL that is longer than any is. */
	leaf.serial = 6;
	leaf.ca_key = key;
	memset(url, 'a', sizeof url - 1);
	memcpy(url, "URI:http://127.0.0.1/", 21);
	leaf.crl = url;
	put(s, &leaf, ca_der, tbs);
	CHECK(look_up(s, dir, tbs, NULL, true, "over 2048 bytes") ==
	    STORE_REVOCATION_UNKNOWN);
	leaf.serial = 7;
	url[sizeof url - 2] = '\0';
	put(s, &leaf, ca_der, tbs);
	CHECK(look_up(s, dir, tbs, NULL, false, "no public address") ==
	    STORE_REVOCATION_UNKNOWN);
	leaf.crl = "URI:http://127.0.0.1/x";
	/* Where a certificate may lead: not to this machine. */
	leaf.serial = 5;
	leaf.ca_key = key;
	put(s, &leaf, ca_der, tbs);
	CHECK(look_up(s, dir, tbs, NULL, false, "no public address") ==
	    STORE_REVOCATION_UNKNOWN);
	leaf.ca_key = key;
	leaf.seconds = 0;
	leaf.not_before = 0;
	issuers_share_a_crl(s, dir, leaf, ca, ca_der);
	state_end(s);
	server_stop(&server);
	make_cert_free(ca_der);
	EVP_PKEY_free(key);
	EVP_PKEY_free(other);
	tmpdir_remove(dir);
	return 0;
}
