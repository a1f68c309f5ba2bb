/* SPDX-License-Identifier: Apache-2.0 */
/* propose: the verb `propose': propose a key, a state or an edited pinset. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cli/pins/pins.h"
#include "cli/pins/workflow.h"
#include <ctwatch/base/file.h>
#include <ctwatch/base/limits.h>
#include <ctwatch/rotate/approval.h>
#include <ctwatch/rotate/rotation_propose.h>
#include <ctwatch/store/journal.h>
#include <ctwatch/wire/cert.h>

struct propose {
	struct pins_workflow f;
	struct opts_list domains, evidence, possession;
	const char *key, *from, *finding, *edit, *id, *by, *custody, *location;
	const char *statement, *stated_by, *sign, *passphrase, *force;
	bool challenge;
	int as;
	struct key_input_list from_material;
	struct store_cert cert; /* of the finding */
	struct key_input logged;
	struct buf edit_text;
};

/* Use the certificate of a finding: its key, and itself as evidence. */
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
	if (!ok || leaf_parse_cert(o->cert.kind, o->cert.der, &c) != CERT_OK) {
		buf_printf(&o->f.error, "finding %s is not about a certificate",
		    o->finding);
		return false;
	}
	o->logged = (struct key_input){ .kind = KEY_INPUT_CERT,
		.spki = blob_copy(c.spki) };
	if (!o->cert.verified)
		return rotation_fail(&o->f.error,
		    "finding %s: its certificate is not verified in a log; run "
		    "again, or give the certificate with --from if you trust "
		    "it",
		    o->finding);
	return true;
}

/* Note for approvers that the store also has a certificate of the file. */
static void
note_logged(struct propose *o, struct proposal *p, const struct key_input *m)
{
	uint8_t tbs[SHA256_SIZE];
	struct store_cert logged;
	struct cert c;

	if (m->kind != KEY_INPUT_CERT ||
	    cert_parse(blob_view(m->der), &c) != CERT_OK)
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
		for (size_t k = 0; k < l.n; k++) {
			note_logged(o, p, &l.v[k]);
			proposal_add_evidence(p, key_input_word(l.v[k].kind),
			    o->evidence.v[i], blob_view(l.v[k].der));
		}
		key_input_fini(&l);
	}
	for (size_t i = 0; i < o->possession.n; i++) {
		const char *file = o->possession.v[i];
		struct blob text;

		if (!opts_read_file(file, LIMIT_SMALL_BODY, &text))
			return false;
		proposal_add_evidence(
		    p, PROPOSAL_POSSESSION, file, blob_view(text));
		blob_fini(&text);
	}
	return true;
}

static bool
add_evidence(void *arg, struct proposal *p)
{
	struct propose *o = arg;

	if (o->finding != NULL)
		proposal_add_evidence(
		    p, PROPOSAL_FINDING, o->finding, o->cert.der);
	if (o->from_material.n > 0) {
		const struct key_input *m = &o->from_material.v[0];

		note_logged(o, p, m);
		proposal_add_evidence(
		    p, key_input_word(m->kind), o->from, blob_view(m->der));
	}
	if (o->statement != NULL)
		proposal_add_evidence(p, PROPOSAL_STATEMENT, o->stated_by,
		    bytes_of(o->statement));
	return add_files(o, p);
}

/* Print the text for the key's holder to sign: of the key --key, or of the
 * changed key of the proposal. */
static bool
print_challenge(struct propose *o, const struct proposal *p)
{
	struct pinset *next =
	    pinset_parse(blob_view(p->text), "pinset", &o->f.error);
	const char *id = o->key != NULL ? o->key : p->key;
	const struct pinset_key *key =
	    next != NULL ? rotation_key(next, id) : NULL;
	struct buf text;
	bool ok;

	buf_init(&text, LIMIT_SMALL_BODY);
	ok = key != NULL
	    ? proposal_challenge(p, next->name, key->spki_sha256, &text) &&
	        fwrite(text.p, 1, text.n, stdout) == text.n
	    : rotation_fail(&o->f.error,
	          "it changes several keys: give --key ID with --challenge");
	pinset_free(next);
	buf_fini(&text);
	return ok;
}

/* Add evidence to a stored proposal. */
static bool
amend(struct propose *o)
{
	struct proposal p;
	bool ok;

	if (!proposal_load(o->f.r.store, o->id, &p, &o->f.error))
		return false;
	if (o->challenge)
		ok = print_challenge(o, &p);
	else {
		ok = add_evidence(o, &p) &&
		    rotation_propose_save(&o->f.r, &p, true, &o->f.error);
		if (ok) {
			pins_workflow_show(&o->f, &p);
			pins_workflow_next(&o->f, &p);
		}
	}
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

/* Return the error for the first missing or contradicting option, or NULL. */
static const char *
fault(const struct propose *o)
{
	if ((o->statement != NULL) != (o->stated_by != NULL))
		return "a statement needs a named person: give --statement "
		       "TEXT --stated-by NAME";
	if (o->id != NULL)
		return NULL;
	if (o->challenge)
		return "--challenge prints the text for a proposal: give --id";
	if (o->f.reason == NULL)
		return "give a reason: --reason TEXT";
	if (o->key == NULL && o->edit == NULL)
		return "no key: give --key ID";
	if (o->edit != NULL &&
	    (o->key != NULL || o->from != NULL || o->finding != NULL ||
	        o->domains.n > 0))
		return "--edit is the whole next pinset: omit the options for "
		       "a key";
	return NULL;
}

static bool
propose(struct propose *o)
{
	char *actor = journal_actor();
	struct note_key *signer =
	    o->sign != NULL ? pins_workflow_key(o->sign, o->passphrase) : NULL;
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
		.signer = signer,
		.reason = o->f.reason,
		.force = o->force };
	bool ok = (o->sign == NULL || signer != NULL) &&
	    pins_workflow_propose(&o->f, &c, add_evidence, o);

	note_key_free(signer);
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
		    "the key's id, new or in the pinset", NULL },
		{ "from", OPTS_TEXT, &o.from, "FILE",
		    "a new key: request, public key or certificate", NULL },
		{ "finding", OPTS_TEXT, &o.finding, "ID",
		    "a new key: of a finding's certificate", NULL },
		{ "evidence", OPTS_LIST, &o.evidence, "FILE",
		    "a certificate request of the key; may be repeated", NULL },
		{ "possession", OPTS_LIST, &o.possession, "FILE",
		    "a signature of the challenge; may be repeated", NULL },
		{ "challenge", OPTS_FLAG, &o.challenge, NULL,
		    "print the challenge of the proposal --id", NULL },
		{ "statement", OPTS_TEXT, &o.statement, "TEXT",
		    "a person's statement about the key", NULL },
		{ "stated-by", OPTS_TEXT, &o.stated_by, "NAME",
		    "the person's name", NULL },
		{ "domain", OPTS_LIST, &o.domains, "PATTERN",
		    "a domain for the new key; may be repeated", NULL },
		{ "as", OPTS_WORD, &o.as, "STATE", "backup (default) or active",
		    states },
		{ "edit", OPTS_TEXT, &o.edit, "FILE",
		    "propose this edited pinset", NULL },
		{ "id", OPTS_TEXT, &o.id, "PROPOSAL",
		    "add evidence to this proposal", NULL },
		{ "custody", OPTS_TEXT, &o.custody, "WORD",
		    "of a new key: hsm, kms, file or unknown", NULL },
		{ "location", OPTS_TEXT, &o.location, "TEXT",
		    "of a new key: where it is kept", NULL },
		PINS_WORKFLOW_BY(&o.by),
		{ "sign", OPTS_TEXT, &o.sign, "FILE",
		    "the proposer's private key, to authenticate", NULL },
		PINS_WORKFLOW_PASSPHRASE(&o.passphrase),
		{ "force", OPTS_TEXT, &o.force, "REASON",
		    "activate before consumers can have the pin", NULL },
		PINS_WORKFLOW_REASON(&o.f),
		PINS_WORKFLOW_TRUST(&o.f),
	};
	const struct opts_command command = { "pins propose", "",
		"Propose the next version of the pinset.", opts,
		sizeof opts / sizeof *opts };
	bool ok = false;

	buf_init(&o.edit_text, LIMIT_USER_FILE);
	if (pins_workflow_begin(&o.f, &command, argc, argv, 0)) {
		if (fault(&o) != NULL)
			buf_add_text(&o.f.error, fault(&o));
		else
			ok = load_inputs(&o) &&
			    (o.id != NULL ? amend(&o) : propose(&o));
	}
	key_input_fini(&o.from_material);
	store_cert_fini(&o.cert);
	blob_fini(&o.logged.spki);
	buf_fini(&o.edit_text);
	return pins_workflow_end(&o.f, ok);
}
