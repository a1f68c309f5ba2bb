/* SPDX-License-Identifier: Apache-2.0 */
/* export: the verb `export': write the pinset in the format of an app. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cli/pins/pins.h"
#include "cli/pins/trust.h"
#include <ctwatch/base/limits.h>
#include <ctwatch/base/mem.h>
#include <ctwatch/base/msg.h>
#include <ctwatch/cli/cli.h>
#include <ctwatch/rotate/formats.h>

struct export
{
	struct opts_common common;
	const char *format, *output, *consumer, *min_version;
	struct opts_list hosts;
	struct pins_trust trust;
	int64_t expiration;
	bool strict, deprecated, all, outside;
};

/* Project, warn of losses, and write. */
static int
export_one(const struct export *e, const char *name, const struct pinset *p,
    const struct pinset_consumer *consumer, const char *output)
{
	const struct formats_format *format = formats_find(name);
	const struct formats_choice choice = { e->hosts.v, e->hosts.n,
		consumer != NULL ? consumer->id : NULL, e->expiration,
		e->min_version != NULL ? e->min_version
		    : consumer != NULL ? consumer->min_version
		                       : NULL };
	struct pinlist list = { 0 };
	struct export_record record;
	struct buf text, error;
	int status = CLI_USAGE;
	char *title;
	bool ok;

	if (format == NULL || format->write == NULL) {
		msg_error("pins export: cannot write format %s; see --help for "
		          "the formats",
		    name);
		return CLI_USAGE;
	}
	if ((format->can & FORMATS_DEPRECATED) != 0 && !e->deprecated) {
		msg_error("%s: %s; use --allow-deprecated to write it",
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
		title = formats_title(p, &list);
		format->write(&list, title, &text);
		status = pins_deliver(output, buf_view(&text));
		record = (struct export_record){
			.consumer = consumer != NULL ? consumer->id : NULL,
			.format = format->name,
			.path = output,
			.title = title,
			.content = buf_view(&text)
		};
		if (status == CLI_CLEAN &&
		    !pins_trust_record(&e->common, &e->trust, p, &record))
			status = CLI_LOCAL;
		free(title);
	}
	pinlist_fini(&list);
	buf_fini(&text);
	buf_fini(&error);
	return status;
}

/* Export every consumer with format and path. */
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
		path = pinset_path(e->common.pinset, c->path);
		if (e->outside || pins_path_is_below(e->common.pinset, path))
			status |= export_one(e, c->format, p, c, path);
		else {
			msg_error("consumer %s: %s is not below the pinset's "
			          "folder; use --outside to write it",
			    c->id, path);
			status |= CLI_USAGE;
		}
		free(path);
		n++;
	}
	if (n == 0)
		msg_warn("no consumer of the pinset has a format and a path");
	return status;
}

/* Return the consumer of --consumer, or NULL. */
static const struct pinset_consumer *
find_consumer(const struct export *e, const struct pinset *p)
{
	for (size_t i = 0; e->consumer != NULL && i < p->n_consumers; i++)
		if (strcmp(p->consumers[i].id, e->consumer) == 0)
			return &p->consumers[i];
	return NULL;
}

/* Check the options for contradictions and unknown consumers; default to the
 * consumer's format.  Return false after an error was reported. */
static bool
settle(struct export *e, const struct pinset *p)
{
	const struct pinset_consumer *c = find_consumer(e, p);

	if (e->all) {
		if (e->consumer == NULL && e->format == NULL &&
		    e->output == NULL)
			return true;
		msg_error("pins export: --all uses format and path of the "
		          "consumers: omit --format and --output");
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
		msg_error("pins export: give --format NAME; see --help for the "
		          "formats");
	return e->format != NULL;
}

int
pins_export(int argc, char *argv[])
{
	struct export e = { 0 };
	const struct opts_opt opts[] = {
		{ "format", OPTS_TEXT, &e.format, "NAME", "output format",
		    NULL },
		{ "host", OPTS_LIST, &e.hosts, "NAME",
		    "only for this name; may be repeated", NULL },
		{ "consumer", OPTS_TEXT, &e.consumer, "ID",
		    "only the domains of this consumer, in its format", NULL },
		{ "all", OPTS_FLAG, &e.all, NULL, "every consumer, to its path",
		    NULL },
		{ "outside", OPTS_FLAG, &e.outside, NULL,
		    "--all: also write outside the pinset's folder", NULL },
		PINS_TRUST_OPTIONS(&e.trust),
		{ "expiration", OPTS_TIME, &e.expiration, "DATE",
		    "end of pinning, if the format has one", NULL },
		{ "min-version", OPTS_TEXT, &e.min_version, "VERSION",
		    "oldest OkHttp in use; default: the consumer's", NULL },
		{ "strict", OPTS_FLAG, &e.strict, NULL,
		    "do not write if there are losses", NULL },
		{ "allow-deprecated", OPTS_FLAG, &e.deprecated, NULL,
		    "also write obsolete formats", NULL },
		{ "output", OPTS_TEXT, &e.output, "FILE",
		    "output file; default: standard output", NULL },
	};
	const struct opts_command command = { "pins export", "",
		"Write the usable keys of the pinset in an app's format.", opts,
		sizeof opts / sizeof *opts };
	struct pinset *p;
	int n, status = CLI_USAGE;

	n = opts_parse(&command, &e.common, argc, argv);
	if (n == -2)
		pins_list_formats(true);
	if (n > 0)
		msg_error("pins export: takes no operands");
	if (n != 0)
		return n == -2 ? CLI_CLEAN : CLI_USAGE;
	p = pins_load(&e.common);
	if (p == NULL)
		return CLI_USAGE;
	if (!settle(&e, p))
		status = CLI_USAGE;
	else if ((status = pins_trust_check(&e.common, &e.trust, p)) ==
	    CLI_CLEAN)
		status = e.all ? export_all(&e, p)
		               : export_one(&e, e.format, p,
		                     find_consumer(&e, p), e.output);
	pinset_free(p);
	return status;
}
