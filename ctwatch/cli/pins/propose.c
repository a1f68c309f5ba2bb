/* SPDX-License-Identifier: Apache-2.0 */
#include <stdio.h>
#include <stdlib.h>

#include "cli/pins/pins.h"
#include "cli/pins/workflow.h"
#include <ctwatch/base/file.h>
#include <ctwatch/base/limits.h>
#include <ctwatch/store/journal.h>
#include <ctwatch/wire/cert.h>

struct propose {
	struct pins_workflow f;
	struct opts_list domains, evidence;
	const char *key, *from, *finding, *edit, *id, *by, *custody, *location;
	int as;
	struct key_input_list from_material;
	struct store_cert cert; /* of the finding */
	struct key_input logged;
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
	o->logged =
	    (struct key_input){ .kind = KEY_INPUT_CERT, .spki = c.spki };
	if (!o->cert.verified)
		return rotation_fail(&o->f.error,
		    "finding %s: no log is proved to hold its certificate; "
		    "run again, and give the certificate with --from if you "
		    "trust it otherwise",
		    o->finding);
	return true;
}

/* A certificate handed over that is in the store was seen in a log. */
static void
note_logged(struct propose *o, struct proposal *p, const struct key_input *m)
{
	uint8_t tbs[SHA256_SIZE];
	struct store_cert logged;
	struct cert c;

	if (m->kind != KEY_INPUT_CERT || cert_parse(m->der, &c) != CERT_OK)
		return;
	cert_tbs_hash(&c, tbs);
	if (!store_cert_load(o->f.r.store, tbs, &logged))
		return;
	if (logged.verified)
		proposal_add_evidence(p, PROPOSAL_FINDING,
		    "the certificate is in a log", logged.der);
	store_cert_fini(&logged);
}

static bool
add_files(struct propose *o, struct proposal *p)
{
	for (size_t i = 0; i < o->evidence.n; i++) {
		struct key_input_list l;

		if (!pins_material(o->evidence.v[i], &l))
			return false;
		note_logged(o, p, &l.v[0]);
		proposal_add_evidence(p, key_input_word(l.v[0].kind),
		    o->evidence.v[i], l.v[0].der);
		key_input_fini(&l);
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
		const struct key_input *m = &o->from_material.v[0];

		note_logged(o, p, m);
		proposal_add_evidence(
		    p, key_input_word(m->kind), o->from, m->der);
	}
	return add_files(o, p) && rotation_save(&o->f.r, p, &o->f.error) &&
	    rotation_commit(&o->f.r, &o->f.error);
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
		pins_workflow_show(&o->f, &p);
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
	if (o->edit != NULL && o->edit_text.n == 0)
		return rotation_fail(&o->f.error, "%s: is empty", o->edit);
	return o->finding == NULL || load_finding(o);
}

/* What is missing, or contradicts itself; NULL if nothing does. */
static const char *
fault(const struct propose *o)
{
	if (o->f.reason == NULL)
		return "say why: --reason TEXT";
	if (o->key == NULL && o->edit == NULL)
		return "which key? (--key ID)";
	if (o->edit != NULL &&
	    (o->key != NULL || o->from != NULL || o->finding != NULL ||
	        o->domains.n > 0))
		return "--edit is the whole next pinset: give no key beside it";
	return NULL;
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
	const char *why = fault(o);
	struct proposal p = { 0 };
	bool ok = false;

	if (why != NULL)
		buf_add_text(&o->f.error, why);
	else
		ok = rotation_propose(&o->f.r, &c, &p, &o->f.error) &&
		    add_evidence(o, &p);
	if (ok) {
		pins_workflow_show(&o->f, &p);
		printf("next: ctwatch pins approve %s --key FILE\n", p.id);
	}
	proposal_fini(&p);
	free(actor);
	return ok;
}

int
pins_propose(int argc, char *argv[])
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
	bool ok = false;

	buf_init(&o.edit_text, LIMIT_USER_FILE);
	if (pins_workflow_begin(&o.f, &command, argc, argv, 0))
		ok =
		    load_inputs(&o) && (o.id != NULL ? amend(&o) : propose(&o));
	key_input_fini(&o.from_material);
	store_cert_fini(&o.cert);
	buf_fini(&o.edit_text);
	return pins_workflow_end(&o.f, ok);
}
