/* SPDX-License-Identifier: Apache-2.0 */
/* Files of issuance logs: CA certificates and JSON, and what is refused; and
 * the logs that follow a configured one. */
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <ctwatch/base/limits.h>
#include <ctwatch/net/mtc_cosigners.h>
#include <ctwatch/net/mtc_list.h>

#include "../support/test.h"
#include "../support/tmpdir.h"

/* The Ed25519 key of mirror.example/mtc in data/mtc/example/truth.json. */
#define MIRROR                                                                 \
	"mirror.example/mtc+17546370+"                                         \
	"BAlfOFu9cA/RvVZ9A1t5KHEBzo4xZ3cx9ksUs83pbS1a"

#define LOG                                                                    \
	"{\"ca_id\": \"32473.11\", \"log\": 1, \"url\": "                      \
	"\"https://mtc.example/1\", \"cosigners\": [\"" MIRROR "\"]"

static bool
add(struct loglist *l, const char *text, struct buf *error)
{
	buf_clear(error);
	return mtc_list_add(l, bytes_of(text), "FILE", error);
}

static void
json_has_logs(void)
{
	struct loglist *l = loglist_new();
	const struct loglist_log *log;
	struct mtc_cosigners *c;
	struct buf error;

	buf_init(&error, 4096);
	CHECK(add(l,
	    "{\"format\": \"ctwatch-mtc/1\", \"note\": \"x\", \"draft\": "
	    "\"draft-ietf-plants-merkle-tree-certs-05\", \"logs\": [" LOG
	    "}, {\"ca_id\": \"32473.11\", \"log\": 2, \"url\": "
	    "\"file:///tmp/2/\", \"description\": \"Log two\\u001b\", "
	    "\"operator\": \"Example\", \"quorum\": 1, \"cosigners\": "
	    "[\"" MIRROR "\"]}]}",
	    &error));
	CHECK(l->n == 2);
	log = &l->v[0]; /* "Example" is before "Merkle" */
	CHECK(strcmp(log->description, "Log two\\x1b") == 0);
	CHECK(strcmp(log->url, "file:///tmp/2/") == 0);
	log = &l->v[1];
	CHECK(log->kind == LOG_KIND_MTC && log->listed && log->fault == NULL);
	CHECK(strcmp(log->url, "https://mtc.example/1/") == 0);
	CHECK(strcmp(log->submission_url, "oid/1.3.6.1.4.1.32473.11.0.1") == 0);
	CHECK(strcmp(log->description, "Merkle Tree CA 32473.11, log 1") == 0);
	c = mtc_cosigners_new(blob_view(log->key));
	CHECK(c != NULL && mtc_cosigners_quorum(c) == 1);
	mtc_cosigners_free(c);
	/* the same log in a second file */
	CHECK(!add(l, "{\"logs\": [" LOG "}]}", &error));
	CHECK(strstr(buf_text(&error),
	          "log 1 of CA 32473.11 is configured twice") != NULL);
	buf_fini(&error);
	loglist_free(l);
}

static const struct {
	const char *text, *why;
} bad[] = {
	{ "", "FILE:1: neither" },
	{ "[]", "FILE:1: neither" },
	{ "{\"logs\": []}", "FILE: logs is not an array" },
	{ "{\"format\": \"ctwatch-mtc/2\", \"logs\": [" LOG "}]}",
	    "unknown format ctwatch-mtc/2: this version reads ctwatch-mtc/1" },
	{ "{\"draft\": \"draft-ietf-plants-merkle-tree-certs-09\", \"logs\": "
	  "[" LOG "}]}",
	    "unknown draft draft-ietf-plants-merkle-tree-certs-09" },
	{ "{\"logs\": [" LOG "}], \"lgos\": 1}", "unknown member lgos" },
	{ "{\"logs\": [" LOG ", \"qourum\": 1}]}",
	    "FILE: logs[0]: unknown member qourum" },
	{ "{\"logs\": [" LOG ", \"quorum\": 2}]}",
	    "logs[0]: quorum is not a number from 1 to 1" },
	{ "{\"logs\": [" LOG ", \"quorum\": 0}]}", "quorum is not" },
	{ "{\"logs\": [" LOG "}, " LOG "}]}",
	    "logs[1]: log 1 of CA 32473.11 is configured twice" },
	{ "{\"logs\": [{\"log\": 1}]}", "ca_id is missing" },
	{ "{\"logs\": [{\"ca_id\": \"x\", \"url\": \"https://a/\", "
	  "\"cosigners\": [\"" MIRROR "\"], \"log\": 1}]}",
	    "ca_id is not a trust anchor ID" },
	{ "{\"logs\": [{\"ca_id\": \"1..2\", \"url\": \"https://a/\", "
	  "\"cosigners\": [\"" MIRROR "\"], \"log\": 1}]}",
	    "ca_id is not a trust anchor ID" },
	{ "{\"logs\": [{\"ca_id\": \"1.02\", \"url\": \"https://a/\", "
	  "\"cosigners\": [\"" MIRROR "\"], \"log\": 1}]}",
	    "ca_id is not a trust anchor ID" },
	{ "{\"logs\": [" LOG ", \"description\": 7}]}",
	    "description is no text" },
	{ "{\"logs\": [" LOG ", \"operator\": [\"x\"]}]}",
	    "operator is no text" },
	{ "{\"logs\": [{\"ca_id\": \"1\", \"url\": \"https://a/\", "
	  "\"cosigners\": [\"" MIRROR "\"], \"log\": 65536}]}",
	    "log is not a number from 1 to 65535" },
	{ "{\"logs\": [{\"ca_id\": \"1\", \"url\": \"https://a/\", "
	  "\"cosigners\": [\"" MIRROR "\"]}]}",
	    "log is not a number from 1 to 65535" },
	{ "{\"logs\": [{\"ca_id\": \"1\", \"url\": \"ftp://a/\", "
	  "\"cosigners\": [\"" MIRROR "\"], \"log\": 1}]}",
	    "logs[0]: url: " },
	{ "{\"logs\": [{\"ca_id\": \"1\", \"url\": \"https://a/?x\", "
	  "\"cosigners\": [\"" MIRROR "\"], \"log\": 1}]}",
	    "it has a query" },
	{ "{\"logs\": [{\"ca_id\": \"1\", \"url\": \"https://a/\", "
	  "\"log\": 1}]}",
	    "cosigners is not an array of 1 to" },
	{ "{\"logs\": [{\"ca_id\": \"1\", \"url\": \"https://a/\", "
	  "\"cosigners\": [\"" MIRROR "\", \"" MIRROR "\"], \"log\": 1}]}",
	    "cosigners[1]: the key of cosigners[0]" },
	{ "{\"logs\": [{\"ca_id\": \"1\", \"url\": \"https://a/\", "
	  "\"cosigners\": [\"a+b\"], \"log\": 1}]}",
	    "cosigners[0]: a verifier key is" },
	{ "{\"logs\": [{\"ca_id\": \"1\", \"url\": \"https://a/\", "
	  "\"cosigners\": [7], \"log\": 1}]}",
	    "cosigners[0]: a verifier key is" },
};

static void
faults_are_named(void)
{
	struct buf error;

	buf_init(&error, 4096);
	for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
		struct loglist *l = loglist_new();

		if (add(l, bad[i].text, &error) ||
		    strstr(buf_text(&error), bad[i].why) == NULL) {
			fprintf(
			    stderr, "%s\n%s\n", bad[i].text, buf_text(&error));
			exit(1);
		}
		loglist_free(l);
	}
	buf_fini(&error);
}

/* The certificate of the generator does not name the URL of its logs; mtc.sh
 * has one that does. */
static void
certificates_of_cas_are_read(void)
{
	struct bytes pem = test_data("mtc/example/ca_cert.pem");
	struct bytes plain = test_data("mtc/draft05/cert_32_1.pem");
	struct loglist *l = loglist_new();
	struct buf error;

	buf_init(&error, 4096);
	CHECK(!mtc_list_add(l, pem, "ca.pem", &error));
	CHECK(strstr(buf_text(&error), "ca.pem: it does not name the URL") !=
	    NULL);
	buf_clear(&error);
	CHECK(!mtc_list_add(l, plain, "cert.pem", &error));
	CHECK(strstr(buf_text(&error),
	          "draft-ietf-plants-merkle-tree-certs-05") != NULL);
	CHECK(l->n == 0);
	buf_fini(&error);
	loglist_free(l);
	free((void *)(uintptr_t)pem.p);
	free((void *)(uintptr_t)plain.p);
}

/* ---- the next logs ---- */

static void
write_checkpoint(const char *dir, unsigned log, const char *origin)
{
	char *path = mem_printf("%s/%u", dir, log);
	FILE *f;

	mkdir(path, 0700);
	free(path);
	path = mem_printf("%s/%u/checkpoint", dir, log);
	f = fopen(path, "w");
	CHECK(f != NULL);
	fprintf(f,
	    "%s\n0\n47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=\n\n"
	    "\xe2\x80\x94 x AAAAAAAA\n",
	    origin);
	fclose(f);
	free(path);
}

/* Return how many logs there are after looking for the next ones. */
static size_t
find(const char *dir, const char *url_end)
{
	const struct http_options options = { .user_agent = "test",
		.allow_file = true };
	struct loglist *l = loglist_new();
	char *text = mem_printf(
	    "{\"logs\": [{\"ca_id\": \"32473.11\", \"log\": 1, \"url\": "
	    "\"file://%s%s\", \"cosigners\": [\"" MIRROR "\"]}]}",
	    dir, url_end);
	struct buf error;
	struct http *http;
	size_t n;

	buf_init(&error, 4096);
	http = http_new(&options, &error);
	CHECK(http != NULL && add(l, text, &error));
	mtc_list_next(l, http);
	n = l->n;
	CHECK(l->n_warnings == n - 1);
	for (size_t i = 0; i < n; i++)
		CHECK(strncmp(l->v[i].url, "file://", 7) == 0 &&
		    l->v[i].kind == LOG_KIND_MTC);
	http_free(http);
	loglist_free(l);
	buf_fini(&error);
	free(text);
	return n;
}

static void
next_logs_are_found(void)
{
	char *dir = tmpdir_new();

	CHECK(find(dir, "/1/") == 1);
	write_checkpoint(dir, 2, "oid/1.3.6.1.4.1.32473.11.0.2");
	CHECK(find(dir, "/1/") == 2);
	CHECK(find(dir, "/1") == 2);
	CHECK(find(dir, "/log/") == 1); /* does not end in the number */
	write_checkpoint(dir, 3, "oid/1.3.6.1.4.1.32473.12.0.3");
	CHECK(find(dir, "/1/") == 2); /* another CA's */
	for (unsigned i = 2; i <= 2 + LIMIT_MTC_NEXT; i++) {
		char *origin = mem_printf("oid/1.3.6.1.4.1.32473.11.0.%u", i);

		CHECK(find(dir, "/1/") == (i == 2 ? 2 : i - 1));
		write_checkpoint(dir, i, origin);
		free(origin);
	}
	CHECK(find(dir, "/1/") == 1 + LIMIT_MTC_NEXT);
	tmpdir_remove(dir);
}

int
main(void)
{
	json_has_logs();
	faults_are_named();
	certificates_of_cas_are_read();
	next_logs_are_found();
	return 0;
}
