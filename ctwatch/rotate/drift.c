/* SPDX-License-Identifier: Apache-2.0 */
#include <stdlib.h>
#include <string.h>

#include <ctwatch/base/limits.h>
#include <ctwatch/base/mem.h>
#include <ctwatch/rotate/drift.h>

struct check {
	const struct drift *d;
	const struct pinset *p;
	bool *met; /* of each domain: some host of the file is covered */
};

static void
fault(struct check *c, const char *where, const char *what, const char *which)
{
	c->d->tell(c->d->arg, where, what, which);
}

static bool
host_has(const struct pinlist_host *h, const uint8_t spki[static SHA256_SIZE])
{
	for (size_t i = 0; i < h->n_pins; i++)
		if (pinlist_usable(&h->pins[i]) && !h->pins[i].forbidden &&
		    memcmp(h->pins[i].digest, spki, SHA256_SIZE) == 0)
			return true;
	return false;
}

/* d is NULL for pins that are for no host in particular. */
static void
check_pin(struct check *c, const char *where, const struct pinset_domain *d,
    const struct pinlist_pin *pin)
{
	const struct pinset_key *key =
	    pin->n == SHA256_SIZE ? pinset_key(c->p, pin->digest) : NULL;

	if (pin->forbidden)
		return;
	if (key == NULL)
		fault(c, where, "unknown pin", pin->text);
	else if (d != NULL && !pinset_domain_key(c->p, d, key))
		fault(c, where, "a key of other domains:", key->id);
	else if (!pinset_is_usable(key)) {
		char *what =
		    mem_printf("pins a %s key:", pinset_state_word(key->state));

		fault(c, where, what, key->id);
		free(what);
	}
}

static void
check_host(struct check *c, const struct pinlist_host *h,
    const struct pinset_domain *d, const char *where)
{
	if (d != NULL)
		c->met[d - c->p->domains] = true;
	for (size_t i = 0; i < h->n_pins; i++)
		check_pin(c, where, d, &h->pins[i]);
	for (size_t i = 0; d != NULL && i < d->n_keys; i++) {
		const struct pinset_key *key = &c->p->keys[d->keys[i]];

		if (pinset_is_usable(key) && !host_has(h, key->spki_sha256))
			fault(c, where, "misses the pin of", key->id);
	}
}

static const struct pinset_domain *
find_domain(const struct pinset *p, const char *host)
{
	const char *why;
	char *name = host_pattern_host(host, &why);
	const struct pinset_domain *d =
	    name != NULL ? pinset_domain(p, name) : NULL;

	free(name);
	return d;
}

/* A pattern itself: the one label that *.host needs is made up. */
static const struct pinset_domain *
domain_of(const struct pinset *p, const struct pinlist_host *h)
{
	char *name = mem_printf(
	    "%s%s", h->reach == HOST_PATTERN_ONE_LABEL ? "x." : "", h->name);
	const struct pinset_domain *d = find_domain(p, name);

	free(name);
	return d;
}

/* Nameless pins, for the hosts that they are said to be for. */
static void
check_nameless(struct check *c, const struct pinlist_host *h)
{
	for (size_t i = 0; i < c->d->n_hosts; i++) {
		const char *host = c->d->hosts[i];
		const struct pinset_domain *d = find_domain(c->p, host);

		if (d != NULL && d->n_keys > 0)
			check_host(c, h, d, d->pattern);
		else
			fault(c, "(any host)", "the pinset has no pins for",
			    host);
	}
}

static void
check_one(struct check *c, const struct pinlist_host *h, const char *where)
{
	const struct pinset_domain *d;

	if (h->name == NULL && c->d->n_hosts == 0)
		check_host(c, h, NULL, where);
	else if (h->name == NULL)
		check_nameless(c, h);
	else if ((d = domain_of(c->p, h)) != NULL && d->n_keys > 0)
		check_host(c, h, d, where);
	else if (h->n_pins > 0)
		fault(c, where, "the pinset has no pins for it;", "extra host");
}

/* Domains of a consumer that its own file says nothing of. */
static void
check_missing(struct check *c)
{
	for (size_t i = 0; i < c->p->n_domains; i++) {
		const struct pinset_domain *d = &c->p->domains[i];

		if (pinset_domain_consumer(c->p, d, c->d->consumer) &&
		    !c->met[i] && d->n_keys > 0)
			fault(c, d->pattern, "missing in", "this file");
	}
}

void
drift_check(const struct drift *d, const struct pinlist *l)
{
	struct check c = { .d = d, .p = d->p };

	c.met = mem_alloc(d->p->n_domains + 1, sizeof *c.met);
	for (size_t i = 0; i < l->n_hosts; i++) {
		struct buf where;

		if (l->hosts[i].excluded)
			continue;
		buf_init(&where, LIMIT_SMALL_BODY);
		pinlist_show_host(&l->hosts[i], &where);
		check_one(&c, &l->hosts[i], buf_text(&where));
		buf_fini(&where);
	}
	if (d->consumer != NULL)
		check_missing(&c);
	free(c.met);
}
