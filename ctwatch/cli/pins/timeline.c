/* SPDX-License-Identifier: Apache-2.0 */
/* timeline: the verb `timeline': print the dates of each key. */
#include <stdio.h>

#include "cli/pins/pins.h"
#include "cli/pins/workflow.h"
#include <ctwatch/base/limits.h>
#include <ctwatch/base/time.h>
#include <ctwatch/cli/cli.h>
#include <ctwatch/rotate/approval.h>
#include <ctwatch/rotate/overlap_period.h>

static void
print_date(const char *what, int64_t t)
{
	char date[TIME_TEXT];

	if (t == 0)
		return;
	time_format_date(t, date);
	printf("  %s %s", what, date);
}

static void
print_proposal(void *arg, const struct proposal *p)
{
	const struct rotation *r = arg;
	char date[TIME_TEXT];
	const char *lines = p->lines;
	struct buf missing;
	size_t n = 0;

	if (!proposal_is_open(p, r->now))
		return;
	for (; *lines != '\0'; lines++)
		n += *lines == '\n';
	time_format_date(p->created, date);
	printf("\nproposal %s: %s ", p->id, p->action);
	pins_print(p->key);
	printf("\n  %s, by ", date);
	pins_print(p->proposer);
	printf(", signatures: %zu: ", n);
	pins_print(p->reason);
	putchar('\n');
	buf_init(&missing, LIMIT_SMALL_BODY);
	if (approval_unconfirmed(p, &missing))
		puts("  UNCONFIRMED: no evidence for a key");
	buf_fini(&missing);
}

static bool
print_trust(struct rotation *r)
{
	static const char *const words[] = { "signed by enough approvers",
		"no trust file: changes cannot be approved",
		("an emergency: keys were marked compromised with one "
		 "signature"),
		"", "NOT SIGNED by the approvers:  " };

	fputs(words[r->status], stdout);
	pins_print(buf_text(&r->why));
	putchar('\n');
	return pinset_trust_is_good(r->status);
}

/* Return the first fault of a key, or NULL. */
static const char *
violation(const struct rotation *r, size_t key)
{
	const struct pinset_key *k = &r->p->keys[key];
	const struct rotation_seen *seen = &r->seen[key];

	if (k->not_before != 0 && seen->first != 0 &&
	    seen->first < k->not_before)
		return "was used before every client could have its pin";
	if (k->state == PINSET_ACTIVE && k->not_after != 0 &&
	    k->not_after < r->now)
		return "is used past its planned end";
	if (k->state == PINSET_RETIRED && k->retired != 0 &&
	    seen->last > k->retired)
		return "was logged after it was retired";
	if (k->state == PINSET_BACKUP && seen->first != 0)
		return "is in use, but its state is backup";
	return NULL;
}

static bool
print_keys(const struct rotation *r)
{
	bool in_order = true;

	for (size_t i = 0; i < r->p->n_keys; i++) {
		const struct pinset_key *k = &r->p->keys[i];
		const char *wrong = violation(r, i);

		if (k->bundled)
			continue;
		printf("%-11s ", pinset_state_word(k->state));
		pins_print(k->id);
		print_date("not before", k->not_before);
		print_date("first seen", r->seen[i].first);
		print_date("last seen", r->seen[i].last);
		print_date("not after", k->not_after);
		if (k->state == PINSET_ACTIVE)
			print_date(
			    "may retire after", overlap_period_end(r, i));
		print_date("retired", k->retired);
		putchar('\n');
		if (wrong == NULL)
			continue;
		printf("            it %s\n", wrong);
		in_order = false;
	}
	return in_order;
}

int
pins_timeline(int argc, char *argv[])
{
	struct pins_workflow f = { 0 };
	const struct opts_opt opts[] = {
		PINS_WORKFLOW_TRUST(&f),
	};
	const struct opts_command command = { "pins timeline", "",
		"Show the dates of each key, and the open proposals.", opts,
		1 };
	bool ok = pins_workflow_begin(&f, &command, argc, argv, 0);
	int status = CLI_CLEAN;

	if (ok) {
		printf("pinset ");
		pins_print(f.r.p->name);
		printf(", version %llu", (unsigned long long)f.r.p->version);
		print_date("expires", f.r.p->expires);
		putchar('\n');
		if (!print_trust(&f.r))
			status |= CLI_PINSET;
		if (!print_keys(&f.r))
			status |= CLI_FINDINGS;
		ok = proposal_each(f.r.store, print_proposal, &f.r, &f.error);
		f.r.failed = !ok;
	}
	return pins_workflow_end(&f, ok) | status;
}
