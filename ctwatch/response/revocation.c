/* SPDX-License-Identifier: Apache-2.0 */
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>

#include "response/crl_file.h"
#include "response/failed_hosts.h"
#include "response/lookup.h"
#include "response/ocsp_check.h"
#include <ctwatch/base/limits.h>
#include <ctwatch/base/mem.h>
#include <ctwatch/base/time.h>
#include <ctwatch/net/http_download.h>
#include <ctwatch/response/crl.h>
#include <ctwatch/response/revocation.h>

/* Time limit for one answer of an OCSP responder, in ms. */
#define OCSP_TIME 30000

/* Why a URL is not asked any more in this run. */
#define HOST_FAILED "its host did not answer before in this run"

/* Return why a valid CRL is unusable now, or NULL. */
static const char *
why_stale(const struct crl *crl, struct bytes last_number, int64_t now)
{
	if (crl->next_update != 0 && crl->next_update < now)
		return "the CRL has expired";
	if (crl->this_update > now + TIME_DAY)
		return "the CRL is dated in the future";
	if (last_number.n > 0 &&
	    crl_number_compare(crl->number, last_number) < 0)
		return "an older CRL than the last one, by its CRLNumber";
	return NULL;
}

/* ---- lookups ---- */

/* The answers of one CRL for its lookups. */
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
		lookup_settle(l, STORE_REVOCATION_REVOKED, NULL);
	else if (!l->partitions || !l->failed) {
		l->status.status = STORE_REVOCATION_GOOD;
		free(l->status.why);
		l->status.why = NULL;
	}
}

/* One run of lookups. */
struct pass {
	struct store *s;
	const struct revocation_options *options;
	struct revocation_result *out;
	struct failed_hosts failed;
	const char **fetched; /* CRLs: borrowed from the lookups */
	size_t n_fetched;
};

/* Report whether the time for lookups has ended. */
static bool
is_over(const struct pass *x)
{
	const struct revocation_options *o = x->options;

	return (o->deadline != 0 && time_mono() > o->deadline) ||
	    (o->stopped != NULL && o->stopped());
}

/* Report whether another copy of the same CRL was read. */
static bool
has_copy(const struct lookup *l)
{
	return l->status.status == STORE_REVOCATION_GOOD && !l->partitions;
}

static void
fail(const struct batch *b, const char *why)
{
	for (size_t i = 0; i < b->n; i++) {
		struct lookup *l = b->v[i];
		struct store_revocation *st = &l->status;

		if (has_copy(l))
			continue;
		l->failed = true;
		free(st->url);
		st->url = mem_strdup(b->url);
		st->status = STORE_REVOCATION_UNKNOWN;
		free(st->why);
		st->why = mem_printf("%s: %s", b->url, why);
	}
}

/* There is no time for the CRL: its lookups keep the status that is stored. */
static void
leave(const struct batch *b)
{
	for (size_t i = 0; i < b->n; i++)
		b->v[i]->left |= !has_copy(b->v[i]);
}

static bool
is_body(enum http_download_result r)
{
	return r == HTTP_DOWNLOAD_OK || r == HTTP_DOWNLOAD_SAME;
}

/* Read the CRL at path and answer the batch; last is its CRLNumber before. */
static void
read_crl(struct store *s, const struct batch *b, const char *path,
    const char *etag, struct bytes last, int64_t now)
{
	struct crl_query *q = mem_alloc(b->n, sizeof *q);
	struct bytes der = crl_file_map(path);
	enum crl_error e;
	const char *why;
	struct crl crl;

	for (size_t i = 0; i < b->n; i++)
		q[i].serial = blob_view(b->v[i]->serial);
	e = crl_read(der, b->issuer, b->url, q, b->n, &crl);
	why = e != CRL_OK ? crl_error_word(e) : why_stale(&crl, last, now);
	if (why != NULL)
		fail(b, why);
	else {
		for (size_t i = 0; i < b->n; i++)
			answer(b, &q[i], &crl);
		if (crl.number.n <= LIMIT_SMALL_BODY)
			store_revocation_crl_save(s, b->url, etag, crl.number);
	}
	if (der.p != NULL)
		munmap((void *)(uintptr_t)der.p, der.n);
	free(q);
}

/* Fetch the CRL at url, unless this run has it: two issuers may share it. */
static enum http_download_result
fetch_once(struct pass *x, const char *url, const char *path, const char *known,
    char **etag, struct buf *error)
{
	enum http_download_result r;

	for (size_t i = 0; i < x->n_fetched; i++)
		if (strcmp(x->fetched[i], url) == 0) {
			*etag = known != NULL ? mem_strdup(known) : NULL;
			return HTTP_DOWNLOAD_SAME;
		}
	r = crl_file_fetch(x->options, url, path, known, etag, error);
	if (is_body(r)) {
		x->out->fetched++;
		x->fetched = mem_grow(
		    (void *)x->fetched, x->n_fetched, sizeof *x->fetched);
		x->fetched[x->n_fetched++] = url;
	}
	return r;
}

/* Fetch the CRL of a batch and read it. */
static void
look_up(struct pass *x, const struct batch *b)
{
	char *path = crl_file_path(x->options->dir, b->url);
	char *known = NULL, *etag = NULL;
	enum http_download_result r;
	struct buf number, error;

	buf_init(&number, LIMIT_SMALL_BODY);
	buf_init(&error, 4096);
	store_revocation_crl_load(x->s, b->url, &known, &number);
	r = fetch_once(x, b->url, path, known, &etag, &error);
	if (is_body(r))
		read_crl(
		    x->s, b, path, etag, buf_view(&number), x->options->now);
	else if (is_over(x))
		leave(b);
	else {
		if (r == HTTP_DOWNLOAD_FAILED)
			failed_hosts_add(&x->failed, b->url);
		fail(b, buf_text(&error));
	}
	buf_fini(&error);
	buf_fini(&number);
	free(known);
	free(etag);
	free(path);
}

/* Collect the lookups for the CRL at url of this issuer in *out. */
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

/* Report whether an earlier lookup needs the same CRL. */
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

/* ---- OCSP ---- */

static void
fail_ocsp(struct lookup *l, const char *why)
{
	char *text = mem_printf("%s: %s", l->ocsp, why);

	lookup_settle(l, STORE_REVOCATION_UNKNOWN, text);
	free(text);
}

/* Ask the responder; false if it gave no answer. */
static bool
post(struct pass *x, struct lookup *l, const struct ocsp_check *check,
    struct buf *answer)
{
	const struct revocation_options *o = x->options;
	const struct http_download d = { .url = l->ocsp,
		.into = answer,
		.post = ocsp_check_request(check),
		.post_type = "application/ocsp-request",
		.max = LIMIT_OCSP,
		.time_limit = lookup_time_limit(o->deadline, OCSP_TIME),
		.allow_private = o->allow_private,
		.stopped = o->stopped };
	enum http_download_result r;
	struct buf error;
	char *etag;

	buf_init(&error, 4096);
	r = http_download(o->http, &d, &etag, &error);
	l->left = !is_body(r) && is_over(x);
	if (r == HTTP_DOWNLOAD_FAILED && !l->left)
		failed_hosts_add(&x->failed, l->ocsp);
	if (!is_body(r) && !l->left)
		fail_ocsp(l, buf_text(&error));
	free(etag);
	buf_fini(&error);
	return is_body(r);
}

/* Take the status from a response of the responder. */
static void
take_response(
    struct lookup *l, struct ocsp_check *check, struct bytes body, int64_t now)
{
	struct store_revocation *st = &l->status;
	struct ocsp_check_status said;
	enum ocsp_check_result r = ocsp_check_read(check, body, now, &said);

	if (r != OCSP_CHECK_OK) {
		fail_ocsp(l, ocsp_check_word(r));
		return;
	}
	memcpy(st->crl_sha256, said.sha256, SHA256_SIZE);
	st->this_update = said.this_update;
	st->reason = said.reason;
	st->date = said.date;
	lookup_settle(l,
	    said.revoked ? STORE_REVOCATION_REVOKED : STORE_REVOCATION_GOOD,
	    NULL);
}

/* Look up one certificate at the issuer's OCSP responder. */
static void
ask_responder(struct pass *x, struct lookup *l)
{
	struct ocsp_check *check =
	    ocsp_check_new(blob_view(l->issuer), blob_view(l->serial));
	struct buf body;

	free(l->status.url);
	l->status.url = mem_strdup(l->ocsp);
	l->status.by_ocsp = true;
	buf_init(&body, LIMIT_OCSP);
	if (check == NULL)
		fail_ocsp(
		    l, "the serial number or the issuer cannot be parsed");
	else if (failed_hosts_has(&x->failed, l->ocsp))
		fail_ocsp(l, HOST_FAILED);
	else if (post(x, l, check, &body)) {
		x->out->asked++;
		take_response(l, check, buf_view(&body), x->options->now);
	}
	buf_fini(&body);
	ocsp_check_free(check);
}

/* ---- all ---- */

/* Read the CRL v[i].urls[k] for all lookups that need it. */
static void
look_up_crl(struct pass *x, struct lookup *v, size_t n, size_t i, size_t k)
{
	struct batch b;

	if (was_asked(v, i, k))
		return;
	gather(v, n, v[i].urls[k], blob_view(v[i].issuer), &b);
	if (is_over(x))
		leave(&b);
	else if (failed_hosts_has(&x->failed, b.url))
		fail(&b, HOST_FAILED);
	else
		look_up(x, &b);
	free(b.v);
}

static void
look_all_up(struct pass *x, struct lookup *v, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		for (size_t k = 0; !v[i].settled && k < v[i].n_urls; k++)
			look_up_crl(x, v, n, i, k);
		if (v[i].settled || v[i].ocsp == NULL)
			continue;
		if (is_over(x))
			v[i].left = true;
		else
			ask_responder(x, &v[i]);
	}
}

static void
save(struct store *s, struct lookup *l, int64_t now,
    struct revocation_result *out)
{
	if (l->left && !l->settled) {
		out->left++;
		return;
	}
	l->status.checked = now;
	memcpy(l->status.tbs_sha256, l->tbs, SHA256_SIZE);
	store_revocation_save(s, &l->status);
	out->n++;
	out->revoked += l->status.status == STORE_REVOCATION_REVOKED;
	out->unknown += l->status.status == STORE_REVOCATION_UNKNOWN;
}

bool
revocation_check(struct store *s, const uint8_t (*tbs)[SHA256_SIZE], size_t n,
    const struct revocation_options *options, struct revocation_result *out)
{
	struct lookup *v = mem_alloc(n + 1, sizeof *v);
	char *dir = mem_printf("%s/crl", options->dir);
	struct pass x = { .s = s, .options = options, .out = out };
	struct store_cert cert;
	size_t known = 0;

	*out = (struct revocation_result){ 0 };
	mkdir(dir, 0700);
	for (size_t i = 0; i < n; i++)
		if (store_cert_load(s, tbs[i], &cert)) {
			lookup_init(
			    &v[known++], &cert, options->ccadb, options->now);
			store_cert_fini(&cert);
		}
	look_all_up(&x, v, known);
	failed_hosts_fini(&x.failed);
	free(x.fetched);
	crl_file_prune(options->dir, options->now);
	for (size_t i = 0; i < known; i++) {
		save(s, &v[i], options->now, out);
		lookup_fini(&v[i]);
	}
	free(dir);
	free(v);
	return *store_error(s) == '\0';
}
