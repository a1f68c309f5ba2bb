/* SPDX-License-Identifier: Apache-2.0 */
#include <stdio.h>
#include <string.h>

#include "cli/pins/pins.h"
#include "cli/pins/workflow.h"
#include <ctwatch/cli/cli.h>
#include <ctwatch/rotate/approval.h>

/* The names in the signature lines. */
static void
print_signers(const struct proposal *p)
{
	struct bytes rest = bytes_of(p->lines), line, name;

	while (bytes_until(&rest, '\n', &line)) {
		struct bytes dash;

		if (!bytes_until(&line, ' ', &dash) ||
		    !bytes_until(&line, ' ', &name))
			continue;
		printf("signed by %.*s\n", (int)name.n, (const char *)name.p);
	}
}

int
pins_review(int argc, char *argv[])
{
	struct pins_workflow f = { 0 };
	const struct opts_opt opts[] = {
		{ "trust", OPTS_TEXT, &f.trust, "FILE",
		    "the trust file, if not PINSET.trust", NULL },
	};
	const struct opts_command command = { "pins review", "PROPOSAL",
		"Show a proposal: its differences, evidence, and what it "
		"lacks.",
		opts, 1 };
	struct proposal p = { 0 };
	bool ok = false;

	if (pins_workflow_begin(&f, &command, argc, argv, 1))
		ok = proposal_load(f.r.store, argv[1], &p, &f.error);
	if (ok) {
		pins_workflow_show(&f, &p);
		print_signers(&p);
		if (p.rejected != NULL) {
			printf("rejected: ");
			pins_print(p.rejected);
			putchar('\n');
		} else if (p.done)
			puts("in place");
		else
			pins_workflow_next(&f, &p);
	}
	proposal_fini(&p);
	return pins_workflow_end(&f, ok);
}

int
pins_review_reject(int argc, char *argv[])
{
	struct pins_workflow f = { 0 };
	const struct opts_opt opts[] = {
		{ "reason", OPTS_TEXT, &f.reason, "TEXT", "why", NULL },
		{ "trust", OPTS_TEXT, &f.trust, "FILE",
		    "the trust file, if not PINSET.trust", NULL },
	};
	const struct opts_command command = { "pins reject", "PROPOSAL",
		"Reject a proposal: it can no longer be approved.", opts,
		sizeof opts / sizeof *opts };
	struct proposal p = { 0 };
	bool ok = false;

	if (pins_workflow_begin(&f, &command, argc, argv, 1)) {
		if (f.reason == NULL)
			buf_add_text(&f.error, "say why: --reason TEXT");
		else
			ok = proposal_load(f.r.store, argv[1], &p, &f.error) &&
			    approval_reject(&f.r, &p, f.reason, &f.error);
	}
	if (ok)
		printf("rejected %s\n", p.id);
	proposal_fini(&p);
	return pins_workflow_end(&f, ok);
}
