/* SPDX-License-Identifier: Apache-2.0 */
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "audit/browser_policy.h"
#include <ctwatch/base/limits.h>
#include <ctwatch/base/mem.h>
#include <ctwatch/base/time.h>

/* Both policies require a third SCT above this validity. */
#define SHORT_VALIDITY (180 * TIME_DAY)

/* Whether a vendor counts the SCTs of a log. */
enum acceptance {
	ACCEPT_NOT,
	ACCEPT_ONCE,   /* it is retired, and the SCT is older than that */
	ACCEPT_CURRENT /* it is qualified, usable or readonly */
};

/* One policy, at one time. */
struct check {
	const struct audit_cert *c;
	enum loglist_vendor vendor;
	bool union_only; /* no list of the vendor: use the union's states */
	int64_t time;
	uint64_t earliest; /* ms, of the valid SCTs */
};

/* Counts of the SCTs of one kind. */
struct count {
	size_t n;       /* of the kind, valid or not */
	size_t logs;    /* distinct ones that count */
	size_t current; /* of these, ACCEPT_CURRENT */
	size_t operators;
	size_t capped;        /* SCTs when at most two of each operator count */
	const char *operator; /* the first */
	const char *log;      /* the first current one */
};

static struct loglist_trust
trust_of(const struct check *k, const struct loglist_log *log)
{
	return k->union_only
	    ? (struct loglist_trust){ log->state, log->state_since }
	    : log->trust[k->vendor];
}

static enum acceptance
accept_log(const struct check *k, const struct loglist_log *log)
{
	struct loglist_trust t = trust_of(k, log);
	bool reached = t.since <= k->time;

	switch (t.state) {
	case LOGLIST_QUALIFIED:
	case LOGLIST_USABLE:
		return reached ? ACCEPT_CURRENT : ACCEPT_NOT;
	case LOGLIST_READONLY:
		return ACCEPT_CURRENT;
	case LOGLIST_RETIRED:
		if (!reached)
			return ACCEPT_CURRENT;
		return t.since > 0 && k->earliest < (uint64_t)t.since
		    ? ACCEPT_ONCE
		    : ACCEPT_NOT;
	default:
		return ACCEPT_NOT;
	}
}

static bool
is_valid(const struct audit_sct *s, int64_t now)
{
	return s->signature == AUDIT_SCT_VALID &&
	    s->sct.timestamp <= (uint64_t)(now > 0 ? now : 0);
}

/* Apple: the interval of the log must include the end of the certificate. */
static bool
fits_interval(const struct check *k, const struct loglist_log *log)
{
	return k->vendor != LOGLIST_APPLE || log->interval_end == 0 ||
	    (k->c->not_after >= log->interval_start &&
	        k->c->not_after < log->interval_end);
}

static enum acceptance
accept_sct(const struct check *k, const struct audit_sct *s, int64_t now)
{
	return is_valid(s, now) && fits_interval(k, s->log)
	    ? accept_log(k, s->log)
	    : ACCEPT_NOT;
}

static const char *
operator_of(const struct audit_sct *s)
{
	return loglist_operator_at(s->log, (int64_t)s->sct.timestamp);
}

/* Count the counting SCTs before number i of its log, or its operator. */
static size_t
count_before(const struct check *k, size_t i, int64_t now,
    enum audit_sct_source source, bool by_operator, enum acceptance least)
{
	const struct audit_sct *v = k->c->scts;
	size_t n = 0;

	for (size_t j = 0; j < i; j++)
		if (v[j].source == source && accept_sct(k, &v[j], now) >= least)
			n += by_operator ? strcasecmp(operator_of(&v[j]),
			                       operator_of(&v[i])) == 0
			                 : v[j].log == v[i].log;
	return n;
}

/* Count the SCTs of one source; only those of current logs if least requires
 * it. */
static struct count
count_scts(const struct check *k, int64_t now, enum audit_sct_source source,
    enum acceptance least)
{
	struct count out = { 0 };

	for (size_t i = 0; i < k->c->n_scts; i++) {
		const struct audit_sct *s = &k->c->scts[i];
		enum acceptance a;
		size_t same;

		if (s->source != source)
			continue;
		out.n++;
		a = accept_sct(k, s, now);
		if (a < least ||
		    count_before(k, i, now, source, false, least) > 0)
			continue;
		out.logs++;
		out.current += a == ACCEPT_CURRENT;
		if (a == ACCEPT_CURRENT && out.log == NULL)
			out.log = s->log->description;
		same = count_before(k, i, now, source, true, least);
		out.operators += same == 0;
		out.capped += same < 2;
		if (out.operator== NULL)
			out.operator= operator_of(s);
	}
	return out;
}

/* Return why a valid SCT does not count; NULL if it does, or is not valid. */
static const char *
reason_not_counted(
    const struct check *k, const struct audit_sct *s, int64_t now)
{
	if (s->signature != AUDIT_SCT_VALID ||
	    accept_sct(k, s, now) != ACCEPT_NOT)
		return NULL;
	if (!is_valid(s, now))
		return "it is dated in the future";
	if (!fits_interval(k, s->log))
		return "the end of the certificate is not in the log's "
		       "interval";
	switch (trust_of(k, s->log).state) {
	case LOGLIST_PENDING:
		return "the log is pending";
	case LOGLIST_QUALIFIED:
	case LOGLIST_USABLE:
		return "the log is not qualified yet";
	case LOGLIST_RETIRED:
		return "the log was retired before the earliest SCT";
	case LOGLIST_REJECTED:
		return "the log is rejected";
	default:
		return "the log is not in the list";
	}
}

/* ---- missing SCTs ---- */

static void
add_reason(struct buf *why)
{
	if (why->n > 0)
		buf_add_text(why, "; ");
}

/* How many embedded SCTs are asked for: the most, if a date is unreadable. */
static size_t
scts_wanted(const struct check *k)
{
	int64_t begin = k->c->not_before, end = k->c->not_after;

	if (begin == INT64_MIN || end == INT64_MAX)
		return 3;
	/* Apple includes the last second (RFC 5280, 4.1.2.5). */
	if (k->vendor == LOGLIST_APPLE)
		end += TIME_SECOND;
	return end - begin > SHORT_VALIDITY ? 3 : 2;
}

/* Append which valid embedded SCTs do not count, and why. */
static void
add_not_counted(const struct check *k, int64_t now, struct buf *why)
{
	const char *before = " (", *reason;

	for (size_t i = 0; i < k->c->n_scts; i++) {
		const struct audit_sct *s = &k->c->scts[i];

		if (s->source != AUDIT_SCT_EMBEDDED ||
		    (reason = reason_not_counted(k, s, now)) == NULL)
			continue;
		buf_printf(why, "%snot that of %s: %s", before,
		    s->log->description, reason);
		before = ", ";
	}
	if (*before == ',')
		buf_add_byte(why, ')');
}

/* Check embedded SCTs; append missing ones to why. */
static bool
check_embedded(
    const struct check *k, int64_t now, struct count *out, struct buf *why)
{
	size_t want = scts_wanted(k), have;

	*out = count_scts(k, now, AUDIT_SCT_EMBEDDED, ACCEPT_ONCE);
	have =
	    k->vendor == LOGLIST_APPLE && want == 3 ? out->capped : out->logs;
	if (have < want) {
		add_reason(why);
		buf_printf(why,
		    "%zu of %zu embedded SCTs count, but %zu are required",
		    have, out->n, want);
		add_not_counted(k, now, why);
	}
	if (out->operators == 1) {
		add_reason(why);
		buf_printf(why, "all are of one operator, %s", out->operator);
	}
	if (out->logs > 0 && out->current == 0) {
		add_reason(why);
		buf_add_text(why,
		    "none is of a log that is qualified, usable or readonly");
	}
	return have >= want && out->operators >= 2 && out->current > 0;
}

static bool
check_delivered(
    const struct check *k, int64_t now, enum audit_sct_source source)
{
	struct count n = count_scts(k, now, source, ACCEPT_CURRENT);

	return n.logs >= 2 && n.operators >= 2;
}

/* Apply the policy as of k->time; SCTs must not be later than now. */
static bool
apply(
    const struct check *k, int64_t now, struct count *embedded, struct buf *why)
{
	if (check_embedded(k, now, embedded, why))
		return true;
	if (check_delivered(k, now, AUDIT_SCT_TLS) ||
	    (k->vendor == LOGLIST_APPLE &&
	        check_delivered(k, now, AUDIT_SCT_OCSP))) {
		buf_clear(why);
		return true;
	}
	for (size_t i = 0; i < k->c->n_scts; i++)
		if (k->c->scts[i].source != AUDIT_SCT_EMBEDDED) {
			add_reason(why);
			buf_add_text(why,
			    "the SCTs of the TLS connection are not from two "
			    "current logs and operators");
			break;
		}
	return false;
}

/* ---- future loss of SCTs ---- */

/* Return the next time after at when the vendor's list changes the state of one
 * of the logs; INT64_MAX: none. */
static int64_t
next_change(const struct check *k, int64_t at)
{
	int64_t next = INT64_MAX;

	for (size_t i = 0; i < k->c->n_scts; i++) {
		const struct loglist_log *log = k->c->scts[i].log;
		int64_t since = log != NULL ? trust_of(k, log).since : 0;

		if (since > at && since < next)
			next = since;
	}
	return next;
}

static char *
warn(struct check *k, int64_t now, const struct count *embedded)
{
	char date[TIME_TEXT], *out = NULL;
	struct count later;
	struct buf why;

	buf_init(&why, LIMIT_SMALL_BODY);
	for (int64_t t = next_change(k, now);
	     out == NULL && t < k->c->not_after; t = next_change(k, t)) {
		buf_clear(&why);
		k->time = t;
		if (apply(k, now, &later, &why))
			continue;
		time_format_date(t, date);
		out = mem_printf("from %s on: %s", date, buf_text(&why));
	}
	if (out == NULL && embedded->current == 1 && embedded->logs > 1)
		out =
		    mem_printf("it depends on one log that is not retired, %s",
		        embedded->log);
	buf_fini(&why);
	return out;
}

static void
check_vendor(const struct audit_cert *c, const struct loglist *lists,
    enum loglist_vendor vendor, int64_t now, struct audit_policy *out)
{
	struct check k = { .c = c,
		.vendor = vendor,
		.union_only = !lists->has[vendor],
		.time = now,
		.earliest = UINT64_MAX };
	struct count embedded;
	struct buf why;

	for (size_t i = 0; i < c->n_scts; i++)
		if (is_valid(&c->scts[i], now) &&
		    c->scts[i].sct.timestamp < k.earliest)
			k.earliest = c->scts[i].sct.timestamp;
	out->known = true;
	buf_init(&why, LIMIT_SMALL_BODY);
	out->ok = apply(&k, now, &embedded, &why);
	for (size_t i = 0; i < c->n_scts && !out->ok; i++)
		if (c->scts[i].signature == AUDIT_SCT_UNCHECKED) {
			out->known = false;
			buf_clear(&why);
			buf_add_text(&why,
			    "unknown without the certificate of the issuer");
		}
	out->why = out->ok ? warn(&k, now, &embedded) : buf_detach(&why);
	buf_fini(&why);
}

void
browser_policy_check(
    struct audit_cert *c, const struct loglist *lists, int64_t now)
{
	check_vendor(c, lists, LOGLIST_CHROME, now, &c->chrome);
	check_vendor(c, lists, LOGLIST_APPLE, now, &c->apple);
}
