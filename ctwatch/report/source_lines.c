/* SPDX-License-Identifier: Apache-2.0 */
#include <stdlib.h>
#include <string.h>

#include <jansson.h>

#include "report/source_lines.h"
#include <ctwatch/base/file.h>
#include <ctwatch/base/limits.h>
#include <ctwatch/base/mem.h>
#include <ctwatch/base/text.h>
#include <ctwatch/report/collect.h>
#include <ctwatch/report/report_walk.h>

struct search {
	json_t *wanted; /* an object: texts not found yet */
	json_t *found;
	const char *file;
	size_t line;
};

static void
meet(struct search *s, struct bytes name)
{
	char *text = mem_text(name);

	if (json_object_del(s->wanted, text) == 0)
		json_array_append_new(s->found,
		    json_pack("{so so sI}", "pattern", collect_text(text),
		        "file", collect_text(s->file), "line",
		        (json_int_t)s->line));
	free(text);
}

/* One item per line; a comment may follow. */
static void
search_item(struct search *s, struct bytes line)
{
	struct bytes item;

	if (!bytes_until(&line, '#', &item))
		item = line;
	meet(s, text_trim(item));
}

/*
 * Search every string of the line: the first occurrence of a pattern or id is
 * its definition.  Strings with an escape are not found.
 */
static void
search_strings(struct search *s, struct bytes line)
{
	struct bytes skipped, text;

	while (
	    bytes_until(&line, '"', &skipped) && bytes_until(&line, '"', &text))
		meet(s, text);
}

static void
search_file(struct search *s, const char *path,
    void (*each)(struct search *, struct bytes line))
{
	struct buf text, error;
	struct bytes rest, line;

	if (path == NULL || json_object_size(s->wanted) == 0)
		return;
	buf_init(&text, LIMIT_USER_FILE);
	buf_init(&error, 4096);
	s->file = path;
	s->line = 0;
	if (file_read(path, false, &text, &error) == FILE_OK)
		for (rest = buf_view(&text); text_line(&rest, &line);) {
			s->line++;
			each(s, line);
		}
	buf_fini(&text);
	buf_fini(&error);
}

static void
want(struct search *s, const char *text)
{
	json_object_set_new(s->wanted, text, json_true());
}

/* Want what the report shows of an open finding: its texts, escaped. */
static void
want_row(void *arg, const char *subject, const char *watched)
{
	struct search *s = arg;
	json_t *v,
	    *list = watched != NULL ? json_loads(watched, 0, NULL) : NULL,
	    *text = collect_text(subject);
	size_t i;

	want(s, json_is_string(text) ? json_string_value(text) : "");
	json_decref(text);
	json_array_foreach(list, i, v) {
		if (!json_is_string(v))
			continue;
		text = collect_text(json_string_value(v));
		want(s, json_string_value(text));
		json_decref(text);
	}
	json_decref(list);
}

static void
want_finding(struct search *s, const json_t *f)
{
	want(s, report_json_text(f, "subject"));
	for (size_t i = 0; i < report_json_count(f, "watched"); i++)
		want(s, report_json_item_text(f, "watched", i));
}

json_t *
source_lines_json(const struct report *r, struct store *store,
    const char *pinset, const char *watchlist)
{
	struct search s = { .wanted = json_object(), .found = json_array() };
	struct report_walk w = report_walk(r, STORE_ITEM_FINDING);

	store_items_watched(store, want_row, &s);
	while (report_walk_next(&w))
		if (w.status == STORE_CLOSED) /* others are in the store's */
			want_finding(&s, report_walk_json(&w));
	search_file(&s, pinset, search_strings);
	search_file(&s, watchlist, search_item);
	json_decref(s.wanted);
	return s.found;
}

const json_t *
source_lines_of(const json_t *doc, const json_t *finding)
{
	const json_t *place = report_json_find(
	    doc, "places", "pattern", report_json_text(finding, "subject"));

	for (size_t i = 0;
	     place == NULL && i < report_json_count(finding, "watched"); i++)
		place = report_json_find(doc, "places", "pattern",
		    report_json_item_text(finding, "watched", i));
	return place;
}
