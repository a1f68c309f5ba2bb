/* SPDX-License-Identifier: Apache-2.0 */
#include <dirent.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include <jansson.h>
#include <openssl/err.h>
#include <openssl/pem.h>

#include <ctwatch/audit/audit_certs.h>
#include <ctwatch/base/escape.h>
#include <ctwatch/base/file.h>
#include <ctwatch/base/limits.h>
#include <ctwatch/base/mem.h>
#include <ctwatch/base/text.h>
#include <ctwatch/policy/cert_use.h>
#include <ctwatch/policy/signature_cache.h>
#include <ctwatch/wire/cert_extension.h>

/* Maximum depth of folders. */
#define MAX_DEPTH 16

/* ---- one certificate ---- */

static bool
has_poison(const struct cert *c)
{
	struct bytes list = c->extensions;
	struct cert_extension x;

	while (cert_extension_next(&list, &x))
		if (cert_extension_is_poison(&x))
			return true;
	return false;
}

static struct audit_cert *
find(struct audit_certs *a, struct bytes der)
{
	for (size_t i = 0; i < a->n; i++)
		if (bytes_equal(blob_view(a->v[i].der), der))
			return &a->v[i];
	return NULL;
}

static void
append_issuer(struct audit_certs *a, struct bytes der)
{
	for (size_t i = 0; i < a->n_issuers; i++)
		if (bytes_equal(blob_view(a->issuers[i]), der))
			return;
	a->issuers = mem_grow(a->issuers, a->n_issuers, sizeof *a->issuers);
	a->issuers[a->n_issuers++] = blob_copy(der);
}

static struct audit_cert *
append(struct audit_certs *a, struct bytes der, const char *source)
{
	struct audit_cert *c = find(a, der);
	struct buf shown;

	if (c != NULL)
		return c;
	a->v = mem_grow(a->v, a->n, sizeof *a->v);
	c = &a->v[a->n++];
	*c = (struct audit_cert){ .der = blob_copy(der) };
	buf_init(&shown, PATH_MAX * 4);
	escape_line(&shown, bytes_of(source), PATH_MAX);
	c->source = buf_detach(&shown);
	buf_init(&c->tls_scts, UINT16_MAX);
	buf_init(&c->ocsp_scts, UINT16_MAX);
	cert_parse(blob_view(c->der), &c->cert);
	cert_tbs_hash(&c->cert, c->tbs_sha256);
	if (!asn1_time_parse(c->cert.not_before, &c->not_before))
		c->not_before = INT64_MIN;
	if (!asn1_time_parse(c->cert.not_after, &c->not_after))
		c->not_after = INT64_MAX;
	return c;
}

static void
add_fault(struct buf *error, const char *source, const char *what)
{
	escape_line(error, bytes_of(source), PATH_MAX);
	buf_printf(error, ": %s\n", what);
}

/* The position if add_der finds no certificate to audit. */
#define NONE SIZE_MAX

/* Add one certificate; return its position in a, or NONE for an issuer or after
 * a fault. */
static size_t
add_der(struct audit_certs *a, struct bytes der, const char *source,
    struct buf *error)
{
	struct cert c;

	if (cert_parse(der, &c) != CERT_OK || c.spki.n == 0)
		add_fault(error, source, "not a certificate in DER");
	else if (has_poison(&c))
		add_fault(error, source,
		    "a precertificate: it has no SCTs; give the certificate");
	else if (cert_use_is_ca(&c))
		append_issuer(a, der);
	else
		return (size_t)(append(a, der, source) - a->v);
	return NONE;
}

/* ---- PEM and files ---- */

static bool
is_cert_label(const char *label)
{
	return strcmp(label, PEM_STRING_X509) == 0 ||
	    strcmp(label, PEM_STRING_X509_OLD) == 0 ||
	    strcmp(label, PEM_STRING_X509_TRUSTED) == 0;
}

/* Add the certificates of PEM text; *first is the first that is not a CA's.
 * Return the number of certificates. */
static size_t
add_pem(struct audit_certs *a, struct bytes text, const char *source,
    size_t *first, struct buf *error)
{
	BIO *bio = BIO_new_mem_buf(text.p, (int)text.n);
	char *label, *header;
	unsigned char *der;
	size_t n = 0;
	long size;

	*first = NONE;
	ERR_clear_error();
	while (bio != NULL && n < LIMIT_PEM_BLOCKS &&
	    PEM_read_bio(bio, &label, &header, &der, &size) == 1) {
		struct bytes b = { der, (size_t)size };
		size_t c = NONE;

		if (is_cert_label(label)) {
			n++;
			c = add_der(a, b, source, error);
		}
		if (*first == NONE)
			*first = c;
		OPENSSL_free(label);
		OPENSSL_free(header);
		OPENSSL_free(der);
	}
	if (n == LIMIT_PEM_BLOCKS)
		add_fault(error, source, "more certificates than the limit");
	else if (ERR_GET_REASON(ERR_peek_last_error()) != PEM_R_NO_START_LINE)
		add_fault(error, source, "a damaged PEM block");
	ERR_clear_error();
	BIO_free(bio);
	return n;
}

static void
add_file(
    struct audit_certs *a, const char *path, bool in_folder, struct buf *error)
{
	struct buf text, why;
	size_t first;

	buf_init(&text, LIMIT_PIN_FILE);
	buf_init(&why, LIMIT_SMALL_BODY);
	if (file_read(path, false, &text, &why) != FILE_OK) {
		escape_line(error, buf_view(&why), PATH_MAX);
		buf_add_byte(error, '\n');
	} else if (memmem(text.p, text.n, "-----BEGIN ", 11) != NULL) {
		/* A folder may also have keys. */
		if (add_pem(a, buf_view(&text), path, &first, error) == 0 &&
		    !in_folder)
			add_fault(error, path, "no certificate in it");
	} else
		add_der(a, buf_view(&text), path, error);
	buf_fini(&text);
	buf_fini(&why);
}

static bool
is_cert_name(const char *name)
{
	static const char *const ends[] = { ".pem", ".crt", ".cer", ".der" };
	size_t n = strlen(name);

	for (size_t i = 0; i < sizeof ends / sizeof *ends; i++)
		if (n > 4 && strcmp(name + n - 4, ends[i]) == 0)
			return true;
	return false;
}

/* Do not follow a link to a folder: it may be a loop. */
static void
add_folder(
    struct audit_certs *a, const char *folder, int depth, struct buf *error)
{
	struct dirent **names = NULL;
	int n = scandir(folder, &names, NULL, alphasort);
	struct stat st;

	if (n < 0 || depth == 0)
		add_fault(error, folder,
		    n < 0 ? "cannot be read" : "too many folders inside");
	for (int i = 0; i < n; i++) {
		const char *name = names[i]->d_name;
		char *path = mem_printf("%s/%s", folder, name);

		if (*name != '.' && lstat(path, &st) == 0 && depth > 0) {
			if (S_ISDIR(st.st_mode))
				add_folder(a, path, depth - 1, error);
			else if (is_cert_name(name) && stat(path, &st) == 0 &&
			    S_ISREG(st.st_mode))
				add_file(a, path, true, error);
		}
		free(path);
		free(names[i]);
	}
	free(names);
}

bool
audit_certs_add_path(struct audit_certs *a, const char *path, struct buf *error)
{
	size_t before = error->n;
	struct stat st;

	if (stat(path, &st) == 0 && S_ISDIR(st.st_mode))
		add_folder(a, path, MAX_DEPTH, error);
	else
		add_file(a, path, false, error);
	return error->n == before;
}

/* ---- TLS servers and the store ---- */

bool
audit_certs_add_peer(struct audit_certs *a, const char *host,
    const struct tls_peer *peer, struct buf *error)
{
	size_t before = error->n, first;
	struct audit_cert *c;

	add_pem(a, buf_view(&peer->chain), host, &first, error);
	if (first == NONE && error->n == before)
		add_fault(error, host, "sent no end certificate");
	if (first == NONE)
		return false;
	c = &a->v[first];
	buf_clear(&c->tls_scts);
	buf_clear(&c->ocsp_scts);
	buf_add(&c->tls_scts, buf_view(&peer->tls_scts));
	buf_add(&c->ocsp_scts, buf_view(&peer->ocsp_scts));
	c->malformed = peer->unread;
	return error->n == before;
}

void
audit_certs_add_cert(struct audit_certs *a, const struct store_cert *s)
{
	static const uint8_t unknown[SHA256_SIZE];
	struct audit_cert *c = append(a, s->der, "inventory");

	c->has_issuer = memcmp(s->issuer_key_hash, unknown, SHA256_SIZE) != 0;
	memcpy(c->issuer_key_hash, s->issuer_key_hash, SHA256_SIZE);
}

struct stored {
	struct audit_certs *a;
	int64_t now;
};

static void
add_stored(void *arg, const struct store_cert *s)
{
	struct stored *x = arg;
	struct cert parsed;
	int64_t end;

	if (!s->verified ||
	    leaf_parse_cert(s->kind, s->der, &parsed) != CERT_OK ||
	    (asn1_time_parse(parsed.not_after, &end) && end < x->now))
		return;
	if (s->kind == LEAF_PRECERT) {
		x->a->n_precerts++;
		return;
	}
	audit_certs_add_cert(x->a, s);
}

bool
audit_certs_add_stored(struct audit_certs *a, struct store *s, int64_t now)
{
	struct stored x = { a, now };

	return store_certs_each(s, add_stored, &x);
}

/* ---- issuers ---- */

static void
offer_issuer(void *arg, struct bytes der)
{
	struct audit_certs *a = arg;
	struct cert ca;

	if (cert_parse(der, &ca) != CERT_OK)
		return;
	for (size_t i = 0; i < a->n; i++) {
		struct audit_cert *c = &a->v[i];

		if (c->has_issuer || !bytes_equal(ca.subject, c->cert.issuer) ||
		    !signature_cache_verify(NULL, der, blob_view(c->der)))
			continue;
		cert_pin(&ca, c->issuer_key_hash);
		c->has_issuer = true;
	}
}

bool
audit_certs_find_issuers(struct audit_certs *a, struct store *s)
{
	bool all = true;

	for (size_t i = 0; i < a->n_issuers; i++)
		offer_issuer(a, blob_view(a->issuers[i]));
	for (size_t i = 0; i < a->n; i++)
		all = all && a->v[i].has_issuer;
	return all || s == NULL || store_issuers_each(s, offer_issuer, a);
}

static void
cert_fini(struct audit_cert *c)
{
	for (size_t i = 0; i < c->n_scts; i++) {
		free(c->scts[i].why);
		json_decref(c->scts[i].evidence);
	}
	free(c->scts);
	free(c->source);
	blob_fini(&c->der);
	free(c->seen_why);
	free(c->chrome.why);
	free(c->apple.why);
	buf_fini(&c->tls_scts);
	buf_fini(&c->ocsp_scts);
}

void
audit_certs_fini(struct audit_certs *a)
{
	for (size_t i = 0; i < a->n; i++)
		cert_fini(&a->v[i]);
	for (size_t i = 0; i < a->n_issuers; i++)
		blob_fini(&a->issuers[i]);
	free(a->v);
	free(a->issuers);
}
