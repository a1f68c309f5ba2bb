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

json_t *
source_lines_json(const json_t *doc, const char *pinset, const char *watchlist)
{
	struct search s = { .wanted = json_object(), .found = json_array() };
	size_t i, k;
	json_t *f, *v;

	json_array_foreach(report_json_at(doc, "findings"), i, f) {
		json_object_set_new(
		    s.wanted, report_json_text(f, "subject"), json_true());
		json_array_foreach(report_json_at(f, "watched"), k, v)
			json_object_set_new(
			    s.wanted, json_string_value(v), json_true());
	}
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
