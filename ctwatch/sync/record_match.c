/* SPDX-License-Identifier: Apache-2.0 */
#include <string.h>

#include "sync/record_match.h"
#include <ctwatch/base/limits.h>
#include <ctwatch/base/time.h>
#include <ctwatch/net/mtc_cosigners.h>
#include <ctwatch/policy/chain.h>
#include <ctwatch/wire/cert_extension.h>
#include <ctwatch/wire/oid.h>

/* Maximum time that a log's clock may be ahead of ours. */
#define FUTURE (5 * TIME_MINUTE)

/* Maximum size of a chain made of issuers. */
#define CHAIN_BYTES (64 * (size_t)LIMIT_ISSUER)

/* Report whether c has the extended key usage of a precertificate signing CA
 * (RFC 6962, 3.1), wherever it stands in the extension. */
static bool
is_precert_signer(const struct cert *c)
{
	const struct bytes signer = OID_INIT(OID_PRECERT_SIGNER);
	struct cert_extension ext;

	return cert_extension_find(
	           c->extensions, OID_BYTES(OID_EXT_KEY_USAGE), &ext) &&
	    memmem(ext.value.p, ext.value.n, signer.p, signer.n) != NULL;
}

/* The issuers of a static log's entry as a chain of u24 vectors. */
static bool
chain_of(struct bytes fingerprints, const struct record_match_issuers *issuers,
    struct buf *chain)
{
	struct bytes one;
	struct buf der;
	bool complete = true;

	buf_init(&der, LIMIT_ISSUER);
	while (bytes_take(&fingerprints, SHA256_SIZE, &one)) {
		buf_clear(&der);
		/* Do not store a chain with a missing element. */
		complete = complete && issuers->get(issuers->arg, one.p, &der);
		if (!complete)
			break;
		buf_add_byte(chain, (uint8_t)(der.n >> 16));
		buf_add_byte(chain, (uint8_t)(der.n >> 8));
		buf_add_byte(chain, (uint8_t)der.n);
		buf_add(chain, buf_view(&der));
	}
	buf_fini(&der);
	return complete;
}

/* Report whether a chain begins with the issuer of a precertificate's leaf, or
 * a precertificate signing CA below it. */
static bool
begins_with_issuer(const struct leaf *leaf, struct bytes elements)
{
	struct bytes der;
	uint8_t spki[SHA256_SIZE];
	struct cert issuer;
	bool have;

	have = leaf_next_cert(&elements, &der) &&
	    cert_parse(der, &issuer) == CERT_OK;
	if (have && is_precert_signer(&issuer))
		have = leaf_next_cert(&elements, &der) &&
		    cert_parse(der, &issuer) == CERT_OK;
	if (!have)
		return false;
	cert_pin(&issuer, spki);
	return memcmp(spki, leaf->issuer_key_hash.p, sizeof spki) == 0;
}

/*
 * Follow the chain and find the key hash of the issuer.  A precertificate's
 * leaf has it (RFC 6962, 3.2).  Nothing ties a chain to an x509_entry but the
 * signature of the certificate: without a valid one *issuer stays zero.
 * Return whether the chain verifies from the leaf on, or is empty.
 */
static bool
follow(struct signature_cache *signatures, const struct leaf *leaf,
    struct bytes elements, uint8_t issuer[static SHA256_SIZE])
{
	const bool precert = leaf->kind == LEAF_PRECERT;
	struct chain chain;

	chain_follow(signatures, leaf_whole_cert(leaf->kind, leaf->cert),
	    precert ? leaf->issuer_key_hash.p : NULL, elements, &chain);
	if (precert)
		memcpy(issuer, leaf->issuer_key_hash.p, SHA256_SIZE);
	else if (chain.n > 0)
		memcpy(issuer, chain.spki_sha256[0], SHA256_SIZE);
	return chain_fits(&chain, elements) &&
	    (!precert || elements.n == 0 || begins_with_issuer(leaf, elements));
}

/* RFC 6962, 3.1: one critical poison extension with value NULL. */
static bool
is_poisoned(const struct cert *pre)
{
	const struct bytes null = bytes_at("\5", 2);
	struct bytes list = pre->extensions;
	struct cert_extension x;
	size_t n = 0, good = 0;

	while (cert_extension_next(&list, &x)) {
		if (!cert_extension_is_poison(&x))
			continue;
		n++;
		good += x.critical && bytes_equal(x.value, null);
	}
	return n == 1 && good == 1;
}

/* The precertificate must be the leaf's TBSCertificate and the poison; one by a
 * precertificate signing CA differs only in issuer and AKI. */
static bool
precert_fits(
    const struct cert *leaf, const struct cert *pre, struct bytes chain)
{
	uint8_t a[SHA256_SIZE], b[SHA256_SIZE];
	struct cert signer;
	struct bytes signer_der;

	cert_tbs_hash(leaf, a);
	cert_tbs_hash(pre, b);
	if (memcmp(a, b, sizeof a) == 0)
		return true;
	return leaf_next_cert(&chain, &signer_der) &&
	    cert_parse(signer_der, &signer) == CERT_OK &&
	    is_precert_signer(&signer) &&
	    bytes_equal(leaf->serial, pre->serial) &&
	    bytes_equal(leaf->not_before, pre->not_before) &&
	    bytes_equal(leaf->not_after, pre->not_after) &&
	    bytes_equal(leaf->subject, pre->subject) &&
	    bytes_equal(leaf->spki, pre->spki);
}

/* Return the faults of the precertificate of a leaf, as notes only: it is not
 * authenticated. */
static unsigned
notes_of_precert(const struct cert *leaf, struct bytes der, struct bytes chain)
{
	unsigned notes = 0;
	struct cert pre;

	if (cert_parse(der, &pre) != CERT_OK)
		return STORE_NOTE_PRECERT;
	if (!precert_fits(leaf, &pre, chain))
		notes |= STORE_NOTE_PRECERT;
	if (!is_poisoned(&pre))
		notes |= STORE_NOTE_POISON;
	return notes;
}

/* Verify the chain and the precertificate of c, and note their faults. */
static void
read_chain(struct signature_cache *signatures, const struct leaf *leaf,
    const struct cert *cert, struct store_cert *c, struct store_sighting *at)
{
	if (!follow(signatures, leaf, c->chain, c->issuer_key_hash)) {
		at->notes |= STORE_NOTE_CHAIN;
		c->chain_complete = false;
	}
	if (leaf->kind == LEAF_PRECERT &&
	    (c->precert.n > 0 || (at->notes & STORE_NOTE_EXTRA) == 0))
		at->notes |= notes_of_precert(cert, c->precert, c->chain);
}

/* Report whether a certificate ends outside the log's interval. */
static bool
ends_outside(const struct loglist_log *log, const struct cert *cert)
{
	int64_t end;

	return log->interval_end != 0 &&
	    asn1_time_parse(cert->not_after, &end) &&
	    (end < log->interval_start || end >= log->interval_end);
}

bool
record_match(struct store *store, const struct loglist_log *log,
    const struct batch_match *m, const struct record_match_issuers *issuers,
    bool *outside)
{
	bool lacks = false, ok;
	int64_t start;
	struct store_sighting at = { .index = m->index,
		.timestamp = m->leaf.timestamp,
		.kind = m->leaf.kind };
	struct store_cert c = { .kind = m->leaf.kind,
		.der = m->leaf.cert,
		.precert = blob_view(m->precert),
		.chain = blob_view(m->chain),
		.first_seen = time_now(),
		.last_seen = time_now() };
	struct buf chain;
	struct cert cert;

	buf_init(&chain, CHAIN_BYTES);
	c.chain_complete = (m->notes & BATCH_NOTE_EXTRA) == 0;
	if (m->fingerprints.n > 0) {
		c.chain_complete =
		    chain_of(blob_view(m->fingerprints), issuers, &chain);
		c.chain = buf_view(&chain);
		lacks = !c.chain_complete;
		if (lacks)
			at.notes |= STORE_NOTE_ISSUER;
	}
	*outside =
	    leaf_parse_cert(m->leaf.kind, m->leaf.cert, &cert) == CERT_OK &&
	    ends_outside(log, &cert);
	/* An entry of an issuance log has no time. */
	if (m->leaf.kind == LEAF_MTC &&
	    asn1_time_parse(cert.not_before, &start) && start > 0)
		at.timestamp = (uint64_t)start;
	cert_tbs_hash(&cert, c.tbs_sha256);
	memcpy(at.log_id, log->id, sizeof at.log_id);
	memcpy(at.leaf_hash, m->leaf_hash.b, sizeof at.leaf_hash);
	if (*outside)
		at.notes |= STORE_NOTE_INTERVAL;
	if (m->leaf.timestamp > (uint64_t)(time_now() + FUTURE))
		at.notes |= STORE_NOTE_FUTURE;
	if (m->notes & BATCH_NOTE_EXTRA)
		at.notes |= STORE_NOTE_EXTRA;
	if (m->notes & BATCH_NOTE_INDEX)
		at.notes |= STORE_NOTE_INDEX;
	/* The CA of an issuance log signs the tree, by the key that the user
	 * configured. */
	if (m->leaf.kind == LEAF_MTC)
		mtc_cosigners_ca_pin(blob_view(log->key), log->submission_url,
		    c.issuer_key_hash);
	else
		read_chain(issuers->signatures, &m->leaf, &cert, &c, &at);
	ok = store_sighting_add(store, &c, &at) &&
	    (!lacks ||
	        store_chain_await(store, &at, blob_view(m->fingerprints)));
	buf_fini(&chain);
	return ok;
}

void
record_match_verify(
    const struct batch_match *m, const struct record_match_issuers *issuers)
{
	const struct bytes whole = leaf_whole_cert(m->leaf.kind, m->leaf.cert);
	struct bytes elements = blob_view(m->chain);
	struct chain followed;
	struct buf chain;

	if (whole.n == 0)
		return;
	buf_init(&chain, CHAIN_BYTES);
	if (m->fingerprints.n > 0) {
		chain_of(blob_view(m->fingerprints), issuers, &chain);
		elements = buf_view(&chain);
	}
	chain_follow(issuers->signatures, whole, NULL, elements, &followed);
	buf_fini(&chain);
}

bool
record_match_complete(struct store *store, const struct store_sighting *from,
    struct bytes fingerprints, const struct record_match_issuers *issuers)
{
	struct store_sighting at = *from;
	struct store_cert c, with;
	struct leaf leaf = { .kind = at.kind };
	struct buf chain;
	struct cert cert;
	bool ok;

	if (!store_cert_load(store, at.tbs_sha256, &c))
		return false;
	buf_init(&chain, CHAIN_BYTES);
	ok = chain_of(fingerprints, issuers, &chain) &&
	    leaf_parse_cert(c.kind, c.der, &cert) == CERT_OK;
	if (ok) {
		leaf.cert = c.der;
		leaf.issuer_key_hash =
		    (struct bytes){ c.issuer_key_hash, SHA256_SIZE };
		with = c;
		with.chain = buf_view(&chain);
		with.chain_complete = true;
		at.notes &= ~(unsigned)(STORE_NOTE_ISSUER | STORE_NOTE_CHAIN |
		    STORE_NOTE_PRECERT | STORE_NOTE_POISON);
		read_chain(issuers->signatures, &leaf, &cert, &with, &at);
		ok = store_chain_complete(store, &with, &at);
	}
	buf_fini(&chain);
	store_cert_fini(&c);
	return ok;
}
