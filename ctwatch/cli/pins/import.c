/* SPDX-License-Identifier: Apache-2.0 */
/* import: the verb `import': make a pinset from pin files of apps. */
#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cli/pins/pins.h"
#include <ctwatch/base/limits.h>
#include <ctwatch/base/mem.h>
#include <ctwatch/base/msg.h>
#include <ctwatch/base/text.h>
#include <ctwatch/base/time.h>
#include <ctwatch/cli/cli.h>
#include <ctwatch/rotate/formats.h>
#include <ctwatch/rotate/pinset_edit.h>
#include <ctwatch/rotate/pinset_edit_cert.h>

/* Make an id from a label, or from the host and a number. */
static char *
make_id(const struct pinlist_pin *pin, const char *host, size_t n)
{
	char *id = pin->label != NULL ? mem_strdup(pin->label)
	                              : mem_printf("%s-%zu", host, n);

	for (char *p = id; *p != '\0'; p++)
		if (!isalnum((unsigned char)*p) && strchr("._-", *p) == NULL)
			*p = '-';
	return id;
}

/* Return the id of an existing equal pin; borrowed from ids, or NULL. */
struct known {
	struct {
		uint8_t spki[SHA256_SIZE];
		char *id;
	} * v;
	size_t n;
};

/* The state of an import. */
struct import {
	struct pinset_edit *f;
	struct known known;
	enum pinset_state state;
	size_t lost;
};

static const char *
find_known(const struct known *k, const struct pinlist_pin *pin)
{
	for (size_t i = 0; i < k->n; i++)
		if (memcmp(k->v[i].spki, pin->digest, SHA256_SIZE) == 0)
			return k->v[i].id;
	return NULL;
}

static bool
add_pin(struct import *im, const struct pinlist_pin *pin, const char *host)
{
	struct known *k = &im->known;
	struct pinset_edit_key key = { .spki_sha256 = pin->digest,
		.spki_der = blob_view(pin->spki),
		.state = pin->forbidden ? PINSET_COMPROMISED : im->state,
		.ca = pin->position == PINLIST_CA,
		.custody = pin->custody,
		.not_after = pin->not_after };
	char *id = make_id(pin, host, k->n + 1);
	struct buf error;
	bool ok;

	buf_init(&error, LIMIT_SMALL_BODY);
	key.id = id;
	ok = pinset_edit_add_key(im->f, &key, &error);
	if (!ok) { /* another key has the label */
		char *more = mem_printf("%s-%zu", id, k->n + 1);

		free(id);
		key.id = id = more;
		ok = pinset_edit_add_key(im->f, &key, &error);
	}
	k->v = mem_grow(k->v, k->n, sizeof *k->v);
	memcpy(k->v[k->n].spki, pin->digest, SHA256_SIZE);
	k->v[k->n++].id = id;
	buf_fini(&error);
	return ok;
}

/* Make the domain of a host, with kind and position of its pins. */
static void
add_domain(struct pinset_edit *f, const struct pinlist_host *h,
    const char *pattern, bool all_ca, bool all_cert)
{
	bool ca = false,
	     other = h->n_ports > 1 ||
	    (h->n_ports == 1 && h->ports[0] != PINLIST_HTTPS);

	for (size_t i = 0; i < h->n_pins; i++)
		ca = ca || h->pins[i].position == PINLIST_CA;
	pinset_edit_add_domain(f,
	    &(struct pinset_edit_domain){ .pattern = pattern,
	        .kind = all_cert ? "cert"
	            : all_ca     ? "ca"
	                         : "spki",
	        .position = ca && !all_ca && h->name != NULL ? "any" : NULL,
	        .owner = h->owner,
	        .ports = other ? h->ports : NULL,
	        .n_ports = other ? h->n_ports : 0,
	        .monitor = h->monitor });
}

static bool
is_repeated(const struct pinlist_host *h, size_t at)
{
	for (size_t i = 0; i < at; i++)
		if (h->pins[i].n == h->pins[at].n &&
		    memcmp(h->pins[i].digest, h->pins[at].digest,
		        h->pins[at].n) == 0)
			return true;
	return false;
}

/* Add the key of a server's certificate, to a domain for each of its names.
 * Its notAfter is not the key's.  Return false if it has no such names. */
static bool
add_cert(struct import *im, const struct pinlist_pin *pin)
{
	struct pinlist_pin key = *pin;
	struct certinfo info;
	struct buf error;
	char *id;
	bool ok;

	if (pin->cert.p == NULL || pin->position != PINLIST_LEAF)
		return false;
	certinfo_parse(LEAF_X509, blob_view(pin->cert), &info);
	ok = info.names.n > 0;
	id = ok ? pinset_edit_cert_id(im->f, &info) : NULL;
	key.label = id;
	key.not_after = 0;
	buf_init(&error, LIMIT_SMALL_BODY);
	if (ok &&
	    (find_known(&im->known, pin) != NULL || add_pin(im, &key, NULL)))
		ok = pinset_edit_cert_add_names(
		         im->f, &info, find_known(&im->known, pin), &error) > 0;
	buf_fini(&error);
	free(id);
	certinfo_fini(&info);
	return ok;
}

/* Make keys of the host's pins, and put them into the domain with the pattern,
 * unless that is NULL: then a certificate's key goes to its names.  A PEM file
 * with a chain, which has no host names, lists keys but does not pin the CAs.
 */
static void
add_host(struct import *im, const struct pinlist_host *h, const char *pattern)
{
	bool all_ca = h->n_pins > 0, all_cert = h->n_pins > 0;
	struct buf error;

	for (size_t i = 0; i < h->n_pins; i++) {
		all_ca = all_ca && h->pins[i].position == PINLIST_CA;
		all_cert = all_cert && h->pins[i].of_cert;
	}
	if (pattern != NULL)
		add_domain(im->f, h, pattern, all_ca, all_cert);
	buf_init(&error, LIMIT_SMALL_BODY);
	for (size_t i = 0; i < h->n_pins; i++) {
		const struct pinlist_pin *pin = &h->pins[i];

		if (!pinlist_usable(pin) && !(all_cert && pin->n == 32)) {
			msg_warn("%s: left out: not a SHA-256 of an SPKI",
			    pin->text);
			im->lost++;
			continue;
		}
		if (is_repeated(h, i)) {
			msg_warn("%s: duplicate, used once", pin->text);
			continue;
		}
		if (pattern == NULL && add_cert(im, pin))
			continue;
		if (find_known(&im->known, pin) == NULL)
			add_pin(im, pin, h->name != NULL ? h->name : "key");
		if (pattern == NULL || pin->forbidden)
			continue;
		if (!all_ca && pin->position == PINLIST_CA && h->name == NULL)
			msg_warn("%s: a CA's key among leaf keys: kept as a "
			         "key without domain",
			    pin->label != NULL ? pin->label : pin->text);
		else
			pinset_edit_add_to_domain(im->f, pattern,
			    find_known(&im->known, pin), &error);
	}
	buf_fini(&error);
}

static char *
pattern_of(const struct pinlist_host *h)
{
	static const char *const stars[] = { "", "*.", "**." };

	return mem_printf("%s%s", stars[h->reach], h->name);
}

/* Warn of data that a pinset cannot express. */
static void
warn_of_rest(struct import *im, const struct pinlist_host *h)
{
	char at[TIME_TEXT];

	if (h->expires != 0) {
		time_format_date(h->expires, at);
		msg_warn("%s: its end of pinning, %s, is dropped",
		    h->name != NULL ? h->name : "(any host)", at);
		im->lost++;
	}
	if (h->report != NULL) {
		msg_warn("%s: its report URI is dropped",
		    h->name != NULL ? h->name : "(any host)");
		im->lost++;
	}
}

/* Exclude the host from the most specific domain that covers it. */
static void
add_exception(
    struct import *im, const struct pinlist *l, const struct pinlist_host *h)
{
	const struct pinlist_host *best = NULL;
	char *pattern;

	for (size_t i = 0; i < l->n_hosts; i++) {
		const struct pinlist_host *w = &l->hosts[i];

		if (w->name != NULL && !w->excluded &&
		    host_pattern_covers(w->name, w->reach, h->name) &&
		    (best == NULL || strlen(w->name) > strlen(best->name)))
			best = w;
	}
	if (best == NULL)
		return; /* no pattern pins it */
	pattern = pattern_of(best);
	pinset_edit_exclude(im->f, pattern, h->name);
	free(pattern);
}

static void
add_hosts(struct import *im, struct pinlist *l, const struct opts_list *hosts)
{
	pinlist_unite(l);
	for (size_t i = 0; i < l->n_hosts; i++) {
		const struct pinlist_host *h = &l->hosts[i];

		if (h->excluded)
			continue;
		if (h->name != NULL) {
			char *pattern = pattern_of(h);

			add_host(im, h, pattern);
			free(pattern);
		} else if (hosts->n == 0)
			add_host(im, h, NULL);
		for (size_t j = 0; h->name == NULL && j < hosts->n; j++)
			add_host(im, h, hosts->v[j]);
		warn_of_rest(im, h);
	}
	for (size_t i = 0; i < l->n_hosts; i++)
		if (l->hosts[i].excluded)
			add_exception(im, l, &l->hosts[i]);
}

/* Report whether the list has a pin without a host or a certificate, which
 * belongs to no domain. */
static bool
has_nameless(const struct pinlist *l)
{
	for (size_t i = 0; i < l->n_hosts; i++)
		for (size_t k = 0; k < l->hosts[i].n_pins; k++)
			if (l->hosts[i].name == NULL &&
			    l->hosts[i].pins[k].cert.p == NULL)
				return true;
	return false;
}

/* Make the pinset, report what would not load, and print it. */
static int
import_list(struct pinlist *list, const struct opts_list *hosts,
    enum pinset_state state, const char *name, const char *output)
{
	struct import im = { .f = pinset_edit_empty(name), .state = state };
	struct buf text, error;
	struct pinset *p;
	size_t said;
	int status;

	said = list->n_warnings;
	pinlist_ports_merge(list);
	for (size_t i = said; i < list->n_warnings; i++)
		msg_warn("%s", list->warnings[i]);
	/* What the consumer does otherwise than the pinset will say. */
	for (size_t i = 0; i < list->n_faults; i++)
		msg_warn("%s: %s", list->faults[i].where, list->faults[i].text);
	im.lost = list->lost + list->n_faults;
	add_hosts(&im, list, hosts);
	if (im.known.n == 0)
		msg_error("pins import: no usable pin in the files");
	else if (hosts->n == 0 && has_nameless(list))
		msg_warn("pins import: pins without a host are keys of no "
		         "domain: give --host");
	buf_init(&text, LIMIT_USER_FILE);
	buf_init(&error, LIMIT_SMALL_BODY);
	pinset_edit_write(im.f, &text);
	p = pinset_parse(buf_view(&text), "the imported pinset", &error);
	if (p == NULL)
		msg_warn("%s (correct it by hand)", buf_text(&error));
	if (im.lost > 0)
		msg_warn("pins import: %zu items of the files are not in the "
		         "pinset: see above",
		    im.lost);
	status = pins_deliver(output, buf_view(&text));
	if (im.known.n == 0 || im.lost > 0 || p == NULL)
		status |= CLI_FINDINGS;
	for (size_t i = 0; i < im.known.n; i++)
		free(im.known.v[i].id);
	free(im.known.v);
	pinset_free(p);
	pinset_edit_free(im.f);
	buf_fini(&text);
	buf_fini(&error);
	return status;
}

int
pins_import(int argc, char *argv[])
{
	static const char *const states[] = { "backup", "active", NULL };
	struct opts_common common = { 0 };
	const char *format = NULL, *output = NULL, *name = "imported";
	struct opts_list hosts = { 0 };
	int state = 1, n, status;
	const struct opts_opt opts[] = {
		{ "format", OPTS_TEXT, &format, "NAME",
		    "format of the files; default: recognised", NULL },
		{ "host", OPTS_LIST, &hosts, "PATTERN",
		    "host of pins without host; may be repeated", NULL },
		{ "as", OPTS_WORD, &state, "STATE",
		    "the state of the keys: active or backup", states },
		{ "name", OPTS_TEXT, &name, "NAME", "the pinset's name", NULL },
		{ "output", OPTS_TEXT, &output, "FILE",
		    "output file; default: standard output", NULL },
	};
	const struct opts_command command = { "pins import", "FILE ...",
		"Make a pinset from the pins in files.", opts,
		sizeof opts / sizeof *opts };
	struct pinlist list;

	n = opts_parse(&command, &common, argc, argv);
	if (n == -2)
		pins_list_formats(false);
	if (n < 1) {
		if (n == 0)
			msg_error("pins import: give a FILE");
		return n == -2 ? CLI_CLEAN : CLI_USAGE;
	}
	if (!pins_read(argv + 1, (size_t)n, format, &list, NULL))
		return CLI_USAGE;
	status = import_list(&list, &hosts,
	    state == 1 ? PINSET_ACTIVE : PINSET_BACKUP, name, output);
	pinlist_fini(&list);
	return status;
}
