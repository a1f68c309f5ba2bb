/* SPDX-License-Identifier: Apache-2.0 */
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "audit/browser_policy.h"
#include "audit/inclusion.h"
#include <ctwatch/audit/audit.h>
#include <ctwatch/audit/mtc_audit.h>
#include <ctwatch/base/limits.h>
#include <ctwatch/base/mem.h>
#include <ctwatch/wire/mimic_log.h>
#include <ctwatch/wire/mtc_cert.h>

/* ---- SCTs ---- */

static void
add_list(struct audit_cert *c, struct bytes list, enum audit_sct_source source)
{
	enum sct_list_result r;
	struct sct sct;

	while ((r = sct_list_next(&list, &sct)) != SCT_LIST_ABSENT) {
		if (r == SCT_LIST_MALFORMED) {
			c->malformed++;
			continue;
		}
		c->scts = mem_grow(c->scts, c->n_scts, sizeof *c->scts);
		c->scts[c->n_scts++] =
		    (struct audit_sct){ .sct = sct, .source = source };
	}
}

static void
take_scts(struct audit_cert *c)
{
	enum sct_list_result r;
	struct bytes list;
	bool trailing;

	r = sct_list_embedded(&c->cert, &list, &trailing);
	/* A list has an SCT (RFC 6962, 3.3). */
	c->malformed += r == SCT_LIST_MALFORMED || trailing ||
	    (r == SCT_LIST_OK && list.n == 0);
	add_list(c, list, AUDIT_SCT_EMBEDDED);
	add_list(c, buf_view(&c->tls_scts), AUDIT_SCT_TLS);
	add_list(c, buf_view(&c->ocsp_scts), AUDIT_SCT_OCSP);
}

/* Append the leaf of an SCT: for an embedded one that of the precertificate,
 * else that of the certificate. */
static bool
make_leaf(
    const struct audit_cert *c, const struct audit_sct *s, struct buf *out)
{
	bool embedded = s->source == AUDIT_SCT_EMBEDDED;
	struct leaf leaf;
	struct buf tbs;
	bool ok;

	buf_init(&tbs, c->cert.tbs.n);
	if (embedded)
		cert_tbs_add(&c->cert, &tbs);
	sct_list_leaf(&s->sct, embedded ? LEAF_PRECERT : LEAF_X509,
	    embedded ? buf_view(&tbs) : blob_view(c->der), c->issuer_key_hash,
	    &leaf);
	ok = leaf_add(&leaf, out);
	buf_fini(&tbs);
	return ok;
}

static void
check_signature(
    const struct audit_cert *c, struct audit_sct *s, struct bytes leaf)
{
	struct tree_head_key *key;

	if (mimic_log_is(s->sct.log_id.p)) {
		s->signature = AUDIT_SCT_INVALID;
		s->why = mem_strdup(MIMIC_LOG_REASON);
		return;
	}
	if (s->log == NULL) {
		s->signature = AUDIT_SCT_UNKNOWN_LOG;
		return;
	}
	if (!c->has_issuer && s->source == AUDIT_SCT_EMBEDDED) {
		s->signature = AUDIT_SCT_UNCHECKED;
		s->why =
		    mem_strdup("the certificate of its issuer is required");
		return;
	}
	key = loglist_head_key(s->log);
	if (key == NULL) {
		s->signature = AUDIT_SCT_UNKNOWN_LOG;
		s->why =
		    mem_strdup("the log list has no usable key of the log");
	} else if (tree_head_verify_signed(leaf, s->sct.signature, key) ==
	    TREE_HEAD_OK)
		s->signature = AUDIT_SCT_VALID;
	else
		s->signature = AUDIT_SCT_INVALID;
	tree_head_key_free(key);
}

static void
check_sct(const struct audit_cert *c, struct audit_sct *s,
    const struct audit_options *o, struct inclusion *inclusion)
{
	const struct loglist_log *log = loglist_find(o->lists, s->sct.log_id.p);
	struct buf leaf;

	s->log = log != NULL && log->key.n > 0 ? log : NULL;
	buf_init(&leaf, LIMIT_PAGE);
	if (!make_leaf(c, s, &leaf))
		s->signature = AUDIT_SCT_INVALID;
	else
		check_signature(c, s, buf_view(&leaf));
	if (s->signature == AUDIT_SCT_VALID)
		inclusion_check(inclusion, buf_view(&leaf), c->tbs_sha256, s);
	buf_fini(&leaf);
}

/* ---- records in the store ---- */

/* What the store has of one certificate. */
struct sightings {
	struct store_sighting *v; /* owned */
	size_t n;
};

static bool
has_verified(const struct sightings *have)
{
	for (size_t i = 0; i < have->n; i++)
		if (have->v[i].verified)
			return true;
	return false;
}

static bool
has_leaf(const struct sightings *have, const struct audit_sct *s)
{
	for (size_t i = 0; i < have->n; i++)
		if (memcmp(have->v[i].log_id, s->log->id, SHA256_SIZE) == 0 &&
		    memcmp(have->v[i].leaf_hash, s->leaf_hash.b, SHA256_SIZE) ==
		        0)
			return true;
	return false;
}

/* Report whether entry index of a log was read, and is under a signed root. */
static bool
was_read(struct store *s, const struct store_log *log, uint64_t index)
{
	bool read = index >= log->first && index < log->verified;
	struct store_gap *v;
	size_t n;

	if (!read)
		return false;
	v = store_gaps(s, log->id, &n);
	for (size_t i = 0; i < n && read; i++)
		read = index < v[i].from || index >= v[i].to;
	free(v);
	return read;
}

static void
check_unseen(struct audit_cert *c, struct audit_sct *sct, struct store *s,
    const struct sightings *have)
{
	struct store_log log;

	if (sct->status != AUDIT_SCT_INCLUDED || has_leaf(have, sct) ||
	    !store_log_load(s, sct->log->id, &log))
		return;
	sct->unseen = was_read(s, &log, sct->index);
	if (sct->unseen && c->seen == AUDIT_SEEN_NOT_READ) {
		c->seen = AUDIT_UNSEEN;
		c->seen_why =
		    mem_printf("entry %" PRIu64
		               " of %s was read, but matched no watched name",
		        sct->index, log.description);
	}
	store_log_fini(&log);
}

/* Why the store has no entry of c, by the SCT that says most of it. */
static const char *
reason_not_seen(const struct audit_cert *c)
{
	static const struct {
		enum audit_sct_status status;
		const char *why;
	} reasons[] = {
		{ AUDIT_SCT_INCLUDED, "its entry was not read" },
		{ AUDIT_SCT_PENDING, "its entry may not be in a log yet" },
		{ AUDIT_SCT_UNREACHABLE,
		    "it is unknown whether a log has its entry" },
		{ AUDIT_SCT_GONE, "it is unknown whether a log has its entry" },
		{ AUDIT_SCT_MISSING, "no log has its entry" },
	};

	if (c->is_mtc)
		return reasons[0].why;
	for (size_t i = 0; i < sizeof reasons / sizeof *reasons; i++)
		for (size_t k = 0; k < c->n_scts; k++)
			if (c->scts[k].signature == AUDIT_SCT_VALID &&
			    c->scts[k].status == reasons[i].status)
				return reasons[i].why;
	return "no valid SCT says which log has its entry";
}

static void
check_seen(struct audit_cert *c, struct store *s)
{
	struct sightings have;

	if (s == NULL)
		return;
	have.v = store_sightings(s, c->tbs_sha256, &have.n);
	c->seen = has_verified(&have) ? AUDIT_SEEN : AUDIT_SEEN_NOT_READ;
	for (size_t i = 0; i < c->n_scts; i++)
		check_unseen(c, &c->scts[i], s, &have);
	if (c->seen == AUDIT_SEEN_NOT_READ)
		c->seen_why = mem_strdup(reason_not_seen(c));
	free(have.v);
}

/* A Merkle Tree Certificate has a proof in place of SCTs. */
static void
check_mtc(struct audit_cert *c, struct store *s)
{
	struct mtc_audit m;

	mtc_audit_check(s, blob_view(c->der), &m);
	c->is_mtc = true;
	memcpy(c->tbs_sha256, m.tbs_sha256, sizeof c->tbs_sha256);
	if (s != NULL)
		c->seen = m.seen ? AUDIT_SEEN
		    : m.other    ? AUDIT_UNSEEN
		                 : AUDIT_SEEN_NOT_READ;
	if (m.other)
		c->seen_why = mem_strdup(m.why);
	else if (c->seen == AUDIT_SEEN_NOT_READ)
		c->seen_why = mem_strdup(reason_not_seen(c));
	c->chrome = (struct audit_policy){ m.known, m.ok, mem_strdup(m.why) };
	c->apple = (struct audit_policy){ m.known, m.ok, mem_strdup(m.why) };
	mtc_audit_fini(&m);
}

/* ---- the whole audit ---- */

static void
count(const struct audit_cert *c, struct audit_result *out)
{
	bool unchecked = false, failed = c->malformed > 0;
	size_t missing = 0;

	for (size_t i = 0; i < c->n_scts; i++) {
		const struct audit_sct *s = &c->scts[i];

		unchecked |= s->signature == AUDIT_SCT_UNCHECKED ||
		    s->signature == AUDIT_SCT_UNKNOWN_LOG ||
		    s->status == AUDIT_SCT_UNREACHABLE ||
		    s->status == AUDIT_SCT_GONE;
		failed |= s->signature == AUDIT_SCT_INVALID;
		missing += s->status == AUDIT_SCT_MISSING;
	}
	unchecked |= c->is_mtc && !c->chrome.known;
	failed |= c->chrome.known && !c->chrome.ok;
	failed |= c->apple.known && !c->apple.ok;
	failed |= c->seen == AUDIT_UNSEEN;
	out->failed += failed;
	out->unchecked += unchecked;
	out->missing += missing;
}

void
audit_run(struct audit_certs *a, const struct audit_options *o,
    struct audit_result *out)
{
	struct inclusion *inclusion =
	    inclusion_new(o->http, o->store, o->now, o->deadline);

	*out = (struct audit_result){ 0 };
	for (size_t i = 0; i < a->n; i++) {
		struct audit_cert *c = &a->v[i];

		if (mtc_cert_is(blob_view(c->der))) {
			check_mtc(c, o->store);
			count(c, out);
			continue;
		}
		take_scts(c);
		for (size_t k = 0; k < c->n_scts; k++)
			check_sct(c, &c->scts[k], o, inclusion);
		check_seen(c, o->store);
		browser_policy_check(c, o->lists, o->now);
		count(c, out);
	}
	inclusion_free(inclusion);
}
