/* SPDX-License-Identifier: Apache-2.0 */
/*
 * json_table: strict reading of the user's JSON files, so that a typing error
 * is an error.
 *
 * A table lists the members of an object.  A member that is not in the table is
 * an error, except "note" and "x-...".  Every error names the place: "FILE:
 * domains[2].kyes: unknown member".
 */
#ifndef CTWATCH_POLICY_JSON_TABLE_H
#define CTWATCH_POLICY_JSON_TABLE_H

#include <stddef.h>

#include <ctwatch/base/buf.h>

struct json_t; /* jansson's */

/* Texts and their positions in a list; sorted by json_table_index_sort. */
struct json_table_index {
	struct json_table_entry {
		struct bytes text; /* borrowed */
		size_t at;
	} * v; /* owned */
	size_t n;
};

/* The current position in the file.  Initialize file, error and path. */
struct json_table {
	const char *file;
	struct buf *error;
	struct buf path; /* of at most JSON_TABLE_PATH bytes */
	void *arg;       /* the caller's own */
};

/* Longer than the paths in any sensible file. */
#define JSON_TABLE_PATH 512

/* Maximum of whole numbers: a hundred years in days. */
#define JSON_TABLE_MAX 36500

/* A member of an object; a table ends with one that has no name. */
struct json_table_member {
	const char *name;
	bool (*read)(struct json_table *r, const struct json_t *v, void *out);
	size_t offset; /* of out in the struct that is read */
	bool required;
};

/* Rows of a table: a required and an optional member, stored in the struct
 * member of the same name; and one whose reader gets the whole struct. */
#define JSON_TABLE_ROW(member, reader, at, must)                               \
	{                                                                      \
		.name = #member, .read = (reader), .offset = (at),             \
		.required = (must)                                             \
	}
#define JSON_TABLE_MUST(member, reader, type)                                  \
	JSON_TABLE_ROW(member, reader, offsetof(struct type, member), true)
#define JSON_TABLE_MAY(member, reader, type)                                   \
	JSON_TABLE_ROW(member, reader, offsetof(struct type, member), false)
#define JSON_TABLE_WHOLE(member, reader, must)                                 \
	JSON_TABLE_ROW(member, reader, 0, must)

/* Set the error at the current path of r; return false. */
__attribute__((format(printf, 2, 3))) bool json_table_fail(
    struct json_table *r, const char *fmt, ...);

/* Extend the path: by a member, by an element of list ("" for the current
 * one). */
void json_table_enter(struct json_table *r, const char *member);
void json_table_element(struct json_table *r, const char *list, size_t i);

/* Parse text as one object without duplicate members; NULL after
 * json_table_fail. */
struct json_t *json_table_parse(struct json_table *r, struct bytes text);

/* Read the members of an object in the order of its table. */
bool json_table_object(struct json_table *r, const struct json_t *v,
    const struct json_table_member *members, void *out);

/*
 * Read a list: *list, a pointer to elements of this size, is allocated for all
 * of them, zeroed, and freed by the caller; *n counts those that were filled,
 * also after a failure.
 */
bool json_table_list(struct json_table *r, const struct json_t *v, void *list,
    size_t size, size_t *n,
    bool (*read)(struct json_table *r, const struct json_t *v, void *out));

/* As json_table_list, into a member of s that has its count beside it. */
#define JSON_TABLE_LIST(r, v, s, member, reader)                               \
	json_table_list((r), (v), &(s)->member, sizeof *(s)->member,           \
	    &(s)->n_##member, (reader))

/*
 * Read v into *out; return false after json_table_fail.  out points, in this
 * order, to: a char * (not empty, no control characters); the same in ASCII,
 * for use in commands and messages; an int64_t in ms; an int from 0; an int
 * from 1.
 */
bool json_table_text(struct json_table *r, const struct json_t *v, void *out);
bool json_table_name(struct json_table *r, const struct json_t *v, void *out);
bool json_table_time(struct json_table *r, const struct json_t *v, void *out);
bool json_table_days(struct json_table *r, const struct json_t *v, void *out);
bool json_table_count(struct json_table *r, const struct json_t *v, void *out);

/* One of the words, as its place in the list that NULL ends. */
bool json_table_word(struct json_table *r, const struct json_t *v,
    const char *const *words, int *out);

/* Add a text, in the order of the list. */
void json_table_index_add(struct json_table_index *ix, struct bytes text);

/* Sort, and fail if two elements of list have the same text in this member. */
bool json_table_index_sort(struct json_table *r, struct json_table_index *ix,
    const char *list, const char *member);

bool json_table_index_find(
    const struct json_table_index *ix, const char *text, size_t *at);

#endif
