/* SPDX-License-Identifier: Apache-2.0 */
/* heads: print the tree heads of the store. */
#include <stdlib.h>
#include <string.h>

#include <jansson.h>

#include "cli/cmd_util.h"
#include "cli/logs/logs.h"
#include <ctwatch/base/msg.h>
#include <ctwatch/cli/cli.h>
#include <ctwatch/policy/json_bytes.h>
#include <ctwatch/report/collect.h>
#include <ctwatch/wire/note.h>
#include <ctwatch/wire/tlog_proof.h>

/* The argument of store_heads_each. */
struct printing {
	struct store *s;
	bool latest;
	struct store_log log; /* of the last note */
	struct buf out;
};

/* Print one head per line, so that sort and join can compare two monitors. */
static void
add_json(struct printing *p, const struct store_head *h)
{
	static const char *const states[] = {
		[STORE_HEAD_SIGNED] = "signed",
		[STORE_HEAD_PROVED] = "proved",
		[STORE_HEAD_CONFLICT] = "conflict",
	};
	json_t *v = json_pack("{so sI sI so so ss so so}", "log_id",
	    collect_hex(h->log_id), "size", (json_int_t)h->head.size,
	    "timestamp", (json_int_t)h->head.timestamp, "root",
	    collect_hex(h->head.root.b), "signature",
	    json_bytes_new(
	        (struct bytes){ h->head.signature, h->head.n_signature }),
	    "state", states[h->state], "seen", collect_time(h->seen), "raw",
	    json_bytes_new(h->raw));
	char *text = json_dumps(v, JSON_COMPACT);

	buf_add_text(&p->out, text);
	buf_add_byte(&p->out, '\n');
	free(text);
	json_decref(v);
}

/* Print a checkpoint as the log served it; another head, and a checkpoint that
 * was not stored, as one with the log's signature alone. */
static void
add_note(struct printing *p, const struct store_head *h)
{
	struct store_log *log = &p->log;
	struct tree_head served;
	const char *url;
	char *origin;

	if (memcmp(log->id, h->log_id, SHA256_SIZE) != 0) {
		store_log_fini(log);
		if (!store_log_load(p->s, h->log_id, log))
			return;
	}
	/* An issuance log has other signatures, which cannot be converted. */
	if (log->kind == LOG_KIND_MTC)
		return;
	url = log->submission_url != NULL ? log->submission_url : log->url;
	if (url == NULL) {
		msg_warn("logs: the store has no URL of %s: its heads are "
		         "not printed",
		    log->description);
		return;
	}
	origin = tlog_proof_origin(url);
	if (note_checkpoint(h->raw, origin, h->log_id, &served) == NOTE_OK &&
	    served.size == h->head.size &&
	    merkle_equal(&served.root, &h->head.root))
		buf_add(&p->out, h->raw);
	else
		tlog_proof_checkpoint(&h->head, origin, h->log_id, &p->out);
	buf_add_byte(&p->out, '\n');
	free(origin);
}

static bool
is_left_out(struct printing *p, const struct store_head *h)
{
	struct tree_head last;

	return p->latest && h->state != STORE_HEAD_CONFLICT &&
	    store_head_last(p->s, h->log_id, STORE_HEAD_SIGNED, &last) &&
	    (last.size != h->head.size || last.timestamp != h->head.timestamp);
}

static void
each_json(void *arg, const struct store_head *h)
{
	if (!is_left_out(arg, h))
		add_json(arg, h);
}

static void
each_note(void *arg, const struct store_head *h)
{
	if (!is_left_out(arg, h))
		add_note(arg, h);
}

int
logs_heads(const struct logs_command *x)
{
	struct printing p = { .s = cmd_util_store(&x->common, STORE_READ),
		.latest = x->latest };
	int status = CLI_LOCAL;

	if (p.s == NULL)
		return CLI_LOCAL;
	buf_init(&p.out, SIZE_MAX / 2);
	if (store_heads_each(
	        p.s, NULL, x->format == LOGS_NOTES ? each_note : each_json, &p))
		status = cmd_util_print(&p.out);
	else
		msg_error("%s", store_error(p.s));
	buf_fini(&p.out);
	store_log_fini(&p.log);
	store_close(p.s);
	return status;
}
