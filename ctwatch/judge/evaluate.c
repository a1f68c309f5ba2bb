/* SPDX-License-Identifier: Apache-2.0 */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <jansson.h>

#include "judge/close_findings.h"
#include "judge/evaluate_select.h"
#include "judge/evaluate_workers.h"
#include <ctwatch/base/mem.h>
#include <ctwatch/base/text.h>
#include <ctwatch/judge/evaluate.h>
#include <ctwatch/policy/rules.h>
#include <ctwatch/store/journal.h>

#define STAMP   "judged-under"
#define PINSET  "judged-pinset"
#define ISSUERS "judged-issuers"

/* ---- inputs of the verdicts ---- */

/* Digest pinset, watch list and rules: what did not change is not judged
 * again. */
static void
digest_all(const struct evaluate_pass *x, uint8_t out[static SHA256_SIZE])
{
	static const uint8_t no_pinset[SHA256_SIZE];
	const struct bytes parts[] = { { x->base, SHA256_SIZE },
		{ x->p != NULL ? x->p->sha256 : no_pinset, SHA256_SIZE },
		{ watch_digest(x->w), SHA256_SIZE } };

	sha256_parts(parts, 3, out);
}

/* Report whether a digest differs from the stored one of this name. */
static bool
is_new(
    struct store *s, const char *name, const uint8_t digest[static SHA256_SIZE])
{
	struct buf last;
	bool same;

	buf_init(&last, SHA256_SIZE);
	same = store_value_load(s, name, &last) &&
	    bytes_equal(buf_view(&last), (struct bytes){ digest, SHA256_SIZE });
	buf_fini(&last);
	return !same;
}

/* Record in the journal that the pinset is another: it may be edited by
 * hand. */
static bool
note_pinset(struct store *s, const struct pinset *p)
{
	char hex[2 * SHA256_SIZE + 1], *actor, *text;
	json_t *detail;
	bool ok;

	if (p == NULL || !is_new(s, PINSET, p->sha256))
		return true;
	text_hex((struct bytes){ p->sha256, SHA256_SIZE }, hex);
	detail = json_pack(
	    "{sI ss}", "version", (json_int_t)p->version, "sha256", hex);
	text = json_dumps(detail, JSON_COMPACT);
	json_decref(detail);
	actor = journal_actor();
	ok = journal_add(s, actor, "pinset-seen", p->name,
	         "runs use it from now on", text) &&
	    store_value_save(
	        s, PINSET, (struct bytes){ p->sha256, SHA256_SIZE });
	free(actor);
	free(text);
	return ok;
}

/* Add the key of a log, if it has one. */
static void
add_key(struct evaluate_pass *x, const uint8_t id[static SHA256_SIZE],
    const struct tree_head_key *key)
{
	struct sct_log *log = &x->logs[x->n_logs];

	memcpy(log->id, id, SHA256_SIZE);
	log->key = key;
	x->n_logs += key != NULL;
}

static bool
has_key(const struct evaluate_pass *x, const uint8_t id[static SHA256_SIZE])
{
	for (size_t i = 0; i < x->n_logs; i++)
		if (memcmp(x->logs[i].id, id, SHA256_SIZE) == 0)
			return true;
	return false;
}

/*
 * The keys of logs for checking embedded SCTs: of the logs read, and of others
 * in the lists, such as retired ones.
 */
static void
load_keys(struct evaluate_pass *x, const struct loglist *lists)
{
	size_t n, listed = lists != NULL ? lists->n : 0;
	struct store_log *v = store_logs(x->s, &n);

	x->logs = mem_alloc(n + listed, sizeof *x->logs);
	for (size_t i = 0; i < listed; i++)
		if (lists->v[i].fault == NULL)
			add_key(
			    x, lists->v[i].id, loglist_head_key(&lists->v[i]));
	for (size_t i = 0; i < n; i++)
		if (!has_key(x, v[i].id))
			add_key(
			    x, v[i].id, tree_head_key_new(blob_view(v[i].key)));
	store_logs_free(v, n);
}

static void
free_keys(struct evaluate_pass *x)
{
	for (size_t i = 0; i < x->n_logs; i++)
		tree_head_key_free(
		    (struct tree_head_key *)(uintptr_t)x->logs[i].key);
	free(x->logs);
}

/* Report whether CAs above a certificate matter to the pinset. */
static bool
asks_for_cas(const struct pinset *p)
{
	for (size_t i = 0; p != NULL && i < p->n_domains; i++)
		if (p->domains[i].position != PINSET_LEAF ||
		    p->domains[i].n_issuers > 0)
			return true;
	return false;
}

/*
 * The rules with findings to judge again if new CA certificates may complete a
 * path.
 */
static bool
retry_paths(struct store *s, const struct pinset *p)
{
	static const char *const rules[] = { "CTW001", "CTW002", "CTW009",
		"CTW010", "CTW018", "CTW019" };
	char text[32];
	struct buf last;
	bool ok = true, same;

	snprintf(text, sizeof text, "%" PRIu64, store_issuers_count(s));
	buf_init(&last, sizeof text);
	same = store_value_load(s, ISSUERS, &last) &&
	    bytes_is(buf_view(&last), text);
	buf_fini(&last);
	if (same)
		return true;
	for (size_t i = 0; i < sizeof rules / sizeof *rules && asks_for_cas(p);
	     i++)
		ok = store_certs_judge_again(s, rules[i]) && ok;
	return store_value_save(s, ISSUERS, bytes_of(text)) && ok;
}

/* Store which watched items match a certificate that was judged. */
static void
note_matched(struct evaluate_pass *x)
{
	for (size_t i = 0; x->ok && i < watch_count(x->w); i++)
		if (x->matched[i])
			x->ok = store_watched_matched(
			    x->s, watch_item(x->w, i), x->run);
}

static void
judge(struct evaluate_pass *x, unsigned jobs)
{
	size_t n;
	uint8_t(*tbs)[SHA256_SIZE] = evaluate_select_certs(x, &n);

	if (jobs == 0)
		jobs = (unsigned)sysconf(_SC_NPROCESSORS_ONLN);
	x->matched = mem_alloc(watch_count(x->w), sizeof *x->matched);
	pthread_mutex_init(&x->pool_lock, NULL);
	for (size_t i = 0; i < n; i++)
		evaluate_cert_note(x, tbs[i]);
	if (x->again) {
		free(tbs);
		tbs = evaluate_select_certs(x, &n);
	}
	evaluate_workers_run(x, (const uint8_t(*)[SHA256_SIZE])tbs, n, jobs);
	note_matched(x);
	ca_pool_free(x->pool);
	pthread_mutex_destroy(&x->pool_lock);
	free(x->matched);
	free(tbs);
}

bool
evaluate_all(const struct evaluate_input *in)
{
	struct store *s = in->store;
	uint8_t stamp[SHA256_SIZE];
	struct evaluate_pass x = { .s = s,
		.p = in->pinset,
		.trusted = in->trusted,
		.w = in->watch,
		.signatures = in->signatures,
		.now = in->now,
		.run = in->run,
		.last = evaluate_cert_last_run(s, in->now),
		.ok = true };

	evaluate_select_begin(&x);
	digest_all(&x, stamp);
	x.changed = is_new(s, STAMP, stamp);
	load_keys(&x, in->lists);
	x.ok = note_pinset(s, x.p) && retry_paths(s, x.p);
	judge(&x, in->jobs);
	x.ok =
	    close_findings_certs(s, x.v, x.n, x.changed, x.now, x.run) && x.ok;
	if (x.ok && x.changed)
		x.ok = store_value_save(
		    s, STAMP, (struct bytes){ stamp, SHA256_SIZE });
	free_keys(&x);
	free(x.v);
	return x.ok;
}
