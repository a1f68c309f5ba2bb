/* SPDX-License-Identifier: Apache-2.0 */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <jansson.h>

#include "judge/close_findings.h"
#include "judge/serial_number.h"
#include <ctwatch/base/limits.h>
#include <ctwatch/base/mem.h>
#include <ctwatch/base/text.h>
#include <ctwatch/judge/evaluate.h>
#include <ctwatch/policy/chain.h>
#include <ctwatch/policy/rules.h>
#include <ctwatch/policy/verdict.h>
#include <ctwatch/store/journal.h>
#include <ctwatch/wire/cert.h>

#include "config.h"

/* Exit bits of a run that did not read everything, or failed here. */
#define NOT_COMPLETE (2 | 32)

#define STAMP   "judged-under"
#define PINSET  "judged-pinset"
#define ISSUERS "judged-issuers"

/* A certificate that was never proved to be in a log is forgotten when its
 * entries are read again. */

struct pass {
	struct store *s;
	const struct pinset *p;
	const struct watch *w;
	int64_t now, run;
	int64_t last; /* when the last complete run began; 0: none */
	uint8_t stamp[SHA256_SIZE];
	bool trusted; /* the approvers signed p, or none are asked */
	bool all;     /* every certificate is judged in this pass */
	struct sct_log *logs;
	size_t n_logs;
	struct ca_pool *pool;            /* NULL until it is asked for */
	struct close_findings_judged *v; /* in the order of tbs */
	size_t n;
	bool ok;
};

/* ---- what is judged under ---- */

static void
make_stamp(struct pass *x)
{
	static const uint8_t no_pinset[SHA256_SIZE];
	uint8_t rules[SHA256_SIZE];
	struct bytes parts[] = { bytes_of(x->trusted ? PACKAGE_VERSION
		                                     : PACKAGE_VERSION
		                         " untrusted"),
		{ rules, SHA256_SIZE },
		{ x->p != NULL ? x->p->sha256 : no_pinset, SHA256_SIZE },
		{ x->stamp, SHA256_SIZE } };

	rules_stamp(rules);
	for (size_t i = 0; i < watch_count(x->w); i++) {
		const struct bytes link[] = { { x->stamp, SHA256_SIZE },
			bytes_of(watch_item(x->w, i)) };

		sha256_parts(link, 2, x->stamp);
	}
	sha256_parts(parts, 4, x->stamp);
}

/* Report whether a digest is another than the one kept under this name. */
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

/* A pinset may be edited by hand: that it is another stands in the journal. */
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
	         "a run judges by it from now on", text) &&
	    store_value_save(
	        s, PINSET, (struct bytes){ p->sha256, SHA256_SIZE });
	free(actor);
	free(text);
	return ok;
}

static void
add_key(struct pass *x, const uint8_t id[static SHA256_SIZE], struct bytes key)
{
	struct sct_log *log = &x->logs[x->n_logs];

	memcpy(log->id, id, SHA256_SIZE);
	log->key = tree_head_key_new(key);
	x->n_logs += log->key != NULL;
}

/*
 * The keys of the logs, to check embedded SCTs by: those that are read, and
 * those of the lists that are not, such as retired ones.
 */
static void
load_keys(struct pass *x, const struct loglist *lists)
{
	size_t n, listed = lists != NULL ? lists->n : 0;
	struct store_log *v = store_logs(x->s, &n);

	x->logs = mem_alloc(n + listed, sizeof *x->logs);
	for (size_t i = 0; i < n; i++)
		add_key(x, v[i].id, blob_view(v[i].key));
	for (size_t i = 0; i < listed; i++)
		if (lists->v[i].fault == NULL)
			add_key(x, lists->v[i].id, blob_view(lists->v[i].key));
	store_logs_free(v, n);
}

static void
free_keys(struct pass *x)
{
	for (size_t i = 0; i < x->n_logs; i++)
		tree_head_key_free(
		    (struct tree_head_key *)(uintptr_t)x->logs[i].key);
	free(x->logs);
}

static void
add_ca(void *arg, struct bytes der)
{
	ca_pool_add(arg, der);
}

/* All CA certificates of the store, for paths that no chain shows. */
static struct ca_pool *
load_pool(void *arg)
{
	struct pass *x = arg;

	if (x->pool == NULL) {
		x->pool = ca_pool_new();
		x->ok = store_issuers_each(x->s, add_ca, x->pool) && x->ok;
	}
	return x->pool;
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
 * Judge again what a path through CA certificates that came since the last
 * time may prove harmless: under which of these rules it stands.
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

static int64_t
complete_run_before(struct store *s, int64_t time)
{
	struct store_run run;

	return store_run_before(s, time, NOT_COMPLETE, &run) ? run.started : 0;
}

/* ---- one certificate ---- */

/*
 * The earliest time that a log gave it, and what was odd about any entry.
 * Unverified sightings count only if there is no verified one.
 */
static uint64_t
first_logged(struct store *s, const struct store_cert *c, unsigned *notes)
{
	size_t n;
	struct store_sighting *v = store_sightings(s, c->tbs_sha256, &n);
	uint64_t first = UINT64_MAX;

	*notes = 0;
	for (size_t i = 0; i < n; i++) {
		if (v[i].verified != c->verified)
			continue;
		*notes |= v[i].notes;
		if (v[i].timestamp < first)
			first = v[i].timestamp;
	}
	free(v);
	return first != UINT64_MAX ? first : 0;
}

/*
 * The key under which the certificates for a name are noted: all of them, or
 * those with this key of the leaf or of its issuer.
 */
static void
name_key(const char *name, const uint8_t *spki, uint8_t out[static SHA256_SIZE])
{
	struct bytes parts[] = { bytes_of("ctwatch-name/1\n"), bytes_of(name),
		bytes_of("\n"), { spki, spki != NULL ? SHA256_SIZE : 0 } };
	char *lower = mem_strdup(name);

	text_lower(bytes_of(name), lower);
	if (parts[1].n > 0 && lower[parts[1].n - 1] == '.')
		parts[1].n--;
	parts[1].p = (const uint8_t *)lower;
	sha256_parts(parts, 4, out);
	free(lower);
}

/* What is known of one certificate in this pass. */
struct subject {
	const struct store_cert *c;
	struct cert cert;
	bool parsed;
	uint8_t spki[SHA256_SIZE];   /* of its key */
	uint8_t issuer[SHA256_SIZE]; /* of the issuer's key, if has_issuer */
	bool has_issuer;
	const uint8_t *issuer_key_hash; /* as the leaf names it, or NULL */
	struct watch_hits hits;
	uint64_t logged; /* ms, the earliest; 0: in no log */
	unsigned notes;
};

static void
subject_read(struct pass *x, const struct store_cert *c, struct subject *out)
{
	static const uint8_t unknown[SHA256_SIZE];
	struct chain chain;

	*out = (struct subject){ .c = c };
	out->logged = first_logged(x->s, c, &out->notes);
	if (memcmp(c->issuer_key_hash, unknown, SHA256_SIZE) != 0)
		out->issuer_key_hash = c->issuer_key_hash;
	out->parsed = leaf_parse_cert(c->kind, c->der, &out->cert) == CERT_OK;
	if (!out->parsed)
		return;
	cert_pin(&out->cert, out->spki);
	watch_explain(x->w, &out->cert, &out->hits);
	chain_follow(leaf_whole_cert(c->kind, c->der), out->issuer_key_hash,
	    c->chain, &chain);
	out->has_issuer = chain.n > 0;
	if (out->has_issuer)
		memcpy(out->issuer, chain.spki_sha256[0], SHA256_SIZE);
}

/* Note when the key, and each watched name of the certificate, was logged. */
static void
note_cert(void *arg, const struct store_cert *c)
{
	struct pass *x = arg;
	struct subject j;
	uint8_t key[SHA256_SIZE];

	subject_read(x, c, &j);
	if (j.parsed)
		x->ok =
		    serial_number_note(x->s, &j.cert, c->tbs_sha256) && x->ok;
	for (size_t i = 0; x->ok && i < j.hits.n; i++) {
		const char *name = j.hits.v[i].name;

		if (i > 0 && strcmp(name, j.hits.v[i - 1].name) == 0)
			continue;
		name_key(name, NULL, key);
		x->ok = store_spki_note(x->s, key, c->tbs_sha256);
		name_key(name, j.spki, key);
		x->ok = x->ok && store_spki_note(x->s, key, c->tbs_sha256);
		if (!j.has_issuer)
			continue;
		name_key(name, j.issuer, key);
		x->ok = x->ok && store_spki_note(x->s, key, c->tbs_sha256);
	}
	watch_hits_free(&j.hits);
}

/* Report whether an earlier certificate for one of the names was noted: any,
 * or one with this key of the leaf or of its issuer. */
static bool
has_earlier(struct pass *x, const struct subject *j, const uint8_t *spki)
{
	uint8_t key[SHA256_SIZE];

	for (size_t i = 0; i < j->hits.n; i++) {
		name_key(j->hits.v[i].name, spki, key);
		if (!store_spki_first(x->s, key, j->c->tbs_sha256))
			return true;
	}
	return false;
}

/* ---- one finding ---- */

static json_t *
match_json(const struct watch *w, const struct watch_hit *hit)
{
	return json_pack("{ss ss ss ss}", "watch", watch_item(w, hit->item),
	    "name", hit->name, "how", watch_how_word(hit->how), "kind",
	    watch_kind_word(hit->kind));
}

static json_t *
notes_json(unsigned notes, const struct watch_hits *hits)
{
	static const struct {
		unsigned note;
		const char *text;
	} table[] = {
		{ STORE_NOTE_EXTRA, "a log's chain for it cannot be parsed" },
		{ STORE_NOTE_PRECERT,
		    "a log shows a precertificate with it that is not the "
		    "one it hashed" },
		{ STORE_NOTE_INDEX,
		    "a log's entry for it does not carry its own index" },
		{ STORE_NOTE_CHAIN,
		    "a log's chain for it does not begin with its issuer" },
		{ STORE_NOTE_ISSUER,
		    "the issuers that a log names for it were not had" },
		{ STORE_NOTE_POISON,
		    "the poison of its precertificate is not as it must be: "
		    "clients may take that for a certificate" },
		{ STORE_NOTE_INTERVAL,
		    "it ends outside the temporal interval of a log that "
		    "accepted it" },
		{ STORE_NOTE_FUTURE, "a log dated its SCT in the future" },
	};
	json_t *out = json_array();

	for (size_t i = 0; i < sizeof table / sizeof *table; i++)
		if ((notes & table[i].note) != 0)
			json_array_append_new(out, json_string(table[i].text));
	if (hits->more)
		json_array_append_new(out,
		    json_string("more of its names match than are listed"));
	return out;
}

/* Report whether a hit belongs to a finding.  An item of the watch list may
 * stand for a pattern of the pinset that means the same. */
static bool
belongs(const struct pass *x, const struct watch_hit *hit,
    const struct verdict_finding *f)
{
	return verdict_finding_has_pattern(f, watch_item(x->w, hit->item)) ||
	    verdict_finding_has_name(f, hit->name);
}

/* Return a name in the form in which names are counted: letter case and a dot at
 * the end make no difference.  The caller frees it. */
static char *
counted_name(const char *name)
{
	size_t n = strlen(name);
	char *out = mem_alloc(n + 1, 1);

	text_lower(bytes_of(name), out);
	if (n > 1 && out[n - 1] == '.')
		out[n - 1] = '\0';
	return out;
}

/*
 * What the report shows beside the message: the patterns, and the names that
 * met them; all names if none is known by its pattern.  Names beyond
 * LIMIT_FINDING_NAMES are counted.
 */
static char *
detail_text(
    struct pass *x, const struct subject *j, const struct verdict_finding *from)
{
	json_t *watched = json_array(), *names = json_array();
	json_t *matches = json_array(), *seen = json_object(), *detail;
	bool about = false;
	char *text;

	for (size_t i = 0; i < from->n_patterns; i++)
		json_array_append_new(watched, json_string(from->patterns[i]));
	for (size_t i = 0; !about && i < j->hits.n; i++)
		about = belongs(x, &j->hits.v[i], from);
	for (size_t i = 0; i < j->hits.n; i++) {
		const struct watch_hit *hit = &j->hits.v[i];
		char *name = counted_name(hit->name);
		bool known = json_object_get(seen, name) != NULL;

		if (about && !belongs(x, hit, from)) {
			free(name);
			continue;
		}
		json_object_set_new(seen, name, json_true());
		free(name);
		if (!known && json_array_size(names) < LIMIT_FINDING_NAMES)
			json_array_append_new(names, json_string(hit->name));
		if (json_array_size(matches) < LIMIT_FINDING_NAMES)
			json_array_append_new(matches, match_json(x->w, hit));
	}
	detail =
	    json_pack("{so so sI so so}", "watched", watched, "matched_names",
	        names, "matched_count", (json_int_t)json_object_size(seen),
	        "matches", matches, "notes", notes_json(j->notes, &j->hits));
	text = json_dumps(detail, JSON_COMPACT | JSON_SORT_KEYS);
	json_decref(detail);
	json_decref(seen);
	return text != NULL ? text : mem_strdup("{}");
}

/*
 * The status that a finding comes up with.  A certificate that had ended
 * before the last complete run could harm nobody since; one that ended later
 * is told of once.
 */
static enum store_status
status_of(const struct pass *x, const struct verdict_finding *from, int64_t end,
    const struct store_finding *known)
{
	if (!close_findings_of_cert(from->rule))
		return STORE_NEW;
	if (known == NULL)
		return end < x->last ? STORE_CLOSED : STORE_NEW;
	return end < x->now && known->first_run < x->run ? STORE_CLOSED
	                                                 : STORE_NEW;
}

static void
save(struct pass *x, const struct subject *j,
    const struct verdict_finding *from, int64_t end)
{
	struct store_finding known,
	    f = { .first_seen = x->now,
		    .last_seen = x->now,
		    .first_run = x->run,
		    .last_run = x->run,
		    .severity = (int)from->severity,
		    .rule = (char *)(uintptr_t)from->rule->id,
		    .subject = from->subject,
		    .message = from->message };
	bool found = store_finding_load(x->s, from->fingerprint, &known);
	bool was_closed = found && known.status == STORE_CLOSED;

	memcpy(f.id, from->fingerprint, sizeof f.id);
	memcpy(f.tbs_sha256, j->c->tbs_sha256, SHA256_SIZE);
	f.status = status_of(x, from, end, found ? &known : NULL);
	if (f.status == STORE_CLOSED)
		f.reason = (char *)(uintptr_t)CLOSE_FINDINGS_EXPIRED;
	f.detail = detail_text(x, j, from);
	x->ok = x->ok && store_finding_save(x->s, &f);
	if (f.status == STORE_CLOSED && !was_closed)
		x->ok = x->ok &&
		    close_findings_one(x->s, f.id, CLOSE_FINDINGS_EXPIRED);
	free(f.detail);
	if (found)
		store_finding_fini(&known);
}

/* Report whether the certificate's key, or the key of a CA above it, is one of
 * the pinset. */
static bool
is_pinned(const struct verdict *v)
{
	for (size_t i = 0; i < v->n; i++)
		if (strcmp(v->v[i].rule->id, "CTW007") == 0)
			return true;
	return v->key != NULL;
}

/* Report whether every hit of a, by item and name, is one of b. */
static bool
are_hits_of(const struct watch_hits *a, const struct watch_hits *b)
{
	for (size_t i = 0; i < a->n; i++) {
		bool found = false;

		for (size_t k = 0; !found && k < b->n; k++)
			found = a->v[i].item == b->v[k].item &&
			    strcmp(a->v[i].name, b->v[k].name) == 0;
		if (!found)
			return false;
	}
	return true;
}

/* Judge the precertificate that a log shows beside the leaf, as far as it has
 * watched names that the leaf has not; j is the leaf's. */
static void
judge_precert(
    struct pass *x, const struct subject *j, const struct verdict_input *leaf)
{
	struct verdict_input in = *leaf;
	struct subject pre = *j;
	struct verdict verdict;
	struct cert c;

	if ((j->notes & STORE_NOTE_PRECERT) == 0 ||
	    cert_parse(j->c->precert, &c) != CERT_OK)
		return;
	watch_explain(x->w, &c, &pre.hits);
	if (!are_hits_of(&pre.hits, &j->hits)) {
		in.der = j->c->precert;
		in.tbs = false;
		in.hits = &pre.hits;
		in.beside_leaf = true;
		verdict_judge(x->p, &in, &verdict);
		for (size_t i = 0; i < verdict.n; i++)
			save(x, &pre, &verdict.v[i],
			    j->parsed ? close_findings_end(&j->cert)
			              : INT64_MAX);
		verdict_fini(&verdict);
	}
	watch_hits_free(&pre.hits);
}

/* Give f the watched items that the certificate matches, each once. */
static void
add_patterns(
    const struct pass *x, const struct subject *j, struct verdict_finding *f)
{
	f->patterns = mem_alloc(j->hits.n, sizeof *f->patterns);
	for (size_t i = 0; i < j->hits.n; i++) {
		const char *item = watch_item(x->w, j->hits.v[i].item);

		if (!verdict_finding_has_pattern(f, item))
			f->patterns[f->n_patterns++] = mem_strdup(item);
	}
}

/* Another certificate may have its issuer and serial number. */
static void
judge_serial(struct pass *x, const struct subject *j)
{
	struct verdict_finding f;

	if (!j->parsed || !serial_number_reused(x->s, j->c, &j->cert, &f))
		return;
	add_patterns(x, j, &f);
	save(x, j, &f, close_findings_end(&j->cert));
	verdict_finding_fini(&f);
}

static void
judge_cert(void *arg, const struct store_cert *c)
{
	struct pass *x = arg;
	struct subject j;
	struct verdict verdict;
	bool pinned;
	struct verdict_input in = { .der = c->der,
		.tbs = c->kind == LEAF_PRECERT,
		.chain = c->chain,
		.chain_complete = c->chain_complete,
		.now = x->now,
		/* A clock that was ahead may have dated it. */
		.last_run = complete_run_before(
		    x->s, c->first_seen < x->now ? c->first_seen : x->now),
		.watch = x->w,
		.pool = load_pool,
		.pool_arg = x,
		.logs = x->logs,
		.n_logs = x->n_logs };

	subject_read(x, c, &j);
	in.issuer_key_hash = j.issuer_key_hash;
	in.sct_timestamp = j.logged;
	in.hits = &j.hits;
	in.first_of_key = !has_earlier(x, &j, j.spki);
	in.new_issuer = j.has_issuer && has_earlier(x, &j, NULL) &&
	    !has_earlier(x, &j, j.issuer);
	verdict_judge(x->p, &in, &verdict);
	for (size_t i = 0; i < verdict.n; i++)
		save(x, &j, &verdict.v[i],
		    j.parsed ? close_findings_end(&j.cert) : INT64_MAX);
	judge_precert(x, &j, &in);
	judge_serial(x, &j);
	x->v = mem_grow(x->v, x->n, sizeof *x->v);
	x->v[x->n] = (struct close_findings_judged){ .expected = NULL };
	memcpy(x->v[x->n].tbs, c->tbs_sha256, SHA256_SIZE);
	pinned = verdict.expected && is_pinned(&verdict);
	if (pinned && x->trusted)
		x->v[x->n].expected =
		    verdict.by_path ? RULES_BY_PATH : RULES_APPROVED;
	x->v[x->n++].held = pinned && !x->trusted;
	x->ok = x->ok && store_cert_judged(x->s, c->tbs_sha256, x->stamp);
	for (size_t i = 0; x->ok && i < j.hits.n; i++)
		if (i == 0 || j.hits.v[i].item != j.hits.v[i - 1].item)
			x->ok = store_watched_matched(
			    x->s, watch_item(x->w, j.hits.v[i].item), x->run);
	verdict_fini(&verdict);
	watch_hits_free(&j.hits);
}

bool
evaluate_all(struct store *s, const struct pinset *p, bool trusted,
    const struct watch *w, const struct loglist *lists, int64_t now,
    int64_t run)
{
	struct pass x = { .s = s,
		.p = p,
		.trusted = trusted,
		.w = w,
		.now = now,
		.run = run,
		.last = complete_run_before(s, now),
		.ok = true };

	make_stamp(&x);
	x.all = is_new(s, STAMP, x.stamp);
	load_keys(&x, lists);
	/* Which certificate is the first of its name and key must be known of
	 * all before one is judged. */
	x.ok = note_pinset(s, p) && retry_paths(s, p);
	x.ok = store_certs_each(s, x.stamp, note_cert, &x) && x.ok;
	x.ok = store_certs_each(s, x.stamp, judge_cert, &x) && x.ok;
	x.ok = close_findings_certs(s, x.v, x.n, x.all, now, run) && x.ok;
	if (x.ok && x.all)
		x.ok = store_value_save(
		    s, STAMP, (struct bytes){ x.stamp, SHA256_SIZE });
	free_keys(&x);
	ca_pool_free(x.pool);
	free(x.v);
	return x.ok;
}
