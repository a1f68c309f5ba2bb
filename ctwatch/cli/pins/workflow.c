/* SPDX-License-Identifier: Apache-2.0 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cli/pins/passphrase.h"
#include "cli/pins/pins.h"
#include "cli/pins/workflow.h"
#include <ctwatch/base/limits.h>
#include <ctwatch/base/mem.h>
#include <ctwatch/base/msg.h>
#include <ctwatch/base/text.h>
#include <ctwatch/cli/cli.h>
#include <ctwatch/rotate/approval.h>
#include <ctwatch/rotate/pin_lint.h>
#include <ctwatch/rotate/pinset_diff.h>
#include <ctwatch/rotate/rotation_propose.h>
#include <ctwatch/wire/ssh_sig.h>

bool
pins_workflow_parse(struct pins_workflow *f, const struct opts_command *command,
    int argc, char *argv[], int operands)
{
	int n = opts_parse(command, &f->common, argc, argv);

	buf_init(&f->error, LIMIT_USER_FILE);
	f->status = n == -2 ? CLI_CLEAN : CLI_USAGE;
	if (n < 0)
		return false;
	f->operands = n;
	if (n != operands && (operands >= 0 || n > 1))
		buf_printf(&f->error,
		    operands == 0 ? "%s: takes no operands"
		                  : "%s: give one %s; see --help",
		    command->name, command->synopsis);
	else if (f->common.pinset == NULL)
		buf_add_text(&f->error, "no pinset: give --pinset FILE");
	return f->error.n == 0;
}

bool
pins_workflow_open(struct pins_workflow *f)
{
	char *dir = opts_state_dir(&f->common);
	bool ok;

	f->open = true;
	ok = rotation_open(&f->r, dir, f->common.pinset, f->trust, &f->error);
	free(dir);
	return ok;
}

bool
pins_workflow_begin(struct pins_workflow *f, const struct opts_command *command,
    int argc, char *argv[], int operands)
{
	return pins_workflow_parse(f, command, argc, argv, operands) &&
	    pins_workflow_open(f);
}

int
pins_workflow_end(struct pins_workflow *f, bool ok)
{
	struct bytes rest = buf_view(&f->error), line;

	while (!ok && text_line(&rest, &line))
		msg_error("%.*s", (int)line.n, (const char *)line.p);
	buf_fini(&f->error);
	if (f->open)
		rotation_close(&f->r);
	return ok ? CLI_CLEAN : f->r.failed ? CLI_LOCAL : f->status;
}

static void
print_evidence(const struct proposal *p)
{
	for (size_t i = 0; i < p->n_evidence; i++) {
		const struct proposal_evidence *e = &p->evidence[i];
		bool said = strcmp(e->kind, PROPOSAL_STATEMENT) == 0;

		printf("evidence: %s%s ", e->kind, said ? " of" : "");
		pins_print(e->source);
		if (said) {
			printf(", as reported by the proposer; confirm it "
			       "with:  ");
			pins_print((const char *)e->der.p);
		}
		putchar('\n');
	}
}

/* Print the CAs in bundles of p whose keys other does not have, with mark. */
static void
print_cas(const struct pinset *p, const struct pinset *other, char mark)
{
	for (size_t i = 0; i < p->n_keys; i++) {
		char pin[PINSET_PIN_TEXT];

		if (!p->keys[i].bundled ||
		    (other != NULL &&
		        pinset_key(other, p->keys[i].spki_sha256) != NULL))
			continue;
		pinset_pin_format(p->keys[i].spki_sha256, pin);
		printf("%c CA %s %s\n", mark, p->keys[i].name, pin);
	}
}

/* Print the differences; everything if no version was signed yet. */
static void
print_differences(struct pins_workflow *f, const struct proposal *p)
{
	struct pin_lint lint = {
		.seen = rotation_was_seen, .arg = &f->r, .now = f->r.now
	};
	struct pinset *base =
	    pinset_parse(blob_view(p->base), "pinset", &f->error);
	bool first = f->r.status == PINSET_TRUST_UNSIGNED;
	struct buf out, error;
	struct pinset *next;

	buf_init(&out, SIZE_MAX / 2);
	buf_init(&error, LIMIT_SMALL_BODY);
	next = pinset_parse_at(blob_view(p->text), f->r.path, &error);
	if (first)
		puts("the first version to be signed: everything is new");
	pinset_diff(first ? bytes_of("{}") : blob_view(p->base),
	    blob_view(p->text), &out);
	if (base != NULL && next != NULL) {
		pinset_diff_consumers(base, next, &out);
		pin_lint_pinset(&lint, next);
	}
	fputs(buf_text(&out), stdout);
	if (next == NULL) {
		printf("not judged: ");
		pins_print(buf_text(&error));
		putchar('\n');
	} else {
		print_cas(next, first ? NULL : f->r.p, '+');
		print_cas(f->r.p, next, '-');
	}
	for (size_t i = 0; i < lint.n; i++)
		printf("lint: %s %s: %s\n", lint.v[i].rule->id, lint.v[i].where,
		    lint.v[i].text);
	pin_lint_fini(&lint);
	pinset_free(base);
	pinset_free(next);
	buf_fini(&error);
	buf_fini(&out);
}

/* Print the lines of text, escaped, each after prefix. */
static void
print_lines(const char *prefix, const struct buf *text)
{
	struct bytes rest = buf_view(text), line;

	while (text_line(&rest, &line)) {
		char *s = mem_text(line);

		fputs(prefix, stdout);
		pins_print(s);
		putchar('\n');
		free(s);
	}
}

void
pins_workflow_show(struct pins_workflow *f, const struct proposal *p)
{
	struct buf missing;

	buf_init(&missing, LIMIT_SMALL_BODY);
	printf("proposal %s, by ", p->id);
	pins_print(p->proposer);
	printf(": ");
	pins_print(p->reason);
	putchar('\n');
	print_evidence(p);
	approval_unconfirmed(p, &missing);
	print_lines("", &missing);
	print_differences(f, p);
	buf_fini(&missing);
}

void
pins_workflow_next(struct pins_workflow *f, const struct proposal *p)
{
	struct buf missing, state;

	buf_init(&missing, LIMIT_SMALL_BODY);
	buf_init(&state, LIMIT_SMALL_BODY);
	if (approval_is_complete(&f->r, p, &missing)) {
		printf("next: ctwatch pins activate %s\n", p->id);
	} else {
		print_lines("missing: ", &missing);
		if (approval_is_open(&f->r, p, &state))
			printf("next: ctwatch pins approve %s --key FILE\n",
			    p->id);
		else if (f->r.trust == NULL)
			puts("next: ctwatch pins trust init");
		else if (approval_unconfirmed(p, &state))
			printf("next: ctwatch pins propose --id %s --evidence "
			       "FILE\n",
			    p->id);
	}
	buf_fini(&missing);
	buf_fini(&state);
}

bool
pins_workflow_propose(struct pins_workflow *f, const struct rotation_change *c,
    bool (*add_evidence)(void *arg, struct proposal *p), void *arg)
{
	struct proposal p = { 0 };
	bool ok, known;

	ok = rotation_propose(&f->r, c, &p, &known, &f->error) &&
	    (add_evidence == NULL || add_evidence(arg, &p)) &&
	    rotation_propose_save(&f->r, &p, known, &f->error);
	if (ok && known)
		puts("proposed before: its signatures are kept");
	if (ok) {
		pins_workflow_show(f, &p);
		pins_workflow_next(f, &p);
	}
	proposal_fini(&p);
	return ok;
}

struct note_key *
pins_workflow_key(const char *file, const char *passphrase)
{
	struct note_key *key;
	struct blob text;

	if (!opts_read_secret(file, LIMIT_SMALL_BODY, &text))
		return NULL;
	/* The name in the trust file is unknown here. */
	key = note_key_decrypt("key", blob_view(text), pins_passphrase_ask,
	    (char *)(uintptr_t)passphrase);
	if (key == NULL &&
	    strstr((const char *)text.p, "BEGIN OPENSSH PRIVATE KEY") != NULL)
		msg_error("%s: an OpenSSH private key: sign what `ctwatch pins "
		          "approve --print' prints with `ssh-keygen -Y sign "
		          "-n " SSH_SIG_NAMESPACE
		          " -f %s', and give the result "
		          "with --signature",
		    file, file);
	else if (key == NULL)
		msg_error("%s: not an Ed25519, ECDSA or RSA (2048 bits) "
		          "private key in PEM, or the wrong passphrase",
		    file);
	explicit_bzero(text.p, text.n);
	blob_fini(&text);
	return key;
}
