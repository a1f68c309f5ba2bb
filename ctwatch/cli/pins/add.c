/* SPDX-License-Identifier: Apache-2.0 */
/* add: the verb `add': propose the keys of certificates. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cli/pins/pins.h"
#include "cli/pins/workflow.h"
#include <ctwatch/base/limits.h>
#include <ctwatch/base/mem.h>
#include <ctwatch/base/msg.h>
#include <ctwatch/base/text.h>
#include <ctwatch/base/time.h>
#include <ctwatch/cli/cli.h>
#include <ctwatch/net/tls_peer.h>
#include <ctwatch/policy/certinfo.h>
#include <ctwatch/rotate/pinset_edit_cert.h>
#include <ctwatch/store/journal.h>
#include <ctwatch/wire/cert.h>

#include "config.h"

/* Time limit for a host to present its certificate. */
#define HOST_TIME (30 * TIME_SECOND)

/* The certificates with keys to add, and the new pinset. */
struct add {
	struct pins_workflow f;
	struct opts_list domains;
	const char *cert, *host, *finding, *roots, *id, *by, *ca_file;
	int as;
	bool inventory;
	struct buf presented; /* PEM of --host */
	struct pinset_edit *next;
	struct proposal evidence; /* only its evidence is used */
	uint8_t (*added)[SHA256_SIZE];
	size_t n;
	bool ok;
};

/* Report whether the key is in the pinset, or added by this command. */
static bool
is_known(const struct add *o, const uint8_t spki[static SHA256_SIZE])
{
	if (pinset_key(o->f.r.p, spki) != NULL)
		return true;
	for (size_t i = 0; i < o->n; i++)
		if (memcmp(o->added[i], spki, SHA256_SIZE) == 0)
			return true;
	return false;
}

/* Add the key to every domain of the pinset that covers a name of c; return
 * their number. */
static size_t
add_to_covering(struct add *o, const struct certinfo *c, const char *id)
{
	const struct pinset *p = o->f.r.p;
	size_t n = 0;

	for (size_t d = 0; d < p->n_domains; d++) {
		bool covers = false;

		for (size_t i = 0; i < c->names.n; i++)
			covers |=
			    pinset_domain(p, c->names.v[i]) == &p->domains[d];
		if (!covers)
			continue;
		o->ok = o->ok &&
		    pinset_edit_add_to_domain(
		        o->next, p->domains[d].pattern, id, &o->f.error);
		n++;
	}
	return n;
}

/* Add the key to the domain with this pattern, which is made if it is new. */
static void
add_to_domain(struct add *o, const char *pattern, const char *id)
{
	if (!pinset_edit_has_domain(o->next, pattern))
		pinset_edit_add_domain(o->next,
		    &(struct pinset_edit_domain){ .pattern = pattern });
	o->ok = o->ok &&
	    pinset_edit_add_to_domain(o->next, pattern, id, &o->f.error);
}

static bool
add_to_domains(struct add *o, const struct certinfo *c, const char *id)
{
	for (size_t i = 0; i < o->domains.n; i++)
		add_to_domain(o, o->domains.v[i], id);
	if (o->domains.n > 0 || add_to_covering(o, c, id) > 0)
		return o->ok;
	/* The subscriber chose the names of a certificate seen in a log: do
	 * not trust them. */
	if ((o->cert != NULL || o->host != NULL) &&
	    pinset_edit_cert_add_names(o->next, c, id, &o->f.error) > 0)
		return true;
	return rotation_fail(&o->f.error,
	    "%s: no domain of the pinset covers a name of its certificate: "
	    "give --domain PATTERN",
	    id);
}

/* Add the key of a certificate, that of an entry of this kind. */
static bool
add_key(
    struct add *o, enum leaf_kind kind, struct bytes der, const char *source)
{
	struct pinset_edit_key key = { .state = o->as == 0 ? PINSET_BACKUP
		                                           : PINSET_ACTIVE };
	struct certinfo info;
	struct cert c;
	char *alg, *id;

	if (leaf_parse_cert(kind, der, &c) != CERT_OK)
		return rotation_fail(&o->f.error, "%s: damaged", source);
	certinfo_describe(kind, der, &c, CERT_OK, &info);
	id = o->id != NULL ? mem_strdup(o->id)
	                   : pinset_edit_cert_id(o->next, &info);
	alg = key_input_algorithm(c.spki);
	key.id = id;
	key.spki_sha256 = info.spki_sha256;
	key.spki_der = c.spki;
	key.alg = strcmp(alg, "unknown") != 0 ? alg : NULL;
	key.note = source;
	if (is_known(o, info.spki_sha256))
		o->ok = rotation_fail(&o->f.error,
		    "the pinset already has the key of this certificate");
	else
		o->ok = pinset_edit_add_key(o->next, &key, &o->f.error) &&
		    add_to_domains(o, &info, id);
	if (o->ok) {
		o->added = mem_grow(o->added, o->n, sizeof *o->added);
		memcpy(o->added[o->n++], info.spki_sha256, SHA256_SIZE);
		proposal_add_evidence(
		    &o->evidence, PROPOSAL_FINDING, source, der);
	}
	free(id);
	free(alg);
	certinfo_fini(&info);
	return o->ok;
}

/* Add a certificate of the inventory that is valid now, was seen in a verified
 * log, and has a new key for a name of the pinset. */
static void
add_seen(void *arg, const struct store_cert *stored)
{
	bool ours = false;
	char date[TIME_TEXT], *source;
	struct add *o = arg;
	struct certinfo info;

	if (!o->ok || !stored->verified)
		return;
	certinfo_parse(stored->kind, stored->der, &info);
	for (size_t i = 0; i < info.names.n; i++)
		ours |= pinset_domain(o->f.r.p, info.names.v[i]) != NULL;
	if (ours && info.not_after > o->f.r.now &&
	    !is_known(o, info.spki_sha256)) {
		time_format_date(stored->first_seen, date);
		source = mem_printf("seen in a log, first on %s", date);
		add_key(o, stored->kind, stored->der, source);
		free(source);
	}
	certinfo_fini(&info);
}

static bool
add_finding(struct add *o)
{
	struct store_finding finding;
	struct store_cert cert;
	char *source;
	bool ok;

	if (!store_finding_load(o->f.r.store, o->finding, &finding))
		return rotation_fail(
		    &o->f.error, "no finding has the id %s", o->finding);
	ok = store_cert_load(o->f.r.store, finding.tbs_sha256, &cert);
	store_finding_fini(&finding);
	if (!ok)
		return rotation_fail(&o->f.error,
		    "finding %s is not about a certificate", o->finding);
	source = mem_printf("seen in a log, finding %.16s", o->finding);
	ok = add_key(o, cert.kind, cert.der, source);
	free(source);
	store_cert_fini(&cert);
	return ok;
}

/* Add the first certificate in l. */
static bool
add_first(struct add *o, const struct key_input_list *l, const char *source)
{
	if (l->v[0].kind != KEY_INPUT_CERT)
		return rotation_fail(&o->f.error,
		    "%s: not a certificate; `ctwatch pins propose --from' "
		    "takes requests and keys",
		    source);
	return add_key(o, LEAF_X509, blob_view(l->v[0].der), source);
}

static bool
add_file(struct add *o)
{
	char *source = mem_printf("from the file %s", o->cert);
	struct key_input_list l;
	bool ok = pins_material(o->cert, &l);

	if (ok) {
		ok = add_first(o, &l, source);
		key_input_fini(&l);
	}
	free(source);
	return ok;
}

/* ---- a bundle of CA certificates ---- */

/* Return the next of ID-1, ID-2, ... that the pinset does not have; the caller
 * frees. */
static char *
next_root_id(const struct add *o, size_t *number)
{
	for (;;) {
		char *id = mem_printf("%s-%zu", o->id, ++*number);

		if (rotation_key(o->f.r.p, id) == NULL)
			return id;
		free(id);
	}
}

/* A client that compares only end certificates would refuse a CA's key. */
static bool
domains_take_cas(struct add *o)
{
	const struct pinset *p = o->f.r.p;

	for (size_t i = 0; i < o->domains.n; i++)
		for (size_t d = 0; d < p->n_domains; d++)
			if (strcmp(p->domains[d].pattern, o->domains.v[i]) ==
			        0 &&
			    p->domains[d].position == PINSET_LEAF)
				return rotation_fail(&o->f.error,
				    "the domain %s pins keys of end "
				    "certificates: set its position to ca or "
				    "any, then add the CAs",
				    o->domains.v[i]);
	return true;
}

/* Add the key of one CA certificate, unless the pinset has it. */
static bool
add_root(struct add *o, const struct key_input *m, size_t *number)
{
	struct pinset_edit_key key = { .spki_der = blob_view(m->spki),
		.ca = true };
	uint8_t spki[SHA256_SIZE];
	struct certinfo info;
	char *alg, *id, *note;

	sha256_digest(blob_view(m->spki), spki);
	if (is_known(o, spki))
		return true;
	certinfo_parse(LEAF_X509, blob_view(m->der), &info);
	key.id = id = next_root_id(o, number);
	note = mem_printf("%.*s", LIMIT_SHOWN_TEXT, info.subject);
	alg = key_input_algorithm(blob_view(m->spki));
	key.spki_sha256 = spki;
	key.state = o->as == 0 ? PINSET_BACKUP : PINSET_ACTIVE;
	key.alg = strcmp(alg, "unknown") != 0 ? alg : NULL;
	key.note = note;
	o->ok = pinset_edit_add_key(o->next, &key, &o->f.error);
	for (size_t i = 0; i < o->domains.n; i++)
		o->ok = o->ok &&
		    pinset_edit_add_to_domain(
		        o->next, o->domains.v[i], id, &o->f.error);
	o->added = mem_grow(o->added, o->n, sizeof *o->added);
	memcpy(o->added[o->n++], spki, SHA256_SIZE);
	proposal_add_evidence(
	    &o->evidence, PROPOSAL_FINDING, note, blob_view(m->der));
	free(alg);
	free(note);
	free(id);
	certinfo_fini(&info);
	return o->ok;
}

/* Name the bundle itself in the domains: its content is signed by its digest. */
static bool
name_roots(struct add *o)
{
	char *file = pins_path_from(o->f.common.pinset, o->roots);
	bool ok = file != NULL ||
	    rotation_fail(&o->f.error, "%s: no such file", o->roots);

	for (size_t i = 0; ok && i < o->domains.n; i++)
		ok = pinset_edit_set_roots(
		    o->next, o->domains.v[i], file, &o->f.error);
	free(file);
	return ok;
}

/* Add every CA key of the bundle; refuse other items. */
static bool
add_roots(struct add *o)
{
	struct key_input_list l;
	size_t number = 0;
	bool ok;

	if (!domains_take_cas(o))
		return false;
	if (o->id == NULL)
		return name_roots(o);
	if (!pins_material(o->roots, &l))
		return false;
	ok = true;
	for (size_t i = 0; ok && i < l.n; i++)
		ok = l.v[i].ca && l.v[i].kind == KEY_INPUT_CERT
		    ? add_root(o, &l.v[i], &number)
		    : rotation_fail(&o->f.error,
		          "%s: number %zu is a %s that is not of a CA: remove "
		          "it",
		          o->roots, i + 1, key_input_word(l.v[i].kind));
	if (ok && o->n == 0)
		ok = rotation_fail(&o->f.error,
		    "%s: the pinset already has all its keys", o->roots);
	key_input_fini(&l);
	return ok;
}

static bool
add_presented(struct add *o)
{
	char date[TIME_TEXT], *source;
	struct key_input_list l;
	bool ok;

	time_format_date(o->f.r.now, date);
	source = mem_printf("presented by %s on %s", o->host, date);
	ok = key_input_read(buf_view(&o->presented), &l, &o->f.error);
	if (ok) {
		ok = add_first(o, &l, source);
		key_input_fini(&l);
	}
	free(source);
	return ok;
}

static bool
add_all(struct add *o)
{
	if (o->cert != NULL)
		return add_file(o);
	if (o->host != NULL)
		return add_presented(o);
	if (o->roots != NULL)
		return add_roots(o);
	if (o->finding != NULL)
		return add_finding(o);
	if (!store_certs_each(o->f.r.store, add_seen, o) || !o->ok)
		return false;
	return o->n > 0 ||
	    rotation_fail(&o->f.error,
	        "the inventory has no valid certificate with a new key for a "
	        "name of the pinset");
}

static bool
copy_evidence(void *arg, struct proposal *p)
{
	const struct proposal *from = arg;

	for (size_t i = 0; i < from->n_evidence; i++)
		proposal_add_evidence(p, from->evidence[i].kind,
		    from->evidence[i].source, blob_view(from->evidence[i].der));
	return true;
}

/* Propose the pinset with the keys added. */
static bool
propose(struct add *o)
{
	char *actor = journal_actor();
	struct rotation_change c = { .proposer = o->by != NULL ? o->by : actor,
		.reason = o->f.reason != NULL ? o->f.reason
		    : o->roots != NULL        ? "expect the CAs of a bundle"
		                              : "add keys that were seen" };
	struct buf text;
	bool ok;

	buf_init(&text, LIMIT_USER_FILE);
	ok = pinset_edit_write(o->next, &text);
	c.edit = buf_view(&text);
	ok =
	    ok && pins_workflow_propose(&o->f, &c, copy_evidence, &o->evidence);
	buf_fini(&text);
	free(actor);
	return ok;
}

/* Connect to the host before the store is locked. */
static bool
load_host(struct add *o)
{
	const struct http_options options = {
		.user_agent = "ctwatch/" PACKAGE_VERSION, .ca_file = o->ca_file
	};
	struct buf error;
	bool ok;

	if (o->host == NULL)
		return true;
	buf_init(&error, LIMIT_SMALL_BODY);
	ok =
	    tls_peer_chain(&options, o->host, HOST_TIME, &o->presented, &error);
	if (!ok)
		msg_error("%s", buf_text(&error));
	buf_fini(&error);
	return ok;
}

static bool
add(struct add *o)
{
	bool ok;

	if ((o->cert != NULL) + (o->host != NULL) + (o->finding != NULL) +
	        (o->roots != NULL) + o->inventory !=
	    1)
		return rotation_fail(&o->f.error,
		    "give one of --cert, --host, --finding, --roots and "
		    "--from-inventory");
	if (o->roots != NULL && o->domains.n == 0)
		return rotation_fail(&o->f.error,
		    "--roots needs the domains that expect the CAs: --domain "
		    "PATTERN");
	if (o->id != NULL && o->inventory)
		return rotation_fail(&o->f.error,
		    "--from-inventory can add several keys: omit --id");
	o->next = pinset_edit_new(buf_view(&o->f.r.text), &o->f.error);
	o->ok = o->next != NULL;
	ok = o->ok && add_all(o) && propose(o);
	pinset_edit_free(o->next);
	proposal_fini(&o->evidence);
	free(o->added);
	return ok;
}

int
pins_add(int argc, char *argv[])
{
	static const char *const states[] = { "backup", "active", NULL };
	struct add o = { .ok = true };
	const struct opts_opt opts[] = {
		{ "cert", OPTS_TEXT, &o.cert, "FILE",
		    "the key of this certificate", NULL },
		{ "host", OPTS_TEXT, &o.host, "HOST[:PORT]",
		    "the key that this host presents", NULL },
		{ "finding", OPTS_TEXT, &o.finding, "ID",
		    "the key of a finding's certificate", NULL },
		{ "roots", OPTS_TEXT, &o.roots, "FILE",
		    "the CAs of a bundle; with --id their keys", NULL },
		{ "from-inventory", OPTS_FLAG, &o.inventory, NULL,
		    "the keys of all valid certificates seen", NULL },
		{ "domain", OPTS_LIST, &o.domains, "PATTERN",
		    "a domain for the key, else those covering it", NULL },
		{ "as", OPTS_WORD, &o.as, "STATE", "backup (default) or active",
		    states },
		{ "id", OPTS_TEXT, &o.id, "ID",
		    "the key's id; with --roots ID-1, ID-2, ...", NULL },
		{ "ca-file", OPTS_TEXT, &o.ca_file, "PEM",
		    "trust these roots for --host", NULL },
		PINS_WORKFLOW_BY(&o.by),
		PINS_WORKFLOW_REASON(&o.f),
		PINS_WORKFLOW_TRUST(&o.f),
	};
	const struct opts_command command = { "pins add", "",
		"Propose keys of given or seen certificates.", opts,
		sizeof opts / sizeof *opts };
	bool ok = false;

	buf_init(&o.presented, LIMIT_PIN_FILE);
	if (pins_workflow_parse(&o.f, &command, argc, argv, 0) &&
	    load_host(&o) && pins_workflow_open(&o.f))
		ok = add(&o);
	buf_fini(&o.presented);
	return pins_workflow_end(&o.f, ok);
}
