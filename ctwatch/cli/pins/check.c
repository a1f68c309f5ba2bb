/* SPDX-License-Identifier: Apache-2.0 */
/* check: the verb `check': compare pin files of apps with the pinset. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cli/pins/pins.h"
#include "cli/pins/trust.h"
#include <ctwatch/base/limits.h>
#include <ctwatch/base/msg.h>
#include <ctwatch/base/time.h>
#include <ctwatch/cli/cli.h>
#include <ctwatch/rotate/drift.h>
#include <ctwatch/rotate/formats.h>

/* Report the differences between a file and the pinset. */
struct check {
	const struct opts_common *common;
	const struct pinset *p;
	const char *file;
	size_t faults;
};

static void
fault(void *arg, const char *where, const char *what, const char *which)
{
	struct check *c = arg;

	c->faults++;
	pins_print(c->file);
	printf(": %s: %s ", where, what);
	pins_print(which);
	putchar('\n');
}

static bool
check_file(struct check *c, const char *file, const char *format,
    const struct opts_list *hosts, const char *consumer)
{
	struct drift drift = { .p = c->p,
		.consumer = consumer,
		.hosts = hosts->v,
		.n_hosts = hosts->n,
		.now = time_now(),
		.report = fault,
		.arg = c };
	struct pinlist list;
	struct buf title;
	struct blob text;
	bool ok = pins_read_one(file, format, &list, &drift.format, &text);

	c->file = file;
	buf_init(&title, LIMIT_PIN_FILE);
	if (ok) {
		pins_trust_title(c->common, c->p, blob_view(text), &title);
		drift.text = blob_view(text);
		drift.title = buf_view(&title);
		drift_check(&drift, &list);
		pinlist_fini(&list);
	}
	buf_fini(&title);
	blob_fini(&text);
	return ok;
}

/* Without operands: check the files of the pinset's consumers. */
static bool
check_consumers(struct check *c, const char *pinset)
{
	const struct opts_list none = { 0 };
	bool ok = true;

	for (size_t i = 0; i < c->p->n_consumers; i++) {
		const struct pinset_consumer *k = &c->p->consumers[i];
		char *path;

		if (k->path == NULL)
			continue;
		path = pinset_path(pinset, k->path);
		ok = check_file(c, path, k->format, &none, k->id) && ok;
		free(path);
	}
	return ok;
}

int
pins_check(int argc, char *argv[])
{
	struct opts_common common = { 0 };
	struct opts_list against = { 0 }, hosts = { 0 };
	const char *format = NULL;
	struct pins_trust trust = { 0 };
	const struct opts_opt opts[] = {
		{ "against", OPTS_LIST, &against, "FILE",
		    "what an app ships; may be repeated", NULL },
		{ "format", OPTS_TEXT, &format, "NAME",
		    "format of the files; default: recognised", NULL },
		{ "host", OPTS_LIST, &hosts, "NAME",
		    "host of pins without host; may be repeated", NULL },
		PINS_TRUST_OPTIONS(&trust),
	};
	const struct opts_command command = { "pins check", "[FILE ...]",
		"Compare what apps ship with the pinset: missing, unknown and "
		"retired pins.",
		opts, sizeof opts / sizeof *opts };
	struct check c = { 0 };
	struct pinset *p;
	int n = opts_parse(&command, &common, argc, argv), signs;
	bool ok = true;

	if (n < 0)
		return n == -2 ? CLI_CLEAN : CLI_USAGE;
	p = pins_load(&common);
	if (p == NULL)
		return CLI_USAGE;
	signs = pins_trust_check(&common, &trust, p);
	c.common = &common;
	c.p = p;
	for (size_t i = 0; i < against.n; i++)
		ok = check_file(&c, against.v[i], format, &hosts, NULL) && ok;
	for (int i = 0; i < n; i++)
		ok = check_file(&c, argv[1 + i], format, &hosts, NULL) && ok;
	if (n == 0 && against.n == 0)
		ok = check_consumers(&c, common.pinset);
	pinset_free(p);
	return signs | (c.faults > 0 ? CLI_FINDINGS : CLI_CLEAN) |
	    (ok ? CLI_CLEAN : CLI_USAGE);
}
