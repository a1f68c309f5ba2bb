/* SPDX-License-Identifier: Apache-2.0 */
/*
 * json_table: reading a JSON file of the user's in which a typing error must not
 * go unseen.
 *
 * Objects are read by tables of their members: one that a table does not
 * have is an error, but for "note" and "x-...", which are free.  Every error
 * names the place: "FILE: domains[2].kyes: unknown member".
 */
#ifndef CTWATCH_POLICY_JSON_TABLE_H
#define CTWATCH_POLICY_JSON_TABLE_H

#include <stddef.h>

#include <ctwatch/base/buf.h>

struct json_t; /* jansson's */

/* Texts and where in their list they stand; sorted by json_table_index_sort. */
struct json_table_index {
	struct json_table_entry {
		struct bytes text; /* borrowed */
		size_t at;
	} * v; /* owned */
	size_t n;
};

/* Where in the file the reading stands.  Begin with file, error and path. */
struct json_table {
	const char *file;
	struct buf *error;
	struct buf path; /* of at most JSON_TABLE_PATH bytes */
	void *arg;       /* the caller's own */
};

/* Longer than any path in a file that is not meant to be a nuisance. */
#define JSON_TABLE_PATH 512

/* A whole number is at most this: as days, a hundred years. */
#define JSON_TABLE_MAX 36500

/* A member of an object; a table ends with one that has no name. */
struct json_table_member {
	const char *name;
	bool (*read)(struct json_table *r, const struct json_t *v, void *out);
	size_t offset; /* of out in the struct that is read */
	bool required;
};

/* Rows of a table: a member that goes where its namesake in a struct is, and
 * that must be there, or may; one whose reader gets the whole struct. */
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

/* Say what is wrong at the path where r stands; false. */
__attribute__((format(printf, 2, 3))) bool json_table_fail(
    struct json_table *r, const char *fmt, ...);

/* Go down in the path: to a member, to an element of list ("" for here). */
void json_table_enter(struct json_table *r, const char *member);
void json_table_element(struct json_table *r, const char *list, size_t i);

/* Parse text as one object without members twice; NULL after json_table_fail. */
struct json_t *json_table_parse(struct json_table *r, struct bytes text);

/* Read an object by its table, members in the table's order. */
bool json_table_object(struct json_table *r, const struct json_t *v,
    const struct json_table_member *members, void *out);

/*
 * Read a list: *list, a pointer to elements of this size, gets room for all
 * of them, zeroed, which the caller frees; *n counts those that hold
 * something, also after a failure.
 */
bool json_table_list(struct json_table *r, const struct json_t *v, void *list,
    size_t size, size_t *n,
    bool (*read)(struct json_table *r, const struct json_t *v, void *out));

/* As json_table_list, into a member of s that has its count beside it. */
#define JSON_TABLE_LIST(r, v, s, member, reader)                               \
	json_table_list((r), (v), &(s)->member, sizeof *(s)->member,           \
	    &(s)->n_##member, (reader))

/*
 * Read v into *out, or say what is wrong and return false.  What out points
 * to, in their order: a char * (not empty, no control characters); the same
 * of ASCII, for what stands in commands and messages; an int64_t in ms; an
 * int from 0; an int from 1.
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

/* Sort, and refuse what stands in list twice as this member. */
bool json_table_index_sort(struct json_table *r, struct json_table_index *ix,
    const char *list, const char *member);

bool json_table_index_find(
    const struct json_table_index *ix, const char *text, size_t *at);

#endif
