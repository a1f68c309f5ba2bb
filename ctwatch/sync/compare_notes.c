/* SPDX-License-Identifier: Apache-2.0 */
/* Split a file into signed notes, find the log of each, and compare it. */
#include <stdlib.h>
#include <string.h>

#include <ctwatch/base/escape.h>
#include <ctwatch/base/limits.h>
#include <ctwatch/base/mem.h>
#include <ctwatch/net/log_fetch.h>
#include <ctwatch/sync/compare_notes.h>
#include <ctwatch/wire/note.h>
#include <ctwatch/wire/tlog_proof.h>

/* What the comparison needs; the log is that of the notes in turn. */
struct comparison {
	const struct loglist *logs;
	char **origins; /* owned; of each log; NULL: it is unusable */
	struct store *s;
	struct http *http;
	/* ---- of one log ---- */
	struct log_client *client; /* owned */
	struct log_fetch requests;
	struct log_client_fetch fetch;
	bool has_ours, accused;
	struct tree_head ours;
	unsigned proofs;
	bool skipped; /* the last proof: LIMIT_COMPARE_PROOFS */
	char *dead;   /* owned: why it did not answer; or NULL */
};

/* ---- notes of the file ---- */

/* Skip the lines up to an empty one, and count them. */
static void
skip_lines(struct bytes *rest, size_t *line)
{
	struct bytes skipped;

	while (rest->n > 0 && rest->p[0] != '\n') {
		++*line;
		if (!bytes_until(rest, '\n', &skipped))
			bytes_take(rest, rest->n, &skipped);
	}
}

/*
 * Take the next note: lines of text, an empty line, and lines of signatures.
 * Lines without signatures after them are a malformed note, so that the next
 * note is found.
 */
static bool
take_note(struct bytes *rest, size_t *line, struct compare_note *out)
{
	static const char signature[] = "\n\xe2\x80\x94 ";
	struct bytes start, skipped;

	for (; rest->n > 0 && rest->p[0] == '\n'; ++*line)
		bytes_take(rest, 1, &skipped);
	start = *rest;
	out->line = *line;
	skip_lines(rest, line);
	if (rest->n > strlen(signature) &&
	    memcmp(rest->p, signature, strlen(signature)) == 0) {
		++*line;
		bytes_take(rest, 1, &skipped);
		skip_lines(rest, line);
	}
	out->raw = bytes_at(start.p, start.n - rest->n);
	return start.n > 0;
}

static void
split(struct bytes file, struct compare_notes *out)
{
	struct compare_note note = { .line = 0 };
	size_t line = 1;

	while (!out->truncated && take_note(&file, &line, &note)) {
		out->truncated = out->n == LIMIT_COMPARE_NOTES;
		if (out->truncated)
			continue;
		out->v = mem_grow(out->v, out->n, sizeof *out->v);
		out->v[out->n++] = note;
	}
}

/* ---- their logs ---- */

static char *
origin_of(const struct loglist_log *log)
{
	const char *url =
	    log->submission_url != NULL ? log->submission_url : log->url;

	return log->key.n > 0 && url != NULL ? tlog_proof_origin(url) : NULL;
}

static void
refuse(
    struct compare_note *note, enum compare_notes_state state, const char *why)
{
	note->state = state;
	free(note->why);
	note->why = mem_strdup(why);
}

/* Parse the head of note as one of log's, and verify its signature. */
static bool
read_head(struct compare_note *note, const struct loglist_log *log,
    const char *origin, struct tree_head *out)
{
	struct tree_head_key *key = loglist_head_key(log);
	enum note_error e = note_checkpoint(note->raw, origin, log->id, out);
	enum tree_head_error bad = TREE_HEAD_BAD_SIGNATURE;

	if (key != NULL && e == NOTE_OK)
		bad = tree_head_verify(out, key);
	if (key == NULL)
		refuse(note, COMPARE_NOTES_REFUSED,
		    "the log list has no usable key of the log");
	else if (e != NOTE_OK)
		refuse(note, COMPARE_NOTES_REFUSED, note_error_word(e));
	else if (bad != TREE_HEAD_OK)
		refuse(note, COMPARE_NOTES_REFUSED,
		    "the log's signature does not verify");
	tree_head_key_free(key);
	return bad == TREE_HEAD_OK;
}

/* Find the log of a note by its origin and its signature. */
static void
find_log(const struct comparison *x, struct compare_note *note)
{
	struct note_body body;
	struct tree_head head;
	enum note_error e;
	struct note parsed;
	struct buf origin;

	e = note_parse(note->raw, &parsed);
	if (e == NOTE_OK)
		e = note_body(parsed.text, &body);
	if (e != NOTE_OK) {
		refuse(note, COMPARE_NOTES_REFUSED, note_error_word(e));
		return;
	}
	buf_init(&origin, SIZE_MAX / 2);
	escape_line(&origin, body.origin, LIMIT_SHOWN_TEXT);
	note->origin = buf_detach(&origin);
	note->state = COMPARE_NOTES_UNKNOWN_LOG;
	for (size_t i = 0; i < x->logs->n && note->log == NULL; i++) {
		if (x->origins[i] == NULL ||
		    !bytes_is(body.origin, x->origins[i]) ||
		    !read_head(note, &x->logs->v[i], x->origins[i], &head))
			continue;
		note->state = COMPARE_NOTES_COMPARED;
		free(note->why);
		note->why = NULL;
		note->log = &x->logs->v[i];
		note->size = head.size;
		note->timestamp = head.timestamp;
		note->root = head.root;
	}
}

bool
compare_notes_head(const struct compare_note *note, struct tree_head *out)
{
	char *origin = origin_of(note->log);
	bool ok =
	    note_checkpoint(note->raw, origin, note->log->id, out) == NOTE_OK;

	free(origin);
	return ok;
}

/* ---- the comparison ---- */

/* Request a proof, unless the log did not answer before. */
static enum log_client_result
consistent(void *arg, uint64_t size, const struct merkle_hash *root,
    const struct tree_head *head, struct buf *error)
{
	struct comparison *x = arg;
	enum log_client_result result = LOG_CLIENT_FAILED;

	if (x->client == NULL)
		buf_add_text(error, "the log list has no usable key");
	else if (x->dead != NULL)
		buf_add_text(error, x->dead);
	else if (x->proofs == LIMIT_COMPARE_PROOFS)
		x->skipped = true;
	else {
		x->proofs++;
		result = log_client_consistent(
		    x->client, &x->fetch, size, root, head, error);
		if (result == LOG_CLIENT_FAILED)
			x->dead = mem_strdup(buf_text(error));
	}
	return result;
}

static void
end_log(struct comparison *x)
{
	log_client_free(x->client);
	x->client = NULL;
	free(x->dead);
	x->dead = NULL;
}

static void
begin_log(struct comparison *x, const struct loglist_log *log)
{
	struct store_log state;

	end_log(x);
	x->requests = (struct log_fetch){ .http = x->http,
		.queue = http_queue(x->http, log->operator) };
	x->fetch = log_fetch_of(&x->requests);
	x->client = log_client_new(log, false);
	x->proofs = 0;
	x->accused = false;
	if (store_log_load(x->s, log->id, &state)) {
		x->accused = (state.accused & STORE_ACCUSED_HEADS) != 0;
		store_log_fini(&state);
	}
	x->has_ours =
	    store_head_last(x->s, log->id, STORE_HEAD_PROVED, &x->ours) ||
	    store_head_last(x->s, log->id, STORE_HEAD_SIGNED, &x->ours);
}

/* Report whether h is stored as one that contradicts another. */
static bool
is_known(const struct comparison *x, const struct compare_note *note,
    const struct tree_head *h)
{
	enum store_head_state state;

	return x->accused && store_head_state(x->s, note->log->id, h, &state) &&
	    state == STORE_HEAD_CONFLICT;
}

static void
compare(struct comparison *x, struct compare_note *note)
{
	const struct compare_head_proof proof = { consistent, x };
	struct tree_head h, other = x->ours;
	struct buf error, shown;

	if (!compare_notes_head(note, &h))
		return;
	if (is_known(x, note, &h)) {
		refuse(note, COMPARE_NOTES_KNOWN,
		    "stored before as evidence of CTW070");
		return;
	}
	if (!x->has_ours) {
		refuse(note, COMPARE_NOTES_NO_HEAD,
		    "the store has no tree head of this log");
		return;
	}
	buf_init(&error, 4096);
	buf_init(&shown, SIZE_MAX / 2);
	x->skipped = false;
	note->result = compare_head(
	    x->s, note->log->id, &h, &x->ours, &proof, &other, &error);
	note->ours_size = other.size;
	note->ours_timestamp = other.timestamp;
	note->ours_root = other.root;
	escape_line(&shown, buf_view(&error), 0);
	free(note->why);
	note->why = error.n > 0 ? buf_detach(&shown) : NULL;
	if (x->skipped)
		refuse(note, COMPARE_NOTES_SKIPPED,
		    "the log was asked for as many proofs as one comparison "
		    "may request");
	buf_fini(&error);
	buf_fini(&shown);
}

/* By log, the largest head first. */
static int
by_log_and_size(const void *a, const void *b)
{
	const struct compare_note *x = *(struct compare_note *const *)a;
	const struct compare_note *y = *(struct compare_note *const *)b;

	if (x->log != y->log)
		return x->log < y->log ? -1 : 1;
	if (x->size != y->size)
		return x->size > y->size ? -1 : 1;
	if (x->timestamp != y->timestamp)
		return x->timestamp > y->timestamp ? -1 : 1;
	return memcmp(x->root.b, y->root.b, SHA256_SIZE);
}

/* Copy the result of the same head. */
static void
copy(const struct compare_note *from, struct compare_note *to)
{
	to->state = from->state;
	to->result = from->result;
	to->ours_size = from->ours_size;
	to->ours_timestamp = from->ours_timestamp;
	to->ours_root = from->ours_root;
	free(to->why);
	to->why = from->why != NULL ? mem_strdup(from->why) : NULL;
}

static void
compare_all(struct comparison *x, struct compare_notes *all)
{
	struct compare_note **v = mem_alloc(all->n, sizeof(*v));
	size_t n = 0;

	for (size_t i = 0; i < all->n; i++)
		if (all->v[i].log != NULL)
			v[n++] = &all->v[i];
	qsort(v, n, sizeof(*v), by_log_and_size);
	for (size_t i = 0; i < n; i++) {
		if (i > 0 && by_log_and_size(&v[i - 1], &v[i]) == 0) {
			copy(v[i - 1], v[i]);
			continue;
		}
		if (i == 0 || v[i - 1]->log != v[i]->log)
			begin_log(x, v[i]->log);
		compare(x, v[i]);
	}
	end_log(x);
	free(v);
}

void
compare_notes(struct bytes file, const struct loglist *logs, struct store *s,
    struct http *http, struct compare_notes *out)
{
	struct comparison x = { .logs = logs, .s = s, .http = http };

	*out = (struct compare_notes){ .v = NULL };
	x.origins = mem_alloc(logs->n, sizeof *x.origins);
	for (size_t i = 0; i < logs->n; i++)
		x.origins[i] = origin_of(&logs->v[i]);
	split(file, out);
	for (size_t i = 0; i < out->n; i++)
		find_log(&x, &out->v[i]);
	compare_all(&x, out);
	for (size_t i = 0; i < logs->n; i++)
		free(x.origins[i]);
	free(x.origins);
}

void
compare_notes_fini(struct compare_notes *c)
{
	for (size_t i = 0; i < c->n; i++) {
		free(c->v[i].origin);
		free(c->v[i].why);
	}
	free(c->v);
	*c = (struct compare_notes){ .v = NULL };
}
