/* SPDX-License-Identifier: Apache-2.0 */
/* eval: the command `eval': judge one certificate as a run would. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <jansson.h>

#include "cli/cmd_util.h"
#include "cli/pins/pins.h"
#include "cli/sandbox_paths.h"
#include <ctwatch/audit/mtc_audit.h>
#include <ctwatch/base/limits.h>
#include <ctwatch/base/mem.h>
#include <ctwatch/base/msg.h>
#include <ctwatch/base/time.h>
#include <ctwatch/cli/cli.h>
#include <ctwatch/policy/cert_use.h>
#include <ctwatch/policy/verdict.h>
#include <ctwatch/report/collect.h>
#include <ctwatch/wire/mtc_cert.h>

/* The state of one evaluation. */
struct eval {
	struct opts_common common;
	const char *file, *asked; /* the host as the user wrote it */
	char *host;
	int format, fail_on;
	struct pinset *pinset;
	struct ca_pool *pool; /* owned */
	struct key_input_list material;
	struct buf chain; /* u24 vectors, as in logs */
	bool complete;    /* the chain ends in a self-signed certificate */
	bool serves, no_sandbox;
	struct parsed_cert leaf; /* views of material and chain */
	char *state_dir;
	bool is_mtc; /* a Merkle Tree Certificate, of which mtc has the proof */
	struct mtc_audit mtc;
	struct verdict verdict;
};

/* Read the certificates of the file: the leaf, then its chain. */
static bool
read_chain(struct eval *e)
{
	struct cert last = { 0 };

	if (!pins_material(e->file, &e->material))
		return false;
	for (size_t i = 0; i < e->material.n; i++) {
		struct bytes der = blob_view(e->material.v[i].der);

		if (e->material.v[i].kind != KEY_INPUT_CERT) {
			msg_error("%s: has a %s; give only certificates",
			    e->file, key_input_word(e->material.v[i].kind));
			return false;
		}
		if (i == 0)
			continue;
		buf_add_byte(&e->chain, (uint8_t)(der.n >> 16));
		buf_add_byte(&e->chain, (uint8_t)(der.n >> 8));
		buf_add_byte(&e->chain, (uint8_t)der.n);
		buf_add(&e->chain, der);
	}
	cert_parse(blob_view(e->material.v[e->material.n - 1].der), &last);
	e->complete = bytes_equal(last.issuer, last.subject);
	return true;
}

static const struct pinset_domain *
domain_of(const struct eval *e)
{
	return pinset_domain(e->pinset, e->host);
}

static const char *
proof_word(const struct mtc_audit *m)
{
	return m->ok ? "good" : m->known ? "bad" : "not checked";
}

static void
print_text(const struct eval *e)
{
	const struct pinset_key *key = e->verdict.key;
	const struct pinset_domain *d = domain_of(e);
	struct buf message;

	printf("%s: %s", e->asked,
	    e->verdict.expected ? "expected" : "not expected");
	if (key != NULL)
		printf(" (your key %s, %s)", key->id,
		    pinset_state_word(key->state));
	printf(
	    "\n  pattern   %s\n", d != NULL ? d->pattern : "not in the pinset");
	printf("  name      %s\n",
	    e->serves ? "the certificate is valid for this host"
	              : "the certificate is not valid for this host");
	if (e->is_mtc) {
		buf_init(&message, SIZE_MAX / 2);
		cmd_util_wrap(&message, 12, e->mtc.why);
		printf("  proof     %s: %s", proof_word(&e->mtc),
		    buf_text(&message));
		buf_fini(&message);
	}
	for (size_t i = 0; i < e->verdict.n; i++) {
		const struct verdict_finding *f = &e->verdict.v[i];

		buf_init(&message, SIZE_MAX / 2);
		cmd_util_wrap(&message, 2, f->message);
		printf("\n%s %s (%s)\n  %s", f->rule->id, f->rule->name,
		    rules_severity_word(f->severity), buf_text(&message));
		buf_fini(&message);
	}
	if (e->verdict.n > 0)
		puts("\n`ctwatch explain RULE' describes a rule and its "
		     "remedy.");
}

static json_t *
findings_json(const struct verdict *v)
{
	json_t *out = json_array();

	for (size_t i = 0; i < v->n; i++) {
		const struct verdict_finding *f = &v->v[i];

		json_array_append_new(out,
		    json_pack("{ss ss ss ss so so ss}", "id", f->fingerprint,
		        "rule", f->rule->id, "name", f->rule->name, "severity",
		        rules_severity_word(f->severity), "subject",
		        collect_text(f->subject), "message",
		        collect_text(f->message), "remediation",
		        f->rule->remedy));
	}
	return out;
}

static void
print_json(const struct eval *e)
{
	const struct pinset_key *key = e->verdict.key;
	const struct pinset_domain *d = domain_of(e);
	struct store_cert cert = { .kind = LEAF_X509,
		.der = blob_view(e->material.v[0].der) };
	const struct chain *chain = &e->leaf.chain;
	int64_t not_after;
	json_t *doc;

	if (chain->n > 0)
		memcpy(
		    cert.issuer_key_hash, chain->spki_sha256[0], SHA256_SIZE);
	if (e->leaf.error == CERT_OK)
		cert_tbs_hash(&e->leaf.cert, cert.tbs_sha256);
	doc = json_pack("{ss so so sb sb so so so}", "format", "ctwatch-eval/1",
	    "host", json_string(e->host), "pattern",
	    d != NULL ? collect_text(d->pattern) : json_null(), "expected",
	    e->verdict.expected, "serves_host", e->serves, "pin",
	    key != NULL ? json_pack("{ss ss}", "id", key->id, "state",
	                      pinset_state_word(key->state))
	                : json_null(),
	    "certificate", collect_certificate(&cert, &not_after), "findings",
	    findings_json(&e->verdict));
	if (e->is_mtc)
		json_object_set_new(doc, "proof",
		    json_pack("{ss sb so}", "status", proof_word(&e->mtc),
		        "seen", (int)e->mtc.seen, "why",
		        collect_text(e->mtc.why)));
	cmd_util_print_json(doc);
}

/* Add the CA certificates of the file, in any order. */
static struct ca_pool *
load_pool(void *arg)
{
	const struct eval *e = arg;

	for (size_t i = 1; i < e->material.n; i++)
		ca_pool_add(e->pool, blob_view(e->material.v[i].der));
	return e->pool;
}

/* Compare the proof of a Merkle Tree Certificate with the log in the state, if
 * there is one. */
static void
check_proof(struct eval *e, struct bytes der)
{
	char *path = mem_printf("%s/state.db", e->state_dir);
	struct store *s = NULL;

	e->is_mtc = mtc_cert_is(der);
	if (e->is_mtc && access(path, F_OK) == 0)
		s = cmd_util_store(&e->common, STORE_READ);
	if (e->is_mtc)
		mtc_audit_check(s, der, &e->mtc);
	store_close(s);
	free(path);
}

/* Judge and print; return the exit status. */
static int
evaluate(struct eval *e)
{
	struct verdict_input in = { .der = blob_view(e->material.v[0].der),
		.chain = buf_view(&e->chain),
		.parsed = &e->leaf,
		.chain_complete = e->complete,
		.now = time_now(),
		.host = e->host,
		.pool = load_pool,
		.pool_arg = e,
		.first_of_key = true };

	parsed_cert_read(NULL, in.kind, in.der, NULL, in.chain, &e->leaf);
	verdict_judge(e->pinset, &in, &e->verdict);
	e->serves = cert_use_serves(in.der, e->host);
	check_proof(e, in.der);
	if (e->format == CMD_UTIL_JSON)
		print_json(e);
	else
		print_text(e);
	for (size_t i = 0; i < e->verdict.n; i++)
		if ((int)e->verdict.v[i].severity >= e->fail_on)
			return CLI_FINDINGS;
	if (e->is_mtc && !e->mtc.ok)
		return e->mtc.known ? CLI_FINDINGS : CLI_INCOMPLETE;
	return CLI_CLEAN;
}

/* Read the input of the options. */
static bool
load(struct eval *e)
{
	const char *fault;

	e->host = host_pattern_host(e->asked, &fault);
	if (e->host == NULL) {
		msg_error("eval: --host %s: %s", e->asked, fault);
		return false;
	}
	if (!cmd_util_pinset(&e->common, true, &e->pinset))
		return false;
	e->state_dir = opts_state_dir(&e->common);
	if (!e->no_sandbox)
		sandbox_paths_eval(e->file, e->state_dir);
	return read_chain(e);
}

int
cli_eval(int argc, char *argv[])
{
	struct eval e = { .fail_on = RULES_LOW };
	const struct opts_opt opts[] = {
		{ "host", OPTS_TEXT, &e.asked, "NAME",
		    "the host that the certificate is for", NULL },
		{ "format", OPTS_WORD, &e.format, "text|json",
		    "output format (default text)", cmd_util_forms },
		{ "fail-on", OPTS_WORD, &e.fail_on, "SEVERITY",
		    "exit 1 from this severity on (default low)",
		    cmd_util_severities },
		{ "no-sandbox", OPTS_FLAG, &e.no_sandbox, NULL,
		    "do not sandbox the parsing of untrusted data", NULL },
	};
	const struct opts_command command = { "eval", "FILE",
		"Judge the certificate in a file by the pinset: PEM or DER, "
		"followed by\nits chain; - is standard input.",
		opts, sizeof opts / sizeof *opts };
	int operands = opts_parse(&command, &e.common, argc, argv);
	int status = CLI_USAGE;

	if (operands < 0)
		return operands == -2 ? CLI_CLEAN : CLI_USAGE;
	if (operands != 1 || e.asked == NULL) {
		msg_error("eval: give --host NAME and one file; see --help");
		return CLI_USAGE;
	}
	e.file = argv[1];
	buf_init(&e.chain, LIMIT_USER_FILE);
	e.pool = ca_pool_new(NULL);
	if (load(&e))
		status = evaluate(&e);
	verdict_fini(&e.verdict);
	ca_pool_free(e.pool);
	key_input_fini(&e.material);
	pinset_free(e.pinset);
	buf_fini(&e.chain);
	free(e.host);
	free(e.state_dir);
	mtc_audit_fini(&e.mtc);
	return status;
}
