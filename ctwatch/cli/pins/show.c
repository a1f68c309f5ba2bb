/* SPDX-License-Identifier: Apache-2.0 */
/* show: the verb `show': check and print the pinset. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <jansson.h>

#include "cli/cmd_util.h"
#include "cli/pins/pins.h"
#include "cli/pins/trust.h"
#include <ctwatch/base/msg.h>
#include <ctwatch/base/text.h>
#include <ctwatch/base/time.h>
#include <ctwatch/cli/cli.h>

static void
print_ids(const struct pinset *p, const struct pinset_domain *d)
{
	const char *comma = "";

	for (size_t i = 0; i < d->n_keys; i++) {
		if (p->keys[d->keys[i]].bundled)
			continue;
		printf("%s %s", comma, p->keys[d->keys[i]].id);
		comma = ",";
	}
	if (d->roots != 0) {
		printf("%s the CAs of ", comma);
		pins_print(p->roots[d->roots - 1].file);
	}
	if (d->n_keys == 0)
		printf(" watched only");
}

/* Print the CAs of each bundle. */
static void
print_roots(const struct pinset *p)
{
	char hex[2 * SHA256_SIZE + 1], pin[PINSET_PIN_TEXT];

	for (size_t i = 0; i < p->n_roots; i++) {
		const struct pinset_roots *roots = &p->roots[i];

		text_hex((struct bytes){ roots->sha256, SHA256_SIZE }, hex);
		printf("\nroots ");
		pins_print(roots->file);
		printf(" (SHA-256 %s%s)\n", hex,
		    roots->bound ? "" : ", which the pinset does not have");
		for (size_t k = 0; k < roots->n_keys; k++) {
			const struct pinset_key *key = &p->keys[roots->keys[k]];

			pinset_pin_format(key->spki_sha256, pin);
			printf("  %-11s  %s  %s\n",
			    pinset_state_word(key->state), pin,
			    key->bundled ? key->name : key->id);
		}
	}
}

static void
print_text(const struct pinset *p)
{
	char date[TIME_TEXT], pin[PINSET_PIN_TEXT];

	printf("%s version %llu", p->name, (unsigned long long)p->version);
	if (p->expires != 0) {
		time_format_date(p->expires, date);
		printf(", %s %s",
		    p->expires < time_now() ? "EXPIRED on" : "expires on",
		    date);
	}
	printf("\n\nkeys\n");
	for (size_t i = 0; i < p->n_keys; i++) {
		if (p->keys[i].bundled)
			continue;
		pinset_pin_format(p->keys[i].spki_sha256, pin);
		printf("  %-11s  %s  %s\n", pinset_state_word(p->keys[i].state),
		    pin, p->keys[i].id);
	}
	printf("\ndomains\n");
	for (size_t i = 0; i < p->n_domains; i++) {
		const struct pinset_domain *d = &p->domains[i];

		printf("  ");
		pins_print(d->pattern);
		printf(" (%s%s)", pinset_kind_word(d->kind),
		    d->monitor ? ", monitor" : "");
		print_ids(p, d);
		if (d->owner != NULL) {
			printf("; owner ");
			pins_print(d->owner);
		}
		putchar('\n');
	}
	print_roots(p);
	if (p->n_issuers > 0)
		printf("\nissuers\n");
	for (size_t i = 0; i < p->n_issuers; i++) {
		pinset_pin_format(p->issuers[i].spki_sha256, pin);
		printf("  %s  %s\n", pin, p->issuers[i].id);
	}
}

static json_t *
keys_json(const struct pinset *p)
{
	char pin[PINSET_PIN_TEXT];
	json_t *out = json_array();

	for (size_t i = 0; i < p->n_keys; i++) {
		pinset_pin_format(p->keys[i].spki_sha256, pin);
		json_array_append_new(out,
		    json_pack("{ss ss ss ss*}", "id", p->keys[i].id, "spki",
		        pin, "state", pinset_state_word(p->keys[i].state), "ca",
		        p->keys[i].name));
	}
	return out;
}

static json_t *
roots_json(const struct pinset *p)
{
	char hex[2 * SHA256_SIZE + 1];
	json_t *out = json_array();

	for (size_t i = 0; i < p->n_roots; i++) {
		const struct pinset_roots *roots = &p->roots[i];
		json_t *keys = json_array();

		for (size_t k = 0; k < roots->n_keys; k++)
			json_array_append_new(
			    keys, json_string(p->keys[roots->keys[k]].id));
		text_hex((struct bytes){ roots->sha256, SHA256_SIZE }, hex);
		json_array_append_new(out,
		    json_pack("{ss ss so}", "file", roots->file, "sha256", hex,
		        "keys", keys));
	}
	return out;
}

static json_t *
domains_json(const struct pinset *p)
{
	json_t *out = json_array();

	for (size_t i = 0; i < p->n_domains; i++) {
		const struct pinset_domain *d = &p->domains[i];
		json_t *keys = json_array();

		for (size_t k = 0; k < d->n_keys; k++)
			json_array_append_new(
			    keys, json_string(p->keys[d->keys[k]].id));
		json_array_append_new(out,
		    json_pack("{ss ss ss sb so so? ss*}", "pattern", d->pattern,
		        "host", d->host, "kind", pinset_kind_word(d->kind),
		        "enforce", !d->monitor, "keys", keys, "owner",
		        d->owner != NULL ? json_string(d->owner) : NULL,
		        "roots",
		        d->roots != 0 ? p->roots[d->roots - 1].file : NULL));
	}
	return out;
}

static void
print_json(const struct pinset *p)
{
	char hex[2 * SHA256_SIZE + 1], expires[TIME_TEXT];
	json_t *doc;

	text_hex((struct bytes){ p->sha256, SHA256_SIZE }, hex);
	time_format(p->expires, expires);
	doc = json_pack("{ss ss sI ss so? so so so}", "format",
	    "ctwatch-pins-show/1", "name", p->name, "version",
	    (json_int_t)p->version, "sha256", hex, "expires",
	    p->expires != 0 ? json_string(expires) : NULL, "keys", keys_json(p),
	    "roots", roots_json(p), "domains", domains_json(p));
	cmd_util_print_json(doc);
}

int
pins_show(int argc, char *argv[])
{
	struct opts_common common = { 0 };
	struct pins_trust trust = { 0 };
	int format = CMD_UTIL_TEXT;
	const struct opts_opt opts[] = {
		{ "format", OPTS_WORD, &format, "text|json",
		    "output format (default text)", cmd_util_forms },
		PINS_TRUST_OPTIONS(&trust),
	};
	const struct opts_command command = { "pins show", "[PINSET]",
		"Check the pinset and show its content.", opts,
		sizeof opts / sizeof *opts };
	int operands = opts_parse(&command, &common, argc, argv), status;
	struct pinset *p;

	if (operands > 1)
		msg_error("pins show: give one pinset");
	if (operands < 0 || operands > 1)
		return operands == -2 ? CLI_CLEAN : CLI_USAGE;
	if (operands == 1)
		common.pinset = argv[1];
	if (!cmd_util_pinset(&common, true, &p))
		return CLI_USAGE;
	if (format == CMD_UTIL_JSON)
		print_json(p);
	else
		print_text(p);
	status = pins_trust_check(&common, &trust, p);
	pinset_free(p);
	return status;
}
