/* SPDX-License-Identifier: Apache-2.0 */
#include <string.h>

#include <ctwatch/base/buf.h>
#include <ctwatch/policy/sct.h>
#include <ctwatch/wire/mimic_log.h>
#include <ctwatch/wire/sct_list.h>

/* RFC 6962, 3.2: a log signs the leaf of the precertificate. */
static bool
is_signed(const struct sct *sct, const uint8_t *issuer_key_hash,
    struct bytes tbs, const struct tree_head_key *key)
{
	struct leaf leaf;
	struct buf m;
	bool good;

	sct_list_leaf(sct, LEAF_PRECERT, tbs, issuer_key_hash, &leaf);
	buf_init(&m, tbs.n + sct->extensions.n + 64);
	good = leaf_add(&leaf, &m) &&
	    tree_head_verify_signed(buf_view(&m), sct->signature, key) ==
	        TREE_HEAD_OK;
	buf_fini(&m);
	return good;
}

static const struct sct_log *
find_log(const struct sct_log *logs, size_t n, struct bytes id)
{
	for (size_t i = 0; i < n; i++)
		if (memcmp(logs[i].id, id.p, SHA256_SIZE) == 0)
			return &logs[i];
	return NULL;
}

/* Report whether the list has an earlier SCT of that log. */
static bool
is_repeated(struct bytes list, const struct sct *one)
{
	enum sct_list_result r;
	struct sct other;

	while ((r = sct_list_next(&list, &other)) != SCT_LIST_ABSENT &&
	    other.whole.p != one->whole.p)
		if (r == SCT_LIST_OK && bytes_equal(other.log_id, one->log_id))
			return true;
	return false;
}

static void
check_one(const struct sct *sct, const uint8_t *issuer_key_hash,
    struct bytes tbs, const struct sct_log *logs, size_t n_logs,
    struct sct_summary *out)
{
	const struct sct_log *log;

	out->n++;
	if (out->earliest == 0 || sct->timestamp < out->earliest)
		out->earliest = sct->timestamp;
	if (mimic_log_is(sct->log_id.p)) {
		out->bad++; /* its private key is public */
		return;
	}
	if (n_logs == 0)
		return;
	log = find_log(logs, n_logs, sct->log_id);
	if (log == NULL)
		out->unknown++;
	else if (!is_signed(sct, issuer_key_hash, tbs, log->key))
		out->bad++;
}

void
sct_check(const struct cert *c, const uint8_t *issuer_key_hash,
    const struct sct_log *logs, size_t n_logs, struct sct_summary *out)
{
	enum sct_list_result r;
	struct bytes list, first;
	struct sct sct;
	struct buf tbs;

	*out = (struct sct_summary){ 0 };
	r = sct_list_embedded(c, &list, &out->trailing);
	if (r != SCT_LIST_OK) {
		out->malformed = r == SCT_LIST_MALFORMED;
		return;
	}
	first = list;
	buf_init(&tbs, c->tbs.n);
	if (issuer_key_hash == NULL)
		n_logs = 0;
	if (n_logs > 0)
		cert_tbs_add(c, &tbs);
	while ((r = sct_list_next(&list, &sct)) != SCT_LIST_ABSENT) {
		if (r == SCT_LIST_MALFORMED) {
			out->malformed++;
			continue;
		}
		out->repeated += is_repeated(first, &sct);
		check_one(
		    &sct, issuer_key_hash, buf_view(&tbs), logs, n_logs, out);
	}
	buf_fini(&tbs);
}
