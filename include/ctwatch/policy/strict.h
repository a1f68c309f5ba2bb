/* SPDX-License-Identifier: Apache-2.0 */
/*
 * strict: reading a JSON file of the user's in which a typing error must not
 * go unseen.
 *
 * Objects are read by tables of their members: one that a table does not
 * have is an error, but for "note" and "x-...", which are free.  Every error
 * names the place: "FILE: domains[2].kyes: unknown member".
 */
#ifndef CTWATCH_POLICY_STRICT_H
#define CTWATCH_POLICY_STRICT_H

#include <stddef.h>

#include <ctwatch/base/buf.h>

struct json_t; /* jansson's */

/* Texts and where in their list they stand; sorted by strict_index_sort. */
struct strict_index {
	struct strict_entry {
		struct bytes text; /* borrowed */
		size_t at;
	} * v; /* owned */
	size_t n;
};

/* Where in the file the reading stands.  Begin with file, error and path. */
struct strict {
	const char *file;
	struct buf *error;
	struct buf path; /* of at most STRICT_PATH bytes */
	void *arg;       /* the caller's own */
};

/* Longer than any path in a file that is not meant to be a nuisance. */
#define STRICT_PATH 512

/* A whole number is at most this: as days, a hundred years. */
#define STRICT_MAX 36500

/* A member of an object; a table ends with one that has no name. */
struct strict_member {
	const char *name;
	bool (*read)(struct strict *r, const struct json_t *v, void *out);
	size_t offset; /* of out in the struct that is read */
	bool required;
};

/* Rows of a table: a member that goes where its namesake in a struct is, and
 * that must be there, or may; one whose reader gets the whole struct. */
#define STRICT_ROW(member, reader, at, must)                                   \
	{                                                                      \
		.name = #member, .read = (reader), .offset = (at),             \
		.required = (must)                                             \
	}
#define STRICT_MUST(member, reader, type)                                      \
	STRICT_ROW(member, reader, offsetof(struct type, member), true)
#define STRICT_MAY(member, reader, type)                                       \
	STRICT_ROW(member, reader, offsetof(struct type, member), false)
#define STRICT_WHOLE(member, reader, must) STRICT_ROW(member, reader, 0, must)

/* Say what is wrong at the path where r stands; false. */
__attribute__((format(printf, 2, 3))) bool strict_fail(
    struct strict *r, const char *fmt, ...);

/* Go down in the path: to a member, to an element of list ("" for here). */
void strict_enter(struct strict *r, const char *member);
void strict_element(struct strict *r, const char *list, size_t i);

/* Parse text as one object without members twice; NULL after strict_fail. */
struct json_t *strict_parse(struct strict *r, struct bytes text);

/* Read an object by its table, members in the table's order. */
bool strict_object(struct strict *r, const struct json_t *v,
    const struct strict_member *members, void *out);

/*
 * Read a list: *list, a pointer to elements of this size, gets room for all
 * of them, zeroed, which the caller frees; *n counts those that hold
 * something, also after a failure.
 */
bool strict_list(struct strict *r, const struct json_t *v, void *list,
    size_t size, size_t *n,
    bool (*read)(struct strict *r, const struct json_t *v, void *out));

/* As strict_list, into a member of s that has its count beside it. */
#define STRICT_LIST(r, v, s, member, reader)                                   \
	strict_list((r), (v), &(s)->member, sizeof *(s)->member,               \
	    &(s)->n_##member, (reader))

/*
 * Read v into *out, or say what is wrong and return false.  What out points
 * to, in their order: a char * (not empty, no control characters); the same
 * of ASCII, for what stands in commands and messages; an int64_t in ms; an
 * int from 0; an int from 1.
 */
bool strict_text(struct strict *r, const struct json_t *v, void *out);
bool strict_name(struct strict *r, const struct json_t *v, void *out);
bool strict_time(struct strict *r, const struct json_t *v, void *out);
bool strict_days(struct strict *r, const struct json_t *v, void *out);
bool strict_count(struct strict *r, const struct json_t *v, void *out);

/* One of the words, as its place in the list that NULL ends. */
bool strict_word(struct strict *r, const struct json_t *v,
    const char *const *words, int *out);

/* Add a text, in the order of the list. */
void strict_index_add(struct strict_index *ix, struct bytes text);

/* Sort, and refuse what stands in list twice as this member. */
bool strict_index_sort(struct strict *r, struct strict_index *ix,
    const char *list, const char *member);

bool strict_index_find(
    const struct strict_index *ix, const char *text, size_t *at);

#endif
