/* SPDX-License-Identifier: Apache-2.0 */
#include <stdlib.h>
#include <string.h>

#include <ctwatch/audit/suspect_scts.h>
#include <ctwatch/base/limits.h>
#include <ctwatch/base/mem.h>
#include <ctwatch/base/time.h>
#include <ctwatch/wire/merkle.h>

/* Maximum difference between the clocks of logs and of this machine, in ms. */
#define CLOCKS_DIFFER TIME_HOUR

/* The read range of one log. */
struct reading {
	struct store_log log;
	struct store_gap *gaps; /* owned */
	size_t n_gaps;
	int64_t
	    until; /* ms: newest tree head whose entries were all read; or 0 */
};

struct search {
	struct store *s;
	const struct watch *w;
	int64_t now;
	struct reading *logs;
	size_t n_logs;
	uint8_t (*found)[SHA256_SIZE]; /* TBS hashes of suspects */
	size_t n_found;
};

static void
load_logs(struct search *x)
{
	struct store_log *v = store_logs(x->s, &x->n_logs);
	struct tree_head head;

	x->logs = mem_alloc(x->n_logs, sizeof *x->logs);
	for (size_t i = 0; i < x->n_logs; i++) {
		struct reading *r = &x->logs[i];

		r->log = v[i];
		r->gaps = store_gaps(x->s, v[i].id, &r->n_gaps);
		if (store_head_last(x->s, v[i].id, STORE_HEAD_PROVED, &head) &&
		    head.size <= v[i].verified && head.timestamp <= INT64_MAX)
			r->until = (int64_t)head.timestamp;
	}
	free(v); /* its members belong to x->logs */
}

static void
free_logs(struct search *x)
{
	for (size_t i = 0; i < x->n_logs; i++) {
		store_log_fini(&x->logs[i].log);
		free(x->logs[i].gaps);
	}
	free(x->logs);
}

static const struct reading *
find_log(const struct search *x, const struct sct *sct)
{
	for (size_t i = 0; i < x->n_logs; i++)
		if (memcmp(x->logs[i].log.id, sct->log_id.p, SHA256_SIZE) == 0)
			return &x->logs[i];
	return NULL;
}

/* Report whether entry index was read, or, without one, every entry. */
static bool
was_read(const struct reading *r, bool has_index, uint64_t index)
{
	if (!has_index)
		return r->n_gaps == 0;
	for (size_t i = 0; i < r->n_gaps; i++)
		if (index >= r->gaps[i].from && index < r->gaps[i].to)
			return false;
	return index >= r->log.first && index < r->log.verified;
}

/* Report whether the item has been searched for where the entry must be. */
static bool
was_searched(struct search *x, const struct reading *r, const char *item,
    const struct leaf *leaf, bool has_index, uint64_t index)
{
	int64_t since, dated = (int64_t)leaf->timestamp;
	uint64_t from;

	if (!store_watched_since(x->s, item, r->log.id, &from, &since))
		return false;
	if (has_index)
		return index >= from;
	if (from == 0 && r->log.first == 0)
		return true;
	return dated > since + CLOCKS_DIFFER &&
	    dated > r->log.added + CLOCKS_DIFFER;
}

/* The certificate and its hashes. */
struct subject {
	const struct store_cert *c;
	struct cert cert;
	struct bytes tbs;                 /* of the precertificate */
	struct store_sighting *sightings; /* NULL: not loaded, or none */
	size_t n;
};

/* Report whether the log showed this leaf. */
static bool
was_seen(struct search *x, struct subject *j, const struct reading *r,
    const struct merkle_hash *leaf)
{
	if (j->sightings == NULL)
		j->sightings = store_sightings(x->s, j->c->tbs_sha256, &j->n);
	for (size_t i = 0; i < j->n; i++)
		if (memcmp(j->sightings[i].log_id, r->log.id, SHA256_SIZE) ==
		        0 &&
		    memcmp(j->sightings[i].leaf_hash, leaf->b, SHA256_SIZE) ==
		        0)
			return true;
	return false;
}

/* Report whether the entry of sct must have been read, but is not stored. */
static bool
is_suspect(struct search *x, struct subject *j, const struct sct *sct)
{
	const struct reading *r = find_log(x, sct);
	bool has_index = false, suspect = false;
	struct merkle_hash hash;
	struct watch_hits hits;
	struct leaf leaf;
	uint64_t index = 0;
	struct buf b;

	if (r == NULL || sct->timestamp > INT64_MAX / 2 ||
	    (int64_t)sct->timestamp + r->log.mmd > r->until)
		return false;
	sct_list_leaf(sct, LEAF_PRECERT, j->tbs, j->c->issuer_key_hash, &leaf);
	if (r->log.kind == LOG_KIND_STATIC &&
	    (leaf_index(&leaf, &has_index, &index) != LEAF_OK || !has_index))
		return false;
	if (!was_read(r, has_index, index))
		return false;
	buf_init(&b, LIMIT_PAGE);
	if (leaf_add(&leaf, &b)) {
		merkle_leaf_hash(buf_view(&b), &hash);
		suspect = !was_seen(x, j, r, &hash);
	}
	buf_fini(&b);
	if (!suspect)
		return false;
	suspect = false;
	watch_explain(x->w, &j->cert, &hits);
	for (size_t i = 0; i < hits.n && !suspect; i++)
		suspect = was_searched(x, r, watch_item(x->w, hits.v[i].item),
		    &leaf, has_index, index);
	watch_hits_free(&hits);
	return suspect;
}

static void
check_cert(void *arg, const struct store_cert *c)
{
	struct search *x = arg;
	struct subject j = { .c = c };
	bool suspect = false, trailing;
	enum sct_list_result r;
	struct bytes list;
	struct sct sct;
	struct buf tbs;
	int64_t end;

	if (!c->verified || cert_parse(c->der, &j.cert) != CERT_OK ||
	    !asn1_time_parse(j.cert.not_after, &end) || end < x->now ||
	    sct_list_embedded(&j.cert, &list, &trailing) != SCT_LIST_OK)
		return;
	buf_init(&tbs, j.cert.tbs.n);
	cert_tbs_add(&j.cert, &tbs);
	j.tbs = buf_view(&tbs);
	while (!suspect && (r = sct_list_next(&list, &sct)) != SCT_LIST_ABSENT)
		suspect = r == SCT_LIST_OK && is_suspect(x, &j, &sct);
	free(j.sightings);
	buf_fini(&tbs);
	if (!suspect)
		return;
	x->found = mem_grow(x->found, x->n_found, sizeof *x->found);
	memcpy(x->found[x->n_found++], c->tbs_sha256, SHA256_SIZE);
}

bool
suspect_scts_add(struct audit_certs *a, struct store *s, const struct watch *w,
    int64_t now, int64_t run, size_t *n)
{
	struct search x = { .s = s, .w = w, .now = now };
	struct store_cert c;
	bool ok;

	load_logs(&x);
	ok = store_certs_final_each(s, check_cert, &x);
	*n = x.n_found;
	for (size_t i = 0; i < x.n_found && i < LIMIT_SUSPECT_CERTS; i++) {
		size_t at =
		    ((uint64_t)run * LIMIT_SUSPECT_CERTS + i) % x.n_found;

		if (!store_cert_load(s, x.found[at], &c))
			continue;
		audit_certs_add_cert(a, &c);
		store_cert_fini(&c);
	}
	free_logs(&x);
	free(x.found);
	return ok && *store_error(s) == '\0';
}
