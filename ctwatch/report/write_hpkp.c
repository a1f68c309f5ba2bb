/* SPDX-License-Identifier: Apache-2.0 */
/* write_hpkp: pin failures as reports of RFC 7469, 3, a line each. */
#include <stdlib.h>
#include <string.h>

#include <jansson.h>

#include <ctwatch/base/mem.h>
#include <ctwatch/base/text.h>
#include <ctwatch/report/report_walk.h>
#include <ctwatch/report/write.h>
#include <ctwatch/wire/cert.h>

/* The expiry of a pinset without expiry. */
#define NEVER "9999-12-31T23:59:59Z"

/* The certificate logged for a pattern, and the pins of clients. */
struct served {
	json_t *known;
	json_t *chain;
	bool pinned; /* a key of the chain is among the pins */
};

/* Return a pin in the form of the header, from the base64 of the digest. */
static json_t *
pin_json(const char *base64)
{
	char *text = mem_printf("pin-sha256=\"%s\"", base64);
	json_t *out = json_string(text);

	free(text);
	return out;
}

/* Return all pins of a client for the matching pattern. */
static json_t *
known_pins(const json_t *doc, const char *pattern)
{
	json_t *out = json_array(), *pin;
	size_t i;

	json_array_foreach(report_json_at(doc, "pins"), i, pin) {
		const char *state = report_json_text(pin, "state");

		if (strcmp(state, "active") != 0 &&
		    strcmp(state, "backup") != 0)
			continue;
		for (size_t k = 0; k < report_json_count(pin, "patterns");
		     k++) {
			if (strcmp(report_json_item_text(pin, "patterns", k),
			        pattern) != 0)
				continue;
			json_array_append_new(out,
			    pin_json(report_json_text(pin, "spki") +
			        strlen("sha256/")));
			break;
		}
	}
	return out;
}

static void
look_for(struct served *s, const char *base64)
{
	json_t *pin = pin_json(base64), *known;
	size_t i;

	json_array_foreach(s->known, i, known)
		s->pinned = s->pinned || json_equal(known, pin);
	json_decref(pin);
}

static void
add_link(void *arg, struct bytes der)
{
	struct served *s = arg;
	char base64[TEXT_BASE64_LEN(SHA256_SIZE) + 1];
	uint8_t pin[SHA256_SIZE];
	struct buf pem;
	struct cert c;

	buf_init(&pem, SIZE_MAX / 2);
	text_pem(&pem, "CERTIFICATE", der);
	json_array_append_new(s->chain, json_string(buf_text(&pem)));
	buf_fini(&pem);
	if (cert_parse(der, &c) != CERT_OK)
		return;
	cert_pin(&c, pin);
	text_base64((struct bytes){ pin, sizeof pin }, base64);
	look_for(s, base64);
}

/* Return NULL if there are no pins (RFC 7469, 3, known-pins), or if clients
 * with these pins accept the chain. */
static json_t *
hpkp_json(const struct report *r, struct store *store, const json_t *f)
{
	const char *pattern = report_json_item_text(f, "watched", 0);
	const char *expires = report_json_text(r->doc, "run.pinset.expires");
	struct served s = { known_pins(r->doc, pattern), json_array(), false };
	const char *host = pattern;
	json_t *out;

	store_cert_chain_each(
	    store, report_json_text(f, "certificate.tbs_sha256"), add_link, &s);
	look_for(&s, report_json_text(f, "certificate.spki_sha256"));
	while (*host == '*' || *host == '.')
		host++;
	out = json_pack("{ss ss si ss sb ss sO so so}", "date-time",
	    report_json_text(f, "first_seen"), "hostname", report_json_about(f),
	    "port", 443, "effective-expiration-date",
	    *expires != '\0' ? expires : NEVER, "include-subdomains",
	    host != pattern, "noted-hostname", host, "served-certificate-chain",
	    s.chain, "validated-certificate-chain", s.chain, "known-pins",
	    s.known);
	if (!s.pinned &&
	    json_array_size(json_object_get(out, "known-pins")) > 0)
		return out;
	json_decref(out);
	return NULL;
}

void
write_hpkp(
    const struct report *r, const struct report_style *style, struct buf *out)
{
	struct report_walk w = report_walk(r, STORE_ITEM_FINDING);
	int64_t not_after;

	/* Without pins no client refuses a certificate. */
	while (report_json_count(r->doc, "pins") > 0 && report_walk_next(&w)) {
		json_t *v;

		if (!report_walk_is_live(&w) ||
		    !report_walk_not_after(&w, &not_after))
			continue;
		v = hpkp_json(r, style->store, report_walk_json(&w));
		if (v != NULL)
			write_json_line(v, out);
		json_decref(v);
		report_output_drain(style, out);
	}
}
