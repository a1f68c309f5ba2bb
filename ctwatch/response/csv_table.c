/* SPDX-License-Identifier: Apache-2.0 */
#include <assert.h>
#include <dirent.h>
#include <string.h>
#include <strings.h>

#include "response/csv_table.h"
#include <ctwatch/base/file.h>
#include <ctwatch/base/limits.h>
#include <ctwatch/base/text.h>

static int
is_csv(const struct dirent *d)
{
	const char *dot = strrchr(d->d_name, '.');

	return dot != NULL && strcasecmp(dot, ".csv") == 0;
}

int
csv_table_files(const char *dir, struct dirent ***out)
{
	return scandir(dir, out, is_csv, alphasort);
}

static bool
is_named(struct bytes field, const struct csv_table_column *c)
{
	size_t len = strlen(c->name);

	field = text_trim(field);
	if (!c->match)
		return field.n == len &&
		    strncasecmp((const char *)field.p, c->name, len) == 0;
	return memmem(field.p, field.n, c->name, len) != NULL;
}

static void
read_header(struct csv_table *t)
{
	enum csv_result r = CSV_FIELD;

	for (size_t c = 0; c < t->n; c++)
		t->at[c] = SIZE_MAX;
	for (size_t i = 0; r == CSV_FIELD; i++) {
		r = csv_next(&t->csv, &t->skipped);
		if (r != CSV_FIELD && r != CSV_LAST)
			break;
		for (size_t c = 0; c < t->n; c++)
			if (t->at[c] == SIZE_MAX &&
			    is_named(buf_view(&t->skipped), &t->columns[c]))
				t->at[c] = i;
	}
	t->complete = true;
	for (size_t c = 0; c < t->n; c++)
		if (t->columns[c].needed && t->at[c] == SIZE_MAX)
			t->complete = false;
}

bool
csv_table_open(struct csv_table *t, const char *path,
    const struct csv_table_column *columns, size_t n, struct buf *error)
{
	bool ok;

	assert(n <= CSV_TABLE_COLUMNS);
	*t = (struct csv_table){ .path = path, .columns = columns, .n = n };
	for (size_t c = 0; c < CSV_TABLE_COLUMNS; c++)
		buf_init(&t->field[c], LIMIT_CSV_FIELD);
	buf_init(&t->skipped, LIMIT_CSV_FIELD);
	buf_init(&t->text, LIMIT_CSV_FILE);
	ok = file_read(path, false, &t->text, error) == FILE_OK;
	csv_init(&t->csv, buf_view(&t->text), ',');
	if (ok)
		read_header(t);
	return ok;
}

static struct buf *
buffer_of(struct csv_table *t, size_t column)
{
	for (size_t c = 0; c < t->n; c++)
		if (t->at[c] == column)
			return &t->field[c];
	return &t->skipped;
}

enum csv_result
csv_table_next(struct csv_table *t)
{
	enum csv_result r = CSV_FIELD;

	for (size_t c = 0; c < t->n; c++)
		buf_clear(&t->field[c]);
	for (size_t i = 0; r == CSV_FIELD; i++)
		r = csv_next(&t->csv, buffer_of(t, i));
	return r;
}

struct bytes
csv_table_field(const struct csv_table *t, size_t column)
{
	return text_trim(buf_view(&t->field[column]));
}

bool
csv_table_end(const struct csv_table *t, enum csv_result r, struct buf *error)
{
	if (r == CSV_BAD)
		buf_printf(error,
		    "%s:%zu: an unterminated quote, or a field over %d bytes",
		    t->path, t->csv.line, LIMIT_CSV_FIELD);
	return r == CSV_END;
}

void
csv_table_close(struct csv_table *t)
{
	for (size_t c = 0; c < CSV_TABLE_COLUMNS; c++)
		buf_fini(&t->field[c]);
	buf_fini(&t->skipped);
	buf_fini(&t->text);
}
