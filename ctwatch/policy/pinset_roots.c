/* SPDX-License-Identifier: Apache-2.0 */
#include <ctype.h>
#include <stdlib.h>
#include <string.h>

#include <jansson.h>
#include <openssl/err.h>
#include <openssl/pem.h>
#include <openssl/x509v3.h>

#include "policy/pinset_roots.h"
#include <ctwatch/base/file.h>
#include <ctwatch/base/limits.h>
#include <ctwatch/base/mem.h>
#include <ctwatch/base/text.h>
#include <ctwatch/wire/cert.h>

/* ---- keys ---- */

static bool
has_id(const struct pinset *p, const char *id)
{
	for (size_t i = 0; i < p->n_keys; i++)
		if (strcmp(p->keys[i].id, id) == 0)
			return true;
	return false;
}

/* The id of a CA: its name as a word, and, if another key has that id, eight
 * digits of its pin.  The caller frees. */
static char *
make_id(const struct pinset *p, const struct pinset_key *key)
{
	char *id = mem_strdup(key->name), *longer, hex[2 * SHA256_SIZE + 1];

	for (char *c = id; *c != '\0'; c++)
		if (!isalnum((unsigned char)*c) && strchr("._-", *c) == NULL)
			*c = '-';
	if (*id != '\0' && !has_id(p, id))
		return id;
	text_hex((struct bytes){ key->spki_sha256, SHA256_SIZE }, hex);
	longer = mem_printf("%s-%.8s", *id != '\0' ? id : "ca", hex);
	free(id);
	return longer;
}

/* Append value to a list that json_table_list made for n elements. */
static void
append(size_t **list, size_t *n, size_t value)
{
	*list = mem_realloc(*list, *n + 1, sizeof **list);
	(*list)[(*n)++] = value;
}

static bool
holds(const size_t *list, size_t n, size_t value)
{
	for (size_t i = 0; i < n; i++)
		if (list[i] == value)
			return true;
	return false;
}

/* Add the key to the pinset, unless it has the key, and to the bundle.  A key
 * of the member keys stays as it is there: compromised, if it says so. */
static void
add_key(struct pinset *p, struct pinset_roots *roots, struct pinset_key *key)
{
	const struct pinset_key *same = pinset_key(p, key->spki_sha256);
	size_t at = p->n_keys;

	if (same != NULL) {
		at = (size_t)(same - p->keys);
		free(key->id);
		free(key->name);
		blob_fini(&key->spki_der);
	} else {
		if (key->id == NULL)
			key->id = make_id(p, key);
		key->state = PINSET_ACTIVE;
		key->ca = key->bundled = true;
		p->keys = mem_realloc(p->keys, p->n_keys + 1, sizeof *p->keys);
		p->keys[p->n_keys++] = *key;
	}
	if (!holds(roots->keys, roots->n_keys, at))
		append(&roots->keys, &roots->n_keys, at);
}

/* ---- the file ---- */

/* The subject's commonName, else its last part, escaped; the caller frees. */
static char *
subject_name(X509 *x)
{
	X509_NAME *name = X509_get_subject_name(x);
	int at = X509_NAME_get_index_by_NID(name, NID_commonName, -1);
	X509_NAME_ENTRY *entry = X509_NAME_get_entry(
	    name, at >= 0 ? at : X509_NAME_entry_count(name) - 1);
	unsigned char *utf8 = NULL;
	int n = entry != NULL
	    ? ASN1_STRING_to_UTF8(&utf8, X509_NAME_ENTRY_get_data(entry))
	    : -1;
	struct buf out;

	buf_init(&out, LIMIT_SMALL_BODY);
	if (n > 0)
		text_escape(&out,
		    (struct bytes){ utf8,
		        (size_t)n < LIMIT_SHOWN_TEXT ? (size_t)n
		                                     : LIMIT_SHOWN_TEXT });
	OPENSSL_free(utf8);
	return buf_detach(&out);
}

/* Add the CA whose certificate this is; at counts from 1. */
static bool
add_cert(struct json_table *r, struct pinset_roots *roots, struct bytes der,
    size_t at)
{
	const unsigned char *p = der.p;
	X509 *x = d2i_X509_AUX(NULL, &p, (long)der.n);
	struct pinset_key key = { 0 };
	struct cert c;
	bool ok = false;

	if (x == NULL || cert_parse(der, &c) != CERT_OK || c.spki.n == 0)
		json_table_fail(
		    r, "%s: certificate %zu is damaged", roots->file, at);
	else if (X509_check_ca(x) == 0)
		json_table_fail(
		    r, "%s: certificate %zu is not a CA's", roots->file, at);
	else
		ok = true;
	if (ok) {
		key.name = subject_name(x);
		key.spki_der = blob_copy(c.spki);
		sha256_digest(c.spki, key.spki_sha256);
		add_key(PINSET_READ(r)->p, roots, &key);
	}
	X509_free(x);
	ERR_clear_error();
	return ok;
}

static bool
is_cert_label(const char *label)
{
	return strcmp(label, PEM_STRING_X509) == 0 ||
	    strcmp(label, PEM_STRING_X509_OLD) == 0 ||
	    strcmp(label, PEM_STRING_X509_TRUSTED) == 0;
}

/* Add the CAs of text, PEM with any text between the blocks. */
static bool
add_certs(struct json_table *r, struct pinset_roots *roots, struct bytes text)
{
	BIO *bio = BIO_new_mem_buf(text.p, (int)text.n);
	char *label, *header;
	unsigned char *der;
	bool ok = bio != NULL;
	size_t at = 0;
	long n;

	ERR_clear_error();
	while (ok && PEM_read_bio(bio, &label, &header, &der, &n) == 1) {
		at++;
		if (!is_cert_label(label))
			ok = json_table_fail(r,
			    "%s: PEM block %zu is no certificate", roots->file,
			    at);
		else if (at > LIMIT_PEM_BLOCKS)
			ok = json_table_fail(r, "%s: more than %d certificates",
			    roots->file, LIMIT_PEM_BLOCKS);
		else
			ok = add_cert(
			    r, roots, (struct bytes){ der, (size_t)n }, at);
		OPENSSL_free(label);
		OPENSSL_free(header);
		OPENSSL_free(der);
	}
	if (ok && ERR_GET_REASON(ERR_peek_last_error()) != PEM_R_NO_START_LINE)
		ok = json_table_fail(
		    r, "%s: PEM block %zu is damaged", roots->file, at + 1);
	else if (ok && at == 0)
		ok = json_table_fail(
		    r, "%s: has no certificate in PEM", roots->file);
	ERR_clear_error();
	BIO_free(bio);
	return ok;
}

/* Report why the file cannot be read, and what file belongs there. */
static void
fail_absent(
    struct json_table *r, const struct pinset_roots *roots, const char *why)
{
	char hex[2 * SHA256_SIZE + 1];

	text_hex((struct bytes){ roots->sha256, sizeof roots->sha256 }, hex);
	if (roots->bound)
		json_table_fail(
		    r, "%s: restore the file whose SHA-256 is %s", why, hex);
	else
		json_table_fail(r,
		    "%s: restore the file, or name another one in the pinset",
		    why);
}

/* Compare the file with the digest in the pinset, and add its CAs. */
static bool
load_file(struct json_table *r, struct pinset_roots *roots)
{
	char *path = pinset_path(PINSET_READ(r)->path, roots->file);
	char hex[2 * SHA256_SIZE + 1];
	uint8_t digest[SHA256_SIZE];
	struct buf text, error;
	bool ok;

	buf_init(&text, LIMIT_PIN_FILE);
	buf_init(&error, LIMIT_SMALL_BODY);
	/* A digest that approvers signed protects the file better. */
	ok = file_read(path, !roots->bound, &text, &error) == FILE_OK;
	sha256_digest(buf_view(&text), digest);
	text_hex((struct bytes){ digest, SHA256_SIZE }, hex);
	if (!ok)
		fail_absent(r, roots, buf_text(&error));
	else if (roots->bound &&
	    memcmp(digest, roots->sha256, sizeof digest) != 0)
		ok = json_table_fail(r,
		    "%s: its SHA-256 is %s, not that in the pinset: restore "
		    "the file, or propose a pinset that names the new one",
		    path, hex);
	else
		ok = add_certs(r, roots, buf_view(&text));
	if (ok)
		memcpy(roots->sha256, digest, sizeof digest);
	buf_fini(&text);
	buf_fini(&error);
	free(path);
	return ok;
}

/* One key for the whole bundle, whose digest is the file's. */
static bool
stand_in(struct json_table *r, struct pinset_roots *roots)
{
	struct pinset_key key = { .id = mem_printf("roots:%s", roots->file),
		.name = mem_strdup(roots->file) };

	if (roots->bound)
		memcpy(key.spki_sha256, roots->sha256, SHA256_SIZE);
	else
		sha256_digest(bytes_of(key.id), key.spki_sha256);
	add_key(PINSET_READ(r)->p, roots, &key);
	return true;
}

/* ---- the member ---- */

static bool
read_sha256(struct json_table *r, const json_t *v, void *out)
{
	struct pinset_roots *roots = out;
	const char *s = json_string_value(v);

	roots->bound = s != NULL && strlen(s) == 2 * SHA256_SIZE &&
	    text_unhex(s, roots->sha256, SHA256_SIZE);
	return roots->bound ||
	    json_table_fail(r, "not a SHA-256 in hexadecimal");
}

static bool
read_member(struct json_table *r, const json_t *v, struct pinset_roots *out)
{
	static const struct json_table_member members[] = {
		JSON_TABLE_MUST(file, json_table_text, pinset_roots),
		JSON_TABLE_WHOLE(sha256, read_sha256, true),
		{ 0 },
	};

	return json_is_string(v) ? json_table_text(r, v, &out->file)
	                         : json_table_object(r, v, members, out);
}

/* The bundle of another domain that is the same file with the same digest. */
static struct pinset_roots *
find_same(struct pinset *p, const struct pinset_roots *roots)
{
	for (size_t i = 0; i < p->n_roots; i++)
		if (p->roots[i].bound == roots->bound &&
		    strcmp(p->roots[i].file, roots->file) == 0 &&
		    (!roots->bound ||
		        memcmp(p->roots[i].sha256, roots->sha256,
		            SHA256_SIZE) == 0))
			return &p->roots[i];
	return NULL;
}

/* Add the bundle to the pinset; roots is consumed. */
static struct pinset_roots *
add_roots(struct json_table *r, struct pinset_roots *roots)
{
	struct pinset *p = PINSET_READ(r)->p;
	bool ok = PINSET_READ(r)->path != NULL ? load_file(r, roots)
	                                       : stand_in(r, roots);

	if (!ok) {
		pinset_roots_fini(roots);
		return NULL;
	}
	p->roots = mem_grow(p->roots, p->n_roots, sizeof *p->roots);
	p->roots[p->n_roots] = *roots;
	return &p->roots[p->n_roots++];
}

bool
pinset_roots_read(struct json_table *r, const json_t *v, void *out)
{
	struct pinset_roots roots = { 0 }, *known;
	struct pinset *p = PINSET_READ(r)->p;
	struct pinset_domain *d = out;
	bool ok = read_member(r, v, &roots);

	if (ok && d->position == PINSET_LEAF)
		ok = json_table_fail(r,
		    "the domain pins keys of end certificates: its kind must "
		    "be ca, or its position ca or any");
	if (!ok) {
		pinset_roots_fini(&roots);
		return false;
	}
	known = find_same(p, &roots);
	if (known != NULL)
		pinset_roots_fini(&roots);
	else
		known = add_roots(r, &roots);
	if (known == NULL)
		return false;
	for (size_t i = 0; i < known->n_keys; i++)
		if (!holds(d->keys, d->n_keys, known->keys[i]))
			append(&d->keys, &d->n_keys, known->keys[i]);
	d->roots = (size_t)(known - p->roots) + 1;
	return true;
}
