/* SPDX-License-Identifier: Apache-2.0 */
/* findings_list: print findings as a table, or in JSON. */
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <jansson.h>

#include "cli/findings.h"
#include <ctwatch/base/escape.h>
#include <ctwatch/base/mem.h>
#include <ctwatch/base/terminal.h>
#include <ctwatch/base/text.h>
#include <ctwatch/cli/cli.h>
#include <ctwatch/report/report_walk.h>
#include <ctwatch/report/write.h>

/* Columns of the table if the output is no terminal. */
#define WIDE 110

/* Width of the other columns: severity, rule, day, id, and the blanks between
 * them. */
#define FIXED (9 + 2 + 6 + 2 + 2 + 10 + 2 + FINDINGS_ID)

struct table {
	struct report_style style;
	struct buf out;
	bool colour;
	size_t names, issuers; /* widths, without the blanks */
};

static const char *const colours[] = { "2", "36", "33", "1;31", "1;97;41" };

/* ---- issuers ---- */

/* Return the value of an attribute in a name (RFC 4514), unescaped; "" if it has
 * none.  The caller frees it. */
static char *
attribute(const char *dn, const char *label)
{
	size_t n = strlen(label);
	struct buf out;

	buf_init(&out, SIZE_MAX / 2);
	while (*dn != '\0') {
		bool found = strncmp(dn, label, n) == 0;

		dn += found ? n : 0;
		for (; *dn != '\0' && *dn != ',' && *dn != '+'; dn++) {
			if (*dn == '\\' && dn[1] != '\0')
				dn++;
			if (found)
				buf_add_byte(&out, (uint8_t)*dn);
		}
		if (found)
			break;
		if (*dn != '\0')
			dn++;
	}
	return buf_detach(&out);
}

/* Append organisation and common name; the common name often begins with the
 * organisation. */
static void
add_issuer(struct buf *out, const char *dn)
{
	char *cn = attribute(dn, "CN="), *o = attribute(dn, "O=");
	size_t word = strcspn(o, " ");

	if (*o != '\0' && strncmp(cn, o, word) != 0)
		buf_printf(out, "%s%s", o, *cn != '\0' ? " " : "");
	buf_add_text(out, *cn != '\0' || *o != '\0' ? cn : dn);
	if (*cn == '\0' && *o != '\0' && out->n == 0)
		buf_add_text(out, o);
	free(cn);
	free(o);
}

/* ---- rows ---- */

/* Append text in exactly this number of columns, cut with "..." or padded. */
static void
add_cell(struct table *t, const char *text, size_t columns)
{
	struct buf safe;

	buf_init(&safe, SIZE_MAX / 2);
	escape_line(&safe, bytes_of(text), 0);
	if (safe.n > columns) {
		safe.n = columns - 3;
		buf_add_text(&safe, "...");
	}
	buf_printf(&t->out, "%-*s  ", (int)columns, buf_text(&safe));
	buf_fini(&safe);
}

/* Return the first name and the number of the others. */
static char *
names_of(const struct store_item_brief *b)
{
	if (b->matched > 1)
		return mem_printf(
		    "%s +%lld", b->about, (long long)(b->matched - 1));
	return mem_strdup(b->about);
}

/* Return the mark before the severity: new, suppressed or closed. */
static char
mark(const struct report_walk *w)
{
	static const char marks[] = { '*', ' ', '-', 'x' };

	return marks[w->status];
}

static void
add_row(struct table *t, struct report_walk *w)
{
	const char *severity = rules_severity_word(w->severity);
	struct store_item_brief brief;
	struct buf issuer;
	char *names;

	report_walk_brief(w, &brief);
	names = names_of(&brief);
	buf_init(&issuer, SIZE_MAX / 2);
	add_issuer(&issuer, brief.issuer);
	if (t->colour)
		buf_printf(&t->out, "\033[%sm%s\033[0m", colours[w->severity],
		    severity);
	else
		buf_add_text(&t->out, severity);
	buf_printf(&t->out, "%c%*s  %-6s  ", mark(w),
	    (int)(8 - strlen(severity)), "", w->rule);
	add_cell(t, names, t->names);
	add_cell(t, buf_text(&issuer), t->issuers);
	buf_printf(
	    &t->out, "%-10.10s  %.*s\n", brief.logged, FINDINGS_ID, w->id);
	buf_fini(&issuer);
	store_item_brief_fini(&brief);
	free(names);
}

/* Divide the remaining width: three fifths for names. */
static void
measure(struct table *t)
{
	unsigned columns = terminal_columns(STDOUT_FILENO);
	size_t left;

	if (columns == 0)
		columns = WIDE;
	left = columns > FIXED + 2 + 24 ? columns - FIXED - 2 : 24;
	t->names = left * 3 / 5;
	t->issuers = left - t->names;
}

/* Print what there is. */
static void
drain(void *arg, struct buf *out)
{
	int *status = arg;

	if (*status == CLI_CLEAN)
		*status = cmd_util_print(out);
	buf_clear(out);
}

static void
add_table(struct table *t, const struct report *r)
{
	struct report_walk w = report_walk(r, STORE_ITEM_FINDING);
	size_t n = report_walk_count(r, STORE_ITEM_FINDING);
	bool marked = false;

	if (n > 0) {
		buf_printf(&t->out, "%-9s  %-6s  ", "SEVERITY", "RULE");
		add_cell(t, "NAME", t->names);
		add_cell(t, "ISSUER", t->issuers);
		buf_printf(&t->out, "%-10s  ID\n", "LOGGED");
	}
	while (report_walk_next(&w)) {
		add_row(t, &w);
		marked |= mark(&w) != ' ';
		report_output_drain(&t->style, &t->out);
	}
	buf_printf(&t->out, "%zu finding%s%s\n", n, n == 1 ? "" : "s",
	    marked ? " (* new, - suppressed, x closed)" : "");
}

/* ---- the list ---- */

static bool
is_listed(void *arg, struct report_walk *w)
{
	const struct findings_settings *set = arg;

	if (set->status == FINDINGS_UNSAID
	        ? w->status == STORE_CLOSED
	        : set->status != FINDINGS_ALL && (int)w->status != set->status)
		return false;
	return findings_match(set, w);
}

int
findings_list(const struct findings_settings *set, const struct report *r)
{
	int status = CLI_CLEAN;
	struct table t = { .colour = terminal_colour(STDOUT_FILENO),
		.style = { .drain = drain, .arg = &status } };
	struct report *chosen =
	    report_select(r, is_listed, (void *)(uintptr_t)set);

	buf_init(&t.out, SIZE_MAX / 2);
	if (set->format == CMD_UTIL_JSON) {
		buf_add_text(
		    &t.out, "{\n  \"format\": \"ctwatch-findings/1\",\n  ");
		write_json_array(
		    chosen, &t.style, "findings", STORE_ITEM_FINDING, &t.out);
		buf_add_text(&t.out, "\n}\n");
	} else {
		measure(&t);
		add_table(&t, chosen);
	}
	drain(&status, &t.out);
	buf_fini(&t.out);
	report_free(chosen);
	return status;
}
