/* SPDX-License-Identifier: Apache-2.0 */
/* formats: write pins, and read them back. */
#include <string.h>

#include <ctwatch/base/limits.h>
#include <ctwatch/rotate/formats.h>

#include "../support/read_pins.h"
#include "../support/test.h"

static const char pinset_text[] =
    "{\"format\": \"ctwatch-pinset/1\", \"name\": \"example--x\","
    " \"version\": 7, \"keys\": ["
    "{\"id\": \"leaf\", \"spki\": \"sha256/" LEAF "\", \"state\": \"active\","
    " \"spki_der\": \"MFkwEwYHKoZIzj0CAQYIKoZIzj0DAQcDQgAEdHdLTxXTfxeA05eE"
    "AU66/h56nVuuSFLYQuTJW4ofkeoZqMEaP4mziH/U4VhNqh9n4Mncw065IgizmdbSf8vMbg"
    "==\"},"
    "{\"id\": \"next\", \"spki\": \"sha256/" RFC1 "\","
    " \"state\": \"backup\", \"alg\": \"ec-p521\"},"
    "{\"id\": \"soon\", \"spki\": \"sha256/" RFC2 "\","
    " \"state\": \"proposed\"},"
    "{\"id\": \"old\", \"spki\": \"sha256/" RFC3 "\","
    " \"state\": \"retired\"},"
    "{\"id\": \"lost\", \"spki\": \"sha256/" OKHTTP "\","
    " \"state\": \"compromised\"},"
    "{\"id\": \"root\", \"spki\": \"sha256/" ROOT "\","
    " \"state\": \"active\"}],"
    "\"domains\": ["
    "{\"pattern\": \"**.example.com\", \"keys\": [\"leaf\", \"next\","
    " \"soon\", \"old\", \"lost\"], \"exclude\": [\"status.example.com\"]},"
    "{\"pattern\": \"*.example.net\", \"keys\": [\"leaf\", \"next\"]},"
    "{\"pattern\": \"ca.example.org\", \"kind\": \"ca\","
    " \"keys\": [\"root\"]}]}";

/* Export to format, naming host if not NULL; then read it back. */
static char *export(
    const char *format, const char *host, size_t *losses, char **text)
{
	const struct formats_format *f = formats_find(format);
	const struct formats_choice choice = { &host, host != NULL, NULL, 0,
		"4.3" };
	struct pinlist l = { 0 }, back;
	struct buf out, error;
	struct pinset *p;
	char *title, *said;

	buf_init(&out, LIMIT_PIN_FILE);
	buf_init(&error, 4096);
	p = pinset_parse(bytes_of(pinset_text), "p", &error);
	if (p == NULL)
		fprintf(stderr, "%s\n", buf_text(&error));
	CHECK(p != NULL);
	if (!formats_project(f, p, &choice, &l, &error))
		fprintf(stderr, "%s\n", buf_text(&error));
	*losses = l.n_warnings;
	title = formats_title(p, &l);
	CHECK(strstr(title, "--") == NULL);
	CHECK(f->write(&l, title, &out));
	*text = buf_detach(&out);
	said = read_text(format, bytes_of(*text), &back);
	CHECK(said != NULL);
	free(title);
	pinset_free(p);
	pinlist_fini(&l);
	pinlist_fini(&back);
	buf_fini(&error);
	return said;
}

/* L is the leaf, N the backup key, R the root; losses are counted. */
static const struct {
	const char *format, *host;
	size_t losses;
	const char *says;
} exports[] = {
	{ "okhttp", NULL, 1,
	    "**.example.com L " RFC1 "\n*.example.net L " RFC1
	    "\nca.example.org R\n" },
	{ "okhttp-java", NULL, 1,
	    "**.example.com L " RFC1 "\n*.example.net L " RFC1
	    "\nca.example.org R\n" },
	{ "plain", NULL, 1,
	    "**.example.com L " RFC1 "\n*.example.net L " RFC1
	    "\nca.example.org R\n" },
	{ "csv", NULL, 1,
	    "**.example.com L " RFC1 "\n*.example.net L " RFC1
	    "\nca.example.org R\n" },
	/* Widened, and TrustKit does not support P-521 and requires two
	 * pins. */
	{ "trustkit", NULL, 6,
	    "**.example.com L\n!status.example.com\n**.example.net L\n"
	    "ca.example.org R\n" },
	{ "react-native", NULL, 7,
	    "**.example.com L\n**.example.net L\nca.example.org R\n" },
	{ "android", NULL, 1,
	    "**.example.com L " RFC1 "\n!status.example.com\n"
	    "**.example.net L " RFC1 "\nca.example.org R\n" },
	/* Narrowed to one label, excluded names pinned, the apex too. */
	{ "apple", NULL, 3,
	    "example.com L:leaf " RFC1 ":leaf\n*.example.com L:leaf " RFC1
	    ":leaf\nexample.net L:leaf " RFC1
	    ":leaf\n*.example.net L:leaf " RFC1
	    ":leaf\nca.example.org R:ca\n" },
	{ "tlsa", "www.example.com", 0,
	    "www.example.com:443 L:leaf " RFC1 ":leaf\n" },
	{ "tlsa", "ca.example.org", 0, "ca.example.org:443 R:ca\n" },
	{ "curl", "www.example.com", 0, "(any host) L:leaf " RFC1 ":leaf\n" },
	{ "hex", "www.example.com", 0, "(any host) L " RFC1 "\n" },
	{ "envoy", "www.example.com", 0, "(any host) L:leaf " RFC1 ":leaf\n" },
	{ "hpkp", "www.example.com", 0, "(any host) L " RFC1 "\n" },
	/* The backup's key is known by its digest alone. */
	{ "pem", "www.example.com", 1, "(any host) L\n" },
	{ "immudb-vault", "www.example.com", 1, "www.example.com L\n" },
};

static void
writes_what_it_reads(void)
{
	for (size_t i = 0; i < sizeof exports / sizeof *exports; i++) {
		char *text, *said;
		size_t losses;

		said =
		    export(exports[i].format, exports[i].host, &losses, &text);
		if (strcmp(said, exports[i].says) != 0 ||
		    losses != exports[i].losses)
			fprintf(stderr, "%s: %zu losses\n%s", exports[i].format,
			    losses, said);
		CHECK(strcmp(said, exports[i].says) == 0);
		CHECK(losses == exports[i].losses);
		/* Never a key that is not to be trusted. */
		CHECK(strstr(text, RFC2) == NULL);
		CHECK(strstr(text, RFC3) == NULL);
		CHECK(strstr(text, OKHTTP) == NULL);
		free(said);
		free(text);
	}
}

static void
refuses_what_it_cannot_write(void)
{
	static const char *const ca[] = { "ca.example.org" };
	static const char *const unrelated[] = { "example.edu" };
	const struct formats_choice all = { NULL, 0, NULL, 0, NULL };
	const struct formats_choice one = { ca, 1, NULL, 0, NULL };
	const struct formats_choice none = { unrelated, 1, NULL, 0, NULL };
	struct pinlist l = { 0 };
	struct buf error;
	struct pinset *p;

	buf_init(&error, 4096);
	p = pinset_parse(bytes_of(pinset_text), "p", &error);
	/* curl compares the leaf alone: a CA's pin could never match. */
	CHECK(!formats_project(formats_find("curl"), p, &one, &l, &error));
	pinlist_fini(&l);
	/* Which of three hosts? */
	CHECK(!formats_project(formats_find("hex"), p, &all, &l, &error));
	CHECK(strstr(buf_text(&error), "--host") != NULL);
	pinlist_fini(&l);
	CHECK(!formats_project(formats_find("okhttp"), p, &none, &l, &error));
	pinlist_fini(&l);
	pinset_free(p);
	buf_fini(&error);
}

int
main(void)
{
	writes_what_it_reads();
	refuses_what_it_cannot_write();
	return 0;
}
