/* SPDX-License-Identifier: Apache-2.0 */
/*
 * backfill_part_file: the file of a part: one JSON object a line.
 *
 * The first line names the plan and the part and has its hashes and counts; the
 * last one is the SHA-256 of all lines before it.
 */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <jansson.h>

#include "sync/backfill_json.h"
#include <ctwatch/base/file.h>
#include <ctwatch/base/limits.h>
#include <ctwatch/base/mem.h>
#include <ctwatch/base/text.h>
#include <ctwatch/sync/backfill_part.h>

#include "config.h"

#define FORMAT "ctwatch-part/1"

/* Characters of a reason, and of a watched item. */
#define REASON 63
#define ITEM   1024

char *
backfill_part_file_path(const char *dir, size_t number)
{
	return mem_printf("%s/part-%zu.ctwpart", dir, number);
}

/* ---- writing ---- */

/* Append v as one line, and release it. */
static bool
add_line(struct buf *out, json_t *v)
{
	char *text = json_dumps(v, JSON_COMPACT);
	bool ok = buf_add_text(out, text) && buf_add_byte(out, '\n');

	free(text);
	json_decref(v);
	return ok;
}

/* NULL, which json_pack leaves out, if there is nothing. */
static json_t *
bytes_or_none(struct blob b)
{
	return b.n > 0 ? backfill_json_of_bytes(blob_view(b)) : NULL;
}

static json_t *
match_json(const struct backfill_part_match *m)
{
	return json_pack("{s{sI sI so so* so* so* so}}", "match", "index",
	    (json_int_t)m->match.index, "notes", (json_int_t)m->match.notes,
	    "leaf", bytes_or_none(m->match.leaf_input), "precert",
	    bytes_or_none(m->match.precert), "chain",
	    bytes_or_none(m->match.chain), "issuers",
	    bytes_or_none(m->match.fingerprints), "path",
	    backfill_json_of_hashes(m->path.v, m->path.n));
}

static json_t *
rejected_json(const struct backfill_part_rejected *r)
{
	return json_pack("{s{sI ss ss* so* so* so*}}", "rejected", "index",
	    (json_int_t)r->index, "reason", r->reason, "item", r->item, "leaf",
	    bytes_or_none(r->leaf_input), "extra", bytes_or_none(r->extra_data),
	    "path",
	    r->item != NULL ? backfill_json_of_hashes(r->path.v, r->path.n)
	                    : NULL);
}

static json_t *
first_json(const struct backfill_part *part, const struct backfill_plan *p)
{
	const struct backfill_plan_log *l =
	    backfill_plan_log_of(p, part->number);
	const struct store_dates *d = &part->dates;
	json_t *dates = d->earliest <= d->latest && d->latest <= INT64_MAX
	    ? json_pack("[IIII]", (json_int_t)d->earliest,
	          (json_int_t)d->earliest_at, (json_int_t)d->latest,
	          (json_int_t)d->latest_at)
	    : NULL;

	return json_pack("{ss ss so so sI so sI sI so sI sI so*}", "format",
	    FORMAT, "version", PACKAGE_VERSION, "plan_sha256",
	    backfill_json_of_digest(p->sha256), "watched_sha256",
	    backfill_json_of_digest(p->watched_sha256), "part",
	    (json_int_t)part->number, "log_id",
	    backfill_json_of_digest(l->log.id), "from",
	    (json_int_t)part->range.begin, "to", (json_int_t)part->range.end,
	    "hashes", backfill_json_of_hashes(part->range.node, part->range.n),
	    "refused", (json_int_t)part->refused, "wrong_index",
	    (json_int_t)part->wrong_index, "dates", dates);
}

bool
backfill_part_file_write(const struct backfill_part *part,
    const struct backfill_plan *p, struct buf *out)
{
	uint8_t digest[SHA256_SIZE];
	bool ok = add_line(out, first_json(part, p));

	for (size_t i = 0; ok && i < part->n_gaps; i++) {
		const struct store_gap *g = &part->gaps[i];

		ok = add_line(out,
		    json_pack("{s{sI sI ss}}", "gap", "from",
		        (json_int_t)g->from, "to", (json_int_t)g->to, "reason",
		        g->reason));
	}
	for (size_t i = 0; ok && i < part->n_issuers; i++)
		ok = add_line(out,
		    json_pack(
		        "{so}", "issuer", bytes_or_none(part->issuers[i])));
	for (size_t i = 0; ok && i < part->n_matches; i++)
		ok = add_line(out, match_json(&part->matches[i]));
	for (size_t i = 0; ok && i < part->n_rejected; i++)
		ok = add_line(out, rejected_json(&part->rejected[i]));
	for (size_t i = 0; ok && i < part->n_index; i++)
		ok = add_line(out,
		    json_pack("{so}", "index", bytes_or_none(part->index[i])));
	sha256_digest(buf_view(out), digest);
	return ok &&
	    add_line(out,
	        json_pack("{so}", "sha256", backfill_json_of_digest(digest)));
}

/* ---- reading ---- */

struct reading {
	const struct backfill_plan *plan;
	const struct watch *watch;
	struct backfill_part *part;
	struct buf *error;
};

/* Refuse the file as false or damaged. */
static enum backfill_part_state
refuse(struct reading *x, enum backfill_part_state s, const char *why)
{
	buf_add_text(x->error, why);
	return s;
}

/* The first line: of which plan and part, with which hashes. */
static enum backfill_part_state
read_first(struct reading *x, const json_t *o)
{
	struct backfill_part *part = x->part;
	const struct backfill_plan *p = x->plan;
	const struct merkle_range *want = &p->parts[part->number].range;
	uint8_t plan[SHA256_SIZE], watched[SHA256_SIZE], id[SHA256_SIZE];
	const struct backfill_plan_log *l =
	    backfill_plan_log_of(p, part->number);
	const char *format, *version;
	struct store_dates *d = &part->dates;
	json_int_t dates[4];
	uint64_t number, from, to;
	const json_t *v = json_object_get(o, "dates");

	if (!backfill_json_text(o, "format", REASON, &format) ||
	    strcmp(format, FORMAT) != 0 ||
	    !backfill_json_text(o, "version", REASON, &version) ||
	    !backfill_json_digest(o, "plan_sha256", plan) ||
	    !backfill_json_digest(o, "watched_sha256", watched) ||
	    !backfill_json_digest(o, "log_id", id) ||
	    !backfill_json_uint(o, "part", &number) ||
	    !backfill_json_uint(o, "from", &from) ||
	    !backfill_json_uint(o, "to", &to) || from > to ||
	    !backfill_json_uint(o, "refused", &part->refused) ||
	    !backfill_json_uint(o, "wrong_index", &part->wrong_index))
		return refuse(x, BACKFILL_PART_DAMAGED,
		    "the first line is not that of " FORMAT);
	if (memcmp(watched, p->watched_sha256, sizeof watched) != 0)
		return refuse(x, BACKFILL_PART_OTHER,
		    "it was read for other watched items than the plan's");
	if (memcmp(plan, p->sha256, sizeof plan) != 0 ||
	    strcmp(version, PACKAGE_VERSION) != 0)
		return refuse(x, BACKFILL_PART_OTHER, "it is of another plan");
	if (number != part->number || memcmp(id, l->log.id, sizeof id) != 0 ||
	    from != want->begin || to != want->end)
		return refuse(
		    x, BACKFILL_PART_OTHER, "it is another part of the plan");
	if (!backfill_json_range(o, "hashes", from, to, &part->range) ||
	    !merkle_range_equal(&part->range, want))
		return refuse(x, BACKFILL_PART_FALSE,
		    "its hashes are not those of the log");
	if (v == NULL)
		return BACKFILL_PART_OK;
	for (size_t i = 0; i < 4; i++)
		dates[i] = json_integer_value(json_array_get(v, i));
	*d = (struct store_dates){ (uint64_t)dates[0], (uint64_t)dates[1],
		(uint64_t)dates[2], (uint64_t)dates[3] };
	if (json_array_size(v) != 4 || d->earliest > d->latest ||
	    d->earliest_at < from || d->earliest_at >= to ||
	    d->latest_at < from || d->latest_at >= to)
		return refuse(x, BACKFILL_PART_DAMAGED, "dates: malformed");
	return BACKFILL_PART_OK;
}

/* Check the path of an entry whose leaf is given, and the order of entries. */
static enum backfill_part_state
check_path(struct reading *x, const json_t *o, uint64_t index,
    struct bytes leaf_input, struct backfill_part_path *path,
    struct merkle_hash *leaf)
{
	struct merkle_hash v[64];
	size_t n;

	if (!backfill_json_hashes(o, "path", v, 64, &n))
		return refuse(x, BACKFILL_PART_DAMAGED, "path: malformed");
	merkle_leaf_hash(leaf_input, leaf);
	if (!merkle_range_includes(&x->part->range, index, leaf, v, n))
		return refuse(x, BACKFILL_PART_FALSE,
		    "an entry is not the log's at its index");
	path->index = index;
	path->n = n;
	path->v = mem_alloc(n > 0 ? n : 1, sizeof *path->v);
	memcpy(path->v, v, n * sizeof *v);
	return BACKFILL_PART_OK;
}

/* Report whether an entry matches as batch.h says. */
static bool
is_met(const struct reading *x, const struct batch_match *m)
{
	struct cert c;

	return leaf_parse_cert(m->leaf.kind, m->leaf.cert, &c) == CERT_OK &&
	    (watch_match(x->watch, &c) ||
	        (cert_parse(blob_view(m->precert), &c) == CERT_OK &&
	            watch_match(x->watch, &c)));
}

static enum backfill_part_state
read_match(struct reading *x, const json_t *o)
{
	struct backfill_part *part = x->part;
	struct backfill_part_match *m;
	enum backfill_part_state s;
	uint64_t notes;

	part->matches =
	    mem_grow(part->matches, part->n_matches, sizeof *part->matches);
	m = &part->matches[part->n_matches++];
	*m = (struct backfill_part_match){ 0 };
	if (!backfill_json_uint(o, "index", &m->match.index) ||
	    (part->n_matches > 1 && m->match.index <= m[-1].match.index) ||
	    !backfill_json_uint(o, "notes", &notes) ||
	    (notes & ~(uint64_t)(BATCH_NOTE_EXTRA | BATCH_NOTE_INDEX)) != 0 ||
	    !backfill_json_blob(o, "leaf", &m->match.leaf_input) ||
	    !backfill_json_blob(o, "precert", &m->match.precert) ||
	    !backfill_json_blob(o, "chain", &m->match.chain) ||
	    !backfill_json_blob(o, "issuers", &m->match.fingerprints) ||
	    m->match.fingerprints.n % SHA256_SIZE != 0)
		return refuse(x, BACKFILL_PART_DAMAGED, "match: malformed");
	m->match.notes = (unsigned)notes;
	s = check_path(x, o, m->match.index, blob_view(m->match.leaf_input),
	    &m->path, &m->match.leaf_hash);
	if (s != BACKFILL_PART_OK)
		return s;
	if (leaf_parse(blob_view(m->match.leaf_input), &m->match.leaf) ==
	        LEAF_OK &&
	    is_met(x, &m->match))
		return BACKFILL_PART_OK;
	return refuse(x, BACKFILL_PART_FALSE, "an entry matches no item");
}

/* A reason is a word of the program, see leaf_error_word. */
static bool
is_word(const char *s)
{
	return s[0] != '\0' &&
	    s[strspn(s, "abcdefghijklmnopqrstuvwxyz0123456789-")] == '\0';
}

static enum backfill_part_state
read_rejected(struct reading *x, const json_t *o)
{
	struct backfill_part *part = x->part;
	struct backfill_part_rejected *r;
	struct merkle_hash leaf;

	part->rejected =
	    mem_grow(part->rejected, part->n_rejected, sizeof *part->rejected);
	r = &part->rejected[part->n_rejected++];
	*r = (struct backfill_part_rejected){ 0 };
	if (!backfill_json_uint(o, "index", &r->index) ||
	    r->index < part->range.begin || r->index >= part->range.end ||
	    (part->n_rejected > 1 && r->index <= r[-1].index) ||
	    !backfill_json_copy(o, "reason", REASON, &r->reason) ||
	    r->reason == NULL || !is_word(r->reason) ||
	    !backfill_json_copy(o, "item", ITEM, &r->item) ||
	    !backfill_json_blob(o, "leaf", &r->leaf_input) ||
	    !backfill_json_blob(o, "extra", &r->extra_data) ||
	    (r->item == NULL) != (r->leaf_input.n == 0))
		return refuse(x, BACKFILL_PART_DAMAGED, "rejected: malformed");
	if (r->item == NULL)
		return BACKFILL_PART_OK;
	for (size_t i = 0; i < watch_count(x->watch); i++)
		if (strcmp(r->item, watch_item(x->watch, i)) == 0)
			return check_path(x, o, r->index,
			    blob_view(r->leaf_input), &r->path, &leaf);
	return refuse(
	    x, BACKFILL_PART_FALSE, "a rejected entry has an unknown item");
}

static enum backfill_part_state
read_gap(struct reading *x, const json_t *o)
{
	struct backfill_part *part = x->part;
	struct store_gap *g;
	const char *reason;

	part->gaps = mem_grow(part->gaps, part->n_gaps, sizeof *part->gaps);
	g = &part->gaps[part->n_gaps++];
	*g = (struct store_gap){ 0 };
	if (!backfill_json_uint(o, "from", &g->from) ||
	    !backfill_json_uint(o, "to", &g->to) || g->from >= g->to ||
	    g->from < (part->n_gaps > 1 ? g[-1].to : part->range.begin) ||
	    g->to > part->range.end ||
	    !backfill_json_text(o, "reason", REASON, &reason))
		return refuse(x, BACKFILL_PART_DAMAGED, "gap: malformed");
	snprintf(g->reason, sizeof g->reason, "%s", reason);
	return BACKFILL_PART_OK;
}

static enum backfill_part_state
read_issuer(struct reading *x, const json_t *line)
{
	struct blob der;

	if (!backfill_json_blob(line, "issuer", &der) || der.n > LIMIT_ISSUER) {
		blob_fini(&der);
		return refuse(x, BACKFILL_PART_DAMAGED, "issuer: malformed");
	}
	backfill_part_add_issuer(x->part, blob_view(der));
	blob_fini(&der);
	return BACKFILL_PART_OK;
}

static enum backfill_part_state
read_index(struct reading *x, const json_t *line)
{
	const json_t *v = json_object_get(line, "index");
	const char *fault = "index: malformed";
	struct blob coded;

	if (x->part->index_secret == NULL)
		return refuse(
		    x, BACKFILL_PART_DAMAGED, "index: the plan asks for none");
	if (json_string_length(v) <= TEXT_BASE64_LEN(LIMIT_INDEX_FILE) &&
	    backfill_json_blob(line, "index", &coded))
		fault = backfill_index_take(x->part, coded);
	return fault == NULL ? BACKFILL_PART_OK
	                     : refuse(x, BACKFILL_PART_DAMAGED, fault);
}

static enum backfill_part_state
read_other(struct reading *x, const json_t *line)
{
	const json_t *o;

	if ((o = json_object_get(line, "match")) != NULL)
		return read_match(x, o);
	if ((o = json_object_get(line, "rejected")) != NULL)
		return read_rejected(x, o);
	if ((o = json_object_get(line, "gap")) != NULL)
		return read_gap(x, o);
	if (json_object_get(line, "issuer") != NULL)
		return read_issuer(x, line);
	if (json_object_get(line, "index") != NULL)
		return read_index(x, line);
	return refuse(x, BACKFILL_PART_DAMAGED, "a line of another kind");
}

/* Cut the last line, and compare its digest with the lines before it. */
static bool
check_digest(struct bytes *text)
{
	char hex[2 * SHA256_SIZE + 1], last[2 * SHA256_SIZE + 16];
	size_t n;

	n = (size_t)snprintf(
	    last, sizeof last, "{\"sha256\":\"%*s\"}\n", 2 * SHA256_SIZE, "");
	if (text->n < n)
		return false;
	text->n -= n;
	sha256_hex(*text, hex);
	snprintf(last, sizeof last, "{\"sha256\":\"%s\"}\n", hex);
	return memcmp(text->p + text->n, last, n) == 0;
}

static enum backfill_part_state
read_lines(struct reading *x, struct bytes text)
{
	enum backfill_part_state s = BACKFILL_PART_OK;
	struct bytes line;
	uint64_t n = 0;

	if (!check_digest(&text))
		return refuse(x, BACKFILL_PART_DAMAGED,
		    "it is cut short or damaged: its digest differs");
	while (s == BACKFILL_PART_OK && bytes_until(&text, '\n', &line)) {
		json_t *v = json_loadb(
		    (const char *)line.p, line.n, JSON_REJECT_DUPLICATES, NULL);

		n++;
		if (v == NULL)
			s = refuse(x, BACKFILL_PART_DAMAGED, "not JSON");
		else
			s = n == 1 ? read_first(x, v) : read_other(x, v);
		json_decref(v);
	}
	if (s == BACKFILL_PART_OK && (n == 0 || text.n > 0))
		s = refuse(x, BACKFILL_PART_DAMAGED, "its lines have no end");
	else if (s == BACKFILL_PART_OK && x->part->index_secret != NULL &&
	    !backfill_index_is_proved(x->part))
		s = refuse(x, BACKFILL_PART_FALSE,
		    "its index is missing, or not of the log's entries");
	else if (s != BACKFILL_PART_OK)
		buf_printf(x->error, " (line %" PRIu64 ")", n);
	return s;
}

enum backfill_part_state
backfill_part_file_read(const char *path, const struct backfill_plan *p,
    size_t number, const struct watch *watch, struct backfill_part *part,
    struct buf *error)
{
	struct reading x = { p, watch, part, error };
	enum backfill_part_state s = BACKFILL_PART_MISSING;
	struct buf text;

	backfill_part_init(part, p, number);
	buf_init(&text, LIMIT_PART_BYTES);
	if (file_read(path, false, &text, error) == FILE_OK) {
		buf_printf(error, "%s: ", path);
		s = read_lines(&x, buf_view(&text));
	}
	buf_fini(&text);
	if (s != BACKFILL_PART_OK)
		backfill_part_fini(part);
	else
		buf_clear(error);
	return s;
}
