/* SPDX-License-Identifier: Apache-2.0 */
#include <dirent.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "response/csv_table.h"
#include <ctwatch/base/mem.h>
#include <ctwatch/base/text.h>
#include <ctwatch/response/caa_issuers.h>

enum column {
	KEY_ID,
	DOMAINS,
	COLUMNS
};

static const struct csv_table_column columns[COLUMNS] = {
	[KEY_ID] = { "Subject Key Identifier (Hex)", true, true },
	[DOMAINS] = { "Recognized CAA Domains", true, true },
};

/* The longest key identifier: digests have up to 64 bytes. */
#define MAX_KEY_ID 64

struct issuer {
	uint8_t key_id[MAX_KEY_ID];
	size_t n_key_id;
	char **domains; /* owned */
	size_t n;
};

struct caa_issuers {
	struct issuer *v; /* by key identifier */
	size_t n;
};

static int
compare(const void *a, const void *b)
{
	const struct issuer *x = a, *y = b;

	return bytes_compare(
	    bytes_at(x->key_id, x->n_key_id), bytes_at(y->key_id, y->n_key_id));
}

/* Read hexadecimal digits; colons and blanks may be between them. */
static bool
read_key_id(struct bytes text, struct issuer *out)
{
	char digits[2 * MAX_KEY_ID + 1];
	size_t n = 0;

	for (size_t i = 0; i < text.n; i++) {
		if (text.p[i] == ':' || text.p[i] == ' ')
			continue;
		if (n == 2 * MAX_KEY_ID)
			return false;
		digits[n++] = (char)text.p[i];
	}
	digits[n] = '\0';
	out->n_key_id = n / 2;
	return n > 0 && n % 2 == 0 &&
	    text_unhex(digits, out->key_id, out->n_key_id);
}

static bool
is_domain_byte(uint8_t c)
{
	return (c >= '0' && c <= '9') || (c >= 'A' && c <= 'Z') ||
	    (c >= 'a' && c <= 'z') || c == '-' || c == '.';
}

/* Add the domain names in text, which any other characters separate. */
static void
add_domains(struct issuer *x, struct bytes text)
{
	while (text.n > 0) {
		struct bytes name = { text.p, 0 }, skip;

		while (name.n < text.n && is_domain_byte(text.p[name.n]))
			name.n++;
		bytes_take(&text, name.n, &skip);
		if (name.n > 0) {
			x->domains =
			    mem_grow(x->domains, x->n, sizeof *x->domains);
			x->domains[x->n] = mem_text(name);
			text_lower(name, x->domains[x->n++]);
		} else
			bytes_take(&text, 1, &skip);
	}
}

static bool
read_file(
    struct caa_issuers *c, const char *path, bool *found, struct buf *error)
{
	enum csv_result r = CSV_END;
	struct csv_table t;
	bool ok = csv_table_open(&t, path, columns, COLUMNS, error);

	while (ok && t.complete && (r = csv_table_next(&t)) == CSV_LAST) {
		struct issuer x = { .n = 0 };

		if (!read_key_id(csv_table_field(&t, KEY_ID), &x))
			continue;
		add_domains(&x, csv_table_field(&t, DOMAINS));
		c->v = mem_grow(c->v, c->n, sizeof *c->v);
		c->v[c->n++] = x;
	}
	*found |= ok && t.complete;
	ok = ok && csv_table_end(&t, r, error);
	csv_table_close(&t);
	return ok;
}

/* Join the records of one key identifier. */
static void
join(struct caa_issuers *c)
{
	size_t to = 0;

	if (c->n > 0)
		qsort(c->v, c->n, sizeof *c->v, compare);
	for (size_t i = 0; i < c->n; i++) {
		struct issuer *x = &c->v[i];
		struct issuer *last = &c->v[to > 0 ? to - 1 : 0];

		if (to == 0 || compare(last, x) != 0) {
			c->v[to++] = *x;
			continue;
		}
		for (size_t k = 0; k < x->n; k++) {
			last->domains = mem_grow(
			    last->domains, last->n, sizeof *last->domains);
			last->domains[last->n++] = x->domains[k];
		}
		free(x->domains);
	}
	c->n = to;
}

struct caa_issuers *
caa_issuers_load(const char *dir, struct buf *error)
{
	struct caa_issuers *c = mem_alloc(1, sizeof *c);
	struct dirent **v = NULL;
	bool found = false, ok;
	int n = csv_table_files(dir, &v);

	ok = n >= 0;
	if (!ok)
		buf_printf(error, "%s: %s", dir, strerror(errno));
	for (int i = 0; i < n; i++) {
		char *path = mem_printf("%s/%s", dir, v[i]->d_name);

		ok = ok && read_file(c, path, &found, error);
		free(path);
		free(v[i]);
	}
	free(v);
	if (ok && !found)
		buf_printf(error,
		    "%s: no CSV file has the columns \"%s\" and \"%s\": put "
		    "CCADB's AllCAAIdentifiersReportCSVV2 file there",
		    dir, columns[KEY_ID].name, columns[DOMAINS].name);
	if (ok && found) {
		join(c);
		return c;
	}
	caa_issuers_free(c);
	return NULL;
}

void
caa_issuers_free(struct caa_issuers *c)
{
	if (c == NULL)
		return;
	for (size_t i = 0; i < c->n; i++) {
		for (size_t k = 0; k < c->v[i].n; k++)
			free(c->v[i].domains[k]);
		free(c->v[i].domains);
	}
	free(c->v);
	free(c);
}

const char *const *
caa_issuers_find(const struct caa_issuers *c, struct bytes key_id, size_t *n)
{
	struct issuer key = { .n_key_id = key_id.n };
	const struct issuer *found;

	*n = 0;
	if (key_id.n == 0 || key_id.n > MAX_KEY_ID || c->n == 0)
		return NULL;
	memcpy(key.key_id, key_id.p, key_id.n);
	found = bsearch(&key, c->v, c->n, sizeof *c->v, compare);
	if (found == NULL || found->n == 0)
		return NULL;
	*n = found->n;
	return (const char *const *)found->domains;
}
