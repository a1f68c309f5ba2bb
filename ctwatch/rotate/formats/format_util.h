/* SPDX-License-Identifier: Apache-2.0 */
/*
 * format_util: functions shared by several formats.
 */
#ifndef CTWATCH_ROTATE_FORMATS_FORMAT_UTIL_H
#define CTWATCH_ROTATE_FORMATS_FORMAT_UTIL_H

#include <ctwatch/rotate/pinlist.h>

struct json_t;

/* Parse yyyy-MM-dd into ms. */
bool format_util_date(const char *text, int64_t *out);

/*
 * Parse JSON; NULL with *error, "LINE: why".  The caller releases it.
 */
struct json_t *format_util_json(struct bytes text, struct buf *error);

/* Report whether text begins like a JSON object or array. */
bool format_util_is_json(struct bytes text);

/* The string of a member of an object, or NULL; borrowed. */
const char *format_util_member(const struct json_t *object, const char *name);

/* Append root as indented JSON and release it. */
bool format_util_write_json(struct json_t *root, struct buf *out);

/* Append each line of title as a comment, between before and after. */
void format_util_comment(
    struct buf *out, const char *before, const char *title, const char *after);

/* Write a property list: in the dictionary outer the dictionary inner, with what
 * write_host appends for each host of the list. */
bool format_util_plist(const struct pinlist *list, const char *title,
    const char *outer, const char *inner,
    void (*write_host)(const struct pinlist_host *h, struct buf *out),
    struct buf *out);

/* Report whether lint can judge a pattern of this host: labels with a dot, with
 * or without port, star or scheme. */
bool format_util_is_host(struct bytes word);

#endif
