/* SPDX-License-Identifier: Apache-2.0 */
/* retire: the verbs `retire' and `compromise'. */
#include <stdio.h>
#include <stdlib.h>

#include "cli/pins/pins.h"
#include "cli/pins/workflow.h"
#include <ctwatch/base/limits.h>
#include <ctwatch/base/mem.h>
#include <ctwatch/base/msg.h>
#include <ctwatch/rotate/compromise.h>
#include <ctwatch/rotate/overlap_period.h>
#include <ctwatch/store/journal.h>

int
pins_retire(int argc, char *argv[])
{
	struct pins_workflow f = { 0 };
	const char *force = NULL, *by = NULL;
	const struct opts_opt opts[] = {
		{ "force", OPTS_TEXT, &force, "REASON",
		    "before its overlap period ends", NULL },
		PINS_WORKFLOW_REASON(&f),
		PINS_WORKFLOW_BY(&by),
		PINS_WORKFLOW_TRUST(&f),
	};
	const struct opts_command command = { "pins retire", "KEY",
		"Propose that a key is retired.", opts,
		sizeof opts / sizeof *opts };
	char *reason = NULL, *actor = journal_actor();
	bool ok = false;

	if (pins_workflow_begin(&f, &command, argc, argv, 1)) {
		struct rotation_change c = { .key = argv[1],
			.state = PINSET_RETIRED,
			.proposer = by != NULL ? by : actor };

		ok = overlap_period_may_retire(&f.r, argv[1], &f.error);
		reason = ok || force == NULL
		    ? mem_strdup(f.reason != NULL ? f.reason
		                                  : "the overlap period ended")
		    : mem_printf("forced (%s): %s", buf_text(&f.error), force);
		c.reason = reason;
		if (!ok && force != NULL &&
		    rotation_key(f.r.p, argv[1]) != NULL) {
			msg_warn("%s", buf_text(&f.error));
			buf_clear(&f.error);
			ok = true;
		}
		ok = ok && pins_workflow_propose(&f, &c, NULL, NULL);
	}
	free(reason);
	free(actor);
	return pins_workflow_end(&f, ok);
}

int
pins_retire_compromise(int argc, char *argv[])
{
	struct pins_workflow f = { 0 };
	const char *file = NULL, *passphrase = NULL;
	const struct opts_opt opts[] = {
		PINS_WORKFLOW_REASON(&f),
		{ "key", OPTS_TEXT, &file, "FILE", "your private key, PEM",
		    NULL },
		PINS_WORKFLOW_PASSPHRASE(&passphrase),
		PINS_WORKFLOW_TRUST(&f),
	};
	const struct opts_command command = { "pins compromise", "KEY",
		"Declare a key compromised; one signature is enough.", opts,
		sizeof opts / sizeof *opts };
	struct note_key *key = NULL;
	struct buf left;
	bool ok = false;

	buf_init(&left, LIMIT_USER_FILE);
	if (pins_workflow_begin(&f, &command, argc, argv, 1)) {
		if (file != NULL)
			key = pins_workflow_key(file, passphrase);
		if (f.reason == NULL)
			buf_add_text(&f.error, "give a reason: --reason TEXT");
		else if (file == NULL || key != NULL)
			ok = compromise_key(
			    &f.r, argv[1], key, f.reason, &left, &f.error);
	}
	if (ok) {
		fputs(buf_text(&left), stdout);
		puts("done; next: ctwatch pins export --all; revoke the key's "
		     "certificates; then propose the next version");
	}
	note_key_free(key);
	buf_fini(&left);
	return pins_workflow_end(&f, ok);
}
