/* SPDX-License-Identifier: Apache-2.0 */
/*
 * An inventory of keys as CSV (RFC 4180), as exported by certificate managers
 * and by `ctwatch inventory': columns are found by name in the first line.
 */
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "rotate/lex.h"
#include <ctwatch/base/escape.h>
#include <ctwatch/base/mem.h>
#include <ctwatch/base/text.h>
#include <ctwatch/base/time.h>
#include <ctwatch/rotate/formats.h>
#include <ctwatch/rotate/key_input.h>

enum column {
	HOST,
	PIN,
	PEM,
	OWNER,
	CUSTODY,
	NOT_AFTER,
	NAMES,      /* of a certificate, with blanks between them */
	NOT_BEFORE, /* of that certificate */
	COLUMNS
};

/* Column names in exports of Venafi, Lemur and ctwatch. */
static const struct {
	const char *name;
	enum column column;
} names[] = {
	{ "host", HOST },
	{ "hostname", HOST },
	{ "domain", HOST },
	{ "cn", HOST },
	{ "common name", HOST },
	{ "commonname", HOST },
	{ "common_name", HOST },
	{ "names", NAMES },
	{ "not_before", NOT_BEFORE },
	{ "spki_sha256", PIN },
	{ "spki sha256", PIN },
	{ "public key sha256", PIN },
	{ "pin", PIN },
	{ "body", PEM },
	{ "certificate", PEM },
	{ "certificate data", PEM },
	{ "owner", OWNER },
	{ "contact", OWNER },
	{ "contacts", OWNER },
	{ "custody", CUSTODY },
	{ "not_after", NOT_AFTER },
	{ "notafter", NOT_AFTER },
	{ "not after", NOT_AFTER },
	{ "valid to", NOT_AFTER },
	{ "expiration date", NOT_AFTER },
};

/* The records of one file, read in order. */
struct csv_reader {
	struct bytes rest;
	char separator;
	size_t line;
	struct buf fields[COLUMNS];
	enum column columns[64]; /* by column of the file; COLUMNS: ignored */
	size_t n_columns;
};

/* Drop the apostrophe that keeps a spreadsheet from reading a formula. */
static void
drop_apostrophe(struct buf *field)
{
	if (field->n < 2 || field->p[0] != '\'' ||
	    strchr("=+-@|%", field->p[1]) == NULL)
		return;
	field->n--;
	memmove(field->p, field->p + 1, field->n);
}

/* The next field; *last if its record ends with it. */
static bool
take_field(struct csv_reader *r, struct buf *out, bool *last)
{
	struct bytes c;
	bool quoted = r->rest.n > 0 && r->rest.p[0] == '"';

	buf_clear(out);
	if (quoted)
		bytes_take(&r->rest, 1, &c);
	while (bytes_take(&r->rest, 1, &c)) {
		uint8_t b = c.p[0];

		if (b == '\n')
			r->line++;
		if (quoted && b == '"') {
			if (r->rest.n > 0 && r->rest.p[0] == '"')
				bytes_take(&r->rest, 1, &c);
			else {
				quoted = false;
				continue;
			}
		} else if (!quoted && (b == r->separator || b == '\n')) {
			*last = b == '\n';
			drop_apostrophe(out);
			return true;
		}
		if (quoted || b != '\r')
			buf_add_byte(out, b);
	}
	*last = true;
	drop_apostrophe(out);
	return !quoted;
}

static enum column
column_of(struct bytes name)
{
	name = text_trim(name);
	for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
		struct bytes rest = name;

		if (lex_prefix(&rest, names[i].name) && rest.n == 0)
			return names[i].column;
	}
	return COLUMNS;
}

static bool
has_column(const struct csv_reader *r, enum column c)
{
	for (size_t i = 0; i < r->n_columns; i++)
		if (r->columns[i] == c)
			return true;
	return false;
}

/* Of two columns with one name, use the first. */
static bool
read_header(struct csv_reader *r)
{
	struct bytes line = r->rest;
	bool last = false;
	struct buf field;

	text_line(&(struct bytes){ line.p, line.n }, &line);
	r->separator = memchr(line.p, ';', line.n) != NULL &&
	        memchr(line.p, ',', line.n) == NULL
	    ? ';'
	    : memchr(line.p, '\t', line.n) != NULL ? '\t'
	                                           : ',';
	buf_init(&field, r->rest.n);
	while (!last && r->n_columns < 64 && take_field(r, &field, &last)) {
		enum column c = column_of(buf_view(&field));

		if (has_column(r, c))
			c = COLUMNS;
		r->columns[r->n_columns++] = c;
	}
	buf_fini(&field);
	return last && (has_column(r, HOST) || has_column(r, NAMES)) &&
	    (has_column(r, PIN) || has_column(r, PEM));
}

static void
init(struct csv_reader *r, struct bytes text)
{
	*r = (struct csv_reader){ .rest = text, .line = 1 };
	lex_prefix(&r->rest, "\xef\xbb\xbf");
	for (size_t i = 0; i < COLUMNS; i++)
		buf_init(&r->fields[i], text.n);
}

static void
fini(struct csv_reader *r)
{
	for (size_t i = 0; i < COLUMNS; i++)
		buf_fini(&r->fields[i]);
}

static bool
detect(struct bytes text)
{
	struct csv_reader r;
	bool is;

	init(&r, text);
	is = r.rest.n > 0 && read_header(&r);
	fini(&r);
	return is;
}

static bool
read_record(struct csv_reader *r)
{
	bool last = false, ok = true;
	struct buf skip;

	buf_init(&skip, r->rest.n);
	for (size_t i = 0; i < COLUMNS; i++)
		buf_clear(&r->fields[i]);
	for (size_t i = 0; ok && !last; i++) {
		enum column c = i < r->n_columns ? r->columns[i] : COLUMNS;

		ok = take_field(r, c < COLUMNS ? &r->fields[c] : &skip, &last);
	}
	buf_fini(&skip);
	return ok;
}

static bool
add_key(struct csv_reader *r, struct pinlist_host *h, struct buf *error)
{
	struct key_input_list l;

	if (r->fields[PIN].n > 0) {
		pinlist_add_pin(h, buf_text(&r->fields[PIN]));
		return true;
	}
	if (!key_input_read(buf_view(&r->fields[PEM]), &l, error))
		return false;
	pinlist_add_spki(h, blob_view(l.v[0].spki))->not_after =
	    l.v[0].not_after;
	key_input_fini(&l);
	return true;
}

/* Add the key of a record to the host with the pattern. */
static bool
add_host(struct csv_reader *r, struct pinlist *out, const char *pattern,
    struct buf *error)
{
	struct pinlist_host *h = pinlist_pattern(out, pattern);
	struct pinlist_pin *pin;

	if (!add_key(r, h, error))
		return false;
	pin = &h->pins[h->n_pins - 1];
	if (r->fields[OWNER].n > 0 && h->owner == NULL)
		h->owner = mem_strdup(buf_text(&r->fields[OWNER]));
	if (r->fields[CUSTODY].n > 0)
		pin->custody = mem_strdup(buf_text(&r->fields[CUSTODY]));
	/* A certificate ends; its key need not. */
	if (has_column(r, NAMES)) {
		if (pin->label == NULL)
			pin->label = mem_printf("%s-%.4s", h->name,
			    buf_text(&r->fields[NOT_BEFORE]));
	} else if (r->fields[NOT_AFTER].n > 0 &&
	    !time_parse(buf_text(&r->fields[NOT_AFTER]), &pin->not_after))
		pinlist_lose(out, "line %zu: unreadable date %s", r->line,
		    buf_text(&r->fields[NOT_AFTER]));
	return true;
}

/* Add the key to each name that can have pins; addresses cannot. */
static bool
add_names(struct csv_reader *r, struct pinlist *out, struct buf *error)
{
	struct bytes rest = buf_view(&r->fields[NAMES]), word;
	bool ok = true;

	while (ok && text_word(&rest, &word)) {
		char *name = mem_text(word), *host;
		enum host_pattern_reach reach;
		const char *fault;

		host = host_pattern_parse(name, &reach, &fault);
		if (host != NULL)
			ok = add_host(r, out, name, error);
		free(host);
		free(name);
	}
	return ok;
}

static bool
add_record(struct csv_reader *r, struct pinlist *out, struct buf *error)
{
	return r->fields[HOST].n > 0
	    ? add_host(r, out, buf_text(&r->fields[HOST]), error)
	    : add_names(r, out, error);
}

static bool
read(struct bytes text, struct pinlist *out, struct buf *error)
{
	struct csv_reader r;
	bool ok;

	init(&r, text);
	ok = r.rest.n > 0 && read_header(&r);
	if (!ok)
		buf_add_text(
		    error, "the first line has no columns for host and key");
	while (ok && r.rest.n > 0) {
		size_t line = r.line;

		ok = read_record(&r);
		if (ok &&
		    r.fields[HOST].n + r.fields[NAMES].n + r.fields[PIN].n +
		            r.fields[PEM].n ==
		        0)
			continue; /* an empty line */
		if (!ok || r.fields[HOST].n + r.fields[NAMES].n == 0 ||
		    r.fields[PIN].n + r.fields[PEM].n == 0 ||
		    !add_record(&r, out, error)) {
			struct buf why = *error;

			buf_init(error, why.max);
			buf_printf(error, "%zu: %s", line,
			    why.n > 0 ? buf_text(&why)
			              : "a record lacks host or key");
			buf_fini(&why);
			ok = false;
		}
	}
	fini(&r);
	return ok;
}

static void
write_field(struct buf *out, const char *s, const char *end)
{
	if (s != NULL && *s != '\0')
		escape_csv(out, bytes_of(s));
	buf_add_text(out, end);
}

static bool
write(const struct pinlist *list, const char *title, struct buf *out)
{
	static const char *const stars[] = { "", "*.", "**." };

	(void)title; /* CSV has no comments */
	buf_add_text(out, "host,spki_sha256,owner,custody,not_after\r\n");
	for (size_t i = 0; i < list->n_hosts; i++) {
		const struct pinlist_host *h = &list->hosts[i];

		for (size_t k = 0; k < h->n_pins; k++) {
			const struct pinlist_pin *p = &h->pins[k];
			char b64[45], at[TIME_TEXT] = "";
			char *pattern =
			    mem_printf("%s%s", stars[h->reach], h->name);

			pinlist_base64(p, b64);
			if (p->not_after != 0)
				time_format(p->not_after, at);
			write_field(out, pattern, ",");
			write_field(out, b64, ",");
			write_field(out, h->owner, ",");
			write_field(out, p->custody, ",");
			write_field(out, at, "\r\n");
			free(pattern);
		}
	}
	return true;
}

const struct formats_format csv_format = {
	.name = "csv",
	.purpose = "an inventory of keys (Venafi, ctwatch): host, "
	           "spki_sha256, ...",
	.can = FORMATS_NAMES | FORMATS_ONE_LABEL | FORMATS_SUBTREE |
	    FORMATS_LEAF | FORMATS_CA | FORMATS_HEX,
	.detect = detect,
	.read = read,
	.write = write,
};
