/* SPDX-License-Identifier: Apache-2.0 */
/* explain: the verb `explain': identify what a digest is of. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cli/pins/pins.h"
#include <ctwatch/base/limits.h>
#include <ctwatch/base/msg.h>
#include <ctwatch/cli/cli.h>
#include <ctwatch/rotate/identify_pin.h>

/* The state of an explanation: the input to compare digests with. */
struct explain {
	const struct key_input_list *certs;
	const struct pinset *p;
	const char *private_key;   /* a file, or NULL */
	struct bytes private_text; /* its content */
	bool mistake;              /* a value has a fault */
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

/* Compare with the certificates and keys; return false without a match. */
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

/* Compare with the private key; return false if no form of it matches. */
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

/* The digest is unknown: print what input would help. */
static void
explain_unknown(struct explain *e)
{
	bool chain = false;

	for (size_t i = 0; i < e->certs->n; i++)
		chain = chain || e->certs->v[i].ca;
	e->mistake = e->mistake || e->certs->n > 0 || e->private_key != NULL;
	printf("  %s\n",
	    e->certs->n == 0 ? "give --cert FILE to identify it"
	        : chain      ? "no match in the given files"
	                : "no match in the given files; if it pins a CA, also "
	                  "give the chain with --cert");
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
		fault = "a placeholder that was not replaced";
		printf("  %s\n", fault);
	}
	e->mistake = e->mistake || fault != NULL;
	if (digest.n == 0) {
		if (fault == NULL)
			puts("  not a digest in base64 or hexadecimal");
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
pins_explain(int argc, char *argv[])
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
		    "your private key, to recognise its digest", NULL },
	};
	const struct opts_command command = { "pins explain", "VALUE ...",
		"Identify what a digest is of.", opts,
		sizeof opts / sizeof *opts };
	struct pinlist list = { 0 };
	struct pinlist_host *h =
	    pinlist_add_host(&list, NULL, HOST_PATTERN_HOST);
	struct pinset *p = NULL;
	int n = opts_parse(&command, &common, argc, argv);
	bool ok = n > 0;

	if (n == 0)
		msg_error("pins explain: give a VALUE");
	ok = ok && pins_certs(&certs, &material);
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
