/* SPDX-License-Identifier: Apache-2.0 */
/* Limits of limits.h, each at the limit and one past it, where no test of
 * a module or story does. */
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include <openssl/pem.h>

#include "net/http_headers.h"
#include "notify/subprocess.h"
#include "policy/dnsname.h"
#include "policy/name_text.h"
#include "report/html/html.h"
#include <ctwatch/base/limits.h>
#include <ctwatch/notify/hooks.h>
#include <ctwatch/policy/chain.h>
#include <ctwatch/policy/host_pattern.h>
#include <ctwatch/policy/watch.h>
#include <ctwatch/wire/note_key.h>

#include "../support/make_cert.h"
#include "../support/tmpdir.h"

/* n times c, a string that the caller frees. */
static char *
repeated(char c, size_t n)
{
	char *s = mem_alloc(n + 1, 1);

	memset(s, c, n);
	return s;
}

/* LIMIT_CHAIN: a root verifies itself, as often as it is there. */
static size_t
followed(struct bytes der, size_t n)
{
	struct buf elements;
	struct chain chain;

	buf_init(&elements, SIZE_MAX / 2);
	for (size_t i = 0; i < n; i++) {
		buf_add_byte(&elements, (uint8_t)(der.n >> 16));
		buf_add_byte(&elements, (uint8_t)(der.n >> 8));
		buf_add_byte(&elements, (uint8_t)der.n);
		buf_add(&elements, der);
	}
	chain_follow(NULL, der, NULL, buf_view(&elements), &chain);
	buf_fini(&elements);
	CHECK(!chain.broken);
	return chain.n;
}

static void
follows_a_chain_up_to_the_limit(void)
{
	EVP_PKEY *key = make_cert_key();
	struct bytes der = make_cert_der(&(struct make_cert){ .key = key,
	    .ca_key = key,
	    .subject = "Test CA",
	    .basic = "critical,CA:TRUE" });

	CHECK(followed(der, LIMIT_CHAIN - 1) == LIMIT_CHAIN - 1);
	CHECK(followed(der, LIMIT_CHAIN) == LIMIT_CHAIN);
	CHECK(followed(der, LIMIT_CHAIN + 1) == LIMIT_CHAIN);
	make_cert_free(der);
	EVP_PKEY_free(key);
}

/* LIMIT_NOTE_LINES: whether the key's line is found behind others. */
static enum note_error
found_behind(size_t others)
{
	static const char text[] = "some text\n";
	EVP_PKEY *pair = EVP_PKEY_Q_keygen(NULL, NULL, "ED25519");
	BIO *bio = BIO_new(BIO_s_mem());
	struct note_key *key;
	struct note note;
	struct buf whole;
	struct bytes pem;
	char *p;
	long n;
	enum note_error e;

	CHECK(PEM_write_bio_PrivateKey(bio, pair, NULL, NULL, 0, NULL, NULL));
	n = BIO_get_mem_data(bio, &p);
	pem = (struct bytes){ (uint8_t *)p, (size_t)n };
	key = note_key_decrypt("us", pem, NULL, NULL);
	buf_init(&whole, 1 << 16);
	buf_printf(&whole, "%s\n", text);
	for (size_t i = 0; i < others; i++)
		buf_add_text(&whole, "\u2014 others AAAAAAAA\n");
	CHECK(note_key_sign(key, key, bytes_of(text), &whole));
	CHECK(note_parse(buf_view(&whole), &note) == NOTE_OK);
	e = note_key_verify(key, &note);
	buf_fini(&whole);
	note_key_free(key);
	BIO_free(bio);
	EVP_PKEY_free(pair);
	return e;
}

static void
reads_signatures_up_to_the_limit(void)
{
	CHECK(found_behind(LIMIT_NOTE_LINES - 1) == NOTE_OK);
	CHECK(found_behind(LIMIT_NOTE_LINES) == NOTE_TOO_MANY_LINES);
}

static void
keeps_an_entity_tag_up_to_the_limit(void)
{
	char *tag = repeated('a', LIMIT_ETAG + 1);

	tag[0] = tag[LIMIT_ETAG] = '"';
	CHECK(!http_headers_is_etag(tag));
	tag[LIMIT_ETAG] = '\0';
	tag[LIMIT_ETAG - 1] = '"';
	CHECK(http_headers_is_etag(tag));
	free(tag);
}

/* ---- names ---- */

/* Whether a watch list and a pinset take it. */
static bool
takes(const char *name)
{
	struct watch *w = watch_new();
	const char *fault;
	char *host = host_pattern_host(name, &fault);
	struct buf error;
	bool ok;

	buf_init(&error, 4096);
	ok = watch_add(w, bytes_of(name), &error);
	CHECK(ok == (host != NULL));
	free(host);
	buf_fini(&error);
	watch_free(w);
	return ok;
}

/* A name of n characters whose first label has so many. */
static char *
name_of(size_t n, size_t label)
{
	char *name = repeated('a', n);

	for (size_t at = n - strlen(".com"), left = 0; at > label; at--)
		name[at] = left++ % 50 == 0 ? '.' : 'a';
	name[label] = '.';
	if (name[label + 1] == '.')
		name[label + 1] = 'a';
	memcpy(name + n - strlen(".com"), ".com", strlen(".com"));
	return name;
}

static void
takes_names_and_labels_up_to_the_limits(void)
{
	const struct {
		size_t n, label;
		bool ok;
	} t[] = { { LIMIT_NAME, 20, true }, { LIMIT_NAME + 1, 20, false },
		{ 100, LIMIT_LABEL, true }, { 100, LIMIT_LABEL + 1, false } };

	for (size_t i = 0; i < sizeof t / sizeof *t; i++) {
		char *name = name_of(t[i].n, t[i].label);

		CHECK(
		    strlen(name) == t[i].n && strcspn(name, ".") == t[i].label);
		CHECK(takes(name) == t[i].ok);
		free(name);
	}
}

struct readings {
	size_t n, unread, longest;
};

static bool
count_reading(void *arg, const struct dnsname_reading *r)
{
	struct readings *to = arg;

	to->n++;
	to->unread += r->labels.n > 0 && r->labels.p[0] == '?';
	if (r->labels.n > to->longest)
		to->longest = r->labels.n;
	return false;
}

static struct cert_name
dns(const char *text)
{
	return (struct cert_name){ .kind = CERT_DNS, .value = bytes_of(text) };
}

/* LIMIT_IDNA: labels are converted up to the limit. */
static void
converts_as_many_labels_as_the_limit(void)
{
	struct readings seen = { 0 };
	struct dnsname_reader r = { count_reading, &seen, LIMIT_IDNA };
	struct cert_name name = dns("b\u00fccher.example");
	size_t each;

	CHECK(!dnsname_read(&r, &name) && seen.n > 0 && seen.unread == 0);
	each = LIMIT_IDNA - r.idna;
	CHECK(each > 0 && LIMIT_IDNA % each == 0);
	while (r.idna > 0)
		dnsname_read(&r, &name);
	CHECK(seen.unread == 0);
	dnsname_read(&r, &name);
	CHECK(seen.unread > 0);
}

/* LIMIT_READING: of a longer name, what is on the right is read. */
static void
reads_names_up_to_the_limit(void)
{
	for (size_t n = LIMIT_READING - 40; n < LIMIT_READING + 40; n++) {
		char *left = repeated('a', n), *text;
		struct readings seen = { 0 };
		struct dnsname_reader r = { count_reading, &seen, LIMIT_IDNA };
		struct cert_name name;

		for (size_t i = 1; i < n; i += 2)
			left[i] = '.';
		text = mem_printf("%s\u00fc.example", left);
		name = dns(text);
		dnsname_read(&r, &name);
		CHECK(seen.n > 0 && seen.longest <= LIMIT_READING);
		CHECK(seen.longest > LIMIT_READING / 2);
		free(text);
		free(left);
	}
}

/* LIMIT_CERT_TEXT: the longest leaf, in a character set that doubles it. */
static void
shows_the_longest_text(void)
{
	const size_t n = LIMIT_CERT_TEXT / 2;
	char *latin1 = repeated('\xfc', n + 1);
	struct cert_name name = { .kind = CERT_CN,
		.charset = 0x14, /* T61String */
		.value = { (uint8_t *)latin1, n } };
	struct buf out;

	buf_init(&out, LIMIT_CERT_TEXT);
	CHECK(name_text_add(&name, &out) && out.n == LIMIT_CERT_TEXT);
	buf_clear(&out);
	name.value.n++;
	CHECK(!name_text_add(&name, &out));
	buf_fini(&out);
	free(latin1);
}

/* LIMIT_WATCH_STEPS: a star on the right of a name is compared with all that
 * is watched there; with too much it counts as met. */
static bool
meets_among(size_t n)
{
	EVP_PKEY *key = make_cert_key();
	struct bytes der = make_cert_der(&(struct make_cert){
	    .key = key, .ca_key = key, .names = "DNS:none.*.example" });
	struct watch *w = watch_new();
	struct cert c;
	struct buf error;
	bool met;

	buf_init(&error, 4096);
	for (size_t i = 0; i < n; i++) {
		char *item = mem_printf("one.w%zu.example", i);

		CHECK(watch_add(w, bytes_of(item), &error));
		free(item);
	}
	watch_build(w);
	CHECK(cert_parse(der, &c) == CERT_OK);
	met = watch_match(w, &c);
	watch_free(w);
	buf_fini(&error);
	make_cert_free(der);
	EVP_PKEY_free(key);
	return met;
}

static void
compares_as_many_labels_as_the_limit(void)
{
	/* Two for each item: its second label, and its first. */
	CHECK(!meets_among(LIMIT_WATCH_STEPS / 2));
	CHECK(meets_among(LIMIT_WATCH_STEPS / 2 + 1));
}

/* ---- reports and messages ---- */

static void
shows_so_much_on_a_page(void)
{
	char *text = repeated('x', LIMIT_SHOWN_HTML + 1);
	struct buf out;

	buf_init(&out, 4096);
	html_text(&out, text);
	CHECK(strstr(buf_text(&out), "(401 bytes)") != NULL &&
	    strspn(buf_text(&out), "x") == LIMIT_SHOWN_HTML);
	buf_clear(&out);
	text[LIMIT_SHOWN_HTML] = '\0';
	html_text(&out, text);
	CHECK(strcmp(buf_text(&out), text) == 0);
	buf_fini(&out);
	free(text);
}

/* What is quoted of a program that prints n characters and fails. */
static char *
quoted(size_t n)
{
	char *script =
	    mem_printf("head -c %zu /dev/zero | tr '\\0' x; exit 1", n);
	char *const argv[] = { (char[]){ "/bin/sh" }, (char[]){ "-c" }, script,
		NULL };
	char *const envp[] = { (char[]){ "PATH=/usr/bin:/bin" }, NULL };
	struct buf error;

	buf_init(&error, LIMIT_CHILD_OUTPUT);
	CHECK(!subprocess_run(
	    &(struct subprocess){
	        .argv = argv, .envp = envp, .time_limit = 10 * TIME_SECOND },
	    &error));
	free(script);
	return buf_detach(&error);
}

static void
keeps_the_output_of_a_program_up_to_the_limit(void)
{
	char *all = quoted(LIMIT_CHILD_OUTPUT);
	char *more = quoted(LIMIT_CHILD_OUTPUT + 1);

	CHECK(strncmp(all, "exit status 1: xxx", 18) == 0);
	CHECK(strcmp(all, more) == 0);
	free(all);
	free(more);
}

/* How long a hook finds a message that has n characters. */
static void
pass_to_hook(const char *dir, size_t n, size_t want)
{
	char *path = mem_printf("%s/hook", dir);
	char *text = repeated('x', n);
	char *json = mem_printf("{\"event\": \"error\", \"test\": true,"
	                        "\"log\": null, \"finding\":"
	                        " {\"message\": \"%s\"}}",
	    text);
	FILE *f = fopen(path, "w");
	struct buf error;

	CHECK(f != NULL);
	fprintf(f,
	    "#!/bin/sh\n[ ${#CTWATCH_MESSAGE} = %zu ] && grep -q"
	    " '\"x\\{%zu\\}\"' \"$CTWATCH_JSON_FILENAME\"\n",
	    want, n);
	CHECK(fclose(f) == 0 && chmod(path, 0700) == 0);
	buf_init(&error, 4096);
	if (!hooks_run(path, bytes_of(json), NULL, 10 * TIME_SECOND, &error))
		fprintf(stderr, "%s\n", buf_text(&error));
	CHECK(error.n == 0);
	buf_fini(&error);
	free(json);
	free(text);
	free(path);
}

/* LIMIT_HOOK_VALUE: in its environment; in the file is all of it. */
static void
passes_values_to_a_hook_up_to_the_limit(void)
{
	char *dir = tmpdir_new();

	pass_to_hook(dir, LIMIT_HOOK_VALUE, LIMIT_HOOK_VALUE);
	pass_to_hook(dir, LIMIT_HOOK_VALUE + 1, LIMIT_HOOK_VALUE);
	tmpdir_remove(dir);
}

int
main(void)
{
	follows_a_chain_up_to_the_limit();
	reads_signatures_up_to_the_limit();
	keeps_an_entity_tag_up_to_the_limit();
	takes_names_and_labels_up_to_the_limits();
	converts_as_many_labels_as_the_limit();
	reads_names_up_to_the_limit();
	shows_the_longest_text();
	compares_as_many_labels_as_the_limit();
	shows_so_much_on_a_page();
	keeps_the_output_of_a_program_up_to_the_limit();
	passes_values_to_a_hook_up_to_the_limit();
	return 0;
}
