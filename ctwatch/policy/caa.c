/* SPDX-License-Identifier: Apache-2.0 */
#include <string.h>
#include <strings.h>

#include <ctwatch/policy/caa.h>
#include <ctwatch/wire/caa_set.h>

/* ---- the value of issue and issuewild: RFC 8659, 4.2 ---- */

static bool
is_alnum(uint8_t c)
{
	return (c >= '0' && c <= '9') || (c >= 'A' && c <= 'Z') ||
	    (c >= 'a' && c <= 'z');
}

static bool
is_blank(uint8_t c)
{
	return c == ' ' || c == '\t';
}

static void
skip_blanks(struct bytes *in)
{
	while (in->n > 0 && is_blank(in->p[0])) {
		in->p++;
		in->n--;
	}
}

/* Take letters and digits, with hyphens between them: a label or a tag. */
static bool
take_label(struct bytes *in, struct bytes *out)
{
	size_t n = 0;

	while (n < in->n && (is_alnum(in->p[n]) || in->p[n] == '-'))
		n++;
	return n > 0 && in->p[0] != '-' && in->p[n - 1] != '-' &&
	    bytes_take(in, n, out);
}

static bool
take_byte(struct bytes *in, uint8_t c)
{
	struct bytes skip;

	return in->n > 0 && in->p[0] == c && bytes_take(in, 1, &skip);
}

/* Take the issuer domain name; empty if there is none. */
static bool
take_domain(struct bytes *in, struct bytes *out)
{
	const uint8_t *start = in->p;
	struct bytes label;

	*out = (struct bytes){ start, 0 };
	if (in->n == 0 || *start == ';')
		return true;
	do {
		if (!take_label(in, &label))
			return false;
	} while (take_byte(in, '.'));
	out->n = (size_t)(in->p - start);
	return true;
}

/* Skip one parameter: tag = value. */
static bool
skip_parameter(struct bytes *in)
{
	struct bytes skip;

	if (!take_label(in, &skip))
		return false;
	skip_blanks(in);
	if (!take_byte(in, '='))
		return false;
	skip_blanks(in);
	while (
	    in->n > 0 && in->p[0] > ' ' && in->p[0] < 0x7f && in->p[0] != ';')
		bytes_take(in, 1, &skip);
	skip_blanks(in);
	return true;
}

/*
 * Split a value into the issuer's domain and its parameters.  A malformed value
 * has an empty domain, so that no CA has it.
 */
static void
split_value(struct bytes in, struct bytes *domain, struct bytes *parameters)
{
	struct bytes none = { in.p, 0 };
	bool ok;

	skip_blanks(&in);
	ok = take_domain(&in, domain);
	skip_blanks(&in);
	*parameters = none;
	if (ok && take_byte(&in, ';')) {
		skip_blanks(&in);
		*parameters = in;
		if (in.n > 0)
			do {
				ok = skip_parameter(&in);
				if (ok && take_byte(&in, ';'))
					skip_blanks(&in);
				else
					break;
			} while (true);
	}
	if (!ok || in.n > 0)
		*domain = *parameters = none;
}

/* ---- what a set permits ---- */

static bool
has_tag(const struct caa_set_record *r, const char *tag)
{
	return r->tag.n == strlen(tag) &&
	    strncasecmp((const char *)r->tag.p, tag, r->tag.n) == 0;
}

/* The properties of the IANA registry: a CA that issues for TLS knows them. */
static bool
is_known(const struct caa_set_record *r)
{
	static const char *const known[] = { "issue", "issuewild", "iodef",
		"issuemail", "issuevmc", "contactemail", "contactphone" };

	for (size_t i = 0; i < sizeof known / sizeof *known; i++)
		if (has_tag(r, known[i]))
			return true;
	return false;
}

/* The records that decide about a name, or a wildcard. */
struct permission {
	struct bytes set;
	const char *tag; /* NULL: none restricts */
	bool critical;   /* none may issue */
};

static struct permission
permission_of(struct bytes set, bool wildcard)
{
	struct permission p = { .set = set };
	struct bytes rest = set;
	struct caa_set_record r;

	while (caa_set_next(&rest, &r)) {
		if ((r.flags & CAA_SET_CRITICAL) != 0 && !is_known(&r))
			p.critical = true;
		if (wildcard && has_tag(&r, "issuewild"))
			p.tag = "issuewild";
		else if (has_tag(&r, "issue") && p.tag == NULL)
			p.tag = "issue";
	}
	return p;
}

/* Take the next record of a permission that names an issuer. */
static bool
next_issuer(const struct permission *p, struct bytes *rest,
    struct bytes *domain, struct bytes *parameters)
{
	struct caa_set_record r;

	while (caa_set_next(rest, &r)) {
		if (p->tag == NULL || !has_tag(&r, p->tag))
			continue;
		split_value(r.value, domain, parameters);
		if (domain->n > 0)
			return true;
	}
	return false;
}

enum caa_answer
caa_decide(
    struct bytes set, bool wildcard, const char *const *domains, size_t n)
{
	struct permission p = permission_of(set, wildcard);
	struct bytes domain, parameters;
	bool any = false;

	if (p.critical)
		return CAA_CRITICAL_TAG;
	if (p.tag == NULL)
		return CAA_ALLOWED;
	while (next_issuer(&p, &set, &domain, &parameters)) {
		any = true;
		for (size_t i = 0; i < n; i++)
			if (domain.n == strlen(domains[i]) &&
			    strncasecmp((const char *)domain.p, domains[i],
			        domain.n) == 0)
				return CAA_ALLOWED;
	}
	return any ? CAA_OTHER_ISSUER : CAA_NO_ISSUER;
}

/* Report whether p permits this issuer under these conditions, or without
 * any. */
static bool
permits(
    const struct permission *p, struct bytes domain, struct bytes parameters)
{
	struct bytes rest = p->set, d, also;

	while (next_issuer(p, &rest, &d, &also))
		if (d.n == domain.n &&
		    strncasecmp(
		        (const char *)d.p, (const char *)domain.p, d.n) == 0 &&
		    (also.n == 0 || bytes_equal(also, parameters)))
			return true;
	return false;
}

/* Report whether b permits everything that a does. */
static bool
covers(const struct permission *b, const struct permission *a)
{
	struct bytes rest = a->set, domain, parameters;

	if (a->critical || (b->tag == NULL && !b->critical))
		return true;
	if (a->tag == NULL)
		return false;
	while (next_issuer(a, &rest, &domain, &parameters))
		if (b->critical || !permits(b, domain, parameters))
			return false;
	return true;
}

enum caa_effect
caa_compare(struct bytes before, struct bytes after)
{
	enum caa_effect effect = CAA_SAME;

	for (int wildcard = 0; wildcard <= 1; wildcard++) {
		struct permission a = permission_of(before, wildcard == 1);
		struct permission b = permission_of(after, wildcard == 1);

		if (!covers(&a, &b))
			return CAA_LOOSER;
		if (!covers(&b, &a))
			effect = CAA_STRICTER;
	}
	return effect;
}
