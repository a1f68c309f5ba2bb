/* SPDX-License-Identifier: Apache-2.0 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cli/cmd_util.h"
#include "cli/pins/pins.h"
#include "cli/pins/trust.h"
#include <ctwatch/base/limits.h>
#include <ctwatch/base/mem.h>
#include <ctwatch/base/msg.h>
#include <ctwatch/base/text.h>
#include <ctwatch/base/time.h>
#include <ctwatch/cli/cli.h>
#include <ctwatch/rotate/drift.h>
#include <ctwatch/rotate/formats.h>
#include <ctwatch/rotate/identify_pin.h>
#include <ctwatch/rotate/pin_lint.h>

/* All the certificates, requests and keys of several files as one list. */
static bool
load_certs(const struct opts_list *files, struct key_input_list *out)
{
	*out = (struct key_input_list){ 0 };
	for (size_t i = 0; i < files->n; i++) {
		struct key_input_list l;

		if (!pins_material(files->v[i], &l)) {
			key_input_fini(out);
			return false;
		}
		for (size_t k = 0; k < l.n; k++) {
			out->v = mem_grow(out->v, out->n, sizeof *out->v);
			out->v[out->n++] = l.v[k];
		}
		free(l.v);
	}
	return true;
}

/* ---- lint ---- */

static void
print_lint(const struct pin_lint *l)
{
	for (size_t i = 0; i < l->n; i++)
		printf("%s %-7s %s: %s (%s)\n", l->v[i].rule->id,
		    l->v[i].error ? "error" : "warning", l->v[i].where,
		    l->v[i].text, l->v[i].rule->name);
}

static void
print_rules(void)
{
	size_t n;
	const struct pin_lint_rule *rules = pin_lint_rules(&n);
	struct buf out;

	buf_init(&out, SIZE_MAX / 2);
	for (size_t i = 0; i < n; i++) {
		buf_printf(&out, "\n%s %s\n", rules[i].id, rules[i].name);
		cmd_util_wrap(&out, 0, rules[i].meaning);
		buf_printf(&out, "(%s)\n", rules[i].reference);
	}
	fputs(buf_text(&out), stdout);
	buf_fini(&out);
}

/* Judge the pinset, also one that cannot be loaded. */
static bool
lint_pinset(struct pin_lint *l, const struct opts_common *common,
    const struct pins_trust *trust, int *signs)
{
	struct pinset *p;
	struct buf ignored;
	struct blob text;

	if (common->pinset == NULL) {
		msg_error("pins lint: which pinset? (--pinset FILE)");
		return false;
	}
	if (!opts_read_file(common->pinset, LIMIT_USER_FILE, &text))
		return false;
	pin_lint_pinset_text(l, blob_view(text), common->pinset);
	/* A pinset that does not load has errors of lint instead. */
	buf_init(&ignored, LIMIT_SMALL_BODY);
	p = pinset_parse(blob_view(text), "", &ignored);
	if (p != NULL)
		*signs = pins_trust_check(common, trust, p);
	pinset_free(p);
	buf_fini(&ignored);
	blob_fini(&text);
	return true;
}

int
pins_check_lint(int argc, char *argv[])
{
	struct opts_common common = { 0 };
	struct opts_list certs = { 0 };
	const char *format = NULL, *blocked = NULL;
	struct pins_trust trust = { 0 };
	const struct opts_opt opts[] = {
		{ "format", OPTS_TEXT, &format, "NAME",
		    "what the files are; else it is recognised", NULL },
		{ "cert", OPTS_LIST, &certs, "FILE",
		    "tell by it what a digest is of; may be repeated", NULL },
		{ "blocked", OPTS_TEXT, &blocked, "FILE",
		    "digests of keys that nobody may use", NULL },
		PINS_TRUST_OPTIONS(&trust),
	};
	const struct opts_command command = { "pins lint", "[FILE ...]",
		"Say what is wrong with the pinset, or with the pins of files.",
		opts, sizeof opts / sizeof *opts };
	struct key_input_list material = { 0 };
	struct pinlist list = { 0 }, bad = { 0 };
	struct pin_lint l = { .certs = &material, .blocked = &bad };
	int n = opts_parse(&command, &common, argc, argv);
	int status = CLI_USAGE, signs = CLI_CLEAN;

	if (n == -2)
		print_rules();
	if (n < 0)
		return n == -2 ? CLI_CLEAN : CLI_USAGE;
	l.now = time_now();
	if (!load_certs(&certs, &material) ||
	    (blocked != NULL &&
	        !pins_read((char *[]){ (char *)(uintptr_t)blocked }, 1, NULL,
	            &bad, NULL)))
		goto end;
	if (n > 0) {
		if (!pins_read(argv + 1, (size_t)n, format, &list, NULL))
			goto end;
		pin_lint_list(&l, &list);
	} else if (!lint_pinset(&l, &common, &trust, &signs))
		goto end;
	print_lint(&l);
	status = signs | (pin_lint_errors(&l) > 0 ? CLI_FINDINGS : CLI_CLEAN);
end:
	pin_lint_fini(&l);
	pinlist_fini(&list);
	pinlist_fini(&bad);
	key_input_fini(&material);
	return status;
}

/* ---- explain ---- */

/* An explanation at work: what digests are compared with. */
struct explain {
	const struct key_input_list *certs;
	const struct pinset *p;
	const char *private_key;   /* a file, or NULL */
	struct bytes private_text; /* its content */
	bool mistake;              /* of any value */
};

static void
print_match(const struct key_input *m, const struct identify_pin *is)
{
	printf("  %s of %s, by the %s", is->algorithm, is->what,
	    key_input_word(m->kind));
	if (m->subject != NULL) {
		printf(" ");
		pins_print(m->subject);
	}
	printf("\n  %s\n",
	    is->spki       ? "a usable pin"
	        : is->cert ? "not an SPKI pin: it changes at every renewal"
	                   : "not a pin: hash the SPKI in DER, with SHA-256");
}

/* Compare with the certificates and keys; false if it is of none. */
static bool
explain_by_certs(struct explain *e, struct bytes digest)
{
	bool known = false;

	for (size_t i = 0; i < e->certs->n; i++) {
		struct identify_pin is;

		if (!identify_pin_material(&e->certs->v[i], digest, &is))
			continue;
		known = true;
		e->mistake = e->mistake || !is.spki;
		print_match(&e->certs->v[i], &is);
	}
	return known;
}

/* Compare with the private key; false if it is of none of its forms. */
static bool
explain_by_private(struct explain *e, struct bytes digest)
{
	struct identify_pin is;

	if (e->private_key == NULL ||
	    !identify_pin_private(e->private_text, digest, &is))
		return false;
	printf("  %s of %s, by ", is.algorithm, is.what);
	pins_print(e->private_key);
	puts("\n  not a pin: hash the SPKI in DER, with SHA-256");
	e->mistake = true;
	return true;
}

/* Nothing is known of the digest: say what to give. */
static void
explain_unknown(struct explain *e)
{
	bool chain = false;

	for (size_t i = 0; i < e->certs->n; i++)
		chain = chain || e->certs->v[i].ca;
	e->mistake = e->mistake || e->certs->n > 0 || e->private_key != NULL;
	printf("  %s\n",
	    e->certs->n == 0 ? "give --cert FILE to tell what it is of"
	        : chain      ? "of nothing in the files given"
	                     : "of nothing in the files given; if it pins a "
	                       "CA, give the chain to --cert too");
}

static void
explain_one(struct explain *e, const struct pinlist_pin *pin)
{
	uint8_t meant[PINLIST_DIGEST_MAX];
	struct bytes digest = { pin->digest, pin->n };
	const struct pinset_key *key = NULL;
	const char *fault, *nothing;
	size_t n;

	pins_print(pin->text);
	putchar('\n');
	fault = identify_pin_notation(pin->text, meant, &n);
	if (fault != NULL) {
		printf("  %s\n", fault);
		digest = (struct bytes){ meant, n };
	} else if (identify_pin_placeholder(pin->text)) {
		fault = "a placeholder that was never replaced";
		printf("  %s\n", fault);
	}
	e->mistake = e->mistake || fault != NULL;
	if (digest.n == 0) {
		if (fault == NULL)
			puts("  not base64 or hexadecimal of any digest");
		e->mistake = true;
		return;
	}
	printf("  %zu bytes%s\n", digest.n,
	    fault != NULL || pin->canonical ? "" : ", not canonical base64");
	nothing = identify_pin_nothing(digest);
	if (nothing != NULL)
		printf("  the digest %s\n", nothing);
	e->mistake = e->mistake || nothing != NULL || !pin->canonical;
	if (digest.n == SHA256_SIZE && e->p != NULL)
		key = pinset_key(e->p, digest.p);
	if (key != NULL)
		printf("  the key %s of the pinset, %s\n", key->id,
		    pinset_state_word(key->state));
	if (!explain_by_certs(e, digest) && !explain_by_private(e, digest) &&
	    nothing == NULL && key == NULL)
		explain_unknown(e);
}

int
pins_check_explain(int argc, char *argv[])
{
	struct opts_common common = { 0 };
	struct opts_list certs = { 0 };
	struct key_input_list material = { 0 };
	struct explain e = { .certs = &material };
	struct blob private_text = { 0 };
	const struct opts_opt opts[] = {
		{ "cert", OPTS_LIST, &certs, "FILE",
		    "a certificate, request or key; may be repeated", NULL },
		{ "private-key", OPTS_TEXT, &e.private_key, "FILE",
		    "your private key: tell by it what was hashed", NULL },
	};
	const struct opts_command command = { "pins explain", "VALUE ...",
		"Say what a digest is really a digest of.", opts,
		sizeof opts / sizeof *opts };
	struct pinlist list = { 0 };
	struct pinlist_host *h =
	    pinlist_add_host(&list, NULL, HOST_PATTERN_HOST);
	struct pinset *p = NULL;
	int n = opts_parse(&command, &common, argc, argv);
	bool ok = n > 0;

	if (n == 0)
		msg_error("pins explain: which value?");
	ok = ok && load_certs(&certs, &material);
	if (ok && common.pinset != NULL) {
		p = pins_load(&common);
		ok = p != NULL;
	}
	if (ok && e.private_key != NULL)
		ok = opts_read_secret(
		    e.private_key, LIMIT_SMALL_BODY, &private_text);
	e.private_text = blob_view(private_text);
	e.p = p;
	for (int i = 0; ok && i < n; i++)
		explain_one(&e, pinlist_add_pin(h, argv[1 + i]));
	if (private_text.n > 0)
		explicit_bzero(private_text.p, private_text.n);
	blob_fini(&private_text);
	key_input_fini(&material);
	pinlist_fini(&list);
	pinset_free(p);
	if (n == -2)
		return CLI_CLEAN;
	return !ok ? CLI_USAGE : e.mistake ? CLI_FINDINGS : CLI_CLEAN;
}

/* ---- check ---- */

/* What a file has and the pinset has not, and the other way round. */
struct check {
	const struct opts_common *common;
	const struct pinset *p;
	const char *file;
	size_t faults;
};

static void
fault(void *arg, const char *where, const char *what, const char *which)
{
	struct check *c = arg;

	c->faults++;
	pins_print(c->file);
	printf(": %s: %s ", where, what);
	pins_print(which);
	putchar('\n');
}

static bool
check_file(struct check *c, const char *file, const char *format,
    const struct opts_list *hosts, const char *consumer)
{
	struct drift drift = { .p = c->p,
		.consumer = consumer,
		.hosts = hosts->v,
		.n_hosts = hosts->n,
		.now = time_now(),
		.tell = fault,
		.arg = c };
	struct pinlist list;
	struct buf title;
	struct blob text;
	bool ok = pins_read_one(file, format, &list, &drift.format, &text);

	c->file = file;
	buf_init(&title, LIMIT_PIN_FILE);
	if (ok) {
		pins_trust_title(c->common, c->p, blob_view(text), &title);
		drift.text = blob_view(text);
		drift.title = buf_view(&title);
		drift_check(&drift, &list);
		pinlist_fini(&list);
	}
	buf_fini(&title);
	blob_fini(&text);
	return ok;
}

/* Without operands: what the pinset says that its consumers ship. */
static bool
check_consumers(struct check *c, const char *pinset)
{
	const struct opts_list none = { 0 };
	bool ok = true;

	for (size_t i = 0; i < c->p->n_consumers; i++) {
		const struct pinset_consumer *k = &c->p->consumers[i];
		char *path;

		if (k->path == NULL)
			continue;
		path = pinset_path(pinset, k->path);
		ok = check_file(c, path, k->format, &none, k->id) && ok;
		free(path);
	}
	return ok;
}

int
pins_check(int argc, char *argv[])
{
	struct opts_common common = { 0 };
	struct opts_list against = { 0 }, hosts = { 0 };
	const char *format = NULL;
	struct pins_trust trust = { 0 };
	const struct opts_opt opts[] = {
		{ "against", OPTS_LIST, &against, "FILE",
		    "what an app ships; may be repeated", NULL },
		{ "format", OPTS_TEXT, &format, "NAME",
		    "what the files are; else it is recognised", NULL },
		{ "host", OPTS_LIST, &hosts, "NAME",
		    "whom nameless pins are for; may be repeated", NULL },
		PINS_TRUST_OPTIONS(&trust),
	};
	const struct opts_command command = { "pins check", "[FILE ...]",
		"Compare what apps ship with the pinset: missing, unknown and "
		"retired pins.",
		opts, sizeof opts / sizeof *opts };
	struct check c = { 0 };
	struct pinset *p;
	int n = opts_parse(&command, &common, argc, argv), signs;
	bool ok = true;

	if (n < 0)
		return n == -2 ? CLI_CLEAN : CLI_USAGE;
	p = pins_load(&common);
	if (p == NULL)
		return CLI_USAGE;
	signs = pins_trust_check(&common, &trust, p);
	c.common = &common;
	c.p = p;
	for (size_t i = 0; i < against.n; i++)
		ok = check_file(&c, against.v[i], format, &hosts, NULL) && ok;
	for (int i = 0; i < n; i++)
		ok = check_file(&c, argv[1 + i], format, &hosts, NULL) && ok;
	if (n == 0 && against.n == 0)
		ok = check_consumers(&c, common.pinset);
	pinset_free(p);
	return signs | (c.faults > 0 ? CLI_FINDINGS : CLI_CLEAN) |
	    (ok ? CLI_CLEAN : CLI_USAGE);
}
