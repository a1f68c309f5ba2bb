/* SPDX-License-Identifier: Apache-2.0 */
/* pinlist_ports: hosts whose pins hold for some ports only. */
#include <strings.h>

#include <ctwatch/base/mem.h>
#include <ctwatch/rotate/pinlist.h>

bool
pinlist_ports_has(const struct pinlist_host *h, uint16_t port)
{
	for (size_t i = 0; i < h->n_ports; i++)
		if (h->ports[i] == port)
			return true;
	return false;
}

void
pinlist_ports_add(struct pinlist_host *h, uint16_t port)
{
	if (pinlist_ports_has(h, port))
		return;
	h->ports = mem_grow(h->ports, h->n_ports, sizeof *h->ports);
	h->ports[h->n_ports++] = port;
}

/* Report whether b has every pin of a. */
static bool
has_all(const struct pinlist_host *b, const struct pinlist_host *a)
{
	for (size_t i = 0; i < a->n_pins; i++)
		if (!pinlist_has_pin(b, &a->pins[i]))
			return false;
	return true;
}

static void
merge(struct pinlist *l, struct pinlist_host *to, struct pinlist_host *from)
{
	if (!has_all(to, from) || !has_all(from, to))
		pinlist_lose(l,
		    "%s: its ports have different pins; the pinset has all of "
		    "them for each port",
		    to->name);
	for (size_t i = 0; i < from->n_pins; i++)
		if (!pinlist_has_pin(to, &from->pins[i]))
			pinlist_copy_pin(to, &from->pins[i]);
	/* A host without a port has the default port. */
	if (to->n_ports == 0)
		pinlist_ports_add(to, PINLIST_HTTPS);
	if (from->n_ports == 0)
		pinlist_ports_add(to, PINLIST_HTTPS);
	for (size_t i = 0; i < from->n_ports; i++)
		pinlist_ports_add(to, from->ports[i]);
}

void
pinlist_ports_merge(struct pinlist *l)
{
	for (size_t i = 0; i < l->n_hosts; i++)
		for (size_t k = i + 1; k < l->n_hosts;) {
			struct pinlist_host *a = &l->hosts[i];
			struct pinlist_host *b = &l->hosts[k];

			if (a->name == NULL || b->name == NULL ||
			    a->n_ports + b->n_ports == 0 ||
			    a->reach != b->reach ||
			    strcasecmp(a->name, b->name) != 0) {
				k++;
				continue;
			}
			merge(l, a, b);
			pinlist_drop_host(l, k);
		}
}
