/* SPDX-License-Identifier: Apache-2.0 */
/* approve: the verbs `approve' and `activate'. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cli/pins/pins.h"
#include "cli/pins/workflow.h"
#include <ctwatch/base/limits.h>
#include <ctwatch/rotate/approval.h>

struct approve {
	struct pins_workflow f;
	const char *key, *signature, *name, *passphrase;
	bool print;
};

/* Print the exact bytes to sign on another machine. */
static bool
print_note(struct pins_workflow *f, const struct proposal *p)
{
	struct buf text;
	bool ok;

	buf_init(&text, LIMIT_SMALL_BODY);
	ok = approval_note(p, &text, &f->error) &&
	    fwrite(text.p, 1, text.n, stdout) == text.n;
	buf_fini(&text);
	return ok;
}

static bool
approve(struct approve *o, struct proposal *p)
{
	struct note_key *key = NULL;
	struct blob signature = { 0 };
	bool ok = false;

	if (o->key != NULL)
		key = pins_workflow_key(o->key, o->passphrase);
	else if (o->signature != NULL && o->name != NULL)
		opts_read_file(o->signature, LIMIT_SMALL_BODY, &signature);
	else
		buf_add_text(&o->f.error,
		    "sign with --key FILE, or give --signature FILE and "
		    "--name NAME");
	if (key != NULL || signature.p != NULL) {
		pins_workflow_show(&o->f, p);
		ok = approval_add(&o->f.r, p, key, o->name,
		    blob_view(signature), &o->f.error);
	}
	note_key_free(key);
	blob_fini(&signature);
	return ok;
}

int
pins_approve(int argc, char *argv[])
{
	struct approve o = { 0 };
	const struct opts_opt opts[] = {
		{ "key", OPTS_TEXT, &o.key, "FILE", "your private key, PEM",
		    NULL },
		PINS_WORKFLOW_PASSPHRASE(&o.passphrase),
		{ "print", OPTS_FLAG, &o.print, NULL,
		    "print the text to sign it elsewhere", NULL },
		{ "signature", OPTS_TEXT, &o.signature, "FILE",
		    "made elsewhere: OpenSSH, token, OpenSSL", NULL },
		{ "name", OPTS_TEXT, &o.name, "NAME",
		    "the signer's name in the trust file", NULL },
		PINS_WORKFLOW_TRUST(&o.f),
	};
	const struct opts_command command = { "pins approve", "PROPOSAL",
		"Sign the exact bytes of a proposed pinset.", opts,
		sizeof opts / sizeof *opts };
	struct proposal p = { 0 };
	bool ok = false;

	if (pins_workflow_begin(&o.f, &command, argc, argv, 1))
		ok = proposal_load(o.f.r.store, argv[1], &p, &o.f.error) &&
		    (o.print ? print_note(&o.f, &p) : approve(&o, &p));
	if (ok && !o.print)
		pins_workflow_next(&o.f, &p);
	proposal_fini(&p);
	return pins_workflow_end(&o.f, ok);
}

int
pins_approve_activate(int argc, char *argv[])
{
	struct pins_workflow f = { 0 };
	const struct opts_opt opts[] = {
		PINS_WORKFLOW_TRUST(&f),
	};
	const struct opts_command command = { "pins activate", "PROPOSAL",
		"Put an approved pinset in place.", opts, 1 };
	struct proposal p = { 0 };
	bool ok = false;

	if (pins_workflow_begin(&f, &command, argc, argv, 1))
		ok = proposal_load(f.r.store, argv[1], &p, &f.error) &&
		    approval_activate(&f.r, &p, &f.error);
	if (ok)
		puts("done; next: ctwatch pins export --all, and let the "
		     "apps ship it");
	proposal_fini(&p);
	return pins_workflow_end(&f, ok);
}
