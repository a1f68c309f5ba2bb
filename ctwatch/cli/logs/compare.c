/* SPDX-License-Identifier: Apache-2.0 */
/* compare: compare the tree heads of another installation with the store's. */
#include <inttypes.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>

#include <jansson.h>

#include "cli/cmd_util.h"
#include "cli/logs/logs.h"
#include <ctwatch/base/limits.h>
#include <ctwatch/base/mem.h>
#include <ctwatch/base/msg.h>
#include <ctwatch/base/text.h>
#include <ctwatch/base/time.h>
#include <ctwatch/cli/cli.h>
#include <ctwatch/judge/log_findings.h>
#include <ctwatch/report/collect.h>
#include <ctwatch/sync/compare_notes.h>

static bool
is_contradiction(const struct compare_note *note)
{
	return note->state == COMPARE_NOTES_KNOWN ||
	    (note->state == COMPARE_NOTES_COMPARED &&
	        note->result == COMPARE_HEAD_CONTRADICTS);
}

static bool
agrees(const struct compare_note *note)
{
	return note->state == COMPARE_NOTES_COMPARED &&
	    note->result <= COMPARE_HEAD_NEWER;
}

/* The word of the JSON output. */
static const char *
word_of(const struct compare_note *note)
{
	static const char *const results[COMPARE_HEAD_MAX] = {
		[COMPARE_HEAD_SAME] = "same",
		[COMPARE_HEAD_OLDER] = "older",
		[COMPARE_HEAD_NEWER] = "newer",
		[COMPARE_HEAD_CONTRADICTS] = "contradiction",
		[COMPARE_HEAD_UNPROVED] = "unproved",
		[COMPARE_HEAD_UNREACHABLE] = "unreachable",
	};

	switch (note->state) {
	case COMPARE_NOTES_KNOWN:
		return "contradiction";
	case COMPARE_NOTES_REFUSED:
		return "refused";
	case COMPARE_NOTES_UNKNOWN_LOG:
		return "unknown-log";
	case COMPARE_NOTES_NO_HEAD:
		return "no-head";
	case COMPARE_NOTES_SKIPPED:
		return "skipped";
	case COMPARE_NOTES_COMPARED:
		break;
	}
	return results[note->result];
}

/* ---- as text ---- */

static void
add_result(const struct compare_note *note, struct buf *out)
{
	if (note->state == COMPARE_NOTES_UNKNOWN_LOG) {
		buf_add_text(out, "no log list and no store has this log");
		return;
	}
	if (note->state == COMPARE_NOTES_COMPARED) {
		switch (note->result) {
		case COMPARE_HEAD_SAME:
			buf_add_text(out, "the same as ours");
			break;
		case COMPARE_HEAD_OLDER:
			buf_printf(out,
			    "agrees, a proved prefix of our %" PRIu64
			    " entries",
			    note->ours_size);
			break;
		case COMPARE_HEAD_NEWER:
			buf_printf(out,
			    "agrees, our %" PRIu64
			    " entries are a proved prefix of it",
			    note->ours_size);
			break;
		case COMPARE_HEAD_CONTRADICTS:
			buf_printf(out,
			    "CONTRADICTS our head of %" PRIu64 " entries",
			    note->ours_size);
			break;
		default:
			buf_add_text(out, "not compared");
			break;
		}
	} else if (note->state == COMPARE_NOTES_KNOWN)
		buf_add_text(out, "CONTRADICTS our heads");
	else
		buf_add_text(out,
		    note->state == COMPARE_NOTES_REFUSED ? "refused"
		                                         : "not compared");
	if (note->why != NULL)
		buf_printf(out, ": %s", note->why);
}

static void
add_note(const char *file, const struct compare_note *note, struct buf *out)
{
	char date[TIME_TEXT], size[TEXT_COUNT];
	struct buf line;

	buf_init(&line, SIZE_MAX / 2);
	buf_printf(&line, "%s:%zu: ", file, note->line);
	if (note->log != NULL) {
		text_count(note->size, size);
		time_format((int64_t)note->timestamp, date);
		buf_printf(&line,
		    "%s, %s entries, %s: ", note->log->description, size, date);
	} else if (note->origin != NULL)
		buf_printf(&line, "%s: ", note->origin);
	add_result(note, &line);
	cmd_util_wrap(out, 4, buf_text(&line));
	buf_fini(&line);
}

static void
add_sum(const struct compare_notes *all, struct buf *out)
{
	size_t agreeing = 0, contradicting = 0;

	for (size_t i = 0; i < all->n; i++) {
		agreeing += agrees(&all->v[i]);
		contradicting += is_contradiction(&all->v[i]);
	}
	buf_printf(out,
	    "%zu note%s: %zu agree, %zu contradict ours, %zu not compared\n",
	    all->n, all->n == 1 ? "" : "s", agreeing, contradicting,
	    all->n - agreeing - contradicting);
}

/* ---- as JSON ---- */

static json_t *
head_json(uint64_t size, uint64_t timestamp, const struct merkle_hash *root)
{
	return json_pack("{sI so so}", "tree_size", (json_int_t)size,
	    "sth_timestamp", collect_time((int64_t)timestamp), "root_hash",
	    collect_hex(root->b));
}

static json_t *
note_json(const struct compare_note *note)
{
	const struct loglist_log *log = note->log;
	bool known = log != NULL;
	bool compared = note->state == COMPARE_NOTES_COMPARED;

	return json_pack("{sI ss so so so so so so}", "line",
	    (json_int_t)note->line, "result", word_of(note), "why",
	    collect_text(note->why), "origin", collect_text(note->origin),
	    "log_id", known ? collect_hex(log->id) : json_null(), "description",
	    collect_text(known ? log->description : NULL), "head",
	    known ? head_json(note->size, note->timestamp, &note->root)
	          : json_null(),
	    "ours",
	    compared ? head_json(note->ours_size, note->ours_timestamp,
	                   &note->ours_root)
	             : json_null());
}

static int
print(const char *file, const struct compare_notes *all, bool json)
{
	json_t *notes = json_array();
	struct buf out;
	int status;

	if (json) {
		for (size_t i = 0; i < all->n; i++)
			json_array_append_new(notes, note_json(&all->v[i]));
		return cmd_util_print_json(json_pack(
		    "{ss so}", "format", "ctwatch-compare/1", "notes", notes));
	}
	json_decref(notes);
	buf_init(&out, SIZE_MAX / 2);
	for (size_t i = 0; i < all->n; i++)
		add_note(file, &all->v[i], &out);
	add_sum(all, &out);
	status = cmd_util_print(&out);
	buf_fini(&out);
	return status;
}

/* ---- evidence and findings ---- */

/* Mark the log as one that contradicts itself, so that no later run clears it
 * of CTW070. */
static bool
accuse(struct store *s, const uint8_t id[static SHA256_SIZE])
{
	struct store_log log;
	bool ok;

	if (!store_log_load(s, id, &log))
		return false;
	log.accused |= STORE_ACCUSED_HEADS;
	ok = store_log_save(s, &log);
	store_log_fini(&log);
	return ok;
}

static bool
save_note(struct store *s, const char *file, const struct compare_note *note)
{
	struct log_findings_met met = { .rule = "CTW070" };
	struct tree_head h,
	    other = { .size = note->ours_size,
		    .timestamp = note->ours_timestamp,
		    .root = note->ours_root };
	struct buf message;
	bool ok;

	met.id = note->log->id;
	met.description = note->log->description;
	buf_init(&message, 4096);
	ok = compare_notes_head(note, &h) && accuse(s, met.id) &&
	    compare_head_keep(s, met.id, &h, note->raw, &other);
	compare_head_describe(&h, &other, &message);
	buf_printf(&message,
	    "; the head of %" PRIu64
	    " entries is that of another installation (%s:%zu)",
	    h.size, file, note->line);
	met.message = buf_text(&message);
	ok = ok && log_findings_save(s, time_now(), store_run_next(s), &met);
	buf_fini(&message);
	return ok;
}

/* Store contradictions, each log's in the order of the file, so that the
 * message of the finding is of the last one. */
static int
save(const struct logs_command *x, const char *file,
    const struct compare_notes *all)
{
	struct store *s = cmd_util_store(&x->common, STORE_WRITE);
	int status = CLI_CLEAN;
	bool ok = s != NULL && store_begin(s);

	for (size_t i = 0; ok && i < all->n; i++)
		if (all->v[i].state == COMPARE_NOTES_COMPARED &&
		    all->v[i].result == COMPARE_HEAD_CONTRADICTS)
			ok = save_note(s, file, &all->v[i]);
	if (s != NULL && !(ok && store_commit(s)))
		msg_error("%s", store_error(s));
	if (!ok)
		status = CLI_LOCAL;
	store_close(s);
	return status;
}

/* ---- the command ---- */

static int
finish(const struct logs_command *x, const char *file,
    const struct compare_notes *all)
{
	int status = print(file, all, x->format == LOGS_JSON);
	bool found = false;

	for (size_t i = 0; i < all->n; i++) {
		const struct compare_note *note = &all->v[i];

		if (is_contradiction(note)) {
			status |= CLI_MISBEHAVED;
			found |= note->state == COMPARE_NOTES_COMPARED;
		} else if (!agrees(note))
			status |= CLI_INCOMPLETE;
	}
	if (all->n == 0)
		msg_error("%s: there is no note in it", file);
	if (all->truncated)
		msg_error("%s: has more than %u notes: the others are not "
		          "compared",
		    file, LIMIT_COMPARE_NOTES);
	if (all->n == 0 || all->truncated)
		status |= CLI_INCOMPLETE;
	return found ? status | save(x, file, all) : status;
}

int
logs_compare(const struct logs_command *x, const struct network *network,
    struct store *s, struct bytes notes)
{
	const char *file =
	    strcmp(x->compare, "-") == 0 ? "standard input" : x->compare;
	struct compare_notes all;
	int status = CLI_LOCAL;

	signal(SIGPIPE, SIG_IGN);
	compare_notes(notes, network->lists.logs, s, network->http, &all);
	if (*store_error(s) == '\0')
		status = finish(x, file, &all);
	else
		msg_error("%s", store_error(s));
	compare_notes_fini(&all);
	return status;
}
