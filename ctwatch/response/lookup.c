/* SPDX-License-Identifier: Apache-2.0 */
#include <stdlib.h>
#include <string.h>

#include "response/ccadb.h"
#include "response/lookup.h"
#include <ctwatch/base/escape.h>
#include <ctwatch/base/limits.h>
#include <ctwatch/base/mem.h>
#include <ctwatch/base/text.h>
#include <ctwatch/base/time.h>
#include <ctwatch/policy/chain.h>
#include <ctwatch/wire/cert_extension.h>
#include <ctwatch/wire/der.h>
#include <ctwatch/wire/oid.h>

/* BR, 1.6.1: a certificate of at most 7 days, of which notAfter is the last
 * second, need not be revoked. */
#define SHORT_LIVED (7 * TIME_DAY)

/* Context tags of DistributionPoint and GeneralName. */
enum {
	POINT_NAME = 0xa0,
	POINT_FULL_NAME = 0xa0,
	NAME_URI = 0x86
};

/* Return a URL of a certificate as text, which the caller frees; NULL if it is
 * not allowed. */
static char *
url_text(struct bytes url)
{
	if (url.n > LIMIT_URL || memchr(url.p, '\0', url.n) != NULL ||
	    !text_is_ascii(url))
		return NULL;
	return mem_printf("%.*s", (int)url.n, (const char *)url.p);
}

/* Note the URL that the status rests on, though it cannot be asked. */
static void
set_source(struct lookup *l, struct bytes url)
{
	struct buf shown;

	buf_init(&shown, LIMIT_URL);
	escape_line(&shown, url, LIMIT_SHOWN_TEXT);
	free(l->status.url);
	l->status.url = buf_detach(&shown);
}

static void
add_url(struct lookup *l, struct bytes url)
{
	char *text;

	if (l->n_urls == LIMIT_CRL_URLS)
		return;
	text = url_text(url);
	if (text == NULL) {
		set_source(l, url);
		free(l->status.why);
		l->status.why =
		    mem_printf("the URL of the CRL is not asked: it is not "
		               "ASCII or over %u bytes",
		        LIMIT_URL);
		return;
	}
	l->urls = mem_grow(l->urls, l->n_urls, sizeof *l->urls);
	l->urls[l->n_urls++] = text;
}

/* RFC 5280, 4.2.1.13: the URIs of the full names. */
static void
add_distribution_points(struct lookup *l, const struct cert *c)
{
	struct der point, d, name;
	struct bytes list;

	if (!cert_extension_sequence(
	        c->extensions, OID_BYTES(OID_CRL_POINTS), &list))
		return;
	while (der_take(&list, DER_SEQUENCE, &point))
		while (der_any(&point.body, &d)) {
			if (d.tag != POINT_NAME ||
			    !der_take(&d.body, POINT_FULL_NAME, &name))
				continue;
			while (der_any(&name.body, &d))
				if (d.tag == NAME_URI)
					add_url(l, d.body);
		}
}

/* RFC 5280, 4.2.2.1: the first OCSP responder of authorityInfoAccess, which the
 * caller frees, or NULL. */
static char *
find_responder(const struct cert *c)
{
	struct der access, method, name;
	struct bytes list;
	char *url = NULL;

	if (!cert_extension_sequence(
	        c->extensions, OID_BYTES(OID_INFO_ACCESS), &list))
		return NULL;
	while (url == NULL && der_take(&list, DER_SEQUENCE, &access))
		if (der_take(&access.body, DER_OID, &method) &&
		    OID_IS(method.body, OID_OCSP) &&
		    der_take(&access.body, NAME_URI, &name))
			url = url_text(name.body);
	return url;
}

void
lookup_settle(
    struct lookup *l, enum store_revocation_status status, const char *why)
{
	char *copy = why != NULL ? mem_strdup(why) : NULL;

	l->status.status = status;
	free(l->status.why);
	l->status.why = copy;
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

/* Choose the source of the status: a CRL, else the OCSP responder. */
static void
find_sources(
    struct lookup *l, const struct cert *c, int64_t lifetime, const char *ccadb)
{
	char *responder = find_responder(c);

	add_distribution_points(l, c);
	if (l->n_urls == 0 && responder == NULL && lifetime < SHORT_LIVED)
		lookup_settle(l, STORE_REVOCATION_NOT_APPLICABLE,
		    "the certificate is valid for at most 7 days and names "
		    "neither a CRL nor an OCSP responder");
	else if (l->issuer.n == 0) {
		if (l->n_urls > 0 || responder != NULL)
			set_source(l,
			    bytes_of(l->n_urls > 0 ? l->urls[0] : responder));
		l->status.by_ocsp = l->n_urls == 0;
		lookup_settle(l, STORE_REVOCATION_UNKNOWN,
		    "no issuer certificate that verifies the signature is "
		    "stored");
	} else if (l->n_urls == 0 && ccadb != NULL)
		add_ccadb(l, ccadb);
	if (!l->settled && l->n_urls == 0) {
		l->ocsp = responder;
		responder = NULL;
	}
	if (!l->settled && l->n_urls == 0 && l->ocsp == NULL)
		lookup_settle(l, STORE_REVOCATION_UNKNOWN,
		    l->status.why != NULL
		        ? l->status.why
		        : "the certificate names neither a CRL nor an OCSP "
		          "responder; use --ccadb DIR for CRLs of the issuer");
	free(responder);
}

void
lookup_init(struct lookup *l, const struct store_cert *cert, const char *ccadb,
    int64_t now)
{
	struct bytes whole =
	    cert->kind == LEAF_X509 ? cert->der : cert->precert;
	int64_t start, end;
	struct chain chain;
	struct cert c;

	*l = (struct lookup){ 0 };
	memcpy(l->tbs, cert->tbs_sha256, SHA256_SIZE);
	if (leaf_parse_cert(cert->kind, cert->der, &c) != CERT_OK ||
	    !asn1_time_parse(c.not_before, &start) ||
	    !asn1_time_parse(c.not_after, &end)) {
		lookup_settle(l, STORE_REVOCATION_UNKNOWN,
		    "the certificate cannot be parsed");
		return;
	}
	l->serial = blob_copy(c.serial);
	if (end < now) {
		lookup_settle(l, STORE_REVOCATION_NOT_APPLICABLE,
		    "the certificate has expired");
		return;
	}
	chain_follow(NULL, whole, cert->issuer_key_hash, cert->chain, &chain);
	if (chain.n > 0 && chain.der[0].n > 0)
		l->issuer = blob_copy(chain.der[0]);
	find_sources(l, &c, end - start, ccadb);
}

void
lookup_fini(struct lookup *l)
{
	for (size_t i = 0; i < l->n_urls; i++)
		free(l->urls[i]);
	free(l->urls);
	free(l->ocsp);
	blob_fini(&l->serial);
	blob_fini(&l->issuer);
	store_revocation_fini(&l->status);
}

int64_t
lookup_time_limit(int64_t deadline, int64_t most)
{
	int64_t left = deadline - time_mono();

	if (deadline == 0 || left > most)
		return most;
	return left > 0 ? left : 1;
}
