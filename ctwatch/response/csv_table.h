/* SPDX-License-Identifier: Apache-2.0 */
/*
 * csv_table: a CSV file of CCADB, with columns found by their names.
 */
#ifndef CTWATCH_RESPONSE_CSV_TABLE_H
#define CTWATCH_RESPONSE_CSV_TABLE_H

#include <ctwatch/base/csv.h>

struct dirent;

/* The largest number of columns that a table has. */
#define CSV_TABLE_COLUMNS 16

/* The name of a column in the header. */
struct csv_table_column {
	const char *name;
	bool match; /* a part of the name suffices */
	bool needed;
};

/* A file being read: the positions of its columns, and one record. */
struct csv_table {
	const char *path; /* borrowed */
	const struct csv_table_column *columns;
	size_t n;
	bool complete; /* every needed column is in the header */
	struct csv csv;
	size_t at[CSV_TABLE_COLUMNS]; /* SIZE_MAX: absent */
	struct buf field[CSV_TABLE_COLUMNS];
	struct buf skipped, text;
};

/* Load the *.csv files of a folder, in the order of their names, as scandir
 * does. */
int csv_table_files(const char *dir, struct dirent ***out);

/* Read the file at path and its header.  Return false with the reason in
 * *error.  In any case close it with csv_table_close. */
bool csv_table_open(struct csv_table *t, const char *path,
    const struct csv_table_column *columns, size_t n, struct buf *error);

/* Read the next record; CSV_LAST, CSV_END or CSV_BAD. */
enum csv_result csv_table_next(struct csv_table *t);

/* Return a field of the record without blanks at its ends; borrowed. */
struct bytes csv_table_field(const struct csv_table *t, size_t column);

/* Report whether the file was read to its end: r is CSV_END.  Else return
 * false with the reason in *error. */
bool csv_table_end(
    const struct csv_table *t, enum csv_result r, struct buf *error);

void csv_table_close(struct csv_table *t);

#endif
