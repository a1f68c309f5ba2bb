/* SPDX-License-Identifier: Apache-2.0 */
#include <dirent.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include <jansson.h>

#include "response/ccadb.h"
#include "response/csv_table.h"
#include <ctwatch/base/mem.h>
#include <ctwatch/base/text.h>
#include <ctwatch/wire/cert.h>
#include <ctwatch/wire/cert_extension.h>
#include <ctwatch/wire/der.h>
#include <ctwatch/wire/oid.h>

/* Columns of the certificate records, then those of the mechanisms. */
enum column {
	OWNER,
	SUB_OWNER,
	RECORD,
	FINGERPRINT,
	KEY_ID,
	FULL_CRLS,
	PART_CRLS,
	DV_ACME,
	OV_ACME,
	EV_ACME,
	IV_ACME,
	RECORD_COLUMNS,
	MECHANISM_OWNER = 0,
	MECHANISM,
	MECHANISM_COLUMNS
};

static const struct csv_table_column record_names[RECORD_COLUMNS] = {
	[OWNER] = { "CA Owner", false, true },
	[SUB_OWNER] = { "Subordinate CA Owner", false, false },
	[RECORD] = { "Salesforce Record ID", false, false },
	[FINGERPRINT] = { "SHA-256 Fingerprint", false, true },
	[KEY_ID] = { "Subject Key Identifier", false, false },
	[FULL_CRLS] = { "JSON Array of All Full CRL URLs", false, false },
	[PART_CRLS] = { "JSON Array of Partitioned CRLs", false, false },
	[DV_ACME] = { "DV ACME Directory URL", true, false },
	[OV_ACME] = { "OV ACME Directory URL", true, false },
	[EV_ACME] = { "EV ACME Directory URL", true, false },
	[IV_ACME] = { "IV ACME Directory URL", true, false },
};

static const struct csv_table_column mechanism_names[MECHANISM_COLUMNS] = {
	[MECHANISM_OWNER] = { "Owner", true, true },
	[MECHANISM] = { "Problem Reporting", true, true },
};

/* ---- lists ---- */

static void
list_add(struct ccadb_list *list, struct bytes text)
{
	list->v = mem_grow(list->v, list->n, sizeof *list->v);
	list->v[list->n++] =
	    mem_printf("%.*s", (int)text.n, (const char *)text.p);
}

static void
list_fini(struct ccadb_list *list)
{
	for (size_t i = 0; i < list->n; i++)
		free(list->v[i]);
	free(list->v);
}

/* Add the URLs of a JSON array of strings; ignore other values. */
static void
add_json(struct ccadb_list *list, struct buf *text)
{
	json_t *j = json_loads(buf_text(text), 0, NULL), *v;
	size_t i;

	json_array_foreach(j, i, v)
		if (json_is_string(v) && *json_string_value(v) != '\0')
			list_add(list, bytes_of(json_string_value(v)));
	json_decref(j);
}

static bool
is_word_byte(uint8_t c)
{
	return c > ' ' && c < 0x7f && strchr("<>()[]{},;\"'", c) == NULL;
}

/* Read the next run of bytes that may be an address or a URL. */
static bool
take_token(struct bytes *in, struct bytes *out)
{
	struct bytes skip;

	while (in->n > 0 && !is_word_byte(in->p[0]))
		bytes_take(in, 1, &skip);
	*out = (struct bytes){ in->p, 0 };
	while (in->n > 0 && is_word_byte(in->p[0])) {
		bytes_take(in, 1, &skip);
		out->n++;
	}
	while (out->n > 0 &&
	    (out->p[out->n - 1] == '.' || out->p[out->n - 1] == ':'))
		out->n--;
	return in->n > 0 || out->n > 0;
}

/* Report whether a text is a mail address: one @, a dot in the domain. */
static bool
is_mail(struct bytes t)
{
	struct bytes local, domain = t;

	return bytes_until(&domain, '@', &local) && local.n > 0 &&
	    domain.n > 2 && memchr(domain.p, '@', domain.n) == NULL &&
	    memchr(domain.p, '.', domain.n) != NULL &&
	    memchr(t.p, '/', t.n) == NULL;
}

static bool
begins(struct bytes t, const char *prefix)
{
	struct bytes head;

	return bytes_take(&t, strlen(prefix), &head) &&
	    strncasecmp((const char *)head.p, prefix, head.n) == 0;
}

/* Find mail addresses and URLs in text. */
static void
find_contacts(struct ccadb_issuer *out)
{
	struct bytes rest = bytes_of(out->reporting), t, skip;

	while (take_token(&rest, &t)) {
		if (begins(t, "mailto:"))
			bytes_take(&t, strlen("mailto:"), &skip);
		if (begins(t, "https://") || begins(t, "http://"))
			list_add(&out->urls, t);
		else if (is_mail(t))
			list_add(&out->mails, t);
	}
}

/* Add the URLs in text, separated by blanks, commas or semicolons. */
static void
add_urls(struct ccadb_list *list, struct bytes text)
{
	struct bytes t;

	while (take_token(&text, &t))
		if (begins(t, "https://"))
			list_add(list, t);
}

/* ---- records ---- */

struct search {
	char fingerprint[2 * SHA256_SIZE + 1]; /* upper case */
	char *key_id;                          /* base64, or NULL */
	struct ccadb_issuer *out;
	bool records, mechanisms; /* a file of that kind was read */
	enum {
		NOTHING,
		BY_KEY_ID,
		BY_FINGERPRINT
	} found;
};

static char *
copy(struct bytes b)
{
	return mem_printf("%.*s", (int)b.n, (const char *)b.p);
}

static void
keep_record(struct csv_table *t, struct ccadb_issuer *out)
{
	struct bytes sub = csv_table_field(t, SUB_OWNER);

	ccadb_issuer_fini(out);
	out->owner = copy(sub.n > 0 ? sub : csv_table_field(t, OWNER));
	out->record = copy(csv_table_field(t, RECORD));
	add_json(&out->crls, &t->field[FULL_CRLS]);
	add_json(&out->crls, &t->field[PART_CRLS]);
	for (int c = DV_ACME; c <= IV_ACME; c++)
		add_urls(&out->acme, buf_view(&t->field[c]));
}

static bool
scan_records(struct csv_table *t, struct search *s, struct buf *error)
{
	enum csv_result r;

	while ((r = csv_table_next(t)) == CSV_LAST) {
		struct bytes print = csv_table_field(t, FINGERPRINT);

		if (print.n == 2 * SHA256_SIZE &&
		    strncasecmp(
		        (const char *)print.p, s->fingerprint, print.n) == 0) {
			keep_record(t, s->out);
			s->found = BY_FINGERPRINT;
			return true;
		}
		if (s->found == NOTHING && s->key_id != NULL &&
		    bytes_is(csv_table_field(t, KEY_ID), s->key_id)) {
			keep_record(t, s->out);
			s->found = BY_KEY_ID;
		}
	}
	return csv_table_end(t, r, error);
}

static bool
scan_mechanisms(struct csv_table *t, struct search *s, struct buf *error)
{
	enum csv_result r;

	while ((r = csv_table_next(t)) == CSV_LAST)
		if (s->out->reporting == NULL && s->out->owner != NULL &&
		    bytes_is(
		        csv_table_field(t, MECHANISM_OWNER), s->out->owner)) {
			s->out->reporting = copy(csv_table_field(t, MECHANISM));
			find_contacts(s->out);
		}
	return csv_table_end(t, r, error);
}

/* Read one file by its header: records or mechanisms. */
static bool
read_file(
    const char *path, struct search *s, bool mechanisms, struct buf *error)
{
	struct csv_table t;
	bool ok;

	ok = csv_table_open(&t, path,
	    mechanisms ? mechanism_names : record_names,
	    mechanisms ? (size_t)MECHANISM_COLUMNS : (size_t)RECORD_COLUMNS,
	    error);
	if (ok && t.complete) {
		ok = mechanisms ? scan_mechanisms(&t, s, error)
		                : scan_records(&t, s, error);
		*(mechanisms ? &s->mechanisms : &s->records) = true;
	}
	csv_table_close(&t);
	return ok;
}

/* Read the files in the order of their names, first records, then mechanisms,
 * which are found by the owner in a record. */
static bool
read_files(const char *dir, struct dirent **v, int n, struct search *s,
    struct buf *error)
{
	bool ok = true;

	for (int pass = 0; ok && pass < 2; pass++)
		for (int i = 0; ok && i < n; i++) {
			char *path = mem_printf("%s/%s", dir, v[i]->d_name);

			ok = read_file(path, s, pass == 1, error);
			free(path);
		}
	return ok;
}

/* The Subject Key Identifier (RFC 5280, 4.2.1.2) in base64; NULL if none. */
static char *
key_id_of(struct bytes der)
{
	struct cert_extension x;
	struct cert c;
	struct der id;
	char *out;

	if (cert_parse(der, &c) != CERT_OK ||
	    !cert_extension_find(
	        c.extensions, OID_BYTES(OID_SUBJECT_KEY_ID), &x) ||
	    !der_take(&x.value, DER_OCTETS, &id) || id.body.n == 0 ||
	    id.body.n > 64)
		return NULL;
	out = mem_alloc(TEXT_BASE64_LEN(id.body.n) + 1, 1);
	text_base64(id.body, out);
	return out;
}

enum ccadb_result
ccadb_find(const char *dir, struct bytes der, struct ccadb_issuer *out,
    struct buf *error)
{
	struct search s = { .out = out, .key_id = key_id_of(der) };
	struct dirent **v = NULL;
	enum ccadb_result r = CCADB_FAILED;
	int n = csv_table_files(dir, &v);

	*out = (struct ccadb_issuer){ 0 };
	sha256_hex(der, s.fingerprint);
	if (n < 0)
		buf_printf(error, "%s: %s", dir, strerror(errno));
	else if (!read_files(dir, v, n, &s, error))
		;
	else if (!s.records)
		buf_printf(error,
		    "%s: no CSV file has the columns \"CA Owner\" and "
		    "\"SHA-256 Fingerprint\": put CCADB's "
		    "AllCertificateRecordsCSVFormat file there",
		    dir);
	else if (s.found == NOTHING) {
		r = CCADB_UNKNOWN;
		buf_printf(error,
		    "%s: no record of the issuer with SHA-256 "
		    "fingerprint %s",
		    dir, s.fingerprint);
	} else
		r = CCADB_FOUND;
	for (int i = 0; i < n; i++)
		free(v[i]);
	free(v);
	free(s.key_id);
	if (r != CCADB_FOUND)
		ccadb_issuer_fini(out);
	return r;
}

void
ccadb_issuer_fini(struct ccadb_issuer *issuer)
{
	free(issuer->owner);
	free(issuer->record);
	free(issuer->reporting);
	list_fini(&issuer->mails);
	list_fini(&issuer->urls);
	list_fini(&issuer->crls);
	list_fini(&issuer->acme);
	*issuer = (struct ccadb_issuer){ 0 };
}
