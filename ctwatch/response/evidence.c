/* SPDX-License-Identifier: Apache-2.0 */
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include <jansson.h>

#include "response/evidence_log.h"
#include "response/evidence_missing.h"
#include "response/verify_sh.h"
#include <ctwatch/base/mem.h>
#include <ctwatch/base/text.h>
#include <ctwatch/base/time.h>
#include <ctwatch/policy/chain.h>
#include <ctwatch/response/evidence.h>
#include <ctwatch/wire/mtc_entry.h>
#include <ctwatch/wire/sct_list.h>

#define LEAF_MAX ((1u << 24) + (1u << 16) + 64)

/* static-ct-api, "SCT extension": leaf_index, 40 bits. */
static void
add_leaf_index(uint64_t index, struct buf *out)
{
	static const uint8_t head[] = { 0, 0, 5 };

	buf_add(out, (struct bytes){ head, sizeof head });
	for (int shift = 32; shift >= 0; shift -= 8)
		buf_add_byte(out, (uint8_t)(index >> shift));
}

/* Return the certificate in the form of this kind of entry. */
static bool
entry_cert(const struct store_cert *c, enum leaf_kind kind, struct buf *out)
{
	struct cert parsed;

	if (kind == c->kind)
		return buf_add(out, c->der);
	if (kind != LEAF_PRECERT || cert_parse(c->der, &parsed) != CERT_OK)
		return false;
	return cert_tbs_add(&parsed, out);
}

/* Append the entry of an issuance log, which follows its serial number. */
static bool
add_entry(struct bytes der, const struct store_sighting *at, struct buf *out)
{
	struct merkle_hash hash;
	struct bytes serial;

	if (!mtc_entry_take_serial(&der, &serial))
		return false;
	merkle_leaf_hash(der, &hash);
	return memcmp(hash.b, at->leaf_hash, SHA256_SIZE) == 0 &&
	    buf_add(out, der);
}

bool
evidence_leaf(const struct store_cert *c, const struct store_sighting *at,
    struct buf *out)
{
	struct leaf leaf = { .timestamp = at->timestamp, .kind = at->kind };
	size_t before = out->n;
	struct merkle_hash hash;
	struct buf cert, extension;
	bool same = false;

	if (at->kind == LEAF_MTC)
		return c->kind == LEAF_MTC && add_entry(c->der, at, out);
	buf_init(&cert, c->der.n);
	buf_init(&extension, 16);
	if (entry_cert(c, at->kind, &cert)) {
		leaf.cert = buf_view(&cert);
		leaf.issuer_key_hash =
		    (struct bytes){ c->issuer_key_hash, SHA256_SIZE };
		/* An entry of a static log has its index. */
		for (int i = 0; i < 2 && !same; i++) {
			out->n = before;
			leaf.extensions = buf_view(&extension);
			leaf_add(&leaf, out);
			merkle_leaf_hash(
			    (struct bytes){ out->p + before, out->n - before },
			    &hash);
			same = memcmp(hash.b, at->leaf_hash, SHA256_SIZE) == 0;
			add_leaf_index(at->index, &extension);
		}
	}
	if (!same)
		out->n = before;
	buf_fini(&cert);
	buf_fini(&extension);
	return same;
}

struct bytes
evidence_entry(const struct store_cert *c, const struct store_sighting *at)
{
	if (at->kind == LEAF_PRECERT)
		return c->precert;
	return c->kind == LEAF_X509 ? c->der : (struct bytes){ NULL, 0 };
}

/* ---- the parts of a bundle ---- */

/* The input of a bundle. */
struct source {
	const struct store_cert *cert;
	const struct store_sighting *at;
	struct store_proof
	    proof; /* .proof.n and .raw; zero if none is stored */
	bool proved;
	struct store_log log;
	struct bundle *out;
	struct buf *missing;
};

static void
add_leaf(struct source *s)
{
	struct buf leaf;

	buf_init(&leaf, LEAF_MAX);
	if (evidence_leaf(s->cert, s->at, &leaf))
		bundle_add_bytes(s->out, "leaf.bin", buf_view(&leaf));
	else
		buf_add_text(s->missing,
		    "leaf.bin: the store does not have the bytes that the log "
		    "hashed\n");
	buf_fini(&leaf);
}

/* Add the entry as signed, and the part of its chain that verifies. */
static void
add_chain(struct source *s)
{
	const struct store_cert *c = s->cert;
	struct bytes entry = evidence_entry(c, s->at);
	struct chain chain;

	/* The signature of the CA is that of the checkpoint. */
	if (c->kind == LEAF_MTC)
		return;
	if (entry.n == 0) {
		buf_add_text(s->missing,
		    "entry.der: the log did not give the precertificate\n");
		return;
	}
	bundle_add_bytes(s->out, "entry.der", entry);
	chain_follow(NULL, entry, c->issuer_key_hash, c->chain, &chain);
	for (size_t i = 0; i < chain.n && chain.der[i].n > 0; i++) {
		char *name = mem_printf("chain/%zu.der", i);

		bundle_add_bytes(s->out, name, chain.der[i]);
		free(name);
	}
	if (chain.n == 0 || chain.der[0].n == 0)
		buf_add_text(s->missing,
		    "chain/0.der: no issuer certificate that verifies the "
		    "signature is stored\n");
}

static void
add_proof(struct source *s)
{
	bool notes = s->log.kind != LOG_KIND_RFC6962;
	char *origin = evidence_log_origin(&s->log);
	struct buf checkpoint;

	if (!s->proved) {
		buf_add_text(s->missing,
		    "proof.tlog-proof: no inclusion proof is stored\n");
		free(origin);
		return;
	}
	bundle_add_bytes(
	    s->out, notes ? "checkpoint" : "sth.json", blob_view(s->proof.raw));
	buf_init(&checkpoint, EVIDENCE_LOG_TEXT);
	if (notes)
		buf_add(&checkpoint, blob_view(s->proof.raw));
	else
		tlog_proof_checkpoint(
		    &s->proof.head, origin, s->log.id, &checkpoint);
	s->proof.proof.checkpoint = buf_view(&checkpoint);
	tlog_proof_write(&s->proof.proof,
	    bundle_add(s->out, "proof.tlog-proof", EVIDENCE_LOG_TEXT));
	s->proof.proof.checkpoint = (struct bytes){ 0 };
	buf_fini(&checkpoint);
	free(origin);
}

/* Add the SCT of this log and time from a final certificate (RFC 6962, 3.3):
 * the log's promise to log this entry. */
static void
add_sct(struct source *s)
{
	enum sct_list_result r;
	struct bytes list;
	struct sct sct;
	struct cert c;
	bool trailing;

	if (s->cert->kind != LEAF_X509 || s->at->kind != LEAF_PRECERT ||
	    cert_parse(s->cert->der, &c) != CERT_OK ||
	    sct_list_embedded(&c, &list, &trailing) != SCT_LIST_OK)
		return;
	while ((r = sct_list_next(&list, &sct)) != SCT_LIST_ABSENT)
		if (r == SCT_LIST_OK && sct.timestamp == s->at->timestamp &&
		    memcmp(sct.log_id.p, s->log.id, SHA256_SIZE) == 0) {
			bundle_add_bytes(s->out, "sct.bin", sct.whole);
			return;
		}
}

static void
add_readme(struct source *s)
{
	struct buf *out = bundle_add(s->out, "README", EVIDENCE_LOG_TEXT);
	char time[TIME_TEXT];

	time_format(s->at->timestamp > INT64_MAX ? INT64_MAX
	                                         : (int64_t)s->at->timestamp,
	    time);
	buf_printf(out,
	    "Evidence about a certificate in a Certificate Transparency log\n"
	    "\n"
	    "Log:    %s\n"
	    "Entry:  %" PRIu64 ", timestamp %s\n"
	    "\n"
	    "Run  sh verify.sh  to check it.  It needs openssl and no "
	    "network.\n"
	    "\n"
	    "leaf.bin          the MerkleTreeLeaf (RFC 6962, 3.4) that the log "
	    "hashed\n"
	    "proof.tlog-proof  its inclusion proof and the signed tree head\n"
	    "sth.json or checkpoint  the tree head as the log served it\n"
	    "log-key.der       the log's public key; log.json describes the "
	    "log\n"
	    "sct.bin           the log's promise, from the final certificate\n"
	    "entry.der         the certificate or precertificate as logged\n"
	    "chain/0.der ...   its chain, as far as signatures verify\n"
	    "other-precert-0.der ...  precertificates that a log served with "
	    "this leaf,\n"
	    "                  and that are not its own (CTW039)\n"
	    "finding.json      what ctwatch reported\n"
	    "\n"
	    "leaf.bin, the proof and the tree head show that the log "
	    "committed to\n"
	    "this entry.  The signature on entry.der shows that the CA issued "
	    "it.\n"
	    "For a precertificate, leaf.bin has the TBSCertificate of\n"
	    "entry.der without the poison extension.\n",
	    s->log.description, s->at->index, time);
	if (s->missing->n > 0) {
		buf_add_text(out, "\nMissing:\n");
		buf_add(out, buf_view(s->missing));
	}
}

/* Precertificates that a log served with the leaf, and that are not its own:
 * what CTW039 is about. */
static void
add_other_precerts(struct store *s, struct source *source)
{
	struct bytes rest, der;
	struct buf all;
	size_t i = 0;

	buf_init(&all, SIZE_MAX / 2);
	store_cert_other_precerts(s, source->cert->tbs_sha256, &all);
	for (rest = buf_view(&all); bytes_vec24(&rest, &der);) {
		char *name = mem_printf("other-precert-%zu.der", i++);

		bundle_add_bytes(source->out, name, der);
		free(name);
	}
	buf_fini(&all);
}

/* ---- choice of the sighting ---- */

/* Load the proof of the earliest sighting that has one; *at is that sighting,
 * or the earliest of all. */
static bool
choose(struct store *s, const struct store_sighting *v, size_t n,
    const struct store_sighting **at, struct store_proof *proof)
{
	bool proved = false;

	*at = NULL;
	for (size_t i = 0; i < n; i++) {
		struct store_proof p;
		bool has = store_proof_load(
		    s, v[i].log_id, v[i].index, v[i].leaf_hash, &p);
		bool earlier = *at == NULL || v[i].timestamp < (*at)->timestamp;

		if (has == proved ? !earlier : proved) {
			store_proof_fini(&p);
			continue;
		}
		store_proof_fini(proof);
		*proof = p;
		*at = &v[i];
		proved = has;
	}
	return proved;
}

bool
evidence_fill(struct store *s, const struct store_finding *f,
    struct bytes finding, struct bundle *out, struct buf *missing)
{
	struct source source = { .out = out, .missing = missing };
	struct store_sighting *v;
	struct store_cert cert;
	size_t n;
	bool ok = false;

	if (strcmp(f->rule, "CTW053") == 0)
		return evidence_missing_fill(s, f, finding, out, missing);
	if (!store_cert_load(s, f->tbs_sha256, &cert)) {
		buf_add_text(
		    missing, "the finding is not about a certificate\n");
		return false;
	}
	v = store_sightings(s, f->tbs_sha256, &n);
	source.cert = &cert;
	source.proved = choose(s, v, n, &source.at, &source.proof);
	if (source.at == NULL)
		buf_add_text(missing, "the certificate has no sighting\n");
	else if (!store_log_load(s, source.at->log_id, &source.log))
		buf_add_text(missing, "the log is not in the store\n");
	else {
		bundle_add_bytes(out, "finding.json", finding);
		add_leaf(&source);
		add_chain(&source);
		add_other_precerts(s, &source);
		add_proof(&source);
		evidence_log_add(&source.log, out);
		add_sct(&source);
		bundle_add_bytes(out, "verify.sh", verify_sh());
		add_readme(&source);
		bundle_add_manifest(out);
		store_log_fini(&source.log);
		ok = true;
	}
	store_proof_fini(&source.proof);
	store_cert_fini(&cert);
	free(v);
	return ok;
}
