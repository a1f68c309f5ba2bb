/* SPDX-License-Identifier: Apache-2.0 */
/* Names of CAs in CSV files of the shape of CCADB's. */
#include <string.h>

#include <ctwatch/base/file.h>
#include <ctwatch/base/mem.h>
#include <ctwatch/response/caa_issuers.h>

#include "../support/tmpdir.h"

#define HEADER                                                                 \
	"\xef\xbb\xbf\"Subject\",\"Subject Key Identifier (Hex)\","            \
	"\"Intermediate Certificate\",\"Recognized CAA Domains\"\r\n"

static char *dir;

static void
put(const char *name, const char *text)
{
	char *path = mem_printf("%s/%s", dir, name);
	struct buf error;

	buf_init(&error, 4096);
	CHECK(file_replace(path, bytes_of(text), &error));
	buf_fini(&error);
	free(path);
}

/* Load the folder; the names of a key identifier are these, between blanks. */
static void
names_are(const char *key_id, size_t n, const char *want)
{
	struct caa_issuers *c;
	const char *const *v;
	struct buf error, got;
	size_t count;

	buf_init(&error, 4096);
	buf_init(&got, 4096);
	c = caa_issuers_load(dir, &error);
	CHECK(c != NULL && error.n == 0);
	v = caa_issuers_find(c, bytes_at(key_id, n), &count);
	CHECK((v == NULL) == (count == 0));
	for (size_t i = 0; i < count; i++)
		buf_printf(&got, "%s ", v[i]);
	if (strcmp(buf_text(&got), want) != 0)
		fprintf(stderr, "got: %s\n", buf_text(&got));
	CHECK(strcmp(buf_text(&got), want) == 0);
	caa_issuers_free(c);
	buf_fini(&error);
	buf_fini(&got);
}

static size_t
count_names(const char *key_id, size_t n)
{
	struct caa_issuers *c;
	struct buf error;
	size_t count;

	buf_init(&error, 4096);
	c = caa_issuers_load(dir, &error);
	CHECK(c != NULL && error.n == 0);
	CHECK(caa_issuers_find(c, bytes_at(key_id, n), &count) != NULL);
	caa_issuers_free(c);
	buf_fini(&error);
	return count;
}

static void
refuses(const char *says)
{
	struct buf error;

	buf_init(&error, 4096);
	CHECK(caa_issuers_load(dir, &error) == NULL);
	if (strstr(buf_text(&error), says) == NULL)
		fprintf(stderr, "%s\n", buf_text(&error));
	CHECK(strstr(buf_text(&error), says) != NULL);
	buf_fini(&error);
}

int
main(void)
{
	char *row;

	dir = tmpdir_new();
	refuses("no CSV file has the columns");
	put("other.csv", "CA Owner,SHA-256 Fingerprint\nx,y\n");
	put("notes.txt", HEADER "\"open quote");
	refuses("AllCAAIdentifiersReportCSVV2");

	put("caa.csv",
	    HEADER
	    "\"CN=A\",\"0A1B\",\"\",\"a.example, B.Example\"\r\n"
	    "\"CN=C\",\"ff:00\",\"\",\"c.example;d.example\ne.example\"\n"
	    "\"CN=none\",\"77\",\"\",\"\"\n"
	    "\"CN=bad\",\"7\",\"\",\"bad.example\"\n"
	    "\"CN=bad\",\"xy\",\"\",\"bad.example\"\n"
	    "\"CN=bad\",\"\",\"\",\"bad.example\"\n"
	    "\"short\"\n");
	names_are("\x0a\x1b", 2, "a.example b.example ");
	names_are("\xff\0", 2, "c.example d.example e.example ");
	names_are("\x0a", 1, "");
	names_are("\x0a\x1b\0", 3, "");
	names_are("\x77", 1, "");
	names_are("", 0, "");
	/* Text of other kinds cannot be a part of a name. */
	put("more.CSV",
	    "Recognized CAA Domains,Subject Key Identifier (Hex)\n"
	    "<b>x.example</b>\x1b,0b0b\n");
	names_are("\x0b\x0b", 2, "b x.example b ");
	/* Another file has more names of the same key. */
	put("more.CSV",
	    "Recognized CAA Domains,Subject Key Identifier (Hex)\n"
	    "x.example,ff00\nx.example,ff00\n");
	CHECK(count_names("\xff\0", 2) == 5);
	/* The longest key identifier, and one byte more. */
	row = mem_printf(
	    HEADER "a,%0128d,,long.example\nb,%0130d,,no.example\n", 0, 0);
	put("long.csv", row);
	free(row);
	names_are((char[64]){ 0 }, 64, "long.example ");
	names_are((char[65]){ 0 }, 65, "");
	put("more.CSV", HEADER "\"CN=A");
	refuses("more.CSV:2: an unterminated quote");
	tmpdir_remove(dir);
	return 0;
}
