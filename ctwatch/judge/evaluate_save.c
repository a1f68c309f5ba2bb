/* SPDX-License-Identifier: Apache-2.0 */
#include <stdlib.h>
#include <string.h>

#include <jansson.h>

#include "judge/counterpart.h"
#include "judge/evaluate_save.h"
#include <ctwatch/base/limits.h>
#include <ctwatch/base/mem.h>
#include <ctwatch/base/text.h>

/* ---- the detail ---- */

static json_t *
match_json(const struct watch *w, const struct watch_hit *hit)
{
	return json_pack("{ss ss ss ss}", "watch", watch_item(w, hit->item),
	    "name", hit->name, "how", watch_how_word(hit->how), "kind",
	    watch_kind_word(hit->kind));
}

/* Name the certificate of the other kind of log with the same names, validity
 * and key, if there is one. */
static void
add_counterpart(const struct evaluate_pass *x, const struct evaluate_subject *j,
    json_t *out)
{
	bool mtc = j->c->kind == LEAF_MTC;
	char hex[2 * SHA256_SIZE + 1], *text;
	uint8_t other[SHA256_SIZE];

	if (!j->parsed ||
	    !counterpart_find(
	        x->s, j->c->kind, &j->leaf.cert, j->c->tbs_sha256, other))
		return;
	text_hex(bytes_at(other, sizeof other), hex);
	text = mem_printf("%s with these names, this validity and this key is "
	                  "in %s log, TBS hash %s",
	    mtc ? "a certificate" : "a Merkle Tree Certificate",
	    mtc ? "a CT" : "an issuance", hex);
	json_array_append_new(out, json_string(text));
	free(text);
}

static json_t *
notes_json(const struct evaluate_pass *x, const struct evaluate_subject *j)
{
	const struct watch_hits *hits = &j->hits;
	static const struct {
		unsigned note;
		const char *text;
	} table[] = {
		{ STORE_NOTE_EXTRA, "a log's chain for it cannot be parsed" },
		{ STORE_NOTE_PRECERT,
		    "a log serves a precertificate with it that does not match "
		    "its leaf" },
		{ STORE_NOTE_INDEX,
		    "a log's entry for it does not have its own index" },
		{ STORE_NOTE_CHAIN,
		    "a log's chain for it does not begin with its issuer" },
		{ STORE_NOTE_ISSUER,
		    "the issuers that a log names for it were not received" },
		{ STORE_NOTE_POISON,
		    "the poison extension of its precertificate is malformed: "
		    "clients may accept that as a certificate" },
		{ STORE_NOTE_INTERVAL,
		    "it expires outside the temporal interval of a log that "
		    "accepted it" },
		{ STORE_NOTE_FUTURE, "a log dated its SCT in the future" },
	};
	json_t *out = json_array();

	for (size_t i = 0; i < sizeof table / sizeof *table; i++)
		if ((j->notes & table[i].note) != 0)
			json_array_append_new(out, json_string(table[i].text));
	add_counterpart(x, j, out);
	if (hits->more)
		json_array_append_new(out,
		    json_string("not all of its matching names are listed"));
	return out;
}

/* Report whether a hit belongs to a finding.  An item of the watch list may
 * equal a pattern of the pinset. */
static bool
belongs(const struct evaluate_pass *x, const struct watch_hit *hit,
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
 * The patterns and matching names for the report; all names if the pattern of
 * none is known.  Names beyond LIMIT_FINDING_NAMES are only counted.
 */
char *
evaluate_save_detail(const struct evaluate_pass *x,
    const struct evaluate_subject *j, const struct verdict_finding *from)
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
	        "matches", matches, "notes", notes_json(x, j));
	text = json_dumps(detail, JSON_COMPACT | JSON_SORT_KEYS);
	json_decref(detail);
	json_decref(seen);
	return text != NULL ? text : mem_strdup("{}");
}

/* ---- saving ---- */

/*
 * Return the status of a new finding.  A certificate that had expired before
 * the last complete run is no longer a threat; one that expired later is
 * reported once.
 */
static enum store_status
status_of(const struct evaluate_pass *x, const struct verdict_finding *from,
    int64_t end, const struct store_finding *known)
{
	if (!close_findings_of_cert(from->rule))
		return STORE_NEW;
	if (known == NULL)
		return end < x->last ? STORE_CLOSED : STORE_NEW;
	return end < x->now && known->first_run < x->run ? STORE_CLOSED
	                                                 : STORE_NEW;
}

static void
save_finding(struct evaluate_pass *x, const struct evaluate_result *r,
    const struct evaluate_finding *v)
{
	const struct verdict_finding *from = &v->from;
	struct store_finding known,
	    f = { .first_seen = x->now,
		    .last_seen = x->now,
		    .first_run = x->run,
		    .last_run = x->run,
		    .severity = (int)from->severity,
		    .rule = (char *)(uintptr_t)from->rule->id,
		    .subject = from->subject,
		    .message = from->message,
		    .detail = v->detail };
	bool found = store_finding_load(x->s, from->fingerprint, &known);
	bool was_closed = found && known.status == STORE_CLOSED;

	memcpy(f.id, from->fingerprint, sizeof f.id);
	memcpy(f.tbs_sha256, r->judged.tbs, SHA256_SIZE);
	f.status = status_of(x, from, r->end, found ? &known : NULL);
	if (f.status == STORE_CLOSED)
		f.reason = (char *)(uintptr_t)CLOSE_FINDINGS_EXPIRED;
	x->ok = x->ok && store_finding_save(x->s, &f);
	if (f.status == STORE_CLOSED && !was_closed)
		x->ok = x->ok &&
		    close_findings_one(x->s, f.id, CLOSE_FINDINGS_EXPIRED);
	if (found)
		store_finding_fini(&known);
}

void
evaluate_save(struct evaluate_pass *x, const struct evaluate_result *r)
{
	for (size_t i = 0; i < r->n; i++)
		save_finding(x, r, &r->v[i]);
	for (size_t i = 0; i < r->n_items; i++)
		x->matched[r->items[i]] = true;
	x->v = mem_grow(x->v, x->n, sizeof *x->v);
	x->v[x->n++] = r->judged;
	x->ok = x->ok && store_cert_judged(x->s, r->judged.tbs, r->digest);
}
