/* SPDX-License-Identifier: Apache-2.0 */
/* audit_text: print the result of `ctwatch audit' as text. */
#include <inttypes.h>
#include <stdlib.h>

#include "cli/audit/output.h"
#include "cli/cmd_util.h"
#include <ctwatch/base/mem.h>
#include <ctwatch/base/text.h>
#include <ctwatch/base/time.h>
#include <ctwatch/policy/certinfo.h>

/* Columns of continued lines. */
#define COLUMN 6

/* Append one wrapped line, indented by two columns less than its rest. */
static void
add_line(struct buf *out, const char *text)
{
	buf_add_text(out, "    ");
	cmd_util_wrap(out, COLUMN, text);
}

/* Append that the log is over, or from when on it will be. */
static void
add_end(struct buf *line, const struct loglist_log *log)
{
	const char *state = loglist_state_word(log->state);
	char date[TIME_TEXT];

	if (log->state_since <= time_now()) {
		buf_printf(line, ", log now %s", state);
		return;
	}
	time_format_date(log->state_since, date);
	buf_printf(line, ", log %s from %s on", state, date);
}

static void
add_sct(struct buf *out, const struct audit_sct *s)
{
	static const char *const by[] = { "embedded", "TLS", "OCSP" };
	const char *status = audit_sct_status_word(s->status);
	char date[TIME_TEXT], id[2 * SHA256_SIZE + 1];
	struct buf line;

	text_hex(s->sct.log_id, id);
	time_format(s->sct.timestamp <= INT64_MAX ? (int64_t)s->sct.timestamp
	                                          : INT64_MAX,
	    date);
	buf_init(&line, 65536);
	buf_printf(&line, "%s SCT of %s", by[s->source],
	    s->log != NULL ? s->log->description : id);
	if (s->log != NULL && s->sct.timestamp <= INT64_MAX)
		buf_printf(&line, " (%s)",
		    loglist_operator_at(s->log, (int64_t)s->sct.timestamp));
	buf_printf(&line, ", %s: ", date);
	switch (s->signature) {
	case AUDIT_SCT_VALID:
		buf_printf(&line, "%s", status);
		break;
	case AUDIT_SCT_INVALID:
		buf_add_text(&line, "INVALID signature");
		break;
	case AUDIT_SCT_UNKNOWN_LOG:
		buf_add_text(&line, "unknown log");
		break;
	case AUDIT_SCT_UNCHECKED:
		buf_add_text(&line, "signature not checked");
		break;
	}
	if (s->has_index)
		buf_printf(&line, ", entry %" PRIu64, s->index);
	if (s->log != NULL && loglist_is_over(s->log->state))
		add_end(&line, s->log);
	if (s->why != NULL)
		buf_printf(&line, ": %s", s->why);
	add_line(out, buf_text(&line));
	buf_fini(&line);
}

static void
add_policy(struct buf *out, const char *name, const struct audit_policy *p)
{
	char *line = mem_printf("%s's policy: %s%s%s", name,
	    !p->known   ? "not checked"
	        : p->ok ? "met"
	                : "NOT met",
	    p->why != NULL ? ": " : "", p->why != NULL ? p->why : "");

	add_line(out, line);
	free(line);
}

static void
add_seen(struct buf *out, const struct audit_cert *c)
{
	char *line;

	switch (c->seen) {
	case AUDIT_SEEN_NO_STORE:
		return;
	case AUDIT_SEEN:
		add_line(out, "seen by this store");
		return;
	case AUDIT_SEEN_NOT_READ:
		line = mem_printf("not seen by this store: %s", c->seen_why);
		break;
	case AUDIT_UNSEEN:
		line = mem_printf(
		    "NOT seen by this store, although %s", c->seen_why);
		break;
	default:
		return;
	}
	add_line(out, line);
	free(line);
}

static void
add_cert(struct buf *out, const struct audit_cert *c)
{
	char date[TIME_TEXT] = "an unknown day", *head;
	struct certinfo info;
	size_t n;

	certinfo_parse(LEAF_X509, blob_view(c->der), &info);
	n = info.names.n + info.addresses.n;
	if (c->not_after < INT64_MAX)
		time_format_date(c->not_after, date);
	head = info.names.n > 0    ? info.names.v[0]
	    : info.addresses.n > 0 ? info.addresses.v[0]
	                           : info.subject;
	head = n > 1
	    ? mem_printf("%s and %zu more, valid to %s, from %s", head, n - 1,
	          date, c->source)
	    : mem_printf("%s, valid to %s, from %s", head, date, c->source);
	buf_add_text(out, "  ");
	cmd_util_wrap(out, 4, head);
	free(head);
	if (!c->has_issuer && !c->is_mtc)
		add_line(out,
		    "the certificate of its issuer is missing: give its chain");
	if (c->n_scts == 0 && !c->is_mtc)
		add_line(out, "it has no readable SCT");
	if (c->malformed > 0)
		add_line(out, "a list of SCTs or an SCT is MALFORMED");
	for (size_t i = 0; i < c->n_scts; i++)
		add_sct(out, &c->scts[i]);
	add_policy(out, "Chrome", &c->chrome);
	add_policy(out, "Apple", &c->apple);
	add_seen(out, c);
	buf_add_byte(out, '\n');
	certinfo_fini(&info);
}

void
audit_text(
    const struct audit_certs *a, const struct audit_result *r, struct buf *out)
{
	for (size_t i = 0; i < a->n; i++)
		add_cert(out, &a->v[i]);
	buf_printf(out,
	    "%zu certificate%s: %zu failed, %zu not checked completely; %zu "
	    "SCTs without an entry in their log\n",
	    a->n, a->n == 1 ? "" : "s", r->failed, r->unchecked, r->missing);
	if (a->n_precerts > 0)
		buf_printf(out,
		    "%zu certificates of the inventory have only their "
		    "precertificate in the store, which has no SCTs\n",
		    a->n_precerts);
}
