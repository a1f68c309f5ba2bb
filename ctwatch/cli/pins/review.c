/* SPDX-License-Identifier: Apache-2.0 */
/* review: the verbs `review' and `reject'. */
#include <stdio.h>
#include <string.h>

#include "cli/cmd_util.h"
#include "cli/pins/pins.h"
#include "cli/pins/workflow.h"
#include <ctwatch/base/time.h>
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

static void
list_proposal(void *arg, const struct proposal *p)
{
	char date[TIME_TEXT];

	(void)arg;
	time_format_date(p->created, date);
	printf("%s  %s  %s  ", p->id, date,
	    p->rejected != NULL                   ? "rejected"
	        : p->done                         ? "active  "
	        : proposal_is_open(p, time_now()) ? "open    "
	                                          : "expired ");
	pins_print(p->reason);
	putchar('\n');
}

/* List all proposals in the state, without a lock. */
static bool
list_all(struct pins_workflow *f)
{
	struct store *s = cmd_util_store(&f->common, STORE_READ);
	bool ok = s != NULL && proposal_each(s, list_proposal, NULL, &f->error);

	store_close(s);
	return ok;
}

int
pins_review(int argc, char *argv[])
{
	struct pins_workflow f = { 0 };
	const struct opts_opt opts[] = {
		PINS_WORKFLOW_TRUST(&f),
	};
	const struct opts_command command = { "pins review", "[PROPOSAL]",
		"Show a proposal: differences, evidence, missing conditions; "
		"or list all.",
		opts, 1 };
	struct proposal p = { 0 };
	bool ok = false;

	if (!pins_workflow_parse(&f, &command, argc, argv, -1))
		return pins_workflow_end(&f, false);
	if (f.operands == 0)
		return pins_workflow_end(&f, list_all(&f));
	if (pins_workflow_open(&f))
		ok = proposal_load(f.r.store, argv[1], &p, &f.error);
	if (ok) {
		pins_workflow_show(&f, &p);
		print_signers(&p);
		if (p.rejected != NULL) {
			printf("rejected: ");
			pins_print(p.rejected);
			putchar('\n');
		} else if (p.done)
			puts("active");
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
		PINS_WORKFLOW_REASON(&f),
		PINS_WORKFLOW_TRUST(&f),
	};
	const struct opts_command command = { "pins reject", "PROPOSAL",
		"Reject a proposal: it can no longer be approved.", opts,
		sizeof opts / sizeof *opts };
	struct proposal p = { 0 };
	bool ok = false;

	if (pins_workflow_begin(&f, &command, argc, argv, 1)) {
		if (f.reason == NULL)
			buf_add_text(&f.error, "give a reason: --reason TEXT");
		else
			ok = proposal_load(f.r.store, argv[1], &p, &f.error) &&
			    approval_reject(&f.r, &p, f.reason, &f.error);
	}
	if (ok)
		printf("rejected %s\n", p.id);
	proposal_fini(&p);
	return pins_workflow_end(&f, ok);
}
