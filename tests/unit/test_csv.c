/* SPDX-License-Identifier: Apache-2.0 */
/* RFC 4180, rule by rule; the fields wanted were read by Python's csv. */
#include <string.h>

#include "../support/test.h"
#include <ctwatch/base/csv.h>
#include <ctwatch/base/limits.h>

/* The fields of text, each in brackets, records apart by a slash. */
static const char *
fields(const char *text, char separator)
{
	static char out[512];
	enum csv_result r;
	struct buf field;
	struct csv c;

	out[0] = '\0';
	buf_init(&field, 64);
	csv_init(&c, bytes_of(text), separator);
	while ((r = csv_next(&c, &field)) == CSV_FIELD || r == CSV_LAST) {
		strncat(out, "[", 2);
		strncat(out, buf_text(&field), 100);
		strncat(out, r == CSV_LAST ? "]/" : "]", 3);
	}
	strncat(out, r == CSV_BAD ? "!" : "", 2);
	buf_fini(&field);
	return out;
}

static void
check(const char *text, char separator, const char *wanted)
{
	const char *got = fields(text, separator);

	if (strcmp(got, wanted) != 0)
		fprintf(stderr, "%s: %s, not %s\n", text, got, wanted);
	CHECK(strcmp(got, wanted) == 0);
}

int
main(void)
{
	struct buf field;
	struct csv c;
	char *long_field;

	check("", ',', "");
	check("a,b\nc,d\n", ',', "[a][b]/[c][d]/");
	check("a,b\r\nc,d", ',', "[a][b]/[c][d]/");
	check("\xef\xbb\xbf"
	      "a,b\n",
	    ',', "[a][b]/");
	check("a,,\n", ',', "[a][][]/");
	check("a;b,c\n", ';', "[a][b,c]/");
	check("\"AC Camerfirma, S.A.\",x\n", ',', "[AC Camerfirma, S.A.][x]/");
	check("\"two\nlines\r\nthree\",x\n", ',', "[two\nlines\r\nthree][x]/");
	check("\"say \"\"yes\"\"\",\"\"\n", ',', "[say \"yes\"][]/");
	check("a\n\nb\n", ',', "[a]/[]/[b]/");
	check("\"open,\n", ',', "!");
	check("a,\"open", ',', "[a]!");

	/* A field at the limit of its buffer, and one past it. */
	long_field = mem_alloc(LIMIT_CSV_FIELD + 2, 1);
	memset(long_field, 'x', LIMIT_CSV_FIELD + 1);
	buf_init(&field, LIMIT_CSV_FIELD);
	csv_init(&c, bytes_of(long_field), ',');
	CHECK(csv_next(&c, &field) == CSV_BAD);
	long_field[LIMIT_CSV_FIELD] = '\0';
	csv_init(&c, bytes_of(long_field), ',');
	CHECK(csv_next(&c, &field) == CSV_LAST);
	CHECK(field.n == LIMIT_CSV_FIELD);
	csv_init(&c, bytes_of("a\n\"b\nc\"\nd\n"), ',');
	while (csv_next(&c, &field) != CSV_END)
		;
	CHECK(c.line == 5);
	buf_fini(&field);
	free(long_field);
	return 0;
}
