/* SPDX-License-Identifier: Apache-2.0 */
/* pinlist_unite: pins of all patterns that cover a name, for each name. */
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include <ctwatch/base/mem.h>
#include <ctwatch/rotate/pinlist.h>

static bool
is_below(const char *name, const char *host)
{
	size_t n = strlen(name), m = strlen(host);

	return n > m && name[n - m - 1] == '.' &&
	    strcasecmp(name + n - m, host) == 0;
}

/* Report whether pattern wide covers every name that h does. */
static bool
covers(const struct pinlist_host *wide, const struct pinlist_host *h)
{
	bool same = strcasecmp(wide->name, h->name) == 0;

	if (wide->reach == HOST_PATTERN_SUBTREE)
		return same || is_below(h->name, wide->name);
	if (wide->reach == h->reach)
		return same;
	return wide->reach == HOST_PATTERN_ONE_LABEL &&
	    h->reach == HOST_PATTERN_HOST && is_below(h->name, wide->name) &&
	    strchr(h->name, '.') ==
	    h->name + strlen(h->name) - strlen(wide->name) - 1;
}

/* *.example.com and **.api.example.com overlap only in api.example.com. */
static bool
cross_in_host(const struct pinlist_host *a, const struct pinlist_host *b)
{
	const struct pinlist_host host = { .name = b->name,
		.reach = HOST_PATTERN_HOST };

	return a->reach == HOST_PATTERN_ONE_LABEL &&
	    b->reach == HOST_PATTERN_SUBTREE && covers(a, &host);
}

static bool
may_join(const struct pinlist_host *h)
{
	return h->joins && h->name != NULL && !h->excluded;
}

void
pinlist_unite(struct pinlist *l)
{
	size_t n = l->n_hosts, *pins;

	for (size_t i = 0; i < n; i++)
		for (size_t k = 0; k < n; k++)
			if (may_join(&l->hosts[i]) && may_join(&l->hosts[k]) &&
			    cross_in_host(&l->hosts[i], &l->hosts[k])) {
				char *name = mem_strdup(l->hosts[k].name);

				pinlist_host(l, name, HOST_PATTERN_HOST)
				    ->joins = true;
				free(name);
			}
	n = l->n_hosts;
	pins = mem_alloc(n + 1, sizeof *pins);
	for (size_t i = 0; i < n; i++)
		pins[i] = l->hosts[i].n_pins; /* its own */
	for (size_t i = 0; i < n; i++)
		for (size_t k = 0; k < n; k++) {
			if (i == k || !may_join(&l->hosts[i]) ||
			    !may_join(&l->hosts[k]) ||
			    !covers(&l->hosts[k], &l->hosts[i]))
				continue;
			for (size_t m = 0; m < pins[k]; m++)
				if (!pinlist_has_pin(
				        &l->hosts[i], &l->hosts[k].pins[m]))
					pinlist_copy_pin(
					    &l->hosts[i], &l->hosts[k].pins[m]);
		}
	free(pins);
}
