/* SPDX-License-Identifier: Apache-2.0 */
#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cli/pins/pins.h"
#include <ctwatch/base/file.h>
#include <ctwatch/base/limits.h>
#include <ctwatch/base/mem.h>
#include <ctwatch/base/msg.h>
#include <ctwatch/base/text.h>
#include <ctwatch/cli/cli.h>
#include <ctwatch/rotate/formats.h>
#include <ctwatch/rotate/pinset_edit.h>

/* Write text to the file, or to standard output. */
static int
deliver(const char *output, struct bytes text)
{
	struct buf error;
	bool ok;

	if (output == NULL || strcmp(output, "-") == 0) {
		if (fwrite(text.p, 1, text.n, stdout) == text.n &&
		    fflush(stdout) == 0)
			return CLI_CLEAN;
		msg_error("standard output cannot be written");
		return CLI_UNDELIVERED;
	}
	buf_init(&error, LIMIT_SMALL_BODY);
	ok = file_replace(output, text, &error);
	if (!ok)
		msg_error("%s", buf_text(&error));
	buf_fini(&error);
	return ok ? CLI_CLEAN : CLI_UNDELIVERED;
}

static void
list_formats(bool writing)
{
	size_t n;
	const struct formats_format *const *all = formats_all(&n);

	for (size_t i = 0; i < n; i++)
		if (writing ? all[i]->write != NULL : all[i]->read != NULL)
			printf("%-14s %s\n", all[i]->name, all[i]->purpose);
}

/* ---- import ---- */

/* An id from a label, or from the host and a number. */
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

/* The id under which the pin is already there; borrowed from ids, or NULL. */
struct known {
	struct {
		uint8_t spki[SHA256_SIZE];
		char *id;
	} * v;
	size_t n;
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
add_pin(struct pinfile *f, struct known *k, const struct pinlist_pin *pin,
    const char *host, enum pinset_state state)
{
	struct pinset_edit_key key = { .spki_sha256 = pin->digest,
		.spki_der = pin->spki,
		.state = pin->forbidden ? PINSET_COMPROMISED : state,
		.custody = pin->custody,
		.not_after = pin->not_after };
	char *id = make_id(pin, host, k->n + 1);
	struct buf error;
	bool ok;

	buf_init(&error, LIMIT_SMALL_BODY);
	key.id = id;
	ok = pinset_edit_add_key(f, &key, &error);
	if (!ok) { /* another key has the label */
		char *more = mem_printf("%s-%zu", id, k->n + 1);

		free(id);
		key.id = id = more;
		ok = pinset_edit_add_key(f, &key, &error);
	}
	k->v = mem_grow(k->v, k->n, sizeof *k->v);
	memcpy(k->v[k->n].spki, pin->digest, SHA256_SIZE);
	k->v[k->n++].id = id;
	buf_fini(&error);
	return ok;
}

/*
 * One host as a domain.  A pinset's domain pins leaves or CAs; where a file
 * has both, the leaves are taken, and the CAs stay keys of no domain.
 */
static void
add_host(struct pinfile *f, struct known *k, const struct pinlist_host *h,
    const char *pattern, enum pinset_state state)
{
	bool all_ca = true, all_cert = true;
	struct buf error;

	for (size_t i = 0; i < h->n_pins; i++) {
		all_ca = all_ca && h->pins[i].position == PINLIST_CA;
		all_cert = all_cert && h->pins[i].of_cert;
	}
	if (pattern != NULL)
		pinset_edit_add_domain(f, pattern,
		    h->n_pins == 0 ? "spki"
		        : all_cert ? "cert"
		        : all_ca   ? "ca"
		                   : "spki",
		    h->owner, h->monitor);
	buf_init(&error, LIMIT_SMALL_BODY);
	for (size_t i = 0; i < h->n_pins; i++) {
		const struct pinlist_pin *pin = &h->pins[i];
		bool usable = pinlist_usable(pin) || (all_cert && pin->n == 32);

		if (!usable) {
			msg_warn("%s: left out: not a SHA-256 of an SPKI",
			    pin->text);
			continue;
		}
		if (find_known(k, pin) == NULL)
			add_pin(f, k, pin, h->name != NULL ? h->name : "key",
			    state);
		if (pattern == NULL || pin->forbidden)
			continue;
		if (!all_ca && pin->position == PINLIST_CA)
			msg_warn("%s: a CA's key beside leaf keys: it is kept "
			         "as a key of no domain",
			    pin->label != NULL ? pin->label : pin->text);
		else
			pinset_edit_add_to_domain(
			    f, pattern, find_known(k, pin), &error);
	}
	buf_fini(&error);
}

static void
add_hosts(struct pinfile *f, const struct pinlist *l,
    const struct opts_list *hosts, enum pinset_state state)
{
	static const char *const stars[] = { "", "*.", "**." };
	struct known k = { 0 };

	for (size_t i = 0; i < l->n_hosts; i++) {
		const struct pinlist_host *h = &l->hosts[i];

		if (h->excluded)
			continue;
		if (h->name != NULL) {
			char *pattern =
			    mem_printf("%s%s", stars[h->reach], h->name);

			add_host(f, &k, h, pattern, state);
			free(pattern);
		} else if (hosts->n == 0)
			add_host(f, &k, h, NULL, state);
		for (size_t j = 0; h->name == NULL && j < hosts->n; j++)
			add_host(f, &k, h, hosts->v[j], state);
	}
	for (size_t i = 0; i < k.n; i++)
		free(k.v[i].id);
	free(k.v);
}

/* Make the pinset, say what would not load, and print it. */
static int
import_list(const struct pinlist *list, const struct opts_list *hosts,
    enum pinset_state state, const char *name, const char *output)
{
	struct pinfile *f = pinset_edit_empty(name);
	struct buf text, error;
	struct pinset *p;
	int status;

	add_hosts(f, list, hosts, state);
	buf_init(&text, LIMIT_USER_FILE);
	buf_init(&error, LIMIT_SMALL_BODY);
	pinset_edit_write(f, &text);
	p = pinset_parse(buf_view(&text), "the pinset it makes", &error);
	if (p == NULL)
		msg_warn("%s (correct it by hand)", buf_text(&error));
	status = deliver(output, buf_view(&text));
	pinset_free(p);
	pinset_edit_free(f);
	buf_fini(&text);
	buf_fini(&error);
	return status;
}

int
pins_import_export_import(int argc, char *argv[])
{
	static const char *const states[] = { "backup", "active", NULL };
	struct opts_common common = { 0 };
	const char *format = NULL, *output = NULL, *name = "imported";
	struct opts_list hosts = { 0 };
	int state = 1, n, status;
	const struct opts_opt opts[] = {
		{ "format", OPTS_TEXT, &format, "NAME",
		    "what the files are; else it is recognised", NULL },
		{ "host", OPTS_LIST, &hosts, "PATTERN",
		    "whom nameless pins are for; may be repeated", NULL },
		{ "as", OPTS_WORD, &state, "STATE",
		    "the state of the keys: active or backup", states },
		{ "name", OPTS_TEXT, &name, "NAME", "the pinset's name", NULL },
		{ "output", OPTS_TEXT, &output, "FILE",
		    "write there, not to standard output", NULL },
	};
	const struct opts_command command = { "pins import", "FILE ...",
		"Make a pinset of the pins that files have.", opts,
		sizeof opts / sizeof *opts };
	struct pinlist list;

	n = opts_parse(&command, &common, argc, argv);
	if (n == -2)
		list_formats(false);
	if (n < 1) {
		if (n == 0)
			msg_error("pins import: which file?");
		return n == -2 ? CLI_CLEAN : CLI_USAGE;
	}
	if (!pins_read(argv + 1, (size_t)n, format, &list))
		return CLI_USAGE;
	status = import_list(&list, &hosts,
	    state == 1 ? PINSET_ACTIVE : PINSET_BACKUP, name, output);
	pinlist_fini(&list);
	return status;
}

/* ---- export ---- */

struct export
{
	struct opts_common common;
	const char *format, *output, *consumer;
	struct opts_list hosts;
	int64_t expiration;
	bool strict, deprecated, all;
};

/* Project, say what is lost, and write. */
static int
export_one(const struct export *e, const char *name, const struct pinset *p,
    const char *consumer, const char *output)
{
	const struct formats_format *format = formats_find(name);
	const struct formats_choice choice = { e->hosts.v, e->hosts.n, consumer,
		e->expiration };
	struct pinlist list = { 0 };
	struct buf text, error;
	int status = CLI_USAGE;
	char *title;
	bool ok;

	if (format == NULL || format->write == NULL) {
		msg_error("pins export: %s is no format to write; --help lists "
		          "those that are",
		    name);
		return CLI_USAGE;
	}
	if ((format->can & FORMATS_DEPRECATED) != 0 && !e->deprecated) {
		msg_error("%s: %s; --allow-deprecated writes it nevertheless",
		    format->name, format->purpose);
		return CLI_USAGE;
	}
	buf_init(&text, LIMIT_PIN_FILE);
	buf_init(&error, LIMIT_SMALL_BODY);
	ok = formats_project(format, p, &choice, &list, &error);
	for (size_t i = 0; i < list.n_warnings; i++)
		msg_warn("%s: %s", format->name, list.warnings[i]);
	if (!ok)
		msg_error("%s", buf_text(&error));
	else if (e->strict && list.n_warnings > 0)
		msg_error("%s: nothing is written, because of --strict",
		    format->name);
	else {
		title = formats_title(p);
		format->write(&list, title, &text);
		status = deliver(output, buf_view(&text));
		free(title);
	}
	pinlist_fini(&list);
	buf_fini(&text);
	buf_fini(&error);
	return status;
}

/* Every consumer that has a format and a path. */
static int
export_all(const struct export *e, const struct pinset *p)
{
	int status = CLI_CLEAN;
	size_t n = 0;

	for (size_t i = 0; i < p->n_consumers; i++) {
		const struct pinset_consumer *c = &p->consumers[i];
		char *path;

		if (c->format == NULL || c->path == NULL)
			continue;
		path = pins_path(e->common.pinset, c->path);
		status |= export_one(e, c->format, p, c->id, path);
		free(path);
		n++;
	}
	if (n == 0)
		msg_warn("no consumer of the pinset has a format and a path");
	return status;
}

/* What contradicts itself, or is of no consumer; the consumer's format is
 * taken where none is given.  False after an error was said. */
static bool
settle(struct export *e, const struct pinset *p)
{
	const struct pinset_consumer *c = NULL;

	for (size_t i = 0; e->consumer != NULL && i < p->n_consumers; i++)
		if (strcmp(p->consumers[i].id, e->consumer) == 0)
			c = &p->consumers[i];
	if (e->all) {
		if (e->consumer == NULL && e->format == NULL &&
		    e->output == NULL)
			return true;
		msg_error("pins export: --all takes format and path from the "
		          "consumers: give no other");
		return false;
	}
	if (e->consumer != NULL && c == NULL) {
		msg_error(
		    "pins export: the pinset has no consumer %s", e->consumer);
		return false;
	}
	if (e->format == NULL && c != NULL)
		e->format = c->format;
	if (e->format == NULL)
		msg_error("pins export: which --format? --help lists them");
	return e->format != NULL;
}

int
pins_import_export_export(int argc, char *argv[])
{
	struct export e = { 0 };
	const struct opts_opt opts[] = {
		{ "format", OPTS_TEXT, &e.format, "NAME", "what to write",
		    NULL },
		{ "host", OPTS_LIST, &e.hosts, "NAME",
		    "only for this name; may be repeated", NULL },
		{ "consumer", OPTS_TEXT, &e.consumer, "ID",
		    "only the domains of this consumer, in its format", NULL },
		{ "all", OPTS_FLAG, &e.all, NULL, "every consumer, to its path",
		    NULL },
		{ "expiration", OPTS_TIME, &e.expiration, "DATE",
		    "end pinning then, where the format can", NULL },
		{ "strict", OPTS_FLAG, &e.strict, NULL,
		    "write nothing if anything is lost", NULL },
		{ "allow-deprecated", OPTS_FLAG, &e.deprecated, NULL,
		    "write what nobody should use any more", NULL },
		{ "output", OPTS_TEXT, &e.output, "FILE",
		    "write there, not to standard output", NULL },
	};
	const struct opts_command command = { "pins export", "",
		"Write the usable keys of the pinset as an app wants them.",
		opts, sizeof opts / sizeof *opts };
	struct pinset *p;
	int n, status = CLI_USAGE;

	n = opts_parse(&command, &e.common, argc, argv);
	if (n == -2)
		list_formats(true);
	if (n > 0)
		msg_error("pins export: takes no operands");
	if (n != 0)
		return n == -2 ? CLI_CLEAN : CLI_USAGE;
	p = pins_load(&e.common);
	if (p == NULL)
		return CLI_USAGE;
	if (settle(&e, p))
		status = e.all
		    ? export_all(&e, p)
		    : export_one(&e, e.format, p, e.consumer, e.output);
	pinset_free(p);
	return status;
}
