/* SPDX-License-Identifier: Apache-2.0 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <jansson.h>

#include "cli/cmd_util.h"
#include <ctwatch/base/escape.h>
#include <ctwatch/base/guess.h>
#include <ctwatch/base/limits.h>
#include <ctwatch/base/msg.h>
#include <ctwatch/base/time.h>
#include <ctwatch/cli/cli.h>
#include <ctwatch/report/collect.h>
#include <ctwatch/report/report_json.h>

const char *const cmd_util_forms[] = { "text", "json", NULL };
const char *const cmd_util_severities[] = { "note", "low", "medium", "high",
	"critical", NULL };

struct store *
cmd_util_store(const struct opts_common *common, enum store_mode mode)
{
	char *dir = opts_state_dir(common);
	struct store *s;
	struct buf error;

	buf_init(&error, 4096);
	s = store_open(dir, mode, &error);
	if (s == NULL)
		msg_error("%s", buf_text(&error));
	buf_fini(&error);
	free(dir);
	return s;
}

bool
cmd_util_pinset(
    const struct opts_common *common, bool need, struct pinset **out)
{
	struct blob text;
	struct buf error;

	*out = NULL;
	if (common->pinset == NULL) {
		if (need)
			msg_error("no pinset: give --pinset FILE");
		return !need;
	}
	if (!opts_read_file(common->pinset, LIMIT_USER_FILE, &text))
		return false;
	buf_init(&error, 4096);
	*out = pinset_parse_at(blob_view(text), common->pinset, &error);
	if (*out == NULL)
		msg_error("%s", buf_text(&error));
	buf_fini(&error);
	blob_fini(&text);
	return *out != NULL;
}

const struct report_writer *
cmd_util_writer(const char *format)
{
	const struct report_writer *w = report_writer(format), *all;
	struct guess g = { .typed = format };
	struct buf names;
	size_t n;

	if (w != NULL)
		return w;
	buf_init(&names, SIZE_MAX / 2);
	all = report_writers(&n);
	for (size_t i = 0; i < n; i++) {
		buf_printf(&names, "%s%s", i > 0 ? ", " : "", all[i].name);
		guess_offer(&g, all[i].name);
	}
	if (g.word != NULL)
		msg_error("--format: unknown format '%s'; did you mean %s? "
		          "There are %s.",
		    format, g.word, buf_text(&names));
	else
		msg_error("--format: unknown format '%s': give one of %s",
		    format, buf_text(&names));
	buf_fini(&names);
	return NULL;
}

int
cmd_util_print(const struct buf *b)
{
	if (fwrite(b->p, 1, b->n, stdout) == b->n && fflush(stdout) == 0)
		return CLI_CLEAN;
	msg_error("standard output: %s", strerror(errno));
	return CLI_UNDELIVERED;
}

void
cmd_util_wrap(struct buf *out, size_t column, const char *text)
{
	size_t room = 79 - column;
	struct buf safe;
	const char *p;

	buf_init(&safe, SIZE_MAX / 2);
	escape_line(&safe, bytes_of(text), 8 * LIMIT_SHOWN_TEXT);
	for (p = buf_text(&safe); strlen(p) > room; p += strspn(p, " ")) {
		size_t n = room;

		/* Do not break a word that is longer than a line. */
		while (n > 0 && p[n] != ' ')
			n--;
		if (n == 0)
			n = strcspn(p, " ");
		if (p[n] == '\0')
			break;
		buf_printf(out, "%.*s\n%*s", (int)n, p, (int)column, "");
		p += n;
	}
	buf_printf(out, "%s\n", p);
	buf_fini(&safe);
}

static int
add(const char *text, size_t n, void *out)
{
	return buf_add(out, bytes_at(text, n)) ? 0 : -1;
}

void
cmd_util_json(const json_t *v, struct buf *out)
{
	json_dump_callback(v, add, out, JSON_INDENT(2));
	buf_add_byte(out, '\n');
}

int
cmd_util_print_json(json_t *doc)
{
	struct buf out;
	int status;

	buf_init(&out, SIZE_MAX / 2);
	cmd_util_json(doc, &out);
	json_decref(doc);
	status = cmd_util_print(&out);
	buf_fini(&out);
	return status;
}

struct report *
cmd_util_findings(struct store *s)
{
	struct report *r = report_findings(s, time_now());

	if (r == NULL)
		msg_error("%s", store_error(s));
	return r;
}

struct count {
	const char *prefix;
	size_t n;
};

static void
count_prefix(void *arg, const struct store_finding *f)
{
	struct count *c = arg;

	c->n += strncmp(f->id, c->prefix, strlen(c->prefix)) == 0;
}

bool
cmd_util_find(struct store *s, const char *prefix, struct store_finding *out)
{
	struct count c = { prefix, 0 };

	if (store_finding_load(s, prefix, out))
		return true;
	store_findings_each(s, count_prefix, &c);
	if (*store_error(s) != '\0')
		msg_error("%s", store_error(s));
	else if (c.n > 1)
		msg_error("%zu findings have an id that begins with %s: give "
		          "more digits",
		    c.n, prefix);
	else
		msg_error("no finding has an id that begins with %s; see "
		          "ctwatch findings list",
		    prefix);
	return false;
}

bool
cmd_util_finding_json(struct store *s, const char *id, struct buf *out)
{
	json_t *f = report_finding(s, id);

	if (f != NULL)
		cmd_util_json(f, out);
	json_decref(f);
	return f != NULL;
}

int
cmd_util_missing(const char *command, struct buf *missing)
{
	struct bytes rest = buf_view(missing), line;

	while (bytes_until(&rest, '\n', &line))
		msg_warn("%s: missing: %.*s", command, (int)line.n,
		    (const char *)line.p);
	return missing->n > 0 ? CLI_INCOMPLETE : CLI_CLEAN;
}
