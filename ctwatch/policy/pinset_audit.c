/* SPDX-License-Identifier: Apache-2.0 */
#include <stdlib.h>
#include <string.h>

#include <ctwatch/base/limits.h>
#include <ctwatch/base/mem.h>
#include <ctwatch/base/text.h>
#include <ctwatch/base/time.h>
#include <ctwatch/policy/pinset_audit.h>
#include <ctwatch/policy/weak_key.h>

/* An active key not logged for this long is reported. */
#define SIGHT_DAYS 30

/* CAs announce new keys this long before they switch to them. */
#define CA_DAYS 180

struct judge {
	const struct pinset *p;
	const struct pinset_audit_input *in;
	struct pinset_audit *out;
	int first_warning, last_warning; /* days: first and last of warn_days */
};

__attribute__((format(printf, 7, 8))) static void
add(struct judge *j, const char *id, enum rules_severity severity,
    const char *const *fields, size_t n, const char *subject, const char *fmt,
    ...)
{
	const struct rules_rule *rule = rules_find(id);
	struct verdict_finding f = { .rule = rule,
		.severity = severity,
		.subject = mem_strdup(subject) };
	struct buf b;
	va_list ap;

	rules_fingerprint(rule, fields, n, f.fingerprint);
	buf_init(&b, 4096);
	buf_printf(&b, "%s: ", subject);
	va_start(ap, fmt);
	buf_vprintf(&b, fmt, ap);
	va_end(ap);
	f.message = buf_detach(&b);
	j->out->v = mem_grow(j->out->v, j->out->n, sizeof *j->out->v);
	j->out->v[j->out->n++] = f;
}

/* Add a finding with a single key field. */
#define ADD(j, id, severity, name, ...)                                        \
	add(j, id, severity, (const char *const[]){ (name) }, 1, (name),       \
	    __VA_ARGS__)

static const struct pinset_audit_key *
seen(const struct judge *j, const struct pinset_key *k)
{
	for (size_t i = 0; i < j->in->n; i++)
		if (memcmp(j->in->keys[i].spki_sha256, k->spki_sha256,
		        SHA256_SIZE) == 0)
			return &j->in->keys[i];
	return NULL;
}

/* Whole days from now until t, rounded up. */
static long long
days_until(const struct judge *j, int64_t t)
{
	return (t - j->in->now + TIME_DAY - 1) / TIME_DAY;
}

/* ---- keys ---- */

/* Return where in the chain the pins of domains with this key may match. */
static void
positions(
    const struct pinset *p, const struct pinset_key *k, bool *leaf, bool *ca)
{
	*leaf = *ca = false;
	for (size_t i = 0; i < p->n_domains; i++) {
		const struct pinset_domain *d = &p->domains[i];

		if (d->kind == PINSET_CERT || !pinset_domain_key(p, d, k))
			continue;
		*leaf = *leaf || d->position != PINSET_ABOVE;
		*ca = *ca || d->position != PINSET_LEAF;
	}
}

static void
judge_end(struct judge *j, const struct pinset_key *k,
    const struct pinset_audit_key *s)
{
	long long days = days_until(j, s->not_after);

	if (s->not_after < j->in->now)
		ADD(j, "CTW021", RULES_HIGH, k->id,
		    "the last certificate with this active key has expired");
	else if (days <= j->first_warning)
		ADD(j, "CTW020",
		    days <= j->last_warning ? RULES_HIGH : RULES_MEDIUM, k->id,
		    "the last certificate with this active key expires in %lld "
		    "days",
		    days);
}

/* Return the end of the key by the file: of its planned use, or its retirement
 * if earlier; 0 if neither is given. */
static int64_t
planned_end(const struct pinset_key *k)
{
	int64_t end = k->not_after;

	if (k->state == PINSET_ACTIVE && k->retire_after != 0 &&
	    (end == 0 || k->retire_after < end))
		end = k->retire_after;
	return pinset_is_usable(k) ? end : 0;
}

/* Check the dates in the file. */
static void
judge_schedule(struct judge *j, const struct pinset_key *k,
    const struct pinset_audit_key *s)
{
	int64_t now = j->in->now, end = planned_end(k);

	if (k->state == PINSET_ACTIVE && k->retire_after != 0 &&
	    k->retire_after < now)
		ADD(j, "CTW024", RULES_MEDIUM, k->id,
		    "still active after its retirement date");
	else if (pinset_is_usable(k) && k->not_after != 0 && k->not_after < now)
		ADD(j, "CTW024", RULES_LOW, k->id,
		    "used past the end of its planned use");
	else if (k->state == PINSET_BACKUP && k->not_before != 0 &&
	    k->not_before < now && (s == NULL || s->first_seen == 0))
		ADD(j, "CTW024", RULES_LOW, k->id,
		    "planned to be in use by now, but not seen yet");
	else if (end != 0 && days_until(j, end) <= j->first_warning)
		ADD(j, "CTW024",
		    days_until(j, end) <= j->last_warning ? RULES_MEDIUM
		                                          : RULES_LOW,
		    k->id, "the planned use of this key ends in %lld days",
		    days_until(j, end));
}

static void
judge_key(struct judge *j, const struct pinset_key *k)
{
	const struct pinset_audit_key *s = seen(j, k);
	bool leaf, ca, found;

	judge_schedule(j, k, s);
	if (k->state != PINSET_ACTIVE)
		return;
	positions(j->p, k, &leaf, &ca);
	found = s != NULL &&
	    ((leaf && s->first_seen != 0) || (ca && s->ca_not_after != 0));
	if (leaf && s != NULL && s->first_seen != 0)
		judge_end(j, k, s);
	if (ca && s != NULL && s->ca_not_after != 0 &&
	    days_until(j, s->ca_not_after) <= CA_DAYS)
		ADD(j, "CTW023", RULES_MEDIUM, k->id,
		    "the certificate of this pinned CA %s",
		    s->ca_not_after < j->in->now ? "has expired"
		                                 : "expires soon");
	/* A bundle has CAs that have not issued for us yet. */
	if ((leaf || ca) && !found && !k->bundled &&
	    j->in->since + SIGHT_DAYS * TIME_DAY <= j->in->now)
		ADD(j, "CTW026", RULES_MEDIUM, k->id,
		    "active in the pinset, but not seen in any log for more "
		    "than %d days",
		    SIGHT_DAYS);
}

/* ---- domains ---- */

/* The longest time that a consumer of the domain needs for a new pin. */
static int
lead_days(const struct pinset *p, const struct pinset_domain *d)
{
	int most = 0;

	for (size_t i = 0; i < d->n_consumers; i++)
		if (p->consumers[d->consumers[i]].lead_days > most)
			most = p->consumers[d->consumers[i]].lead_days;
	return most;
}

static void
judge_lead(struct judge *j, const struct pinset_domain *d)
{
	int lead = lead_days(j->p, d);

	for (size_t i = 0; lead > 0 && i < d->n_keys; i++) {
		const struct pinset_key *k = &j->p->keys[d->keys[i]];
		const struct pinset_audit_key *s = seen(j, k);

		if (k->state == PINSET_ACTIVE && s != NULL &&
		    s->first_seen != 0 && s->not_after >= j->in->now &&
		    days_until(j, s->not_after) < lead)
			ADD(j, "CTW025", RULES_HIGH, k->id,
			    "its last certificate expires in %lld days, a "
			    "consumer needs %d days to ship a new pin, and "
			    "there is no backup",
			    days_until(j, s->not_after), lead);
	}
}

static void
judge_custody(struct judge *j, const struct pinset_domain *d)
{
	for (size_t a = 0; a < d->n_keys; a++)
		for (size_t b = 0; b < d->n_keys; b++) {
			const struct pinset_key *x = &j->p->keys[d->keys[a]];
			const struct pinset_key *y = &j->p->keys[d->keys[b]];

			if (x->state != PINSET_ACTIVE ||
			    y->state != PINSET_BACKUP || x->location == NULL ||
			    y->location == NULL ||
			    strcmp(x->location, y->location) != 0)
				continue;
			ADD(j, "CTW028", RULES_LOW, d->pattern,
			    "the backup %.*s is kept in the same place as the "
			    "active %.*s",
			    LIMIT_SHOWN_TEXT, y->id, LIMIT_SHOWN_TEXT, x->id);
			return;
		}
}

static void
judge_domain(struct judge *j, const struct pinset_domain *d)
{
	size_t usable = 0, spare = 0;
	/* A pinset may begin without a backup key. */
	bool first = j->p->version == 1;

	if (d->n_keys == 0 || d->relinquished != 0)
		return;
	for (size_t i = 0; i < d->n_keys; i++) {
		const struct pinset_key *k = &j->p->keys[d->keys[i]];
		const struct pinset_audit_key *s = seen(j, k);

		usable += pinset_is_usable(k);
		first = first && k->state != PINSET_BACKUP;
		spare += k->state == PINSET_BACKUP &&
		    (s == NULL || s->first_seen == 0);
	}
	judge_custody(j, d);
	if (spare == 0)
		judge_lead(j, d);
	if (d->monitor)
		return;
	/* CAs are all in use at once: for them only the number counts. */
	if (d->position == PINSET_LEAF && spare == 0)
		ADD(j, "CTW027", first ? RULES_LOW : RULES_HIGH, d->pattern,
		    "no unused backup key%s",
		    first ? "; add one: ctwatch pins add --as backup" : "");
	else if (usable < (size_t)j->p->min_pins)
		ADD(j, "CTW027", first ? RULES_LOW : RULES_HIGH, d->pattern,
		    "%zu usable pins, fewer than %d", usable, j->p->min_pins);
}

/* ---- the whole ---- */

static void
judge_expiry(struct judge *j)
{
	long long days = days_until(j, j->p->expires);

	if (j->p->expires == 0)
		return;
	if (j->p->expires < j->in->now)
		ADD(j, "CTW022", RULES_HIGH, j->p->name,
		    "the pinset has expired");
	else if (days <= j->first_warning)
		ADD(j, "CTW022", RULES_MEDIUM, j->p->name,
		    "the pinset expires in %lld days", days);
}

/* Return the SPKI of a key: from the file, else from a certificate. */
static struct bytes
spki_of(const struct judge *j, const struct pinset_key *k)
{
	const struct pinset_audit_key *s = seen(j, k);

	return k->spki_der.n > 0 || s == NULL ? blob_view(k->spki_der)
	                                      : s->spki;
}

static void
add_shared(
    struct judge *j, const struct pinset_key *a, const struct pinset_key *b)
{
	bool first = memcmp(a->spki_sha256, b->spki_sha256, SHA256_SIZE) < 0;
	char x[2 * SHA256_SIZE + 1], y[2 * SHA256_SIZE + 1];
	char pin[PINSET_PIN_TEXT];

	text_hex((struct bytes){ a->spki_sha256, SHA256_SIZE }, x);
	text_hex((struct bytes){ b->spki_sha256, SHA256_SIZE }, y);
	pinset_pin_format(a->spki_sha256, pin);
	add(j, "CTW046", RULES_CRITICAL,
	    (const char *const[]){ first ? x : y, first ? y : x }, 2, pin,
	    "the keys %.*s and %.*s share a prime", LIMIT_SHOWN_TEXT, b->id,
	    LIMIT_SHOWN_TEXT, a->id);
}

static void
judge_shared(struct judge *j)
{
	const struct pinset *p = j->p;
	struct bytes *spki = mem_alloc(p->n_keys + 1, sizeof *spki);
	bool *suspect = mem_alloc(p->n_keys + 1, sizeof *suspect);

	for (size_t a = 0; a < p->n_keys; a++)
		spki[a] = spki_of(j, &p->keys[a]);
	weak_key_suspect(spki, p->n_keys, suspect);
	for (size_t a = 0; a < p->n_keys; a++)
		for (size_t b = 0; suspect[a] && b < a; b++)
			if (weak_key_shared(spki[a], spki[b]))
				add_shared(j, &p->keys[a], &p->keys[b]);
	free(suspect);
	free(spki);
}

/* Keep one finding per fingerprint, the most severe: they are sorted. */
static void
keep_once(struct pinset_audit *h)
{
	size_t n = 0;

	for (size_t i = 0; i < h->n; i++) {
		size_t k = 0;

		while (k < n &&
		    strcmp(h->v[k].fingerprint, h->v[i].fingerprint) != 0)
			k++;
		if (k < n)
			verdict_finding_fini(&h->v[i]);
		else
			h->v[n++] = h->v[i];
	}
	h->n = n;
}

void
pinset_audit_judge(const struct pinset *p, const struct pinset_audit_input *in,
    struct pinset_audit *out)
{
	struct judge j = { .p = p, .in = in, .out = out };

	*out = (struct pinset_audit){ NULL, 0 };
	for (size_t i = 0; i < p->n_warn_days; i++) {
		int days = p->warn_days[i];

		if (days > j.first_warning)
			j.first_warning = days;
		if (i == 0 || days < j.last_warning)
			j.last_warning = days;
	}
	judge_expiry(&j);
	for (size_t i = 0; i < p->n_keys; i++)
		judge_key(&j, &p->keys[i]);
	for (size_t i = 0; i < p->n_domains; i++)
		judge_domain(&j, &p->domains[i]);
	judge_shared(&j);
	verdict_findings_sort(out->v, out->n);
	keep_once(out);
}

void
pinset_audit_fini(struct pinset_audit *h)
{
	for (size_t i = 0; i < h->n; i++)
		verdict_finding_fini(&h->v[i]);
	free(h->v);
	*h = (struct pinset_audit){ NULL, 0 };
}
