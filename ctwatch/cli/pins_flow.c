/* SPDX-License-Identifier: Apache-2.0 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <ctwatch/base/bounds.h>
#include <ctwatch/base/file.h>
#include <ctwatch/base/mem.h>
#include <ctwatch/base/msg.h>
#include <ctwatch/cli/cli.h>
#include <ctwatch/cli/pins.h>
#include <ctwatch/rotate/approval.h>
#include <ctwatch/rotate/change.h>
#include <ctwatch/rotate/emergency.h>
#include <ctwatch/rotate/lint.h>
#include <ctwatch/rotate/overlap.h>
#include <ctwatch/store/journal.h>
#include <ctwatch/wire/cert.h>

/* What the verbs have in common: their options, and what is open. */
struct flow {
	struct opts_common common;
	const char *trust, *reason;
	struct rotation r;
	struct buf error;
	bool open;
};

/*
 * Parse the options and open the pinset and the store.  Returns the number
 * of operands, which must be from least to most; or -1 with *status set.
 */
static int
begin(struct flow *f, const struct opts_command *command, int argc,
    char *argv[], int least, int most, int *status)
{
	int n = opts_parse(command, &f->common, argc, argv);
	char *dir;

	buf_init(&f->error, BOUNDS_USER_FILE);
	*status = n == -2 ? CLI_CLEAN : CLI_USAGE;
	if (n >= 0 && (n < least || n > most))
		msg_error("%s: give %s (see --help)", command->name,
		    command->synopsis);
	else if (n >= 0 && f->common.pinset == NULL)
		msg_error("which pinset? (--pinset FILE)");
	if (n < least || n > most || f->common.pinset == NULL)
		return -1;
	dir = opts_state_dir(&f->common);
	f->open = true;
	if (!rotation_open(&f->r, dir, f->common.pinset, f->trust, &f->error)) {
		msg_error("%s", buf_text(&f->error));
		n = -1;
	}
	free(dir);
	return n;
}

/* Close everything; say what went wrong, a line at a time, if ok is false. */
static int
end(struct flow *f, bool ok)
{
	char *text = buf_detach(&f->error), *line = text, *rest;

	while (!ok && line != NULL && *line != '\0') {
		rest = strchr(line, '\n');
		if (rest != NULL)
			*rest++ = '\0';
		msg_error("%s", line);
		line = rest;
	}
	free(text);
	if (f->open)
		rotation_close(&f->r);
	return ok ? CLI_CLEAN : CLI_USAGE;
}

static struct notekey *
load_key(const char *file)
{
	struct notekey *key;
	char *text;
	size_t n;

	text = opts_read_file(file, BOUNDS_SMALL_BODY, &n);
	if (text == NULL)
		return NULL;
	/* Its name is the trust file's; any will do until then. */
	key =
	    notekey_private("key", (struct bytes){ (const uint8_t *)text, n });
	if (key == NULL)
		msg_error("%s: not an unencrypted Ed25519 or ECDSA private "
		          "key in PEM",
		    file);
	explicit_bzero(text, n);
	free(text);
	return key;
}

/* Everything that one should see before one agrees. */
static void
show(struct flow *f, const struct proposal *p)
{
	struct lint lint = {
		.seen = rotation_was_seen, .arg = &f->r, .now = f->r.now
	};
	struct pinset *next = pinset_parse(p->text, "pinset", &f->error);
	struct buf out;

	buf_init(&out, BOUNDS_USER_FILE);
	printf("proposal %s, by ", p->id);
	pins_print(p->proposer);
	printf(": ");
	pins_print(p->reason);
	putchar('\n');
	for (size_t i = 0; i < p->n_evidence; i++) {
		printf("evidence: %s ", p->evidence[i].kind);
		pins_print(p->evidence[i].source);
		putchar('\n');
	}
	if (approval_unconfirmed(p))
		puts("UNCONFIRMED: observed only");
	change_diff(p->base, p->text, &out);
	if (next != NULL) {
		change_consumers(f->r.p, next, &out);
		lint_pinset(&lint, next);
	}
	pins_print(buf_text(&out));
	for (size_t i = 0; i < lint.n; i++)
		printf("lint: %s %s: %s\n", lint.v[i].rule->id, lint.v[i].where,
		    lint.v[i].text);
	lint_fini(&lint);
	pinset_free(next);
	buf_fini(&out);
}

/* ---- propose ---- */

struct propose {
	struct flow f;
	struct opts_list domains, evidence;
	const char *key, *from, *finding, *edit, *id, *by, *custody, *location;
	int as;
	struct material_list from_material;
	struct store_cert cert; /* of the finding */
	struct material logged;
	struct buf edit_text;
};

/* The certificate of a finding: its key, and itself as evidence. */
static bool
load_finding(struct propose *o)
{
	struct store_finding finding;
	struct cert c;
	bool ok;

	if (!store_finding_load(o->f.r.store, o->finding, &finding)) {
		buf_printf(&o->f.error, "no finding has the id %s", o->finding);
		return false;
	}
	ok = store_cert_load(o->f.r.store, finding.tbs_sha256, &o->cert);
	store_finding_fini(&finding);
	if (!ok ||
	    (o->cert.kind == LEAF_X509
	            ? cert_parse(o->cert.der, &c)
	            : cert_parse_tbs(o->cert.der, &c)) != CERT_OK) {
		buf_printf(
		    &o->f.error, "finding %s is of no certificate", o->finding);
		return false;
	}
	o->logged = (struct material){ .kind = MATERIAL_CERT, .spki = c.spki };
	return true;
}

/* A certificate handed over that is in the store was seen in a log. */
static void
note_logged(struct propose *o, struct proposal *p, const struct material *m)
{
	uint8_t tbs[DIGEST_SIZE];
	struct store_cert logged;
	struct cert c;

	if (m->kind != MATERIAL_CERT || cert_parse(m->der, &c) != CERT_OK)
		return;
	cert_tbs_hash(&c, tbs);
	if (!store_cert_load(o->f.r.store, tbs, &logged))
		return;
	proposal_add_evidence(
	    p, PROPOSAL_FINDING, "the certificate is in a log", logged.der);
	store_cert_fini(&logged);
}

static bool
add_files(struct propose *o, struct proposal *p)
{
	for (size_t i = 0; i < o->evidence.n; i++) {
		struct material_list l;

		if (!pins_material(o->evidence.v[i], &l))
			return false;
		note_logged(o, p, &l.v[0]);
		proposal_add_evidence(p, material_word(l.v[0].kind),
		    o->evidence.v[i], l.v[0].der);
		material_fini(&l);
	}
	return true;
}

static bool
add_evidence(struct propose *o, struct proposal *p)
{
	if (o->finding != NULL)
		proposal_add_evidence(
		    p, PROPOSAL_FINDING, o->finding, o->cert.der);
	if (o->from_material.n > 0) {
		const struct material *m = &o->from_material.v[0];

		note_logged(o, p, m);
		proposal_add_evidence(
		    p, material_word(m->kind), o->from, m->der);
	}
	return add_files(o, p) && proposal_save(o->f.r.store, p) &&
	    store_commit(o->f.r.store);
}

/* More evidence for a proposal that is there. */
static bool
amend(struct propose *o)
{
	struct proposal p;
	bool ok;

	if (!proposal_load(o->f.r.store, o->id, &p, &o->f.error))
		return false;
	ok = add_evidence(o, &p);
	if (ok)
		show(&o->f, &p);
	proposal_fini(&p);
	return ok;
}

static bool
load_inputs(struct propose *o)
{
	if (o->from != NULL && !pins_material(o->from, &o->from_material))
		return false;
	if (o->edit != NULL &&
	    file_read(o->edit, false, &o->edit_text, &o->f.error) != FILE_OK)
		return false;
	return o->finding == NULL || load_finding(o);
}

static bool
propose(struct propose *o)
{
	char *actor = journal_actor();
	const struct rotation_change c = { .key = o->key,
		.state = o->as == 0 ? PINSET_BACKUP : PINSET_ACTIVE,
		.material = o->from_material.n > 0 ? &o->from_material.v[0]
		    : o->finding != NULL           ? &o->logged
		                                   : NULL,
		.domains = o->domains.v,
		.n_domains = o->domains.n,
		.custody = o->custody,
		.location = o->location,
		.edit = buf_view(&o->edit_text),
		.proposer = o->by != NULL ? o->by : actor,
		.reason = o->f.reason };
	struct proposal p = { 0 };
	bool ok = false;

	if (o->f.reason == NULL)
		buf_add_text(&o->f.error, "say why: --reason TEXT");
	else if (o->key == NULL && o->edit == NULL)
		buf_add_text(&o->f.error, "which key? (--key ID)");
	else
		ok = rotation_propose(&o->f.r, &c, &p, &o->f.error) &&
		    add_evidence(o, &p);
	if (ok) {
		show(&o->f, &p);
		printf("next: ctwatch pins approve %s --key FILE\n", p.id);
	}
	proposal_fini(&p);
	free(actor);
	return ok;
}

int
pins_flow_propose(int argc, char *argv[])
{
	static const char *const states[] = { "backup", "active", NULL };
	struct propose o = { 0 };
	const struct opts_opt opts[] = {
		{ "key", OPTS_TEXT, &o.key, "ID",
		    "the key's id, a new one or one of the pinset", NULL },
		{ "from", OPTS_TEXT, &o.from, "FILE",
		    "a new key: its request, public key or certificate", NULL },
		{ "finding", OPTS_TEXT, &o.finding, "ID",
		    "a new key: that of a finding's certificate", NULL },
		{ "evidence", OPTS_LIST, &o.evidence, "FILE",
		    "what else speaks for the key; may be repeated", NULL },
		{ "domain", OPTS_LIST, &o.domains, "PATTERN",
		    "a domain that gets the new key; may be repeated", NULL },
		{ "as", OPTS_WORD, &o.as, "STATE", "backup (default) or active",
		    states },
		{ "edit", OPTS_TEXT, &o.edit, "FILE",
		    "propose this edited pinset as a whole", NULL },
		{ "id", OPTS_TEXT, &o.id, "PROPOSAL",
		    "add --evidence to this proposal", NULL },
		{ "custody", OPTS_TEXT, &o.custody, "WORD",
		    "of a new key: hsm, kms, file or unknown", NULL },
		{ "location", OPTS_TEXT, &o.location, "TEXT",
		    "of a new key: where it is kept", NULL },
		{ "by", OPTS_TEXT, &o.by, "NAME",
		    "who proposes, if not who you are logged in as", NULL },
		{ "reason", OPTS_TEXT, &o.f.reason, "TEXT", "why", NULL },
		{ "trust", OPTS_TEXT, &o.f.trust, "FILE",
		    "who may approve, if not PINSET.trust", NULL },
	};
	const struct opts_command command = { "pins propose", "",
		"Propose the next version of the pinset.", opts,
		sizeof opts / sizeof *opts };
	int status, n;
	bool ok = false;

	buf_init(&o.edit_text, BOUNDS_USER_FILE);
	n = begin(&o.f, &command, argc, argv, 0, 0, &status);
	if (n == 0) {
		ok =
		    load_inputs(&o) && (o.id != NULL ? amend(&o) : propose(&o));
		status = CLI_USAGE;
	}
	material_fini(&o.from_material);
	store_cert_fini(&o.cert);
	buf_fini(&o.edit_text);
	free(o.domains.v);
	free(o.evidence.v);
	n = end(&o.f, ok);
	return ok ? n : status;
}

/* ---- approve, activate ---- */

struct approve {
	struct flow f;
	const char *key, *signature, *name;
	bool print;
};

/* Print the text that is to be signed elsewhere, byte for byte. */
static bool
print_note(struct flow *f, const struct proposal *p)
{
	struct buf text;
	bool ok;

	buf_init(&text, BOUNDS_SMALL_BODY);
	ok = approval_note(p, &text, &f->error) &&
	    fwrite(text.p, 1, text.n, stdout) == text.n;
	buf_fini(&text);
	return ok;
}

static bool
approve(struct approve *o, struct proposal *p)
{
	struct notekey *key = NULL;
	struct bytes signature = { 0 };
	char *text = NULL;
	bool ok = false;
	size_t n;

	if (o->key != NULL)
		key = load_key(o->key);
	else if (o->signature != NULL && o->name != NULL) {
		text = opts_read_file(o->signature, BOUNDS_SMALL_BODY, &n);
		if (text != NULL)
			signature = (struct bytes){ (const uint8_t *)text, n };
	} else
		buf_add_text(&o->f.error,
		    "sign with --key FILE, or give --signature FILE and "
		    "--name NAME");
	if (key != NULL || text != NULL) {
		show(&o->f, p);
		ok = approval_add(
		    &o->f.r, p, key, o->name, signature, &o->f.error);
	}
	notekey_free(key);
	free(text);
	return ok;
}

int
pins_flow_approve(int argc, char *argv[])
{
	struct approve o = { 0 };
	const struct opts_opt opts[] = {
		{ "key", OPTS_TEXT, &o.key, "FILE",
		    "your private key, Ed25519 or ECDSA, PEM", NULL },
		{ "print", OPTS_FLAG, &o.print, NULL,
		    "print the text to sign it elsewhere", NULL },
		{ "signature", OPTS_TEXT, &o.signature, "FILE",
		    "a signature made elsewhere, as bytes", NULL },
		{ "name", OPTS_TEXT, &o.name, "NAME", "whose signature it is",
		    NULL },
		{ "trust", OPTS_TEXT, &o.f.trust, "FILE",
		    "who may approve, if not PINSET.trust", NULL },
	};
	const struct opts_command command = { "pins approve", "PROPOSAL",
		"Sign a proposed pinset: its very bytes.", opts,
		sizeof opts / sizeof *opts };
	struct proposal p = { 0 };
	bool ok = false;
	int status;

	if (begin(&o.f, &command, argc, argv, 1, 1, &status) == 1) {
		ok = proposal_load(o.f.r.store, argv[1], &p, &o.f.error) &&
		    (o.print ? print_note(&o.f, &p) : approve(&o, &p));
		status = CLI_USAGE;
	}
	if (ok && !o.print)
		printf("next: ctwatch pins activate %s\n", p.id);
	proposal_fini(&p);
	return end(&o.f, ok) == CLI_CLEAN ? CLI_CLEAN : status;
}

int
pins_flow_activate(int argc, char *argv[])
{
	struct flow f = { 0 };
	const struct opts_opt opts[] = {
		{ "trust", OPTS_TEXT, &f.trust, "FILE",
		    "who may approve, if not PINSET.trust", NULL },
	};
	const struct opts_command command = { "pins activate", "PROPOSAL",
		"Put an approved pinset in place.", opts, 1 };
	struct proposal p = { 0 };
	bool ok = false;
	int status;

	if (begin(&f, &command, argc, argv, 1, 1, &status) == 1) {
		ok = proposal_load(f.r.store, argv[1], &p, &f.error) &&
		    approval_activate(&f.r, &p, &f.error);
		status = CLI_USAGE;
	}
	if (ok)
		puts("done; next: ctwatch pins export --all, and let the "
		     "apps ship it");
	proposal_fini(&p);
	return end(&f, ok) == CLI_CLEAN ? CLI_CLEAN : status;
}

/* ---- retire, compromise ---- */

int
pins_flow_retire(int argc, char *argv[])
{
	struct flow f = { 0 };
	const char *force = NULL, *by = NULL;
	const struct opts_opt opts[] = {
		{ "force", OPTS_TEXT, &force, "REASON",
		    "though its overlap is not over", NULL },
		{ "reason", OPTS_TEXT, &f.reason, "TEXT", "why", NULL },
		{ "by", OPTS_TEXT, &by, "NAME",
		    "who proposes, if not who you are logged in as", NULL },
		{ "trust", OPTS_TEXT, &f.trust, "FILE",
		    "who may approve, if not PINSET.trust", NULL },
	};
	const struct opts_command command = { "pins retire", "KEY",
		"Propose that a key is retired.", opts,
		sizeof opts / sizeof *opts };
	struct proposal p = { 0 };
	char *reason = NULL, *actor = journal_actor();
	bool ok = false;
	int status;

	if (begin(&f, &command, argc, argv, 1, 1, &status) == 1) {
		struct rotation_change c = { .key = argv[1],
			.state = PINSET_RETIRED,
			.proposer = by != NULL ? by : actor };

		ok = overlap_may_retire(&f.r, argv[1], &f.error);
		reason = ok || force == NULL
		    ? mem_strdup(
		          f.reason != NULL ? f.reason : "the overlap is over")
		    : mem_printf("forced (%s): %s", buf_text(&f.error), force);
		c.reason = reason;
		if (!ok && force != NULL) {
			msg_warn("%s", buf_text(&f.error));
			buf_clear(&f.error);
			ok = true;
		}
		ok = ok && rotation_propose(&f.r, &c, &p, &f.error);
		status = CLI_USAGE;
	}
	if (ok) {
		show(&f, &p);
		printf("next: ctwatch pins approve %s --key FILE\n", p.id);
	}
	proposal_fini(&p);
	free(reason);
	free(actor);
	return end(&f, ok) == CLI_CLEAN ? CLI_CLEAN : status;
}

int
pins_flow_compromise(int argc, char *argv[])
{
	struct flow f = { 0 };
	const char *file = NULL;
	const struct opts_opt opts[] = {
		{ "reason", OPTS_TEXT, &f.reason, "TEXT", "why", NULL },
		{ "key", OPTS_TEXT, &file, "FILE",
		    "your private key, Ed25519 or ECDSA, PEM", NULL },
		{ "trust", OPTS_TEXT, &f.trust, "FILE",
		    "who may sign, if not PINSET.trust", NULL },
	};
	const struct opts_command command = { "pins compromise", "KEY",
		"Give a key up, at once; one signature is enough.", opts,
		sizeof opts / sizeof *opts };
	struct notekey *key = NULL;
	struct buf left;
	bool ok = false;
	int status;

	buf_init(&left, BOUNDS_USER_FILE);
	if (begin(&f, &command, argc, argv, 1, 1, &status) == 1) {
		if (file != NULL)
			key = load_key(file);
		if (f.reason == NULL)
			buf_add_text(&f.error, "say why: --reason TEXT");
		else if (file == NULL || key != NULL)
			ok = emergency_compromise(
			    &f.r, argv[1], key, f.reason, &left, &f.error);
		status = CLI_USAGE;
	}
	if (ok) {
		pins_print(buf_text(&left));
		puts("done; next: ctwatch pins export --all, revoke its "
		     "certificates, and let two people approve what follows");
	}
	notekey_free(key);
	buf_fini(&left);
	return end(&f, ok) == CLI_CLEAN ? CLI_CLEAN : status;
}
