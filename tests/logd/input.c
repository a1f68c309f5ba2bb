/* SPDX-License-Identifier: Apache-2.0 */
#include <dirent.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include <jansson.h>
#include <openssl/err.h>
#include <openssl/pem.h>
#include <openssl/x509v3.h>

#include "cli/opts.h"
#include <ctwatch/base/blob.h>
#include <ctwatch/base/limits.h>
#include <ctwatch/base/mem.h>
#include <ctwatch/base/msg.h>
#include <ctwatch/base/text.h>

#include "input.h"

/* As long a chain as anybody submits. */
enum {
	CHAIN_MAX = 8
};

struct certificate {
	struct bytes der; /* owned */
	X509 *x509;       /* NULL when libcrypto cannot parse it */
};

/* Either a chain of certificates or an entry, both in the order read. */
struct submission {
	struct certificate *chain; /* owned */
	size_t n;
	struct bytes leaf, extra; /* owned */
};

struct input {
	struct submission *submissions;
	size_t n;
	X509 **pool; /* borrowed: all that may be an issuer */
	size_t n_pool;
	struct certificate *issuers; /* read for the pool alone */
	size_t n_issuers;
};

struct input *
input_new(void)
{
	return mem_alloc(1, sizeof(struct input));
}

static void
free_certificate(struct certificate *c)
{
	free((void *)c->der.p);
	X509_free(c->x509);
}

void
input_free(struct input *in)
{
	for (size_t i = 0; i < in->n; i++) {
		struct submission *s = &in->submissions[i];

		for (size_t k = 0; k < s->n; k++)
			free_certificate(&s->chain[k]);
		free(s->chain);
		free((void *)s->leaf.p);
		free((void *)s->extra.p);
	}
	for (size_t i = 0; i < in->n_issuers; i++)
		free_certificate(&in->issuers[i]);
	free(in->submissions);
	free(in->issuers);
	free(in->pool);
	free(in);
}

/* ---- reading ---- */

static struct submission *
add_submission(struct input *in)
{
	struct submission *s;

	in->submissions =
	    mem_grow(in->submissions, in->n, sizeof *in->submissions);
	s = &in->submissions[in->n++];
	*s = (struct submission){ 0 };
	return s;
}

static struct certificate
make_certificate(struct input *in, struct bytes der)
{
	struct certificate c = { .der = { blob_copy(der).p, der.n } };
	const uint8_t *p = der.p;

	c.x509 = d2i_X509(NULL, &p, (long)der.n);
	ERR_clear_error();
	if (c.x509 != NULL) {
		in->pool = mem_grow(in->pool, in->n_pool, sizeof *in->pool);
		in->pool[in->n_pool++] = c.x509;
	}
	return c;
}

/* Read one certificate of DER, or all of a PEM file as one chain. */
static bool
read_certificates(
    struct input *in, const char *path, struct bytes text, bool issuers_only)
{
	BIO *bio = BIO_new_mem_buf(text.p, (int)text.n);
	struct certificate *v = NULL;
	char *name, *header;
	size_t n = 0;
	uint8_t *der;
	long n_der;

	while (PEM_read_bio(bio, &name, &header, &der, &n_der) == 1) {
		if (strstr(name, "CERTIFICATE") != NULL) {
			v = mem_grow(v, n, sizeof *v);
			v[n++] = make_certificate(
			    in, (struct bytes){ der, (size_t)n_der });
		}
		OPENSSL_free(name);
		OPENSSL_free(header);
		OPENSSL_free(der);
	}
	ERR_clear_error();
	BIO_free(bio);
	if (n == 0 && text.n > 0) {
		v = mem_grow(v, n, sizeof *v);
		v[n++] = make_certificate(in, text);
	}
	if (n == 0) {
		msg_error("logd: %s: empty", path);
		return false;
	}
	if (issuers_only) {
		for (size_t i = 0; i < n; i++) {
			in->issuers = mem_grow(
			    in->issuers, in->n_issuers, sizeof *in->issuers);
			in->issuers[in->n_issuers++] = v[i];
		}
		free(v);
	} else {
		struct submission *s = add_submission(in);

		s->chain = v;
		s->n = n;
	}
	return true;
}

static bool
unbase64(const json_t *text, struct bytes *out)
{
	struct bytes in = { (const uint8_t *)json_string_value(text),
		json_string_length(text) };
	uint8_t *p;

	if (!json_is_string(text))
		return false;
	p = mem_alloc(in.n / 4 * 3 + 1, 1);
	*out = (struct bytes){ p, 0 };
	return text_unbase64(in, p, &out->n);
}

static bool
read_entry(struct input *in, const json_t *e)
{
	static const uint8_t none[6];
	struct submission *s = add_submission(in);
	const json_t *extra = json_object_get(e, "extra_data");

	if (!unbase64(json_object_get(e, "leaf_input"), &s->leaf))
		return false;
	if (extra != NULL && !json_is_null(extra))
		return unbase64(extra, &s->extra);
	/* An empty chain, after an empty precertificate if it is of one. */
	s->extra.n = s->leaf.n > 11 && s->leaf.p[11] == 1 ? 6 : 3;
	s->extra.p = blob_copy((struct bytes){ none, s->extra.n }).p;
	return true;
}

/* One value: an entry, a get-entries answer, or something else. */
static bool
read_value(struct input *in, const json_t *v)
{
	const json_t *entries = json_object_get(v, "entries"), *e;
	size_t i;

	if (json_object_get(v, "leaf_input") != NULL)
		return read_entry(in, v);
	json_array_foreach(entries, i, e) {
		if (!read_entry(in, e))
			return false;
	}
	return true;
}

/* One JSON value or many, one a line. */
static bool
read_json(struct input *in, const char *path, struct bytes text)
{
	while (text.n > 0) {
		json_error_t err;
		json_t *v = json_loadb(
		    (const char *)text.p, text.n, JSON_DISABLE_EOF_CHECK, &err);
		bool ok = v != NULL && read_value(in, v);
		size_t n = (size_t)err.position;

		json_decref(v);
		if (!ok) {
			msg_error("logd: %s: neither entries nor get-entries "
			          "answers in JSON",
			    path);
			return false;
		}
		while (n < text.n && strchr(" \t\r\n", text.p[n]) != NULL)
			n++;
		text.p += n;
		text.n -= n;
	}
	return true;
}

static bool
has_suffix(const char *s, const char *suffix)
{
	size_t n = strlen(s), k = strlen(suffix);

	return n >= k && strcmp(s + n - k, suffix) == 0;
}

static bool
is_json(const char *path)
{
	return has_suffix(path, ".json") || has_suffix(path, ".jsonl");
}

static bool
is_known(const char *path)
{
	return is_json(path) || has_suffix(path, ".pem") ||
	    has_suffix(path, ".der") || has_suffix(path, ".crt") ||
	    has_suffix(path, ".cer");
}

static bool
read_file(struct input *in, const char *path, bool issuers_only)
{
	struct blob text;
	bool ok;

	if (!opts_read_file(path, SIZE_MAX / 2, &text))
		return false;
	ok = is_json(path)
	    ? read_json(in, path, blob_view(text))
	    : read_certificates(in, path, blob_view(text), issuers_only);
	blob_fini(&text);
	return ok;
}

bool
input_read(struct input *in, const char *path, bool issuers_only)
{
	struct dirent **names;
	struct stat st;
	bool ok = true;
	int n;

	if (stat(path, &st) != 0 || !S_ISDIR(st.st_mode))
		return read_file(in, path, issuers_only);
	n = scandir(path, &names, NULL, alphasort);
	for (int i = 0; i < n; i++) {
		char *p = mem_printf("%s/%s", path, names[i]->d_name);

		if (ok && names[i]->d_name[0] != '.' && stat(p, &st) == 0 &&
		    (S_ISDIR(st.st_mode) || is_known(p)))
			ok = input_read(in, p, issuers_only);
		free(p);
		free(names[i]);
	}
	if (n >= 0)
		free(names);
	return ok && n >= 0;
}

/* ---- entering ---- */

static X509 *
find_issuer(const struct input *in, X509 *subject)
{
	for (size_t i = 0; i < in->n_pool; i++)
		if (X509_cmp(in->pool[i], subject) != 0 &&
		    X509_check_issued(in->pool[i], subject) == X509_V_OK)
			return in->pool[i];
	return NULL;
}

/* The chain above the leaf: as it was given, else from the pool. */
static size_t
find_chain(const struct input *in, const struct submission *s,
    X509 *chain[static CHAIN_MAX])
{
	X509 *x = s->chain[0].x509;
	size_t n = 0;

	for (size_t i = 1; i < s->n && n < CHAIN_MAX; i++)
		if (s->chain[i].x509 != NULL)
			chain[n++] = s->chain[i].x509;
	if (s->n > 1 || x == NULL)
		return n;
	while (n < CHAIN_MAX &&
	    X509_NAME_cmp(X509_get_subject_name(x), X509_get_issuer_name(x)) !=
	        0 &&
	    (x = find_issuer(in, x)) != NULL)
		chain[n++] = x;
	return n;
}

static void
add_big_endian(struct buf *out, unsigned n, uint64_t v)
{
	while (n > 0)
		buf_add_byte(out, (uint8_t)(v >> (8 * --n)));
}

static void
add_vec24(struct buf *out, struct bytes in)
{
	add_big_endian(out, 3, in.n);
	buf_add(out, in);
}

static void
add_chain(struct buf *out, X509 *const *chain, size_t n)
{
	struct buf b;

	buf_init(&b, SIZE_MAX / 2);
	for (size_t i = 0; i < n; i++) {
		uint8_t *der = NULL;
		int k = i2d_X509(chain[i], &der);

		add_vec24(&b, (struct bytes){ der, (size_t)k });
		OPENSSL_free(der);
	}
	add_vec24(out, buf_view(&b));
	buf_fini(&b);
}

/* RFC 6962, 3.2: the issuer's key hash and the TBS without its poison. */
static void
add_precert(struct buf *out, X509 *precert, const X509 *issuer)
{
	uint8_t hash[SHA256_SIZE] = { 0 }, *der = NULL;
	X509 *x = X509_dup(precert);
	int n;

	if (issuer != NULL) {
		n = i2d_X509_PUBKEY(X509_get_X509_PUBKEY(issuer), &der);
		sha256_digest((struct bytes){ der, (size_t)n }, hash);
		OPENSSL_free(der);
		der = NULL;
	}
	buf_add(out, (struct bytes){ hash, sizeof hash });
	X509_EXTENSION_free(X509_delete_ext(
	    x, X509_get_ext_by_NID(x, NID_ct_precert_poison, -1)));
	n = i2d_re_X509_tbs(x, &der);
	add_vec24(out, (struct bytes){ der, (size_t)n });
	OPENSSL_free(der);
	X509_free(x);
}

static void
enter_chain(const struct input *in, const struct submission *s,
    struct corpus *c, uint64_t timestamp)
{
	const struct certificate *cert = &s->chain[0];
	bool poisoned = cert->x509 != NULL &&
	    X509_get_ext_by_NID(cert->x509, NID_ct_precert_poison, -1) >= 0;
	X509 *chain[CHAIN_MAX];
	size_t n = find_chain(in, s, chain);
	struct buf leaf, extra;

	buf_init(&leaf, SIZE_MAX / 2);
	buf_init(&extra, SIZE_MAX / 2);
	add_big_endian(&leaf, 2, 0); /* v1, timestamped_entry */
	add_big_endian(&leaf, 8, timestamp);
	add_big_endian(&leaf, 2, poisoned ? 1 : 0);
	if (poisoned) {
		add_precert(&leaf, cert->x509, n > 0 ? chain[0] : NULL);
		add_vec24(&extra, cert->der);
	} else
		add_vec24(&leaf, cert->der);
	add_big_endian(&leaf, 2, 0); /* no extensions */
	add_chain(&extra, chain, n);
	corpus_add(c, buf_view(&leaf), buf_view(&extra));
	buf_fini(&leaf);
	buf_fini(&extra);
}

void
input_enter(const struct input *in, struct corpus *c, uint64_t first)
{
	for (size_t i = 0; i < in->n; i++) {
		const struct submission *s = &in->submissions[i];

		if (s->n > 0)
			enter_chain(in, s, c, first + i);
		else
			corpus_add(c, s->leaf, s->extra);
	}
}

bool
input_is_root(struct bytes der)
{
	const uint8_t *p = der.p;
	X509 *x = d2i_X509(NULL, &p, (long)der.n);
	bool root = x != NULL &&
	    X509_NAME_cmp(X509_get_subject_name(x), X509_get_issuer_name(x)) ==
	        0;

	X509_free(x);
	ERR_clear_error();
	return root;
}
