/* SPDX-License-Identifier: Apache-2.0 */
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include <jansson.h>

#include "response/evidence_log.h"
#include "response/evidence_missing.h"
#include "response/verify_sh.h"
#include <ctwatch/base/limits.h>
#include <ctwatch/base/mem.h>
#include <ctwatch/policy/json_bytes.h>
#include <ctwatch/wire/note.h>
#include <ctwatch/wire/tlog_proof.h>

/* The input of the bundle. */
struct source {
	const json_t *v; /* borrowed: the evidence of the audit */
	struct store_log log;
	char *origin;    /* owned */
	struct blob raw; /* owned: the tree head as served */
	struct tree_head head;
	struct bundle *out;
};

/* Add the bytes of a member as a file; false if it has none. */
static bool
add_member(struct source *s, const char *member, const char *file)
{
	struct blob b = json_bytes_take(json_object_get(s->v, member));
	bool ok = b.n > 0;

	if (ok)
		bundle_add_bytes(s->out, file, blob_view(b));
	blob_fini(&b);
	return ok;
}

/* Parse an answer to get-sth (RFC 6962, 4.3). */
static bool
parse_sth(struct bytes raw, struct tree_head *out)
{
	json_t *j = json_loadb((const char *)raw.p, raw.n, 0, NULL);
	struct blob root =
	    json_bytes_take(json_object_get(j, "sha256_root_hash"));
	struct blob signature =
	    json_bytes_take(json_object_get(j, "tree_head_signature"));
	bool ok =
	    root.n == SHA256_SIZE && signature.n <= TREE_HEAD_SIGNATURE_MAX;

	if (ok) {
		out->size = (uint64_t)json_integer_value(
		    json_object_get(j, "tree_size"));
		out->timestamp = (uint64_t)json_integer_value(
		    json_object_get(j, "timestamp"));
		memcpy(out->root.b, root.p, SHA256_SIZE);
		memcpy(out->signature, signature.p, signature.n);
		out->n_signature = signature.n;
	}
	blob_fini(&root);
	blob_fini(&signature);
	json_decref(j);
	return ok;
}

/* Add the tree head as served, and as a checkpoint to *note. */
static bool
add_head(struct source *s, struct buf *note)
{
	bool is_note = note_checkpoint(blob_view(s->raw), s->origin, s->log.id,
	                   &s->head) == NOTE_OK;

	if (!is_note && !parse_sth(blob_view(s->raw), &s->head))
		return false;
	bundle_add_bytes(
	    s->out, is_note ? "checkpoint" : "sth.json", blob_view(s->raw));
	return is_note
	    ? buf_add(note, blob_view(s->raw))
	    : tlog_proof_checkpoint(&s->head, s->origin, s->log.id, note);
}

/* Add the inclusion proof of the entry that the log has instead, or the head
 * alone. */
static bool
add_proof(struct source *s, struct bytes note)
{
	const json_t *path = json_object_get(s->v, "audit_path");
	struct tlog_proof proof = { .checkpoint = note };
	size_t i;
	json_t *v;

	if (!add_member(s, "entry", "other-leaf.bin")) {
		bundle_add_bytes(s->out, "head.note", note);
		return true;
	}
	proof.index =
	    (uint64_t)json_integer_value(json_object_get(s->v, "index"));
	json_array_foreach(path, i, v) {
		struct blob hash = json_bytes_take(v);
		bool ok = hash.n == SHA256_SIZE && i < LIMIT_PROOF;

		if (ok)
			memcpy(proof.path[proof.n++].b, hash.p, SHA256_SIZE);
		blob_fini(&hash);
		if (!ok)
			return false;
	}
	return tlog_proof_write(
	    &proof, bundle_add(s->out, "proof.tlog-proof", EVIDENCE_LOG_TEXT));
}

static void
add_readme(struct source *s, const struct store_finding *f)
{
	struct buf *out = bundle_add(s->out, "README", EVIDENCE_LOG_TEXT);

	buf_printf(out,
	    "Evidence that a log signed an SCT and does not have the entry\n"
	    "\n"
	    "Log:    %s\n"
	    "Tree:   %" PRIu64 " entries\n"
	    "\n"
	    "Run  sh verify.sh  to check it.  It needs openssl and no "
	    "network.\n"
	    "\n"
	    "leaf.bin          the MerkleTreeLeaf (RFC 6962, 3.4) that the SCT "
	    "promises\n"
	    "sct.bin           the SCT; its signature is over leaf.bin\n"
	    "sth.json or checkpoint  a later tree head, as the log served it\n"
	    "other-leaf.bin    the leaf that the log has at the index in the "
	    "SCT\n"
	    "proof.tlog-proof  its inclusion proof, and the tree head\n"
	    "head.note         without these two: the tree head as a "
	    "checkpoint\n"
	    "log-key.der       the log's public key; log.json describes the "
	    "log\n"
	    "finding.json      what ctwatch reported\n"
	    "\n"
	    "The SCT of a static-ct-api log names the index of its entry.  If "
	    "another leaf\n"
	    "is there, or the tree is smaller although the maximum merge delay "
	    "has passed,\n"
	    "the log has broken its promise.  An RFC 6962 log cannot prove "
	    "that it lacks an\n"
	    "entry: that rests on its answer to get-proof-by-hash.\n"
	    "\n%s\n",
	    s->log.description, s->head.size,
	    f->message != NULL ? f->message : "");
}

static bool
fill(struct source *s, const struct store_finding *f, struct bytes finding)
{
	struct buf note;
	bool ok;

	buf_init(&note, EVIDENCE_LOG_TEXT);
	bundle_add_bytes(s->out, "finding.json", finding);
	ok = add_member(s, "leaf", "leaf.bin") &&
	    add_member(s, "sct", "sct.bin") && add_head(s, &note) &&
	    add_proof(s, buf_view(&note));
	if (ok) {
		evidence_log_add(&s->log, s->out);
		bundle_add_bytes(s->out, "verify.sh", verify_sh());
		add_readme(s, f);
		bundle_add_manifest(s->out);
	}
	buf_fini(&note);
	return ok;
}

bool
evidence_missing_fill(struct store *st, const struct store_finding *f,
    struct bytes finding, struct bundle *out, struct buf *missing)
{
	json_t *detail = json_loads(f->detail, 0, NULL);
	struct source s = { .v = json_object_get(detail, "evidence"),
		.out = out };
	struct blob key = json_bytes_take(json_object_get(s.v, "log_key"));
	uint8_t id[SHA256_SIZE];
	bool ok = false;

	sha256_digest(blob_view(key), id);
	s.raw = json_bytes_take(json_object_get(s.v, "head"));
	if (key.n == 0 || s.raw.n == 0)
		buf_add_text(missing, "the finding has no evidence\n");
	else if (!store_log_load(st, id, &s.log))
		buf_add_text(missing, "the log is not in the store\n");
	else {
		s.origin = evidence_log_origin(&s.log);
		ok = fill(&s, f, finding);
		if (!ok)
			buf_add_text(missing,
			    "the evidence of the finding is damaged\n");
	}
	free(s.origin);
	store_log_fini(&s.log);
	blob_fini(&s.raw);
	blob_fini(&key);
	json_decref(detail);
	return ok;
}
