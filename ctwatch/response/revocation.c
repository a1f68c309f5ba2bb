/* SPDX-License-Identifier: Apache-2.0 */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "response/ccadb.h"
#include <ctwatch/base/blob.h>
#include <ctwatch/base/limits.h>
#include <ctwatch/base/mem.h>
#include <ctwatch/base/text.h>
#include <ctwatch/base/time.h>
#include <ctwatch/net/http_download.h>
#include <ctwatch/policy/chain.h>
#include <ctwatch/policy/rules.h>
#include <ctwatch/response/crl.h>
#include <ctwatch/response/revocation.h>
#include <ctwatch/wire/der.h>

/* BR, 1.6.1: a certificate of at most 7 days need not be revoked. */
#define SHORT_LIVED (7 * TIME_DAY)

/* Milliseconds for one CRL. */
#define CRL_TIME 120000

/* Context tags of CRLDistributionPoints and GeneralName. */
enum {
	POINT_NAME = 0xa0,
	POINT_FULL_NAME = 0xa0,
	NAME_URI = 0x86
};

/* A certificate to look up; url is the CRL that is tried for it. */
struct lookup {
	uint8_t tbs[SHA256_SIZE];
	struct blob serial;
	struct blob issuer; /* DER; none if unknown */
	char **urls;        /* owned: candidates */
	size_t n_urls;
	struct store_revocation status; /* url and why owned */
	bool
	    partitions; /* urls are all that its issuer has: each must be read */
	bool failed;    /* one of them was not */
	bool settled;
};

/* ---- what a certificate says ---- */

static void
add_url(struct lookup *l, struct bytes url)
{
	if (l->n_urls == LIMIT_CRL_URLS || url.n > LIMIT_URL ||
	    memchr(url.p, '\0', url.n) != NULL || !text_is_ascii(url))
		return;
	l->urls = mem_grow(l->urls, l->n_urls, sizeof *l->urls);
	l->urls[l->n_urls++] =
	    mem_printf("%.*s", (int)url.n, (const char *)url.p);
}

/* RFC 5280, 4.2.1.13: the http URIs of the full names. */
static void
add_distribution_points(struct lookup *l, const struct cert *c)
{
	static const uint8_t oid[] = { 0x55, 0x1d, 0x1f };
	struct der list, point, d, name;
	struct cert_extension x;

	if (!cert_extension(c, (struct bytes){ oid, sizeof oid }, &x) ||
	    !der_take(&x.value, DER_SEQUENCE, &list))
		return;
	while (der_take(&list.body, DER_SEQUENCE, &point))
		while (der_any(&point.body, &d)) {
			if (d.tag != POINT_NAME ||
			    !der_take(&d.body, POINT_FULL_NAME, &name))
				continue;
			while (der_any(&name.body, &d))
				if (d.tag == NAME_URI)
					add_url(l, d.body);
		}
}

static void
settle(struct lookup *l, enum store_revocation_status status, const char *why)
{
	l->status.status = status;
	free(l->status.why);
	l->status.why = why != NULL ? mem_strdup(why) : NULL;
	l->settled = true;
}

static void
add_ccadb(struct lookup *l, const char *dir)
{
	struct ccadb_issuer issuer;
	struct buf error;

	buf_init(&error, 4096);
	if (ccadb_find(dir, blob_view(l->issuer), &issuer, &error) ==
	    CCADB_FOUND) {
		l->partitions = true;
		for (size_t i = 0; i < issuer.crls.n; i++)
			add_url(l, bytes_of(issuer.crls.v[i]));
		ccadb_issuer_fini(&issuer);
	} else {
		free(l->status.why);
		l->status.why = mem_strdup(buf_text(&error));
	}
	buf_fini(&error);
}

/* Fill *l from a stored certificate. */
static void
prepare(struct lookup *l, const struct store_cert *cert,
    const struct revocation_options *options)
{
	bool final = cert->kind == LEAF_X509;
	struct bytes whole = final ? cert->der : cert->precert;
	int64_t start, end;
	struct chain chain;
	struct cert c;

	if ((final ? cert_parse(cert->der, &c)
	           : cert_parse_tbs(cert->der, &c)) != CERT_OK ||
	    !asn1_time_parse(c.not_before, &start) ||
	    !asn1_time_parse(c.not_after, &end)) {
		settle(l, STORE_REVOCATION_UNKNOWN,
		    "the certificate cannot be read");
		return;
	}
	l->serial = blob_copy(c.serial);
	if (end < options->now) {
		settle(l, STORE_REVOCATION_NOT_APPLICABLE,
		    "the certificate has expired");
		return;
	}
	chain_follow(whole, cert->issuer_key_hash, cert->chain, &chain);
	if (chain.n > 0 && chain.der[0].n > 0)
		l->issuer = blob_copy(chain.der[0]);
	add_distribution_points(l, &c);
	if (l->n_urls == 0 && end - start <= SHORT_LIVED)
		settle(l, STORE_REVOCATION_NOT_APPLICABLE,
		    "the certificate lives at most 7 days and names no CRL");
	else if (l->issuer.n == 0)
		settle(l, STORE_REVOCATION_UNKNOWN,
		    "no issuer certificate that verifies the signature is "
		    "stored");
	else if (l->n_urls == 0 && options->ccadb != NULL)
		add_ccadb(l, options->ccadb);
	if (!l->settled && l->n_urls == 0)
		settle(l, STORE_REVOCATION_UNKNOWN,
		    l->status.why != NULL
		        ? l->status.why
		        : "the certificate names no CRL; --ccadb may know one");
}

/* ---- a CRL on disk ---- */

/* The file of the CRL at url; the caller frees. */
static char *
crl_path(const char *dir, const char *url)
{
	uint8_t digest[SHA256_SIZE];
	char hex[2 * SHA256_SIZE + 1];

	sha256_digest(bytes_of(url), digest);
	text_hex((struct bytes){ digest, sizeof digest }, hex);
	return mem_printf("%s/crl/%s.crl", dir, hex);
}

/* Bring the file at path up to date; false with the reason in *error. */
static bool
fetch(struct store *s, const char *url, const char *path,
    const struct revocation_options *options, char **etag, struct buf *error)
{
	char *temp = mem_printf("%s.new", path), *old = NULL;
	struct buf number;
	struct http_download d = { .url = url,
		.max = LIMIT_CRL,
		.time_limit = CRL_TIME,
		.allow_private = options->allow_private };
	enum http_download_result r = HTTP_DOWNLOAD_FAILED;

	buf_init(&number, LIMIT_SMALL_BODY);
	store_revocation_crl_load(s, url, &old, &number);
	d.etag = access(path, R_OK) == 0 ? old : NULL;
	unlink(temp);
	d.fd = open(
	    temp, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600);
	if (d.fd < 0)
		buf_printf(error, "%s: %s", temp, strerror(errno));
	else {
		r = http_download(options->http, &d, etag, error);
		if (close(d.fd) != 0 && r == HTTP_DOWNLOAD_OK) {
			buf_printf(error, "%s: %s", temp, strerror(errno));
			r = HTTP_DOWNLOAD_FAILED;
		}
		if (r != HTTP_DOWNLOAD_OK || rename(temp, path) != 0)
			unlink(temp);
	}
	if (r == HTTP_DOWNLOAD_SAME)
		*etag = mem_strdup(old);
	buf_fini(&number);
	free(old);
	free(temp);
	return r == HTTP_DOWNLOAD_OK || r == HTTP_DOWNLOAD_SAME;
}

/* Map the file at path; empty if it cannot be. */
static struct bytes
map_file(const char *path)
{
	int fd = open(path, O_RDONLY | O_NOFOLLOW | O_CLOEXEC);
	struct bytes out = { NULL, 0 };
	struct stat st;

	if (fd >= 0 && fstat(fd, &st) == 0 && st.st_size > 0) {
		out.n = (size_t)st.st_size;
		out.p = mmap(NULL, out.n, PROT_READ, MAP_PRIVATE, fd, 0);
		if (out.p == MAP_FAILED)
			out = (struct bytes){ NULL, 0 };
	}
	if (fd >= 0)
		close(fd);
	return out;
}

/* Why a CRL that is read says nothing now; NULL if it does. */
static const char *
why_stale(const struct crl *crl, struct bytes last_number, int64_t now)
{
	if (crl->next_update != 0 && crl->next_update < now)
		return "the CRL has expired";
	if (crl->this_update > now + TIME_DAY)
		return "the CRL is of the future";
	if (last_number.n > 0 &&
	    crl_number_compare(crl->number, last_number) < 0)
		return "an older CRL than the last one: its number went back";
	return NULL;
}

/* ---- lookups ---- */

/* What one CRL says of the lookups that it is asked for. */
struct batch {
	const char *url;
	struct bytes issuer;
	struct lookup **v;
	size_t n;
};

static struct lookup *
find_lookup(const struct batch *b, struct bytes serial)
{
	for (size_t i = 0; i < b->n; i++)
		if (b->v[i]->serial.p == serial.p)
			return b->v[i];
	return NULL;
}

static void
answer(const struct batch *b, const struct crl_query *q, const struct crl *crl)
{
	struct lookup *l = find_lookup(b, q->serial);

	free(l->status.url);
	l->status.url = mem_strdup(b->url);
	memcpy(l->status.crl_sha256, crl->sha256, SHA256_SIZE);
	l->status.this_update = crl->this_update;
	l->status.reason = q->reason;
	l->status.date = q->date;
	if (q->revoked)
		settle(l, STORE_REVOCATION_REVOKED, NULL);
	else if (!l->partitions || !l->failed) {
		l->status.status = STORE_REVOCATION_GOOD;
		free(l->status.why);
		l->status.why = NULL;
	}
}

static void
fail(const struct batch *b, const char *why)
{
	for (size_t i = 0; i < b->n; i++) {
		struct lookup *l = b->v[i];
		struct store_revocation *st = &l->status;

		/* Another copy of the same CRL was read. */
		if (st->status == STORE_REVOCATION_GOOD && !l->partitions)
			continue;
		l->failed = true;
		free(st->url);
		st->url = mem_strdup(b->url);
		st->status = STORE_REVOCATION_UNKNOWN;
		free(st->why);
		st->why = mem_printf("%s: %s", b->url, why);
	}
}

/* Read the CRL at path and answer the batch. */
static void
read_crl(struct store *s, const struct batch *b, const char *path,
    const char *etag, const struct revocation_options *options)
{
	struct crl_query *q = mem_alloc(b->n, sizeof *q);
	struct bytes der = map_file(path);
	char *old = NULL;
	struct buf number;
	enum crl_error e;
	const char *stale;
	struct crl crl;

	for (size_t i = 0; i < b->n; i++)
		q[i].serial = blob_view(b->v[i]->serial);
	buf_init(&number, LIMIT_SMALL_BODY);
	store_revocation_crl_load(s, b->url, &old, &number);
	e = crl_read(der, b->issuer, b->url, q, b->n, &crl);
	stale = e != CRL_OK ? crl_error_word(e)
	                    : why_stale(&crl, buf_view(&number), options->now);
	if (stale != NULL)
		fail(b, stale);
	else {
		for (size_t i = 0; i < b->n; i++)
			answer(b, &q[i], &crl);
		if (crl.number.n <= LIMIT_SMALL_BODY)
			store_revocation_crl_save(s, b->url, etag, crl.number);
	}
	if (der.p != NULL)
		munmap((void *)(uintptr_t)der.p, der.n);
	buf_fini(&number);
	free(old);
	free(q);
}

/* Fetch the CRL of a batch and read it. */
static bool
look_up(struct store *s, const struct batch *b,
    const struct revocation_options *options)
{
	char *path = crl_path(options->dir, b->url), *etag = NULL;
	struct buf error;
	bool fetched;

	buf_init(&error, 4096);
	fetched = fetch(s, b->url, path, options, &etag, &error);
	if (fetched)
		read_crl(s, b, path, etag, options);
	else
		fail(b, buf_text(&error));
	buf_fini(&error);
	free(etag);
	free(path);
	return fetched;
}

/* The lookups that want the CRL at url of this issuer, in *out. */
static void
gather(struct lookup *v, size_t n, const char *url, struct bytes issuer,
    struct batch *out)
{
	*out = (struct batch){ .url = url, .issuer = issuer };
	for (size_t i = 0; i < n; i++) {
		bool wants = false;

		for (size_t k = 0; k < v[i].n_urls; k++)
			wants |= strcmp(v[i].urls[k], url) == 0;
		if (v[i].settled || !wants ||
		    !bytes_equal(blob_view(v[i].issuer), issuer))
			continue;
		out->v = mem_grow(out->v, out->n, sizeof(*out->v));
		out->v[out->n++] = &v[i];
	}
}

/* Report whether an earlier lookup asked for the same CRL. */
static bool
was_asked(const struct lookup *v, size_t i, size_t k)
{
	for (size_t a = 0; a <= i; a++)
		for (size_t b = 0; b < (a < i ? v[a].n_urls : k); b++)
			if (strcmp(v[a].urls[b], v[i].urls[k]) == 0 &&
			    bytes_equal(
			        blob_view(v[a].issuer), blob_view(v[i].issuer)))
				return true;
	return false;
}

static void
look_all_up(struct store *s, struct lookup *v, size_t n,
    const struct revocation_options *options, struct revocation_result *out)
{
	for (size_t i = 0; i < n; i++)
		for (size_t k = 0; !v[i].settled && k < v[i].n_urls; k++) {
			struct batch b;

			if (was_asked(v, i, k))
				continue;
			gather(v, n, v[i].urls[k], blob_view(v[i].issuer), &b);
			if (options->deadline != 0 &&
			    time_mono() > options->deadline)
				fail(&b, "the time budget has ended");
			else
				out->fetched += look_up(s, &b, options);
			free(b.v);
		}
}

static void
save(struct store *s, struct lookup *l, int64_t now,
    struct revocation_result *out)
{
	l->status.checked = now;
	memcpy(l->status.tbs_sha256, l->tbs, SHA256_SIZE);
	store_revocation_save(s, &l->status);
	out->n++;
	out->revoked += l->status.status == STORE_REVOCATION_REVOKED;
	out->unknown += l->status.status == STORE_REVOCATION_UNKNOWN;
}

static void
lookup_fini(struct lookup *l)
{
	for (size_t i = 0; i < l->n_urls; i++)
		free(l->urls[i]);
	free(l->urls);
	blob_fini(&l->serial);
	blob_fini(&l->issuer);
	store_revocation_fini(&l->status);
}

bool
revocation_check(struct store *s, const uint8_t (*tbs)[SHA256_SIZE], size_t n,
    const struct revocation_options *options, struct revocation_result *out)
{
	struct lookup *v = mem_alloc(n + 1, sizeof *v);
	char *dir = mem_printf("%s/crl", options->dir);
	struct store_cert cert;
	size_t known = 0;

	*out = (struct revocation_result){ 0 };
	mkdir(dir, 0700);
	for (size_t i = 0; i < n; i++)
		if (store_cert_load(s, tbs[i], &cert)) {
			memcpy(v[known].tbs, tbs[i], SHA256_SIZE);
			prepare(&v[known++], &cert, options);
			store_cert_fini(&cert);
		}
	look_all_up(s, v, known, options, out);
	for (size_t i = 0; i < known; i++) {
		save(s, &v[i], options->now, out);
		lookup_fini(&v[i]);
	}
	free(dir);
	free(v);
	return *store_error(s) == '\0';
}

/* ---- which certificates ---- */

struct candidate {
	uint8_t tbs[SHA256_SIZE];
	int64_t checked; /* ms; 0: never */
};

struct candidates {
	struct candidate *v;
	size_t n;
};

static void
add_candidate(void *arg, const struct store_finding *f)
{
	static const uint8_t none[SHA256_SIZE];
	struct candidates *c = arg;

	if (f->status == STORE_CLOSED || f->severity < RULES_MEDIUM ||
	    memcmp(f->tbs_sha256, none, SHA256_SIZE) == 0)
		return;
	c->v = mem_grow(c->v, c->n, sizeof *c->v);
	c->v[c->n] = (struct candidate){ .checked = 0 };
	memcpy(c->v[c->n++].tbs, f->tbs_sha256, SHA256_SIZE);
}

static int
by_tbs(const void *a, const void *b)
{
	const struct candidate *x = a, *y = b;

	return memcmp(x->tbs, y->tbs, SHA256_SIZE);
}

static int
by_checked(const void *a, const void *b)
{
	const struct candidate *x = a, *y = b;

	if (x->checked != y->checked)
		return x->checked < y->checked ? -1 : 1;
	return by_tbs(a, b);
}

/* Keep one of each certificate, and none that is known to be revoked. */
static void
keep_unrevoked(struct store *s, struct candidates *c)
{
	size_t kept = 0;

	if (c->n > 0)
		qsort(c->v, c->n, sizeof *c->v, by_tbs);
	for (size_t i = 0; i < c->n; i++) {
		struct store_revocation r;

		if (i > 0 && by_tbs(&c->v[i - 1], &c->v[i]) == 0)
			continue;
		store_revocation_load(s, c->v[i].tbs, &r);
		if (r.status != STORE_REVOCATION_REVOKED) {
			c->v[kept] = c->v[i];
			c->v[kept++].checked = r.checked;
		}
		store_revocation_fini(&r);
	}
	c->n = kept;
}

size_t
revocation_choose(struct store *s, uint8_t (**out)[SHA256_SIZE])
{
	struct candidates c = { NULL, 0 };
	size_t n;

	store_findings_each(s, add_candidate, &c);
	keep_unrevoked(s, &c);
	if (c.n > 0)
		qsort(c.v, c.n, sizeof *c.v, by_checked);
	n = c.n < LIMIT_REVOCATIONS_RUN ? c.n : LIMIT_REVOCATIONS_RUN;
	*out = mem_alloc(n + 1, sizeof **out);
	for (size_t i = 0; i < n; i++)
		memcpy((*out)[i], c.v[i].tbs, SHA256_SIZE);
	free(c.v);
	return n;
}
